//! `pq resolve` as people and programs see it.

use insta::assert_snapshot;

use super::fork::Fork;
use crate::support::git;

/// A queue after a rebase that held something, with its branch checked out in `work`.
fn held() -> Fork {
    let fork = Fork::queue();
    fork.git(&["worktree", "add", "-q", "../work", "pq/queue"]);
    assert_eq!(fork.run(&["rebase", "v1.1.0"]).code, Some(1));
    fork
}

fn without_ids(text: String) -> String {
    let is_id = |word: &str| word.len() == 12 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let clean = |word: &str| if is_id(word.trim_matches(['(', ')', ','])) { "ID".to_owned() } else { word.to_owned() };
    text.lines().map(|line| line.split(' ').map(clean).collect::<Vec<_>>().join(" ") + "\n").collect()
}

#[test]
fn a_patch_is_opened_settled_and_taken_back() {
    let fork = held();
    let list = fork.ok(&["resolve"]).to_string();
    let list = list.lines().map(|line| line.split(", since ").next().unwrap().to_owned() + "\n").collect::<String>();
    assert_snapshot!(list, @"
    exit: 0
    -- stdout
    queue: 2 patches are held

    held, in the order that frees most
      limit-allow-20: limit.c
      limit-name-the-unit: waits for limit-allow-20
    next: pq resolve limit-allow-20  (opens it)
    -- stderr
    ");
    assert_snapshot!(without_ids(fork.ok(&["resolve", "limit-allow-20", "--worktree", "../work"]).to_string()), @"
    exit: 0
    -- stdout
    queue: limit-allow-20 is open in $DIR/work
    it wants: limit: allow 20 (A U Thor, for v1.0.0)

    limit.c
      the patch and v1.1.0 changed the same lines since v1.0.0
      upstream: ID limit: allow 10 (A U Thor, 2020-02-02)
      edit it, then: git add limit.c
      what upstream has: git checkout --ours -- limit.c && git add limit.c
      what the patch wants: git checkout --theirs -- limit.c && git add limit.c
    next: pq resolve --done  (takes the result; `--abort` gives it up)
    -- stderr
    ");
    assert_snapshot!(fork.refuses(2, &["resolve", "--done"]).to_string(), @"
    exit: 2
    -- stdout
    -- stderr
    error: not settled yet: limit.c
    hint: edit them, then `git add PATH` for each; `git rm PATH` if it has to go
    ");
    assert_snapshot!(fork.refuses(2, &["rebase", "v1.1.0"]).to_string(), @"
    exit: 2
    -- stdout
    -- stderr
    error: limit-allow-20 is being settled in $DIR/work
    hint: end it first: `pq resolve --done` takes the result, `pq resolve --abort` puts the worktree back
    ");
    assert_snapshot!(without_ids(fork.ok(&["resolve", "--abort"]).to_string()), @"
    exit: 0
    -- stdout
    queue: limit-allow-20 is left as it was, $DIR/work too
    next: pq resolve limit-allow-20  (opens it)
    -- stderr
    ");
    assert_eq!(git(&fork.pq.dir().join("work"), &["status", "--porcelain"]), "");
    let json = fork.ok(&["resolve", "--format", "json"]).json();
    assert_eq!(json["kind"], "resolve/1");
    fork.refuses(2, &["resolve", "--done"]);
}

#[test]
fn names_are_not_ignored() {
    let fork = held();
    let output = fork.run(&["resolve", "--worktree", "../work"]);
    assert_eq!(output.code, Some(2), "{output}");
    assert!(output.stderr().contains("<NAME>"), "{output}");
    fork.ok(&["resolve", "limit-allow-20", "--worktree", "../work"]);
    for option in ["--done", "--abort"] {
        for (name, why) in [("no-such-patch", "no-such-patch"), ("limit-name", "limit-allow-20 is being settled")] {
            let output = fork.run(&["resolve", name, option]);
            assert_ne!(output.code, Some(0), "{output}");
            assert!(output.stderr().contains(why), "{output}");
        }
    }
    fork.ok(&["resolve", "limit-allow-20", "--abort"]);
}

#[test]
fn what_comes_next_is_what_helps() {
    let fork = held();
    fork.ok(&["resolve", "limit-allow-20", "--worktree", "../work"]);
    let status = fork.run(&["status"]).stdout();
    assert!(
        status.contains("limit-allow-20 is being settled in ") && status.contains("next: pq resolve  ("),
        "{status}"
    );
    assert_eq!(fork.run(&["status", "--format", "json"]).json()["resolving"]["patch"], "limit-allow-20");
    std::fs::write(fork.pq.dir().join("work/limit.c"), "mine\n").unwrap();
    assert_snapshot!(fork.ok(&["undo"]).to_string(), @"
    exit: 0
    -- stdout
    queue: taken back: resolve limit-allow-20
    the one before is: rebase v1.1.0
    what was made is kept: refs/pq/pq%2fqueue/aborted/limit-allow-20
      git restore --source=refs/pq/pq%2fqueue/aborted/limit-allow-20 -- PATH brings a file back
    next: pq resolve limit-allow-20  (opens it again)
    -- stderr
    ");
    let json = fork.ok(&["resolve", "--format", "json"]).json();
    assert_eq!(json["held"][0]["saved"][0], "refs/pq/pq%2fqueue/aborted/limit-allow-20");
    for patch in ["limit-name-the-unit", "limit-allow-20"] {
        fork.ok(&["resolve", patch, "--drop", "nobody needs it"]);
    }
    let nothing = fork.ok(&["resolve", "--all-trivial"]).stdout();
    assert!(nothing.contains("nothing can be carried") && nothing.ends_with("next: pq status\n"), "{nothing}");
}
