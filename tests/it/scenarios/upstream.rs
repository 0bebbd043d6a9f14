//! What upstream did with a patch.

use pq::model::{EvidenceKind, Landed, Outcome, Silent};
use pq::ops::why;

use crate::ops::outcomes::{base, release};
use crate::ops::reverts::{backport, revert};
use crate::support::{Fork, Patches, git_output, lines, lines_with};

#[test]
fn s21_a_file_that_one_patch_adds_and_the_next_edits_is_found_when_both_are_merged() {
    let fork = base();
    fork.on("ours").write("new.txt", lines(10)).commit("Add a file");
    fork.on("ours").edit("new.txt", "line 5\n", "edited\n").commit("Edit it");
    fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    let one = fork.on("main").write("new.txt", lines(10)).commit("Add a file (#1)");
    let two = fork.on("main").edit("new.txt", "line 5\n", "edited\n").commit("Edit it (#2)");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    for (name, commit) in [("add-a-file", one), ("edit-it", two)] {
        let patch = report.patch(name);
        assert_eq!(patch.outcome, Outcome::Upstreamed, "{patch:#?}");
        assert!(patch.evidence.iter().any(|one| one.commit == Some(commit)), "{patch:#?}");
    }
    assert_eq!(fork.git(&["log", "--format=%s", "v1.1.0..fork"]), "Ours");
}

#[test]
fn s22_squashed_split_and_half_taken_patches_are_told_apart() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "one\n").commit("One");
    fork.on("ours").edit("a.txt", "line 30\n", "two\n").commit("Two");
    fork.on("ours").edit("b.txt", "line 5\n", "three\n").edit("dir/c.txt", "line 5\n", "three\n").commit("Three");
    fork.on("ours").edit("b.txt", "line 30\n", "four\n").edit("dir/c.txt", "line 30\n", "four\n").commit("Four");
    fork.on("main").edit("a.txt", "line 5\n", "one\n").edit("a.txt", "line 30\n", "two\n").commit("One and two");
    fork.on("main").edit("b.txt", "line 5\n", "three\n").commit("First part of three");
    fork.on("main").edit("dir/c.txt", "line 5\n", "three\n").commit("Second part of three");
    fork.on("main").edit("b.txt", "line 30\n", "four\n").commit("Half of four");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let wanted = [Outcome::Upstreamed, Outcome::Upstreamed, Outcome::Upstreamed, Outcome::Reduced];
    assert_eq!(report.outcomes().into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(), wanted, "{report:#?}");
    assert_eq!(report.patch("four").reduced, ["b.txt"]);
    let text = fork.patch_file("four");
    assert!(text.contains("dir/c.txt") && !text.contains("b.txt"), "{text}");
    // The rest is just what upstream lacks.
    assert_eq!(fork.git(&["rev-parse", "fork^{tree}"]), fork.git(&["rev-parse", "ours^{tree}"]));
}

#[test]
fn s23_merged_and_then_reverted_upstream_is_kept_and_the_revert_named() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let reverted = revert(&fork, "main", landed, "Fix five");
    release(&fork, "v1.1.0");
    backport(&fork, landed);
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("fix-five");
    assert!(!patch.outcome.is_held() && patch.outcome != Outcome::Upstreamed, "{patch:#?}");
    assert!(patch.reverted.iter().any(|one| (one.landed, one.by) == (landed, Some(reverted))), "{patch:#?}");
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "fix 5")]));
}

/// By a trailer that names our commit, and by a Change-Id.
#[test]
fn s24_a_tweaked_version_upstream_is_landed_as_adapted_with_the_difference_and_no_conflict() {
    let id = "Change-Id: I0123456789012345678901234567890123456789";
    for by_trailer in [true, false] {
        let fork = base();
        let words = if by_trailer { "Fix five".to_owned() } else { format!("Fix five\n\n{id}") };
        let ours = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\nand six\n").commit(&words);
        let words = if by_trailer {
            format!("Fix it\n\n(cherry picked from commit {ours})")
        } else {
            format!("Fix it\n\n{id}")
        };
        let theirs = fork.on("main").edit("a.txt", "line 5\n", "fix 5\nand seven\n").commit(&words);
        release(&fork, "v1.1.0");
        fork.init("v1.0.0", "ours");
        assert!(!git_output(&worktree(&fork), &["cherry-pick", "ours"]).status.success(), "git asks a person");
        let today = jiff::civil::date(2024, 1, 1);
        let options = why::Options { patch: "fix-five".into(), release: Some("v1.1.0".into()), today };
        let story = why::why(&fork.open(), &options, &Silent).unwrap();
        let lines = &story.difference.unwrap().files[0].hunks[0].lines;
        let told: Vec<String> = lines.iter().map(|line| format!("{:?} {}", line.mark, line.text)).collect();
        assert!(
            told.contains(&"Ours and six\n".to_owned()) && told.contains(&"Theirs and seven\n".to_owned()),
            "{told:?}"
        );
        let report = fork.checked_rebase("v1.1.0");
        let fix = report.patch("fix-five");
        assert_eq!((fix.outcome, fix.landed), (Outcome::Upstreamed, Some(Landed::Adapted)), "{fix:#?}");
        assert_eq!((fix.conflicts.len(), fix.evidence[0].commit), (0, Some(theirs)));
    }
}

fn worktree(fork: &Fork) -> std::path::PathBuf {
    fork.git(&["worktree", "add", "-q", "--detach", "../picked", "v1.1.0"]);
    fork.dir().join("picked")
}

/// One mainline commit, which upstream took to its new stable branch, and we to the old one.
#[test]
fn s25_one_upstream_commit_backported_to_both_stable_lines_is_a_sibling() {
    let fork = base();
    fork.branch("trunk", fork.tip("main"));
    let mainline = fork.on("trunk").edit("a.txt", "line 5\n", "fix 5 on mainline\n").commit("Fix five (#9)");
    let message = format!("Fix five\n\n[ upstream commit {mainline} ]");
    let theirs = fork.on("main").edit("a.txt", "line 5\n", "fix 5 on the new line\n").commit(&message);
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5 on the old line\n").commit(&message);
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix-five");
    assert_eq!((fix.outcome, fix.landed), (Outcome::Upstreamed, Some(Landed::Sibling)), "{fix:#?}");
    assert_eq!((fix.evidence[0].kind, fix.evidence[0].commit), (EvidenceKind::Sibling, Some(theirs)));
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "fix 5 on the new line")]));
}
