use insta::assert_snapshot;

use super::fork::Fork;

#[test]
fn a_branch_becomes_a_queue() {
    let fork = Fork::upstream();
    let args = ["init", "queue", "--upstream", "upstream", "--base", "v1.0.0", "--from", "fork"];
    assert_snapshot!(fork.pq.run(&args), @"
    exit: 0
    -- stdout
    queue in $DIR/queue, on v1.0.0
    4 patches: 1 with an upstream commit, 3 that do not say
    the tree is the branch's (9087c5317c13)
    branch pq/queue at 96e31b993b2b
    next: pq --queue $DIR/queue status
    -- stderr
    ");
    assert_eq!(fork.git(&["rev-parse", "pq/queue^{tree}"]), fork.git(&["rev-parse", "fork^{tree}"]));
    let again = fork.refuses(2, &["init", "--upstream", "../upstream", "--base", "v1.0.0"]);
    assert!(again.stderr().contains("has a queue already"), "{again}");
}

#[test]
fn without_a_branch_it_is_empty_and_here() {
    let fork = Fork::upstream();
    std::fs::create_dir(fork.dir()).unwrap();
    let args = ["init", "--upstream", "../upstream", "--base", "v1.0.0", "--name", "ours", "--branch", "ours/1.0"];
    let json = fork.ok(&[&args[..], &["--format=json"]].concat()).json();
    assert_eq!((&json["kind"], &json["line"], &json["branch"]), (&"init/1".into(), &"ours".into(), &"ours/1.0".into()));
    assert_eq!(json["summary"]["total"], 0);
    assert_eq!(fork.git(&["rev-parse", "ours/1.0"]), fork.git(&["rev-parse", "v1.0.0"]));
    assert_snapshot!(fork.run(&["series"]), @"
    exit: 0
    -- stdout
    the queue is empty
    -- stderr
    ");
}

#[test]
fn a_branch_that_does_not_stand_on_the_base_is_refused() {
    let fork = Fork::upstream();
    let args = ["init", "queue", "--upstream", "upstream", "--base", "v1.0.1", "--from", "fork"];
    let output = fork.pq.run(&args);
    assert_eq!(output.code, Some(2), "{output}");
    assert!(
        output.stderr().contains("fork does not contain v1.0.1") && output.stderr().contains("they part at"),
        "{output}"
    );
    assert!(!fork.dir().exists());
}

#[test]
fn what_is_not_there_is_named() {
    let fork = Fork::upstream();
    std::fs::create_dir(fork.pq.dir().join("empty")).unwrap();
    let no_repo = fork.pq.run(&["init", "queue", "--upstream", "empty", "--base", "v1.0.0"]);
    assert_eq!(no_repo.code, Some(3), "{no_repo}");
    assert!(
        no_repo.stderr().contains("cannot open the upstream repository $DIR/empty")
            || no_repo.stderr().contains("/empty")
    );
    let no_base = fork.pq.run(&["init", "queue", "--upstream", "upstream", "--base", "v9"]);
    assert_eq!(no_base.code, Some(2), "{no_base}");
    assert!(no_base.stderr().contains("\"v9\" names no commit"), "{no_base}");
    assert!(!fork.dir().exists());
}

#[test]
fn every_directory_gives_a_valid_name() {
    let fork = Fork::queue();
    for directory in [".pq", "my queue", "a..b.lock"] {
        fork.ok(&["init", directory, "--upstream", "../upstream", "--base", "v1.0.0"]);
        fork.ok(&["--queue", directory, "status"]);
    }
}

#[test]
fn a_name_that_no_branch_can_have_is_refused_before_anything_is_written() {
    let fork = Fork::queue();
    let refs = fork.git(&["for-each-ref"]);
    fork.refuses(2, &["init", "other", "--upstream", "../upstream", "--base", "v1.0.0", "--name", "a b"]);
    assert!(!fork.dir().join("other/pq.toml").exists());
    assert_eq!(fork.git(&["for-each-ref"]), refs);
}
