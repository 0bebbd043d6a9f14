//! `pq resolutions` as people and programs see it.

use insta::assert_snapshot;

use super::fork::Fork;
use crate::support::git;

#[test]
fn what_is_recorded_is_listed_shown_and_used() {
    let fork = Fork::queue();
    assert_snapshot!(fork.ok(&["resolutions"]).to_string(), @"
    exit: 0
    -- stdout
    queue: nothing is recorded
    -- stderr
    ");
    fork.git(&["worktree", "add", "-q", "../work", "pq/queue"]);
    fork.run(&["rebase", "v1.1.0"]);
    fork.ok(&["resolve", "limit-allow-20", "--worktree", "../work"]);
    let work = fork.repo().join("../work");
    git(&work, &["checkout", "-q", "--theirs", "limit.c"]);
    git(&work, &["add", "limit.c"]);
    let settled = fork.ok(&["resolve", "--done"]).to_string();
    assert!(settled.contains("recorded for the next time: resolutions/limit.c-"), "{settled}");
    assert_snapshot!(fork.ok(&["resolutions"]).to_string(), @"
    exit: 0
    -- stdout
    queue: 1 resolution recorded
      limit.c-f17f4de330-75ee3d49cb.txt  hunk  limit.c  limit-allow-20 v1.0.0 → v1.1.0
    next: pq resolutions show limit.c-f17f4de330-75ee3d49cb.txt
    -- stderr
    ");
    assert_snapshot!(fork.ok(&["resolutions", "show", "limit"]).to_string(), @"
    exit: 0
    -- stdout
    resolutions/limit.c-f17f4de330-75ee3d49cb.txt
    pq resolution 1
    kind: hunk
    path: limit.c
    patch: limit-allow-20
    from: v1.0.0
    onto: v1.1.0

    |limit 5
    <limit 10
    >limit 20
    =limit 20
    end
    -- stderr
    ");
    let json = fork.ok(&["resolutions", "--format", "json"]).json();
    assert_eq!(json["kind"], "resolutions/1");
    assert_eq!(json["resolutions"][0]["patch"], "limit-allow-20");
    fork.ok(&["undo"]);
    fork.ok(&["undo"]);
    let report = fork.ok(&["rebase", "v1.1.0", "--dry-run"]).to_string();
    assert!(report.contains("resolved as recorded: to review"), "{report}");
    let report = fork.run(&["rebase", "v1.1.0", "--dry-run", "--no-resolutions"]);
    assert_eq!(report.code, Some(1), "{report}");
    let report = fork.ok(&["rebase", "v1.1.0", "--dry-run", "--format", "json"]).json();
    assert_eq!(report["summary"]["resolved"], 1);
    fork.refuses(2, &["resolutions", "show"]);
    fork.refuses(2, &["resolutions", "show", "nothing"]);
    assert!(fork.refuses(2, &["resolutions", "import", "nowhere"]).to_string().contains("rr-cache"));
    assert_snapshot!(fork.ok(&["resolutions", "prune", "--dry-run"]).to_string(), @"
    exit: 0
    -- stdout
    queue: 0 resolutions of patches that are gone: deleted (dry run: nothing is written)
    -- stderr
    ");
}
