//! Held patches settled in a worktree. git is the oracle of what a worktree shows.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use pq::model::{ConflictKind, Mode, Oid, Outcome, Silent};
use pq::ops::position::Which;
use pq::ops::resolve::{self, Did, Ending, ResolveReport};
use pq::ops::undo;

use super::outcomes::{base, release};
use crate::support::{Fork, files_below, git, git_output, lines_with};

/// A fork whose branch is checked out in `tree`, after a rebase to v1.1.0.
pub fn opened<A, B>(ours: impl Fn(&Fork) -> A, upstream: impl Fn(&Fork) -> B) -> Fork {
    let fork = base();
    ours(&fork);
    upstream(&fork);
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    fork
}

/// One patch that conflicts, one that needs it, one that has nothing to do with them, and one behind it in the same file.
fn content() -> Fork {
    opened(
        |fork| {
            fork.on("ours").edit("b.txt", "line 9\n", "b\n").commit("First");
            fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five\n\nBecause of five.");
            fork.on("ours").edit("a.txt", "ours 5\n", "ours 5\nours 6\n").commit("Six");
            fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Thirty");
        },
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("Upstream five (#77)"),
    )
}

pub fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

pub fn in_tree(fork: &Fork, args: &[&str]) -> String {
    git(&tree(fork), args).trim_end().to_owned()
}

pub fn start(fork: &Fork, name: &str) -> pq::Result<ResolveReport> {
    resolve::start(&fork.open(), name, &Which { here: fork.dir().to_owned(), named: Some(tree(fork)) }, &Silent)
}

pub fn done(fork: &Fork) -> pq::Result<ResolveReport> {
    resolve::done(&fork.open(), 20, &Silent)
}

fn read(fork: &Fork, path: &str) -> String {
    std::fs::read_to_string(tree(fork).join(path)).unwrap()
}

pub fn write(fork: &Fork, path: &str, text: &str) {
    std::fs::write(tree(fork).join(path), text).unwrap();
}

pub fn held(fork: &Fork) -> Vec<String> {
    fork.open().manifest().held().map(|patch| patch.name.to_string()).collect()
}

/// The files of the queue that an operation is about: recorded resolutions stay whatever is undone.
fn queue_files(fork: &Fork) -> std::collections::BTreeMap<String, Vec<u8>> {
    let mut files = fork.snapshot().files;
    files.retain(|path, _| !path.starts_with("resolutions/"));
    files
}

/// The worktree is on the branch, at its tip, with nothing to commit.
pub fn check_home(fork: &Fork) {
    assert_eq!(in_tree(fork, &["status", "--porcelain=v2", "--untracked-files=no"]), "");
    assert_eq!(in_tree(fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork");
    assert_eq!(in_tree(fork, &["rev-parse", "HEAD"]), fork.tip("fork").to_string());
}

#[test]
fn the_list_says_what_frees_most() {
    let fork = content();
    let report = resolve::list(&fork.open()).unwrap();
    let rows: Vec<_> =
        report.held.iter().map(|one| (one.name.as_str(), one.waiting.len(), one.paths.clone())).collect();
    assert_eq!(rows, [("five", 1, vec!["a.txt".to_owned()]), ("six", 0, vec![])]);
    assert_eq!(report.held[0].owner.as_deref(), Some("A U Thor"));
    assert_eq!(report.held[0].by.as_deref(), Some("rebase v1.1.0"));
    assert_eq!(report.held[0].fetch, None);
}

#[test]
fn a_content_conflict_is_shown_as_git_shows_one() {
    let fork = content();
    let before = fork.tip("fork");
    let report = start(&fork, "five").unwrap();
    assert_eq!(report.did, Did::Opened);
    assert_eq!(report.conflicts[0].kind, ConflictKind::Content);
    let culprit = &report.conflicts[0].culprits[0];
    assert_eq!((culprit.subject.as_str(), culprit.pr.as_deref()), ("Upstream five (#77)", Some("#77")));
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "UU a.txt");
    let stages = in_tree(&fork, &["ls-files", "-u"]);
    assert_eq!(stages.lines().count(), 3, "{stages}");
    // The target is the first patch on the new base; the stages are what git's own merge would take.
    assert_eq!(in_tree(&fork, &["rev-parse", "HEAD"]), in_tree(&fork, &["rev-parse", "fork~1"]));
    let sides = ["1", "2", "3"].map(|stage| in_tree(&fork, &["show", &format!(":{stage}:a.txt")]) + "\n");
    for (name, side) in ["base", "ours", "theirs"].iter().zip(&sides) {
        std::fs::write(fork.dir().join(name), side).unwrap();
    }
    let labels = ["-L", "v1.1.0 + 1 patch", "-L", "v1.0.0", "-L", "five"];
    let args = ["merge-file", "-p", "--zdiff3"].into_iter().chain(labels).chain(["../ours", "../base", "../theirs"]);
    let output = git_output(&tree(&fork), &args.collect::<Vec<_>>());
    assert_eq!(read(&fork, "a.txt"), output.stdout.to_str_lossy());
    assert_eq!(fork.tip("fork"), before, "the branch stays");
    // A second one is refused, and so is every other change.
    assert!(start(&fork, "five").unwrap_err().to_string().contains("is being settled"));
    assert!(pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["first"]), 1, &Silent).is_err());
    assert_eq!(resolve::list(&fork.open()).unwrap().patch.unwrap().as_str(), "five");
}

#[test]
fn the_result_becomes_the_patch_and_what_waited_is_carried() {
    let fork = content();
    start(&fork, "five").unwrap();
    let error = done(&fork).unwrap_err();
    assert!(error.to_string().contains("a.txt"), "{error}");
    in_tree(&fork, &["add", "a.txt"]);
    let error = done(&fork).unwrap_err();
    assert!(error.to_string().contains("a.txt:5: <<<<<<<"), "{error}");
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
    let error = done(&fork).unwrap_err();
    assert!(error.hint().unwrap().contains("git add -u"), "{error}");
    in_tree(&fork, &["add", "-u"]);
    let report = done(&fork).unwrap();
    assert_eq!(report.did, Did::Settled);
    // `Six` is tried again, and conflicts for itself now: it changes the line that was settled.
    assert_eq!(held(&fork), ["six"]);
    assert_eq!(report.held[0].blocked_by, []);
    fork.check();
    check_home(&fork);
    let text = fork.content(fork.tip("fork"), "a.txt");
    assert!(text.contains("both 5\n") && text.contains("ours 30\n"), "{text}");
    let file = fork.patch_file("five");
    assert!(file.contains("Because of five.") && file.contains("+both 5"), "{file}");
    assert!(!fork.refs().keys().any(|name| name.ends_with("held/five")));
    // The next one, settled with a commit on top.
    start(&fork, "six").unwrap();
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5\nours 6")]));
    in_tree(&fork, &["commit", "-qam", "mine"]);
    done(&fork).unwrap();
    assert_eq!(held(&fork), [""; 0]);
    fork.check();
    check_home(&fork);
}

#[test]
fn undo_covers_all_of_it() {
    let fork = content();
    let before = (queue_files(&fork), fork.tip("fork"), files_below(&tree(&fork)));
    start(&fork, "five").unwrap();
    undo::undo(&fork.open(), 30).unwrap();
    assert_eq!((queue_files(&fork), fork.tip("fork"), files_below(&tree(&fork))), before);
    check_home(&fork);
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
    in_tree(&fork, &["add", "-u"]);
    done(&fork).unwrap();
    let after = (queue_files(&fork), fork.tip("fork"), files_below(&tree(&fork)));
    undo::undo(&fork.open(), 31).unwrap();
    assert_eq!((queue_files(&fork), fork.tip("fork"), files_below(&tree(&fork))), before);
    assert!(fork.refs().keys().any(|name| name.ends_with("held/five")));
    check_home(&fork);
    undo::redo(&fork.open(), 32).unwrap();
    assert_eq!((queue_files(&fork), fork.tip("fork"), files_below(&tree(&fork))), after);
    check_home(&fork);
}

#[test]
fn what_was_made_is_kept_when_it_is_given_up() {
    let fork = content();
    write(&fork, "untracked", "mine\n");
    let before = files_below(&tree(&fork));
    start(&fork, "five").unwrap();
    let report = resolve::abort(&fork.open(), 5).unwrap();
    assert_eq!(report.saved, None, "nothing was made");
    assert_eq!(files_below(&tree(&fork)), before);
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", "my work\n");
    write(&fork, "b.txt", "staged\n");
    in_tree(&fork, &["add", "b.txt"]);
    write(&fork, "b.txt", "and more\n");
    let saved = resolve::abort(&fork.open(), 5).unwrap().saved.unwrap();
    assert_eq!(files_below(&tree(&fork)), before);
    check_home(&fork);
    assert_eq!(in_tree(&fork, &["show", &format!("{}:a.txt", saved.name)]), "my work");
    assert_eq!(in_tree(&fork, &["show", &format!("{}:b.txt", saved.name)]), "and more");
    assert_eq!(in_tree(&fork, &["show", &format!("{}^2:b.txt", saved.name)]), "staged");
    assert!(resolve::abort(&fork.open(), 5).is_err());
    // Staged, a new file, and the file as it was; commits on top; another branch.
    start(&fork, "five").unwrap();
    write(&fork, "b.txt", "staged\n");
    write(&fork, "new", "new\n");
    in_tree(&fork, &["add", "b.txt", "new"]);
    in_tree(&fork, &["restore", "--source=HEAD", "b.txt"]);
    let saved = resolve::abort(&fork.open(), 5).unwrap().saved.unwrap();
    assert_eq!(in_tree(&fork, &["show", &format!("{}:new", saved.name)]), "new");
    assert_eq!(files_below(&tree(&fork)), before);
    check_home(&fork);
    start(&fork, "five").unwrap();
    in_tree(&fork, &["checkout", "-q", "-f", "ours"]);
    assert!(done(&fork).unwrap_err().to_string().contains("something else"));
    resolve::abort(&fork.open(), 5).unwrap();
    assert_eq!(in_tree(&fork, &["symbolic-ref", "HEAD"]), "refs/heads/ours");
}

#[test]
fn each_time_that_it_is_given_up_counts() {
    let fork = content();
    let give_up = |text: &str| {
        start(&fork, "five").unwrap();
        write(&fork, "a.txt", text);
        resolve::abort(&fork.open(), 5).unwrap().saved.unwrap().name
    };
    let names = ["first\n", "second\n"].map(give_up);
    assert_eq!(give_up("first\n"), names[0], "it is kept already");
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", "third\n");
    undo::undo(&fork.open(), 6).unwrap();
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", "fourth\n");
    let listed = resolve::list(&fork.open()).unwrap().held[0].saved.clone();
    assert_eq!(listed[..2], names);
    let last = resolve::end(&fork.open(), None, &Ending::Drop("no".into()), 7, &Silent).unwrap().saved.unwrap().name;
    let texts =
        [&names[0], &names[1], &listed[2], &last].map(|name| in_tree(&fork, &["show", &format!("{name}:a.txt")]));
    assert_eq!(texts, ["first", "second", "third", "fourth"]);
    assert_eq!(listed[1], "refs/pq/fork/aborted/five@2");
}

/// The queue as a colleague left it who settled `five`; the state of this clone is as it was.
fn overtaken(fork: &Fork) {
    let mine = files_below(&fork.queue());
    let put = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        for (path, bytes) in files {
            std::fs::create_dir_all(fork.queue().join(path).parent().unwrap()).unwrap();
            std::fs::write(fork.queue().join(path), bytes).unwrap();
        }
    };
    start(fork, "five").unwrap();
    write(fork, "a.txt", &lines_with(40, &[(5, "their answer")]));
    in_tree(fork, &["add", "-u"]);
    done(fork).unwrap();
    let theirs = files_below(&fork.queue());
    undo::undo(&fork.open(), 40).unwrap();
    put(&mine);
    start(fork, "five").unwrap();
    write(fork, "a.txt", &lines_with(40, &[(5, "my answer")]));
    in_tree(fork, &["add", "-u"]);
    put(&theirs);
}

#[test]
fn a_session_is_not_lost_when_somebody_else_settles_the_patch() {
    let fork = content();
    overtaken(&fork);
    assert_eq!(held(&fork), ["six"]);
    let listed = resolve::list(&fork.open()).unwrap();
    assert_eq!(listed.patch.unwrap().as_str(), "five");
    let error = done(&fork).unwrap_err();
    assert!(error.to_string().contains("not held any more"), "{error}");
    assert!(error.hint().unwrap().contains("pq resolve --abort"), "{error}");
    assert!(start(&fork, "six").unwrap_err().to_string().contains("five is not held any more"));
    let report = resolve::abort(&fork.open(), 41).unwrap();
    let saved = report.saved.unwrap();
    assert!(in_tree(&fork, &["show", &format!("{}:a.txt", saved.name)]).contains("my answer"));
    assert_eq!(in_tree(&fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork");
    assert_eq!(in_tree(&fork, &["status", "--porcelain", "--untracked-files=no"]), "");
    assert!(resolve::list(&fork.open()).unwrap().patch.is_none());
}

#[test]
fn a_session_whose_worktree_is_gone_names_it() {
    let fork = content();
    start(&fork, "five").unwrap();
    std::fs::rename(tree(&fork), fork.dir().join("elsewhere")).unwrap();
    assert!(done(&fork).unwrap_err().to_string().contains("tree in which five is being settled is gone"));
    let left = resolve::abort(&fork.open(), 41).unwrap().left_alone.unwrap();
    assert!(left.worktree.ends_with("/tree"), "{left:?}");
    assert_eq!(left.home, "fork");
    assert!(resolve::list(&fork.open()).unwrap().patch.is_none());
}

#[test]
fn a_dirty_worktree_is_left_alone() {
    let fork = content();
    write(&fork, "dir/c.txt", "mine\n");
    let before = (fork.snapshot(), files_below(&tree(&fork)));
    let error = start(&fork, "five").unwrap_err();
    assert!(error.to_string().contains("dir/c.txt"), "{error}");
    assert_eq!((fork.snapshot(), files_below(&tree(&fork))), before);
    assert!(resolve::list(&fork.open()).unwrap().patch.is_none());
}

#[test]
fn what_waits_is_not_opened_and_what_is_applied_neither() {
    let fork = content();
    assert!(start(&fork, "six").unwrap_err().to_string().contains("waits for five"));
    assert!(start(&fork, "first").unwrap_err().to_string().contains("is not held"));
    assert!(done(&fork).is_err());
}

#[test]
fn a_patch_leaves_the_queue_with_a_reason() {
    for ending in [Ending::Drop("nobody needs it".into()), Ending::Upstream("in 1.1 as #77".into())] {
        let fork = content();
        start(&fork, "five").unwrap();
        write(&fork, "a.txt", "half\n");
        let report = resolve::end(&fork.open(), None, &ending, 7, &Silent).unwrap();
        assert!(report.saved.is_some());
        assert_eq!(held(&fork), ["six"], "it is tried, and conflicts");
        check_home(&fork);
        fork.check();
        let log = undo::log(&fork.open()).unwrap();
        assert!(log.operations[0].what.contains("#77") || log.operations[0].what.contains("nobody needs it"));
        undo::undo(&fork.open(), 8).unwrap();
        assert_eq!(held(&fork), ["five", "six"]);
        resolve::end(&fork.open(), Some("five"), &ending, 9, &Silent).unwrap();
        fork.check();
    }
}

#[test]
fn nothing_left_is_said() {
    let fork = content();
    start(&fork, "five").unwrap();
    in_tree(&fork, &["checkout", "--ours", "a.txt"]);
    in_tree(&fork, &["add", "a.txt"]);
    let error = done(&fork).unwrap_err();
    assert!(error.hint().unwrap().contains("--as-upstream"), "{error}");
}

/// Settles one conflict of each kind and comes out with a queue that git can apply.
#[test]
fn every_kind_has_a_way_through() {
    type Make = fn(&Fork) -> Oid;
    type Case<'a> = (&'a str, ConflictKind, &'a str, Make, Make, &'a [&'a [&'a str]]);
    let cases: [Case<'_>; 11] = [
        (
            "binary",
            ConflictKind::Binary,
            "UU bin",
            |f| f.on("ours").write("bin", b"\0ours").commit("P"),
            |f| f.on("main").write("bin", b"\0theirs").commit("up"),
            &[&["checkout", "--theirs", "bin"], &["add", "bin"]],
        ),
        (
            "upstream deleted it",
            ConflictKind::ModifyDelete,
            "DU a.txt",
            |f| f.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("P"),
            |f| f.on("main").remove("a.txt").commit("up"),
            &[&["add", "a.txt"]],
        ),
        (
            "the patch deletes it",
            ConflictKind::ModifyDelete,
            "UD a.txt",
            |f| f.on("ours").remove("a.txt").commit("P"),
            |f| f.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("up"),
            &[&["rm", "-q", "a.txt"]],
        ),
        (
            "both added it",
            ConflictKind::AddAdd,
            "AA new",
            |f| f.on("ours").write("new", "ours\n").commit("P"),
            |f| f.on("main").write("new", "theirs\n").commit("up"),
            &[&["checkout", "--theirs", "new"], &["add", "new"]],
        ),
        (
            "mode",
            ConflictKind::Mode,
            "UU run.sh",
            |f| f.on("ours").mode("run.sh", Mode::Executable).commit("P"),
            |f| f.on("main").symlink("run.sh", "a.txt").commit("up"),
            &[&["checkout", "--theirs", "run.sh"], &["add", "run.sh"]],
        ),
        (
            "symlink",
            ConflictKind::Symlink,
            "UU link",
            |f| f.on("ours").symlink("link", "b.txt").commit("P"),
            |f| f.on("main").symlink("link", "run.sh").commit("up"),
            &[&["checkout", "--theirs", "link"], &["add", "link"]],
        ),
        (
            "submodule",
            ConflictKind::Submodule,
            "UU sub",
            |f| f.on("ours").submodule("sub", '2').commit("P"),
            |f| f.on("main").submodule("sub", '3').commit("up"),
            &[&["update-index", "--cacheinfo", "160000,2222222222222222222222222222222222222222,sub"]],
        ),
        (
            "a directory in its place",
            ConflictKind::FileDirectory,
            "UA spot~p",
            |f| f.on("ours").write("spot", "ours\n").commit("P"),
            |f| f.on("main").write("spot/x", "theirs\n").commit("up"),
            &[&["add", "spot~p"], &["mv", "spot~p", "elsewhere"]],
        ),
        (
            "two names",
            ConflictKind::Rename,
            "DD b.txt",
            |f| f.on("ours").rename("b.txt", "ours.txt").commit("P"),
            |f| f.on("main").rename("b.txt", "theirs.txt").commit("up"),
            &[&["rm", "-q", "--cached", "b.txt"], &["rm", "-q", "theirs.txt"], &["add", "ours.txt"]],
        ),
        (
            "renamed onto another",
            ConflictKind::Rename,
            "AA spot.txt",
            |f| f.on("ours").rename("b.txt", "spot.txt").edit("spot.txt", "line 5\n", "five\n").commit("P"),
            |f| f.on("main").write("spot.txt", "theirs\n").commit("up"),
            &[&["checkout", "--theirs", "spot.txt"], &["add", "spot.txt"]],
        ),
        (
            "changed where the patch renames",
            ConflictKind::Content,
            "UU to.txt",
            |f| f.on("ours").rename("b.txt", "to.txt").edit("to.txt", "line 5\n", "five\n").commit("P"),
            |f| f.on("main").edit("b.txt", "line 5\n", "theirs 5\n").commit("up"),
            &[&["checkout", "--theirs", "to.txt"], &["add", "to.txt"]],
        ),
    ];
    for (what, kind, status, ours, upstream, commands) in cases {
        let prepared = |fork: &Fork| {
            if what == "binary" {
                let base = fork.on("main").write("bin", b"\0base").commit("base with a binary");
                fork.tag("v1.0.0", base);
                fork.branch("ours", base);
            }
            ours(fork);
        };
        let fork = opened(prepared, upstream);
        assert_eq!(held(&fork), ["p"], "{what}");
        let report = start(&fork, "p").unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(report.conflicts[0].kind, kind, "{what}");
        assert!(report.conflicts[0].ways.len() >= 2, "{what}: {report:#?}");
        let found = in_tree(&fork, &["status", "--porcelain"]);
        assert!(found.lines().any(|line| line == status), "{what}: {found}");
        let conflict = &report.conflicts[0];
        // Another place is for the person to choose.
        for way in conflict.ways.iter().filter(|way| !way.command.contains("NEW-PATH")) {
            let mut sh = std::process::Command::new("sh");
            let output = sh.args(["-c", &way.command]).current_dir(tree(&fork)).output().unwrap();
            assert!(output.status.success(), "{what}: {}: {output:?}", way.command);
            assert_eq!(in_tree(&fork, &["ls-files", "-u", &conflict.path]), "", "{what}: {}", way.command);
            resolve::abort(&fork.open(), 5).unwrap();
            check_home(&fork);
            start(&fork, "p").unwrap();
        }
        for command in commands {
            in_tree(&fork, command);
        }
        done(&fork).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(held(&fork), [""; 0], "{what}");
        fork.check();
        check_home(&fork);
    }
}

#[test]
fn markers_that_a_file_has_anyway_are_no_reason() {
    let fork = opened(
        |fork| fork.on("ours").edit("a.txt", "line 5\n", "Title\n=======\n").commit("Five"),
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("up"),
    );
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", &lines_with(40, &[(5, "theirs 5\nTitle\n=======")]));
    in_tree(&fork, &["add", "-u"]);
    done(&fork).unwrap();
    fork.check();
}

/// A title that both sides have, and one that each adds; a conflict beside them.
fn titles() -> Fork {
    opened(
        |fork| {
            let base = fork.on("main").edit("a.txt", "line 20\n", "Title\n=======\n").commit("base with a title");
            fork.tag("v1.0.0", base);
            fork.branch("ours", base);
            let work =
                fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").edit("a.txt", "line 1\n", "One\n=======\n");
            work.edit("b.txt", "line 9\n", "b\n").commit("Five");
        },
        |fork| {
            let work = fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n");
            work.edit("a.txt", "line 35\n", "Last\n=======\n").commit("up");
        },
    )
}

#[test]
fn markers_are_counted() {
    let fork = titles();
    start(&fork, "five").unwrap();
    let opened = read(&fork, "a.txt");
    let (start_of, end_of) = (opened.find("<<<<<<<").unwrap(), opened.find("line 6\n").unwrap());
    let with = |text: &str| format!("{}{text}{}", &opened[..start_of], &opened[end_of..]);
    write(&fork, "a.txt", &with("ours 5\n=======\ntheirs 5\n"));
    in_tree(&fork, &["add", "-u"]);
    let error = done(&fork).unwrap_err();
    assert!(error.to_string().contains(": ======="), "{error}");
    write(&fork, "a.txt", &with("both 5\n"));
    in_tree(&fork, &["add", "-u"]);
    done(&fork).unwrap();
    assert_eq!(fork.content(fork.tip("fork"), "a.txt").matches("=======\n").count(), 3, "the titles of all sides");
    fork.check();
}

#[test]
fn markers_are_found_wherever_a_person_put_them() {
    type Do = fn(&Fork);
    let cases: [(&str, Do); 4] = [
        ("moved.txt:5: <<<<<<<", |fork| {
            in_tree(fork, &["add", "a.txt"]);
            in_tree(fork, &["mv", "a.txt", "moved.txt"]);
        }),
        ("copy.txt:5: <<<<<<<", |fork| {
            write(fork, "copy.txt", &read(fork, "a.txt"));
            write(fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
            in_tree(fork, &["add", "a.txt", "copy.txt"]);
        }),
        ("b.txt:5: <<<<<<<", |fork| {
            write(fork, "b.txt", &read(fork, "a.txt"));
            write(fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
            in_tree(fork, &["add", "-u"]);
        }),
        // The attribute of the new name asks for other markers than those that were written.
        ("moved.wide:5: <<<<<<<", |fork| {
            write(fork, ".gitattributes", "*.wide conflict-marker-size=12\n");
            in_tree(fork, &["add", "a.txt", ".gitattributes"]);
            in_tree(fork, &["mv", "a.txt", "moved.wide"]);
        }),
    ];
    for (expected, spoil) in cases {
        let fork = content();
        start(&fork, "five").unwrap();
        spoil(&fork);
        let error = done(&fork).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(held(&fork), ["five", "six"]);
    }
}

#[test]
fn a_file_with_titles_can_get_another_name() {
    let fork = titles();
    start(&fork, "five").unwrap();
    let opened = read(&fork, "a.txt");
    let (start_of, end_of) = (opened.find("<<<<<<<").unwrap(), opened.find("line 6\n").unwrap());
    write(
        &fork,
        "a.txt",
        &format!("{}both\n{}", &opened[..start_of], &opened[end_of..]).replace("One\n=======\n", "One\n"),
    );
    in_tree(&fork, &["add", "-u"]);
    in_tree(&fork, &["mv", "a.txt", "moved.txt"]);
    done(&fork).unwrap();
    fork.check();
}

#[test]
fn a_duplicate_is_carried_if_a_person_wants_it() {
    let fork = opened(
        |fork| fork.on("ours").edit("a.txt", "line 5\n", "line 5\nadded by us and them\n").commit("Five"),
        |fork| fork.on("main").edit("a.txt", "line 20\n", "line 20\nadded by us and them\n").commit("up"),
    );
    assert_eq!(held(&fork), ["five"]);
    let report = start(&fork, "five").unwrap();
    assert_eq!(report.conflicts[0].kind, ConflictKind::Duplicate);
    done(&fork).unwrap();
    assert_eq!(held(&fork), [""; 0]);
    fork.check();
}

#[test]
fn what_needs_no_person_is_carried() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Eight");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.set_meta("eight", "requires = [\"five\"]");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    assert_eq!(held(&fork), ["five", "eight"]);
    let before = fork.snapshot();
    let report = resolve::all_trivial(&fork.open(), 3, &Silent).unwrap();
    assert_eq!(report.held.len(), 2);
    assert_eq!(fork.snapshot(), before, "nothing is written, and no operation is recorded");
    fork.edit_manifest(|text| text.replace("requires = [\"five\"]\n", "").replace("blocked-by = [\"five\"]\n", ""));
    assert_eq!(held(&fork), ["five", "eight"], "an edit by hand carries nothing by itself");
    resolve::all_trivial(&fork.open(), 3, &Silent).unwrap();
    assert_eq!(held(&fork), ["five"]);
    fork.check();
    check_home(&fork);
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["five"]), 1, &Silent).unwrap();
    fork.check();
    check_home(&fork);
}

/// In a clone without `refs/pq` a patch is made again from the files and the old base (see `resolve_clones`); where that is not enough, because
/// a patch that it stands on is gone, it is said what to fetch.
#[test]
fn held_patches_travel() {
    let fork = content();
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["five"]), 1, &Silent).unwrap();
    assert_eq!(held(&fork), ["six"]);
    fork.git(&["worktree", "remove", "--force", "../tree"]);
    git(fork.dir(), &["init", "-q", "clone"]);
    let clone = fork.dir().join("clone");
    git(&clone, &["fetch", "-q", "../upstream", "refs/heads/fork:refs/heads/fork", "refs/tags/*:refs/tags/*"]);
    std::fs::rename(fork.upstream(), fork.dir().join("old")).unwrap();
    std::fs::rename(&clone, fork.upstream()).unwrap();
    let report = resolve::list(&fork.open()).unwrap();
    let name = "refs/pq/fork/held/six";
    assert_eq!(report.held[0].fetch, Some(format!("git fetch REMOTE {name}:{name}")));
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let error = start(&fork, "six").unwrap_err();
    assert!(error.to_string().contains("six"), "{error}");
    fork.git(&["fetch", "-q", "../old", &format!("{name}:{name}")]);
    start(&fork, "six").unwrap();
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
    in_tree(&fork, &["add", "-u"]);
    done(&fork).unwrap();
    assert_eq!(held(&fork), Vec::<String>::new());
}

#[test]
fn a_patch_that_makes_a_file_executable_does_so_after_its_conflict() {
    let fork = opened(
        |fork| fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").mode("a.txt", Mode::Executable).commit("P"),
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("up"),
    );
    start(&fork, "p").unwrap();
    // git merges the mode, and leaves the lines.
    let picked = fork.dir().join("picked");
    fork.git(&["worktree", "add", "-q", "--detach", "../picked", "v1.1.0"]);
    git_output(&picked, &["cherry-pick", "ours"]);
    let mode = |tree: &Path| tree.join("a.txt").metadata().unwrap().permissions().mode() & 0o111;
    assert_eq!(mode(&tree(&fork)), mode(&picked));
    assert_ne!(mode(&picked), 0);
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
    in_tree(&fork, &["add", "a.txt"]);
    done(&fork).unwrap();
    assert!(fork.git(&["ls-tree", "fork", "a.txt"]).starts_with("100755 "));
}

#[test]
fn a_patch_that_others_need_is_not_dropped() {
    let fork = content();
    fork.set_meta("thirty", "requires = [\"five\"]");
    let error = resolve::end(&fork.open(), Some("five"), &Ending::Drop("no".into()), 9, &Silent).unwrap_err();
    assert!(error.to_string().contains("thirty needs five"), "{error}");
    assert!(error.hint().unwrap().contains("`pq drop five --with-dependents`"), "{error}");
    let chosen = pq::ops::chosen::Chosen {
        dependents: pq::ops::chosen::Dependents::Take,
        ..pq::ops::chosen::Chosen::of(&["five"])
    };
    pq::ops::edit::drop(&fork.open(), &chosen, 1, &Silent).unwrap();
    assert!(fork.open().manifest().patch("thirty").is_none());
}

#[test]
fn what_a_person_settled_is_no_unchanged_patch() {
    let fork = content();
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
    in_tree(&fork, &["add", "-u"]);
    let report = done(&fork).unwrap();
    let five = report.patches.iter().find(|one| one.name.as_str() == "five").unwrap();
    assert_eq!((five.outcome, &five.resolutions), (Outcome::Resolved, &report.recorded));
}

#[test]
fn where_git_is_at_work_nothing_begins() {
    let fork = content();
    let lock = fork.upstream().join(".git/worktrees/tree/index.lock");
    std::fs::write(&lock, "").unwrap();
    assert!(start(&fork, "five").is_err());
    check_home(&fork);
    assert!(resolve::list(&fork.open()).unwrap().patch.is_none());
    std::fs::remove_file(&lock).unwrap();
    start(&fork, "five").unwrap();
    write(&fork, "a.txt", "mine\n");
    std::fs::write(&lock, "").unwrap();
    assert!(resolve::abort(&fork.open(), 3).is_err());
    assert_eq!(resolve::list(&fork.open()).unwrap().held[0].saved, [""; 0]);
    std::fs::remove_file(&lock).unwrap();
    resolve::abort(&fork.open(), 3).unwrap();
    check_home(&fork);
}

#[test]
fn a_rename_and_a_deletion_are_called_that() {
    let fork = opened(
        |fork| fork.on("ours").rename("b.txt", "bb.txt").edit("bb.txt", "line 5\n", "ours 5\n").commit("P"),
        |fork| fork.on("main").remove("b.txt").commit("up"),
    );
    let conflict = start(&fork, "p").unwrap().conflicts.remove(0);
    assert_eq!((conflict.path.as_str(), conflict.old_path.as_deref()), ("bb.txt", Some("b.txt")));
    assert_eq!(conflict.what, "the patch renames b.txt to this path, and v1.1.0 does not have b.txt any more");
    resolve::abort(&fork.open(), 3).unwrap();
    undo::undo(&fork.open(), 4).unwrap();
    let conflicts = fork.rebase("v1.1.0").patches[0].conflicts.clone();
    assert_eq!((conflicts[0].path.as_str(), conflicts[0].new_path.as_deref()), ("b.txt", Some("bb.txt")));
}

#[test]
fn a_symlink_s_targets_are_shown() {
    let fork = opened(
        |fork| fork.on("ours").symlink("link", "b.txt").commit("P"),
        |fork| fork.on("main").symlink("link", "run.sh").commit("up"),
    );
    let what = start(&fork, "p").unwrap().conflicts.remove(0).what;
    assert!(what.ends_with("the patch has a symlink to b.txt, v1.1.0 a symlink to run.sh"), "{what}");
}
