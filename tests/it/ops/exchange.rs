//! Commits, mails and stacks of other tools, in and out.

use pq::format::patchfile::PatchFile;
use pq::model::{Oid, Silent};
use pq::ops::edit::Target;
use pq::ops::exchange::{Conflicts, Fate, How, IntakeReport, Loss, import_commits};
use pq::ops::undo::undo;

use crate::support::{Fork, lines, lines_with};

const BASE: &str = "v1.0.0";

/// Upstream with two files, and a queue of one patch, which changes line 30 of `a.txt`.
fn fork() -> Fork {
    let fork = Fork::new();
    let start = fork.on("main").write("a.txt", lines(40)).write("b.txt", lines(40)).commit("Start");
    fork.tag(BASE, start);
    fork.branch("ours", start);
    fork.on("ours").edit("a.txt", "line 30\n", "ours\n").commit("Ours");
    fork.init(BASE, "ours");
    fork
}

fn how() -> How {
    How { target: Target::Last, conflicts: Conflicts::Refuse, dry_run: false, when: 1_700_000_000 }
}

fn try_git(fork: &Fork, revisions: &[&str], how: &How) -> pq::Result<IntakeReport> {
    let revisions: Vec<String> = revisions.iter().map(|one| (*one).to_owned()).collect();
    import_commits(&fork.open(), &revisions, how, &Silent)
}

/// Imports commits, and demands what holds of every import.
fn from_git(fork: &Fork, revisions: &[&str], how: &How) -> IntakeReport {
    let report = try_git(fork, revisions, how).unwrap();
    assert_ne!(report.proof.equal, Some(false));
    assert_eq!(fork.tip("fork"), report.tip.commit);
    assert_eq!(fork.tree(report.tip.commit), report.tip.tree);
    fork.check();
    report
}

fn series(fork: &Fork) -> Vec<String> {
    fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect()
}

/// What git says of the last commits of a branch: author, dates, message.
fn told(fork: &Fork, range: &str) -> String {
    fork.git(&["log", "--reverse", "--format=%an <%ae> %ad%n%B", "--date=raw", range])
}

#[test]
fn commits_come_with_author_date_message_and_encoding() {
    let fork = fork();
    fork.branch("topic", fork.tip("ours"));
    fork.on("topic").edit("a.txt", "line 3\n", "3\n").author("J\u{f6}rg").commit("One\n\nwith words");
    fork.on("topic")
        .write("new", "x\n")
        .mode("a.txt", pq::model::Mode::Executable)
        .commit("Two\n\n\n  odd  \n\n\nwords ");
    fork.on("topic").commit("Nothing");
    let latin = latin1_commit(&fork, fork.tip("topic"));
    fork.branch("topic", latin);
    let report = from_git(&fork, &["ours..topic"], &how());
    assert_eq!(report.proof.source_tree, Some(fork.tree(latin)));
    assert_eq!(series(&fork), ["ours", "one", "two", "nothing", "gr-n"]);
    assert_eq!(told(&fork, "ours..topic"), told(&fork, "fork~4..fork"));
    assert!(fork.git(&["cat-file", "commit", "fork"]).contains("encoding ISO-8859-1"));
    assert_eq!((report.summary.exact, report.summary.empty), (3, 1));
    undo(&fork.open(), 1).unwrap();
    assert_eq!(series(&fork), ["ours"]);
}

/// A commit whose author and message are Latin-1.
fn latin1_commit(fork: &Fork, parent: Oid) -> Oid {
    let made = fork.after(&[parent]).write("l", "l\n").commit("x");
    let repo = fork.repo();
    let mut objects = repo.objects();
    let mut commit = pq::git::Commit::read(&objects, made).unwrap();
    commit.author.name = b"J\xf6rg".into();
    commit.message = b"Gr\xfcn\n\n\xe4\n".into();
    commit.encoding = Some("ISO-8859-1".into());
    let id = objects.write(pq::git::Kind::Commit, commit.to_bytes());
    repo.write_objects(&mut objects).unwrap();
    id
}

#[test]
fn commits_of_another_place_are_merged() {
    let fork = fork();
    fork.branch("topic", fork.repo().resolve(BASE).unwrap());
    fork.on("topic").edit("a.txt", "line 3\n", "x\nx\n").commit("Shift");
    fork.on("topic").edit("a.txt", "line 20\n", "20\n").commit("Far");
    let report = from_git(&fork, &["v1.0.0..topic"], &how());
    assert_eq!(report.proof.source_tree, None, "the queue has a patch that the topic has not");
    assert_eq!(report.summary.merged, 2);
    let wanted = lines_with(40, &[(3, "x\nx"), (20, "20"), (30, "ours")]);
    assert_eq!(fork.content(fork.tip("fork"), "a.txt"), wanted);
}

#[test]
fn a_place_in_the_middle_carries_what_is_behind() {
    let fork = fork();
    let topic = fork.after(&[fork.repo().resolve(BASE).unwrap()]).edit("a.txt", "line 3\n", "x\nx\n").commit("Shift");
    let first = How { target: Target::Before("ours".into()), ..how() };
    let report = from_git(&fork, &[&topic.to_string()], &first);
    assert_eq!(series(&fork), ["shift", "ours"]);
    assert!(report.rewritten.is_empty(), "the text of the patch behind still makes what it must");
    assert_eq!(report.proof.equal, Some(true));
}

/// Scenario 27: nothing is left of an import that failed.
#[test]
fn what_conflicts_is_refused_by_name_or_held() {
    let fork = fork();
    let base = fork.repo().resolve(BASE).unwrap();
    fork.branch("topic", base);
    fork.on("topic").edit("b.txt", "line 3\n", "3\n").commit("Fine");
    fork.on("topic").edit("a.txt", "line 30\n", "theirs\n").commit("Clash");
    let before = fork.snapshot();
    let error = try_git(&fork, &["v1.0.0..topic"], &how()).unwrap_err();
    assert!(error.to_string().contains("clash (a.txt)"), "{error}");
    assert!(error.hint().unwrap().contains("--hold"));
    assert_eq!(fork.snapshot(), before);
    let report = from_git(&fork, &["v1.0.0..topic"], &How { conflicts: Conflicts::Hold, ..how() });
    assert_eq!((report.summary.held, report.summary.exact), (1, 1));
    assert_eq!(report.patches[1].placement, Fate::Held);
    let held = fork.open().manifest().patches[2].meta.held.clone().unwrap();
    assert_eq!(held.base_commit, fork.repo().resolve("topic~1").unwrap());
    assert_eq!(fork.read_ref("refs/pq/fork/held/clash"), Some(held.commit));
}

#[test]
fn an_import_that_would_hold_what_was_there_is_refused() {
    let fork = fork();
    let base = fork.repo().resolve(BASE).unwrap();
    let clash = fork.after(&[base]).edit("a.txt", "line 30\n", "theirs\n").commit("Clash");
    let before = fork.snapshot();
    let first = How { target: Target::First, ..how() };
    let error = try_git(&fork, &[&clash.to_string()], &first).unwrap_err().to_string();
    assert!(error.contains("ours (a.txt)"), "{error}");
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn merges_roots_and_nothing_are_refused_and_a_dry_run_writes_nothing() {
    let fork = fork();
    let base = fork.repo().resolve(BASE).unwrap();
    let side = fork.after(&[base]).edit("b.txt", "line 3\n", "3\n").commit("Side");
    let other = fork.after(&[base]).edit("b.txt", "line 9\n", "9\n").commit("Other");
    let merge = fork.after(&[side, other]).merge(other).commit("Merge");
    let before = fork.snapshot();
    for (revision, word) in [
        (format!("{base}..{merge}"), "is a merge"),
        (base.to_string(), "has no parent"),
        (format!("{base}..{base}"), "has no patch"),
    ] {
        let error = try_git(&fork, &[&revision], &how()).unwrap_err().to_string();
        assert!(error.contains(word), "{revision}: {error}");
    }
    let report = try_git(&fork, &[&side.to_string()], &How { dry_run: true, ..how() }).unwrap();
    assert!(report.dry_run && report.patches.len() == 1);
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn what_a_queue_does_not_keep_is_listed() {
    let fork = fork();
    let side = fork.after(&[fork.tip("ours")]).write("s", "s\n").commit("Side");
    let repo = fork.repo();
    let mut objects = repo.objects();
    let mut commit = pq::git::Commit::read(&objects, side).unwrap();
    commit.committer.name = "Somebody Else".into();
    let bytes = commit.to_bytes();
    let at = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
    let signed = [&bytes[..at], b"\ngpgsig -----BEGIN\n -----END", &bytes[at..]].concat();
    let id = objects.write(pq::git::Kind::Commit, signed);
    repo.write_objects(&mut objects).unwrap();
    let report = from_git(&fork, &[&id.to_string()], &how());
    assert_eq!(report.patches[0].losses, [Loss::Committer, Loss::Signature]);
}

/// A patch that upstream's commit is named in is known as a backport.
#[test]
fn provenance_is_read() {
    let fork = fork();
    let theirs = fork.on("main").edit("b.txt", "line 9\n", "fixed\n").commit("Fix");
    let text = format!("Fix\n\nCVE: CVE-2024-12345\n\n(cherry picked from commit {theirs})");
    let picked = fork.after(&[fork.tip("ours")]).edit("b.txt", "line 9\n", "fixed\n").commit(&text);
    let report = from_git(&fork, &[&picked.to_string()], &how());
    assert_eq!(report.patches[0].upstream, [theirs.to_string()]);
    let manifest = fork.manifest_text();
    assert!(manifest.contains("CVE-2024-12345"), "{manifest}");
    let file = PatchFile::parse(fork.patch_file("fix").as_bytes()).unwrap();
    assert_eq!(file.message.text, format!("{text}\n"));
}
