//! What a person does to the branch with plain git comes back as patches. git makes the commits and says what must come out.

use std::path::PathBuf;

use pq::model::Silent;
use pq::ops::adopt::{self, AdoptReport, Known};
use pq::ops::position::{self, Edits, Target, Which};
use pq::ops::rebase::{Foreign, Repick};
use pq::ops::refresh::{Mode, Options, refresh};
use pq::ops::undo;

use super::outcomes::release;
use super::selectors::queue;
use crate::support::{Fork, git};

fn fork() -> Fork {
    let fork = queue();
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

fn in_tree(fork: &Fork, args: &[&str]) -> String {
    git(&tree(fork), args).trim_end().to_owned()
}

fn which(fork: &Fork) -> Which {
    Which { here: tree(fork), named: None }
}

fn replace(fork: &Fork, path: &str, old: &str, new: &str) {
    let path = tree(fork).join(path);
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old:?}");
    std::fs::write(path, text.replacen(old, new, 1)).unwrap();
}

/// `git rebase -i` with the todo list edited by a sed script.
fn rebase_i(fork: &Fork, sed: &str, args: &[&str]) {
    let editor = format!("sequence.editor=sed -i -e '{sed}'");
    in_tree(fork, &[&["-c", &editor, "-c", "core.editor=true", "rebase", "-q", "-i"][..], args, &["v1.0.0"]].concat());
}

fn try_adopt(fork: &Fork, dry_run: bool) -> pq::Result<AdoptReport> {
    adopt::adopt(&fork.open(), &adopt::Options { which: which(fork), dry_run, when: 5 }, &Silent)
}

/// Adopts; the tree must be the one that git made, and the files must give it.
fn adopted(fork: &Fork) -> AdoptReport {
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

fn order(fork: &Fork) -> String {
    fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect::<Vec<_>>().join(" ")
}

fn changed(report: &AdoptReport) -> String {
    let one = |it: &adopt::Adopted| format!("{}:{:?}", it.name, it.known.unwrap());
    report.changed.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn names(names: &[pq::model::PatchName]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn scenario_36_adopt_an_amended_commit() {
    let fork = fork();
    let untouched = fork.patch_file("fix-one");
    replace(&fork, "b.txt", "two\n", "two!\n");
    in_tree(&fork, &["commit", "-q", "-a", "--amend", "-m", "Fix two, better\n\nBecause."]);
    let report = adopted(&fork);
    assert_eq!((changed(&report).as_str(), names(&report.unchanged).as_str()), ("fix-two:Date", "a b c d fix-one"));
    assert_eq!(order(&fork), "a b c d fix-one fix-two");
    let text = fork.patch_file("fix-two");
    assert!(text.contains("Fix two, better\n\nBecause.\n"), "{text}");
    assert_eq!(fork.patch_file("fix-one"), untouched);
    assert!(report.new.is_empty() && report.dropped.is_empty());
    undo::undo(&fork.open(), 9).unwrap();
    assert_eq!(fork.git(&["log", "-1", "--format=%s", "fork"]), "Fix two, better", "what the person made is back");
}

#[test]
fn scenario_36_adopt_a_rebase_with_reorder_drop_and_new_commits() {
    let fork = fork();
    fork.set_meta("fix-two", "topic = \"t\"");
    replace(&fork, "dir/c.txt", "line 3\n", "new\n");
    in_tree(
        &fork,
        &[
            "commit",
            "-q",
            "-a",
            "-m",
            "Something new (#7)\n\n(cherry picked from commit 1111111111111111111111111111111111111111)",
        ],
    );
    // The last three in front, `Fix one` gone.
    rebase_i(&fork, "/Fix one/d; /Fix two/{h;d}; $!b; G", &[]);
    let report = adopted(&fork);
    assert_eq!(order(&fork), "a b c d something-new-7 fix-two");
    assert_eq!((changed(&report).as_str(), names(&report.dropped).as_str()), ("fix-two:Words", "fix-one"));
    assert_eq!(report.new[0].name.as_str(), "something-new-7");
    let bench = fork.open();
    let meta = |name: &str| bench.manifest().patch(name).unwrap().meta.clone();
    assert_eq!(meta("something-new-7").upstream(), ["1".repeat(40)]);
    assert_eq!(meta("fix-two").topic.as_deref(), Some("t"));
    assert!(!fork.queue().join("patches/fix-one.patch").exists());
}

#[test]
fn scenario_36_adopt_squash_and_edit_in_a_rebase() {
    let fork = fork();
    rebase_i(&fork, "s/^pick \\(.*\\) B$/squash \\1 B/; s/^pick \\(.*\\) # B$/squash \\1 # B/", &[]);
    let report = adopted(&fork);
    assert_eq!((order(&fork).as_str(), names(&report.dropped).as_str()), ("a c d fix-one fix-two", "b"));
    assert!(changed(&report).starts_with("a:Words"), "{}", changed(&report));
    assert!(fork.patch_file("a").contains("+b\n"));
}

#[test]
fn scenario_36_adopt_fixup_squash_and_amend_commits() {
    let fork = fork();
    replace(&fork, "b.txt", "d\nd\n", "d\ndd\n");
    in_tree(&fork, &["commit", "-q", "-a", "--fixup=HEAD~2"]);
    replace(&fork, "b.txt", "one\n", "one!\n");
    in_tree(&fork, &["commit", "-q", "-a", "--squash=HEAD~2", "-m", "More of one."]);
    replace(&fork, "a.txt", "c\n", "c!\n");
    in_tree(&fork, &["commit", "-q", "-a", "-m", "amend! C\n\nC, with another subject\n\nWhy."]);
    // git's own autosquash is the oracle.
    let here = in_tree(&fork, &["rev-parse", "HEAD"]);
    in_tree(&fork, &["checkout", "-q", "--detach"]);
    in_tree(
        &fork,
        &["-c", "sequence.editor=true", "-c", "core.editor=true", "rebase", "-q", "-i", "--autosquash", "v1.0.0"],
    );
    let log = |rev: &str| in_tree(&fork, &["log", "--format=%T %an %ad%n%B", &format!("v1.0.0..{rev}")]);
    let expected = log("HEAD");
    in_tree(&fork, &["checkout", "-q", "fork"]);
    assert_eq!(in_tree(&fork, &["rev-parse", "HEAD"]), here);
    let report = adopted(&fork);
    let folded: Vec<&str> = report.folded.iter().map(|it| it.into.as_str()).collect();
    assert_eq!((order(&fork).as_str(), folded), ("a b c d fix-one fix-two", vec!["c", "d", "fix-one"]));
    assert!(report.new.is_empty() && report.dropped.is_empty());
    let trees = |log: &str| log.lines().filter(|line| line.contains("A U Thor")).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(trees(&log("fork")), trees(&expected), "every tree, author and date is what autosquash makes");
    assert!(
        log("fork").contains("C, with another subject\n\nWhy.\n") && log("fork").contains("Fix one\n\nMore of one.\n")
    );
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
fn commits_that_were_reset_away_are_dropped() {
    let fork = fork();
    in_tree(&fork, &["reset", "-q", "--hard", "HEAD~2"]);
    let report = adopted(&fork);
    assert_eq!((order(&fork).as_str(), names(&report.dropped).as_str()), ("a b c d", "fix-one fix-two"));
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

/// `pq goto`, then `git commit --amend`: the patch is the commit, and what is above is carried over it.
#[test]
fn scenario_36_adopt_an_amended_patch_at_a_detached_head() {
    let fork = fork();
    let to = |name: &str| {
        position::go(&fork.open(), &which(&fork), &Target::Patch(name.into()), Edits::Refuse, &Silent).unwrap();
    };
    to("b");
    replace(&fork, "b.txt", "line 10\n", "ten\n");
    in_tree(&fork, &["commit", "-q", "-a", "--amend", "--no-edit"]);
    let shown = in_tree(&fork, &["rev-parse", "HEAD^{tree}"]);
    let report = try_adopt(&fork, false).unwrap();
    assert_eq!((changed(&report).as_str(), report.held.len()), ("b:Words", 0));
    fork.check();
    assert_eq!(order(&fork), "a b c d fix-one fix-two");
    assert_eq!(in_tree(&fork, &["rev-parse", "HEAD"]), fork.git(&["rev-parse", "fork~4"]));
    assert_eq!(
        (in_tree(&fork, &["rev-parse", "HEAD^{tree}"]), in_tree(&fork, &["status", "--porcelain"])),
        (shown, String::new())
    );
    assert!(fork.content(fork.tip("fork"), "b.txt").contains("ten\n"));
    // A commit on top of a patch in the middle is a new patch there; what conflicts above is held.
    replace(&fork, "a.txt", "line 7\n", "seven\n");
    in_tree(&fork, &["commit", "-q", "-a", "-m", "Between"]);
    let report = try_adopt(&fork, false).unwrap();
    assert_eq!((order(&fork).as_str(), names(&report.held).as_str()), ("a b between c d fix-one fix-two", "c"));
    fork.check();
    assert_eq!(position::position(&fork.open(), &which(&fork), &Silent).unwrap().top.unwrap().as_str(), "between");
    // Upstream's history is not taken for patches.
    in_tree(&fork, &["checkout", "-q", "--detach", "v1.0.0"]);
    replace(&fork, "a.txt", "line 7\n", "elsewhere\n");
    in_tree(&fork, &["commit", "-q", "-a", "-m", "Elsewhere"]);
    assert!(try_adopt(&fork, false).unwrap_err().to_string().contains("no patch of the queue is below HEAD"));
}
