//! `pq demo`: what it builds and what becomes of every patch is what `patches-example/expected.toml` says, which git itself made.

use std::collections::BTreeSet;
use std::path::Path;

use pq::model::Silent;
use pq::ops::audit;
use pq::ops::demo::{DemoReport, Options, demo};
use pq::ops::look;
use pq::ops::rebase::{PatchReport, RebaseReport};
use pq::ops::undo;
use pq::ops::workbench::{Access, Where, Workbench};
use serde_json::Value;
use toml_edit::DocumentMut;

use crate::support::{Pq, git};

const RELEASES: [&str; 2] = ["v1.0.1", "v1.1.0"];

fn run(directory: &Path, when: i64) -> DemoReport {
    let options = Options { directory: directory.to_owned(), shown: "pq-demo".into(), when };
    demo(&options, &Silent).unwrap()
}

fn example(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("patches-example").join(path)).unwrap()
}

fn expected() -> DocumentMut {
    example("expected.toml").parse().unwrap()
}

fn open(directory: &Path) -> Workbench {
    let place = Where { start: directory.join("queue"), ..Where::default() };
    Workbench::open(place.line().unwrap(), Access::Write).unwrap()
}

fn rebase<'a>(report: &'a DemoReport, release: &str) -> &'a RebaseReport {
    let mut rebases = report.steps.iter().filter_map(|step| step.rebase.as_ref());
    rebases.find(|rebase| rebase.to.release == release).unwrap()
}

/// A report as the JSON that programs read.
fn json(report: &impl serde::Serialize) -> Value {
    serde_json::to_value(report).unwrap()
}

#[test]
fn both_releases_end_where_git_says() {
    let dir = tempfile::tempdir().unwrap();
    let (report, expected) = (run(dir.path(), 1_750_000_000), expected());
    for release in RELEASES {
        let (got, want) = (json(rebase(&report, release)), &expected[release]);
        assert_eq!(got["from"]["release"], "v1.0.0");
        assert_eq!(got["to"]["commit"].as_str(), want["commit"].as_str(), "{release}");
        assert_eq!(got["tip"]["commit"].as_str(), want["tip"].as_str(), "{release}");
        assert_eq!(got["tip"]["tree"].as_str(), want["tree"].as_str(), "{release}");
        for (outcome, count) in want["summary"].as_inline_table().unwrap() {
            assert_eq!(got["summary"][outcome].as_i64(), count.as_integer(), "{release} {outcome}");
        }
    }
    let upstream = dir.path().join("upstream");
    let tip = git(&upstream, &["rev-parse", "fw/v1.0"]);
    assert_eq!(tip.trim(), expected["v1.1.0"]["tip"].as_str().unwrap());
    git(&upstream, &["fsck", "--full", "--strict"]);
}

#[test]
fn every_patch_becomes_what_it_should() {
    let dir = tempfile::tempdir().unwrap();
    let (report, expected) = (run(dir.path(), 1_750_000_000), expected());
    for release in RELEASES {
        let patches = expected[release]["patches"].as_table().unwrap();
        let rebase = rebase(&report, release);
        assert_eq!(rebase.patches.len(), patches.len());
        for patch in &rebase.patches {
            let (got, want) = (json(patch), &patches[patch.name.as_str()]);
            compare(&format!("{release} {}", patch.name), patch, &got, want);
        }
    }
}

fn compare(what: &str, patch: &PatchReport, got: &Value, want: &toml_edit::Item) {
    let text = |key: &str| want.get(key).map(|value| value.as_str().unwrap());
    assert_eq!(got["outcome"].as_str(), text("outcome"), "{what}");
    let landed = text("landed").is_none() || [got["landed"].as_str(), got["text"].as_str()].contains(&text("landed"));
    assert!(landed && (text("text").is_none() || got["text"].as_str() == text("text")), "{what}: {got:#}");
    assert_eq!(got.get("landed").is_some(), text("landed").is_some(), "{what}");
    assert_eq!(got["evidence"][0]["kind"].as_str(), text("evidence"), "{what}");
    assert_eq!(got["evidence"][0]["commit"].as_str(), text("commit"), "{what}");
    assert_eq!(got["reverted"][0]["by"].as_str(), text("reverted-by"), "{what}");
    assert_eq!(got["reverted"].as_array().map_or(0, Vec::len), text("reverted-by").iter().count(), "{what}: {got:#}");
    assert_eq!(got["conflicts"][0]["path"].as_str(), text("path"), "{what}");
    assert_eq!(got["conflicts"][0]["kind"].as_str(), text("kind"), "{what}");
    let culprits = got["conflicts"][0]["culprits"].as_array().into_iter().flatten().map(|id| id.as_str().unwrap());
    assert_eq!(culprits.collect::<Vec<_>>(), strings(want.get("culprits")), "{what}");
    let blocked_by: Vec<&str> = patch.blocked_by.iter().map(|name| name.as_str()).collect();
    assert_eq!(blocked_by, strings(want.get("blocked-by")), "{what}");
}

fn strings(list: Option<&toml_edit::Item>) -> Vec<&str> {
    let values = list.and_then(toml_edit::Item::as_array).into_iter().flatten();
    values.map(|value| value.as_str().unwrap()).collect()
}

#[test]
fn every_id_that_the_example_names_is_in_the_history() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 1_750_000_000);
    let upstream = dir.path().join("upstream");
    let listed = git(&upstream, &["rev-list", "main", "v1.0"]);
    let history: BTreeSet<&str> = listed.lines().collect();
    assert_eq!(history.len(), 18);
    let (pq_toml, expected) = (example("queue/pq.toml"), expected());
    let recorded = pq_toml.parse::<DocumentMut>().unwrap();
    let patches = recorded["patch"].as_table().unwrap();
    let ids = patches.iter().flat_map(|(_, patch)| strings(patch.get("upstream")));
    let evidence = RELEASES.iter().flat_map(|release| expected[release]["patches"].as_table().unwrap().iter());
    let evidence = evidence.flat_map(|(_, patch)| [patch.get("commit"), patch.get("reverted-by")]);
    let evidence = evidence.flatten().map(|id| id.as_str().unwrap());
    let releases = RELEASES.iter().map(|release| expected[release]["commit"].as_str().unwrap());
    let named: Vec<&str> = ids.chain(evidence).chain(releases).collect();
    assert_eq!(named.len(), 13, "{named:?}");
    named.iter().for_each(|id| assert!(history.contains(id), "{id}"));
    for commit in &history {
        let message = git(&upstream, &["log", "-1", "--format=%B", commit]);
        let words = message.split(|c: char| !c.is_ascii_hexdigit()).filter(|word| word.len() == 40);
        words.for_each(|id| assert!(history.contains(id), "{commit} names {id}"));
    }
}

#[test]
fn the_graph_has_the_expected_edges() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 1_750_000_000);
    undo::undo(&open(dir.path()), 1_750_000_001).unwrap();
    let graph = json(&look::dependencies(&open(dir.path()), &Default::default(), &Silent).unwrap());
    let edge = |get: &dyn Fn(&str) -> String| ["from", "to", "reason"].map(get);
    let got: BTreeSet<_> =
        graph["edges"].as_array().unwrap().iter().map(|it| edge(&|key| it[key].as_str().unwrap().to_owned())).collect();
    let expected = expected();
    let want = expected["graph"]["edges"].as_array().unwrap().iter().map(|it| it.as_inline_table().unwrap());
    let want: BTreeSet<_> = want.map(|it| edge(&|key| it[key].as_str().unwrap().to_owned())).collect();
    assert_eq!(got, want);
}

#[test]
fn the_audit_finds_the_expected_follow_ups() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 1_750_000_000);
    // Back on v1.0.0: both rebases of the demo are undone.
    while open(dir.path()).manifest().line.base != "v1.0.0" {
        undo::undo(&open(dir.path()), 1_750_000_001).unwrap();
    }
    let options = audit::Options { since: None, onto: None, today: "2030-01-01".parse().unwrap() };
    let report = json(&audit::audit(&open(dir.path()), &options, &Silent).unwrap());
    let row = |get: &dyn Fn(&str) -> String| ["patch", "carried", "commit", "relation"].map(get);
    let got = report["followups"].as_array().unwrap().iter();
    let got: Vec<_> = got.map(|it| row(&|key| it[key].as_str().unwrap().to_owned())).collect();
    let expected = expected();
    let want = expected["audit"]["followups"].as_array().unwrap().iter().map(|it| it.as_inline_table().unwrap());
    let want: Vec<_> = want.map(|it| row(&|key| it[key].as_str().unwrap().to_owned())).collect();
    assert_eq!(got, want);
}

#[test]
fn ids_are_the_same_wherever_and_whenever_it_runs() {
    let dir = tempfile::tempdir().unwrap();
    let refs = |name: &str, when| {
        let report = run(&dir.path().join(name), when);
        let listed =
            git(&dir.path().join(name).join("upstream"), &["for-each-ref", "--format=%(refname) %(objectname)"]);
        // The log of operations has the time in it, and is kept apart for each directory.
        let lines = listed.lines().filter(|line| !line.starts_with("refs/pq/log/")).map(str::to_owned);
        (lines.collect::<Vec<_>>(), json(&report.steps))
    };
    let first = refs("one", 1_750_000_000);
    assert_eq!(first.0.len(), 8, "{:?}", first.0);
    assert_eq!(first, refs("two", 1_760_000_000));
}

#[test]
fn the_patch_files_are_what_git_am_takes() {
    let dir = tempfile::tempdir().unwrap();
    run(dir.path(), 1_750_000_000);
    git(dir.path(), &["clone", "-q", "upstream", "clone"]);
    let clone = dir.path().join("clone");
    let expected = expected();
    git(&clone, &["checkout", "-q", "--detach", "v1.0.0"]);
    let pq_toml = example("queue/pq.toml").parse::<DocumentMut>().unwrap();
    for name in strings(pq_toml["line"].get("series")) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("patches-example/queue/patches/{name}.patch"));
        git(&clone, &["am", "-q", &file.to_string_lossy()]);
    }
    let tree = git(&clone, &["rev-parse", "HEAD^{tree}"]);
    assert_eq!(tree.trim(), expected["queue"]["tree"].as_str().unwrap());
}

/// What the demo and the example's README say of `git rebase`.
#[test]
fn git_rebase_loses_one_patch_and_has_another_twice() {
    let dir = tempfile::tempdir().unwrap();
    let report = run(dir.path(), 1_750_000_000);
    git(dir.path(), &["clone", "-q", "upstream", "clone"]);
    let clone = dir.path().join("clone");
    git(&clone, &["fetch", "-q", "origin", "refs/pq/*:refs/pq/*"]);
    git(&clone, &["checkout", "-q", "--detach", expected()["queue"]["tip"].as_str().unwrap()]);
    git(&clone, &["rebase", "-q", "v1.0.1"]);
    let calls = |commit: &str| {
        let text = git(&clone, &["show", &format!("{commit}:pkg/policy/policy.go")]);
        text.matches("Unmap()").count()
    };
    let has_cache =
        |commit: &str| git(&clone, &["ls-tree", "-r", "--name-only", commit]).contains("pkg/policy/cache.go");
    let ours = rebase(&report, "v1.0.1").tip.commit.to_string();
    assert_eq!((calls(&ours), calls("HEAD")), (1, 2));
    assert_eq!((has_cache(&ours), has_cache("HEAD")), (true, false));
    let cache = "policy: Remember verdicts";
    let subjects = git(&clone, &["log", "--format=%s", "v1.0.1..HEAD"]);
    assert!(!subjects.contains(cache), "{subjects}");
    assert!(git(&clone, &["log", "--format=%s", &format!("v1.0.1..{ours}")]).contains(cache));
}

/// What the tutorial says of settling by hand: the patch written for the new base, its table gone, and what waited is carried.
#[test]
fn a_held_patch_can_be_settled_by_hand() {
    let pq = Pq::new();
    pq.ok(&["demo"]);
    let (queue, expected) = (pq.dir().join("pq-demo/queue"), expected());
    let settled = &expected["v1.1.0"]["settled"];
    let text = |key: &str| settled[key].as_str().unwrap();
    git(pq.dir(), &["clone", "-q", "pq-demo/upstream", "clone"]);
    let clone = pq.dir().join("clone");
    git(&clone, &["checkout", "-q", "--detach", "v1.1.0"]);
    std::fs::copy(pq.dir().join("pq-demo/resolved").join(text("path")), clone.join(text("path"))).unwrap();
    let file = queue.join("patches").join(format!("{}.patch", text("patch")));
    let old = std::fs::read_to_string(&file).unwrap();
    let message = old.split_inclusive("\n---\n").next().unwrap();
    std::fs::write(&file, format!("{message}{}", git(&clone, &["diff", "--full-index"]))).unwrap();
    let pq_toml = std::fs::read_to_string(queue.join("pq.toml")).unwrap();
    let mut document: DocumentMut = pq_toml.parse().unwrap();
    document["patch"][text("patch")].as_table_mut().unwrap().remove("held").unwrap();
    std::fs::write(queue.join("pq.toml"), document.to_string()).unwrap();
    assert_eq!(pq.run_in("pq-demo/queue", &["refresh"]).code, Some(1), "one is still held");
    let report = pq.run_in("pq-demo/queue", &["rebase", "v1.1.0", "--format", "json"]).json();
    assert_eq!(report["tip"]["commit"].as_str(), Some(text("tip")), "{report:#}");
    assert_eq!(report["tip"]["tree"].as_str(), Some(text("tree")));
}

#[test]
fn the_binary_explains_and_never_writes_over_anything() {
    let pq = Pq::new();
    let output = pq.ok(&["demo"]);
    let text = output.stdout();
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    let pq_toml = example("queue/pq.toml").parse::<DocumentMut>().unwrap();
    let names = strings(pq_toml["line"].get("series"));
    names.iter().for_each(|name| assert!(text.contains(name), "{name}"));
    assert!(pq.ok(&["demo"]).stdout().contains("pq -C pq-demo-2/queue status"));
    let again = pq.run(&["demo", "pq-demo"]);
    assert_eq!(again.code, Some(2), "{again}");
    assert!(again.stderr().contains("pq-demo exists and is not empty"), "{again}");
    let document = pq.ok(&["demo", "three", "--format", "json"]).json();
    assert_eq!(document["kind"], "demo/1");
    assert_eq!(document["steps"][5]["rebase"]["summary"]["conflict"], 1);
}

/// Each command that the demo ends with does something.
#[test]
fn what_to_try_works() {
    let pq = Pq::new();
    let report = pq.ok(&["demo", "--format", "json"]).json();
    for next in report["next"].as_array().unwrap() {
        let words: Vec<&str> = next["command"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
        match words[0] {
            "pq" => {
                let output = pq.run(&words[1..]);
                assert!(matches!(output.code, Some(0 | 1)), "{words:?}\n{output}");
            }
            _ => drop(git(pq.dir(), &words[1..])),
        }
    }
}
