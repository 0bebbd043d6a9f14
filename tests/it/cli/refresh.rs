use insta::assert_snapshot;

use super::fork::Fork;

#[test]
fn a_fresh_queue_needs_nothing() {
    let fork = Fork::queue();
    let before = fork.state();
    assert_snapshot!(fork.run(&["refresh", "--check"]), @"
    exit: 0
    -- stdout
    queue: everything is as it should be
    next: pq status
    -- stderr
    ");
    fork.ok(&["refresh"]);
    assert!(fork.state() == before);
}

#[test]
fn a_check_lists_what_a_refresh_makes_again() {
    let fork = Fork::queue();
    let tip = fork.git(&["rev-parse", "pq/queue"]);
    fork.git(&["branch", "-D", "pq/queue"]);
    std::fs::write(fork.dir().join("patches/old.patch"), "").unwrap();
    let before = fork.state();
    assert_snapshot!(fork.run(&["refresh", "--check"]), @"
    exit: 1
    -- stdout
    queue: not everything is as it should be (check: nothing is written)
      patches/old.patch is in no series
      the branch pq/queue would be made at 96e31b993b2b
    next: pq refresh  (makes it again)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["refresh", "--check", "--format=github", "-q"]), @"
    exit: 1
    -- stdout
    ::error title=pq%3A queue::patches/old.patch is in no series
    ::error title=pq%3A queue::the branch pq/queue would be made at 96e31b993b2b
    -- stderr
    ");
    assert_snapshot!(fork.run(&["refresh", "--check", "--format=markdown"]), @"
    exit: 1
    -- stdout
    ### `queue`

    not everything is as it should be (check: nothing is written)

    | what |  |
    | --- | --- |
    | stray | `patches/old.patch is in no series` |
    | branch | `the branch pq/queue would be made at 96e31b993b2b` |
    -- stderr
    ");
    assert!(fork.state() == before);
    fork.ok(&["refresh"]);
    assert_eq!(fork.git(&["rev-parse", "pq/queue"]), tip);
}

#[test]
fn onto_a_release_is_a_rebase_first() {
    let fork = Fork::queue();
    let before = fork.state();
    assert_snapshot!(fork.run(&["refresh", "--onto", "latest", "--check"]), @"
    exit: 1
    -- stdout
    queue: v1.0.0 → v1.0.1 (dry run: nothing is written)
    4 patches: 4 unchanged
    tip 60ee0664d85b (tree b6f870e1bf15)

    would change
      the branch pq/queue would move from 96e31b993b2b to 60ee0664d85b
    next: pq refresh --onto v1.0.1  (does it)
    -- stderr
    ");
    assert!(fork.state() == before);
    assert_snapshot!(fork.run(&["refresh", "--onto", "latest-minor"]), @"
    exit: 1
    -- stdout
    queue: v1.0.0 → v1.1.0
    4 patches: 1 unchanged, 1 upstreamed, 1 conflict, 1 blocked
    tip f1176ee5e18b (tree df77decdb1cf)

    conflicts: held until a person settles them
      limit-allow-20  limit.c (content)

    blocked: held, they need one that is
      limit-name-the-unit  by limit-allow-20

    upstream has these, line for line: dropped
      log-say-more  9eea30dd3299 (ancestor)

    changed
      the branch pq/queue moved from 96e31b993b2b to f1176ee5e18b
    next: pq show limit-allow-20  (the first that waits for a person)
    -- stderr
    ");
    let json = fork.run(&["refresh", "--onto", "v1.1.0", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["changes"]), (&"refresh/1".into(), &serde_json::json!([])));
    assert_eq!(json["held"], serde_json::json!(["limit-allow-20", "limit-name-the-unit"]));
    assert_eq!(fork.run(&["refresh"]).code, Some(1), "patches are held");
}
