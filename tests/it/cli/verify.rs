use insta::assert_snapshot;

use super::fork::Fork;

#[test]
fn a_fresh_queue_holds_what_it_promises() {
    let fork = Fork::queue();
    let before = fork.state();
    assert_snapshot!(fork.run(&["verify"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0: 4 patches checked
    all is well, tip 96e31b993b2b
    -- stderr
    ");
    assert!(fork.state() == before);
    fork.run(&["rebase", "v1.1.0"]);
    assert_snapshot!(fork.run(&["verify"]), @"
    exit: 0
    -- stdout
    queue on v1.1.0: 3 patches checked
    all is well, tip f1176ee5e18b
    -- stderr
    ");
}

#[test]
fn everything_that_is_wrong_is_listed() {
    let fork = Fork::queue();
    fork.git(&["update-ref", "refs/heads/main", "v1.0.1"]);
    fork.git(&["branch", "-f", "pq/queue", "v1.0.0"]);
    fork.edit("pq.toml", |text| text + "\n[patch.net-retry]\nupstream = [\"0123456789abcdef\"]\n");
    fork.edit("patches/limit-name-the-unit.patch", |text| text.replace("-limit 20\n", "-limit 21\n"));
    assert_snapshot!(fork.run(&["verify"]), @"
    exit: 1
    -- stdout
    queue on v1.0.0: 4 patches checked
      error: patches/limit-name-the-unit.patch:7: limit.c: hunk 1 (line 11 of the patch) does not apply: its lines are not in the file near line 2
        patch files apply to the base in pq.toml, in the order of `series`: restore patches/limit-name-the-unit.patch or the order (`pq undo` takes back pq's last change), and move to another base with `pq rebase`
      warning: limit-name-the-unit: 1 after it: not tried
      error: net-retry: its upstream commit 0123456789abcdef is not in the repository, or not the only one
        fetch it, or correct `upstream` in pq.toml
      warning: log-say-more: its upstream commit 9eea30dd3299 is not on the mainline main
    next: pq status
    -- stderr
    ");
    assert_snapshot!(fork.run(&["verify", "--format=github", "-q"]), @"
    exit: 1
    -- stdout
    ::error title=pq%3A queue::patches/limit-name-the-unit.patch:7: limit.c: hunk 1 (line 11 of the patch) does not apply: its lines are not in the file near line 2
    ::warning title=pq%3A queue::limit-name-the-unit: 1 after it: not tried
    ::error title=pq%3A queue::net-retry: its upstream commit 0123456789abcdef is not in the repository, or not the only one
    ::warning title=pq%3A queue::log-say-more: its upstream commit 9eea30dd3299 is not on the mainline main
    -- stderr
    ");
    let json = fork.run(&["verify", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["tip"]), (&"verify/1".into(), &serde_json::Value::Null));
    assert_eq!(json["findings"][0]["severity"], "error");
    assert_eq!(json["findings"][0]["patch"], "limit-name-the-unit");
}

#[test]
fn a_warning_is_no_failure() {
    let fork = Fork::queue();
    fork.git(&["tag", "keep", "v1.1.0"]);
    fork.git(&["checkout", "-q", "-B", "main", "v1.0.1"]);
    assert_snapshot!(fork.run(&["verify"]), @"
    exit: 0
    -- stdout
    queue on v1.0.0: 4 patches checked
      warning: log-say-more: its upstream commit 9eea30dd3299 is not on the mainline main
    next: pq status
    -- stderr
    ");
}

#[test]
fn what_is_remembered_is_not_believed() {
    let fork = Fork::queue();
    let memory = memory(&fork);
    fork.ok(&["status"]);
    let tip = fork.git(&["rev-parse", "pq/queue"]);
    let text = std::fs::read_to_string(&memory).unwrap();
    assert!(text.contains(&tip));
    std::fs::write(&memory, text.replace(&tip, &fork.git(&["rev-parse", "v1.0.1"]))).unwrap();
    assert_snapshot!(fork.run(&["verify"]), @"
    exit: 1
    -- stdout
    queue on v1.0.0: 4 patches checked
      error: net-retry: is 96e31b993b2bbc064f5cefad1767444f51e0fe30 from scratch, and is remembered as 0d76bec4ac38259deedc24b7f0cd731fe3ccb2f2
        `pq fsck --fix` forgets what is remembered
    next: pq status
    -- stderr
    ");
    fork.ok(&["fsck", "--fix"]);
    fork.ok(&["verify"]);
}

/// The file of the remembered commits.
pub fn memory(fork: &Fork) -> std::path::PathBuf {
    fork.ok(&["status"]);
    let paths = |directory| std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files = paths(fork.repo().join(".git/pq")).filter(|path| path.is_dir()).flat_map(paths);
    files.find(|file| file.to_string_lossy().contains("materialized-")).unwrap()
}
