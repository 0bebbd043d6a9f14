use insta::assert_snapshot;

use super::fork::Fork;

#[test]
fn a_dry_run_says_all_and_writes_nothing() {
    let fork = Fork::queue();
    let before = fork.state();
    assert_snapshot!(fork.run(&["rebase", "v1.1.0", "--dry-run"]), @"
    exit: 1
    -- stdout
    queue: v1.0.0 → v1.1.0 (dry run: nothing is written)
    4 patches: 1 unchanged, 1 upstreamed, 1 conflict, 1 blocked
    tip f1176ee5e18b (tree df77decdb1cf)

    conflicts: held until a person settles them
      limit-allow-20  limit.c (content)

    blocked: held, they need one that is
      limit-name-the-unit  by limit-allow-20

    upstream has these, line for line: dropped
      log-say-more  9eea30dd3299 (ancestor)
    next: pq rebase v1.1.0  (does it)
    -- stderr
    ");
    assert!(fork.state() == before);
    let dry = fork.run(&["rebase", "v1.1.0", "--dry-run", "--format=json"]).json();
    let mut wet = fork.run(&["rebase", "v1.1.0", "--format=json"]).json();
    wet["dry_run"] = true.into();
    assert_eq!(dry, wet);
}

#[test]
fn what_can_be_carried_is_and_the_rest_is_held() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["rebase", "v1.1.0"]), @"
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
    next: pq show limit-allow-20  (the first that waits for a person)
    -- stderr
    ");
    let log = fork.git(&["log", "--format=%s", "v1.1.0..pq/queue"]);
    assert_eq!(log, "net: retry");
    let manifest = std::fs::read_to_string(fork.dir().join("pq.toml")).unwrap();
    assert!(manifest.contains("base = \"v1.1.0\"") && !manifest.contains("log-say-more"), "{manifest}");
}

#[test]
fn details_are_there_for_who_asks() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["rebase", "v1.1.0", "--dry-run", "-v"]), @"
    exit: 1
    -- stdout
    queue: v1.0.0 → v1.1.0 (dry run: nothing is written)
    4 patches: 1 unchanged, 1 upstreamed, 1 conflict, 1 blocked
    tip f1176ee5e18b (tree df77decdb1cf)

    conflicts: held until a person settles them
      limit-allow-20  limit.c (content)

    blocked: held, they need one that is
      limit-name-the-unit  by limit-allow-20

    upstream has these, line for line: dropped
      log-say-more  9eea30dd3299 (ancestor)

    all patches
      log-say-more         upstreamed  9eea30dd3299 (ancestor)  ancestor 9eea30dd3299, patch-id 9eea30dd3299
      limit-allow-20       conflict    limit.c (content)
      limit-name-the-unit  blocked     by limit-allow-20
      net-retry            unchanged
    next: pq rebase v1.1.0  (does it)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["rebase", "v1.1.0", "--dry-run", "--format=markdown"]), @"
    exit: 1
    -- stdout
    ### `queue`: `v1.0.0` → `v1.1.0`

    4 patches: 1 unchanged, 1 upstreamed, 1 conflict, 1 blocked

    | patch | outcome | why |
    | --- | --- | --- |
    | `log-say-more` | upstreamed, identical | `9eea30dd3299 (ancestor)` |
    | `limit-allow-20` | **conflict** | `limit.c (content)` |
    | `limit-name-the-unit` | **blocked** | `by limit-allow-20` |

    Tip `f1176ee5e18b025f6dac15144de32ffa9c8afd89`, tree `df77decdb1cf00570ebc4af6a49d97e435f26c51`, nothing was written.
    -- stderr
    ");
    assert_snapshot!(fork.run(&["rebase", "v1.1.0", "--dry-run", "--format=github", "-q"]), @"
    exit: 1
    -- stdout
    ::error title=pq%3A queue::limit-allow-20 conflicts: limit.c (content)
    ::warning title=pq%3A queue::limit-name-the-unit is blocked: by limit-allow-20
    -- stderr
    ");
}

#[test]
fn json_has_the_fixed_fields() {
    let fork = Fork::queue();
    let json = fork.run(&["rebase", "v1.1.0", "--format=json"]).json();
    let id = |rev: &str| fork.git(&["rev-parse", rev]);
    assert_eq!(json["kind"], "rebase/1");
    assert_eq!((&json["line"], &json["dry_run"]), (&"queue".into(), &false.into()));
    assert_eq!(json["from"], serde_json::json!({"release": "v1.0.0", "commit": id("v1.0.0")}));
    assert_eq!(json["to"], serde_json::json!({"release": "v1.1.0", "commit": id("v1.1.0")}));
    assert_eq!(json["tip"], serde_json::json!({"commit": id("pq/queue"), "tree": id("pq/queue^{tree}")}));
    let summary = serde_json::json!({"total": 4, "unchanged": 1, "merged": 0, "resolved": 0, "repicked": 0, "upstreamed": 1,
        "reduced": 0, "conflict": 1, "blocked": 1});
    assert_eq!(json["summary"], summary);
    let landed = &json["patches"][0];
    assert_eq!(
        (&landed["outcome"], &landed["landed"], &landed["text"]),
        (&"upstreamed".into(), &"identical".into(), &"identical".into())
    );
    let ancestor = serde_json::json!({"kind": "ancestor", "commit": id("v1.1.0^"), "score": 1.0});
    assert_eq!(landed["evidence"][0], ancestor);
    let held = &json["patches"][1];
    assert_eq!(
        held["conflicts"],
        serde_json::json!([{"path": "limit.c", "kind": "content", "culprits": [id("v1.1.0")]}])
    );
    assert_eq!(json["patches"][2]["blocked_by"], serde_json::json!(["limit-allow-20"]));
    for patch in json["patches"].as_array().unwrap() {
        for field in ["name", "outcome", "upstream", "evidence", "conflicts", "blocked_by", "requires"] {
            assert!(!patch[field].is_null(), "{field} of {patch}");
        }
    }
}

#[test]
fn the_newest_releases_have_names_of_their_own() {
    let fork = Fork::queue();
    let to = |option: &str| fork.run(&["rebase", option, "--dry-run", "--format=json"]).json()["to"]["release"].clone();
    assert_eq!([to("--latest"), to("--latest-minor")], ["v1.0.1", "v1.1.0"]);
    assert_eq!(fork.run(&["rebase"]).code, Some(2));
    assert_eq!(fork.run(&["rebase", "v1.0.1", "--latest"]).code, Some(2));
    assert_snapshot!(fork.run(&["rebase", "--latest"]), @"
    exit: 0
    -- stdout
    queue: v1.0.0 → v1.0.1
    4 patches: 4 unchanged
    tip 60ee0664d85b (tree b6f870e1bf15)
    next: pq diff  (the whole queue on its new base; `pq undo` takes it back)
    -- stderr
    ");
    assert_snapshot!(fork.refuses(2, &["rebase", "v7"]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: "v7" names no commit in $DIR/upstream/.git
    hint: fetch it first (`git fetch --tags`), or check the spelling (`git tag`)
    "#);
}

/// What a person wrote is in no repository yet when a rebase reads it.
#[test]
fn a_patch_that_was_edited_by_hand_is_carried() {
    let fork = Fork::queue();
    fork.edit("patches/net-retry.patch", |text| text.replace("+net 8 again", "+net 8 twice"));
    fork.ok(&["rebase", "v1.0.1"]);
    assert!(fork.git(&["show", "pq/queue:net.c"]).contains("net 8 twice"));
    fork.ok(&["verify"]);
}

#[test]
fn what_upstream_took_back_is_kept_and_said_once() {
    let fork = Fork::queue();
    fork.git(&["revert", "--no-edit", "v1.1.0^"]);
    fork.git(&["tag", "v1.2.0"]);
    assert_snapshot!(fork.run(&["rebase", "v1.2.0", "--dry-run"]), @"
    exit: 1
    -- stdout
    queue: v1.0.0 → v1.2.0 (dry run: nothing is written)
    4 patches: 2 unchanged, 1 conflict, 1 blocked
    tip 0a6e4d7e32dc (tree df77decdb1cf)

    conflicts: held until a person settles them
      limit-allow-20  limit.c (content)

    blocked: held, they need one that is
      limit-name-the-unit  by limit-allow-20

    upstream took these back: kept
      log-say-more  landed as 9eea30dd3299, taken back by 08e460dd828a
    next: pq rebase v1.2.0  (does it)
    -- stderr
    ");
}

#[test]
fn a_held_patch_that_was_edited_is_not_carried_by_its_old_text() {
    let fork = Fork::queue();
    assert_eq!(fork.run(&["rebase", "v1.1.0"]).code, Some(1));
    fork.edit("patches/limit-allow-20.patch", |text| text.replace("+limit 20\n", "+limit 30\n"));
    let refused = fork.refuses(2, &["rebase", "v1.0.1"]);
    assert!(refused.to_string().contains("limit-allow-20.patch was changed while it is held"), "{refused}");
    assert!(refused.to_string().contains("[patch.limit-allow-20.held]"), "{refused}");
}

#[test]
fn what_waits_for_a_held_patch_stays_behind_it() {
    let fork = Fork::queue();
    assert_eq!(fork.run(&["rebase", "v1.1.0"]).code, Some(1));
    let refused = fork.refuses(2, &["move", "limit-allow-20", "--last"]);
    assert!(refused.to_string().contains("limit-name-the-unit waits for limit-allow-20"), "{refused}");
}

#[test]
fn a_rebase_whose_branch_was_deleted_can_be_undone() {
    let fork = Fork::queue();
    let before = fork.git(&["rev-parse", "pq/queue"]);
    fork.ok(&["rebase", "v1.0.1"]);
    fork.git(&["branch", "-D", "pq/queue"]);
    fork.ok(&["undo"]);
    assert_eq!(fork.git(&["rev-parse", "pq/queue"]), before);
}

#[test]
fn two_queues_with_lines_of_one_name_keep_what_they_hold() {
    let fork = Fork::queue();
    let args = ["init", "other/queue", "--upstream", "../upstream", "--base", "v1.0.0", "--from", "fork"];
    fork.ok(&args);
    assert_eq!(fork.run(&["rebase", "v1.1.0"]).code, Some(1));
    let other = fork.run(&["--queue", "other/queue", "rebase", "v1.1.0"]);
    assert_eq!(other.code, Some(1), "{other}");
    assert_eq!(fork.git(&["for-each-ref", "refs/pq"]).lines().filter(|line| line.contains("/held/")).count(), 4);
    fork.ok(&["undo"]);
}

#[test]
fn a_patch_that_is_picked_again_is_shown_for_review() {
    let fork = Fork::upstream();
    // Upstream's fix stands on v1.1.0, our backport of it on v1.0.0.
    fork.file(
        "limit.c",
        &fork.git(&["show", "v1.1.0:limit.c"]).replace("limit 10\nlimit 6", "limit 10, checked\nlimit 6"),
    );
    fork.commit("limit: check");
    let fix = fork.git(&["rev-parse", "HEAD"]);
    fork.git(&["checkout", "-q", "-B", "fork", "v1.0.0"]);
    fork.file("limit.c", &fork.git(&["show", "v1.0.0:limit.c"]).replace("limit 5\n", "limit 5, checked\n"));
    fork.commit(&format!("limit: check\n\n[ upstream commit {fix} ]"));
    fork.git(&["checkout", "-q", "main"]);
    fork.pq.ok(&["init", "queue", "--upstream", "upstream", "--base", "v1.0.0", "--from", "fork"]);
    assert_snapshot!(fork.run(&["rebase", "v1.1.0", "--dry-run"]), @"
    exit: 0
    -- stdout
    queue: v1.0.0 → v1.1.0 (dry run: nothing is written)
    1 patch: 1 repicked
    tip becda1996437 (tree 6d5365a4670f)

    picked again from upstream: to review
      limit-check  d86c6928f067; from upstream's commit it differs in nothing, ours did in 4 lines of 1 file; 1 line of ours gone

    what these said: ours, and what they say now: theirs
      limit-check
      limit.c
        ours  -limit 5
        ours  +limit 5, checked
      theirs  -limit 10
      theirs  +limit 10, checked
              -limit 10
              +limit 10
    next: pq rebase v1.1.0  (does it)
    -- stderr
    ");
    let markdown = fork.run(&["rebase", "v1.1.0", "--dry-run", "--format=markdown"]);
    assert!(markdown.stdout().contains("| `limit-check` | repicked | `"), "{markdown}");
    let json = fork.run(&["rebase", "v1.1.0", "--dry-run", "--format=json"]).json();
    let repicked = &json["patches"][0]["repicked"];
    assert_eq!(repicked["commit"], fix);
    assert!(repicked["branch"].is_null() && repicked["after"].as_array().unwrap().is_empty(), "{json}");
    assert_eq!(repicked["before"][0]["hunks"][0]["lines"][0]["mark"], "ours");
    for args in [&["rebase", "v1.1.0", "--dry-run"][..], &["forecast", "v1.1.0"], &["refresh", "--onto", "v1.1.0"]] {
        let output = fork.run(&[args, &["--no-repick"]].concat());
        assert!(output.stdout().contains("limit.c (content)"), "{output}");
    }
}

#[test]
fn a_conflict_in_generated_files_holds_nothing_and_ends_with_the_commands() {
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| text + "\n[[generated]]\npaths = [\"limit.c\"]\nregenerate = \"make limit\"\n");
    assert_snapshot!(fork.run(&["rebase", "v1.1.0", "--dry-run"]), @"
    exit: 0
    -- stdout
    queue: v1.0.0 → v1.1.0 (dry run: nothing is written)
    4 patches: 1 unchanged, 2 merged, 1 upstreamed
    tip 1c5849f62073 (tree df77decdb1cf)

    upstream has these, line for line: dropped
      log-say-more  9eea30dd3299 (ancestor)

    generated files: the release's are taken
      limit-allow-20       limit.c
      limit-name-the-unit  limit.c

    to run, because generated files conflicted
      make limit
    next: pq rebase v1.1.0  (does it)
    -- stderr
    ");
    let markdown = fork.run(&["rebase", "v1.1.0", "--dry-run", "--format=markdown"]);
    assert!(markdown.stdout().contains("conflicted:\n\n- `make limit`\n\nTip "), "{markdown}");
    let forecast = fork.run(&["forecast", "v1.1.0"]);
    assert!(forecast.stdout().contains("to run, because generated files conflicted\n  make limit\n"), "{forecast}");
}
