//! Landings that are none: what a reviewer found that pq had dropped, or had fallen over.

use pq::model::Outcome;

use super::outcomes::{base, release};
use super::traps::only;
use crate::support::{Fork, Patches, lines, lines_with};

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

/// Author, date and title of a patch made of two commits are those of one.
#[test]
fn a_patch_of_two_commits_has_not_landed_with_one_of_them() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    release(&fork, "v1.1.0");
    let two = fork.on("main").edit("a.txt", "line 30\n", "two\n").commit("Two");
    fork.on("ours").edit("a.txt", "line 5\n", "one\n").edit("a.txt", "line 30\n", "two\n").commit("One");
    fork.init("v1.0.0", "ours");
    fork.set_meta("one", &format!("upstream = [\"{one}\", \"{two}\"]"));
    let report = fork.checked_rebase("v1.1.0");
    assert_ne!(report.patch("one").outcome, Outcome::Upstreamed);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "one"), (30, "two")]));
}

/// What is not where it was may be somewhere else: then nobody has deleted it.
#[test]
fn a_deletion_has_not_landed_where_the_file_only_moved() {
    let moved = || {
        let fork = base();
        let start = fork.on("main").write("old/insecure.c", lines(40)).commit("Insecure");
        fork.tag("v1.0.1", start);
        fork.branch("ours", start);
        fork.on("ours").remove("old/insecure.c").commit("Drop the insecure module");
        fork
    };
    let fork = moved();
    fork.on("main").rename("old/insecure.c", "new/insecure.c").commit("Move");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    let report = fork.checked_rebase("v1.1.0");
    assert_ne!(report.patch("drop-the-insecure-module").outcome, Outcome::Upstreamed);
    assert!(fork.entry(report.tip.commit, "new/insecure.c").is_none() || report.held() == 1);
    // Whoever brings another file to another place has deleted this one.
    let fork = moved();
    fork.on("main").remove("old/insecure.c").write("new/other.c", "written\nanew\n").commit("Other");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    assert_eq!(fork.dry_run("v1.1.0").patch("drop-the-insecure-module").outcome, Outcome::Upstreamed);
}

/// What a patch adds below a directory that upstream moved may be there, too.
#[test]
fn what_landed_where_it_moved_is_found_if_the_move_is_stated() {
    let fork = base();
    let start = fork.on("main").write("old/one", lines(40)).commit("Start");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    fork.on("ours").write("old/new", "1\n2\n3\n4\n5\n6\n").commit("New");
    fork.on("main").rename("old/one", "dir/one").write("dir/new", "1\n2\n3\n4\n5\n6\n").commit("Moved and more");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    fork.edit_manifest(|text| format!("{text}\n[[moved]]\nfrom = \"old\"\nto = \"dir\"\n"));
    assert_eq!(fork.dry_run("v1.1.0").patch("new").outcome, Outcome::Upstreamed);
}
