use std::collections::BTreeSet;

use super::*;
use crate::model::{Held, HeldWhy, PatchKind};

mod edits;
mod moved;
mod policy;
mod problems;
mod properties;

pub(super) const COMMIT: &str = "89e6c98d92887913cadf06b2adb97f26cde4849b";

pub(super) const SMALL: &str = r#"# Our 1.13.
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
  "feature/x",   # behind a flag

  # helm
  "a:b",
]

# The race of last summer.
[patch.bpf-fix]
upstream = ["ABCDEF1"] # main
# asked in the issue
kind = "backport"
cve = ["CVE-2023-1"]

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
"#;

pub(super) fn name(text: &str) -> PatchName {
    text.parse().unwrap()
}

pub(super) fn small() -> Document {
    Document::parse(SMALL, "pq.toml", None).unwrap()
}

/// The lines that were deleted and added, as `-line` and `+line`.
pub(super) fn changed(before: &str, after: &str) -> Vec<String> {
    let lines = |text: &str| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let (before, after) = (lines(before), lines(after));
    let deleted = before.iter().filter(|line| !after.contains(line)).map(|line| format!("-{line}"));
    let added = after.iter().filter(|line| !before.contains(line)).map(|line| format!("+{line}"));
    deleted.chain(added).collect()
}

pub(super) fn reads_back(document: &Document) {
    let (upstream, policy) = (Some(document.manifest().upstream.clone()), Policy::default());
    let workspace = Workspace { upstream, policy, lines: Vec::new() };
    let again = Document::parse(&document.to_text(), "pq.toml", Some(&workspace));
    assert_eq!(again.unwrap().manifest(), document.manifest(), "{}", document.to_text());
}

#[test]
fn a_file_means_what_it_says() {
    let document = small();
    assert_eq!(document.to_text(), SMALL);
    let manifest = document.manifest();
    assert_eq!(manifest.upstream.stable.as_deref(), Some("v{major}.{minor}"));
    assert_eq!(manifest.line.base_commit, COMMIT.parse().unwrap());
    let names: Vec<&str> = manifest.patches.iter().map(|patch| patch.name.as_str()).collect();
    assert_eq!(names, ["bpf-fix", "feature/x", "a:b"]);
    let fix = &manifest.patch("bpf-fix").unwrap().meta;
    assert_eq!(fix.upstream(), ["abcdef1"], "ids are lower case");
    assert_eq!(fix.kind, Some(PatchKind::Backport));
    assert_eq!(fix.cve, ["CVE-2023-1"]);
    let held = manifest.patch("a:b").unwrap().meta.held.clone().unwrap();
    assert_eq!((held.why, held.blocked_by), (HeldWhy::Blocked, vec![name("feature/x")]));
    assert_eq!(held.paths, ["a b"]);
    assert_eq!(manifest.generated[0].regenerate.as_deref(), Some("make proto"));
    let ignore = &manifest.ignores[0];
    assert_eq!((ignore.id.as_str(), ignore.reason.as_str()), ("abcdef1", "not for us"));
    assert_eq!(ignore.expires.map(|date| date.to_string()).as_deref(), Some("2030-12-31"));
}

#[test]
fn explicitly_no_upstream_is_a_state_of_its_own() {
    let text = SMALL.replace("upstream = [\"ABCDEF1\"]", "upstream = []");
    let document = Document::parse(&text, "pq.toml", None).unwrap();
    assert_eq!(document.manifest().patch("bpf-fix").unwrap().meta.upstream, Some(vec![]));
    assert_eq!(document.manifest().patch("feature/x").unwrap().meta.upstream, None);
}

#[test]
fn a_member_inherits_the_upstream_of_its_workspace() {
    let root =
        "schema = 1\n[workspace]\nlines = [\"lines/*\"]\n[upstream]\nrepo = \"../x\"\nreleases = \"v{version}\"\n";
    let Root::Workspace(workspace) = parse_root(root, "pq.toml").unwrap() else { panic!("not a workspace") };
    assert_eq!(workspace.lines, ["lines/*"]);
    let document = Document::create_member(&small().manifest().upstream, &small().manifest().line);
    assert!(!document.to_text().contains("[upstream]"));
    assert!(Document::parse(&document.to_text(), "pq.toml", None).is_err());
    let member = Document::parse(&document.to_text(), "pq.toml", Some(&workspace)).unwrap();
    assert_eq!(member.manifest().upstream.repo, "../x");
    assert!(matches!(parse_root(SMALL, "pq.toml").unwrap(), Root::Line(_)));
}

#[test]
fn a_peek_tells_the_kinds_apart() {
    let peeked = Peek { is_workspace: false, repo: Some("../fork".into()), line: Some("v1.13-dd".into()) };
    assert_eq!(peek(SMALL, "pq.toml").unwrap(), peeked);
    assert!(peek("[workspace]\n", "pq.toml").unwrap().is_workspace);
    assert!(peek("schema = ", "pq.toml").unwrap_err().to_string().starts_with("pq.toml:1:10: not valid TOML"));
}

#[test]
fn a_fresh_file_is_commented_and_reads_back() {
    let document = Document::create(&small().manifest().upstream, &small().manifest().line);
    insta::assert_snapshot!(document.to_text(), @r#"
    # The patches of a fork, kept by pq. Edit by hand what you like: comments, order and layout stay.
    schema = 1

    [upstream]
    repo = "../fork"             # the fork's clone, relative to this file
    remote = "upstream"          # what `pq fetch` fetches
    releases = "v{version}"      # which tags are releases
    mainline = "main"            # where fixes land first
    stable = "v{major}.{minor}"  # upstream's own stable branches

    [line]
    name = "v1.13-dd"
    base = "v1.13.7"     # the release that the patches stand on
    base-commit = "89e6c98d92887913cadf06b2adb97f26cde4849b"
    branch = "dd/v1.13"  # what they are published as
    # The patches in order, each in patches/NAME.patch.
    series = [
    ]

    # What a patch does not say itself stands in a table [patch.NAME] below: where it comes from, why it
    # exists, who answers for it. A blank line divides the tables.
    "#);
    reads_back(&document);
}

#[test]
fn every_key_is_in_the_reference() {
    let reference = include_str!("../../../docs/reference/pq-toml.md");
    let all = [keys::LINE_FILE, keys::WORKSPACE_FILE, keys::WORKSPACE, keys::UPSTREAM, keys::LINE, keys::PATCH];
    let rest = [keys::HELD, keys::GENERATED, keys::IGNORE, keys::POLICY];
    for key in all.into_iter().chain(rest).flatten().collect::<BTreeSet<_>>() {
        let mentions = [format!("`{key}`"), format!("[{key}]"), format!("[{key}."), format!("[[{key}]]")];
        assert!(mentions.iter().any(|mention| reference.contains(mention)), "docs/reference/pq-toml.md lacks `{key}`");
    }
}

#[test]
fn the_examples_of_the_reference_are_valid() {
    let reference = include_str!("../../../docs/reference/pq-toml.md");
    let examples: Vec<&str> =
        reference.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let whole: Vec<&&str> = examples.iter().filter(|example| example.contains("schema = 1")).collect();
    assert!(whole.len() >= 2, "an example of a line and one of a workspace");
    for example in whole {
        parse_root(example, "pq-toml.md").unwrap();
    }
}
