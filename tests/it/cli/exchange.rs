//! Imports and exports on the command line.

use super::fork::Fork;
use crate::support::git;

const DIFF: &str =
    "diff --git a/net.c b/net.c\n--- a/net.c\n+++ b/net.c\n@@ -2,3 +2,3 @@\n net 2\n-net 3\n+three\n net 4\n";

/// A directory of Mercurial's queues: guards in the series, an author and a date in the header.
#[test]
fn queues_of_mercurial_and_guilt_come_with_author_date_and_guards() {
    for kind in ["hg-mq", "guilt"] {
        let fork = Fork::queue();
        let dir = fork.pq.dir().join("mq");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("series"), "one.patch #+on\ntwo.patch #+off\nthree.patch #-on\n").unwrap();
        std::fs::write(dir.join("guards"), "on\n").unwrap();
        std::fs::write(dir.join("status"), "").unwrap();
        let head = "# HG changeset patch\n# User J <j@example.com>\n# Date 1600000000 -19800\n# Node ID 1234\n\nSay three\n\nWhy.\n\n";
        std::fs::write(dir.join("one.patch"), format!("{head}{DIFF}")).unwrap();
        for name in ["two.patch", "three.patch"] {
            std::fs::write(dir.join(name), "broken").unwrap();
        }
        let output = fork.run(&["import", kind, "../mq", "--format", "json"]);
        assert_eq!(output.code, Some(0), "{output}");
        assert_eq!(output.json()["guarded"].as_array().unwrap().len(), 2, "{output}");
        let told = git(&fork.repo(), &["log", "-1", "--format=%an <%ae> %ad%n%B", "--date=raw", "pq/queue"]);
        assert_eq!(told.trim_end(), "J <j@example.com> 1600000000 +0530\nSay three\n\nWhy.");
    }
}

#[test]
fn mails_go_out_on_standard_output_and_come_back_by_standard_input() {
    let fork = Fork::queue();
    let mails = fork.run(&["export", "mbox", "-"]);
    assert_eq!(mails.code, Some(0), "{mails}");
    std::fs::write(fork.pq.dir().join("mbox"), &mails.stdout).unwrap();
    fork.pq.ok(&["init", "other", "--upstream", "upstream", "--base", "v1.0.0"]);
    let output = fork.pq.run_in("other", &["import", "mbox", "../mbox"]);
    assert_eq!(output.code, Some(0), "{output}");
    assert!(output.stdout().contains("4 patches came from ../mbox"), "{output}");
    assert!(output.stdout().contains("the tree is the source's"), "{output}");
    assert_eq!(git(&fork.repo(), &["rev-parse", "pq/other"]), git(&fork.repo(), &["rev-parse", "pq/queue"]));
    let mut command = fork.pq.command(&["-C", "other", "import", "mbox", "-", "--dry-run", "--hold"]);
    let output = command.stdin(std::fs::File::open(fork.pq.dir().join("mbox")).unwrap()).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("standard input") || !output.status.success());
}

#[test]
fn commits_that_conflict_are_named_and_held_on_demand() {
    let fork = Fork::queue();
    let refused = fork.run(&["import", "git", "v1.0.1..v1.1.0"]);
    assert_eq!(refused.code, Some(1), "{refused}");
    assert!(refused.stderr().contains("limit-allow-10 (limit.c)") && refused.stderr().contains("--hold"), "{refused}");
    let held = fork.run(&["import", "git", "v1.0.1..v1.1.0", "--hold"]);
    assert_eq!(held.code, Some(1), "{held}");
    assert!(held.stdout().contains("next: pq resolve"), "{held}");
    assert_eq!(fork.run(&["undo"]).code, Some(0));
}
