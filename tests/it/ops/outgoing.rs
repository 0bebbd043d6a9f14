//! The queue as mails, as a branch, as an archive, as a stack of StGit.

use bstr::{BStr, ByteSlice};
use pq::git::{Commit, Tree};
use pq::model::{Oid, Silent};
use pq::ops::chosen::Chosen;
use pq::ops::exchange::{
    Conflicts, Destination, How, IntakeReport, OutgoingOptions, OutgoingReport, StackOptions, export_stack, export_to,
    import_stack, mailbox,
};

use super::mails::{clone, fork, how};
use crate::support::{Fork, git, lines};

/// A queue of two patches that are independent, and one on top of the first.
pub fn queue() -> Fork {
    let fork = Fork::new();
    let start = fork.on("main").write("a.txt", lines(40)).write("b.txt", "a\r\nb\r\n").commit("Start");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    fork.on("ours").edit("a.txt", "line 3\n", "3\n").author("J\u{f6}rg").commit("Gr\u{fc}\u{df}e\n\nText.");
    fork.on("ours").write("b.txt", "a\r\nB\r\n").commit("Returns");
    fork.on("ours").edit("a.txt", "3\n", "three\n").commit("On top");
    fork.init("v1.0.0", "ours");
    fork
}

pub fn export(fork: &Fork, to: Destination, patches: &[&str], force: bool) -> pq::Result<OutgoingReport> {
    let patches = Chosen::of(patches);
    export_to(&fork.open(), &OutgoingOptions { patches, to, force }, &Silent)
}

#[test]
fn mails_are_in_the_form_that_people_know() {
    let fork = queue();
    let bytes = mailbox(&fork.open(), &Chosen::default(), &Silent).unwrap();
    let text = bytes.to_str().unwrap();
    assert!(
        text.starts_with("From ") && text.contains("\nFrom: =?UTF-8?q?J=C3=B6rg?= <author@example.com>\n"),
        "{text}"
    );
    assert!(text.contains("\nSubject: [PATCH 1/3] =?UTF-8?q?Gr=C3=BC=C3=9Fe?=\nX-Pq-Name: gr-e\n"), "{text}");
    assert!(text.contains("Subject: [PATCH 2/3] Returns\n"), "{text}");
    assert_eq!(text.matches("quoted-printable").count(), 1, "only what the mail would change is quoted: {text}");
    assert!(text.contains("+B=0D\n"), "{text}");
    assert!(!text.contains("X-Pq-Verbatim"), "{text}");
    let again = mailbox(&fork.open(), &Chosen::default(), &Silent).unwrap();
    assert_eq!(again, bytes);
}

/// Scenario 39: author, date, message and diff are those of the queue's commits.
#[test]
fn git_am_makes_the_commits_of_the_queue() {
    let fork = queue();
    let directory = fork.dir().join("mails");
    let report = export(&fork, Destination::Mails(directory.clone()), &[], false).unwrap();
    assert_eq!(report.patches[2].file, "0003-on-top.patch");
    let clone = clone(&fork);
    git(&clone, &["reset", "-q", "--hard", &report.base.commit.to_string()]);
    let files: Vec<String> =
        report.patches.iter().map(|one| directory.join(one.file.to_string()).display().to_string()).collect();
    let args: Vec<&str> =
        ["am", "-q", "--quoted-cr=nowarn"].into_iter().chain(files.iter().map(String::as_str)).collect();
    git(&clone, &args);
    let told =
        |at: &std::path::Path, range: &str| git(at, &["log", "--format=%T %an %ae %ad%n%B", "--date=raw", range]);
    let base = report.base.commit;
    assert_eq!(told(&clone, &format!("{base}..HEAD")), told(&fork.upstream(), &format!("{base}..fork")));
    let error = export(&fork, Destination::Mails(directory), &[], false).unwrap_err();
    assert!(error.to_string().contains("0001-gr-e.patch exists"), "{error}");
}

#[test]
fn chosen_patches_stand_on_the_base() {
    let fork = queue();
    let report = export(&fork, Destination::Branch("refs/heads/one".into()), &["returns"], false).unwrap();
    assert_eq!(fork.git(&["log", "--format=%s", "v1.0.0..one"]), "Returns");
    assert_eq!(fork.tree(fork.tip("one")), report.tree);
    let error = export(&fork, Destination::Branch("refs/heads/x".into()), &["on-top"], false).unwrap_err();
    assert!(error.to_string().contains("on-top"), "{error}");
    assert_eq!(fork.read_ref("refs/heads/x"), None);
}

#[test]
fn a_branch_moves_only_forward() {
    let fork = queue();
    let to = |name: &str| Destination::Branch(format!("refs/heads/{name}"));
    export(&fork, to("review"), &[], false).unwrap();
    assert_eq!(fork.tip("review"), fork.tip("fork"));
    export(&fork, to("review"), &[], false).unwrap();
    fork.branch("review", fork.repo().resolve("ours~1").unwrap());
    fork.branch("behind", fork.repo().resolve("fork~1").unwrap());
    export(&fork, to("behind"), &[], false).unwrap();
    assert_eq!(fork.tip("behind"), fork.tip("fork"));
    let other = fork.on("review").write("x", "x\n").commit("Somebody's");
    let error = export(&fork, to("review"), &[], false).unwrap_err();
    assert!(error.hint().unwrap().contains("--force"), "{error}");
    assert_eq!(fork.tip("review"), other);
    export(&fork, to("review"), &[], true).unwrap();
    assert!(export(&fork, to("fork"), &[], true).is_err(), "the line's own branch");
}

#[test]
fn an_archive_is_the_same_every_time() {
    let fork = queue();
    for name in ["q.tar", "q.tgz"] {
        let file = fork.dir().join(name);
        export(&fork, Destination::Archive(file.clone()), &[], false).unwrap();
        let bytes = std::fs::read(&file).unwrap();
        export(&fork, Destination::Archive(file.clone()), &[], true).unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), bytes);
        let Ok(listed) = std::process::Command::new("tar").arg("-tf").arg(&file).output() else { continue };
        let names = String::from_utf8(listed.stdout).unwrap();
        assert_eq!(names, "line/series\nline/gr-e.patch\nline/returns.patch\nline/on-top.patch\n");
    }
}

pub fn import(fork: &Fork, hidden: bool) -> pq::Result<IntakeReport> {
    import_stack(&fork.open(), &StackOptions { branch: "topic".into(), hidden }, &how(), &Silent)
}

/// A stack as StGit has it: `applied` is the branch.
pub fn stack(fork: &Fork, applied: &[(&str, Oid)], unapplied: &[(&str, Oid)], hidden: &[(&str, Oid)], version: u32) {
    let names = |list: &[(&str, Oid)]| list.iter().map(|(name, _)| format!("{name:?}")).collect::<Vec<_>>().join(",");
    let head = applied.last().unwrap().1;
    let all = [applied, unapplied, hidden].concat();
    let patches: Vec<String> = all.iter().map(|(name, id)| format!("{name:?}:{{\"oid\":\"{id}\"}}")).collect();
    let json = format!(
        "{{\"version\":{version},\"prev\":\"None\",\"head\":\"{head}\",\"applied\":[{}],\"unapplied\":[{}],\"hidden\":[{}],\"patches\":{{{}}}}}",
        names(applied),
        names(unapplied),
        names(hidden),
        patches.join(",")
    );
    let state = fork.after(&[]).write("stack.json", json).commit("state");
    fork.set_ref("refs/stacks/topic", Some(state));
    fork.branch("topic", head);
}

#[test]
fn a_stack_that_is_not_as_it_says_is_refused() {
    let fork = fork();
    let base = fork.repo().resolve("v1.0.0").unwrap();
    let one = fork.after(&[base]).edit("a.txt", "line 3\n", "3\n").commit("One");
    stack(&fork, &[("one", one)], &[], &[], 4);
    assert!(import(&fork, false).unwrap_err().to_string().contains("version 4"));
    stack(&fork, &[("one", one)], &[], &[], 5);
    fork.on("topic").write("x", "x\n").commit("More");
    let error = import(&fork, false).unwrap_err();
    assert!(error.hint().unwrap().contains("stg repair"), "{error}");
    let clash = fork.after(&[base]).edit("a.txt", "line 3\n", "drei\n").commit("Clash");
    stack(&fork, &[("one", one), ("clash", clash)], &[], &[], 5);
    let before = fork.snapshot();
    assert!(import(&fork, false).unwrap_err().to_string().contains("clash (a.txt)"));
    assert_eq!(fork.snapshot(), before, "what is applied there must not be held here unasked");
    import_stack(
        &fork.open(),
        &StackOptions { branch: "topic".into(), hidden: false },
        &How { conflicts: Conflicts::Hold, ..how() },
        &Silent,
    )
    .unwrap();
}

#[test]
fn a_stack_that_is_written_holds_all_that_it_needs() {
    let fork = Fork::new();
    let start = fork.on("main").write("a.txt", lines(200)).commit("Start");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    for n in 1..=20 {
        fork.on("ours").edit("a.txt", &format!("line {}\n", 8 * n), &format!("{n}\n")).commit(&format!("Patch {n}"));
    }
    fork.on("main").edit("a.txt", "line 8\n", "eins\n").commit("Upstream");
    fork.tag("v1.1.0", fork.tip("main"));
    fork.init("v1.0.0", "ours");
    let moved = fork.rebase("v1.1.0");
    assert!(moved.patches.len() == 20 && fork.status().summary.held > 0);
    let report = export_stack(&fork.open(), "topic", false, 1, &Silent).unwrap();
    assert_eq!(fork.tip("topic"), report.tip.commit);
    let state = fork.read_ref("refs/stacks/topic").unwrap();
    let objects = fork.repo().objects();
    let tree = Commit::read(&objects, state).unwrap().tree;
    let json = Tree::new(tree).get(&objects, BStr::new("stack.json")).unwrap().file().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&objects.blob(json.id).unwrap()).unwrap();
    let held = fork.status().summary.held;
    assert_eq!(json["unapplied"].as_array().unwrap().len(), held);
    assert_eq!(json["applied"].as_array().unwrap().len(), 20 - held);
    let kept = fork.git(&["rev-list", "--objects", "refs/stacks/topic"]);
    let ids = json["patches"].as_object().unwrap().values().map(|entry| entry["oid"].as_str().unwrap().to_owned());
    assert!(ids.into_iter().all(|id| kept.contains(&id)), "git collects nothing of it");
    assert!(export_stack(&fork.open(), "topic", false, 1, &Silent).is_err(), "there is one already");
    export_stack(&fork.open(), "topic", true, 1, &Silent).unwrap();
}
