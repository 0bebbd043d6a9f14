//! Selectors; `find`, `annotate`, `absorb`, `squash`, `split`, `fold` and `refresh --adopt`.

use insta::assert_snapshot;

use super::fork::Fork;

fn series(fork: &Fork) -> Vec<String> {
    let json = fork.ok(&["series", "--format=json"]).json();
    json["patches"].as_array().unwrap().iter().map(|patch| patch["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn selectors_work_wherever_a_patch_is_named() {
    let fork = Fork::queue();
    let name = |args: &[&str]| {
        fork.ok(&[args, &["--format=json"][..]].concat()).json()["name"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!((name(&["header", "2"]), name(&["header", "@top"])), ("limit-allow-20".into(), "net-retry".into()));
    assert_eq!(
        (name(&["header", "^"]), name(&["header", "net~2"])),
        ("limit-name-the-unit".into(), "limit-allow-20".into())
    );
    assert!(fork.ok(&["show", "1"]).stdout().contains("log: say more"));
    assert!(fork.ok(&["diff", "2..3"]).stdout().contains("+limit 20 kB"));
    assert!(fork.ok(&["files", "2.."]).stdout().contains("net.c"));
    fork.ok(&["rename", "1", "log"]);
    assert_snapshot!(fork.refuses(2, &["drop", "2"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: drop limit-allow-20 would break dependencies:
      limit-name-the-unit needs limit-allow-20 (line 5 of limit.c)
    hint: `--with-dependents` takes those patches along
    ");
    fork.ok(&["drop", "2", "--with-dependents"]);
    assert_eq!(series(&fork), ["log", "net-retry"]);
    assert!(fork.ok(&["diff", "--since=1"]).stdout().contains("-limit 20 kB"));
    fork.ok(&["undo"]);
    fork.ok(&["move", "..2", "--with-dependents", "--last"]);
    assert_eq!(series(&fork), ["net-retry", "log", "limit-allow-20", "limit-name-the-unit"]);
    assert_snapshot!(fork.refuses(2, &["show", "2.."]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: "2.." names several patches; this takes one
    hint: name one patch: NAME, the start of a name, a number or @top
    "#);
}

#[test]
fn tabs_of_annotated_lines_are_blanks() {
    let fork = Fork::queue();
    let diff = "--- a/net.c\n+++ b/net.c\n@@ -1,2 +1,3 @@\n net 1\n+\tnet 1.5\n net 2\n";
    std::fs::write(fork.dir().join("text"), diff).unwrap();
    fork.ok(&["fold", "text"]);
    let said = fork.ok(&["annotate", "net.c"]).stdout();
    assert!(said.contains("net-retry  2       net 1.5"), "{said}");
}

#[test]
fn owners_are_shown_and_edits_absorbed() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["find", "limit.c:5"]), @"
    exit: 0
    -- stdout
    limit-name-the-unit  5  limit: name the unit
    -- stderr
    ");
    assert_snapshot!(fork.run(&["find", "limit.c:4"]), @"
    exit: 0
    -- stdout
    the base: no patch wrote that
    -- stderr
    ");
    assert_snapshot!(fork.run(&["find", "limit.c"]), @"
    exit: 0
    -- stdout
    limit-allow-20          limit: allow 20
    limit-name-the-unit  5  limit: name the unit
    -- stderr
    ");
    assert_snapshot!(fork.refuses(2, &["find", "nothing.c"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: there is no file nothing.c at net-retry, and no patch touches one
    hint: paths are those from the top of the worktree; `pq files` lists what patches touch
    ");
    assert!(fork.ok(&["annotate", "net.c"]).stdout().contains("net-retry  8   net 8 again"));
    let json = fork.ok(&["annotate", "net.c", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["lines"][7]["patch"]), (&"annotate/1".into(), &"net-retry".into()));
    assert_eq!(json["lines"][0], serde_json::json!({ "patch": null, "text": "net 1" }));
    fork.git(&["worktree", "add", "-q", "../tree", "pq/queue"]);
    let tree = fork.pq.dir().join("tree");
    for (file, old, new) in [("net.c", "8 again", "8 once more"), ("limit.c", "limit 2\n", "limit two\n")] {
        let text = std::fs::read_to_string(tree.join(file)).unwrap();
        assert!(text.contains(old));
        std::fs::write(tree.join(file), text.replace(old, new)).unwrap();
    }
    assert!(fork.ok(&["diff", "--worktree=../tree"]).stdout().contains("+net 8 once more"));
    assert_snapshot!(fork.run(&["absorb", "--dry-run", "--worktree", "../tree"]), @"
    exit: 0
    -- stdout
    queue: 1 hunk would go into patches (dry run: nothing is written)
      net-retry  net.c, line 8

    stays in the worktree
      limit.c, line 2: no patch wrote these lines
    next: pq absorb  (does it)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["absorb", "--worktree", "../tree"]), @"
    exit: 0
    -- stdout
    queue: 1 hunk absorbed
      net-retry  net.c, line 8

    stays in the worktree
      limit.c, line 2: no patch wrote these lines
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_eq!(crate::support::git(&tree, &["status", "--porcelain"]), " M limit.c\n");
    assert!(fork.ok(&["show", "net"]).stdout().contains("+net 8 once more"));
}

#[test]
fn patches_are_split_squashed_and_folded_into() {
    let fork = Fork::queue();
    let tree = || fork.git(&["rev-parse", "pq/queue^{tree}"]);
    let before = tree();
    assert_snapshot!(fork.run(&["squash", "2..3", "--name", "limit"]), @"
    exit: 0
    -- stdout
    queue: done: squash limit-allow-20 limit-name-the-unit
    tip db40194d9109 (tree 9087c5317c13)
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["squash", "log", "limit"]), @"
    exit: 0
    -- stdout
    queue: done: squash log-say-more limit
    tip 7f118a0fd888 (tree 9087c5317c13)
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["show", "1", "--hunks"]), @"
    exit: 0
    -- stdout
    log.c:1    +1 -1  @@ -1,6 +1,6 @@
    limit.c:1  +1 -1  @@ -2,7 +2,7 @@ limit 1
    -- stderr
    ");
    fork.ok(&[
        "split",
        "1",
        "--hunk",
        "limit.c:1",
        "--into",
        "limit",
        "--before",
        "-m",
        "limit: raise",
        "--topic",
        "limits",
    ]);
    assert_eq!((series(&fork).join(" "), tree()), ("limit log-say-more net-retry".into(), before));
    assert!(fork.ok(&["files", "--topic", "limits"]).stdout().contains("limit.c"));
    assert_snapshot!(fork.refuses(2, &["split", "net", "--file", "net.c", "--into", "x"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: that is all that net-retry does
    hint: leave something, or give it another name: `pq rename net-retry NEW`
    ");
    assert_eq!(fork.run(&["split", "net", "--hunk", "net.c", "--into", "x"]).code, Some(2));
    let diff = "--- a/net.c\n+++ b/net.c\n@@ -1,2 +1,3 @@\n net 1\n+net 1.5\n net 2\n";
    std::fs::write(fork.dir().join("text"), diff).unwrap();
    assert_snapshot!(fork.run(&["fold", "text"]), @"
    exit: 0
    -- stdout
    queue: done: fold text into net-retry
    tip 0249a6af3bfb (tree bd834017039d)
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_snapshot!(fork.refuses(2, &["fold", "text"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: text:1: net.c: hunk 1 (line 3 of the patch) does not apply: its lines are not in the file near line 1
    hint: `git apply -3` merges it into the worktree; `pq refresh` takes it from there
    ");
    assert!(fork.git(&["show", "pq/queue:net.c"]).starts_with("net 1\nnet 1.5\n"));
}

/// The whole way through the binary: what `git commit --amend` and `git commit` made on the branch.
#[test]
fn adopt_says_what_became_of_every_commit() {
    let fork = Fork::queue();
    fork.git(&["worktree", "add", "-q", "../tree", "pq/queue"]);
    let tree = fork.pq.dir().join("tree");
    let git = |args: &[&str]| crate::support::git(&tree, args);
    assert!(fork.ok(&["refresh", "--adopt"]).stdout().contains("every commit is its patch's own"));
    git(&["commit", "-q", "--amend", "-m", "net: try again"]);
    std::fs::write(tree.join("new.c"), "new\n").unwrap();
    git(&["add", "new.c"]);
    git(&["commit", "-q", "-m", "A new file"]);
    assert!(fork.run(&["status"]).stdout().contains("pq refresh --adopt"));
    assert_snapshot!(fork.refuses(2, &["drop", "@top"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: the branch pq/queue is at df97469df8e6f5a7ad81b7dc2187403f2a2442f3, which pq did not put there
    hint: `pq refresh --adopt` takes it into the queue (`--dry-run` shows how); look with `git log pq/queue`; `--force` moves the branch all the same (`pq undo` brings it back)
    ");
    assert_snapshot!(fork.run(&["refresh", "--adopt", "--dry-run"]), @"
    exit: 0
    -- stdout
    queue: the queue would be what the commits are (dry run: nothing is written)
      net-retry   a similar change  c875c87da06c net: try again
      a-new-file  new               df97469df8e6 A new file
    next: pq refresh --adopt  (does it)
    -- stderr
    ");
    assert_snapshot!(fork.run(&["refresh", "--adopt"]), @"
    exit: 0
    -- stdout
    queue: the queue is what the commits are
      net-retry   a similar change  c875c87da06c net: try again
      a-new-file  new               df97469df8e6 A new file
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_eq!(series(&fork), ["log-say-more", "limit-allow-20", "limit-name-the-unit", "net-retry", "a-new-file"]);
    assert_eq!(git(&["status", "--porcelain"]), "");
    assert_eq!(fork.ok(&["refresh", "--adopt", "--format=json"]).json()["unchanged"].as_array().unwrap().len(), 5);
    git(&["merge", "-q", "--no-ff", "-m", "Merge", "v1.0.1"]);
    assert_snapshot!(fork.refuses(2, &["refresh", "--adopt"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: d03ecfbfd600f11d6d53e0bb7e232df7f206a4a8 is a merge: a queue is one commit after the other
    hint: `git rebase 508ad8d43ca4` makes one line of it; then `pq refresh --adopt`
    ");
}
