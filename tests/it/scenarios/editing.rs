//! Edits in a worktree.

use pq::model::Silent;
use pq::ops::position::{self, Target};
use pq::ops::undo::undo;

use crate::ops::position::{check, fork, go, in_tree, refresh, replace, tree, which, write};
use crate::support::files_below;

#[test]
fn s15_s16_refresh_keeps_the_order_of_files_and_the_header() {
    let fork = fork();
    let file = fork.queue().join("patches/d.patch");
    let text = fork.patch_file("d");
    let at: Vec<usize> = text.match_indices("diff --git").map(|(at, _)| at).collect();
    assert_eq!(at.len(), 3);
    let head = text[..at[0]].replace("---\n", "---\n\n notes of a person\n");
    let sections = [&text[at[2]..], &text[at[0]..at[1]], &text[at[1]..at[2]]].concat();
    std::fs::write(&file, [&head[..], &sections[..]].concat()).unwrap();
    write(&fork, "new/deep", "newer\n");
    write(&fork, "added", "added\n");
    in_tree(&fork, &["add", "-N", "added"]);
    refresh(&fork, None, &[]).unwrap();
    let after = fork.patch_file("d");
    assert!(after.starts_with(&head), "the header keeps its bytes: {after}");
    let paths = |text: &str| {
        let lines = text.lines().filter_map(|line| line.strip_prefix("diff --git a/"));
        lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut wanted = paths(&sections);
    wanted.push("added".to_owned());
    assert_eq!(paths(&after), wanted);
    check(&fork, 4);
    // What is carried over an edit further down keeps its order as well.
    go(&fork, Target::Patch("a".into())).unwrap();
    let at = |text: &str| text.match_indices("diff --git").map(|(at, _)| at).next().unwrap();
    write(&fork, "run.sh", "#!/bin/sh\nexit\n");
    refresh(&fork, None, &[]).unwrap();
    assert_eq!(paths(&fork.patch_file("d")), wanted);
    assert_eq!(fork.patch_file("d")[..at(&after)], after[..at(&after)]);
}

#[test]
fn s17_refresh_with_no_change_touches_no_file() {
    let fork = fork();
    let before = fork.snapshot();
    let report = refresh(&fork, None, &[]).unwrap();
    assert!(report.done.starts_with("nothing"), "{}", report.done);
    assert_eq!(fork.snapshot(), before);
}

/// quilt says that the series no longer matches the applied patches; nothing is lost there either.
#[test]
fn s18_a_series_that_is_edited_by_hand_in_the_middle_of_work_loses_nothing() {
    let fork = fork();
    go(&fork, Target::Patch("b".into())).unwrap();
    replace(&fork, "a.txt", "line 20\n", "my work\n");
    let queue = fork.snapshot().files;
    fork.edit_manifest(|text| text.replace("  \"b\",\n", ""));
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let error = refresh(&fork, None, &[]).unwrap_err();
    assert!(error.to_string().contains("no part of the queue") && error.hint().is_some(), "{error}");
    let error = go(&fork, Target::Push(1)).unwrap_err();
    assert!(error.to_string().contains("no part of the queue") && error.hint().is_some(), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before, "what was refused changed nothing");
    assert!(fork.queue().join("patches/b.patch").exists(), "the file of a patch that nobody names stays");
    // The hand's edit is one step of the log: taken back, the work goes where it belongs.
    undo(&fork.open(), 6).unwrap();
    assert_eq!(fork.snapshot().files, queue);
    refresh(&fork, None, &[]).unwrap();
    assert!(fork.patch_file("b").contains("+my work"));
    check(&fork, 2);
    fork.check();
}

/// `git submodule` itself is not asked: a pointer is an entry of a tree, and its directory is left alone.
#[test]
fn s43_a_submodule_pointer_pops_and_applies_again_without_conflict() {
    let fork = crate::ops::outcomes::base();
    fork.on("ours").submodule("sub", '2').edit("a.txt", "line 5\n", "a\n").commit("Move sub");
    fork.on("ours").submodule("more", '3').commit("Add more");
    fork.on("main").edit("a.txt", "line 30\n", "up\n").commit("Upstream");
    crate::ops::outcomes::release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let pointers = |fork: &crate::support::Fork| in_tree(fork, &["ls-files", "-s", "sub", "more"]);
    let all = pointers(&fork);
    for (target, words) in [
        (Target::Pop(1), format!("160000 {} 0\tsub", "2".repeat(40))),
        (Target::Pop(1), format!("160000 {} 0\tsub", "1".repeat(40))),
        (Target::End, all.clone()),
    ] {
        go(&fork, target).unwrap();
        assert_eq!(pointers(&fork), words);
        assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
    }
    fork.checked_rebase("v1.1.0");
    assert_eq!(pointers(&fork), all);
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
    assert_eq!(position::position(&fork.open(), &which(&fork), &Silent).unwrap().at, 2);
}
