use super::*;

fn held() -> Held {
    Held {
        why: HeldWhy::Conflict,
        base: "v1.13.6".to_owned(),
        base_commit: COMMIT.parse().unwrap(),
        commit: COMMIT.parse().unwrap(),
        blocked_by: Vec::new(),
        paths: vec!["\"a\\n\"".to_owned()],
    }
}

fn with_topic(topic: &str) -> PatchMeta {
    PatchMeta { topic: Some(topic.to_owned()), ..PatchMeta::default() }
}

#[test]
fn a_new_base_changes_two_lines() {
    let mut document = small();
    document.set_base("v1.14.0", "ab".repeat(20).parse().unwrap());
    document.set_branch("dd/v1.14");
    insta::assert_snapshot!(changed(SMALL, &document.to_text()).join("\n"), @r#"
    -base = "v1.13.7"
    -branch = "dd/v1.13"
    +base = "v1.14.0"
    +base-commit = "abababababababababababababababababababab"
    +branch = "dd/v1.14"
    "#);
    reads_back(&document);
}

#[test]
fn a_patch_goes_below_the_one_before_it() {
    let mut document = small();
    let patch = Patch { name: name("new.one"), meta: PatchMeta { held: Some(held()), ..with_topic("t") } };
    assert!(document.insert(1, &patch));
    assert!(!document.insert(1, &patch), "a name stands there once");
    assert!(document.insert(99, &Patch { name: name("bare"), meta: PatchMeta::default() }));
    insta::assert_snapshot!(document.to_text(), @r#"
    # Our 1.13.
    schema = 1

    [upstream]
    repo = "../fork"   # beside this one
    remote = "upstream"
    releases = "v{version}"
    mainline = "main"
    stable = "v{major}.{minor}"

    [line]
    name = "v1.13-dd"
    base = "v1.13.7"
    base-commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    branch = "dd/v1.13"
    series = [  # the order
      # datapath
      "bpf-fix",
      "new.one",
      "feature/x",   # behind a flag

      # helm
      "a:b",
      "bare",
    ]

    # The race of last summer.
    [patch.bpf-fix]
    upstream = ["ABCDEF1"] # main
    # asked in the issue
    kind = "backport"
    cve = ["CVE-2023-1"]

    [patch."new.one"]
    topic = "t"

    [patch."new.one".held]
    why = "conflict"
    base = "v1.13.6"
    base-commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    paths = ["\"a\\n\""]
    commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"

    # -------- features

    [patch."feature/x"]
    requires = [
      # it calls it
      "bpf-fix",
    ]

    [patch."a:b".held]
    why = "blocked"
    base = "v1.13.6"
    base-commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    blocked-by = ["feature/x"]
    paths = ["a b"]

    [[generated]]
    paths = ["**/*.pb.go"]
    regenerate = "make proto"

    [[ignore]]   # looked at
    id = "ABCDEF1"
    reason = "not for us"
    expires = "2030-12-31"
    # the end
    "#);
    reads_back(&document);
}

#[test]
fn what_was_inserted_can_be_removed_without_a_trace() {
    for at in 0..=3 {
        let mut document = small();
        document.insert(at, &Patch { name: name("new"), meta: PatchMeta { held: Some(held()), ..with_topic("t") } });
        document.remove(&name("new"));
        assert_eq!(document.to_text(), SMALL, "at {at}");
    }
}

#[test]
fn a_removed_patch_leaves_every_list_and_the_comments_of_others() {
    let mut document = small();
    assert!(document.remove(&name("bpf-fix")));
    assert!(!document.remove(&name("bpf-fix")));
    insta::assert_snapshot!(changed(SMALL, &document.to_text()).join("\n"), @r#"
    -  "bpf-fix",
    -# The race of last summer.
    -[patch.bpf-fix]
    -upstream = ["ABCDEF1"] # main
    -# asked in the issue
    -kind = "backport"
    -cve = ["CVE-2023-1"]
    -[patch."feature/x"]
    -requires = [
    -  # it calls it
    -  "bpf-fix",
    "#);
    reads_back(&document);
    assert!(document.remove(&name("feature/x")));
    let text = document.to_text();
    assert!(text.contains("  # datapath\n\n  # helm\n  \"a:b\","), "{text}");
    assert!(text.contains("# -------- features\n\n[patch.\"a:b\".held]"), "{text}");
    assert!(!text.contains("feature/x"), "{text}");
    reads_back(&document);
}

#[test]
fn a_rename_reaches_every_place() {
    let mut document = small();
    assert!(document.rename(&name("feature/x"), &name("y")));
    assert!(document.rename(&name("bpf-fix"), &name("v1.2")));
    assert!(!document.rename(&name("a:b"), &name("y")), "taken");
    insta::assert_snapshot!(changed(SMALL, &document.to_text()).join("\n"), @r#"
    -  "bpf-fix",
    -  "feature/x",   # behind a flag
    -[patch.bpf-fix]
    -[patch."feature/x"]
    -  "bpf-fix",
    -blocked-by = ["feature/x"]
    +  "v1.2",
    +  "y",   # behind a flag
    +[patch."v1.2"]
    +[patch.y]
    +  "v1.2",
    +blocked-by = ["y"]
    "#);
    reads_back(&document);
}

#[test]
fn a_move_takes_the_comment_behind_and_leaves_the_heading() {
    let mut document = small();
    document.move_to(&name("feature/x"), 0);
    let text = document.to_text();
    assert!(
        text.contains("  # datapath\n  \"feature/x\",   # behind a flag\n  \"bpf-fix\",\n\n  # helm\n  \"a:b\",\n]"),
        "{text}"
    );
    document.move_to(&name("feature/x"), 9);
    assert!(document.to_text().contains("  # helm\n  \"a:b\",\n  \"feature/x\",   # behind a flag\n]"));
    reads_back(&document);
    document.move_to(&name("feature/x"), 1);
    assert_eq!(document.to_text(), SMALL);
}

#[test]
fn metadata_changes_key_by_key() {
    let mut document = small();
    let mut meta = document.manifest().patch("bpf-fix").unwrap().meta.clone();
    meta.kind = None;
    meta.reason = Some("two\nlines, \"quotes\" and \u{1b}".to_owned());
    meta.pr = Some("https://example.com/1".to_owned());
    meta.cve.push("CVE-2023-2".to_owned());
    document.set_meta(&name("bpf-fix"), &meta);
    insta::assert_snapshot!(changed(SMALL, &document.to_text()).join("\n"), @r#"
    -kind = "backport"
    -cve = ["CVE-2023-1"]
    +cve = ["CVE-2023-1", "CVE-2023-2"]
    +reason = "two\nlines, \"quotes\" and \u001B"
    +pr = "https://example.com/1"
    "#);
    assert!(document.to_text().contains("# asked in the issue\n"), "the comment above a removed key stays");
    reads_back(&document);
}

#[test]
fn holding_and_settling_leaves_no_trace() {
    for patch in ["bpf-fix", "feature/x"] {
        let mut document = small();
        let before = document.manifest().patch(patch).unwrap().meta.clone();
        document.set_meta(&name(patch), &PatchMeta { held: Some(held()), ..before.clone() });
        assert!(document.to_text().contains(".held]\nwhy = \"conflict\"\nbase = \"v1.13.6\"\n"));
        reads_back(&document);
        document.set_meta(&name(patch), &before);
        assert_eq!(document.to_text(), SMALL);
    }
}

#[test]
fn own_keys_go_above_the_held_table() {
    let mut document = small();
    let meta = document.manifest().patch("a:b").unwrap().meta.clone();
    document.set_meta(&name("a:b"), &PatchMeta { topic: Some("t".to_owned()), ..meta });
    assert!(document.to_text().contains("\n\n[patch.\"a:b\"]\ntopic = \"t\"\n\n[patch.\"a:b\".held]\n"));
    reads_back(&document);
}

#[test]
fn a_list_with_lines_keeps_its_comments() {
    let mut document = small();
    let requires = vec![name("a:b"), name("bpf-fix")];
    document.set_meta(&name("feature/x"), &PatchMeta { requires, ..PatchMeta::default() });
    let text = document.to_text();
    assert!(text.contains("requires = [\n  # it calls it\n  \"a:b\",\n  \"bpf-fix\",\n]\n"), "{text}");
    document.set_meta(&name("feature/x"), &with_topic("t"));
    assert!(document.to_text().contains("[patch.\"feature/x\"]\ntopic = \"t\"\n  # it calls it\n"));
    reads_back(&document);
}

#[test]
fn line_ends_byte_order_marks_and_a_missing_last_newline_survive() {
    let text = format!("\u{feff}{}", SMALL.replace('\n', "\r\n"));
    let mut document = Document::parse(&text, "pq.toml", None).unwrap();
    assert_eq!(document.to_text(), text);
    document.insert(1, &Patch { name: name("new"), meta: with_topic("t") });
    document.set_branch("x");
    let after = document.to_text();
    assert!(after.starts_with("\u{feff}# Our 1.13.\r\n"));
    assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    reads_back(&document);

    let text = SMALL.trim_end();
    let mut document = Document::parse(text, "pq.toml", None).unwrap();
    assert_eq!(document.to_text(), text);
    document.insert(0, &Patch { name: name("new"), meta: with_topic("t") });
    assert!(document.to_text().ends_with("# the end\n\n[patch.new]\ntopic = \"t\"\n"), "{}", document.to_text());
    reads_back(&document);
}

#[test]
fn other_notations_are_read_and_become_tables_with_the_first_edit() {
    let text = format!(
        "schema = 1\nupstream = {{ repo = 'x', releases = '{{version}}' }}\nline.name = 'l'\nline.base = '1'\n\
         line.base-commit = '{COMMIT}'\nline.branch = 'b'\nline.series = [ \"a\",'b' , \"c\" ] # all\n\
         \n[patch]\n# why\nc = {{ topic = 't' }} # c\n# dotted\na.topic = 't'\n\n[patch.b]\nowner = 'o'\n\
         held = {{ why = 'conflict', base = '1', base-commit = '{COMMIT}', commit = '{COMMIT}' }}\n"
    );
    let mut document = Document::parse(&text, "pq.toml", None).unwrap();
    assert_eq!(document.manifest().patch("c").unwrap().meta.topic.as_deref(), Some("t"));
    document.insert(1, &Patch { name: name("d"), meta: PatchMeta::default() });
    document.set_base("2", COMMIT.parse().unwrap());
    insta::assert_snapshot!(document.to_text(), @r#"
    schema = 1
    upstream = { repo = 'x', releases = '{version}' }
    line.name = 'l'
    line.base = "2"
    line.base-commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    line.branch = 'b'
    line.series = [
      "a",
      "d",
      'b' ,
      "c",
    ] # all

    [patch]
    # why
    # dotted

    [patch.b]
    owner = 'o'

    [patch.b.held]
    why = "conflict"
    base = "1"
    base-commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"

    [patch.c]
    topic = "t"

    [patch.a]
    topic = "t"
    "#);
    reads_back(&document);
}

#[test]
fn a_series_in_any_layout_becomes_one_name_a_line() {
    let layouts = [
        ("[]", "[\n  \"n\",\n]"),
        ("[ ]", "[\n  \"n\",\n]"),
        ("[\n# none yet\n]", "[\n# none yet\n  \"n\",\n]"),
        ("[\"a\"]", "[\n  \"n\",\n  \"a\",\n]"),
        ("[ 'a', \"b\", # both\n]", "[\n  \"n\",\n  'a',\n  \"b\", # both\n]"),
        ("[\n  \"a\"  # last\n]", "[\n  \"n\",\n  \"a\",  # last\n]"),
        ("[\n    \"a\"\n  # , in a comment\n  , \"b\"]", "[\n    \"n\",\n    \"a\",\n  # , in a comment\n  \"b\",\n]"),
        ("[\n\t\"a\" ,\n\n\t# tail\n  ]", "[\n\t\"n\",\n\t\"a\" ,\n\n\t# tail\n  ]"),
    ];
    let start = SMALL.find("series = ").unwrap() + "series = ".len();
    for (before, after) in layouts {
        let text = format!("{}{before}\n", &SMALL[..start]);
        let mut document = Document::parse(&text, "pq.toml", None).unwrap();
        document.insert(0, &Patch { name: name("n"), meta: PatchMeta::default() });
        assert_eq!(document.to_text()[start..].trim_end(), after);
        reads_back(&document);
    }
}

#[test]
fn a_union_merge_of_two_edits_stays_valid() {
    let meta =
        |id: String| PatchMeta { kind: Some(PatchKind::Backport), upstream: Some(vec![id]), ..with_topic("same") };
    let patch = |who: &str, nth: usize| {
        let id = format!("{:040x}", who.len() * 16 + nth);
        Patch { name: name(&format!("{who}-{nth}")), meta: meta(id) }
    };
    let fresh = Document::create(&small().manifest().upstream, &small().manifest().line);
    for start in [0, 3] {
        let mut base = fresh.clone();
        (0..start).for_each(|nth| assert!(base.insert(nth, &patch("old", nth))));
        let edit = |who: &str| {
            let mut side = base.clone();
            (0..2).for_each(|nth| assert!(side.insert(start + nth, &patch(who, nth))));
            side.to_text()
        };
        let merged = union(&base.to_text(), &edit("ours"), &edit("theirs"));
        let merged = Document::parse(&merged, "pq.toml", None).unwrap_or_else(|error| panic!("{error}\n{merged}"));
        let wanted = [patch("ours", 0), patch("ours", 1), patch("theirs", 0), patch("theirs", 1)];
        assert_eq!(merged.manifest().patches[start..], wanted);
    }
}

#[test]
fn a_union_merge_that_takes_keys_away_does_not_go_unnoticed() {
    let base = Document::create(&small().manifest().upstream, &small().manifest().line);
    let edit = |who: &str| {
        let mut side = base.clone();
        side.insert(0, &Patch { name: name(who), meta: with_topic("the same") });
        side
    };
    let merged = union(&base.to_text(), &edit("ours").to_text(), &edit("theirs").to_text());
    assert!(merged.contains("[patch.ours]\n[patch.theirs]\ntopic = \"the same\"\n"), "what git does: {merged}");
    let error = Document::parse(&merged, "pq.toml", None).unwrap_err();
    assert!(error.to_string().contains("[patch.theirs] stands directly below another header"), "{error}");
}

/// Whatever two people settle, git merges it, also where the tables of held patches follow one another.
#[test]
fn what_two_people_settle_merges_as_text() {
    for has_topics in [false, true] {
        let mut base = Document::create(&small().manifest().upstream, &small().manifest().line);
        let meta =
            |nth: usize| if has_topics && nth.is_multiple_of(2) { with_topic("t") } else { PatchMeta::default() };
        let names: Vec<_> = (0..4).map(|nth| name(&format!("p-{nth}"))).collect();
        for (nth, name) in names.iter().enumerate() {
            base.insert(nth, &Patch { name: name.clone(), meta: meta(nth) });
        }
        // As a rebase does it: from the first to the last.
        for (nth, name) in names.iter().enumerate() {
            base.set_meta(name, &PatchMeta { held: Some(held()), ..meta(nth) });
        }
        reads_back(&base);
        let settled = |which: &[usize]| {
            let mut side = base.clone();
            for nth in which {
                assert!(side.set_meta(&names[*nth], &meta(*nth)));
            }
            side.to_text()
        };
        for (ours, theirs) in [(vec![0], vec![1]), (vec![1], vec![2]), (vec![3], vec![2]), (vec![0, 2], vec![1, 3])] {
            let merged = merge_file(&[], &base.to_text(), &settled(&ours), &settled(&theirs));
            let both = [ours, theirs].concat();
            assert_eq!(merged, settled(&both), "{both:?}");
            let merged = Document::parse(&merged, "pq.toml", None).unwrap_or_else(|error| panic!("{error}\n{merged}"));
            assert_eq!(merged.manifest().held().count(), 4 - both.len());
        }
    }
}

fn union(base: &str, ours: &str, theirs: &str) -> String {
    merge_file(&["--union"], base, ours, theirs)
}

/// What `git merge-file` makes of three texts, without a conflict.
fn merge_file(how: &[&str], base: &str, ours: &str, theirs: &str) -> String {
    let directory = tempfile::tempdir().unwrap();
    for (file, text) in [("base", base), ("ours", ours), ("theirs", theirs)] {
        fs_err::write(directory.path().join(file), text).unwrap();
    }
    let output = std::process::Command::new("git")
        .args([&["merge-file"], how, &["-p", "ours", "base", "theirs"]].concat())
        .current_dir(directory.path())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_thousand_edits_are_not_a_thousand_parses() {
    let mut document = Document::create(&small().manifest().upstream, &small().manifest().line);
    for nth in 0..1000 {
        document.insert(nth, &Patch { name: name(&format!("p-{nth}")), meta: with_topic("t") });
    }
    assert!(document.to_text().contains("\n[patch.p-0]\ntopic = \"t\"\n\n[patch.p-1]\n"));
    reads_back(&document);
}
