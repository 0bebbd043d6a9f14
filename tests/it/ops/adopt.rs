//! What a person does to the branch with plain git comes back as patches. git makes the commits and says what must come out.

use std::path::PathBuf;

use pq::model::Silent;
use pq::ops::adopt::{self, AdoptReport, Known};
use pq::ops::position::Which;
use pq::ops::rebase::{Foreign, Repick};
use pq::ops::refresh::{Mode, Options, refresh};

use super::outcomes::release;
use super::selectors::queue;
use crate::support::{Fork, git};

pub fn fork() -> Fork {
    let fork = queue();
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

pub fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

pub fn in_tree(fork: &Fork, args: &[&str]) -> String {
    git(&tree(fork), args).trim_end().to_owned()
}

pub fn which(fork: &Fork) -> Which {
    Which { here: tree(fork), named: None }
}

pub fn replace(fork: &Fork, path: &str, old: &str, new: &str) {
    let path = tree(fork).join(path);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old:?}");
    std::fs::write(path, text.replacen(old, new, 1)).unwrap();
}

/// `git rebase -i` with the todo list edited by a sed script.
pub fn rebase_i(fork: &Fork, sed: &str, args: &[&str]) {
    let editor = format!("sequence.editor=sed -i -e '{sed}'");
    in_tree(fork, &[&["-c", &editor, "-c", "core.editor=true", "rebase", "-q", "-i"][..], args, &["v1.0.0"]].concat());
}

pub fn try_adopt(fork: &Fork, dry_run: bool) -> pq::Result<AdoptReport> {
    adopt::adopt(&fork.open(), &adopt::Options { which: which(fork), dry_run, when: 5 }, &Silent)
}

/// Adopts; the tree must be the one that git made, and the files must give it.
pub fn adopted(fork: &Fork) -> AdoptReport {
    let (tip, before) = (fork.tip("fork"), fork.snapshot());
    let dry = try_adopt(fork, true).unwrap();
    assert_eq!(fork.snapshot(), before, "a dry run writes nothing");
    let report = try_adopt(fork, false).unwrap();
    let words = |report: &AdoptReport| {
        format!("{:?}", (&report.unchanged, &report.changed, &report.new, &report.folded, &report.dropped))
    };
    assert_eq!(words(&dry), words(&report));
    assert_eq!(fork.tree(fork.tip("fork")), fork.tree(tip), "the tree is not what git made");
    fork.check();
    assert_eq!(in_tree(fork, &["status", "--porcelain"]), "");
    assert_eq!(in_tree(fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork");
    report
}

pub fn order(fork: &Fork) -> String {
    fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect::<Vec<_>>().join(" ")
}

pub fn changed(report: &AdoptReport) -> String {
    let one = |it: &adopt::Adopted| format!("{}:{:?}", it.name, it.known.unwrap());
    report.changed.iter().map(one).collect::<Vec<_>>().join(" ")
}

pub fn names(names: &[pq::model::PatchName]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

/// `Fix one` is at line 16; a fixup for `a` that touches what `b` wrote cannot go below it.
#[test]
fn a_fixup_that_does_not_go_down_is_a_patch_of_its_own() {
    let fork = fork();
    replace(&fork, "a.txt", "b\n", "b of a\n");
    in_tree(&fork, &["commit", "-q", "-a", "-m", "fixup! A"]);
    let report = adopted(&fork);
    assert_eq!((report.folded.len(), report.new.len()), (0, 1));
    assert_eq!(order(&fork), "a b c d fix-one fix-two fixup-a");
}

#[test]
fn a_commit_is_known_by_its_change_when_its_words_are_others() {
    let fork = fork();
    let author = ["--author=Somebody Else <else@example.com>", "--date=2001-02-03T04:05:06+0000"];
    in_tree(&fork, &[&["commit", "-q", "--amend", "-m", "No word is the same"][..], &author].concat());
    let report = adopted(&fork);
    assert_eq!(changed(&report), "fix-two:Diff");
    assert_eq!(report.changed[0].known, Some(Known::Diff));
    assert_eq!(order(&fork), "a b c d fix-one fix-two");
    assert_eq!(fork.git(&["log", "-1", "--format=%an %ad", "--date=short", "fork"]), "Somebody Else 2001-02-03");
}

#[test]
fn held_patches_keep_their_place() {
    let fork = queue();
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.checked_rebase("v1.1.0");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let held: Vec<String> = fork.open().manifest().held().map(|patch| patch.name.to_string()).collect();
    assert_eq!(held, ["d"]);
    replace(&fork, "b.txt", "two\n", "two!\n");
    in_tree(&fork, &["commit", "-q", "-a", "--amend", "--no-edit"]);
    adopted(&fork);
    assert_eq!(order(&fork), "a b c d fix-one fix-two");
    assert_eq!(fork.open().manifest().held().count(), 1);
}

#[test]
fn merges_and_other_bases_are_refused_with_a_way_out() {
    let fork = fork();
    let refused = |words: &str| {
        let before = fork.snapshot();
        let error = try_adopt(&fork, false).unwrap_err();
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{error}");
        assert_eq!(fork.snapshot(), before);
    };
    let tip = in_tree(&fork, &["rev-parse", "HEAD"]);
    in_tree(&fork, &["checkout", "-q", "-b", "side", "HEAD~3"]);
    replace(&fork, "dir/c.txt", "line 3\n", "side\n");
    in_tree(&fork, &["commit", "-q", "-a", "-m", "Side"]);
    in_tree(&fork, &["checkout", "-q", "fork"]);
    in_tree(&fork, &["merge", "-q", "--no-ff", "--no-edit", "side"]);
    refused("is a merge");
    fork.on("main").edit("dir/c.txt", "line 20\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    in_tree(&fork, &["reset", "-q", "--hard", &tip]);
    in_tree(&fork, &["rebase", "-q", "v1.1.0"]);
    refused("is a commit of upstream (v1.1.0)");
    in_tree(&fork, &["checkout", "-q", "--orphan", "alone"]);
    in_tree(&fork, &["commit", "-q", "-m", "Alone"]);
    in_tree(&fork, &["branch", "-f", "fork"]);
    refused("does not stand on v1.0.0");
    in_tree(&fork, &["checkout", "-q", "-B", "fork", &tip]);
    replace(&fork, "dir/c.txt", "line 3\n", "dirty\n");
    in_tree(&fork, &["commit", "-q", "--allow-empty", "-m", "Empty"]);
    assert!(try_adopt(&fork, false).unwrap_err().to_string().contains("dir/c.txt"));
}

/// Nothing that was made with plain git is overwritten unseen, and status says what to do.
#[test]
fn a_foreign_branch_is_seen() {
    let fork = fork();
    replace(&fork, "b.txt", "two\n", "two!\n");
    in_tree(&fork, &["commit", "-q", "-a", "-m", "On top"]);
    let tip = fork.tip("fork");
    assert!(
        fork.status().problems.iter().any(|problem| problem.contains("pq refresh --adopt")),
        "{:?}",
        fork.status().problems
    );
    let options = Options { mode: Mode::Write, repick: Repick::Try, foreign: Foreign::Refuse, when: 1 };
    let error = refresh(&fork.open(), &options, &Silent).unwrap_err();
    assert!(error.hint().unwrap().contains("--adopt"));
    assert!(pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["d"]), 1, &Silent).is_err());
    assert_eq!(fork.tip("fork"), tip);
    let report = adopted(&fork);
    assert_eq!((report.new.len(), order(&fork).as_str()), (1, "a b c d fix-one fix-two on-top"));
    let again = adopted(&fork);
    assert_eq!(again.unchanged.len(), 7);
    assert!(again.changed.is_empty() && again.new.is_empty());
}

/// The files were edited, and the branch is where pq left it: that is no work of git.
#[test]
fn edited_files_are_not_taken_back_by_an_adoption() {
    let fork = fork();
    let file = fork.queue().join("patches/fix-two.patch");
    std::fs::write(&file, fork.patch_file("fix-two").replace("+two\n", "+two by hand\n")).unwrap();
    let before = fork.snapshot();
    try_adopt(&fork, false).unwrap();
    assert_eq!(fork.snapshot(), before);
}
