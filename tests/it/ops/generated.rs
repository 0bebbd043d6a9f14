//! Files that a program makes: a conflict there does not hold a patch.

use pq::model::{ConflictKind, Outcome};

use super::outcomes::{base, release};
use crate::support::{Fork, Patches, lines, lines_with};

const MAKE: &str = "\n[[generated]]\npaths = [\"*.gen\", \"gen/**\"]\nregenerate = \"make gen\"\n";

/// A base with generated files, and what upstream and the fork make of them.
fn history(ours: &[(&str, &str)]) -> Fork {
    let fork = base();
    let work = fork.on("main").write("x.gen", lines(40)).write("gen/y", lines(40)).write("vendor/z", lines(40));
    let start = work.commit("generated files");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    let work = ours.iter().fold(fork.on("ours"), |work, (path, new)| work.edit(path, "line 5\n", new));
    work.commit("Ours");
    let work = ["x.gen", "gen/y", "vendor/z"]
        .into_iter()
        .fold(fork.on("main"), |work, path| work.edit(path, "line 5\n", "theirs 5\n"));
    work.edit("a.txt", "line 30\n", "theirs 30\n").edit("b.txt", "line 5\n", "theirs 5\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    fork
}

#[test]
fn the_release_s_side_is_taken_and_the_rest_is_carried() {
    let fork = history(&[("a.txt", "ours 5\n"), ("x.gen", "ours 5\n"), ("gen/y", "ours 5\n")]);
    assert_eq!(fork.dry_run("v1.1.0").patch("ours").outcome, Outcome::Conflict, "nothing is stated");
    let other = "\n[[generated]]\npaths = [\"docs/**\"]\nregenerate = \"make docs\"\n";
    let quiet = "\n[[generated]]\npaths = [\"gen/*\"]\n";
    fork.edit_manifest(|text| text + other + quiet + MAKE);
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("ours");
    assert_eq!((patch.outcome, patch.generated.join(" ")), (Outcome::Merged, "gen/y x.gen".to_owned()));
    assert!(patch.conflicts.is_empty() && patch.reduced.is_empty());
    assert_eq!(report.regenerate, ["make gen"]);
    for path in ["x.gen", "gen/y"] {
        assert_eq!(fork.content(report.tip.commit, path), lines_with(40, &[(5, "theirs 5")]));
    }
    let text = lines_with(40, &[(5, "ours 5"), (30, "theirs 30")]);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), text);
}

#[test]
fn a_patch_with_nothing_else_is_carried_empty() {
    let fork = history(&[("x.gen", "ours 5\n")]);
    fork.edit_manifest(|text| text + MAKE);
    let forecast = [("v1.1.0".to_owned(), fork.repo().resolve("v1.1.0").unwrap())];
    let forecast =
        pq::ops::forecast::forecast(&fork.open(), &forecast, pq::ops::rebase::Repick::Try, &pq::model::Silent).unwrap();
    assert_eq!(forecast.releases[0].regenerate, ["make gen"]);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("ours").outcome, Outcome::Merged);
    assert_eq!(report.patch("ours").generated, ["x.gen"]);
    assert_eq!(fork.tree(report.tip.commit), fork.tree(fork.tip("main")));
    assert_ne!(report.tip.commit, fork.tip("main"), "it is a commit all the same");
    // It stays where it is.
    let again = fork.checked_rebase("v1.1.0");
    assert_eq!((again.patch("ours").outcome, again.regenerate.len()), (Outcome::Unchanged, 0));
}

#[test]
fn what_merges_is_merged_and_needs_no_command() {
    let fork = history(&[("a.txt", "ours 5\n")]);
    fork.on("ours").edit("x.gen", "line 20\n", "ours 20\n").commit("Far");
    std::fs::remove_dir_all(fork.queue()).unwrap();
    fork.git(&["update-ref", "-d", "refs/heads/fork"]);
    fork.init("v1.0.1", "ours");
    fork.edit_manifest(|text| text + MAKE);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("far").outcome, Outcome::Merged);
    assert!(report.patch("far").generated.is_empty() && report.regenerate.is_empty());
    let text = lines_with(40, &[(5, "theirs 5"), (20, "ours 20")]);
    assert_eq!(fork.content(report.tip.commit, "x.gen"), text);
}

#[test]
fn a_conflict_elsewhere_holds_the_patch_and_is_the_only_one_to_settle() {
    let fork = history(&[("b.txt", "ours 5\n"), ("x.gen", "ours 5\n")]);
    fork.edit_manifest(|text| text + MAKE);
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("ours");
    assert_eq!(patch.outcome, Outcome::Conflict);
    let conflicts: Vec<_> = patch.conflicts.iter().map(|it| (it.path.as_str(), it.kind)).collect();
    assert_eq!(conflicts, [("b.txt", ConflictKind::Content)]);
    assert_eq!(patch.conflicts[0].culprits, [fork.tip("main")]);
    assert_eq!(patch.generated, ["x.gen"]);
    assert!(report.regenerate.is_empty(), "nothing of a held patch is in the branch");
}

#[test]
fn vendored_code_that_nobody_stated_conflicts() {
    let fork = history(&[("vendor/z", "ours 5\n")]);
    fork.edit_manifest(|text| text + MAKE);
    assert_eq!(fork.dry_run("v1.1.0").patch("ours").outcome, Outcome::Conflict);
}

#[test]
fn a_human_s_file_that_is_moved_among_generated_ones_conflicts() {
    let fork = history(&[]);
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").rename("b.txt", "gen/b").commit("Move");
    std::fs::remove_dir_all(fork.queue()).unwrap();
    fork.git(&["update-ref", "-d", "refs/heads/fork"]);
    fork.init("v1.0.1", "ours");
    fork.edit_manifest(|text| text + MAKE);
    assert_eq!(fork.dry_run("v1.1.0").patch("move").outcome, Outcome::Conflict);
}

#[test]
fn later_patches_of_the_same_generated_file_are_not_held_either() {
    let fork = history(&[("x.gen", "ours 5\n"), ("a.txt", "ours 5\n")]);
    fork.on("ours").edit("x.gen", "ours 5\n", "ours five\n").edit("a.txt", "ours 5\n", "ours five\n").commit("Again");
    fork.on("ours").edit("x.gen", "line 30\n", "ours 30\n").commit("Elsewhere");
    std::fs::remove_dir_all(fork.queue()).unwrap();
    fork.git(&["update-ref", "-d", "refs/heads/fork"]);
    fork.init("v1.0.1", "ours");
    fork.edit_manifest(|text| text + MAKE);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.held(), 0, "{report:#?}");
    assert_eq!(report.patch("again").generated, ["x.gen"]);
    assert!(report.patch("elsewhere").generated.is_empty());
    let text = lines_with(40, &[(5, "theirs 5"), (30, "ours 30")]);
    assert_eq!(fork.content(report.tip.commit, "x.gen"), text);
}
