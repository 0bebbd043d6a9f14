//! Undo and redo are exact inverses; a dry run leaves everything alone.

use pq::model::Silent;
use pq::ops::edit::{self, Target};
use pq::ops::undo::{redo, undo};

use super::outcomes::{base, release};
use crate::support::{Fork, Snapshot, files_below};

/// A queue of four patches, one of which upstream has and one of which conflicts with v1.1.0.
pub fn queue() -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Thirty");
    fork.on("ours").edit("b.txt", "line 5\n", "fix\n").commit("Fix");
    fork.on("ours").edit("dir/c.txt", "line 5\n", "c\n").commit("C");
    fork.on("main").edit("b.txt", "line 5\n", "fix\n").commit("Fix");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").edit("a.txt", "line 28\n", "28\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork
}

/// Without the log's own refs, which tell where in it we are.
pub fn state(fork: &Fork) -> Snapshot {
    let mut snapshot = fork.snapshot();
    snapshot.refs.retain(|name, _| !name.starts_with("pq/log/") && !name.starts_with("pq/redo/"));
    snapshot
}

pub fn step(fork: &Fork, n: usize) {
    let bench = fork.open();
    match n {
        0 => drop(edit::drop(&bench, &pq::ops::chosen::Chosen::of(&["c"]), 1, &Silent).unwrap()),
        1 => drop(edit::rename(&bench, "thirty", "feature/thirty", 2).unwrap()),
        2 => drop(edit::move_to(&bench, &pq::ops::chosen::Chosen::of(&["fix"]), &Target::First, 3, &Silent).unwrap()),
        3 => drop(edit::set_message(&bench, "five", "Other words\n\nBody\n".into(), 4, &Silent).unwrap()),
        _ => {
            drop(bench);
            fork.rebase("v1.1.0");
        }
    }
}

#[test]
fn a_new_operation_after_an_undo_ends_what_could_be_redone() {
    let fork = queue();
    step(&fork, 0);
    undo(&fork.open(), 9).unwrap();
    step(&fork, 1);
    assert!(redo(&fork.open(), 9).is_err());
    let before = state(&fork);
    undo(&fork.open(), 9).unwrap();
    redo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), before);
}

#[test]
fn an_edit_by_hand_is_taken_back_on_its_own_and_not_lost() {
    let fork = queue();
    let first = state(&fork);
    step(&fork, 0);
    let second = state(&fork);
    fork.edit_manifest(|text| format!("{text}\n# a word\n[patch.five]\nowner = \"me\"\n"));
    std::fs::write(fork.queue().join("patches/stray.patch"), "mine\n").unwrap();
    let by_hand = state(&fork);
    undo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), second);
    undo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), first);
    redo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), second);
    redo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), by_hand);
}

#[test]
fn an_edit_by_hand_after_an_undo_is_not_lost_either() {
    let fork = queue();
    step(&fork, 0);
    undo(&fork.open(), 9).unwrap();
    fork.edit_manifest(|text| format!("{text}\n# precious\n"));
    let by_hand = state(&fork);
    undo(&fork.open(), 9).unwrap_or_else(|error| panic!("{error}"));
    redo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), by_hand, "redo brings back what was undone last");
}

#[test]
fn an_edit_by_hand_is_in_the_log_before_the_next_operation() {
    let fork = queue();
    fork.edit_manifest(|text| format!("{text}\n# a word\n"));
    let by_hand = state(&fork);
    step(&fork, 0);
    undo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), by_hand);
    let bench = fork.open();
    let log = pq::ops::undo::log(&bench).unwrap();
    assert!(log.operations.iter().any(|operation| operation.what.contains("hand")), "{log:#?}");
}

#[test]
fn the_branch_is_not_moved_from_where_a_person_put_it() {
    let fork = queue();
    step(&fork, 0);
    let mine = fork.on("fork").write("mine", "x\n").commit("mine");
    let before = state(&fork);
    assert!(undo(&fork.open(), 9).is_err());
    assert!(edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["five"]), 1, &Silent).is_err());
    let options = fork.options("v1.1.0", pq::ops::rebase::Mode::Write);
    assert!(pq::ops::rebase::rebase(&fork.open(), &options, &Silent).is_err());
    assert_eq!(state(&fork), before);
    assert_eq!(fork.tip("fork"), mine);
}

#[test]
fn a_dry_run_reports_the_same_and_changes_nothing() {
    let fork = queue();
    fork.dry_run("v1.1.0");
    let objects = || files_below(&fork.upstream().join(".git/objects"));
    let (before, stored) = (fork.snapshot(), objects());
    let planned = serde_json::to_value(fork.dry_run("v1.1.0")).unwrap();
    assert_eq!(fork.snapshot(), before);
    assert!(objects() == stored, "objects were written");
    let mut done = serde_json::to_value(fork.checked_rebase("v1.1.0")).unwrap();
    assert_eq!(done["dry_run"], false);
    done["dry_run"] = true.into();
    assert_eq!(planned, done);
}

#[test]
fn what_can_be_undone_survives_garbage_collection() {
    let fork = queue();
    let first = state(&fork);
    step(&fork, 4);
    fork.git(&["reflog", "expire", "--expire=now", "--all"]);
    fork.git(&["gc", "-q", "--prune=now"]);
    fork.check();
    undo(&fork.open(), 9).unwrap();
    assert_eq!(state(&fork), first);
    fork.git(&["gc", "-q", "--prune=now"]);
    fork.check();
    redo(&fork.open(), 9).unwrap();
    fork.check();
    fork.git(&["fsck", "--strict", "--no-dangling"]);
}
