//! `drop`, `move`, `rename`, `header`.

use std::io::Write;
use std::process::Stdio;

use insta::assert_snapshot;

use super::fork::Fork;

fn series(fork: &Fork) -> Vec<String> {
    let json = fork.ok(&["series", "--format=json"]).json();
    json["patches"].as_array().unwrap().iter().map(|patch| patch["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn drop_takes_patches_out_unless_one_is_needed() {
    let fork = Fork::queue();
    assert_snapshot!(fork.refuses(2, &["drop", "limit-allow-20"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: drop limit-allow-20 would break dependencies:
      limit-name-the-unit needs limit-allow-20 (line 5 of limit.c)
    hint: `--with-dependents` takes those patches along
    ");
    assert_snapshot!(fork.run(&["drop", "limit-n", "limit-a"]), @"
    exit: 0
    -- stdout
    queue: done: drop limit-name-the-unit limit-allow-20
    tip 45dfa3b6339b (tree 60d790ec90cc)
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_eq!(series(&fork), ["log-say-more", "net-retry"]);
    assert!(!fork.dir().join("patches/limit-allow-20.patch").exists());
    assert_eq!(fork.git(&["log", "--format=%s", "v1.0.0..pq/queue"]), "net: retry\nlog: say more");
    assert_eq!(fork.run(&["drop"]).code, Some(2));
}

#[test]
fn move_changes_the_order_unless_it_breaks() {
    let fork = Fork::queue();
    let tip = fork.git(&["rev-parse", "pq/queue"]);
    assert_snapshot!(fork.refuses(2, &["move", "limit-name", "--before", "limit-allow"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: move limit-name-the-unit --before limit-allow would break dependencies:
      limit-name-the-unit needs limit-allow-20 (line 5 of limit.c)
    hint: `--with-dependents` takes those patches along
    ");
    assert_snapshot!(fork.run(&["move", "net", "--first"]), @"
    exit: 0
    -- stdout
    queue: done: move net-retry --first
    tip 6522d1be21b7 (tree 9087c5317c13)
    next: pq undo  (takes it back)
    -- stderr
    ");
    fork.ok(&["move", "log", "--last"]);
    assert_eq!(series(&fork), ["net-retry", "limit-allow-20", "limit-name-the-unit", "log-say-more"]);
    fork.ok(&["move", "net", "--after", "limit-name"]);
    fork.ok(&["move", "log", "--before", "limit-allow"]);
    assert_eq!(series(&fork), ["log-say-more", "limit-allow-20", "limit-name-the-unit", "net-retry"]);
    assert_eq!(fork.git(&["rev-parse", "pq/queue"]), tip, "there and back again");
    assert_eq!(fork.run(&["move", "net"]).code, Some(2));
    assert_eq!(fork.run(&["move", "net", "--first", "--last"]).code, Some(2));
}

#[test]
fn rename_changes_the_name_and_nothing_else() {
    let fork = Fork::queue();
    let tip = fork.git(&["rev-parse", "pq/queue"]);
    let json = fork.ok(&["rename", "net", "net/retry", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["patches"]), (&"edit/1".into(), &serde_json::json!(["net/retry"])));
    assert!(
        fork.dir().join("patches/net/retry.patch").exists() && !fork.dir().join("patches/net-retry.patch").exists()
    );
    assert_eq!(fork.git(&["rev-parse", "pq/queue"]), tip);
    assert_snapshot!(fork.refuses(2, &["rename", "net", "../net"]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: "../net" cannot name a patch: a patch name holds no `..` and starts with none of `-`, `@`, `^`: those are options and selectors
    hint: choose another name
    "#);
    assert_snapshot!(fork.refuses(2, &["rename", "net", "limit-allow-20"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: there is a patch named limit-allow-20 already
    hint: choose another name
    ");
}

#[test]
fn a_header_is_shown() {
    let fork = Fork::queue();
    assert_snapshot!(fork.run(&["header", "log"]), @"
    exit: 0
    -- stdout
    From: A U Thor <author@example.com>
    Date: Sun, 2 Feb 2020 12:00:00 +0000
    Subject: log: say more

    (cherry picked from commit 9eea30dd32991b582b7fbabfc33bc08b99d588f1)
    -- stderr
    ");
    let json = fork.ok(&["header", "log", "--format=json"]).json();
    assert_eq!((&json["kind"], &json["subject"]), (&"header/1".into(), &"log: say more".into()));
    assert_eq!(json["author"], "A U Thor <author@example.com>");
}

#[test]
fn a_message_is_replaced_appended_and_edited() {
    let fork = Fork::queue();
    let message = || fork.git(&["log", "-1", "--format=%an %ad%n%B", "--date=iso", "pq/queue"]);
    std::fs::write(fork.dir().join("new"), "\nnet: try again\n\nTwice.\n\n\n").unwrap();
    assert_snapshot!(fork.run(&["header", "net", "--replace", "new"]), @"
    exit: 0
    -- stdout
    queue: done: header net-retry
    tip 3c3c1e2c066e (tree 9087c5317c13)
    next: pq undo  (takes it back)
    -- stderr
    ");
    assert_eq!(message(), "A U Thor 2020-02-02 12:00:00 +0000\nnet: try again\n\nTwice.");
    fork.ok(&["header", "net", "-a", "Reviewed-by: X <x@example.com>"]);
    fork.ok(&["header", "net", "-a", "Tested-by: Y <y@example.com>"]);
    assert!(
        message().ends_with("Twice.\n\nReviewed-by: X <x@example.com>\nTested-by: Y <y@example.com>"),
        "{}",
        message()
    );
    let mut child = fork.pq.command(&["--queue", "queue", "header", "net", "-r", "-"]);
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"net: from a pipe").unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(message(), "A U Thor 2020-02-02 12:00:00 +0000\nnet: from a pipe");
    let raw = fork.git(&["cat-file", "commit", "pq/queue"]);
    assert!(raw.ends_with("net: from a pipe"), "{raw}");
}

#[cfg(unix)]
#[test]
fn the_editor_is_asked() {
    let fork = Fork::queue();
    let fork = Fork { pq: fork.pq.env("EDITOR", "sed -i s/retry/edited/") };
    fork.ok(&["header", "net", "-e"]);
    assert_eq!(fork.git(&["log", "-1", "--format=%s", "pq/queue"]), "net: edited");
    let before = fork.state();
    assert!(fork.ok(&["header", "net", "-e"]).stdout().starts_with("From: "), "an unchanged message changes nothing");
    assert!(fork.state() == before);
    let fork = Fork { pq: fork.pq.env("VISUAL", "false") };
    assert_snapshot!(fork.refuses(3, &["header", "net", "-e"]), @"
    exit: 3
    -- stdout
    -- stderr
    error: the editor false failed: nothing was changed
    caused by: exit status: 1
    hint: set VISUAL or EDITOR to a command that works, or use --replace
    ");
    let fork = Fork { pq: fork.pq.env("VISUAL", "truncate -s 0") };
    assert_snapshot!(fork.refuses(2, &["header", "net", "-e"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: the message is empty: nothing was changed
    hint: write at least a subject
    ");
    // Somebody else changes the patch while the editor is open.
    let pq = env!("CARGO_BIN_EXE_pq");
    let slow = format!("f() {{ {pq} -q header net -a again; echo changed > \"$1\"; }}; f");
    let fork = Fork { pq: fork.pq.env("VISUAL", &slow) };
    assert_snapshot!(fork.run(&["header", "net", "-e"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: net-retry was changed by another command in the meantime: nothing was changed
    hint: look at it with `pq header net-retry`, and run the command again
    ");
}

#[test]
fn a_message_that_cannot_be_read_changes_nothing() {
    let fork = Fork::queue();
    assert_snapshot!(fork.refuses(2, &["header", "net", "-r", "nowhere"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: cannot read nowhere
    caused by: failed to open file `$DIR/queue/nowhere`: No such file or directory (os error 2)
    hint: name a file that you can read, or `-` for standard input
    ");
    assert_eq!(fork.run(&["header", "net", "-e", "-a", "x"]).code, Some(2));
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
fn scenario_36_adopt_says_what_became_of_every_commit() {
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

#[test]
fn scenario_16_dep3_fields_are_added_and_free_text_keeps_its_bytes() {
    let fork = Fork::queue();
    std::fs::write(fork.dir().join("new"), "net: try again\n\n  Odd \t text.\n\n\nMore.\n").unwrap();
    fork.ok(&["header", "net", "-r", "new"]);
    fork.ok(&["header", "net", "--dep3"]);
    let message = |rev: &str| fork.git(&["log", "-1", "--format=%B", rev]);
    let today = message("pq/queue").rsplit_once("Last-Update: ").unwrap().1.to_owned();
    assert_eq!(
        message("pq/queue"),
        format!("net: try again\n\n  Odd \t text.\n\n\nMore.\n\nOrigin: vendor\nForwarded: no\nLast-Update: {today}")
    );
    let before = fork.state();
    fork.ok(&["header", "net", "--dep3"]);
    assert!(fork.state() == before, "a second time nothing changes");
    fork.ok(&["header", "log", "--dep3"]);
    let log = message("pq/queue~3");
    assert!(
        log.contains("\nOrigin: upstream, commit:9eea30dd") && log.contains("\nApplied-Upstream: commit:9eea30dd"),
        "{log}"
    );
    assert_eq!(fork.run(&["header", "net", "--dep3", "-a", "x"]).code, Some(2));
}
