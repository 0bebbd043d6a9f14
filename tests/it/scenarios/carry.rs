//! What becomes of patches on another release. git's own merge is the oracle.

use pq::model::{ConflictKind, Outcome};
use pq::ops::resolve;

use crate::ops::outcomes::{base, release};
use crate::ops::quilt;
use crate::ops::resolve as settling;
use crate::support::{Fork, Patches, Pq, git, git_output, lines, lines_with};

/// A worktree of the repository at a release.
fn at(fork: &Fork, release: &str) -> std::path::PathBuf {
    let directory = tempfile::tempdir_in(fork.dir()).unwrap().keep();
    let path = directory.join("tree");
    fork.git(&["worktree", "add", "-q", "--detach", path.to_str().unwrap(), release]);
    path
}

/// Whether git applies a patch file there.
fn applies(fork: &Fork, release: &str, patch: &str, args: &[&str]) -> bool {
    let file = fork.queue().join(format!("patches/{patch}.patch"));
    let args = [&["apply", "--check"], args, &[file.to_str().unwrap()]].concat();
    git_output(&at(fork, release), &args).status.success()
}

/// The tree that `git cherry-pick` makes of a commit there, if it does not conflict.
fn picked(fork: &Fork, release: &str, commit: &str) -> Option<String> {
    let tree = at(fork, release);
    let done = git_output(&tree, &["cherry-pick", "--allow-empty", "--empty=keep", commit]).status.success();
    done.then(|| git(&tree, &["rev-parse", "HEAD^{tree}"]).trim().to_owned())
}

#[test]
fn s09_a_patch_that_is_applied_to_the_base_already_is_upstream_and_no_conflict() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("In other words, by somebody else");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    assert!(applies(&fork, "v1.1.0", "fix-five", &["-R"]), "git finds it applied");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix-five");
    assert_eq!((fix.outcome, fix.conflicts.len(), fix.evidence.is_empty()), (Outcome::Upstreamed, 0, false));
    assert_eq!(report.patch("ours").outcome, Outcome::Unchanged);
}

#[test]
fn s10_a_reverse_patch_that_is_reverse_applied_already_is_upstream_too() {
    let fork = quilt::fork();
    let back = "--- a/b.txt\n+++ b/b.txt\n@@ -4,3 +4,3 @@\n line 4\n-was\n+line 5\n line 6\n";
    quilt::imported(&fork, &quilt::patches(&fork, "back.patch -R\n", &[("back.patch", back.as_bytes())]));
    fork.tag("v1.1.0", fork.on("main").edit("b.txt", "line 5\n", "was\n").commit("Back to what was"));
    assert!(applies(&fork, "v1.1.0", "back", &["-R"]));
    let report = fork.checked_rebase("v1.1.0");
    let back = report.patch("back");
    assert_eq!((back.outcome, back.conflicts.len(), back.evidence.is_empty()), (Outcome::Upstreamed, 0, false));
}

#[test]
fn s11_of_a_patch_whose_second_file_fails_nothing_of_the_first_stays() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").edit("b.txt", "line 5\n", "ours\n").commit("Two files");
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let text = fork.patch_file("two-files");
    assert_eq!(picked(&fork, "v1.1.0", "ours"), None, "git conflicts");
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("two-files");
    assert_eq!((patch.outcome, patch.conflicts.len()), (Outcome::Conflict, 1));
    assert_eq!(patch.conflicts[0].path, "b.txt");
    assert_eq!(report.tip.tree, fork.tree(fork.repo().resolve("v1.1.0").unwrap()));
    assert_eq!(fork.patch_file("two-files"), text);
}

#[test]
fn s12_a_patch_for_a_file_that_is_gone_conflicts_as_deleted_by_upstream_and_names_it() {
    let fork = base();
    fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Change it");
    fork.on("main").remove("b.txt").commit("Remove it");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let tree = at(&fork, "v1.1.0");
    let output = git_output(&tree, &["cherry-pick", "ours"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("CONFLICT (modify/delete): b.txt"));
    let report = fork.checked_rebase("v1.1.0");
    let conflict = &report.patch("change-it").conflicts[0];
    assert_eq!((conflict.path.as_str(), conflict.kind), ("b.txt", ConflictKind::ModifyDelete));
}

/// First the lines move, then a line of context is another, then the line itself: strict application gives up early, a merge late.
#[test]
fn s13_context_that_drifts_is_an_offset_then_a_clean_merge_then_a_conflict() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 20\n", "ours 20\n").commit("Twenty");
    fork.on("main").edit("a.txt", "line 1\n", "zero\nline 1\n").commit("Moves it");
    release(&fork, "v1.1.0");
    fork.on("main").edit("a.txt", "line 18\n", "other 18\n").commit("Changes its context");
    release(&fork, "v1.2.0");
    fork.on("main").edit("a.txt", "line 20\n", "theirs 20\n").commit("Changes its line");
    release(&fork, "v1.3.0");
    fork.init("v1.0.0", "ours");
    let text = fork.patch_file("twenty");
    for (release, is_strict, merges) in [("v1.1.0", true, true), ("v1.2.0", false, true), ("v1.3.0", false, false)] {
        std::fs::write(fork.dir().join("old"), &text).unwrap();
        let old = fork.dir().join("old");
        let strict = git_output(&at(&fork, release), &["apply", "--check", old.to_str().unwrap()]).status.success();
        let merged = picked(&fork, release, "ours");
        assert_eq!((strict, merged.is_some()), (is_strict, merges), "{release}: what git does");
        let report = fork.checked_rebase(release);
        match merged {
            Some(tree) => {
                assert_eq!(report.patch("twenty").outcome, Outcome::Merged, "{release}");
                assert_eq!(report.tip.tree.to_string(), tree, "{release}");
                assert_eq!(fork.patch_file("twenty") == text, is_strict, "{release}: an offset alone rewrites nothing");
            }
            None => assert_eq!(report.patch("twenty").outcome, Outcome::Conflict, "{release}"),
        }
    }
}

#[test]
fn s14_with_a_look_alike_inserted_above_the_right_function_is_patched() {
    let function = |name: &str, does: &str| {
        format!("int {name}(void)\n{{\n\tint a;\n\tint b;\n\tlock();\n\t{does}();\n\tunlock();\n}}\n\n")
    };
    let source = |names: &[&str]| names.iter().map(|name| function(name, "run")).collect::<String>();
    let fork = Fork::new();
    fork.tag("v1.0.0", fork.on("main").write("f.c", source(&["one", "two", "three"])).commit("Start"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").edit("f.c", &function("two", "run"), &function("two", "go")).commit("Go in two");
    fork.on("main").write("f.c", source(&["zero", "one", "two", "three"])).commit("Insert");
    fork.tag("v1.1.0", fork.tip("main"));
    fork.init("v1.0.0", "ours");
    let right =
        [function("zero", "run"), function("one", "run"), function("two", "go"), function("three", "run")].concat();
    // The text alone fits another function, at the very line that it names.
    let tree = at(&fork, "v1.1.0");
    let file = fork.queue().join("patches/go-in-two.patch");
    git(&tree, &["apply", file.to_str().unwrap()]);
    assert_ne!(std::fs::read_to_string(tree.join("f.c")).unwrap(), right, "git apply patches the wrong one");
    let merged = picked(&fork, "v1.1.0", "ours").unwrap();
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(fork.content(report.tip.commit, "f.c"), right);
    assert_eq!(report.tip.tree.to_string(), merged);
}

/// git stops at the second of three; pq holds it, carries the third, and goes on from there whenever a person likes.
#[test]
fn s26_a_conflict_in_the_middle_is_held_with_its_old_text_and_can_be_gone_on_from() {
    let fork = settling::opened(
        |fork| {
            fork.on("ours").edit("b.txt", "line 5\n", "first\n").commit("First");
            fork.on("ours").edit("a.txt", "line 5\n", "second\n").commit("Second");
            fork.on("ours").edit("dir/c.txt", "line 5\n", "third\n").commit("Third")
        },
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs\n").commit("upstream"),
    );
    let git_stops = git_output(&at(&fork, "ours"), &["rebase", "--onto", "v1.1.0", "v1.0.0"]);
    assert!(!git_stops.status.success());
    assert_eq!(settling::held(&fork), ["second"]);
    fork.check();
    assert!(fork.patch_file("second").contains("-line 5\n+second\n"), "it has its old content");
    assert!(fork.patch_file("third").contains("-line 5\n+third\n"));
    assert_eq!(fork.git(&["log", "--format=%s", "v1.1.0..fork"]), "Third\nFirst");
    settling::start(&fork, "second").unwrap();
    settling::write(&fork, "a.txt", &lines_with(40, &[(5, "both")]));
    settling::in_tree(&fork, &["add", "-u"]);
    settling::done(&fork).unwrap();
    assert_eq!(fork.git(&["log", "--format=%s", "v1.1.0..fork"]), "Third\nSecond\nFirst");
    fork.check();
    assert!(resolve::list(&fork.open()).unwrap().held.is_empty());
}

#[test]
fn s29_without_conflicts_allowed_a_job_sees_an_exit_code_and_json_with_paths_and_nothing_changes() {
    let fork = crate::cli::fork::Fork::queue();
    fork.git(&["worktree", "add", "-q", "../tree", "pq/queue"]);
    let tree = fork.pq.dir().join("tree");
    let before = (fork.state(), crate::support::files_below(&tree));
    for args in [&["rebase", "v1.1.0", "--dry-run", "--format=json"][..], &["forecast", "v1.1.0", "--format=json"]] {
        let output = fork.run(args);
        assert_eq!(output.code, Some(1), "{output}");
        let text = output.json().to_string();
        assert!(text.contains("limit-allow-20") && text.contains("\"path\":\"limit.c\""), "{text}");
        assert_eq!((fork.state(), crate::support::files_below(&tree)), before);
    }
    assert_eq!(fork.run(&["rebase", "v1.0.1", "--dry-run", "--format=json"]).code, Some(0), "where all is well");
}

#[test]
fn s33_an_annotated_tag_a_remote_branch_and_an_abbreviated_id_are_bases() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").commit("Ours");
    let tip = fork.on("main").edit("a.txt", "line 30\n", "up\n").commit("Upstream");
    fork.git(&["tag", "-a", "-m", "Release", "v1.1.0", "main"]);
    fork.git(&["update-ref", "refs/remotes/upstream/main", "main"]);
    fork.init("v1.0.0", "ours");
    assert_ne!(fork.git(&["rev-parse", "v1.1.0"]), tip.to_string(), "a tag is an object of its own");
    let wanted = picked(&fork, "v1.1.0", "ours").unwrap();
    for onto in ["v1.1.0", "upstream/main", &tip.to_string()[..9]] {
        let report = fork.checked_rebase(onto);
        assert_eq!((report.to.commit, report.tip.tree.to_string()), (tip, wanted.clone()), "{onto}");
        let line = fork.open().manifest().line.clone();
        assert_eq!((line.base.as_str(), line.base_commit), (onto, tip));
        pq::ops::undo::undo(&fork.open(), 9).unwrap();
    }
    let pq = Pq::new();
    assert_eq!(pq.run(&["--queue", fork.queue().to_str().unwrap(), "rebase", "nowhere"]).code, Some(2));
}

#[test]
fn s34_a_file_that_becomes_a_directory_and_back_between_bases_is_followed() {
    let fork = Fork::new();
    fork.tag("v1.0.0", fork.on("main").write("d", lines(20)).write("a.txt", lines(20)).commit("A file"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").commit("Beside it");
    fork.on("ours").edit("d", "line 5\n", "ours\n").commit("In it");
    fork.tag("v1.1.0", fork.on("main").remove("d").write("d/x", "x\n").write("d/y/z", "z\n").commit("A directory"));
    let back = fork.on("main").remove("d/x").remove("d/y/z").write("d", lines(20)).commit("A file again");
    fork.tag("v1.2.0", back);
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let tree = fork.dir().join("tree");
    let status = || git(&tree, &["status", "--porcelain"]);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(
        (report.patch("beside-it").outcome, report.patch("in-it").outcome),
        (Outcome::Unchanged, Outcome::Conflict)
    );
    assert_eq!(report.patch("in-it").conflicts[0].path, "d");
    assert_eq!((status(), std::fs::read_to_string(tree.join("d/y/z")).unwrap()), (String::new(), "z\n".to_owned()));
    let report = fork.checked_rebase("v1.2.0");
    assert!(!report.patch("in-it").outcome.is_held(), "{report:#?}");
    assert_eq!(report.tip.tree.to_string(), fork.git(&["rev-parse", "ours^{tree}"]));
    assert_eq!(
        (status(), std::fs::read_to_string(tree.join("d")).unwrap()),
        (String::new(), lines_with(20, &[(5, "ours")]))
    );
}

/// Hooks run on commits that people make; those of a queue are made of its files alone, on every machine alike.
#[test]
fn s45_hooks_and_signing_have_no_say_and_the_committer_is_the_author() {
    let made = |hostile: bool| {
        let fork = base();
        fork.on("ours").edit("a.txt", "line 5\n", "ours\n").author("J\u{f6}rg").commit("Ours");
        fork.on("main").edit("a.txt", "line 30\n", "up\n").commit("Upstream");
        release(&fork, "v1.1.0");
        if hostile {
            let hooks = fork.upstream().join(".git/hooks");
            std::fs::create_dir_all(&hooks).unwrap();
            for hook in
                ["pre-commit", "commit-msg", "post-rewrite", "post-checkout", "reference-transaction", "pre-rebase"]
            {
                std::fs::write(hooks.join(hook), "#!/bin/sh\necho ran >> \"$GIT_DIR/hooks/ran\"\nexit 1\n").unwrap();
                executable(&hooks.join(hook));
            }
            fork.git(&["config", "commit.gpgSign", "true"]);
            fork.git(&["config", "user.name", "Somebody else"]);
        }
        fork.init("v1.0.0", "ours");
        fork.checked_rebase("v1.1.0");
        assert!(!fork.upstream().join(".git/hooks/ran").exists());
        fork.git(&["cat-file", "commit", "fork"])
    };
    let commit = made(true);
    assert_eq!(commit, made(false));
    let line = |name: &str| commit.lines().find_map(|line| line.strip_prefix(name)).unwrap().to_owned();
    assert_eq!(line("author "), line("committer "));
    assert!(line("author ").starts_with("J\u{f6}rg <") && !commit.contains("gpgsig"), "{commit}");
}

#[cfg(unix)]
fn executable(path: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &std::path::Path) {}
