use insta::assert_snapshot;

use super::fork::Fork;

/// With what upstream did later about the fork's first patch and about the base.
fn followed() -> Fork {
    let fork = Fork::queue();
    let landed = fork.git(&["rev-parse", "v1.1.0^"]);
    let start = fork.git(&["rev-parse", "--short=12", "v1.0.0"]);
    let commit = |message: &str| {
        fork.git(&["commit", "-q", "--allow-empty", "-m", message]);
    };
    commit(&format!("Start again\n\nFixes: {start} (\"Start\")"));
    commit(&format!(
        "log: hide \u{1b}[31mpasswords\n\nThis is CVE-2020-1.\n\nFixes: {} (\"log: say more\")",
        &landed[..12]
    ));
    commit(&format!("Revert \"log: say more\"\n\nThis reverts commit {landed}."));
    fork
}

#[test]
fn findings_are_shown_by_weight() {
    let fork = followed();
    assert_snapshot!(fork.run(&["audit"]), @r#"
    exit: 0
    -- stdout
    queue on v1.0.0, against main (ee75a04e7313)
    3 follow-ups in neither the base nor the queue: 1 revert, 1 security, 1 base

    upstream took back what these patches carry
      ee75a04e7313  reverts log-say-more  Revert "log: say more"

    about a vulnerability
      1e48e618c304  fixes log-say-more  log: hide \x1b[31mpasswords

    fixes and reverts of what the base has
      e661998114e9  fixes 508ad8d43ca4  Start again
    next: pq show log-say-more  (the first patch that this is about)
    -- stderr
    "#);
    assert_snapshot!(fork.run(&["audit", "--check", "--format=github", "-q"]), @r#"
    exit: 1
    -- stdout
    ::error title=pq%3A queue::ee75a04e7313: reverts log-say-more Revert "log: say more"
    ::error title=pq%3A queue::1e48e618c304: fixes log-say-more log: hide \x1b[31mpasswords
    ::warning title=pq%3A queue::e661998114e9: fixes 508ad8d43ca4 Start again
    -- stderr
    "#);
    assert_snapshot!(fork.run(&["audit", "--format=markdown"]), @r#"
    exit: 0
    -- stdout
    ### `queue` on `v1.0.0`

    3 follow-ups in neither the base nor the queue: 1 revert, 1 security, 1 base

    | severity | commit | does | to | subject |
    | --- | --- | --- | --- | --- |
    | revert | `ee75a04e7313` | reverts | `log-say-more` | `Revert "log: say more"` |
    | security | `1e48e618c304` | fixes | `log-say-more` | `log: hide \x1b[31mpasswords` |
    | base | `e661998114e9` | fixes | `508ad8d43ca4` | `Start again` |
    -- stderr
    "#);
}

#[test]
fn json_has_the_fixed_fields() {
    let fork = followed();
    let json = fork.ok(&["audit", "--format=json"]).json();
    assert_eq!(json["kind"], "audit/1");
    assert_eq!(json["lost"], serde_json::json!([]));
    let revert = &json["followups"][0];
    assert_eq!(revert["patch"], "log-say-more");
    assert_eq!(revert["carried"], fork.git(&["rev-parse", "v1.1.0^"]));
    assert_eq!(revert["commit"], fork.git(&["rev-parse", "main"]));
    assert_eq!(revert["relation"], "reverts");
    assert_eq!(revert["subject"], "Revert \"log: say more\"");
    assert_eq!(json["followups"][2]["patch"], serde_json::Value::Null);
}

#[test]
fn ignored_findings_are_apart_and_do_not_fail_the_check() {
    let fork = followed();
    let ids = fork.git(&["log", "--format=%h", "--abbrev=8", "v1.1.0..main"]);
    let entries = |expires: &str| -> String {
        ids.lines().map(|id| format!("\n[[ignore]]\nid = \"{id}\"\nreason = \"looked at it\"\n{expires}")).collect()
    };
    fork.edit("pq.toml", |text| text + &entries(""));
    assert_snapshot!(fork.run(&["audit", "--check"]), @r#"
    exit: 0
    -- stdout
    queue on v1.0.0, against main (ee75a04e7313)
    no follow-up that the base and the queue lack; 3 ignored

    ignored, as pq.toml says
      ee75a04e7313  Revert "log: say more"       looked at it
      1e48e618c304  log: hide \x1b[31mpasswords  looked at it
      e661998114e9  Start again                  looked at it
    next: pq status
    -- stderr
    "#);
    fork.edit("pq.toml", |text| {
        text.replace("reason = \"looked at it\"\n", "reason = \"looked at it\"\nexpires = \"2021-01-01\"\n")
    });
    let expired = fork.run(&["audit", "--check"]);
    assert!(expired.code == Some(1) && expired.stdout().contains("expired after 2021-01-01"), "{expired}");
}

#[test]
fn an_unused_entry_is_reported_and_fails_nothing() {
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| text + "\n[[ignore]]\nid = \"0123456\"\nreason = \"gone\"\n");
    assert_snapshot!(fork.run(&["audit", "--check"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0, against main (d1094ff12d3c)
    no follow-up that the base and the queue lack

    entries of [[ignore]] in pq.toml to look at
      0123456 matches nothing that was found (gone)
    next: pq status
    -- stderr
    ");
}

#[test]
fn recorded_ids_that_lead_nowhere_are_notes() {
    let fork = Fork::queue();
    let landed = fork.git(&["rev-parse", "v1.1.0^"]);
    fork.edit("pq.toml", |text| text.replace(&landed, &"ab".repeat(20)));
    assert_snapshot!(fork.run(&["audit", "--check"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0, against main (d1094ff12d3c)
    no follow-up that the base and the queue lack

    recorded upstream commits about which nothing can be found
      log-say-more: abababababababababababababababababababab is no commit of the repository
    next: pq status
    -- stderr
    ");
    assert_snapshot!(fork.run(&["audit", "--format=github", "-q"]), @"
    exit: 0
    -- stdout
    ::notice title=pq%3A queue::log-say-more: abababababababababababababababababababab is no commit of the repository
    -- stderr
    ");
    assert_snapshot!(fork.run(&["audit", "--format=markdown"]), @"
    exit: 0
    -- stdout
    ### `queue` on `v1.0.0`

    no follow-up that the base and the queue lack

    - `log-say-more: abababababababababababababababababababab is no commit of the repository`
    -- stderr
    ");
    let json = fork.ok(&["audit", "--format=json"]).json();
    let wanted = serde_json::json!([{ "patch": "log-say-more", "id": "ab".repeat(20), "why": "missing" }]);
    assert_eq!(json["unknown"], wanted);
}

#[test]
fn what_cannot_be_audited_is_refused() {
    let fork = Fork::queue();
    assert!(fork.refuses(2, &["audit", "--since", "nothing"]).stderr().contains("nothing"));
    fork.edit("pq.toml", |text| text.replace("mainline = \"main\"", "mainline = \"trunk\""));
    assert_snapshot!(fork.refuses(2, &["audit"]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: the repository has no branch "trunk" of upstream
    hint: fetch it, or correct `mainline` and `stable` under [upstream] in pq.toml
    "#);
}
