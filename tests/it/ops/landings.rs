//! Landings that are none: what a reviewer found that pq had dropped, or had fallen over.

use super::outcomes::base;
use super::traps::only;
use crate::support::Fork;

/// Whether a verdict drops the patch.
fn is_dropped(fork: &Fork) -> bool {
    only(fork).starts_with("upstreamed")
}

fn fix(fork: &Fork, message: &str) {
    fork.on("ours").edit("a.txt", "line 5\n", "line 5\nfix one\nfix two\nfix three\nfix four\n").commit(message);
}

#[test]
fn an_id_of_another_length_is_unknown() {
    let fork = base();
    let long = "ab".repeat(32);
    fork.on("main").edit("b.txt", "line 9\n", "9\n").commit(&format!("Other\n\nThis reverts commit {long}."));
    fix(&fork, "Fix five");
    assert_eq!(only(&fork), "unchanged absent");
}

#[test]
fn the_same_lines_under_the_same_title_in_another_file_are_not_it() {
    let fork = base();
    let header = "// one\n// two\n// three\n// four\n// five\n";
    let work = fork.on("main").author("Else").email("else@example.com").at(77);
    work.edit("b.txt", "line 1\n", &format!("{header}line 1\n")).commit("Add license header");
    fork.on("ours").edit("a.txt", "line 1\n", &format!("{header}line 1\n")).commit("Add license header");
    assert!(!is_dropped(&fork));
}

#[test]
fn what_came_and_went_in_steps_is_kept_if_only_looks_know_it() {
    let fork = base();
    let added = "line 5\nfix one\nfix two\nfix three\nfix four\n";
    fork.on("main").edit("a.txt", "line 5\n", added).commit("Fix five");
    fork.on("main").edit("a.txt", "fix one\nfix two\n", "").edit("b.txt", "line 9\n", "9\n").commit("Less");
    fork.on("main").edit("a.txt", "fix three\nfix four\n", "").edit("b.txt", "line 20\n", "20\n").commit("And less");
    fix(&fork, "Fix five");
    assert!(!is_dropped(&fork));
}

#[test]
fn the_revert_of_a_merge_takes_back_what_came_with_it() {
    let fork = base();
    fork.branch("topic", fork.tip("main"));
    let added = "line 5\nfix one\nfix two\nfix three\nfix four\n";
    let landed = fork.on("topic").edit("a.txt", "line 5\n", added).commit("Fix five");
    let before = fork.on("main").edit("b.txt", "line 9\n", "9\n").commit("Between");
    let merge = fork.on("main").merge(landed).edit("a.txt", "line 5\n", added).commit("Merge topic");
    fork.on("main").edit("a.txt", "line 20\n", "20\n").commit("After");
    let text = format!("Revert \"Merge topic\"\n\nThis reverts commit {merge}, reversing\nchanges made to {before}.");
    fork.on("main").edit("a.txt", added, "line 5\n").commit(&text);
    fix(&fork, &format!("Fix five\n\n[ upstream commit {landed} ]"));
    assert_eq!(only(&fork), "merged reverted");
}

#[test]
fn a_merge_by_its_id_is_compared_like_any_commit() {
    let fork = base();
    fork.branch("topic", fork.tip("main"));
    let side = fork.on("topic").author("Else").email("else@example.com").at(70);
    let side = side.edit("b.txt", "line 9\nline 10\n", "9\n10\n11\n12\n").commit("Side");
    let merge = fork.on("main").merge(side).author("Else").email("else@example.com").at(71);
    let merge = merge.edit("b.txt", "line 9\nline 10\n", "9\n10\n11\n12\n").commit("Merge topic");
    fix(&fork, &format!("Fix five\n\n[ upstream commit {merge} ]"));
    assert_eq!(only(&fork), "unchanged unsure review:other-change");
}

#[test]
fn a_pick_of_several_commits_is_there_only_with_all_of_them() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("One");
    let two = fork.on("stable").tree_of(fork.tip("main")).edit("a.txt", "line 20\n", "fix 20\n").commit("Two");
    let work = fork.on("stable").edit("b.txt", "line 1\n", "1\n");
    let both = work.commit(&format!("Both\n\n(cherry picked from commit {one})\n(cherry picked from commit {two})"));
    let work = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").edit("a.txt", "line 20\n", "fix 20\n");
    work.commit(&format!("Both of them\n\n[ upstream commit {both} ]"));
    assert!(!is_dropped(&fork));
}

#[test]
fn a_wrong_id_on_a_small_patch_is_seen_by_its_files() {
    let fork = base();
    let work = fork.on("main").author("Else").email("else@example.com").at(90);
    let wrong = work.edit("b.txt", "line 25\n", "25\n").commit("Something else");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit(&format!("Fix five\n\n[ upstream commit {wrong} ]"));
    assert_eq!(only(&fork), "unchanged unsure review:other-change");
}

#[test]
fn half_of_a_change_id_is_not_the_other_half() {
    let fork = base();
    let id = format!("Change-Id: I{}", "a1".repeat(20));
    fork.on("main").edit("b.txt", "line 15\n", "other half\n").commit(&format!("One half\n\n{id}"));
    fork.on("ours").edit("a.txt", "line 5\n", "this half\n").commit(&format!("The other half\n\n{id}"));
    assert!(!is_dropped(&fork));
}
