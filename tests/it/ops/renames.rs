//! Files that one side moved while the other did something else to them: git's own cherry-pick is the oracle of what may be merged, and of
//! what a person must get to see.

use pq::model::{ConflictKind, Mode, Outcome};

use super::outcomes::{base, release};
use super::resolve::{done, in_tree, start, tree, write};
use crate::support::{Fork, git, git_output, lines, lines_with};

/// A fork on a base with an empty file, rebased to v1.1.0; its branch is checked out in `tree`.
fn rebased<A, B>(ours: impl Fn(&Fork) -> A, upstream: impl Fn(&Fork) -> B) -> Fork {
    let fork = base();
    fork.on("main").write("a/empty", "").write("a/x", lines(40)).commit("More");
    fork.tag("v1.0.0", fork.tip("main"));
    fork.branch("ours", fork.tip("main"));
    ours(&fork);
    upstream(&fork);
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.checked_rebase("v1.1.0");
    fork
}

/// Whether git picks the patch without a conflict, and the tree that it leaves.
fn picked(fork: &Fork) -> Option<String> {
    let dir = fork.dir().join("picked");
    fork.git(&["worktree", "add", "-q", "--detach", "../picked", "v1.1.0"]);
    let output = git_output(&dir, &["cherry-pick", "ours"]);
    output.status.success().then(|| git(&dir, &["rev-parse", "HEAD^{tree}"]).trim().to_owned())
}

fn outcome(fork: &Fork) -> Outcome {
    match fork.open().manifest().held().next() {
        Some(_) => Outcome::Conflict,
        None => Outcome::Merged,
    }
}

#[test]
fn an_empty_file_is_not_another_empty_file() {
    let fork = rebased(
        |fork| fork.on("ours").remove("a/empty").edit("a.txt", "line 3\n", "ours 3\n").commit("P"),
        |fork| fork.on("main").remove("a/empty").write("b/empty", "").commit("up"),
    );
    assert_eq!(outcome(&fork), Outcome::Merged);
    assert_eq!(Some(fork.tree(fork.tip("fork")).to_string()), picked(&fork));
    let fork = rebased(
        |fork| fork.on("ours").write("a/empty", "ours\n").commit("P"),
        |fork| fork.on("main").remove("a/empty").write("b/empty", "").commit("up"),
    );
    assert_eq!(outcome(&fork), Outcome::Conflict);
    assert_eq!(picked(&fork), None);
}

#[test]
fn what_upstream_moved_is_not_deleted_and_does_not_become_another_thing() {
    for (ours, path) in [(None, "b/x"), (Some("../t"), "b/x")] {
        let fork = rebased(
            |fork| {
                let work = fork.on("ours").edit("a.txt", "line 3\n", "ours 3\n");
                match ours {
                    None => work.remove("a/x").commit("P"),
                    Some(target) => work.symlink("a/x", target).commit("P"),
                }
            },
            |fork| fork.on("main").rename("a/x", "b/x").commit("up"),
        );
        assert_eq!(outcome(&fork), Outcome::Conflict, "{ours:?}");
        assert_eq!(picked(&fork), None);
        let report = start(&fork, "p").unwrap();
        assert_eq!(report.conflicts[0].path, path);
        let kind = if ours.is_none() { ConflictKind::ModifyDelete } else { ConflictKind::Symlink };
        assert_eq!(report.conflicts[0].kind, kind);
        assert!(tree(&fork).join("b/x").is_file(), "upstream's file stays until a person says otherwise");
    }
}

#[test]
fn a_directory_of_upstream_is_not_overwritten_by_a_file_that_the_patch_moves_there() {
    let fork = rebased(
        |fork| fork.on("ours").rename("b.txt", "lib").commit("P"),
        |fork| fork.on("main").write("lib/x.c", "x\n").edit("b.txt", "line 9\n", "fix 9\n").commit("up"),
    );
    let report = start(&fork, "p").unwrap();
    assert_eq!(report.conflicts[0].kind, ConflictKind::FileDirectory);
    assert!(tree(&fork).join("lib/x.c").is_file());
    let beside = tree(&fork).join(&report.conflicts[0].path);
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), lines_with(40, &[(9, "fix 9")]), "with upstream's fix");
    in_tree(&fork, &["add", "-A"]);
    done(&fork).unwrap();
    let paths = fork.git(&["ls-tree", "-r", "--name-only", "fork"]);
    assert!(paths.contains("lib/x.c") && !paths.contains("b.txt"), "{paths}");
    // The other way round: upstream has a file where the patch needs a directory.
    let fork = rebased(
        |fork| fork.on("ours").rename("b.txt", "lib/b.txt").commit("P"),
        |fork| fork.on("main").write("lib", "upstream's\n").commit("up"),
    );
    start(&fork, "p").unwrap();
    assert_eq!(std::fs::read_to_string(tree(&fork).join("lib")).unwrap(), "upstream's\n");
    assert_eq!(picked(&fork), None);
}

#[test]
fn a_file_that_the_patch_moves_onto_one_of_upstream_keeps_what_upstream_fixed_in_it() {
    let fork = rebased(
        |fork| fork.on("ours").rename("b.txt", "new.txt").edit("new.txt", "line 3\n", "ours 3\n").commit("P"),
        |fork| fork.on("main").edit("b.txt", "line 30\n", "fix 30\n").write("new.txt", "upstream's\n").commit("up"),
    );
    start(&fork, "p").unwrap();
    assert_eq!(picked(&fork), None);
    let stages = |dir: &std::path::Path| git(dir, &["ls-files", "-s", "new.txt", "b.txt"]);
    assert_eq!(stages(&tree(&fork)), stages(&fork.dir().join("picked")), "as git has them");
    in_tree(&fork, &["checkout", "--theirs", "new.txt"]);
    let theirs = std::fs::read_to_string(tree(&fork).join("new.txt")).unwrap();
    assert_eq!(theirs, lines_with(40, &[(3, "ours 3"), (30, "fix 30")]));
    // A symlink that upstream made of the old place is upstream's, and stays.
    let fork = rebased(
        |fork| fork.on("ours").rename("b.txt", "new.txt").commit("P"),
        |fork| fork.on("main").symlink("b.txt", "a.txt").write("new.txt", "upstream's\n").commit("up"),
    );
    start(&fork, "p").unwrap();
    assert!(tree(&fork).join("b.txt").is_symlink());
}

#[test]
fn generated_files_are_not_put_before_a_person() {
    let fork = base();
    fork.on("main").write("gen.txt", "0\n").commit("gen");
    fork.tag("v1.0.0", fork.tip("main"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").write("gen.txt", "ours\n").commit("Five");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours 5\nours 6\n").commit("Six");
    fork.on("ours").edit("b.txt", "line 9\n", "b\n").commit("Other");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").write("gen.txt", "theirs\n").commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.edit_manifest(|text| format!("{text}\n[[generated]]\npaths = [\"gen.txt\"]\nregenerate = \"make gen\"\n"));
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    start(&fork, "five").unwrap();
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "UU a.txt");
    write(&fork, "a.txt", &lines_with(40, &[(5, "ours 5")]));
    in_tree(&fork, &["add", "-u"]);
    let report = done(&fork).unwrap();
    assert_eq!(report.held.len(), 0);
    assert_eq!(report.regenerate, ["make gen"]);
    assert_eq!(fork.content(fork.tip("fork"), "gen.txt"), "theirs\n");
    assert!(!fork.patch_file("five").contains("gen.txt"));
}

/// What the merge of a mode needs is not lost on the way of a rename.
#[test]
fn a_mode_goes_with_a_file_that_upstream_moved() {
    let fork = rebased(
        |fork| fork.on("ours").mode("a/x", Mode::Executable).commit("P"),
        |fork| fork.on("main").rename("a/x", "b/x").commit("up"),
    );
    assert_eq!(Some(fork.tree(fork.tip("fork")).to_string()), picked(&fork));
}

#[test]
fn a_submodule_is_followed_as_any_file() {
    let ours = |fork: &Fork| fork.on("ours").submodule("sub", '2').commit("P");
    let fork = rebased(ours, |fork| fork.on("main").remove("sub").submodule("lib", '1').commit("up"));
    assert_eq!(Some(fork.tree(fork.tip("fork")).to_string()), picked(&fork));
    let fork = rebased(ours, |fork| fork.on("main").remove("sub").commit("up"));
    assert_eq!((outcome(&fork), picked(&fork)), (Outcome::Conflict, None));
}
