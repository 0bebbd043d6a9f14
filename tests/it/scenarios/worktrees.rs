//! Worktrees that are not as pq would like them.

use crate::ops::outcomes::{base, release};
use crate::ops::worktree::{fork, in_tree, state, tree, try_rebase, write};
use crate::support::{Fork, git, git_output, lines_with};

#[test]
fn s35_dirty_worktree_and_untracked_file_in_the_way_are_refused_before_any_change() {
    type Make = fn(&Fork);
    let dirty: [(&str, Make); 6] = [
        ("a.txt", |fork| write(fork, "a.txt", "mine\n")),
        ("b.txt", |fork| std::fs::remove_file(tree(fork).join("b.txt")).unwrap()),
        ("staged", |fork| {
            write(fork, "staged", "mine\n");
            in_tree(fork, &["add", "staged"]);
        }),
        ("other-link", |fork| write(fork, "other-link", "untracked, in the way\n")),
        ("new", |fork| write(fork, "new", "a file where a directory has to be\n")),
        ("fresh/x", |fork| write(fork, "fresh/x", "below a file\n")),
    ];
    for (path, make) in dirty {
        let fork = fork();
        make(&fork);
        let before = state(&fork);
        let error = try_rebase(&fork).unwrap_err();
        assert!(error.to_string().contains(path), "{path}: {error}");
        assert_eq!(error.kind(), pq::Kind::User);
        assert!(error.hint().is_some(), "{error}");
        assert_eq!(state(&fork), before, "{path}");
        let index = fork.upstream().join(".git/worktrees/tree/index.lock");
        assert!(!index.exists());
    }
}

/// Another worktree that has the branch follows it, or stands in the way if it cannot.
#[test]
fn s35_another_worktree_that_has_the_branch_is_in_the_way_if_it_cannot_follow() {
    let fork = fork();
    std::fs::write(tree(&fork).join("a.txt"), "mine\n").unwrap();
    let before = state(&fork);
    let bench = fork.open();
    let chosen = pq::ops::chosen::Chosen::of(&["@top"]);
    let error = pq::ops::edit::drop(&bench, &chosen, 1, &pq::model::Silent).unwrap_err();
    drop(bench);
    assert!(error.to_string().contains("tree") && error.to_string().contains("a.txt"), "{error}");
    assert!(error.hint().is_some());
    assert_eq!(state(&fork), before);
    in_tree(&fork, &["checkout", "-q", "."]);
    try_rebase(&fork).unwrap();
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
    assert_eq!(in_tree(&fork, &["rev-parse", "HEAD"]), fork.tip("fork").to_string());
}

/// Two patches, one of them in files that a sparse checkout leaves out; upstream changes both files.
fn wide() -> Fork {
    let fork = base();
    fork.on("ours").edit("dir/c.txt", "line 5\n", "c\n").commit("Shown");
    fork.on("ours").edit("b.txt", "line 5\n", "b\n").write("deep/new", "new\n").commit("Not shown");
    fork.on("main").edit("b.txt", "line 30\n", "up\n").edit("dir/c.txt", "line 30\n", "up\n").commit("Upstream");
    release(&fork, "v1.1.0");
    fork
}

/// pq does not switch a worktree that leaves files out: that is said before anything is written. Beside it, a rebase works.
#[test]
fn s44_a_sparse_checkout_of_the_branch_is_refused_with_a_remedy_and_no_other_stands_in_the_way() {
    let fork = wide();
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    in_tree(&fork, &["sparse-checkout", "set", "--cone", "dir"]);
    assert!(!tree(&fork).join("deep").exists());
    let before = state(&fork);
    let error = try_rebase(&fork).unwrap_err();
    assert!(error.hint().unwrap().contains("sparse-checkout disable"), "{error}");
    assert_eq!(state(&fork), before);
    in_tree(&fork, &["switch", "-q", "--detach", "v1.0.0"]);
    fork.checked_rebase("v1.1.0");
    assert_eq!(fork.content(fork.tip("fork"), "dir/c.txt"), lines_with(40, &[(5, "c"), (30, "up")]));
    in_tree(&fork, &["switch", "-q", "fork"]);
    assert!(!tree(&fork).join("deep").exists() && tree(&fork).join("dir/c.txt").exists());
    // The remedy is one.
    in_tree(&fork, &["sparse-checkout", "disable"]);
    pq::ops::undo::undo(&fork.open(), 9).unwrap();
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
    assert_eq!(std::fs::read_to_string(tree(&fork).join("dir/c.txt")).unwrap(), lines_with(40, &[(5, "c")]));
}

/// A clone with commits and trees alone. pq asks no network: it names the blob that is missing, and the clone fetches it by git.
#[test]
fn s44_in_a_partial_clone_a_missing_blob_is_named() {
    let fork = wide();
    fork.init("v1.0.0", "ours");
    fork.git(&["config", "uploadpack.allowFilter", "true"]);
    fork.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let whole = fork.dir().join("whole");
    std::fs::rename(fork.upstream(), &whole).unwrap();
    let address = format!("file://{}", whole.display());
    git(fork.dir(), &["clone", "-q", "--no-checkout", "--filter=blob:none", &address, "upstream"]);
    git(&fork.upstream(), &["update-ref", "refs/heads/fork", "refs/remotes/origin/fork"]);
    let b = git(&whole, &["rev-parse", "v1.0.0:dir/c.txt"]).trim().to_owned();
    let blobs = git_output(&fork.upstream(), &["rev-list", "--objects", "--missing=print", "--all"]);
    assert!(String::from_utf8_lossy(&blobs.stdout).contains(&format!("?{b}")), "the blob is missing there: {blobs:?}");
    let repo = pq::git::Repo::open(&fork.upstream()).unwrap();
    assert!(repo.resolve("v1.1.0").is_ok());
    let before = std::fs::read(fork.queue().join("pq.toml")).unwrap();
    let error = try_rebase(&fork).unwrap_err();
    assert!(error.to_string().contains(&b) || error.to_string().contains(&b[..12]), "{error}");
    assert!(error.hint().is_some(), "{error}");
    assert_eq!(std::fs::read(fork.queue().join("pq.toml")).unwrap(), before);
    // git brings them when a tree is read, and then it works.
    git(&fork.upstream(), &["-c", "core.bare=false", "fetch", "-q", "--refetch", "--no-filter", "origin"]);
    try_rebase(&fork).unwrap();
    let tip = git(&fork.upstream(), &["show", "fork:dir/c.txt"]);
    assert_eq!(tip, lines_with(40, &[(5, "c"), (30, "up")]));
}
