//! The way back, people beside each other, and answers that come again.

use pq::model::{Outcome, Silent};
use pq::ops::chosen::Chosen;
use pq::ops::pick::{Across, Mode, Options, Why, across, pick};
use pq::ops::undo::{redo, undo};
use pq::ops::workbench::{Access, Where, Workbench};
use pq::ops::{amend, edit, position, resolve};

use crate::cli::merge_driver::merged;
use crate::ops::log::{queue, state, step};
use crate::ops::outcomes::{base, release};
use crate::ops::pick::{lines_of, options};
use crate::ops::resolutions::rerere_knows;
use crate::ops::resolve as settling;
use crate::support::{Fork, Patches, files_below, git, lines_with};

/// A patch that conflicts with v1.1.0, whose branch is checked out; v1.2.0 has `next` on top.
fn five<A>(next: impl Fn(&Fork) -> A) -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").edit("a.txt", "line 30\n", "ours 30\n").commit("Five");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("Upstream five");
    release(&fork, "v1.1.0");
    next(&fork);
    release(&fork, "v1.2.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

#[test]
fn s27_after_an_abort_refs_worktree_and_queue_are_byte_for_byte_as_before() {
    let fork = five(|_| {});
    let all =
        || (state(&fork), files_below(&settling::tree(&fork)), settling::in_tree(&fork, &["status", "--porcelain"]));
    let before = all();
    fork.rebase("v1.1.0");
    assert_eq!(settling::held(&fork), ["five"]);
    let held = all();
    settling::start(&fork, "five").unwrap();
    assert_ne!(all(), held);
    resolve::abort(&fork.open(), 5).unwrap();
    assert_eq!(all(), held, "the session is given up");
    undo(&fork.open(), 6).unwrap();
    assert_eq!(all(), before, "and so is the rebase");
    settling::check_home(&fork);
}

#[test]
fn s28_undo_several_times_past_the_start_and_redo() {
    let fork = queue();
    let mut states = vec![state(&fork)];
    for n in 0..5 {
        step(&fork, n);
        fork.check();
        states.push(state(&fork));
    }
    for expected in states.iter().rev().skip(1) {
        undo(&fork.open(), 9).unwrap();
        assert_eq!(&state(&fork), expected);
        fork.check();
    }
    let error = undo(&fork.open(), 9).unwrap_err();
    assert_eq!(error.kind(), pq::Kind::User);
    assert_eq!(state(&fork), states[0]);
    for expected in states.iter().skip(1) {
        redo(&fork.open(), 9).unwrap();
        assert_eq!(&state(&fork), expected);
    }
    assert!(redo(&fork.open(), 9).is_err());
    assert!(!fork.refs().keys().any(|name| name.starts_with("pq/redo/")));
}

/// A patch is edited on one line; the other line has one of the same name. That is said, and it can be carried anew.
#[test]
fn s37_a_patch_that_was_edited_on_one_line_is_carried_to_the_other_by_a_merge() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 26\n", "new 26\n").commit("Context");
    release(&fork, "v1.1.0");
    let one = fork.on("main").edit("a.txt", "line 30\n", "one\n").commit("One");
    let root = lines_of(&fork);
    let open = |line: &str| {
        let place = Where { start: root.clone(), queue: None, line: Some(line.to_owned()) };
        Workbench::open(place.line().unwrap(), Access::Write).unwrap()
    };
    let carried = || {
        let what = Across { names: vec!["one".into()], mode: Mode::Write, when: 9 };
        across(&open("old"), &open("new"), &what, &Silent).unwrap()
    };
    let options: Options = options(&[&one.to_string()]);
    pick(&open("old"), &options, &Silent).unwrap();
    assert!(carried().failed.is_empty());
    fork.git(&["worktree", "add", "-q", "../tree", "fork-old"]);
    let tree = fork.dir().join("tree");
    std::fs::write(tree.join("a.txt"), lines_with(40, &[(30, "one, edited")])).unwrap();
    let which = position::Which { here: tree, named: None };
    amend::amend(&open("old"), &amend::Options { name: None, paths: Vec::new(), which, when: 10 }, &Silent).unwrap();
    assert_eq!(carried().failed[0].why, Why::InQueue);
    edit::drop(&open("new"), &Chosen::of(&["one"]), 11, &Silent).unwrap();
    let report = carried();
    assert!(report.failed.is_empty(), "{report:?}");
    let expected = lines_with(40, &[(26, "new 26"), (30, "one, edited")]);
    assert_eq!(fork.content(fork.tip("fork-new"), "a.txt"), expected);
    // git's own merge of the old line's commit.
    fork.git(&["worktree", "add", "-q", "--detach", "../picked", "v1.1.0"]);
    let picked = fork.dir().join("picked");
    git(&picked, &["cherry-pick", "fork-old"]);
    assert_eq!(std::fs::read_to_string(picked.join("a.txt")).unwrap(), expected);
}

#[test]
fn s46_two_branches_append_to_the_queue_and_it_merges_valid_and_ordered() {
    let owned = |name: &str, owner: &str, text: String| format!("{text}\n[patch.{name}]\nowner = \"{owner}\"\n");
    let (fork, is_clean) = merged(&|text| owned("ours", "us", text), &|text| owned("theirs", "them", text));
    assert!(is_clean);
    let series = fork.run(&["series", "--format", "json"]).json();
    let names: Vec<&str> =
        series["patches"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names[names.len() - 2..], ["ours", "theirs"]);
    assert_eq!(fork.run(&["verify"]).code, Some(1), "only the branch has to be made anew");
    assert_eq!(fork.run(&["refresh"]).code, Some(0));
    assert_eq!(fork.run(&["verify"]).code, Some(0));
}

/// The answer was given in one clone of the queue, and comes with its files to another.
fn answered<A>(next: impl Fn(&Fork) -> A) -> (Fork, String) {
    let fork = five(next);
    fork.rebase("v1.1.0");
    settling::start(&fork, "five").unwrap();
    let answer = lines_with(40, &[(5, "both 5"), (30, "ours 30")]);
    settling::write(&fork, "a.txt", &answer);
    settling::in_tree(&fork, &["add", "-u"]);
    settling::done(&fork).unwrap();
    let resolutions: Vec<_> =
        files_below(&fork.queue()).into_iter().filter(|(path, _)| path.starts_with("resolutions/")).collect();
    assert_eq!(resolutions.len(), 1);
    undo(&fork.open(), 30).unwrap();
    undo(&fork.open(), 30).unwrap();
    // The clone has pq.toml, the patches and the answers, and none of what pq keeps in the repository.
    std::fs::rename(fork.queue(), fork.dir().join("first")).unwrap();
    git(fork.dir(), &["init", "-q", "first"]);
    let first = fork.dir().join("first");
    git(&first, &["add", "-A"]);
    git(&first, &["commit", "-q", "-m", "Answered"]);
    git(fork.dir(), &["clone", "-q", "first", "queue"]);
    for (path, bytes) in resolutions {
        assert_eq!(std::fs::read(fork.queue().join(path)).unwrap(), bytes);
    }
    (fork, answer)
}

#[test]
fn s48_a_shared_resolution_is_used_after_a_neighbouring_line_changed() {
    let (fork, answer) = answered(|fork| fork.on("main").edit("a.txt", "line 6\n", "theirs 6\n").commit("Neighbour"));
    assert!(!rerere_knows(&fork, &answer), "git's own answer is as good by now");
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.patch("five").outcome, Outcome::Resolved);
    let expected = lines_with(40, &[(5, "both 5"), (6, "theirs 6"), (30, "ours 30")]);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), expected);
}

#[test]
fn s48_a_shared_resolution_is_used_beside_a_second_conflict() {
    let (fork, answer) = answered(|fork| fork.on("main").edit("a.txt", "line 30\n", "theirs 30\n").commit("Second"));
    assert!(!rerere_knows(&fork, &answer), "git's own answer is as good by now");
    let report = fork.rebase("v1.2.0");
    let five = report.patch("five");
    assert_eq!(five.outcome, Outcome::Conflict);
    let regions = five.conflicts[0].regions.unwrap();
    assert_eq!((regions.known, regions.total), (1, 2));
    settling::start(&fork, "five").unwrap();
    let shown = std::fs::read_to_string(settling::tree(&fork).join("a.txt")).unwrap();
    assert!(shown.contains("line 4\nboth 5\nline 6\n"), "{shown}");
    assert_eq!(shown.matches("<<<<<<<").count(), 1, "only the new one is asked: {shown}");
}
