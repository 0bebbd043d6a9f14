//! What looks as if upstream had a patch, and the other way round.

use pq::model::{Mode, Silent};
use pq::ops::rebase::{self, Duplicates, PatchReport, RebaseReport};

use super::micro::word;
use super::outcomes::{base, release};
use crate::support::{Fork, Patches, lines, lines_with};

/// Outcome, standing, the kind of the first evidence, why to look at it.
pub fn short(patch: &PatchReport) -> String {
    let mut line = format!("{} {}", patch.outcome.as_str(), word(patch.standing));
    patch.evidence.iter().take(1).for_each(|first| line += &format!(" {}", word(first.kind)));
    patch.review.iter().for_each(|review| line += &format!(" review:{}", word(review.why)));
    line
}

/// The rebase of what is on `ours` by now.
pub fn carried(fork: &Fork) -> RebaseReport {
    release(fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.checked_rebase("v1.1.0")
}

pub fn only(fork: &Fork) -> String {
    let report = carried(fork);
    assert_eq!(report.patches.len(), 1);
    short(&report.patches[0])
}

const BOT: (&str, &str) = ("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com");

/// The bump of our branch and that of upstream, in the same second.
fn bumps(old: [&str; 2], ours: &str, theirs: &str) -> Fork {
    let fork = base();
    let [our_old, their_old] = old;
    fork.on("main").write("images", format!("# images\n{their_old}\n# end\n")).commit("images");
    fork.tag("v1.0.0", fork.tip("main"));
    fork.branch("ours", fork.tip("main"));
    if our_old != their_old {
        fork.on("ours").write("images", format!("# images\n{our_old}\n# end\n")).at(90).commit("Another start");
    }
    for (branch, old, new) in [("main", their_old, theirs), ("ours", our_old, ours)] {
        let work = fork.on(branch).author(BOT.0).email(BOT.1).at(100);
        work.edit("images", old, new).commit("images: update cilium-runtime");
    }
    fork
}

#[test]
fn a_bump_of_the_same_second_to_another_version_is_another() {
    let fork = bumps(["image:aaaaaaa1"; 2], "image:bbbbbbb2", "image:ccccccc3");
    assert_eq!(only(&fork), "conflict unsure review:similar");
}

#[test]
fn a_bump_of_the_same_second_to_the_same_version_is_the_same() {
    let fork = bumps(["image:aaaaaaa1"; 2], "image:bbbbbbb2", "image:bbbbbbb2");
    assert_eq!(only(&fork), "upstreamed identical patch-id");
    let fork = bumps(["image:aaaaaaa0", "image:aaaaaaa1"], "image:bbbbbbb2", "image:bbbbbbb2");
    let report = carried(&fork);
    assert_eq!(short(report.patch("images-update-cilium-runtime")), "upstreamed adapted author-date-subject");
}

#[test]
fn a_bump_of_generated_files_by_a_program_is_known_by_the_files_alone() {
    for (theirs, want) in
        [("vendor two\n", "upstreamed identical patch-id"), ("vendor three\n", "conflict unsure review:similar")]
    {
        let fork = base();
        fork.on("main").write("vendor/x.go", "vendor one\n").commit("vendor");
        fork.tag("v1.0.0", fork.tip("main"));
        fork.branch("ours", fork.tip("main"));
        for (branch, text) in [("main", theirs), ("ours", "vendor two\n")] {
            fork.on(branch).author(BOT.0).email(BOT.1).at(100).write("vendor/x.go", text).commit("vendor: update x");
        }
        assert_eq!(only(&fork), want);
    }
}

#[test]
fn a_change_of_other_vendored_files_is_another_and_so_is_one_of_no_file() {
    let fork = base();
    fork.on("main").write("vendor/y.go", "y\n").commit("Vendor y");
    fork.on("main").commit("Nothing at all");
    fork.on("ours").write("vendor/x.go", "x\n").commit("Vendor x");
    fork.on("ours").commit("Nothing");
    let report = carried(&fork);
    assert_eq!(short(report.patch("vendor-x")), "unchanged absent");
    assert_eq!(short(report.patch("nothing")), "unchanged absent");
}

/// The code is the same and the vendored part is not: the patch id says nothing, author, date and title do.
#[test]
fn a_patch_whose_vendored_part_differs_is_known_by_its_looks() {
    for (title, want) in
        [("Use y", "upstreamed adapted author-date-subject"), ("Use other y", "reduced partly review:similar")]
    {
        let fork = base();
        let edit = |branch, text, title| {
            let work = fork.on(branch).edit("a.txt", "line 5\n", "import y\nuse y\ny.start\ny.stop\n").at(50);
            let work = if title == "Use y" { work } else { work.email("other@x").at(51) };
            work.write("vendor/y.go", text).commit(title)
        };
        edit("main", "y two\n", title);
        edit("ours", "y two\n// patched\n", "Use y");
        let report = carried(&fork);
        let patch = report.patch("use-y");
        assert!(short(patch) == want || title != "Use y" && patch.outcome.is_held(), "{}", short(patch));
    }
}

#[test]
fn two_fixes_of_one_title_author_and_date_in_other_files_are_two() {
    let fork = base();
    fork.on("main").edit("b.txt", "line 25\n", "fixed b\n").at(50).commit("Fix a typo");
    fork.on("ours").edit("a.txt", "line 5\n", "fixed a\n").at(50).commit("Fix a typo");
    assert_eq!(only(&fork), "unchanged unsure review:similar");
    // Nor do braces make them one.
    let fork = base();
    fork.on("main").edit("b.txt", "line 25\n", "fixed b\nas it should be\n}\n").at(50).commit("Fix a typo");
    fork.on("ours").edit("a.txt", "line 5\n", "fixed a\n}\n").at(50).commit("Fix a typo");
    assert_eq!(only(&fork), "unchanged unsure review:similar");
}

#[test]
fn a_wrong_id_is_no_landing() {
    let fork = base();
    let work = fork.on("main").author("Somebody").email("else@example.com").at(500);
    let wrong = work.edit("b.txt", "line 25\nline 26\n", "one\ntwo\nthree\n").commit("Something else");
    let work = fork.on("ours").edit("a.txt", "line 5\nline 6\n", "fix 5\nfix 6\n");
    work.commit(&format!("Fix five\n\n[ upstream commit {wrong} ]"));
    assert_eq!(only(&fork), "unchanged unsure review:other-change");
}

#[test]
fn a_patch_that_holds_much_more_than_it_names_is_kept() {
    for (more, want) in [(8, "reduced partly review:surplus"), (7, "upstreamed adapted ancestor")] {
        let fork = base();
        let named = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
        let work = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n");
        let much: String = (0..more).map(|n| format!("more {n}\n")).collect();
        let work = work.edit("a.txt", "line 30\n", &format!("line 30\n{much}"));
        work.commit(&format!("Fix five and much more\n\n[ upstream commit {named} ]"));
        let report = carried(&fork);
        assert_eq!(short(&report.patches[0]), want, "{more}");
        let is_there = fork.content(report.tip.commit, "a.txt").contains("more 6\n");
        assert_eq!(is_there, more == 8);
    }
}

/// Another file of the patch is more than an adaptation, however little it is.
#[test]
fn a_patch_that_touches_a_file_that_its_commit_does_not_is_kept() {
    for (rest, is_there, want) in [
        ("w\nx\ny\nz\n", false, "reduced partly review:surplus"),
        ("w\nx\ny\nz\n", true, "upstreamed split ancestor"),
        ("w\n", false, "upstreamed adapted ancestor"),
    ] {
        let fork = base();
        let named = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
        if is_there {
            fork.on("main").edit("b.txt", "line 9\n", rest).commit("The rest");
        }
        let work = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").edit("b.txt", "line 9\n", rest);
        work.commit(&format!("Fix five and more\n\n[ upstream commit {named} ]"));
        assert_eq!(only(&fork), want);
    }
}

#[test]
fn lines_that_stand_everywhere_are_no_landing() {
    for patch in ["\treturn nil\n}\n", "}\n", "\treturn nil\n", "\t\tbreak;\n\t}\n}\n"] {
        let fork = base();
        fork.on("main").edit("b.txt", "line 5\n", &format!("line 5\n{patch}")).commit("Unrelated");
        fork.on("main").edit("a.txt", "line 1\n", "line one\n").commit("Also unrelated");
        fork.on("ours").edit("a.txt", "line 30\n", &format!("line 30\n{patch}")).commit("Ours");
        assert_eq!(only(&fork), "merged absent", "{patch}");
    }
}

/// As above, in the same file.
#[test]
fn a_few_lines_that_stand_elsewhere_in_the_file_are_carried_or_held_and_never_dropped() {
    for (patch, want) in [("}\n", "merged absent"), ("\treturn nil;\n}\n", "conflict unsure")] {
        let fork = base();
        fork.on("main").edit("a.txt", "line 5\n", &format!("line 5\n{patch}")).at(900).commit("Unrelated");
        fork.on("ours").edit("a.txt", "line 30\n", &format!("line 30\n{patch}")).commit("Ours");
        assert_eq!(only(&fork), want, "{patch}");
    }
}

const BLOCK: &str = "int check(int n)\n{\n\tif (n > MAX)\n\t\treturn -EINVAL;\n\treport(n);\n\treturn 0;\n}\n";

/// Upstream has the block above, we have it below.
fn doubled() -> Fork {
    let fork = base();
    fork.on("main")
        .edit("a.txt", "line 5\n", &format!("line 5\n{BLOCK}more\nof\nit\nall\nwith\nother\nwords\nand\nso\non\n"))
        .commit("Checks");
    fork.on("ours").edit("a.txt", "line 30\n", &format!("line 30\n{BLOCK}")).commit("Ours");
    fork
}

#[test]
fn what_would_come_twice_is_held_unless_it_is_wanted() {
    let fork = doubled();
    let report = carried(&fork);
    assert_eq!(short(&report.patches[0]).split(" review").next(), Some("conflict unsure"));
    assert_eq!(word(report.patches[0].conflicts[0].kind), "duplicate");
    assert_eq!(report.tip.tree, fork.tree(fork.tip("main")));
    let fork = doubled();
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let options = rebase::Options { duplicates: Duplicates::Carry, ..fork.options("v1.1.0", rebase::Mode::Write) };
    let report = rebase::rebase(&fork.open(), &options, &Silent).unwrap();
    assert_eq!(report.patches[0].outcome.as_str(), "merged");
    assert_eq!(fork.content(report.tip.commit, "a.txt").matches("int check(").count(), 2);
    fork.check();
}

/// What only looks as if it came twice: upstream's change, ours, and the file that both begin with.
#[test]
fn what_is_ours_alone_is_not_taken_for_a_double() {
    let start = lines(60);
    let theirs = start.replace("line 5\n", &format!("line 5\n{BLOCK}"));
    let second = BLOCK.replace("int check(int n)", "int check_again(int n)");
    let moved =
        start.replace("line 30\nline 31\nline 32\n", "").replace("line 50\n", "line 50\nline 30\nline 31\nline 32\n");
    for (what, old, theirs, ours) in [
        ("a second function like it", &start, &theirs, start.replace("line 40\n", &format!("line 40\n{second}"))),
        ("a block that moves", &start, &theirs, moved),
        ("lines that go", &start, &theirs, start.replace("line 40\nline 41\n", "")),
        ("a line for another", &start, &theirs, start.replace("line 40\n", "\treturn -EINVAL;\n")),
        (
            "one more of what the file has",
            &theirs,
            &theirs.replace("line 20\n", "line twenty\n"),
            theirs.replace("line 40\n", "line 40\n\tif (n > MAX)\n\t\treturn -EINVAL;\n"),
        ),
    ] {
        let fork = Fork::new();
        fork.on("main").write("a.txt", old).commit("base");
        fork.tag("v1.0.0", fork.tip("main"));
        fork.branch("ours", fork.tip("main"));
        fork.on("main").write("a.txt", theirs).commit("Checks");
        fork.on("ours").write("a.txt", ours).commit("Ours");
        let report = carried(&fork);
        assert_eq!(report.patches[0].outcome.as_str(), "merged", "{what}: {:#?}", report.patches[0]);
    }
}

/// Upstream's change is in our base; our patch takes it back, and upstream makes the same change elsewhere, or again.
#[test]
fn a_revert_of_ours_is_not_the_landing_of_what_it_reverts() {
    for is_recorded in [false, true] {
        let fork = base();
        let change = "alpha\nbeta\ngamma\ndelta\n";
        let landed =
            fork.on("main").edit("a.txt", "line 5\n", change).edit("b.txt", "line 9\n", "nine\n").commit("Change five");
        release(&fork, "v1.1.0");
        // Our line has it from a branch of its own, and does not want it.
        let start = fork.on("stable").tree_of(landed).commit("Stable");
        fork.tag("v1.0.1", start);
        fork.branch("ours", start);
        let work = fork.on("ours").edit("a.txt", change, "line 5\n").edit("b.txt", "nine\n", "line 9\n");
        work.commit(&format!("Revert \"Change five\"\n\nThis reverts commit {landed}."));
        fork.init("v1.0.1", "ours");
        let name = fork.open().manifest().patches[0].name.to_string();
        if is_recorded {
            fork.edit_manifest(|text| text.replace(&format!("[patch.{name}]\n"), ""));
            fork.set_meta(&name, &format!("kind = \"revert\"\nupstream = [\"{landed}\"]"));
        }
        let report = fork.checked_rebase("v1.1.0");
        let patch = &report.patches[0];
        assert!(!patch.outcome.is_held() && patch.outcome.as_str() != "upstreamed", "{is_recorded} {patch:#?}");
        assert_eq!(fork.content(report.tip.commit, "a.txt"), lines(40));
    }
}

#[test]
fn what_upstream_removes_and_we_bring_back_is_kept() {
    let fork = base();
    let feature = "feature one\nfeature two\nfeature three\nfeature four\n";
    fork.on("main").edit("b.txt", "line 5\n", &format!("line 5\n{feature}")).commit("Feature");
    fork.tag("v1.0.0", fork.tip("main"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").edit("a.txt", "line 5\n", &format!("line 5\n{feature}")).at(70).commit("Drop the feature");
    fork.on("main").edit("b.txt", feature, "").at(70).commit("Drop the feature");
    let report = carried(&fork);
    assert_ne!(report.patches[0].outcome.as_str(), "upstreamed", "{:#?}", report.patches[0]);
    assert!(fork.content(report.tip.commit, "a.txt").contains(feature));
}

/// In the same file: the commit is about what the patch is about, and does the opposite.
#[test]
fn the_opposite_change_of_equal_looks_in_the_same_file_is_not_it() {
    let fork = base();
    let feature = "feature one\nfeature two\nfeature three\nfeature four\n";
    fork.on("main").edit("a.txt", "line 5\n", &format!("line 5\n{feature}")).commit("Feature");
    fork.tag("v1.0.0", fork.tip("main"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").edit("a.txt", "line 30\n", &format!("line 30\n{feature}")).at(70).commit("Move the feature");
    fork.on("main").edit("a.txt", feature, "").at(70).commit("Move the feature");
    let report = carried(&fork);
    assert_ne!(report.patches[0].outcome.as_str(), "upstreamed", "{:#?}", report.patches[0]);
}

#[test]
fn an_id_that_the_clone_lacks_leaves_the_rest_to_decide() {
    for (title, want) in [("Fix five", "upstreamed identical patch-id"), ("Fix another", "merged absent")] {
        let fork = base();
        let line = if title == "Fix five" { "fix 5\n" } else { "line 5\nother 5\n" };
        let at = if title == "Fix five" { "line 5\n" } else { "line 25\n" };
        fork.on("main").edit("a.txt", at, line).commit(title);
        let work = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n");
        work.commit(&format!("Fix five\n\n[ upstream commit {} ]", "ab".repeat(20)));
        assert_eq!(only(&fork), want);
    }
}

#[test]
fn an_id_on_another_stable_branch_leads_to_its_mainline_commit() {
    let fork = base();
    let old = fork.tip("main");
    let mainline = fork.on("main").edit("a.txt", "line 5\n", "fix 5 for main\n").commit("Fix five");
    let other = fork.on("stable").tree_of(old).edit("a.txt", "line 5\n", "fix 5\n");
    let other = other.commit(&format!("Fix five\n\n[ upstream commit {mainline} ]"));
    let work = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").email("we@example.com");
    work.commit(&format!("Take over\n\n[ upstream commit {other} ]"));
    assert_eq!(only(&fork), "upstreamed sibling sibling");
}

/// Changes that have no lines: upstream made the same one, or another one of the same file.
#[test]
fn changes_without_lines_are_known_by_what_they_are() {
    type Make = fn(crate::support::Work<'_>, usize) -> crate::support::Work<'_>;
    let makes: [(&str, Make); 5] = [
        ("binary", |work, n| work.write("picture", [b"\x89PNG\0\0", [b"\x01", b"\x02"][n].as_slice()].concat())),
        ("mode", |work, n| {
            [work.mode("run.sh", Mode::Executable)].into_iter().next().unwrap().edit(
                "b.txt",
                "line 1\n",
                ["line 1\n", "line 0\n"][n],
            )
        }),
        ("rename", |work, n| work.rename("a.txt", ["x.txt", "y.txt"][n])),
        ("submodule", |work, n| work.submodule("sub", ['2', '3'][n])),
        ("link", |work, n| work.symlink("link", ["b.txt", "dir/c.txt"][n])),
    ];
    for (what, make) in makes {
        for n in 0..2 {
            let fork = base();
            let elsewhere = fork.on("main").author("M").email("m@x").at(300);
            make(elsewhere, n).commit("Upstream's");
            make(fork.on("ours"), 0).commit("Ours");
            let report = carried(&fork);
            let patch = &report.patches[0];
            let is_it = patch.outcome.as_str() == "upstreamed";
            let wanted = n == 0 || what == "mode";
            assert_eq!(is_it, wanted, "{what} {n}: {patch:#?}");
            assert!(patch.review.is_empty(), "{what} {n}: {patch:#?}");
            if !is_it {
                assert!(patch.outcome.is_held(), "{what} {n}: {patch:#?}");
            }
        }
    }
}

/// Of a change of blanks nothing is left where blanks do not count.
#[test]
fn another_indentation_is_not_the_same() {
    for (theirs, is_it) in [("\tline 5\n", true), ("        line 5\n", false)] {
        let fork = base();
        fork.on("main").edit("a.txt", "line 5\n", theirs).author("M").email("m@x").at(300).commit("Indent");
        fork.on("ours").edit("a.txt", "line 5\n", "\tline 5\n").commit("Ours");
        assert_eq!(only(&fork).starts_with("upstreamed"), is_it, "{theirs:?}");
    }
}

/// A release that was imported, as distributions do: no history, only trees.
#[test]
fn without_a_common_history_the_trees_decide() {
    let fork = base();
    let edit = |branch: &str, old: &str, new: &str, title: &str| {
        fork.on(branch).edit("a.txt", old, new).commit(title);
    };
    edit("ours", "line 5\n", "fix 5\n", "Taken");
    edit("ours", "line 20\n", "first 20\n", "First");
    edit("ours", "first 20\n", "second 20\nsecond 21\n", "Second");
    edit("ours", "second 21\n", "third 21\n", "Third");
    edit("ours", "line 35\n", "ours 35\n", "Kept");
    let new = lines_with(40, &[(1, "line one"), (5, "fix 5"), (20, "second 20\nthird 21")]);
    let import = fork.after(&[]).tree_of(fork.tip("main")).write("a.txt", &new).commit("Import 1.1.0");
    fork.tag("v1.1.0", import);
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let outcomes: Vec<String> = report.patches.iter().map(short).collect();
    let found = "upstreamed identical reverse-applies";
    assert_eq!(outcomes, [found, found, found, found, "merged absent"]);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), new.replace("line 35\n", "ours 35\n"));
}

/// A line of it that comes again, because it stands everywhere, does not bring back what was taken back without a word.
#[test]
fn a_common_line_is_no_second_landing() {
    let fork = base();
    let fix = "line 5\nfix 5\n\treturn nil\n";
    fork.on("main").edit("a.txt", "line 5\n", fix).commit("Fix five");
    fork.on("main").edit("a.txt", fix, "line 5\n").commit("Not good");
    fork.on("main").edit("a.txt", "line 1\n", "\treturn nil\nline 1\n").commit("More");
    fork.on("ours").edit("a.txt", "line 5\n", fix).commit("Fix five");
    assert_eq!(only(&fork), "merged reverted");
}
