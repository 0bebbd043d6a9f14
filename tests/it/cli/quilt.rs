use insta::assert_snapshot;

use super::fork::Fork;

const RETRY: &str = "\
Description: net: wait before the next try
Author: B C <b@example.com>
Origin: vendor
Last-Update: 2023-01-31
---
--- a/net.c
+++ b/net.c
@@ -3,3 +3,3 @@
 net 3
-net 4
+net 4 waits
 net 5
";

const MOVED: &str = "\
--- log.c
+++ log.c
@@ -1,3 +1,3 @@
 log 6
-log 7
+log seven
 log 8
";

/// An upstream with an empty queue, and two patches for quilt.
fn fork() -> Fork {
    let fork = Fork::upstream();
    fork.pq.ok(&["init", "queue", "--upstream", "upstream", "--base", "v1.0.0"]);
    let dir = fork.dir().join("debian/patches");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("series"), "# ours\nretry.patch\nlog.diff -p0\n").unwrap();
    std::fs::write(dir.join("retry.patch"), RETRY).unwrap();
    std::fs::write(dir.join("log.diff"), MOVED).unwrap();
    fork
}

#[test]
fn a_series_comes_in_and_goes_out() {
    let fork = fork();
    assert_snapshot!(fork.run(&["import", "quilt", "debian/patches"]), @"
    exit: 0
    -- stdout
    2 patches came from $DIR/queue/debian/patches/series to queue on v1.0.0
    1 exactly where they say, 1 with a hunk at another line
    no author is named: log
    no date is stated: log
    a day is stated, and no time: retry
    -p0, -R and the like are not needed any more: log
    the tree is the one that quilt push -a leaves (1bc82fb2a716)
    next: pq status
    -- stderr
    ");
    assert_snapshot!(fork.run(&["export", "quilt", "../out"]), @"
    exit: 0
    -- stdout
    2 patches in $DIR/out, for v1.0.0
    2 headers as imported
    quilt push -a gives the queue's tree (1bc82fb2a716)
    -- stderr
    ");
    assert_eq!(
        std::fs::read_to_string(fork.pq.dir().join("out/series")).unwrap().lines().skip(1).collect::<Vec<_>>(),
        ["retry.patch", "log.diff"]
    );
    assert_snapshot!(std::fs::read_to_string(fork.pq.dir().join("out/retry.patch")).unwrap(), @"
    Description: net: wait before the next try
    Author: B C <b@example.com>
    Origin: vendor
    Last-Update: 2023-01-31
    ---
    diff --git a/net.c b/net.c
    index dfe52a772102b95096660703c1fb3d1157aa1494..f887c0009703c43092b371cc20bf9321a19be0e3 100644
    --- a/net.c
    +++ b/net.c
    @@ -1,7 +1,7 @@
     net 1
     net 2
     net 3
    -net 4
    +net 4 waits
     net 5
     net 6
     net 7
    ");
    fork.ok(&["export", "debian", "../debian"]);
    assert_snapshot!(std::fs::read_to_string(fork.pq.dir().join("debian/log.diff")).unwrap(), @"
    Subject: log

    Origin: vendor
    ---

    diff --git a/log.c b/log.c
    index 8ee04858f9edfe13bca0f83f2b9466e518aaa001..8710e1ab97f464d1252dbdf1ee6b7b25e91d2a45 100644
    --- a/log.c
    +++ b/log.c
    @@ -4,7 +4,7 @@ log 3
     log 4
     log 5
     log 6
    -log 7
    +log seven
     log 8
     log 9
     log 10
    ");
}

#[test]
fn a_dry_run_tells_the_same_as_json() {
    let fork = fork();
    let dry = fork.ok(&["import", "quilt", ".", "--dry-run", "--format=json"]).json();
    let done = fork.ok(&["import", "quilt", "debian/patches/series", "--format=json"]).json();
    assert_eq!((&dry["kind"], &dry["dry_run"], &done["dry_run"]), (&"import/1".into(), &true.into(), &false.into()));
    for field in ["tip", "proof", "summary", "patches"] {
        assert_eq!(dry[field], done[field], "{field}");
    }
    assert_eq!(done["proof"]["equal"], true);
    assert_eq!(done["patches"][1]["moved"][0]["at"], 6);
    let out = fork.ok(&["export", "quilt", "../out", "--format=json"]).json();
    assert_eq!((&out["kind"], &out["tree"]), (&"export/1".into(), &out["queue_tree"]));
    assert_eq!(out["patches"][1]["file"], "log.diff");
}

#[test]
fn mistakes_name_the_file_and_what_to_do() {
    let fork = fork();
    let series = fork.dir().join("debian/patches/series");
    std::fs::write(&series, "retry.patch\nretry.patch\n").unwrap();
    assert_snapshot!(fork.refuses(2, &["import", "quilt", "debian/patches"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/queue/debian/patches/series: line 2: retry.patch stands in line 1 already
    hint: delete one of the two lines: quilt would stop at the second
    ");
    std::fs::write(&series, "retry.patch #+sid\n").unwrap();
    assert_snapshot!(fork.refuses(2, &["import", "quilt", "debian/patches"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/queue/debian/patches/series: line 1: retry.patch has the guard +sid, and nobody says which guards are on
    hint: say which are on: `--guards sid`, or `--guards ''` for none
    ");
    assert_snapshot!(fork.refuses(2, &["export", "quilt", "debian/patches"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/queue/debian/patches holds files that no export of pq wrote
    hint: name a new directory, or overwrite with --force
    ");
    assert_snapshot!(fork.refuses(2, &["import", "quilt", "patches"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: found no series file in $DIR/queue/patches, nor in patches or debian/patches below it
    hint: name the directory that holds the series file, for example debian/patches
    ");
}
