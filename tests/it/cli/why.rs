use insta::assert_snapshot;

use super::fork::{Fork, assert_clean};
use crate::support::Output;

/// Without what the clock says: the ids and days of operations.
fn page(output: &Output) -> String {
    let is_operation = |line: &str| line.starts_with("  ") && line.as_bytes().get(14..18) == Some(b"  20");
    let line = |line: &str| if is_operation(line) { format!("  ID  DAY{}", &line[26..]) } else { line.to_owned() };
    output.to_string().lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_patch_that_conflicts_from_its_origin_to_its_history() {
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| format!("{text}\n[patch.limit-allow-20]\nupstream = []\nowner = \"net-team\"\n"));
    let before = fork.state();
    let output = fork.run(&["why", "limit-allow", "v1.1.0"]);
    assert_clean(&output);
    assert_snapshot!(page(&output), @"
    exit: 0
    -- stdout
    limit-allow-20 (fork, applied; 2 of 4 on v1.0.0)
      subject  limit: allow 20
      author   A U Thor <author@example.com>, 2020-02-02
      owner    net-team
      limit.c  +1  -1

    where it comes from
      said to be ours alone: `upstream = []`

    on v1.1.0
      upstream does not have it, and it is said to be ours alone (local); a rebase holds it: it conflicts
      conflict in limit.c: content
      broken by d1094ff12d3c 2020-02-02 A U Thor: limit: allow 10

    it is needed by
      limit-name-the-unit  the same lines in limit.c
    next: pq show limit-allow-20  (what has to be settled)
    -- stderr
    ");
    assert!(fork.state() == before);
}

#[test]
fn a_patch_that_upstream_has() {
    let fork = Fork::queue();
    assert_snapshot!(page(&fork.ok(&["why", "log-say-more", "latest-minor"])), @"
    exit: 0
    -- stdout
    log-say-more (backport, applied; 1 of 4 on v1.0.0)
      subject  log: say more
      author   A U Thor <author@example.com>, 2020-02-02
      log.c  +1  -1

    where it comes from
      9eea30dd3299 2020-02-02 A U Thor: log: say more
        on upstream's mainline
      ours removes and adds the same lines as it

    on v1.1.0
      upstream has it, line for line (identical); a rebase drops it
      9eea30dd3299 2020-02-02 A U Thor: log: say more
        the recorded commit is in its history (ancestor)
        it is the same change, line for line (patch-id)
    next: pq rebase v1.1.0 --dry-run  (the whole queue on it)
    -- stderr
    ");
}

#[test]
fn a_blocked_patch_leads_to_what_it_waits_for() {
    let fork = Fork::queue();
    assert_snapshot!(page(&fork.ok(&["why", "limit-name-the-unit", "v1.1.0"])), @"
    exit: 0
    -- stdout
    limit-name-the-unit (fork, applied; 3 of 4 on v1.0.0)
      subject  limit: name the unit
      author   A U Thor <author@example.com>, 2020-02-02
      limit.c  +1  -1

    where it comes from
      no upstream commit is recorded

    on v1.1.0
      upstream does not have it (absent); a rebase holds it: it waits for limit-allow-20

    it needs
      limit-allow-20  the same lines in limit.c
    next: pq why limit-allow-20 v1.1.0  (the patch that it waits for)
    -- stderr
    ");
    fork.run(&["rebase", "v1.1.0"]);
    assert_snapshot!(page(&fork.ok(&["why", "limit-name-the-unit"])), @"
    exit: 0
    -- stdout
    limit-name-the-unit (fork, held; 2 of 3 on v1.1.0)
      subject  limit: name the unit
      author   A U Thor <author@example.com>, 2020-02-02
      held     its text is still for v1.0.0; waits for limit-allow-20
      limit.c  +1  -1

    where it comes from
      no upstream commit is recorded

    on v1.1.0, its base: nothing is newer
      upstream does not have it (absent); pq holds it: it waits for limit-allow-20

    what was done to it here
      ID  DAY  v1.0.0 → v1.1.0, held  rebase v1.1.0
      ID  DAY  added                  init --base v1.0.0
    next: pq why limit-allow-20 v1.1.0  (the patch that it waits for)
    -- stderr
    ");
}

#[test]
fn what_is_not_there_is_refused() {
    let fork = Fork::queue();
    fork.refuses(2, &["why", "no-such-patch"]);
    fork.refuses(2, &["why", "limit", "v1.1.0"]);
    fork.refuses(2, &["why", "net-retry", "v7"]);
}

#[test]
fn the_document_has_the_forecast_of_the_patch() {
    let fork = Fork::queue();
    let json = fork.ok(&["why", "limit-allow-20", "main", "--format=json"]).json();
    let forecast = fork.run(&["forecast", "main", "--format=json"]).json();
    assert_eq!(json["kind"], "why/1");
    assert_eq!(json["forecast"], forecast["releases"][0]["patches"][1]);
    assert_eq!(json["patch"]["kind"], "fork");
    assert_eq!(json["hunks"][0]["state"], "missing");
}
