use super::*;

const HEAD: &str =
    "# ours\nschema = 1\n\n[upstream]\nrepo = \"..\"\nreleases = \"v{version}\"\n\n[line]\nname = \"line\"\n";

fn file(base: &str, series: &[&str], tables: &str) -> String {
    let digit = base.bytes().last().map_or(0, |byte| byte % 10);
    let id = digit.to_string().repeat(40);
    let names: String = series.iter().map(|name| format!("  {name:?},\n")).collect();
    format!("{HEAD}base = {base:?}\nbase-commit = {id:?}\nbranch = \"b\"\nseries = [\n{names}]\n{tables}")
}

fn plain(series: &[&str]) -> String {
    file("v1.0.0", series, "")
}

fn clean(base: &str, ours: &str, theirs: &str) -> Document {
    let merged = merge(base, ours, theirs).unwrap();
    assert_eq!(merged.conflicts, Vec::<String>::new(), "{}", merged.text);
    read(&merged.text).unwrap_or_else(|| panic!("{}", merged.text))
}

fn series(document: &Document) -> Vec<String> {
    document.manifest().patches.iter().map(|patch| patch.name.to_string()).collect()
}

/// Scenario 46: two branches append to the queue.
#[test]
fn what_both_add_is_there_once_and_in_order() {
    for (ours, theirs, wanted) in [
        (&["a", "b", "x"][..], &["a", "b", "y"][..], &["a", "b", "x", "y"][..]),
        (&["x", "a", "b"], &["a", "b", "y"], &["x", "a", "b", "y"]),
        (&["a", "b", "x"], &["a", "b", "x"], &["a", "b", "x"]),
        (&["a", "x", "b"], &["b"], &["x", "b"]),
        (&["b", "a"], &["a", "b", "y"], &["b", "y", "a"]),
        (&["a", "b", "x"], &["b", "a"], &["b", "a", "x"]),
        (&["a"], &["b"], &[]),
    ] {
        let merged = clean(&plain(&["a", "b"]), &plain(ours), &plain(theirs));
        assert_eq!(series(&merged), wanted, "{ours:?} {theirs:?}");
    }
}

#[test]
fn tables_are_merged_key_by_key_and_comments_stay() {
    let base = file("v1.0.0", &["a", "b"], "\n[patch.a]\nowner = \"x\"\ncve = [\"CVE-2024-0001\"]\n");
    let ours = base.replace("owner = \"x\"", "owner = \"y\"").replace("# ours", "# mine");
    let ours = ours.replace("\"CVE-2024-0001\"", "\"CVE-2024-0001\", \"CVE-2024-0002\"");
    let theirs =
        base.replace("owner = \"x\"", "owner = \"x\"\ntopic = \"t\"").replace("\"CVE-2024-0001\"", "\"CVE-2024-0003\"");
    let theirs = theirs + "\n# Theirs.\n[patch.b]\nreason = \"r\"\n\n[[generated]]\npaths = [\"*.go\"]\n";
    let merged = merge(&base, &ours, &theirs).unwrap();
    let document = clean(&base, &ours, &theirs);
    let meta = &document.manifest().patches[0].meta;
    assert_eq!((meta.owner.as_deref(), meta.topic.as_deref()), (Some("y"), Some("t")));
    assert_eq!(meta.cve, ["CVE-2024-0002", "CVE-2024-0003"]);
    assert_eq!(document.manifest().patches[1].meta.reason.as_deref(), Some("r"));
    assert_eq!(document.manifest().generated.len(), 1);
    assert!(merged.text.starts_with("# mine\n") && merged.text.contains("# Theirs."), "{}", merged.text);
}

#[test]
fn what_they_disagree_about_is_named_and_the_file_cannot_be_used() {
    let base = file("v1.0.0", &["a", "b"], "\n[patch.a]\nowner = \"x\"\n");
    let ours = base.replace("\"x\"", "\"y\"").replace("v1.0.0", "v1.1.1");
    let theirs = base.replace("\"x\"", "\"z\"").replace("v1.0.0", "v1.2.2");
    let merged = merge(&base, &ours, &theirs).unwrap();
    assert_eq!(merged.conflicts, ["base: ours v1.1.1, theirs v1.2.2", "owner of a: ours \"y\", theirs \"z\""]);
    assert!(merged.text.starts_with("<<<<<<< pq merge-driver"), "{}", merged.text);
    assert!(Document::parse(&merged.text, "pq.toml", None).unwrap_err().to_string().contains("merge"));
    let gone = merge(&base, &base.replace("\"x\"", "\"y\""), &plain(&["b"])).unwrap();
    assert!(gone.conflicts[0].contains("one takes it out"), "{:?}", gone.conflicts);
    let both = merge(&base, &base.replace("# ours", "# mine"), &base.replace("# ours", "# yours")).unwrap();
    assert_eq!(both.conflicts.len(), 1);
    assert_eq!(merge("", &base, &base), None);
}

#[test]
fn what_both_know_of_moved_files_is_put_together() {
    let entry = |from: &str, to: &str| format!("\n[[moved]]\nfrom = {from:?}\nto = {to:?}\n");
    let base = file("v1.0.0", &["a"], "");
    let (ours, theirs) = (base.clone() + &entry("x", "y"), base.clone() + &entry("p", "q"));
    let merged = clean(&base, &ours, &theirs);
    let froms = |document: &Document| -> Vec<String> {
        document.manifest().moved.iter().map(|one| format!("{} {}", one.from, one.to.join(" "))).collect()
    };
    assert_eq!(froms(&merged), ["x y", "p q"]);
    // The same directory, in two parts; and one that a person had a word about.
    let (ours, theirs) = (base.clone() + &entry("x", "y"), base.clone() + "\n# A split." + &entry("x", "z"));
    assert_eq!(froms(&clean(&base, &ours, &theirs)), ["x y z"]);
    let base = base + &entry("x", "y");
    let theirs = base.replace("to = \"y\"", "to = \"z\"");
    assert_eq!(froms(&clean(&base, &base, &theirs)), ["x z"]);
    assert_eq!(froms(&clean(&base, &file("v1.0.0", &["a"], ""), &base)), Vec::<String>::new());
}
