//! Input that is wrong, hostile or damaged: an exit code, the place, a remedy, and nothing written.

use insta::assert_snapshot;

use super::fork::{Fork, assert_clean};
use crate::support::{Output, Pq, git};

/// Commands that would look, and commands that would write.
const COMMANDS: [&[&str]; 4] =
    [&["status"], &["rebase", "v1.0.1"], &["refresh", "--onto", "latest"], &["drop", "log-say-more"]];

/// What all of these commands say; they agree.
fn refusal(fork: &Fork, code: i32) -> String {
    let outputs = COMMANDS.map(|command| fork.refuses(code, command).to_string());
    assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]), "{outputs:#?}");
    outputs.into_iter().next().unwrap()
}

/// The fork with a patch file of this text in the place of its last one.
fn with_patch(text: &[u8]) -> Fork {
    let fork = Fork::queue();
    let mut file = b"From: A <a@example.com>\nDate: Sun, 2 Feb 2020 12:00:00 +0000\nSubject: x\n\n---\n\n".to_vec();
    file.extend(text);
    std::fs::write(fork.dir().join("patches/net-retry.patch"), file).unwrap();
    fork
}

fn added(path: &str) -> String {
    format!("diff --git {path} {path}\nnew file mode 100644\n--- /dev/null\n+++ {path}\n@@ -0,0 +1 @@\n+x\n")
}

#[test]
fn a_patch_that_does_not_apply() {
    let text = "diff --git a/net.c b/net.c\n--- a/net.c\n+++ b/net.c\n@@ -8 +8 @@\n-net eight\n+net\n";
    assert_snapshot!(refusal(&with_patch(text.as_bytes()), 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: patches/net-retry.patch:7: net.c: hunk 1 (line 10 of the patch) does not apply: its lines are not in the file near line 8
    hint: patch files apply to the base in pq.toml, in the order of `series`: restore patches/net-retry.patch or the order (`pq undo` takes back pq's last change), and move to another base with `pq rebase`
    ");
}

/// The remedy that is named works: also what a person did by hand is taken back.
#[test]
fn undo_mends_a_patch_that_was_damaged_by_hand() {
    let fork = Fork::queue();
    let before = fork.state().0;
    fork.edit("patches/net-retry.patch", |text| text.replace("@@ -5,6", "@@ -5,9"));
    refusal(&fork, 2);
    fork.ok(&["undo"]);
    assert!(fork.state().0 == before);
    fork.ok(&["verify"]);
}

#[test]
fn a_hunk_with_wrong_counts() {
    let text = "diff --git a/net.c b/net.c\n--- a/net.c\n+++ b/net.c\n@@ -8,3 +8 @@\n-net 8\n+net\n";
    assert_snapshot!(refusal(&with_patch(text.as_bytes()), 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: patches/net-retry.patch: line 13: the file ends within a hunk: 2 more lines are due
    hint: mend patches/net-retry.patch there, or take back the last change with `pq undo`
    ");
}

#[test]
fn a_binary_that_is_cut_off() {
    let text =
        "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..1111111\nGIT binary patch\nliteral 300\nzcmeAS@";
    assert_snapshot!(refusal(&with_patch(text.as_bytes()), 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: patches/net-retry.patch: line 12: binary patch: the data end too early
    hint: mend patches/net-retry.patch there, or take back the last change with `pq undo`
    ");
}

#[test]
fn paths_that_lead_out_or_into_git() {
    for path in ["../x", "/x", ".git/config", ".GIT/x", "a/.git/hooks/x", "a/../../x", "git~1/x", ".git./x"] {
        let fork = with_patch(added(&format!("b/{path}")).as_bytes());
        let output = fork.refuses(2, &["rebase", "v1.0.1"]);
        assert!(output.stderr().contains("patches/net-retry.patch"), "{path}\n{output}");
        assert!(!fork.pq.dir().join("x").exists() && !fork.repo().join("x").exists());
    }
    assert_snapshot!(refusal(&with_patch(added("b/.GIT/x").as_bytes()), 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: patches/net-retry.patch: line 7: the path .GIT/x is not safe: it leads into `.git`
    hint: mend patches/net-retry.patch there, or take back the last change with `pq undo`
    ");
}

#[test]
fn a_symlink_that_a_patch_would_write_through() {
    let link = "diff --git a/dir b/dir\nnew file mode 120000\n--- /dev/null\n+++ b/dir\n@@ -0,0 +1 @@\n+/tmp\n\\ No newline at end of file\n";
    let fork = with_patch(format!("{link}{}", added("b/dir/x")).as_bytes());
    assert_snapshot!(refusal(&fork, 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: patches/net-retry.patch:14: dir/x leads through a file or symlink
    hint: patch files apply to the base in pq.toml, in the order of `series`: restore patches/net-retry.patch or the order (`pq undo` takes back pq's last change), and move to another base with `pq rebase`
    ");
}

#[test]
fn a_key_that_nobody_knows_and_a_name_twice() {
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| text.replace("[line]\n", "[line]\nbrnach = \"x\"\n"));
    assert_snapshot!(refusal(&fork, 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/queue/pq.toml:10:1: unknown key `brnach` in [line]
    hint: did you mean `branch`?
    ");
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| text.replace("  \"net-retry\",\n", "  \"net-retry\",\n  \"net-retry\",\n"));
    assert_snapshot!(refusal(&fork, 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/queue/pq.toml:20:3: `net-retry` stands in `series` already, in line 19
    hint: delete one of them
    ");
}

#[test]
fn a_patch_file_that_is_missing() {
    let fork = Fork::queue();
    std::fs::remove_file(fork.dir().join("patches/net-retry.patch")).unwrap();
    assert_snapshot!(refusal(&fork, 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/queue/patches/net-retry.patch is missing
    hint: restore what is missing with git, or take the patches out of `series` with `pq drop`
    ");
}

fn requires(fork: &Fork, patch: &str, needed: &str) {
    fork.edit("pq.toml", |text| text + &format!("\n[patch.{patch}]\nrequires = [\"{needed}\"]\n"));
}

#[test]
fn patches_that_require_one_another() {
    let fork = Fork::queue();
    requires(&fork, "net-retry", "limit-allow-20");
    requires(&fork, "limit-allow-20", "net-retry");
    assert_snapshot!(refusal(&fork, 2), @"
    exit: 2
    -- stdout
    -- stderr
    error: patches need one another in a circle: limit-allow-20 needs net-retry (requires), net-retry needs limit-allow-20 (requires)
    hint: take `net-retry` out of `requires` of [patch.limit-allow-20] in pq.toml
    ");
}

#[test]
fn an_order_that_breaks_a_requirement() {
    let fork = Fork::queue();
    requires(&fork, "limit-allow-20", "net-retry");
    assert_snapshot!(fork.refuses(2, &["rebase", "v1.0.1"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: the order of the series breaks dependencies:
      limit-allow-20 needs net-retry (requires)
    hint: `pq move limit-allow-20 --after net-retry`
    ");
    fork.refuses(2, &["rebase", "v1.0.1", "--dry-run"]);
    fork.refuses(2, &["refresh"]);
    assert_eq!(fork.run(&["refresh", "--check"]).code, Some(1));
    fork.ok(&["move", "limit-name-the-unit", "--last"]);
    fork.ok(&["move", "limit-allow-20", "--after", "net-retry"]);
    fork.ok(&["rebase", "v1.0.1"]);
}

#[test]
fn a_base_that_is_not_there() {
    let fork = Fork::queue();
    let base = fork.git(&["rev-parse", "v1.0.0"]);
    fork.edit("pq.toml", |text| text.replace(&base, &"1".repeat(40)));
    assert_snapshot!(refusal(&fork, 3), @"
    exit: 3
    -- stdout
    -- stderr
    error: the base commit 1111111111111111111111111111111111111111 (v1.0.0) is not in $DIR/upstream/.git
    hint: fetch it: `git fetch --tags` in the upstream repository
    ");
}

#[test]
fn a_base_whose_tag_moved() {
    let fork = Fork::queue();
    fork.git(&["tag", "-f", "v1.0.0", "v1.1.0"]);
    let status = fork.run(&["status", "--check"]);
    assert_eq!(status.code, Some(1));
    assert!(status.stdout().contains("the tag v1.0.0 was moved to"), "{status}");
    // The queue stands on the commit that was recorded, and goes on from there.
    assert_eq!(fork.run(&["refresh", "--check"]).code, Some(0));
    fork.ok(&["rebase", "v1.0.1"]);
}

#[test]
fn a_clone_without_its_history() {
    let fork = Fork::queue();
    let url = format!("file://{}", fork.repo().display());
    git(fork.pq.dir(), &["clone", "-q", "--depth", "1", "--branch", "v1.1.0", &url, "shallow"]);
    fork.edit("pq.toml", |text| text.replace("../upstream", "../shallow"));
    assert_snapshot!(fork.refuses(3, &["status"]), @"
    exit: 3
    -- stdout
    -- stderr
    error: the base commit 508ad8d43ca491a0d5563378642016b8ed49846f (v1.0.0) is not in $DIR/shallow/.git
    hint: complete the clone with `git fetch --unshallow --tags`
    ");
    fork.refuses(3, &["rebase", "v1.1.0"]);
    fork.refuses(3, &["drop", "net-retry"]);
}

#[test]
fn an_object_that_is_damaged() {
    let fork = Fork::queue();
    let blob = fork.git(&["rev-parse", "v1.1.0:limit.c"]);
    let path = fork.repo().join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let mut permissions = std::fs::metadata(&path).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o644);
    std::fs::set_permissions(&path, permissions).unwrap();
    std::fs::write(&path, "garbage").unwrap();
    let output = fork.refuses(3, &["rebase", "v1.1.0"]);
    assert!(output.stderr().contains(&blob), "{output}");
    assert_snapshot!(output, @r#"
    exit: 3
    -- stdout
    -- stderr
    error: the object 7b726d0fc02ce33810b9a7c7f4bd2511d72e68a2 cannot be read
    caused by: Could not read loose object, path="$DIR/upstream/.git/objects/7b/726d0fc02ce33810b9a7c7f4bd2511d72e68a2"
    caused by: Could not decode zip stream
    caused by: Invalid input data
    hint: `git fsck` tells what is damaged; fetch the objects again from upstream
    "#);
}

#[test]
fn no_queue_no_repository_no_revision() {
    assert_snapshot!(Pq::new().run(&["status"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: found no pq.toml in $DIR or above it
    hint: run `pq init`, or name the directory with --queue
    ");
    let fork = Fork::queue();
    fork.edit("pq.toml", |text| text.replace("../upstream", "../nowhere"));
    assert_snapshot!(refusal_of(&fork, 3), @r#"
    exit: 3
    -- stdout
    -- stderr
    error: cannot open the upstream repository $DIR/nowhere
    caused by: "$DIR/nowhere" does not appear to be a git repository
    caused by: Could not retrieve metadata of "$DIR/nowhere"
    caused by: No such file or directory (os error 2)
    hint: check `repo` under [upstream] in pq.toml: a git repository that has upstream's history
    "#);
    let fork = Fork::queue();
    assert_snapshot!(fork.refuses(2, &["rebase", "v1.0.1\u{1b}[2J"]), @r#"
    exit: 2
    -- stdout
    -- stderr
    error: "v1.0.1\u{1b}[2J" names no commit in $DIR/upstream/.git
    hint: fetch it first (`git fetch --tags`), or check the spelling (`git tag`)
    "#);
    fork.refuses(2, &["refresh", "--onto", "v3"]);
    fork.refuses(2, &["rebase", "HEAD^{tree}"]);
}

fn refusal_of(fork: &Fork, code: i32) -> Output {
    let output = fork.run(&["status"]);
    assert_eq!(output.code, Some(code), "{output}");
    assert_clean(&output);
    output
}

/// Subject, author and path with escape sequences; a path that is a command of GitHub.
#[test]
fn text_that_would_act_on_a_terminal() {
    let fork = Fork::upstream();
    fork.git(&["checkout", "-q", "fork"]);
    fork.file("::error::x\u{1b}]0;title\u{7}\u{202e}", "\u{1b}[2J\n");
    fork.git(&["add", "-A"]);
    fork.git(&[
        "commit",
        "-q",
        "-m",
        "\u{1b}[31m::warning::red\u{9b}31m\u{202e}",
        "--author",
        "\u{1b}[1mB\u{7} <b\u{1b}@example.com>",
    ]);
    fork.git(&["checkout", "-q", "main"]);
    let output = fork.pq.run(&["init", "queue", "--upstream", "upstream", "--base", "v1.0.0", "--from", "fork"]);
    assert_clean(&output);
    assert_eq!(output.code, Some(0), "{output}");
    let name = "31m-warning-red-31m";
    for format in ["text", "github", "markdown", "json"] {
        for command in [
            &["series", "-v"][..],
            &["files"],
            &["header", name],
            &["graph", "-v"],
            &["status", "-v"],
            &["verify"],
            &["rebase", "v1.1.0", "--dry-run", "-v"],
            &["log", "-v"],
            &["fsck"],
        ] {
            let output = fork.run(&[command, &["--format", format]].concat());
            assert_clean(&output);
            assert!(output.code <= Some(1), "{command:?}\n{output}");
            let is_command = |line: &str| {
                line.trim_start().starts_with("::warning::red") || line.trim_start().starts_with("::error::x")
            };
            assert!(format != "github" || !output.stdout().lines().any(is_command), "{output}");
        }
        for command in [&["show", name][..], &["diff", name]] {
            // As text it goes into a pipe byte for byte, for `git apply`.
            if format != "text" {
                assert_clean(&fork.run(&[command, &["--format", format]].concat()));
            }
        }
    }
}

#[test]
fn a_branch_that_somebody_works_on() {
    let fork = Fork::queue();
    fork.git(&["worktree", "add", "-q", "../work", "pq/queue"]);
    let work = fork.pq.dir().join("work");
    let file = git(&work, &["ls-files"]).lines().next().unwrap().to_owned();
    std::fs::write(work.join(&file), "mine\n").unwrap();
    assert_snapshot!(fork.refuses(2, &["rebase", "v1.1.0"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: the worktree $DIR/work has changes that are not committed: limit.c
    hint: commit them, or put them away: `git -C $DIR/work stash`
    ");
    fork.refuses(2, &["rebase", "v1.1.0", "--force"]);
    fork.refuses(2, &["drop", "net-retry"]);
    assert_eq!(std::fs::read_to_string(work.join(&file)).unwrap(), "mine\n");
    assert_eq!(fork.run(&["rebase", "v1.1.0", "--dry-run"]).code, Some(1), "a dry run moves nothing");
    git(&work, &["checkout", "-q", &file]);
    fork.ok(&["drop", "net-retry"]);
    assert_eq!(git(&work, &["status", "--porcelain"]), "");
}

#[test]
fn a_branch_with_commits_of_somebody_else() {
    let fork = Fork::queue();
    fork.git(&["checkout", "-q", "pq/queue"]);
    fork.file("extra", "x\n");
    fork.commit("Not from the queue");
    let foreign = fork.git(&["rev-parse", "HEAD"]);
    fork.git(&["checkout", "-q", "--detach"]);
    let refused = fork.refuses(2, &["rebase", "v1.1.0"]);
    assert!(refused.stderr().contains(&foreign), "{refused}");
    assert_snapshot!(refused, @"
    exit: 2
    -- stdout
    -- stderr
    error: the branch pq/queue is at 5beccbd2330791ef389b18ce8cf76cd9c735d751, which pq did not put there
    hint: `pq refresh --adopt` takes it into the queue (`--dry-run` shows how); look with `git log pq/queue`; `--force` moves the branch all the same (`pq undo` brings it back)
    ");
    fork.refuses(2, &["refresh"]);
    fork.refuses(2, &["drop", "net-retry"]);
    assert_eq!(fork.run(&["rebase", "v1.1.0", "--force"]).code, Some(1));
    assert_ne!(fork.git(&["rev-parse", "pq/queue"]), foreign);
    fork.ok(&["undo"]);
    assert_eq!(fork.git(&["rev-parse", "pq/queue"]), foreign);
    fork.ok(&["refresh", "--force"]);
    fork.ok(&["verify"]);
}
