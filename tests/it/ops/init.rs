//! A fork's branch becomes a queue whose tree is the branch's.

use pq::model::{Mode, Oid};

use super::outcomes::base;
use crate::support::{Fork, lines};

/// What the queue must be like, whatever the branch was.
fn check(fork: &Fork, patches: &[&str]) -> pq::ops::init::InitReport {
    let report = fork.init("v1.0.0", "ours");
    assert_eq!(report.tree_equal, Some(true));
    assert_eq!(fork.git(&["rev-parse", "fork^{tree}"]), fork.git(&["rev-parse", "ours^{tree}"]));
    assert_eq!(fork.git(&["rev-list", "--count", "--merges", "v1.0.0..fork"]), "0");
    let bench = fork.open();
    let names: Vec<&str> = bench.manifest().patches.iter().map(|patch| patch.name.as_str()).collect();
    assert_eq!(names, patches);
    drop(bench);
    fork.check();
    report
}

#[test]
fn a_linear_branch_keeps_its_trees() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    fork.on("ours").rename("a.txt", "b/a.txt").mode("b/a.txt", Mode::Executable).symlink("l", "b").commit("Two");
    fork.on("ours").write("x.bin", b"\0\x01\x02").submodule("sub", '5').write("empty", "").commit("Three");
    fork.on("ours").remove("x.bin").write("crlf", "a\r\nb\r\n").write("open", "no newline").commit("Four");
    check(&fork, &["one", "two", "three", "four"]);
    let trees = |range: &str| fork.git(&["log", "--format=%T %an %at %s", range]);
    assert_eq!(trees("v1.0.0..fork"), trees("v1.0.0..ours"));
}

#[test]
fn a_clean_merge_needs_no_patch_of_its_own() {
    let fork = base();
    let base = fork.tip("ours");
    let side = fork.after(&[base]).edit("b.txt", "line 1\n", "side\n").commit("Side");
    let main = fork.on("ours").edit("a.txt", "line 1\n", "main\n").commit("Main");
    let merge = fork.after(&[main, side]).edit("b.txt", "line 1\n", "side\n").commit("Merge");
    fork.branch("ours", merge);
    let report = check(&fork, &["main", "side"]);
    assert_eq!((report.merges, report.folded.len()), (1, 0));
}

#[test]
fn a_resolution_becomes_a_patch() {
    let fork = base();
    let base = fork.tip("ours");
    let side = fork.after(&[base]).edit("a.txt", "line 1\n", "side\n").edit("b.txt", "line 1\n", "x\n").commit("Side");
    let main = fork.on("ours").edit("a.txt", "line 1\n", "main\n").commit("Main");
    let merge = fork.after(&[main, side]).edit("a.txt", "main\n", "both\n").edit("b.txt", "line 1\n", "x\n");
    let merge = merge.commit("Merge side");
    fork.branch("ours", merge);
    let report = check(&fork, &["main", "merge-side"]);
    assert_eq!(report.folded, [side]);
}

#[test]
fn an_evil_merge_becomes_a_patch() {
    let fork = base();
    let base = fork.tip("ours");
    let side = fork.after(&[base]).edit("b.txt", "line 1\n", "side\n").commit("Side");
    let main = fork.on("ours").edit("a.txt", "line 1\n", "main\n").commit("Main");
    let merge = fork.after(&[main, side]).edit("b.txt", "line 1\n", "side\n").write("evil.txt", "from nowhere\n");
    fork.branch("ours", merge.commit("Evil"));
    check(&fork, &["main", "side", "evil"]);
    assert!(fork.patch_file("evil").contains("+from nowhere"));
    assert!(!fork.patch_file("evil").contains("b.txt"));
}

#[test]
fn criss_cross_merges() {
    let fork = base();
    let base = fork.tip("ours");
    let a1 = fork.after(&[base]).edit("a.txt", "line 1\n", "a1\n").commit("A1");
    let b1 = fork.after(&[base]).edit("b.txt", "line 1\n", "b1\n").commit("B1");
    let a2 = fork.after(&[a1, b1]).edit("b.txt", "line 1\n", "b1\n").commit("A2 merges B1");
    let b2 = fork.after(&[b1, a1]).edit("a.txt", "line 1\n", "a1\n").commit("B2 merges A1");
    let a3 = fork.after(&[a2]).edit("a.txt", "a1\n", "a3\n").commit("A3");
    let b3 = fork.after(&[b2]).edit("b.txt", "b1\n", "b3\n").commit("B3");
    let last = fork.after(&[a3, b3]).edit("b.txt", "b1\n", "b3\n").commit("Both");
    fork.branch("ours", last);
    check(&fork, &["a1", "b1", "a3", "b3"]);
}

#[test]
fn an_octopus() {
    let fork = base();
    let base = fork.tip("ours");
    let side = |file: &str| fork.after(&[base]).edit(file, "line 9\n", "nine\n").commit(&format!("Side {file}"));
    let sides: Vec<Oid> = ["a.txt", "b.txt", "dir/c.txt"].map(side).into();
    let work = fork.after(&sides).edit("b.txt", "line 9\n", "nine\n").edit("dir/c.txt", "line 9\n", "nine\n");
    fork.branch("ours", work.commit("Octopus"));
    let report = check(&fork, &["side-a.txt", "side-b.txt", "side-dir-c.txt"]);
    assert_eq!(report.merges, 1);
}

#[test]
fn a_side_branch_with_a_root_of_its_own() {
    let fork = base();
    let root = fork.after(&[]).write("vendored/x", "x\n").commit("Vendored root");
    let second = fork.after(&[root]).write("vendored/y", "y\n").commit("Vendored second");
    let main = fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("Main");
    let merge = fork.after(&[main, second]).write("vendored/x", "x\n").write("vendored/y", "y\n").commit("Subtree");
    fork.branch("ours", merge);
    check(&fork, &["main", "vendored-root", "vendored-second"]);
}

#[test]
fn a_side_branch_that_began_before_the_base() {
    let fork = Fork::new();
    let old = fork.on("main").write("a.txt", lines(40)).write("b.txt", lines(40)).commit("old");
    let side = fork.after(&[old]).edit("b.txt", "line 3\n", "side\n").commit("Side");
    let base = fork.on("main").edit("a.txt", "line 20\n", "base\n").commit("base");
    fork.tag("v1.0.0", base);
    let main = fork.after(&[base]).edit("a.txt", "line 1\n", "main\n").commit("Main");
    let merge = fork.after(&[main, side]).edit("b.txt", "line 3\n", "side\n").commit("Merge");
    fork.branch("ours", merge);
    check(&fork, &["main", "side"]);
}

#[test]
fn equal_titles_get_numbers() {
    let fork = base();
    for n in 1..=3 {
        fork.on("ours").edit("a.txt", &format!("line {n}\n"), "x\n").commit("Fix it");
    }
    check(&fork, &["fix-it", "fix-it-2", "fix-it-3"]);
}

#[test]
fn a_base_that_is_no_ancestor_is_refused_with_the_fork_point() {
    let fork = base();
    let point = fork.tip("main");
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("upstream");
    fork.tag("v1.1.0", fork.tip("main"));
    let error = fork.try_init(&fork.queue(), "v1.1.0", Some("ours")).unwrap_err();
    assert_eq!(error.kind(), pq::Kind::User);
    assert!(error.hint().unwrap().contains(&point.to_string()), "{error}: {:?}", error.hint());
    assert!(!fork.queue().exists());
    assert!(!fork.refs().keys().any(|name| name.contains("pq") || name.contains("fork")));
}

#[test]
fn unrelated_histories_are_refused() {
    let fork = base();
    let root = fork.after(&[]).write("x", "x\n").commit("Root");
    fork.branch("unrelated", root);
    let error = fork.try_init(&fork.queue(), "v1.0.0", Some("unrelated")).unwrap_err();
    assert_eq!(error.kind(), pq::Kind::User);
}

#[test]
fn two_directories_give_the_same_ids_and_files() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    fork.on("ours").edit("a.txt", "line 2\n", "2\n").commit("Two");
    let first = fork.init("v1.0.0", "ours");
    let second = fork.try_init(&fork.dir().join("second"), "v1.0.0", Some("ours")).unwrap();
    assert_eq!(first.tip, second.tip);
    let files = crate::support::files_below;
    assert_eq!(files(&fork.queue()), files(&fork.dir().join("second")));
}

#[test]
fn a_queue_is_never_made_over_another() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    fork.init("v1.0.0", "ours");
    let before = fork.snapshot();
    assert!(fork.try_init(&fork.queue(), "v1.0.0", Some("ours")).is_err());
    assert!(fork.try_init(&fork.queue(), "v1.0.0", None).is_err());
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn a_branch_that_is_something_else_is_left_alone() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    fork.on("fork").write("mine", "x\n").commit("Somebody's work");
    let mine = fork.tip("fork");
    assert!(fork.try_init(&fork.queue(), "v1.0.0", Some("ours")).is_err());
    assert_eq!(fork.tip("fork"), mine);
}

/// A base that was typed as a branch moves on; the queue stands where it stood.
#[test]
fn a_base_named_by_a_branch_may_move() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    let report = fork.init("main", "ours");
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("upstream goes on");
    assert_eq!(fork.forgotten_tip(), report.tip.commit);
    fork.checked_rebase("main");
}

/// A release tag that moved is no accident to pass over, and no reason to stop either: the queue stands on what was recorded.
#[test]
fn a_base_whose_tag_moved_is_a_problem() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    fork.init("v1.0.0", "ours");
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("upstream");
    fork.tag("v1.0.0", fork.tip("main"));
    let status = fork.status();
    assert!(status.problems[0].contains("v1.0.0"), "{status:?}");
    fork.checked_rebase("main");
}

#[test]
fn an_empty_queue_starts_at_its_base() {
    let fork = base();
    let report = fork.try_init(&fork.queue(), "v1.0.0", None).unwrap();
    assert_eq!((report.tip.commit, report.tree_equal), (fork.tip("main"), None));
    fork.check();
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("upstream");
    fork.tag("v1.1.0", fork.tip("main"));
    assert_eq!(fork.checked_rebase("v1.1.0").tip.commit, fork.tip("main"));
}

#[test]
fn the_branch_gets_a_name_that_is_free() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 1\n", "1\n").commit("One");
    let init = |directory: &str| {
        let options = fork.init_options(&fork.dir().join(directory), "v1.0.0", Some("ours"));
        let options = pq::ops::init::Options { name: Some("my-line".into()), branch: None, ..options };
        pq::ops::init::init(&options, &pq::model::Silent).unwrap().branch
    };
    assert_eq!(init("first"), "pq/my-line");
    fork.on("pq/my-line").write("mine", "x\n").commit("somebody's");
    assert_eq!(init("second"), "pq/my-line-2");
    fork.set_ref("refs/heads/pq/my-line", None);
    fork.set_ref("refs/heads/pq/my-line-2", None);
    fork.branch("pq", fork.tip("ours"));
    assert_eq!(init("third"), "pq-my-line");
}
