//! What upstream has of the queue and did later, as `pq status` shows it: counted, and remembered as long as nothing changes.

use std::path::PathBuf;

use pq::model::{Oid, Silent};
use pq::ops::status::{Followups, Options, ReleaseNews, StatusReport, UpstreamNews, status};

use crate::support::{Fork, lines};

/// Four patches on v1.0.0. Of these v1.0.1, on the stable branch, has `one`. v1.1.0, on main, has `one`, had `two`, and has the
/// commit that `four` names, which is a small part of it. Later main got a fix of `one` and one of the base.
struct Story {
    fork: Fork,
    fix: Oid,
}

fn story() -> Story {
    let fork = Fork::new();
    let base = fork.on("main").write("a.txt", lines(40)).commit("Start");
    fork.tag("v1.0.0", base);
    fork.branch("v1.0", base);
    fork.branch("ours", base);
    let one = fork.on("main").edit("a.txt", "line 5\n", "5\n").author("U").commit("One upstream");
    let before = fork.tip("main");
    let two = fork.on("main").edit("a.txt", "line 15\n", "15\n").author("U").commit("Two upstream");
    let revert = format!("Revert \"Two upstream\"\n\nThis reverts commit {two}.");
    fork.on("main").tree_of(before).commit(&revert);
    let other = fork.on("main").write("other.txt", lines(9)).author("U").commit("Small");
    fork.tag("v1.1.0", other);
    let picked = |of: Oid, title: &str| format!("{title}\n\n[ upstream commit {of} ]");
    fork.on("v1.0").edit("a.txt", "line 5\n", "5\n").commit(&picked(one, "One upstream"));
    fork.tag("v1.0.1", fork.tip("v1.0"));
    fork.on("ours").edit("a.txt", "line 5\n", "5\n").commit(&picked(one, "one"));
    fork.on("ours").edit("a.txt", "line 15\n", "15\n").commit(&picked(two, "two"));
    fork.on("ours").edit("a.txt", "line 25\n", "25\n").commit("three");
    let much: String = (0..40).map(|n| format!("much {n}\n")).collect();
    fork.on("ours").write("other.txt", lines(9)).write("much.txt", much).commit(&picked(other, "four"));
    let fixes = |of: Oid, title: &str| format!("{title}\n\nFixes: {} (\"it\")", &of.to_string()[..12]);
    let fix = fork.on("main").write("fix.txt", "x\n").commit(&fixes(one, "Mend it"));
    fork.on("main").write("base.txt", "x\n").commit(&fixes(base, "Mend the base"));
    fork.init("v1.0.0", "ours");
    Story { fork, fix }
}

const FOLLOWUPS: Followups = Followups { revert: 1, security: 0, fix: 1, base: 1, note: 0 };

/// No count is as great as this.
const TAMPERED: usize = 77;

fn look(fork: &Fork, day: &str, quick: bool) -> Option<UpstreamNews> {
    status(&fork.open(), &Options { today: day.parse().unwrap(), quick, topics: Vec::new() }, &Silent).unwrap().upstream
}

fn news(fork: &Fork) -> UpstreamNews {
    fork.status().upstream.unwrap()
}

/// The files in which news are remembered.
fn memories(fork: &Fork) -> Vec<PathBuf> {
    let entries = |dir: PathBuf| std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    let below = entries(fork.upstream().join(".git/pq")).filter(|path| path.is_dir()).flat_map(entries);
    below.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("news-")).collect()
}

/// Puts other numbers under the same key.
fn tamper(fork: &Fork) {
    let [path] = &memories(fork)[..] else { panic!("one memory was expected") };
    let mut memory: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    memory["releases"][0]["has"] = TAMPERED.into();
    std::fs::write(path, memory.to_string()).unwrap();
}

fn is_tampered(news: &UpstreamNews) -> bool {
    news.releases[0].has == TAMPERED
}

#[test]
fn what_releases_have_and_what_is_missing_is_counted() {
    let Story { fork, .. } = story();
    let news = news(&fork);
    let release = |tag: &str, has, reverted, review| {
        let commit = fork.repo().resolve(tag).unwrap();
        ReleaseNews { release: tag.to_owned(), commit, has, reverted, review }
    };
    assert_eq!(news.releases, [release("v1.0.1", 1, 0, 0), release("v1.1.0", 1, 1, 1)]);
    assert_eq!(news.followups, Some(FOLLOWUPS));
    assert_eq!(news.left_out, Vec::<String>::new());
}

/// The verdicts are those of a rebase.
#[test]
fn a_rebase_says_the_same() {
    let Story { fork, .. } = story();
    for release in news(&fork).releases {
        let report = fork.dry_run(&release.release);
        let kept: Vec<_> = report.patches.iter().filter(|patch| patch.outcome.as_str() != "upstreamed").collect();
        assert_eq!(release.has, report.patches.len() - kept.len());
        assert_eq!(release.reverted, kept.iter().filter(|patch| !patch.reverted.is_empty()).count());
        assert_eq!(release.review, kept.iter().filter(|patch| !patch.review.is_empty()).count());
    }
}

#[test]
fn the_second_look_reads_what_is_remembered() {
    let Story { fork, .. } = story();
    let first = news(&fork);
    assert_eq!(news(&fork), first);
    tamper(&fork);
    assert!(is_tampered(&news(&fork)));
    assert!(is_tampered(&look(&fork, "2031-01-01", false).unwrap()), "nothing expires");
}

/// The story's news with `change` behind it, which must make what is remembered worthless.
fn after(change: impl FnOnce(&Story)) -> UpstreamNews {
    let story = story();
    news(&story.fork);
    tamper(&story.fork);
    change(&story);
    assert_eq!(look(&story.fork, "2030-06-15", true), None, "quick: what is remembered is of another time");
    let news = news(&story.fork);
    assert!(!is_tampered(&news), "{news:?}");
    tamper(&story.fork);
    assert!(is_tampered(&story.fork.status().upstream.unwrap()), "it is remembered again");
    news
}

#[test]
fn a_change_to_the_queue_is_looked_at() {
    let news = after(|story| {
        let file = story.fork.queue().join("patches/two.patch");
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, text.replace("Subject: two", "Subject: too")).unwrap();
    });
    assert_eq!(news.followups, Some(FOLLOWUPS));
    let news = after(|story| {
        let ignore = format!("[[ignore]]\nid = \"{}\"\nreason = \"seen\"\n", story.fix);
        story.fork.edit_manifest(|text| text + &ignore);
    });
    assert_eq!(news.followups, Some(Followups { fix: 0, ..FOLLOWUPS }));
}

#[test]
fn a_change_to_the_file_of_a_held_patch_is_looked_at() {
    let Story { fork, .. } = story();
    let next = fork.on("v1.0").edit("a.txt", "line 25\n", "upstream's\n").commit("In the way");
    fork.tag("v1.0.2", next);
    fork.tag("v1.0.3", fork.on("v1.0").write("more.txt", "x\n").commit("More"));
    assert_eq!(fork.rebase("v1.0.2").held(), 1);
    memories(&fork).iter().for_each(|file| std::fs::remove_file(file).unwrap());
    news(&fork);
    tamper(&fork);
    assert!(is_tampered(&news(&fork)));
    let file = fork.queue().join("patches/three.patch");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("Subject: three", "Subject: tree")).unwrap();
    assert!(!is_tampered(&news(&fork)));
}

#[test]
fn a_new_release_is_looked_at() {
    let news = after(|story| story.fork.tag("v1.1.1", story.fork.tip("main")));
    assert_eq!(news.releases[1].release, "v1.1.1");
    let moved = after(|story| story.fork.tag("v1.1.0", story.fork.tip("main")));
    assert_ne!(moved.releases[1].commit, news.releases[0].commit);
}

#[test]
fn new_commits_on_upstream_s_branches_are_looked_at() {
    let more = |branch: &'static str| {
        after(move |Story { fork, fix }| {
            let message = format!("Mend it again\n\nFixes: {}", fork.git(&["rev-parse", &format!("{fix}~4")]));
            fork.on(branch).write("again.txt", "x\n").commit(&message);
        })
    };
    assert_eq!(more("main").followups, Some(Followups { fix: 2, ..FOLLOWUPS }));
    assert_eq!(more("v1.0").followups, Some(Followups { fix: 2, ..FOLLOWUPS }));
}

#[test]
fn a_day_that_makes_an_ignored_one_count_again_is_looked_at() {
    let Story { fork, fix } = story();
    let ignore = format!("[[ignore]]\nid = \"{fix}\"\nreason = \"seen\"\nexpires = \"2030-06-15\"\n");
    fork.edit_manifest(|text| text + &ignore);
    let fixes = |day| look(&fork, day, false).unwrap().followups.unwrap().fix;
    assert_eq!((fixes("2030-06-15"), fixes("2030-06-16")), (0, 1));
}

#[test]
fn quick_shows_what_is_known_and_no_more() {
    let Story { fork, .. } = story();
    assert_eq!(look(&fork, "2030-06-15", true), None);
    assert_eq!(memories(&fork), Vec::<PathBuf>::new());
    let known = news(&fork);
    assert_eq!(look(&fork, "2030-06-15", true), Some(known));
}

#[test]
fn a_damaged_memory_is_made_again() {
    let Story { fork, .. } = story();
    let first = news(&fork);
    let [file] = &memories(&fork)[..] else { panic!() };
    let whole = std::fs::read(file).unwrap();
    for damage in [&whole[..whole.len() / 2], b"", b"{}", b"\xff\0"] {
        std::fs::write(file, damage).unwrap();
        assert_eq!(news(&fork), first);
        assert_eq!(std::fs::read(file).unwrap(), whole);
    }
    std::fs::remove_file(file).unwrap();
    assert_eq!(news(&fork), first);
}

#[test]
fn without_branches_of_upstream_there_are_no_follow_ups() {
    let Story { fork, .. } = story();
    let is_branch = |line: &&str| line.starts_with("mainline =") || line.starts_with("stable =");
    let without = |text: &str| text.lines().filter(|line| !is_branch(line)).map(|line| format!("{line}\n")).collect();
    fork.edit_manifest(|text| without(&text));
    let silent = news(&fork);
    assert_eq!((silent.releases.len(), silent.followups, silent.left_out), (2, None, vec![]));
    fork.edit_manifest(|text| text.replace("[upstream]\n", "[upstream]\nmainline = \"nowhere\"\n"));
    for _ in 0..2 {
        let told = news(&fork);
        assert_eq!((told.releases.len(), told.followups), (2, None));
        assert_eq!(told.left_out, ["follow-ups: the repository has no branch \"nowhere\" of upstream"]);
    }
}

#[test]
fn in_a_shallow_clone_nothing_is_counted() {
    let Story { fork, .. } = story();
    let base = fork.git(&["rev-parse", "v1.0.0"]);
    std::fs::write(fork.upstream().join(".git/shallow"), format!("{base}\n")).unwrap();
    for quick in [false, true] {
        let StatusReport { upstream, problems, .. } = fork.try_status(quick).unwrap();
        let UpstreamNews { releases, followups, deviations, left_out } = upstream.unwrap();
        assert_eq!((releases, followups, deviations, problems), (vec![], None, None, vec![]));
        assert!(left_out.len() == 1 && left_out[0].contains("shallow"), "{left_out:?}");
    }
    std::fs::remove_file(fork.upstream().join(".git/shallow")).unwrap();
    assert_eq!(news(&fork).releases.len(), 2);
}

/// What could not be read may be there the next time.
#[test]
fn what_cannot_be_read_is_left_out_and_not_remembered() {
    let Story { fork, .. } = story();
    fork.git(&["tag", "v1.2.0", "v1.1.0^{tree}"]);
    let news = news(&fork);
    assert_eq!(news.releases.iter().map(|news| news.release.as_str()).collect::<Vec<_>>(), ["v1.0.1"]);
    assert!(news.left_out.len() == 1 && news.left_out[0].starts_with("what v1.2.0 has: "), "{:?}", news.left_out);
    assert_eq!(news.followups, Some(FOLLOWUPS));
    assert_eq!(memories(&fork), Vec::<PathBuf>::new());
}
