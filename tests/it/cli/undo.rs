//! `undo`, `redo`, `log`.

use insta::assert_snapshot;

use super::fork::Fork;

#[test]
fn undo_brings_everything_back_and_redo_does_it_again() {
    let fork = Fork::queue();
    let files = |fork: &Fork| (fork.state().0, fork.git(&["for-each-ref", "refs/heads", "refs/pq/queue"]));
    let before = files(&fork);
    fork.run(&["rebase", "v1.1.0"]);
    let after = files(&fork);
    assert_ne!(before, after);
    assert_snapshot!(fork.run(&["undo"]), @"
    exit: 0
    -- stdout
    queue: taken back: rebase v1.1.0
    the one before is: init --base v1.0.0
    next: pq redo  (does it again)
    -- stderr
    ");
    assert_eq!(files(&fork), before);
    assert_snapshot!(fork.run(&["redo"]), @"
    exit: 0
    -- stdout
    queue: done again: rebase v1.1.0
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_eq!(files(&fork), after);
    assert_snapshot!(fork.refuses(2, &["redo"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: there is nothing to redo
    hint: `pq log` lists what was done
    ");
    fork.ok(&["undo"]);
    let undone = fork.run(&["undo"]);
    assert_eq!(undone.code, Some(2), "the queue itself is not taken back\n{undone}");
}

#[test]
fn json_says_what_was_travelled() {
    let fork = Fork::queue();
    fork.ok(&["drop", "net-retry"]);
    let undone = fork.ok(&["undo", "--format=json"]).json();
    assert_eq!((&undone["kind"], &undone["operation"]["what"]), (&"undo/1".into(), &"drop net-retry".into()));
    let redone = fork.ok(&["redo", "--format=json"]).json();
    assert_eq!((&redone["kind"], &redone["operation"]["what"]), (&"redo/1".into(), &"drop net-retry".into()));
}

#[test]
fn the_log_lists_the_last_command_first() {
    let fork = Fork::queue();
    fork.ok(&["drop", "net-retry"]);
    fork.ok(&["rename", "log-say-more", "log"]);
    let json = fork.ok(&["log", "--format=json"]).json();
    assert_eq!(json["kind"], "log/1");
    let what: Vec<_> = json["operations"].as_array().unwrap().iter().map(|entry| entry["what"].clone()).collect();
    assert_eq!(what, ["rename log-say-more log", "drop net-retry", "init --base v1.0.0"]);
    let last = fork.ok(&["log", "-n1"]).stdout();
    let line = last.lines().next().unwrap();
    assert!(line.ends_with("Z  rename log-say-more log") && last.lines().count() == 2, "{last}");
    let detailed = fork.ok(&["log", "-v"]).stdout();
    assert!(detailed.contains("refs/heads/pq/queue: nothing → 96e31b993b2b"), "{detailed}");
}
