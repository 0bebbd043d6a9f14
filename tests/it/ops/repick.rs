//! A patch whose own text conflicts is picked again from another text of the same change.

use pq::model::{Mark, Oid, Outcome, Sign, Silent};
use pq::ops::evidence::DoubtKind;
use pq::ops::rebase::{self, Mode, RebaseReport, Repick};

use super::outcomes::base;
use crate::support::{Fork, Patches, Work, lines_with};

/// Upstream and a fork of v1.0.0 with our backport of `fix`. v1.1.0 has what `fix` stands on, unless `deep`: then only a part of that.
fn history(deep: bool, ours: impl Fn(Work<'_>) -> Work<'_>) -> (Fork, Oid) {
    let fork = base();
    fork.branch("v1.0", fork.tip("main"));
    let prepared = fork.on("main").edit("a.txt", "line 20\n", "prep 20\n").commit("prepare");
    fork.branch("v1.1", prepared);
    fork.tag("v1.1.0", prepared);
    let before = if deep {
        fork.on("main").edit("a.txt", "prep 20\n", "deep 20\n").commit("deeper");
        "deep 20\n"
    } else {
        "prep 20\n"
    };
    let fix = fork.on("main").edit("a.txt", before, &format!("fixed {before}")).commit("a: fix 20");
    let backport = fork.on("ours").edit("a.txt", "line 20\n", "fixed line 20\n");
    ours(backport).commit(&format!("a: fix 20\n\n[ upstream commit {fix} ]"));
    (fork, fix)
}

fn refused(fork: &Fork, onto: &str) -> RebaseReport {
    let options = rebase::Options { repick: Repick::Refuse, ..fork.options(onto, Mode::DryRun) };
    rebase::rebase(&fork.open(), &options, &Silent).unwrap()
}

#[test]
fn upstream_s_commit_is_taken_where_our_text_of_it_conflicts() {
    let (fork, fix) = history(false, |work| work);
    let ours = fork.on("ours").edit("a.txt", "line 23\n", "ours 23\n").commit("Behind it");
    assert_eq!(fork.content(ours, "a.txt"), lines_with(40, &[(20, "fixed line 20"), (23, "ours 23")]));
    fork.init("v1.0.0", "ours");
    assert_eq!(refused(&fork, "v1.1.0").patch("a-fix-20").outcome, Outcome::Conflict);
    let message = fork.patch_file("a-fix-20").split("\n---\n").next().unwrap().to_owned();
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("a-fix-20");
    assert_eq!(patch.outcome, Outcome::Repicked, "{report:#?}");
    let repicked = patch.repicked.as_ref().unwrap();
    assert_eq!((repicked.commit, repicked.branch.as_deref()), (fix, None));
    assert_eq!((repicked.before.len(), repicked.after.len()), (1, 0));
    assert!(patch.conflicts.is_empty());
    assert_eq!((report.held(), report.count(Outcome::Repicked)), (0, 1));
    assert_eq!(report.patch("behind-it").outcome, Outcome::Merged);
    let text = lines_with(40, &[(20, "fixed prep 20"), (23, "ours 23")]);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), text);
    let after = fork.patch_file("a-fix-20");
    assert!(after.starts_with(&message), "{after}");
    assert!(after.contains("-prep 20\n+fixed prep 20\n"), "{after}");
}

#[test]
fn upstream_s_own_backport_is_taken_where_its_commit_conflicts_too() {
    let (fork, fix) = history(true, |work| work);
    let backport = |branch: &str, from: &str| {
        let work = fork.on(branch).edit("a.txt", from, &format!("fixed {from}"));
        work.commit(&format!("a: fix 20\n\n[ upstream commit {fix} ]"))
    };
    // One that is not upstream's, and one that was taken back.
    fork.branch("v1.1-other", fork.tip("v1.1"));
    backport("v1.1-other", "prep 20\n");
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.dry_run("v1.1.0").patch("a-fix-20").outcome, Outcome::Conflict);
    let first = backport("v1.1", "prep 20\n");
    let report = fork.dry_run("v1.1.0");
    let repicked = report.patch("a-fix-20").repicked.clone().unwrap();
    assert_eq!((repicked.commit, repicked.branch.as_deref()), (first, Some("refs/heads/v1.1")));
    assert_eq!((repicked.before.len(), repicked.after.len()), (1, 1));
    let revert = format!("Revert \"a: fix 20\"\n\nThis reverts commit {first}.");
    fork.on("v1.1").edit("a.txt", "fixed prep 20\n", "prep 20\n").commit(&revert);
    assert_eq!(fork.dry_run("v1.1.0").patch("a-fix-20").outcome, Outcome::Conflict);
    // The nearer branch is asked first: that of 1.2 has another text, which applies as well.
    let again = backport("v1.1", "prep 20\n");
    fork.branch("v1.2", fork.repo().resolve("v1.1.0").unwrap());
    backport("v1.2", "prep 20\n");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("a-fix-20").repicked.as_ref().unwrap().commit, again);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(20, "fixed prep 20")]));
}

#[test]
fn nothing_of_ours_vanishes() {
    let more: [fn(Work<'_>) -> Work<'_>; 5] = [
        |work| work.edit("b.txt", "line 5\n", "ours 5\n"),
        |work| work.write("new", "ours\n"),
        |work| work.edit("a.txt", "line 35\n", "line 35\nours\n"),
        |work| work.edit("a.txt", "line 35\n", ""),
        |work| work.edit("a.txt", "fixed line 20\n", "fixed line 20\nand ours\n"),
    ];
    for (at, more) in more.into_iter().enumerate() {
        let (fork, _) = history(false, more);
        fork.init("v1.0.0", "ours");
        assert_eq!(fork.dry_run("v1.1.0").patch("a-fix-20").outcome, Outcome::Conflict, "{at}");
    }
    // What a program makes does.
    let (fork, _) = history(false, |work| work.edit("b.txt", "line 5\n", "ours 5\n"));
    fork.init("v1.0.0", "ours");
    fork.edit_manifest(|text| text + "\n[[generated]]\npaths = [\"b.txt\"]\n");
    assert_eq!(fork.dry_run("v1.1.0").patch("a-fix-20").outcome, Outcome::Repicked);
}

#[test]
fn a_text_that_was_meant_stays_ours() {
    let (fork, _) = history(false, |work| work);
    fork.init("v1.0.0", "ours");
    let report = fork.dry_run("v1.1.0");
    assert_eq!(report.patch("a-fix-20").outcome, Outcome::Repicked);
    let change = &report.patch("a-fix-20").repicked.as_ref().unwrap().change;
    let lines: Vec<_> = change.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.lines).collect();
    let gone = lines.iter().find(|line| line.mark == Mark::Ours && line.sign == Sign::Add).unwrap();
    assert_eq!(gone.text, "fixed line 20\n");
    fork.edit_manifest(|text| {
        text.replace("[patch.a-fix-20]\n", "[patch.a-fix-20]\ndeviation = \"we must not prepare\"\n")
    });
    assert_eq!(fork.checked_rebase("v1.1.0").patch("a-fix-20").outcome, Outcome::Conflict);
    // A note in the message is of whoever adapted it to the older release, and is true of that.
    let (fork, fix) = history(false, |work| work);
    let base = fork.repo().resolve("v1.0.0").unwrap();
    fork.branch("ours", base);
    let message = format!("a: fix 20\n\n[ upstream commit {fix} ]\n\n[ Backporter's notes: we must not prepare ]");
    fork.on("ours").edit("a.txt", "line 20\n", "fixed line 20\n").commit(&message);
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.dry_run("v1.1.0").patch("a-fix-20").outcome, Outcome::Repicked);
}

#[test]
fn a_text_that_leaves_nothing_is_for_review() {
    let (fork, fix) = history(false, |work| work);
    fork.on("v1.1").edit("a.txt", "prep 20\n", "fixed prep 20\n").edit("b.txt", "line 1\n", "one\n").commit("Other");
    fork.tag("v1.1.1", fork.tip("v1.1"));
    fork.init("v1.0.0", "ours");
    let report = fork.dry_run("v1.1.1");
    let patch = report.patch("a-fix-20");
    assert_eq!(patch.outcome, Outcome::Conflict, "{report:#?}");
    let doubts: Vec<_> = patch.review.iter().map(|it| (it.why, it.evidence.commit)).collect();
    assert!(doubts.contains(&(DoubtKind::NothingLeft, Some(fix))), "{doubts:?}");
}

#[test]
fn without_a_single_known_commit_nothing_is_tried() {
    let (fork, fix) = history(false, |work| work);
    fork.init("v1.0.0", "ours");
    let ids = [format!("\"{fix}\", \"{}\"", "1".repeat(40)), format!("\"{}\"", "1".repeat(40)), String::new()];
    let text = fork.manifest_text();
    for ids in ids {
        let stated = format!("upstream = [{ids}]");
        let line = format!("upstream = [\"{fix}\"]");
        assert!(text.contains(&line), "{text}");
        fork.edit_manifest(|_| text.replace(&line, &stated));
        assert_eq!(fork.dry_run("v1.1.0").patch("a-fix-20").outcome, Outcome::Conflict, "{ids}");
    }
}

#[test]
fn a_held_patch_is_picked_again_on_a_later_release() {
    let (fork, fix) = history(true, |work| work);
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.checked_rebase("v1.1.0").held(), 1);
    fork.tag("v1.2.0", fork.repo().resolve(&format!("{fix}^")).unwrap());
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.patch("a-fix-20").outcome, Outcome::Repicked);
    assert!(!fork.manifest_text().contains("held"));
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(20, "fixed deep 20")]));
}

/// A small generator of numbers: every run is the same.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

/// Changes some lines of the first ones of two files.
fn scribble(fork: &Fork, branch: &str, numbers: &mut Numbers, count: usize, message: &str) -> Oid {
    let mut work = fork.on(branch);
    let mut texts = ["a.txt", "b.txt"]
        .map(|path| fork.content(fork.tip(branch), path).split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>());
    for nth in 0..count {
        let text = &mut texts[numbers.below(2)];
        let at = numbers.below(text.len().min(14));
        let new = format!("{branch} {nth} {}\n", numbers.below(1000));
        match numbers.below(3) {
            0 => text.insert(at, new),
            _ => text[at] = new,
        }
    }
    for (path, text) in ["a.txt", "b.txt"].into_iter().zip(texts) {
        work = work.write(path, text.concat());
    }
    work.commit(message)
}

#[test]
fn what_is_picked_again_is_what_git_merges_and_the_rest_stands_on_it() {
    let mut found = 0;
    for seed in 0..60 {
        let mut numbers = Numbers(seed);
        let fork = base();
        scribble(&fork, "ours", &mut numbers, 2, "First");
        let released = scribble(&fork, "main", &mut numbers, 3, "prepare");
        fork.branch("release", released);
        // The fix replaces a line, and so does ours.
        let at = 2 + numbers.below(12);
        let replace = |branch: &str, new: &str, message: &str| {
            let text = fork.content(fork.tip(branch), "a.txt");
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            lines[at] = new;
            fork.on(branch).write("a.txt", lines.concat()).commit(message)
        };
        let fix = replace("main", "fixed in their words\n", "fix");
        replace("ours", "fixed in ours\n", &format!("fix\n\n[ upstream commit {fix} ]"));
        scribble(&fork, "ours", &mut numbers, 2, "Second");
        scribble(&fork, "ours", &mut numbers, 1, "Third");
        scribble(&fork, "release", &mut numbers, 1, "more");
        fork.tag("v1.1.0", fork.tip("release"));
        fork.init("v1.0.0", "ours");
        let report = fork.checked_rebase("v1.1.0");
        let is_there = |name: &str| !matches!(report.patch(name).outcome, outcome if outcome.is_held() || outcome == Outcome::Upstreamed);
        if report.patch("fix").outcome != Outcome::Repicked {
            continue;
        }
        found += 1;
        let behind = ["second", "third"].into_iter().filter(|name| is_there(name)).count();
        let commit = fork.git(&["rev-parse", &format!("fork~{behind}")]);
        let merged =
            ["merge-tree", "--write-tree", "--merge-base", &format!("{fix}^"), &format!("{commit}^"), &fix.to_string()];
        assert_eq!(fork.git(&merged), fork.git(&["rev-parse", &format!("{commit}^{{tree}}")]), "seed {seed}");
    }
    assert!(found >= 5, "{found}");
}
