use proptest::prelude::*;

use super::*;

const NAMES: [&str; 8] = ["a", "b", "c.d", "feature/x", "e:f", "g h", "v1.2", "ä"];

/// A patch of a made-up file: its metadata, and how it is written.
#[derive(Debug, Clone)]
struct Spec {
    meta: PatchMeta,
    above: bool,
    inside: bool,
    detached: bool,
    behind: bool,
}

#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, usize, PatchMeta),
    Remove(usize),
    Rename(usize, usize),
    Move(usize, usize),
    Meta(usize, PatchMeta),
    Base,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", "[\"\\\\'#,\\]\\[\n\r\t\u{7f}\u{202e}ä]{0,6}", Just("<<<<<<< x\n>>>>>>> y".to_owned())]
}

fn held() -> impl Strategy<Value = Held> {
    let base_commit = COMMIT.parse().unwrap();
    ("v[0-9]", prop::collection::vec(text(), 0..3)).prop_map(move |(base, paths)| {
        let blocked_by = Vec::new();
        Held { why: HeldWhy::Conflict, base, base_commit, commit: base_commit, blocked_by, paths }
    })
}

prop_compose! {
    fn meta()(
        upstream in prop::option::of(prop::collection::vec("[0-9a-f]{40}", 0..4)),
        topic in prop::option::of(text()),
        reason in prop::option::of(text()),
        cve in prop::collection::vec(text(), 0..3),
        kind in prop::option::of(prop::sample::select(PatchKind::ALL.to_vec())),
        held in prop::option::weighted(0.3, held()),
        bare in prop::bool::weighted(0.3),
    ) -> PatchMeta {
        if bare { PatchMeta::default() } else { PatchMeta { upstream, topic, reason, cve, kind, held, ..PatchMeta::default() } }
    }
}

prop_compose! {
    fn spec()(meta in meta(), flags in any::<[bool; 4]>()) -> Spec {
        let [above, inside, detached, behind] = flags;
        Spec { meta, above, inside, detached, behind }
    }
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = 0..NAMES.len();
    prop_oneof![
        (at.clone(), 0..9usize, meta()).prop_map(|(name, at, meta)| Edit::Insert(name, at, meta)),
        at.clone().prop_map(Edit::Remove),
        (at.clone(), at.clone()).prop_map(|(old, new)| Edit::Rename(old, new)),
        (at.clone(), 0..9usize).prop_map(|(name, at)| Edit::Move(name, at)),
        (at, meta()).prop_map(|(name, meta)| Edit::Meta(name, meta)),
        Just(Edit::Base),
    ]
}

fn has_own_keys(meta: &PatchMeta) -> bool {
    *meta != PatchMeta { held: meta.held.clone(), ..PatchMeta::default() }
}

/// A file with comments everywhere, each of them once. Those of a table are named after its patch.
fn file(specs: &[Spec], one_line: bool, crlf: bool) -> String {
    let mut series = String::new();
    let mut tables = String::new();
    let mut document = Document::create(&small().manifest().upstream, &small().manifest().line);
    for (nth, spec) in specs.iter().enumerate() {
        let (name, text) = (name(NAMES[nth]), NAMES[nth]);
        if spec.above && !one_line {
            series += &format!("  # series {nth}\n\n");
        }
        let behind = if spec.behind && !one_line { "  # behind, it" } else { "" };
        series += &format!("  {},{behind}{}", write::quoted(text), if one_line { "" } else { "\n" });
        document.insert(nth, &Patch { name: name.clone(), meta: spec.meta.clone() });
        let whole = document.to_text();
        let table = whole.find("\n[patch.").map(|at| whole[at..].to_owned()).unwrap_or_default();
        document.remove(&name);
        if spec.detached {
            tables += &format!("\n# detached {nth}\n");
        }
        if has_own_keys(&spec.meta) {
            let (header, rest) = table[1..].split_once('\n').unwrap();
            let above = if spec.above { format!("# owned above <{text}>\n") } else { String::new() };
            let inside = if spec.inside { format!("# owned inside <{text}>\n") } else { String::new() };
            tables += &format!("\n{above}{header} # header\n{inside}{rest}");
        } else {
            tables += &table;
        }
    }
    let head = document.to_text();
    let close = head.rfind("[\n]").unwrap();
    let (open, end) = if one_line { ("[ ", " ]") } else { ("[ # order\n", "  # last\n  ]") };
    let text = format!("{}{open}{series}{end}\n{tables}\n# the end", &head[..close]);
    if crlf { text.replace('\n', "\r\n") } else { text }
}

/// The comments that have lines of their own.
fn comments(text: &str) -> BTreeSet<String> {
    text.lines().map(str::trim).filter(|line| line.starts_with('#')).map(str::to_owned).collect()
}

fn is_owned_by(comment: &str, name: &str) -> bool {
    comment.starts_with("# owned") && comment.ends_with(&format!("<{name}>"))
}

/// Does an edit; the names whose own table goes.
fn apply(document: &mut Document, edit: &Edit) -> Option<String> {
    match edit {
        Edit::Insert(patch, at, meta) => {
            document.insert(*at, &Patch { name: name(NAMES[*patch]), meta: meta.clone() });
            None
        }
        Edit::Remove(patch) => document.remove(&name(NAMES[*patch])).then(|| NAMES[*patch].to_owned()),
        // The comments are named after the patch, so that they can be told apart no longer: they must be there all the
        // same.
        Edit::Rename(old, new) => {
            document.rename(&name(NAMES[*old]), &name(NAMES[*new]));
            None
        }
        Edit::Move(patch, at) => {
            document.move_to(&name(NAMES[*patch]), *at);
            None
        }
        Edit::Meta(patch, meta) => {
            let done = document.set_meta(&name(NAMES[*patch]), meta);
            (done && !has_own_keys(meta)).then(|| NAMES[*patch].to_owned())
        }
        Edit::Base => {
            document.set_base("v9", COMMIT.parse().unwrap());
            None
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn edits_keep_text_and_model_together_and_comments_alive(
        specs in prop::collection::vec(spec(), 0..6),
        edits in prop::collection::vec(edit(), 1..12),
        one_line: bool,
        crlf: bool,
    ) {
        let text = file(&specs, one_line, crlf);
        let mut document = Document::parse(&text, "pq.toml", None).map_err(|e| TestCaseError::fail(format!("{e}\n{text}")))?;
        prop_assert_eq!(document.to_text(), text.clone());
        for (spec, patch) in specs.iter().zip(&document.manifest().patches) {
            prop_assert_eq!(&spec.meta, &patch.meta);
        }
        let mut alive = comments(&text);
        let renames = edits.iter().any(|edit| matches!(edit, Edit::Rename(..)));
        for edit in &edits {
            let gone = apply(&mut document, edit);
            let now = document.to_text();
            let again = Document::parse(&now, "pq.toml", None);
            let again = again.map_err(|error| TestCaseError::fail(format!("{error}\n{now}")))?;
            prop_assert_eq!(again.manifest(), document.manifest(), "{}", now);
            alive.retain(|comment| match (&gone, renames) {
                (Some(_), true) => !comment.starts_with("# owned"),
                (Some(name), false) => !is_owned_by(comment, name),
                (None, _) => true,
            });
            let left = comments(&now);
            prop_assert!(alive.is_subset(&left), "{:?} lost {:?}\n{}", edit, alive.difference(&left), now);
            if crlf {
                prop_assert_eq!(now.matches('\n').count(), now.matches("\r\n").count());
            }
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s).{0,200}", at in 0usize..1000, with in "[\\PC\n\"\\[\\]=#{}.,]{0,8}") {
        let _ = Document::parse(&text, "pq.toml", None);
        let at = (0..=at.min(SMALL.len())).rev().find(|at| SMALL.is_char_boundary(*at)).unwrap();
        let text = format!("{}{with}{}", &SMALL[..at], &SMALL[at..]);
        if let Ok(document) = Document::parse(&text, "pq.toml", None) {
            prop_assert_eq!(document.to_text(), text);
            let mut document = document;
            document.insert(1, &Patch { name: name("zz"), meta: PatchMeta { topic: Some("t".into()), ..PatchMeta::default() } });
            let now = document.to_text();
            let again = Document::parse(&now, "pq.toml", None).map_err(|error| TestCaseError::fail(format!("{error}\n{now}")))?;
            prop_assert_eq!(again.manifest(), document.manifest());
        }
    }
}
