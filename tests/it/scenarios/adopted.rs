//! Scenario 36: what a person does with plain git comes back as patches.

use pq::model::Silent;
use pq::ops::position::{self, Edits, Target};
use pq::ops::undo;

use crate::ops::adopt::{adopted, changed, fork, in_tree, names, order, rebase_i, replace, try_adopt, which};

#[test]
fn s36_an_amended_commit_is_adopted() {
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
fn s36_a_rebase_with_reorder_drop_and_new_commits_is_adopted() {
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
fn s36_squash_and_edit_in_a_rebase_are_adopted() {
    let fork = fork();
    rebase_i(&fork, "s/^pick \\(.*\\) B$/squash \\1 B/; s/^pick \\(.*\\) # B$/squash \\1 # B/", &[]);
    let report = adopted(&fork);
    assert_eq!((order(&fork).as_str(), names(&report.dropped).as_str()), ("a c d fix-one fix-two", "b"));
    assert!(changed(&report).starts_with("a:Words"), "{}", changed(&report));
    assert!(fork.patch_file("a").contains("+b\n"));
}

#[test]
fn s36_fixup_squash_and_amend_commits_are_adopted() {
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

/// `pq goto`, then `git commit --amend`: the patch is the commit, and what is above is carried over it.
#[test]
fn s36_an_amended_patch_at_a_detached_head_is_adopted() {
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

#[test]
fn s36_commits_that_were_reset_away_are_dropped() {
    let fork = fork();
    in_tree(&fork, &["reset", "-q", "--hard", "HEAD~2"]);
    let report = adopted(&fork);
    assert_eq!((order(&fork).as_str(), names(&report.dropped).as_str()), ("a b c d", "fix-one fix-two"));
}
