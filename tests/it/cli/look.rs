//! `series`, `show`, `diff`, `files`, `graph`.

use insta::assert_snapshot;

use super::fork::Fork;
use crate::support::git;

#[test]
fn the_series_is_a_list() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["series"]), @"
    exit: 0
    -- stdout
    1  log-say-more           log: say more
    2  limit-allow-20         limit: allow 20
    3  limit-name-the-unit    limit: name the unit
    4  net-retry              net: retry
    next: pq show log-say-more
    -- stderr
    ");
    assert_snapshot!(fork.run(&["series", "-v"]), @"
    exit: 0
    -- stdout
    1  log-say-more         applied  backport  9eea30dd3299    log: say more
    2  limit-allow-20       applied  fork                      limit: allow 20
    3  limit-name-the-unit  applied  fork                      limit: name the unit
    4  net-retry            applied  fork                      net: retry
    next: pq show log-say-more
    -- stderr
    ");
    assert_snapshot!(fork.run(&["series", "--format=markdown"]), @"
    exit: 0
    -- stdout
    |  | patch | kind | state | subject |
    | --- | --- | --- | --- | --- |
    | 1 | `log-say-more` | backport | applied | `log: say more` |
    | 2 | `limit-allow-20` | fork | applied | `limit: allow 20` |
    | 3 | `limit-name-the-unit` | fork | applied | `limit: name the unit` |
    | 4 | `net-retry` | fork | applied | `net: retry` |
    -- stderr
    ");
    let json = fork.ok(&["series", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["patches"][1]["name"]), (&"series/1".into(), &"limit-allow-20".into()));
    assert_eq!(json["patches"][1]["number"], 2);
}

#[test]
fn a_patch_is_shown_with_its_text() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["show", "net"]), @"
    exit: 0
    -- stdout
    patch  net-retry (fork, applied)

    From: A U Thor <author@example.com>
    Date: Sun, 2 Feb 2020 12:00:00 +0000
    Subject: net: retry

    ---

    diff --git a/net.c b/net.c
    index dfe52a772102b95096660703c1fb3d1157aa1494..81a402299da300a8cebfabee55dac0bac375640e 100644
    --- a/net.c
    +++ b/net.c
    @@ -5,6 +5,6 @@ net 4
     net 5
     net 6
     net 7
    -net 8
    +net 8 again
     net 9
     net 10
    -- stderr
    ");
    let json = fork.ok(&["show", "net-retry", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["patch"]["name"]), (&"show/1".into(), &"net-retry".into()));
    let file = std::fs::read_to_string(fork.dir().join("patches/net-retry.patch")).unwrap();
    assert_eq!(json["text"], file);
}

#[test]
fn names_may_be_short_but_not_unclear() {
    let fork = Fork::queue();
    assert_snapshot!(fork.refuses(2, &["show", "limit"]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: "limit" could be limit-allow-20 or limit-name-the-unit
    hint: write more of the name
    "#);
    assert_snapshot!(fork.refuses(2, &["show", "limit-alow-20"]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: no patch is named "limit-alow-20"
    hint: did you mean limit-allow-20?
    "#);
    assert_snapshot!(fork.refuses(2, &["show", ""]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: no patch is named ""
    hint: `pq series` lists the patches
    "#);
}

#[test]
fn a_diff_is_for_git_apply() {
    let fork = Fork::queue();
    let tree = |range: &[&str]| {
        let patch = fork.pq.dir().join("range.patch");
        std::fs::write(&patch, fork.ok(&[&["diff"], range].concat()).stdout).unwrap();
        let patch = patch.to_string_lossy().into_owned();
        git(&fork.repo(), &["reset", "-q", "--hard", "v1.0.0"]);
        git(&fork.repo(), &["apply", "--index", "--allow-empty", &patch]);
        fork.git(&["write-tree"])
    };
    fork.git(&["checkout", "-q", "--detach"]);
    assert_eq!(tree(&[]), fork.git(&["rev-parse", "fork^{tree}"]));
    assert_eq!(tree(&["..limit-n"]), fork.git(&["rev-parse", "fork~1^{tree}"]));
    assert_eq!(tree(&["log"]), fork.git(&["rev-parse", "fork~3^{tree}"]));
    let run = fork.ok(&["diff", "limit-allow..limit-name"]).stdout();
    assert!(run.contains("-limit 5\n+limit 20 kB\n") && !run.contains("log"), "{run}");
    let tail = fork.ok(&["diff", "limit-name.."]).stdout();
    assert!(tail.contains("net 8 again") && tail.contains("-limit 20\n"), "{tail}");
    assert_eq!(fork.ok(&["diff", "--format=json"]).json()["kind"], "diff/1");
}

#[test]
fn files_say_who_touches_them() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["files"]), @"
    exit: 0
    -- stdout
    limit.c  limit-allow-20, limit-name-the-unit
    log.c    log-say-more
    net.c    net-retry
    -- stderr
    ");
    let json = fork.ok(&["files", "net-retry", "--format=json"]).json();
    assert_eq!(json["kind"], "files/1");
    assert_eq!(json["files"], serde_json::json!({"net.c": ["net-retry"]}));
}

#[test]
fn the_graph_is_a_tree_dot_and_json() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["graph"]), @"
    exit: 0
    -- stdout
    limit-allow-20
    └─ limit-name-the-unit  hunk limit.c
    2 patches stand alone
    -- stderr
    ");
    assert_snapshot!(fork.run(&["graph", "--format", "dot"]), @r#"
    exit: 0
    -- stdout
    digraph queue {
      rankdir=BT;
      node [shape=box];
      "log-say-more";
      "limit-allow-20";
      "limit-name-the-unit";
      "net-retry";
      "limit-name-the-unit" -> "limit-allow-20" [label="line 5 of limit.c"];
    }
    -- stderr
    "#);
    let json = fork.ok(&["graph", "--format=json"]).json();
    assert_eq!(json["kind"], "graph/1");
    assert_eq!(json["patches"].as_array().unwrap().len(), 4);
    let edge =
        serde_json::json!({"from": "limit-name-the-unit", "to": "limit-allow-20", "reason": "hunk", "path": "limit.c"});
    assert_eq!(json["edges"], serde_json::json!([edge]));
}

#[test]
fn only_a_graph_is_a_graph() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["status", "--format", "dot"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: `--format dot` is for `pq graph`: nothing else is a graph

    Usage: pq [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}
