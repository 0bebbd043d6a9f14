//! Files that move, change their kind, or get in each other's way.

use pq::model::{ConflictKind, Mode, Outcome};

use super::outcomes::{base, release};
use crate::support::{Fork, Patches, lines, lines_with};

/// Our change and upstream's, as a rebase sees them.
fn outcome(fork: &Fork) -> (Outcome, Vec<(String, ConflictKind)>) {
    release(fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.check();
    let report = fork.checked_rebase("v1.1.0");
    let [patch] = &report.patches[..] else { panic!("{report:#?}") };
    (patch.outcome, patch.conflicts.iter().map(|conflict| (conflict.path.clone(), conflict.kind)).collect())
}

fn conflict(path: &str, kind: ConflictKind) -> (Outcome, Vec<(String, ConflictKind)>) {
    (Outcome::Conflict, vec![(path.to_owned(), kind)])
}

const MERGED: (Outcome, Vec<(String, ConflictKind)>) = (Outcome::Merged, Vec::new());
const UNCHANGED: (Outcome, Vec<(String, ConflictKind)>) = (Outcome::Unchanged, Vec::new());

#[test]
fn upstream_s_rename_is_followed() {
    let fork = base();
    fork.on("main").rename("a.txt", "moved/a.md").edit("moved/a.md", "line 2\n", "two\n").commit("move");
    fork.on("ours").edit("a.txt", "line 30\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    let content = fork.content(fork.tip("fork"), "moved/a.md");
    assert_eq!(content, lines_with(40, &[(2, "two"), (30, "ours")]));
    assert_eq!(fork.entry(fork.tip("fork"), "a.txt"), None);
}

#[test]
fn upstream_s_rename_of_a_directory_is_followed_for_every_file() {
    let fork = Fork::new();
    let files: Vec<String> = (0..8).map(|n| format!("old/{n}.txt")).collect();
    let text = |n: usize| lines(20).replace("line", &format!("file {n} line"));
    let work = files.iter().enumerate().fold(fork.on("main"), |work, (n, file)| work.write(file, text(n)));
    let first = work.commit("base");
    fork.tag("v1.0.0", first);
    fork.branch("ours", first);
    let work = files.iter().fold(fork.on("main"), |work, file| work.rename(file, &file.replace("old/", "new/deep/")));
    work.commit("move all");
    let mut work = fork.on("ours");
    for (n, file) in files.iter().enumerate() {
        work = work.edit(file, &format!("file {n} line 10\n"), "ours\n");
    }
    work.commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    for n in 0..8 {
        assert!(fork.content(fork.tip("fork"), &format!("new/deep/{n}.txt")).contains("ours\n"));
    }
}

#[test]
fn a_deleted_file_is_not_taken_for_one_that_another_file_became() {
    let fork = Fork::new();
    let text = lines(40);
    let work = fork.on("main").write("linux.txt", text.replace("line 3\n", "linux\n"));
    let first = work.write("darwin.txt", text.replace("line 3\n", "darwin\n")).commit("base");
    fork.tag("v1.0.0", first);
    fork.branch("ours", first);
    fork.on("main").remove("linux.txt").rename("darwin.txt", "bsd.txt").commit("no linux any more");
    fork.on("ours").edit("linux.txt", "line 20\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("linux.txt", ConflictKind::ModifyDelete));
}

#[test]
fn our_rename_meets_upstream_s_edit() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 2\n", "two\n").commit("edit");
    fork.on("ours").rename("a.txt", "ours/a.txt").edit("ours/a.txt", "line 30\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    assert_eq!(fork.content(fork.tip("fork"), "ours/a.txt"), lines_with(40, &[(2, "two"), (30, "ours")]));
    assert_eq!(fork.entry(fork.tip("fork"), "a.txt"), None);
}

#[test]
fn both_rename_to_the_same_name() {
    let fork = base();
    fork.on("main").rename("a.txt", "same.txt").edit("same.txt", "line 2\n", "two\n").commit("move");
    fork.on("ours").rename("a.txt", "same.txt").edit("same.txt", "line 30\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    assert_eq!(fork.content(fork.tip("fork"), "same.txt"), lines_with(40, &[(2, "two"), (30, "ours")]));
}

#[test]
fn both_rename_to_different_names() {
    let fork = base();
    fork.on("main").rename("a.txt", "theirs.txt").commit("move");
    fork.on("ours").rename("a.txt", "ours.txt").commit("Ours");
    assert_eq!(outcome(&fork), conflict("theirs.txt", ConflictKind::Rename));
}

#[test]
fn our_rename_onto_a_file_that_upstream_added() {
    let fork = base();
    fork.on("main").write("target.txt", "theirs\n").commit("add");
    fork.on("ours").rename("a.txt", "target.txt").commit("Ours");
    assert_eq!(outcome(&fork), conflict("target.txt", ConflictKind::Rename));
}

#[test]
fn the_same_lines() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 5\n", "theirs\n").commit("edit");
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("a.txt", ConflictKind::Content));
}

#[test]
fn two_additions() {
    let fork = base();
    fork.on("main").write("new.txt", "theirs\n").commit("add");
    fork.on("ours").write("new.txt", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("new.txt", ConflictKind::AddAdd));
}

#[test]
fn edits_and_deletions_cross() {
    let fork = base();
    fork.on("main").remove("a.txt").commit("delete");
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("a.txt", ConflictKind::ModifyDelete));
    let fork = base();
    fork.on("main").edit("a.txt", "line 5\n", "theirs\n").commit("edit");
    fork.on("ours").remove("a.txt").commit("Ours");
    assert_eq!(outcome(&fork), conflict("a.txt", ConflictKind::ModifyDelete));
}

#[test]
fn binary_files() {
    let fork = base();
    let base = fork.on("main").write("x.bin", b"\0one\xff\n").commit("binary");
    fork.set_ref("refs/tags/v1.0.0", Some(base));
    fork.branch("ours", base);
    fork.on("main").write("x.bin", b"\0two\xfe\n").commit("edit");
    fork.on("ours").write("x.bin", b"\0ours\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("x.bin", ConflictKind::Binary));
}

#[test]
fn a_binary_file_that_upstream_left_alone() {
    let fork = base();
    let base = fork.on("main").write("x.bin", b"\0one\xff\n").commit("binary");
    fork.set_ref("refs/tags/v1.0.0", Some(base));
    fork.branch("ours", base);
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("edit");
    fork.on("ours").write("x.bin", b"\0ours\n").commit("Ours");
    assert_eq!(outcome(&fork), UNCHANGED);
}

#[test]
fn modes_merge_with_contents() {
    let fork = base();
    fork.on("main").edit("run.sh", "echo", "echo hello").commit("edit");
    fork.on("ours").mode("run.sh", Mode::Executable).commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    let entry = fork.entry(fork.tip("fork"), "run.sh").unwrap();
    assert_eq!(entry.mode, Mode::Executable);
    assert!(fork.content(fork.tip("fork"), "run.sh").contains("hello"));
}

#[test]
fn upstream_s_mode_stays_under_our_edit() {
    let fork = base();
    fork.on("main").mode("run.sh", Mode::Executable).commit("mode");
    fork.on("ours").edit("run.sh", "echo", "echo hello").commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    assert_eq!(fork.entry(fork.tip("fork"), "run.sh").unwrap().mode, Mode::Executable);
}

#[test]
fn symlinks_and_submodules_conflict_as_a_whole() {
    let fork = base();
    fork.on("main").symlink("link", "b.txt").commit("theirs");
    fork.on("ours").symlink("link", "dir/c.txt").commit("Ours");
    assert_eq!(outcome(&fork), conflict("link", ConflictKind::Symlink));
    let fork = base();
    fork.on("main").submodule("sub", '2').commit("theirs");
    fork.on("ours").submodule("sub", '3').commit("Ours");
    assert_eq!(outcome(&fork), conflict("sub", ConflictKind::Submodule));
}

#[test]
fn symlinks_and_submodules_are_carried() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 1\n", "1\n").commit("theirs");
    fork.on("ours").symlink("link", "dir/c.txt").submodule("sub", '3').submodule("other", '4').commit("Ours");
    assert_eq!(outcome(&fork), UNCHANGED);
}

#[test]
fn a_file_that_becomes_a_symlink() {
    let fork = base();
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("theirs");
    fork.on("ours").symlink("a.txt", "b.txt").edit("b.txt", "line 30\n", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), MERGED);
    assert_eq!(fork.entry(fork.tip("fork"), "a.txt").unwrap().mode, Mode::Symlink);
}

#[test]
fn a_file_that_becomes_a_symlink_where_upstream_edits_it() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 1\n", "1\n").commit("theirs");
    fork.on("ours").symlink("a.txt", "b.txt").commit("Ours");
    assert_eq!(outcome(&fork).0, Outcome::Conflict);
}

#[test]
fn a_file_that_becomes_a_directory() {
    let fork = base();
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("theirs");
    fork.on("ours").remove("a.txt").write("a.txt/inner", "x\n").commit("Ours");
    assert_eq!(outcome(&fork), UNCHANGED);
    assert!(fork.entry(fork.tip("fork"), "a.txt/inner").is_some());
}

#[test]
fn a_file_that_moves_below_its_own_name() {
    let fork = base();
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("theirs");
    let text = lines(40);
    fork.on("ours").remove("a.txt").write("a.txt/inner", text).commit("Ours");
    assert_eq!(outcome(&fork).0, Outcome::Unchanged);
    assert!(fork.entry(fork.tip("fork"), "a.txt/inner").is_some());
}

#[test]
fn a_directory_that_becomes_a_file() {
    let fork = base();
    fork.on("main").edit("b.txt", "line 1\n", "1\n").commit("theirs");
    fork.on("ours").remove("dir/c.txt").write("dir", "x\n").commit("Ours");
    assert_eq!(outcome(&fork), UNCHANGED);
}

#[test]
fn a_directory_that_becomes_a_file_keeps_what_upstream_put_there() {
    let fork = base();
    fork.on("main").write("dir/theirs.txt", "theirs\n").commit("theirs");
    fork.on("ours").remove("dir/c.txt").write("dir", "x\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("dir", ConflictKind::FileDirectory));
    assert_eq!(fork.content(fork.tip("fork"), "dir/theirs.txt"), "theirs\n");
}

#[test]
fn our_file_where_upstream_has_a_directory() {
    let fork = base();
    fork.on("main").write("new/x", "theirs\n").commit("theirs");
    fork.on("ours").write("new", "ours\n").commit("Ours");
    assert_eq!(outcome(&fork), conflict("new", ConflictKind::FileDirectory));
}

#[test]
fn two_files_that_swap_their_names() {
    let fork = base();
    let first = fork.on("main").edit("b.txt", "line 40\n", "the end\n").commit("b is not a");
    fork.set_ref("refs/tags/v1.0.0", Some(first));
    fork.branch("ours", first);
    let (a, b) = (fork.content(first, "a.txt"), fork.content(first, "b.txt"));
    fork.on("main").edit("dir/c.txt", "line 1\n", "1\n").commit("theirs");
    fork.on("ours").write("a.txt", b).write("b.txt", a).commit("Ours");
    assert_eq!(outcome(&fork), UNCHANGED);
}

#[test]
fn a_copy_in_a_patch_from_elsewhere_gives_what_it_gave() {
    let fork = base();
    fork.on("ours").write("copy.txt", lines_with(40, &[(30, "ours")])).commit("Copy");
    fork.on("main").edit("a.txt", "line 1\n", "1\n").commit("theirs");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let head = fork.patch_file("copy").split("diff --git").next().unwrap().to_owned();
    let copy = fork.git(&["diff", "--find-copies-harder", "--full-index", "ours~1", "ours"]);
    assert!(copy.contains("copy from "), "{copy}");
    std::fs::write(fork.queue().join("patches/copy.patch"), format!("{head}{copy}\n")).unwrap();
    fork.check();
    let report = fork.checked_rebase("v1.1.0");
    assert!(!report.patch("copy").outcome.is_held());
    assert_eq!(fork.content(fork.tip("fork"), "copy.txt"), lines_with(40, &[(30, "ours")]));
}

#[test]
fn a_held_patch_follows_a_rename_of_the_first_hop() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    fork.on("main").edit("a.txt", "line 5\n", "theirs\n").rename("b.txt", "moved.txt").commit("first");
    release(&fork, "v1.1.0");
    fork.on("main").edit("a.txt", "theirs\n", "line 5\n").commit("second");
    release(&fork, "v1.2.0");
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.checked_rebase("v1.1.0").patch("ours").outcome, Outcome::Conflict);
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.patch("ours").outcome, Outcome::Merged, "{report:#?}");
    assert!(fork.content(fork.tip("fork"), "moved.txt").contains("ours\n"));
}

/// Rewrites the text of the only patch as git would say it with these options.
fn retold(fork: &Fork, name: &str, options: &[&str]) -> String {
    let head = fork.patch_file(name).split("diff --git").next().unwrap().to_owned();
    let diff = fork.git(&[&["diff", "--full-index", "--binary"], options, &["ours~1", "ours"]].concat());
    std::fs::write(fork.queue().join(format!("patches/{name}.patch")), format!("{head}{diff}\n")).unwrap();
    diff
}

#[test]
fn a_swap_that_the_text_calls_two_renames() {
    let fork = base();
    let text = |word: &str| lines(100).replace("line", word);
    let first = fork.on("main").write("a.txt", text("alpha")).write("b.txt", text("beta")).commit("two files");
    fork.set_ref("refs/tags/v1.0.0", Some(first));
    fork.branch("ours", first);
    fork.on("ours").write("a.txt", text("beta")).write("b.txt", text("alpha")).commit("Swap");
    fork.on("main").edit("dir/c.txt", "line 1\n", "1\n").commit("elsewhere");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    assert!(retold(&fork, "swap", &["-B", "-M"]).contains("rename from b.txt"));
    fork.check();
    let before = fork.patch_file("swap");
    assert_eq!(fork.checked_rebase("v1.1.0").patch("swap").outcome, Outcome::Unchanged);
    assert_eq!(fork.patch_file("swap"), before);
    fork.on("main").mode("a.txt", Mode::Executable).commit("a mode");
    release(&fork, "v1.2.0");
    fork.checked_rebase("v1.2.0");
}

#[test]
fn a_text_that_moves_a_file_onto_one_that_it_deletes() {
    let fork = base();
    let first = fork.on("main").write("b.txt", lines(40).replace("line", "beta")).commit("two files");
    fork.set_ref("refs/tags/v1.0.0", Some(first));
    fork.branch("ours", first);
    fork.on("ours").remove("b.txt").rename("a.txt", "b.txt").commit("Over");
    fork.on("main").edit("dir/c.txt", "line 1\n", "1\n").commit("elsewhere");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    retold(&fork, "over", &["-B", "-M"]);
    fork.check();
    fork.checked_rebase("v1.1.0");
    fork.on("main").edit("a.txt", "line 1\n", "1\n").commit("a");
    release(&fork, "v1.2.0");
    fork.checked_rebase("v1.2.0");
}

#[test]
fn a_text_that_puts_a_file_over_a_directory_with_more_in_it_is_refused() {
    let fork = base();
    let first = fork.on("main").write("dir/more.txt", "more\n").commit("more");
    fork.set_ref("refs/tags/v1.0.0", Some(first));
    fork.branch("ours", first);
    fork.on("ours").remove("dir/c.txt").remove("dir/more.txt").write("dir", "x\n").commit("Over");
    fork.init("v1.0.0", "ours");
    let text = fork.patch_file("over");
    let (start, rest) = text.split_once("diff --git a/dir/more.txt").unwrap();
    let cut = format!(
        "{start}{}",
        rest.split_once("diff --git").map_or(String::new(), |(_, rest)| format!("diff --git{rest}"))
    );
    std::fs::write(fork.queue().join("patches/over.patch"), cut).unwrap();
    let error = fork.try_status(false).unwrap_err();
    assert!(error.to_string().contains("dir exists already"), "{error}");
}

#[test]
fn a_file_that_a_patch_empties_can_be_read_by_git() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 2\n", "2\n").commit("Edit");
    fork.on("ours").write("a.txt", "").commit("Empty it");
    fork.on("ours").write("a.txt", "again\n").commit("Fill it");
    fork.on("main").edit("dir/c.txt", "line 1\n", "1\n").commit("elsewhere");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.checked_rebase("v1.1.0");
    fork.git(&["fsck", "--strict", "--full", "--no-dangling"]);
    fork.git(&["gc", "-q"]);
    fork.check();
}
