//! Worktrees that stand at a patch go along with undo, redo, another release and an import, as they do with edits.

use pq::model::Silent;
use pq::ops::chosen::Chosen;
use pq::ops::edit;
use pq::ops::position::{self, Target};
use pq::ops::undo::{redo, undo};

use super::outcomes::release;
use super::position::{at, check, fork, go, in_tree, refresh, replace, top, tree, which, write};
use super::quilt;
use crate::support::{Fork, files_below};

fn a_txt(fork: &Fork) -> String {
    std::fs::read_to_string(tree(fork).join("a.txt")).unwrap()
}

#[test]
fn the_worktree_of_an_edit_shows_what_undo_left() {
    let fork = fork();
    go(&fork, Target::Patch("b".into())).unwrap();
    let before = (files_below(&tree(&fork)), in_tree(&fork, &["rev-parse", "HEAD"]));
    replace(&fork, "a.txt", "line 20\n", "edited\n");
    refresh(&fork, None, &[]).unwrap();
    let edited = in_tree(&fork, &["rev-parse", "HEAD"]);
    undo(&fork.open(), 6).unwrap();
    assert_eq!((files_below(&tree(&fork)), in_tree(&fork, &["rev-parse", "HEAD"])), before);
    check(&fork, 2);
    fork.check();
    redo(&fork.open(), 7).unwrap();
    assert_eq!(in_tree(&fork, &["rev-parse", "HEAD"]), edited);
    assert!(a_txt(&fork).contains("edited\n"));
    check(&fork, 2);
    fork.check();
}

#[test]
fn every_worktree_at_a_patch_goes_along_and_no_other() {
    let fork = fork();
    let add = |name: &str, at: &str| fork.git(&["worktree", "add", "-q", "--detach", &format!("../{name}"), at]);
    add("second", "fork~1");
    add("released", "v1.0.0");
    let elsewhere = fork.on("side").write("z", "z\n").commit("side").to_string();
    add("side", "side");
    let head = |name: &str| crate::support::git(&fork.dir().join(name), &["rev-parse", "HEAD"]).trim().to_owned();
    go(&fork, Target::Patch("a".into())).unwrap();
    let before = ["tree", "second", "released", "side"].map(head);
    write(&fork, "dir/c.txt", "another\n");
    refresh(&fork, None, &[]).unwrap();
    let edited = ["tree", "second", "released", "side"].map(head);
    undo(&fork.open(), 6).unwrap();
    assert_eq!(["tree", "second", "released", "side"].map(head), before);
    assert_eq!(before[3], elsewhere);
    redo(&fork.open(), 7).unwrap();
    assert_eq!(["tree", "second", "released", "side"].map(head), edited);
    for name in ["tree", "second", "released", "side"] {
        assert_eq!(crate::support::git(&fork.dir().join(name), &["status", "--porcelain"]), "");
    }
}

#[test]
fn edits_that_are_in_no_patch_stand_in_the_way_of_undo_and_redo() {
    let fork = fork();
    go(&fork, Target::Patch("b".into())).unwrap();
    replace(&fork, "a.txt", "line 20\n", "edited\n");
    refresh(&fork, None, &[]).unwrap();
    replace(&fork, "a.txt", "line 35\n", "mine\n");
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let error = undo(&fork.open(), 6).unwrap_err();
    assert!(error.to_string().contains("a.txt") && error.hint().is_some(), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before);
    in_tree(&fork, &["stash", "-q"]);
    undo(&fork.open(), 6).unwrap();
    replace(&fork, "a.txt", "line 35\n", "mine\n");
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let error = redo(&fork.open(), 7).unwrap_err();
    assert!(error.to_string().contains("a.txt") && error.hint().is_some(), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before);
}

/// A file that only the patch's new commit has is in the way where git does not know it.
#[test]
fn a_file_that_would_be_overwritten_stands_in_the_way() {
    let fork = fork();
    go(&fork, Target::Patch("b".into())).unwrap();
    write(&fork, "fresh", "fresh\n");
    in_tree(&fork, &["add", "fresh"]);
    refresh(&fork, None, &[]).unwrap();
    undo(&fork.open(), 6).unwrap();
    assert!(!tree(&fork).join("fresh").exists());
    write(&fork, "fresh", "what nobody committed\n");
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let error = redo(&fork.open(), 7).unwrap_err();
    assert!(error.to_string().contains("fresh"), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before);
}

#[test]
fn where_the_patch_is_gone_the_nearest_one_below_is_shown() {
    let fork = fork();
    go(&fork, Target::Patch("a".into())).unwrap();
    let patch = pq::ops::amend::NewPatch {
        name: "fresh".into(),
        message: None,
        author: pq::format::patchfile::Author { name: "A".into(), email: "a@example.com".into() },
        date: pq::format::patchfile::Date { seconds: 1_700_000_000, offset: "+0100".into() },
        after: None,
    };
    pq::ops::amend::new(&fork.open(), &patch, &which(&fork), 5, &Silent).unwrap();
    write(&fork, "dir/c.txt", "fresh\n");
    refresh(&fork, None, &[]).unwrap();
    assert_eq!(top(&fork), "fresh");
    undo(&fork.open(), 6).unwrap();
    assert_eq!(
        (top(&fork), std::fs::read_to_string(tree(&fork).join("dir/c.txt")).unwrap()),
        ("fresh".into(), crate::support::lines(40))
    );
    undo(&fork.open(), 6).unwrap();
    assert_eq!(top(&fork), "a");
    check(&fork, 1);
    assert_eq!(at(&fork).unapplied.len(), 3);
    // A patch that has another name now is where it was.
    edit::rename(&fork.open(), "a", "first", 7).unwrap();
    undo(&fork.open(), 8).unwrap();
    assert_eq!(top(&fork), "a");
    edit::drop(&fork.open(), &Chosen::of(&["b"]), 9, &Silent).unwrap();
    go(&fork, Target::Patch("c".into())).unwrap();
    undo(&fork.open(), 10).unwrap();
    assert_eq!(top(&fork), "c");
    check(&fork, 3);
}

/// A patch file that a person damaged is mended by `undo`, whatever the worktree shows.
#[test]
fn a_damaged_queue_can_be_taken_back_where_a_worktree_stands_at_a_patch() {
    let fork = fork();
    go(&fork, Target::Patch("b".into())).unwrap();
    let before = fork.snapshot().files;
    std::fs::write(fork.queue().join("patches/c.patch"), fork.patch_file("c").replace("-line 30", "-line 31")).unwrap();
    undo(&fork.open(), 6).unwrap();
    assert_eq!(fork.snapshot().files, before);
    check(&fork, 2);
}

#[test]
fn a_worktree_at_a_patch_follows_to_another_release_and_back() {
    let fork = fork();
    fork.on("main").write("up", "up\n").edit("a.txt", "line 15\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    go(&fork, Target::Patch("b".into())).unwrap();
    let before = (files_below(&tree(&fork)), in_tree(&fork, &["rev-parse", "HEAD"]));
    fork.checked_rebase("v1.1.0");
    check(&fork, 2);
    assert!(tree(&fork).join("up").exists() && a_txt(&fork).contains("theirs\n"));
    undo(&fork.open(), 9).unwrap();
    assert_eq!((files_below(&tree(&fork)), in_tree(&fork, &["rev-parse", "HEAD"])), before);
    redo(&fork.open(), 9).unwrap();
    check(&fork, 2);
    go(&fork, Target::End).unwrap();
    check(&fork, 4);
}

#[test]
fn a_patch_that_upstream_has_or_that_is_held_leaves_the_one_below_it() {
    let fork = fork();
    let work = fork.on("main").edit("a.txt", "line 5\n", "a\n").edit("a.txt", "line 6\n", "b\n");
    work.edit("a.txt", "line 30\n", "theirs\n").commit("A");
    release(&fork, "v1.1.0");
    for (patch, top_after, at_after) in [("c", None, 0), ("d", Some("d"), 1), ("b", None, 0)] {
        go(&fork, Target::Patch(patch.into())).unwrap();
        let report = fork.rebase("v1.1.0");
        let held: Vec<_> = report.patches.iter().map(|it| (it.name.to_string(), it.outcome)).collect();
        let here = at(&fork);
        assert_eq!((here.top.as_ref().map(|name| name.as_str()), here.at), (top_after, at_after), "{patch}: {held:?}");
        assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
        if here.at == 0 {
            assert_eq!(in_tree(&fork, &["rev-parse", "HEAD"]), fork.git(&["rev-parse", "v1.1.0^{commit}"]));
        }
        undo(&fork.open(), 9).unwrap();
    }
}

#[test]
fn a_release_is_refused_where_edits_are_in_no_patch_and_leaves_what_is_not_of_the_queue() {
    let fork = fork();
    fork.git(&["worktree", "add", "-q", "--detach", "../released", "v1.0.0"]);
    fork.on("main").write("up", "up\n").commit("upstream");
    release(&fork, "v1.1.0");
    go(&fork, Target::Patch("b".into())).unwrap();
    replace(&fork, "a.txt", "line 20\n", "mine\n");
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let options = fork.options("v1.1.0", pq::ops::rebase::Mode::Write);
    let error = pq::ops::rebase::rebase(&fork.open(), &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("a.txt") && error.hint().is_some(), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before);
    in_tree(&fork, &["checkout", "-q", "."]);
    std::fs::write(fork.dir().join("released/a.txt"), "edits that concern nobody\n").unwrap();
    fork.checked_rebase("v1.1.0");
    check(&fork, 2);
    let released = crate::support::git(&fork.dir().join("released"), &["rev-parse", "HEAD"]);
    assert_eq!(released.trim(), fork.git(&["rev-parse", "v1.0.0^{commit}"]), "the base shows the release");
    assert!(position::position(&fork.open(), &which(&fork), &Silent).is_ok());
}

#[test]
fn a_worktree_at_a_patch_follows_an_import_below_it() {
    let fork = fork();
    go(&fork, Target::Patch("c".into())).unwrap();
    let text = quilt::change("a.txt", 15, "imported");
    let options = pq::ops::quilt::ImportOptions {
        target: edit::Target::Before("b".into()),
        ..quilt::options(&quilt::patches(&fork, "in.patch\n", &[("in.patch", text.as_bytes())]))
    };
    replace(&fork, "a.txt", "line 20\n", "mine\n");
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let error = quilt::try_import(&fork, &options).unwrap_err();
    assert!(error.to_string().contains("a.txt") && error.hint().is_some(), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before);
    in_tree(&fork, &["checkout", "-q", "."]);
    quilt::try_import(&fork, &options).unwrap();
    assert_eq!(top(&fork), "c");
    check(&fork, 4);
    assert!(a_txt(&fork).contains("imported\n"));
    fork.check();
    undo(&fork.open(), 9).unwrap();
    check(&fork, 3);
}

#[test]
fn a_worktree_at_the_last_of_squashed_patches_stands_at_what_became_of_them() {
    let fork = fork();
    go(&fork, Target::Patch("b".into())).unwrap();
    let before = files_below(&tree(&fork));
    pq::ops::squash::squash(&fork.open(), &Chosen::of(&["a..b"]), Some("both"), 5, &Silent).unwrap();
    assert_eq!((top(&fork).as_str(), files_below(&tree(&fork)) == before), ("both", true));
    check(&fork, 1);
    undo(&fork.open(), 6).unwrap();
    assert_eq!((top(&fork).as_str(), files_below(&tree(&fork)) == before), ("b", true));
    check(&fork, 2);
    // In the middle there is no such patch.
    go(&fork, Target::Patch("a".into())).unwrap();
    pq::ops::squash::squash(&fork.open(), &Chosen::of(&["a..b"]), Some("both"), 5, &Silent).unwrap();
    assert_eq!(top(&fork), "");
    check(&fork, 0);
}
