use insta::assert_snapshot;

use super::fork::{Fork, assert_clean};

#[test]
fn every_patch_on_every_release() {
    let fork = Fork::queue();
    let before = fork.state();
    let output = fork.run(&["forecast", "v1.0.1", "v1.1.0", "main"]);
    assert_clean(&output);
    assert_snapshot!(output, @"
    exit: 1
    -- stdout
    queue on v1.0.0: 4 patches
      v1.0.1  0d76bec4ac38  4 unchanged
      v1.1.0  d1094ff12d3c  1 unchanged, 1 upstreamed, 1 conflict, 1 blocked
      main    d1094ff12d3c  1 unchanged, 1 upstreamed, 1 conflict, 1 blocked

    patches by releases
                           v1.0.1     v1.1.0      main
      log-say-more         unchanged  upstreamed  upstreamed
      limit-allow-20       unchanged  conflict    conflict
      limit-name-the-unit  unchanged  blocked     blocked
      … and 1 that every release takes (-v shows them)

    conflicts
      limit-allow-20 on v1.1.0, main: limit.c (content)
        since d1094ff12d3c 2020-02-02 A U Thor: limit: allow 10
    next: pq rebase v1.0.1 --dry-run  (one of them in detail)
    -- stderr
    ");
    assert!(fork.state() == before);
}

#[test]
fn for_a_job_that_runs_every_night() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["forecast", "main", "--format=markdown"]), @"
    exit: 1
    -- stdout
    ### `queue` on `v1.0.0`: 4 patches

    | release | patches |
    | --- | --- |
    | `main` | 1 unchanged, 1 upstreamed, 1 conflict, 1 blocked |

    | patch | `main` |
    | --- | --- |
    | `log-say-more` | upstreamed |
    | `limit-allow-20` | **conflict** |
    | `limit-name-the-unit` | **blocked** |

    | conflict | on | where | since |
    | --- | --- | --- | --- |
    | `limit-allow-20` | `main` | `limit.c (content)` | `d1094ff12d3c` `2020-02-02 A U Thor: limit: allow 10` |
    -- stderr
    ");
    assert_snapshot!(fork.run(&["forecast", "main", "--format=github", "-q"]), @"
    exit: 1
    -- stdout
    ::error title=pq%3A queue::limit-allow-20 would conflict on main: limit.c (content), since d1094ff12d3c 2020-02-02 A U Thor: limit: allow 10
    ::warning title=pq%3A queue::limit-name-the-unit would be blocked on main: by limit-allow-20
    -- stderr
    ");
    let json = fork.run(&["forecast", "v1.0.1", "main", "--format=json"]).json();
    let id = |rev: &str| fork.git(&["rev-parse", rev]);
    assert_eq!(json["kind"], "forecast/1");
    assert_eq!(json["from"], serde_json::json!({"release": "v1.0.0", "commit": id("v1.0.0")}));
    let main = &json["releases"][1];
    assert_eq!((&main["release"], &main["commit"]), (&"main".into(), &id("main").into()));
    let conflict = &main["patches"][1];
    let broken = serde_json::json!({"commit": id("v1.1.0"), "author": "A U Thor <author@example.com>", "date": 1_580_644_800,
        "subject": "limit: allow 10", "pr": null});
    assert_eq!(conflict["breaks_at"], broken);
    assert_eq!(conflict["conflicts"][0]["culprits"], serde_json::json!([id("v1.1.0")]));
    let rebase = fork.run(&["rebase", "main", "--dry-run", "--format=json"]).json();
    assert_eq!((&main["tip"], &main["summary"]), (&rebase["tip"], &rebase["summary"]));
    for (patch, expected) in main["patches"].as_array().unwrap().iter().zip(rebase["patches"].as_array().unwrap()) {
        let mut patch = patch.clone();
        assert!(patch.as_object_mut().unwrap().remove("breaks_at").is_some());
        assert_eq!(patch, *expected);
    }
}

#[test]
fn releases_are_named_or_asked_for() {
    let fork = Fork::queue();
    let on = |args: &[&str]| {
        let json = fork.run(&[&["forecast", "--format=json"][..], args].concat()).json();
        let releases = json["releases"].as_array().unwrap().iter();
        releases.map(|it| it["release"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(on(&["--latest-minor", "--latest"]), ["v1.0.1", "v1.1.0"]);
    assert_eq!(on(&["main", "--newer", "v1.1.0"]), ["v1.0.1", "v1.1.0", "main"]);
    assert_eq!(fork.run(&["forecast"]).code, Some(2));
    fork.refuses(2, &["forecast", "v7"]);
    assert_eq!(fork.run(&["forecast", "v1.0.1"]).code, Some(0));
    fork.git(&["tag", "-d", "v1.0.1", "v1.1.0"]);
    assert_snapshot!(fork.ok(&["forecast", "--newer"]), @"
    exit: 0
    -- stdout
    queue: no release is newer than v1.0.0
    -- stderr
    ");
    fork.refuses(2, &["forecast", "--latest-minor"]);
}
