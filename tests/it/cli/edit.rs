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
fn dep3_fields_are_added_and_free_text_keeps_its_bytes() {
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
