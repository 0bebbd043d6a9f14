use insta::assert_snapshot;

use super::fork::Fork;

#[test]
fn a_fresh_queue_is_fine() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["status", "--check"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1 (has 0 of 4), v1.1.0 (has 1 of 4)
    follow-ups missing: none
    4 patches: 4 applied, none held; branch pq/queue
    next: pq rebase v1.0.1 --dry-run  (says what becomes of every patch)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["status", "-v"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1 (has 0 of 4), v1.1.0 (has 1 of 4)
    follow-ups missing: none
    4 patches: 4 applied, none held; branch pq/queue

    patches
      log-say-more         backport  applied  9eea30dd3299
      limit-allow-20       fork      applied
      limit-name-the-unit  fork      applied
      net-retry            fork      applied
    next: pq rebase v1.0.1 --dry-run  (says what becomes of every patch)
    -- stderr
    ");
}

#[test]
fn held_patches_fail_the_check_and_nothing_else() {
    let fork = Fork::queue();
    assert_eq!(fork.run(&["rebase", "v1.1.0"]).code, Some(1));
    assert_eq!(fork.run(&["status"]).code, Some(0));
    assert_snapshot!(fork.run(&["status", "--check", "--format=github"]), @"
    exit: 1
    -- stdout
    queue on v1.1.0 (d1094ff12d3c)
    no newer release in the repository
    follow-ups missing: none
    3 patches: 1 applied, 2 held; branch pq/queue

    held
      limit-allow-20       conflicts in  limit.c
      limit-name-the-unit  waits for     limit-allow-20

    problems
      2 held: they are not part of pq/queue
    next: pq show limit-allow-20  (the first that waits for a person)
    ::error title=pq%3A queue::limit-allow-20 is held: conflicts in limit.c
    ::error title=pq%3A queue::limit-name-the-unit is held: waits for limit-allow-20
    ::warning title=pq%3A queue::2 held: they are not part of pq/queue
    -- stderr
    ");
    assert_snapshot!(fork.run(&["status", "--format=markdown"]), @"
    exit: 0
    -- stdout
    ### `queue` on `v1.1.0`

    3 patches, 2 held

    | held | why | where |
    | --- | --- | --- |
    | `limit-allow-20` | conflicts in | `limit.c` |
    | `limit-name-the-unit` | waits for | `limit-allow-20` |

    - `2 held: they are not part of pq/queue`
    -- stderr
    ");
}

#[test]
fn json_has_the_fixed_fields() {
    let fork = Fork::queue();
    let json = fork.ok(&["status", "--format=json"]).json();
    assert_eq!(json["kind"], "status/1");
    assert_eq!(json["line"], "queue");
    assert_eq!(json["base"]["release"], "v1.0.0");
    assert_eq!(json["base"]["commit"], fork.git(&["rev-parse", "v1.0.0"]));
    assert_eq!(json["latest"], serde_json::json!({"patch": "v1.0.1", "minor": "v1.1.0"}));
    assert_eq!(json["summary"], serde_json::json!({"total": 4, "applied": 4, "held": 0}));
    let upstream = fork.git(&["rev-parse", "v1.1.0^"]);
    let first =
        serde_json::json!({"name": "log-say-more", "kind": "backport", "upstream": [upstream], "state": "applied"});
    assert_eq!(json["patches"][0], first);
}

#[test]
fn what_upstream_has_is_looked_at_once_and_not_at_all_if_quick() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["status", "--quick"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1, v1.1.0
    what upstream has of it: not looked at: pq status
    4 patches: 4 applied, none held; branch pq/queue
    next: pq rebase v1.0.1 --dry-run  (says what becomes of every patch)
    -- stderr
    ");
    assert_eq!(fork.ok(&["status", "--quick", "--format=json"]).json()["upstream"], serde_json::Value::Null);
    let landed = fork.git(&["rev-parse", "main~1"]);
    fork.file("more", "x\n");
    fork.commit(&format!("log: less\n\nThis reverts commit {landed}."));
    fork.file("more", "y\n");
    fork.commit(&format!("log: better\n\nFixes: {}", &landed[..12]));
    let json = fork.ok(&["status", "--format=json"]).json();
    let commit = |tag: &str| fork.git(&["rev-parse", tag]);
    let release = |tag: &str, has: usize| serde_json::json!({"release": tag, "commit": commit(tag), "has": has, "reverted": 0, "review": 0});
    assert_eq!(json["upstream"]["releases"], serde_json::json!([release("v1.0.1", 0), release("v1.1.0", 1)]));
    let followups = serde_json::json!({"revert": 1, "security": 0, "fix": 1, "base": 0, "note": 0});
    assert_eq!(json["upstream"]["followups"], followups);
    assert_eq!(json["upstream"]["left_out"], serde_json::json!([]));
    assert_snapshot!(fork.run(&["status", "--quick", "--check"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1 (has 0 of 4), v1.1.0 (has 1 of 4)
    follow-ups missing: 1 revert, 1 fix: pq audit
    4 patches: 4 applied, none held; branch pq/queue
    next: pq rebase v1.0.1 --dry-run  (says what becomes of every patch)
    -- stderr
    ");
}

#[test]
fn what_cannot_be_looked_at_is_left_out() {
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| text.replace("mainline = \"main\"", "mainline = \"trunk\""));
    assert_snapshot!(fork.run(&["status", "--check"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1 (has 0 of 4), v1.1.0 (has 1 of 4)
    left out: follow-ups: the repository has no branch \"trunk\" of upstream
    4 patches: 4 applied, none held; branch pq/queue
    next: pq rebase v1.0.1 --dry-run  (says what becomes of every patch)
    -- stderr
    ");
}

#[test]
fn a_branch_that_is_gone_or_elsewhere_is_a_problem() {
    let fork = Fork::queue();
    fork.git(&["branch", "-f", "pq/queue", "v1.0.0"]);
    assert_snapshot!(fork.run(&["status", "--check"]), @"
    exit: 1
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1 (has 0 of 4), v1.1.0 (has 1 of 4)
    follow-ups missing: none
    4 patches: 4 applied, none held; branch pq/queue

    problems
      the branch pq/queue is not at the end of the queue: pq refresh moves it
    next: pq refresh  (moves the branch to the end of the queue)
    -- stderr
    ");
    fork.git(&["branch", "-D", "pq/queue"]);
    let gone = fork.run(&["status", "--check"]);
    assert!(gone.code == Some(1) && gone.stdout().contains("does not exist"), "{gone}");
}

#[test]
fn a_workspace_shows_every_line() {
    let fork = Fork::upstream();
    let init = |dir: &str, base: &str| {
        let dir = format!("ws/{dir}");
        fork.pq.ok(&["init", &dir, "--upstream", "upstream", "--base", base]);
    };
    init("one", "v1.0.0");
    init("two", "v1.1.0");
    std::fs::write(fork.pq.dir().join("ws/pq.toml"), "schema = 1\n[workspace]\nlines = [\"*\"]\n").unwrap();
    assert_snapshot!(fork.pq.run_in("ws", &["status", "--check"]), @"
    exit: 0
    -- stdout
    one on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1, v1.1.0
    follow-ups missing: none
    0 patches: 0 applied, none held; branch pq/one

    two on v1.1.0 (d1094ff12d3c)
    no newer release in the repository
    follow-ups missing: none
    0 patches: 0 applied, none held; branch pq/two
    next: pq --line one status  (one line and what to do there)
    -- stderr
    ");
    let json = fork.pq.run_in("ws", &["status", "--format=json"]).json();
    assert_eq!(json["kind"], "workspace-status/1");
    assert_eq!(json["lines"][1]["line"], "two");
    let one = fork.pq.run_in("ws", &["status", "--line", "two", "--format=json"]).json();
    assert_eq!((&one["kind"], &one["line"]), (&"status/1".into(), &"two".into()));
    assert_snapshot!(fork.pq.run_in("ws", &["series"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: this workspace has several lines: one, two
    hint: choose one: --line one
    ");
    assert_snapshot!(fork.pq.run_in("ws/one", &["series", "--line", "two"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: this is the line one, not two
    hint: leave --line out, or name another directory with --queue
    ");
}

#[test]
fn a_policy_fails_the_check_and_is_shown_rule_by_rule() {
    let fork = Fork::queue();
    let keys = "[policy]\nrequire = [\"owner\"]\nrequire-for.backport = [\"reason\"]\n";
    let meta = "[patch.limit-allow-20]\ndrop-after = \"v0.9.0\"\n";
    fork.edit("pq.toml", |text| format!("{text}\n{keys}\n{meta}"));
    assert_eq!(fork.run(&["status"]).code, Some(0));
    assert_snapshot!(fork.run(&["status", "--check", "--format=github"]), @"
    exit: 1
    -- stdout
    queue on v1.0.0 (508ad8d43ca4)
    newer: v1.0.1 (has 0 of 4), v1.1.0 (has 1 of 4)
    follow-ups missing: none
    4 patches: 4 applied, none held; branch pq/queue

    problems
      4 patches have no owner: log-say-more, limit-allow-20, limit-name-the-unit and 1 more
      1 patch has no reason: log-say-more
      1 patch should have gone: limit-allow-20 after v0.9.0
    next: pq rebase v1.0.1 --dry-run  (says what becomes of every patch)
    ::warning title=pq%3A queue::4 patches have no owner: log-say-more, limit-allow-20, limit-name-the-unit and 1 more
    ::warning title=pq%3A queue::1 patch has no reason: log-say-more
    ::warning title=pq%3A queue::1 patch should have gone: limit-allow-20 after v0.9.0
    -- stderr
    ");
    let verbose = fork.run(&["status", "-v"]).stdout();
    let all = "4 patches have no owner: log-say-more, limit-allow-20, limit-name-the-unit, net-retry\n";
    assert!(verbose.contains(all), "{verbose}");
    let markdown = fork.ok(&["status", "--format=markdown"]).stdout();
    assert!(markdown.contains("\n- `1 patch has no reason: log-say-more`\n"), "{markdown}");
    let json = fork.ok(&["status", "--format=json"]).json();
    assert_eq!(json["problems"], serde_json::json!([]));
    assert_eq!(json["breaches"].as_array().unwrap().len(), 6);
    assert_eq!(json["breaches"][0], serde_json::json!({"patch": "log-say-more", "rule": "owner"}));
    let expired = serde_json::json!({"patch": "limit-allow-20", "rule": "expired", "drop_after": "v0.9.0"});
    assert_eq!(json["breaches"][5], expired);
}

#[test]
fn a_policy_of_the_workspace_holds_for_lines_without_one() {
    let fork = Fork::upstream();
    for dir in ["one", "two"] {
        let dir = format!("ws/{dir}");
        fork.pq.ok(&["init", &dir, "--upstream", "upstream", "--base", "v1.0.0", "--from", "fork"]);
    }
    let workspace = "schema = 1\n[workspace]\nlines = [\"*\"]\n[policy]\nrequire = [\"owner\"]\n";
    std::fs::write(fork.pq.dir().join("ws/pq.toml"), workspace).unwrap();
    let two = fork.pq.dir().join("ws/two/pq.toml");
    let text = std::fs::read_to_string(&two).unwrap();
    std::fs::write(&two, text + "\n[policy]\n").unwrap();
    let json = fork.pq.run_in("ws", &["status", "--format=json"]).json();
    let breaches = |line: usize| json["lines"][line]["breaches"].as_array().unwrap().len();
    assert_eq!((breaches(0), breaches(1)), (4, 0));
    assert_eq!(fork.pq.run_in("ws", &["status", "--check"]).code, Some(1));
    assert_eq!(fork.pq.run_in("ws/two", &["status", "--check"]).code, Some(0));
    let bad = workspace.replace("owner", "ownr");
    std::fs::write(fork.pq.dir().join("ws/pq.toml"), bad).unwrap();
    let refused = fork.pq.run_in("ws/one", &["status"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr().contains("pq.toml:5:12: `require` cannot hold `ownr`"), "{refused}");
}
