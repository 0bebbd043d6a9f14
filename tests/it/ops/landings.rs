//! Landings that are none: what a reviewer found that pq had dropped, or had fallen over.

use pq::model::Outcome;
use pq::ops::rebase::PatchReport;

use super::outcomes::{base, release};
use super::traps::{only, short};
use crate::support::{Fork, Patches, lines};

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

/// One patch made of two upstream commits, with author, date and subject of the first, which is the only one that the release has: as it is, or
/// picked under another id; whether the clone knows the recorded ids or not.
fn half_of_a_squash(is_picked: bool, is_known: bool, message: &str) -> Fork {
    let fork = base();
    fork.branch("next", fork.tip("main"));
    let first = if is_picked { "next" } else { "main" };
    let one = fork.on(first).edit("a.txt", "line 5\n", "one 5\n").at(50).commit(message);
    let two = fork.on("next").edit("a.txt", "line 30\n", "two 30\n").at(60).commit("Two");
    if is_picked {
        fork.on("main").edit("a.txt", "line 5\n", "one 5\n").at(50).commit(message);
    }
    let ids = if is_known { [one.to_string(), two.to_string()] } else { ["1".repeat(40), "2".repeat(40)] };
    let work = fork.on("ours").edit("a.txt", "line 5\n", "one 5\n").edit("a.txt", "line 30\n", "two 30\n").at(50);
    work.commit(message);
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.set_meta("one", &format!("kind = \"backport\"\nupstream = [{:?}, {:?}]", ids[0], ids[1]));
    fork
}

#[test]
fn the_first_of_several_commits_is_not_all_of_them() {
    let change_id = format!("One\n\nChange-Id: I{}", "a1".repeat(20));
    for (is_picked, is_known) in [(false, true), (false, false), (true, true), (true, false)] {
        for message in ["One", &change_id] {
            let fork = half_of_a_squash(is_picked, is_known, message);
            let report = fork.checked_rebase("v1.1.0");
            let case = format!("{is_picked} {is_known} {message}");
            assert_eq!(report.patch("one").outcome, Outcome::Reduced, "{case}");
            assert!(fork.content(report.tip.commit, "a.txt").contains("two 30\n"), "{case}");
        }
    }
}

#[test]
fn most_lines_of_several_commits_are_not_all_of_them() {
    let fork = base();
    let most: String = (1..=12).map(|n| format!("fix {n}\n")).collect();
    fork.on("main").author("Else").email("else@example.com").edit("a.txt", "line 5\n", &most).at(70).commit("One");
    let work = fork.on("ours").edit("a.txt", "line 5\n", &most).edit("a.txt", "line 30\n", "two 30\n");
    work.commit("One");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let ids = ["1".repeat(40), "2".repeat(40)];
    fork.set_meta("one", &format!("kind = \"backport\"\nupstream = [{:?}, {:?}]", ids[0], ids[1]));
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(short(report.patch("one")), "reduced partly review:part");
}

#[test]
fn several_commits_that_came_as_one_text_are_there() {
    let fork = base();
    let both = |branch: &str| {
        fork.on(branch).edit("a.txt", "line 5\n", "one 5\n").edit("a.txt", "line 30\n", "two 30\n").at(50).commit("One")
    };
    both("main");
    both("ours");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let ids = ["1".repeat(40), "2".repeat(40)];
    fork.set_meta("one", &format!("kind = \"backport\"\nupstream = [{:?}, {:?}]", ids[0], ids[1]));
    assert_eq!(short(fork.checked_rebase("v1.1.0").patch("one")), "upstreamed identical patch-id");
}

/// What becomes of a patch on a base with `old.c`: its outcome, the first conflict, and whether anything of the file is left at the end.
fn rid_of(ours: impl Fn(&Fork), upstream: impl Fn(&Fork), moved: &str) -> (Vec<String>, bool) {
    let fork = base();
    let start = fork.on("main").write("old.c", lines(40).replace("line", "int")).write("src/k", "k\n").commit("old.c");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    ours(&fork);
    upstream(&fork);
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.edit_manifest(|text| text + moved);
    let report = fork.checked_rebase("v1.1.0");
    let word = |patch: &PatchReport| match patch.conflicts.first() {
        Some(conflict) => format!("{} {}", patch.outcome.as_str(), conflict.path),
        None => patch.outcome.as_str().to_owned(),
    };
    let paths = fork.git(&["ls-tree", "-r", "--name-only", &report.tip.commit.to_string()]);
    let is_left =
        paths.lines().any(|path| path.ends_with(".c") && fork.content(report.tip.commit, path).contains("int"));
    (report.patches.iter().map(word).collect(), is_left)
}

const MOVED: &str = "\n[[moved]]\nfrom = \"old.c\"\nto = \"src/new.c\"\n";

#[test]
fn a_file_that_upstream_only_moved_is_not_gone() {
    let ours = |fork: &Fork| {
        fork.on("ours").remove("old.c").commit("Drop the old module");
    };
    let moves = |fork: &Fork| {
        fork.on("main").rename("old.c", "src/new.c").commit("Rename");
    };
    let moves_and_edits = |fork: &Fork| {
        fork.on("main").rename("old.c", "src/new.c").edit("src/new.c", "int 3\n", "long 3\n").commit("Rename");
    };
    // Where the move is stated, the deletion goes there; where not, a person is asked, as by git.
    assert_eq!(rid_of(ours, moves, MOVED), (vec!["merged".into()], false));
    assert_eq!(rid_of(ours, moves, ""), (vec!["conflict src/new.c".into()], true));
    assert_eq!(rid_of(ours, moves_and_edits, ""), (vec!["conflict src/new.c".into()], true));
    assert_eq!(rid_of(ours, moves_and_edits, MOVED), (vec!["conflict src/new.c".into()], true));
    // The same in a patch that upstream has for the rest.
    let more = |fork: &Fork| {
        fork.on("ours").remove("old.c").edit("b.txt", "line 9\n", "nine\n").commit("Drop the old module");
    };
    let rest = |fork: &Fork| {
        moves(fork);
        fork.on("main").edit("b.txt", "line 9\n", "nine\n").commit("Nine");
    };
    assert_eq!(rid_of(more, rest, MOVED), (vec!["reduced".into()], false));
    assert_eq!(rid_of(more, rest, ""), (vec!["conflict src/new.c".into()], true));
}

#[test]
fn a_file_that_is_gone_is_gone() {
    let ours = |fork: &Fork| {
        fork.on("ours").remove("old.c").commit("Drop the old module");
    };
    let gone = |fork: &Fork| {
        fork.on("main").remove("old.c").write("src/new.c", "another\n".repeat(40)).commit("Something new");
    };
    for moved in ["", MOVED] {
        assert_eq!(rid_of(ours, gone, moved), (vec!["upstreamed".into()], false), "{moved}");
    }
    // So is what has no lines.
    let links = |branch: &'static str| {
        move |fork: &Fork| {
            fork.on(branch).remove("sub").remove("link").commit("Less");
        }
    };
    assert_eq!(rid_of(links("ours"), links("main"), ""), (vec!["upstreamed".into()], true));
    let moves_links = |fork: &Fork| {
        fork.on("main").remove("sub").submodule("lib", '1').remove("link").symlink("ln", "a.txt").commit("Names");
    };
    assert_eq!(rid_of(links("ours"), moves_links, ""), (vec!["conflict ln".into()], true));
    // It may stand where the queue itself has put it.
    let in_two = |fork: &Fork| {
        fork.on("ours").write("src/new.c", lines(40).replace("line", "int")).commit("A new place");
        fork.on("ours").remove("old.c").commit("And no old one");
    };
    let moves = |fork: &Fork| {
        fork.on("main").rename("old.c", "src/new.c").commit("Rename");
    };
    for moved in ["", MOVED] {
        assert_eq!(rid_of(in_two, moves, moved), (vec!["upstreamed".into(), "upstreamed".into()], true), "{moved}");
    }
}

#[test]
fn a_rename_to_another_place_is_another_rename() {
    let ours = |fork: &Fork| {
        fork.on("ours").rename("old.c", "ours.c").commit("Our name");
    };
    let moves = |fork: &Fork| {
        fork.on("main").rename("old.c", "src/new.c").commit("Rename");
    };
    assert_eq!(rid_of(ours, moves, ""), (vec!["conflict src/new.c".into()], true));
    // A stated move takes the file from where it is by now.
    assert_eq!(rid_of(ours, moves, MOVED), (vec!["merged".into()], true));
    // And one that also deletes what upstream moved.
    let replaced = |fork: &Fork| {
        fork.on("ours").remove("old.c").write("ours.c", "other\n".repeat(40)).commit("Another module");
    };
    let both = |fork: &Fork| {
        moves(fork);
        fork.on("main").write("ours.c", "other\n".repeat(40)).commit("The other module");
    };
    assert_eq!(rid_of(replaced, both, MOVED), (vec!["reduced".into()], false));
    assert_eq!(rid_of(replaced, both, ""), (vec!["conflict src/new.c".into()], true));
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
