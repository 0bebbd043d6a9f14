//! A worktree that has the branch checked out goes along when it moves, or stands in the way before anything is written.
//!
//! git is the oracle: afterwards it finds nothing to complain of.

use std::path::PathBuf;

use pq::model::{Mode, Silent};
use pq::ops::{edit, rebase, undo};

use super::outcomes::{base, release};
use crate::support::{Fork, Snapshot, files_below, git, lines};

/// A queue whose rebase to v1.1.0 changes, adds and deletes files of all kinds; the branch is checked out in `tree`.
pub fn fork() -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("dir/c.txt", "line 5\n", "c\n").commit("C");
    let work =
        fork.on("main").edit("a.txt", "line 30\n", "theirs 30\n").write("new/deep/file", "new\n").remove("b.txt");
    let work = work.symlink("other-link", "a.txt").mode("run.sh", Mode::Executable).write("fresh", "fresh\n");
    work.submodule("sub", '2').submodule("sub2", '1').write("caf\u{e9} \"x\"\t.txt", "odd\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

pub fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

pub fn in_tree(fork: &Fork, args: &[&str]) -> String {
    git(&tree(fork), args).trim_end().to_owned()
}

/// Index and files are those of the branch's tip, by git's word, and git has not even to look at contents.
pub fn check(fork: &Fork) {
    assert_eq!(in_tree(fork, &["status", "--porcelain=v2"]), "");
    assert_eq!(in_tree(fork, &["rev-parse", "HEAD"]), fork.tip("fork").to_string());
    assert_eq!(in_tree(fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork");
    in_tree(fork, &["diff-files", "--quiet", "--ignore-submodules"]);
    in_tree(fork, &["fsck", "--no-dangling"]);
}

pub fn write(fork: &Fork, path: &str, text: &str) {
    let path = tree(fork).join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// Queue, refs and the files of the worktree.
pub fn state(fork: &Fork) -> (Snapshot, std::collections::BTreeMap<String, Vec<u8>>) {
    (fork.snapshot(), files_below(&tree(fork)))
}

pub fn try_rebase(fork: &Fork) -> pq::Result<rebase::RebaseReport> {
    rebase::rebase(&fork.open(), &fork.options("v1.1.0", rebase::Mode::Write), &Silent)
}

#[test]
fn a_clean_worktree_follows_every_command() {
    let fork = fork();
    write(&fork, "mine", "untracked\n");
    write(&fork, "dir/mine", "untracked\n");
    std::fs::create_dir_all(fork.upstream().join(".git/info")).unwrap();
    std::fs::write(fork.upstream().join(".git/info/exclude"), "mine\n").unwrap();
    check(&fork);
    fork.checked_rebase("v1.1.0");
    check(&fork);
    assert_eq!(std::fs::read_link(tree(&fork).join("other-link")).unwrap(), PathBuf::from("a.txt"));
    edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["c"]), 1, &Silent).unwrap();
    check(&fork);
    for _ in 0..2 {
        undo::undo(&fork.open(), 9).unwrap();
        check(&fork);
    }
    assert!(!tree(&fork).join("new").exists(), "directories that get empty go");
    undo::redo(&fork.open(), 9).unwrap();
    check(&fork);
    assert_eq!(std::fs::read_to_string(tree(&fork).join("mine")).unwrap(), "untracked\n");
    assert_eq!(std::fs::read_to_string(tree(&fork).join("dir/mine")).unwrap(), "untracked\n");
}

#[test]
fn only_what_differs_is_touched() {
    let fork = fork();
    let meta = |path: &str| std::fs::metadata(tree(&fork).join(path)).unwrap().modified().unwrap();
    let before = meta("dir/c.txt");
    fork.rebase("v1.1.0");
    assert_eq!(meta("dir/c.txt"), before);
    check(&fork);
}

#[test]
fn the_main_worktree_follows_too() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("main").edit("a.txt", "line 30\n", "theirs 30\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["switch", "-q", "fork"]);
    fork.checked_rebase("v1.1.0");
    assert_eq!(fork.git(&["status", "--porcelain=v2"]), "");
}

#[test]
fn a_worktree_that_is_busy_stands_in_the_way() {
    let fork = fork();
    in_tree(&fork, &["bisect", "start"]);
    let before = state(&fork);
    let error = try_rebase(&fork).unwrap_err();
    assert!(error.to_string().contains("git bisect"), "{error}");
    in_tree(&fork, &["bisect", "reset"]);
    let lock = fork.upstream().join(".git/worktrees/tree/rebase-merge");
    std::fs::create_dir(&lock).unwrap();
    std::fs::write(lock.join("head-name"), "refs/heads/fork\n").unwrap();
    in_tree(&fork, &["checkout", "-q", "--detach"]);
    let error = try_rebase(&fork).unwrap_err();
    assert!(error.to_string().contains("git rebase"), "{error}");
    assert_eq!(state(&fork), before);
}

#[test]
fn files_that_are_there_already_as_they_should_be_are_not_in_the_way() {
    let fork = fork();
    write(&fork, "new/deep/file", "new\n");
    try_rebase(&fork).unwrap();
    check(&fork);
}

#[test]
fn line_ends_are_converted_as_git_does_it() {
    let fork = base();
    let attributes = "*.txt text eol=crlf\n*.bin -text\n";
    fork.on("main").write(".gitattributes", attributes).write("x.bin", "1\n").commit("attributes");
    release(&fork, "v1.1.0");
    fork.on("main").edit("a.txt", "line 30\n", "30\n").write("x.bin", "2\n").commit("upstream");
    release(&fork, "v1.2.0");
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    for release in ["v1.1.0", "v1.2.0"] {
        fork.rebase(release);
        assert_eq!(in_tree(&fork, &["status", "--porcelain=v2"]), "");
    }
    let text = std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap();
    assert!(text.contains("ours 5\r\n") && text.contains("\r\n30\r\n"), "{text}");
    assert_eq!(std::fs::read(tree(&fork).join("x.bin")).unwrap(), b"2\n");
}

#[test]
fn a_directory_and_a_file_change_places() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("main").write("x/y/z", "1\n").write("f", "1\n").commit("one");
    release(&fork, "v1.1.0");
    fork.on("main").remove("x/y/z").write("x", lines(3)).remove("f").write("f/g", "2\n").commit("two");
    release(&fork, "v1.2.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    for release in ["v1.1.0", "v1.2.0", "v1.1.0"] {
        fork.rebase(release);
        check(&fork);
    }
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_symlink() {
    let fork = fork();
    let outside = fork.dir().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, tree(&fork).join("new")).unwrap();
    let error = try_rebase(&fork).unwrap_err();
    assert!(error.to_string().contains("new"), "{error}");
    assert!(files_below(&outside).is_empty());
}

#[test]
fn a_branch_that_is_born_shows_its_files() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.git(&["symbolic-ref", "HEAD", "refs/heads/fork"]);
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.git(&["status", "--porcelain=v2"]), "");
    assert!(fork.upstream().join("a.txt").exists());
}
