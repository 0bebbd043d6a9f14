use insta::assert_snapshot;

use super::fork::Fork;
use super::verify::memory;

#[test]
fn a_fresh_queue_is_whole() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["fsck"]), @"
    exit: 0
    -- stdout
    queue: 1 operation in the log
    all is well
    -- stderr
    ");
}

#[test]
fn what_can_be_mended_is_mended_when_asked() {
    let fork = Fork::queue();
    fork.run(&["rebase", "v1.1.0"]);
    let held = "refs/pq/pq%2fqueue/held/limit-allow-20";
    let commit = fork.git(&["rev-parse", held]);
    fork.git(&["update-ref", "-d", held]);
    fork.git(&["update-ref", "refs/pq/pq%2fqueue/held/gone", "v1.0.0"]);
    std::fs::write(memory(&fork), "{").unwrap();
    std::fs::write(fork.dir().join("patches/old.patch"), "").unwrap();
    let before = fork.state();
    // A look makes again what is remembered, so it is damaged once more after each.
    assert_snapshot!(fork.run(&["fsck"]), @"
    exit: 1
    -- stdout
    queue: 2 operations in the log
      warning: patches/old.patch is in no series
        add it to `series` in pq.toml, or delete it
      error: refs/pq/pq%2fqueue/held/limit-allow-20 is not at 8be2568d1a7d, so git may collect what the patch needs
        `pq fsck --fix` sets it
      warning: refs/pq/pq%2fqueue/held/gone belongs to no held patch
        `pq fsck --fix` deletes it
      warning: the remembered commits cannot be read: they are made again
        `pq fsck --fix` deletes the file
    next: pq verify  (checks the patches)
    -- stderr
    ");
    assert!(fork.state() == before);
    std::fs::write(memory(&fork), "{").unwrap();
    assert_snapshot!(fork.run(&["fsck", "--fix"]), @"
    exit: 0
    -- stdout
    queue: 2 operations in the log
      warning: patches/old.patch is in no series
        add it to `series` in pq.toml, or delete it
      mended: refs/pq/pq%2fqueue/held/limit-allow-20 is not at 8be2568d1a7d, so git may collect what the patch needs
      mended: refs/pq/pq%2fqueue/held/gone belongs to no held patch
      mended: the remembered commits cannot be read: they are made again
    next: pq verify  (checks the patches)
    -- stderr
    ");
    assert_eq!(fork.git(&["rev-parse", held]), commit);
    assert_eq!(fork.git(&["for-each-ref", "refs/pq/pq%2fqueue/held/gone"]), "");
    let json = fork.ok(&["fsck", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["operations"]), (&"fsck/1".into(), &2.into()));
    assert_eq!(json["findings"].as_array().unwrap().len(), 1, "the stray");
}

#[test]
fn a_log_that_ends_early_is_found() {
    let fork = Fork::queue();
    let log = fork.git(&["for-each-ref", "--format=%(refname)", "refs/pq/log"]);
    fork.git(&["update-ref", &log, "v1.0.0"]);
    let output = fork.run(&["fsck"]);
    assert_eq!(output.code, Some(1), "{output}");
    let stdout = output.stdout();
    assert!(
        stdout.contains("error: the log of operations ends early") && stdout.contains("git update-ref -d"),
        "{output}"
    );
}

/// Scenario 46: git merged by lines what two people did, and left a name twice and one without a file.
#[test]
fn what_a_bad_merge_left_is_named_and_mended() {
    let fork = Fork::queue();
    let file = fork.dir().join("pq.toml");
    let good = std::fs::read_to_string(&file).unwrap();
    let bad = good.replace("  \"net-retry\",\n", "  \"net-retry\",\n  \"net-retry\",\n  \"nowhere\",\n");
    std::fs::write(&file, bad + "\n[patch.nowhere]\nowner = \"x\"\n").unwrap();
    assert_eq!(fork.run(&["status"]).code, Some(2));
    let found = fork.run(&["fsck"]);
    assert_eq!(found.code, Some(1), "{found}");
    assert!(found.stdout().contains("net-retry stood in the series twice"), "{found}");
    let mended = fork.run(&["fsck", "--fix"]);
    assert_eq!(mended.code, Some(0), "{mended}");
    assert_eq!(fork.run(&["verify"]).code, Some(0));
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim_end(), good.trim_end());
}
