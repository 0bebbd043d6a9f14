//! A landing that was taken back is no evidence.

use pq::model::{Oid, Outcome};

use super::outcomes::{base, release};
use crate::support::{Fork, Patches, lines_with};

pub fn revert(fork: &Fork, branch: &str, of: Oid, title: &str) -> Oid {
    let parent = fork.git(&["rev-parse", &format!("{of}^")]).parse().unwrap();
    let message = format!("Revert \"{title}\"\n\nThis reverts commit {of}.");
    fork.on(branch).tree_of(parent).commit(&message)
}

/// Our backport of a commit.
pub fn backport(fork: &Fork, of: Oid) {
    let message = format!("Fix five\n\n[ upstream commit {of} ]");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit(&message);
    fork.init("v1.0.0", "ours");
}

#[test]
fn a_revert_of_the_revert_lets_it_go() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let reverted = revert(&fork, "main", landed, "Fix five");
    revert(&fork, "main", reverted, "Revert \"Fix five\"");
    release(&fork, "v1.1.0");
    backport(&fork, landed);
    assert_eq!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

#[test]
fn a_third_revert_keeps_it_again() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let first = revert(&fork, "main", landed, "Fix five");
    let second = revert(&fork, "main", first, "Revert \"Fix five\"");
    revert(&fork, "main", second, "Reapply \"Fix five\"");
    release(&fork, "v1.1.0");
    backport(&fork, landed);
    assert_ne!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

#[test]
fn a_revert_of_upstream_s_backport_on_its_stable_branch_keeps_the_patch() {
    let fork = base();
    let mainline = fork.on("trunk").tree_of(fork.tip("main")).edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let message = format!("Fix five\n\n[ upstream commit {mainline} ]");
    let picked = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit(&message);
    revert(&fork, "main", picked, "Fix five");
    release(&fork, "v1.1.0");
    backport(&fork, mainline);
    let report = fork.checked_rebase("v1.1.0");
    assert_ne!(report.patch("fix-five").outcome, Outcome::Upstreamed);
    assert_eq!(report.patch("fix-five").reverted[0].landed, picked);
}

#[test]
fn a_backport_of_mainline_s_revert_keeps_the_patch() {
    let fork = base();
    let mainline = fork.on("trunk").tree_of(fork.tip("main")).edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let undone = fork
        .on("trunk")
        .edit("a.txt", "fix 5\n", "line 5\n")
        .commit(&format!("Revert\n\nThis reverts commit {mainline}."));
    let message = format!("Fix five\n\n[ upstream commit {mainline} ]");
    fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit(&message);
    let message = format!("Revert \"Fix five\"\n\n[ upstream commit {undone} ]\n\nThis reverts commit {mainline}.");
    fork.on("main").edit("a.txt", "fix 5\n", "line 5\n").commit(&message);
    release(&fork, "v1.1.0");
    backport(&fork, mainline);
    assert_ne!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

#[test]
fn a_landing_without_trailer_that_was_reverted_keeps_the_patch() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    revert(&fork, "main", landed, "Fix five");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    fork.init("v1.0.0", "ours");
    assert_ne!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

#[test]
fn a_revert_by_a_clock_that_is_behind_counts() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").at(100).commit("Fix five");
    let side = fork.on("main").write("other.txt", "x\n").at(200).commit("something else");
    // The revert is a child of the landing and a minute older than it; the release merges both.
    let message = format!("Revert \"Fix five\"\n\nThis reverts commit {landed}.");
    let reverted = fork.after(&[landed]).edit("a.txt", "fix 5\n", "line 5\n").at(50).commit(&message);
    let merge = fork.after(&[side, reverted]).edit("a.txt", "fix 5\n", "line 5\n").at(300).commit("Merge");
    fork.branch("main", merge);
    release(&fork, "v1.1.0");
    backport(&fork, landed);
    assert_ne!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

#[test]
fn a_reapplied_landing_in_other_words_counts() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    revert(&fork, "main", landed, "Fix five");
    let message = format!("Reapply \"Fix five\"\n\nThis reapplies commit {landed}.");
    let again = fork.on("main").edit("a.txt", "line 5\n", "fix 5 better\n").commit(&message);
    release(&fork, "v1.1.0");
    backport(&fork, landed);
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("fix-five");
    assert_eq!((patch.outcome, patch.evidence[0].commit), (Outcome::Upstreamed, Some(again)));
}

/// Upstream rewrote the place since: the patch would not apply, and nothing says that it is missing.
#[test]
fn a_landing_that_was_rewritten_later_still_counts() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    fork.on("main").edit("a.txt", "fix 5\n", "fixed differently\n").commit("Refactor");
    release(&fork, "v1.1.0");
    backport(&fork, landed);
    assert_eq!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

fn backed_out(fork: &Fork) -> Oid {
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    fork.on("main").edit("a.txt", "fix 5\n", "line 5\n").commit("Back out an experiment");
    release(fork, "v1.1.0");
    landed
}

#[test]
fn a_landing_that_was_taken_back_without_a_word_keeps_the_patch() {
    let fork = base();
    let landed = backed_out(&fork);
    backport(&fork, landed);
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("fix-five");
    assert_ne!(patch.outcome, Outcome::Upstreamed, "{report:#?}");
    assert_eq!((patch.reverted[0].landed, patch.reverted[0].by), (landed, None));
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "fix 5")]));
}

#[test]
fn so_it_is_for_one_that_is_known_by_its_change_alone() {
    let fork = base();
    backed_out(&fork);
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit("Ours");
    fork.init("v1.0.0", "ours");
    assert_ne!(fork.checked_rebase("v1.1.0").patch("ours").outcome, Outcome::Upstreamed);
}

#[test]
fn an_empty_commit_that_names_the_change_brings_nothing() {
    let fork = base();
    let original = fork.on("elsewhere").write("x", "x").commit("Fix five");
    fork.on("main").commit(&format!("Fix five\n\n[ upstream commit {original} ]"));
    release(&fork, "v1.1.0");
    backport(&fork, original);
    assert_ne!(fork.checked_rebase("v1.1.0").patch("fix-five").outcome, Outcome::Upstreamed);
}

/// Takes the fix of line five back and changes another line of the file, so that only the message tells.
fn undo(fork: &Fork, line: usize, message: &str) -> Oid {
    let work = fork.on("main").edit("a.txt", "fix 5\n", "line 5\n");
    work.edit("a.txt", &format!("line {line}\n"), &format!("other {line}\n")).commit(message)
}

/// A commit of which only the message could take the fix back.
fn pretend(fork: &Fork, message: &str) -> Oid {
    fork.on("main").edit("a.txt", "line 20\n", "other 20\n").commit(message)
}

fn five(fork: &Fork, subject: &str) -> Oid {
    fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit(subject)
}

/// What a rebase makes of our backport of `landed`: whether upstream has it, and what took it back.
fn judged(fork: &Fork, landed: Oid) -> (bool, Vec<(Oid, Option<Oid>)>) {
    release(fork, "v1.1.0");
    backport(fork, landed);
    let report = fork.dry_run("v1.1.0");
    let patch = report.patch("fix-five");
    let reverted = patch.reverted.iter().map(|one| (one.landed, one.by)).collect();
    (patch.outcome == Outcome::Upstreamed, reverted)
}

#[test]
fn a_revert_that_names_only_the_title_keeps_the_patch() {
    for (subject, revert) in [
        ("Fix five", "Revert \"Fix five\""),
        ("Fix five (#12)", "Revert \"Fix five\" (#15)"),
        ("Fix five (#12)", "Revert \"Fix five (#12)\" (#15)\n\nIt broke.\n\nFixes: #13"),
        ("Fix five (#12)", "Take five out again (#15)\n\nReverts #12"),
        ("Fix five (#12)", "Revert \"Fix 5\" (#15)\n\nReverts owner/name#12"),
    ] {
        let fork = base();
        let landed = five(&fork, subject);
        let by = undo(&fork, 20, revert);
        assert_eq!(judged(&fork, landed), (false, vec![(landed, Some(by))]), "{revert}");
    }
}

/// The id of a branch that was rebased before it was merged: it is in the repository, or not even there.
#[test]
fn a_revert_whose_id_leads_nowhere_is_read_by_its_title() {
    for is_there in [true, false] {
        let fork = base();
        let elsewhere =
            fork.on("topic").tree_of(fork.tip("main")).edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
        let named = if is_there { elsewhere.to_string() } else { "ab".repeat(20) };
        let landed = five(&fork, "Fix five");
        let by = undo(&fork, 20, &format!("Revert \"Fix five\"\n\nThis reverts commit {named}."));
        assert_eq!(judged(&fork, landed), (false, vec![(landed, Some(by))]), "{is_there}");
    }
}

#[test]
fn a_revert_by_id_of_what_the_old_base_has_is_not_read_by_its_title() {
    let fork = base();
    let old = fork.tip("main");
    let landed = five(&fork, "base");
    pretend(&fork, &format!("Revert \"base\"\n\nThis reverts commit {old}."));
    assert_eq!(judged(&fork, landed), (true, vec![]));
}

#[test]
fn what_is_not_surely_a_revert_of_it_is_none() {
    for (subject, other) in [
        ("Fix five", "Revert \"Fix five more\""),
        ("Fix five", "Revert \"Fix five\" on some machines"),
        ("Fix five", "Revert \"Fix five\"\n\nThis partially reverts commit 0123456789abcdef0123456789abcdef01234567."),
        ("Fix five (#12)", "Revert \"Fix five (#11)\""),
        ("Fix five (#12)", "Improve (#15)\n\nThis does more than a mere reverts #12"),
        ("Fix five", "Fix five"),
    ] {
        let fork = base();
        let landed = five(&fork, subject);
        pretend(&fork, other);
        assert_eq!(judged(&fork, landed), (true, vec![]), "{other}");
    }
}

#[test]
fn a_revert_by_title_that_names_another_commit_is_of_that_one() {
    let fork = base();
    let landed = five(&fork, "Fix five");
    let other = fork.on("main").write("b.txt", "x").commit("Fix five");
    pretend(&fork, &format!("Revert \"Fix five\"\n\nThis reverts commit {other}."));
    assert_eq!(judged(&fork, landed), (true, vec![]));
}

#[test]
fn of_several_with_the_title_the_newest_that_stands_is_taken_back() {
    let fork = base();
    let first = five(&fork, "Fix five");
    fork.on("main").edit("a.txt", "line 6\n", "fix 6\n").commit("Fix five");
    let of_second = fork.on("main").edit("a.txt", "fix 6\n", "line 6\n").commit("Revert \"Fix five\"");
    let of_first = undo(&fork, 20, "Revert \"Fix five\"");
    assert_eq!(judged(&fork, first), (false, vec![(first, Some(of_first))]), "not by {of_second}");
}

#[test]
fn one_that_came_again_after_the_revert_counts() {
    let fork = base();
    let first = five(&fork, "Fix five");
    let by = undo(&fork, 20, "Revert \"Fix five\"");
    five(&fork, "Fix five");
    assert_eq!(judged(&fork, first), (true, vec![(first, Some(by))]));
}

/// The second revert names the first commit, and not the one that brought it back.
#[test]
fn a_second_revert_by_id_of_what_was_brought_back_keeps_the_patch() {
    let fork = base();
    let landed = five(&fork, "Fix five");
    let first = undo(&fork, 20, &format!("Undo five\n\nThis reverts commit {landed}."));
    five(&fork, &format!("Have five again\n\nThis reverts commit {first}."));
    undo(&fork, 21, &format!("Undo five again\n\nThis reverts commit {landed}."));
    assert!(!judged(&fork, landed).0);
}

#[test]
fn a_revert_or_reapply_of_a_revert_by_title_brings_back() {
    for again in ["Revert \"Revert \"Fix five\"\"", "Reapply \"Fix five\"", "Reapply \"Fix five\" (#9)"] {
        let fork = base();
        let landed = five(&fork, "Fix five");
        undo(&fork, 20, "Revert \"Fix five\" (#7)");
        five(&fork, again);
        assert!(judged(&fork, landed).0, "{again}");
    }
    for third in ["Revert \"Reapply \"Fix five\"\"", "Revert \"Fix five\""] {
        let fork = base();
        let landed = five(&fork, "Fix five");
        undo(&fork, 20, "Revert \"Fix five\"");
        five(&fork, "Reapply \"Fix five\"");
        undo(&fork, 21, third);
        assert!(!judged(&fork, landed).0, "{third}");
    }
}

/// The first revert has words of its own; the reapply names the title.
#[test]
fn a_reapply_by_title_of_what_was_taken_back_by_id_brings_back() {
    let fork = base();
    let landed = five(&fork, "Fix five");
    undo(&fork, 20, &format!("Undo five\n\nThis reverts commit {landed}."));
    five(&fork, "Reapply \"Fix five\"");
    assert!(judged(&fork, landed).0);
}

/// Only what stands before a revert on its own history can be taken back by it.
#[test]
fn a_title_on_another_branch_is_not_taken_back() {
    let fork = base();
    let start = fork.tip("main");
    let side = fork.after(&[start]).write("b.txt", "y").commit("Fix five");
    let reverted = fork.after(&[side]).write("b.txt", "z").commit("Revert \"Fix five\"");
    let landed = five(&fork, "Fix five");
    let merge = fork.after(&[landed, reverted]).write("b.txt", "z").commit("Merge");
    fork.branch("main", merge);
    assert_eq!(judged(&fork, landed), (true, vec![]));
}

/// Two branches bring the same title; whoever reverts it on top of both may mean either.
#[test]
fn a_title_that_stands_twice_side_by_side_is_not_judged() {
    let fork = base();
    let start = fork.tip("main");
    let side = fork.after(&[start]).write("b.txt", "y").commit("Fix five");
    let landed = five(&fork, "Fix five");
    let merge = fork.after(&[landed, side]).write("b.txt", "y").commit("Merge");
    fork.branch("main", merge);
    fork.on("main").edit("b.txt", "y", "z").commit("Revert \"Fix five\"");
    assert_eq!(judged(&fork, landed), (true, vec![]));
}
