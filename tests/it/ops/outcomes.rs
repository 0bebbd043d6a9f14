//! What becomes of a patch on a new base: each outcome, and that a rebase never stops.

use pq::model::{ConflictKind, EvidenceKind, HeldWhy, Landed, Outcome};

use crate::support::{Fork, Patches, lines, lines_with};

/// A base with one file of forty lines and a few others, tagged v1.0.0.
pub fn base() -> Fork {
    let fork = Fork::new();
    let work = fork.on("main").write("a.txt", lines(40)).write("b.txt", lines(40)).write("dir/c.txt", lines(40));
    let base = work.write("run.sh", "#!/bin/sh\necho\n").symlink("link", "a.txt").submodule("sub", '1').commit("base");
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    fork
}

/// Tags what upstream has by now.
pub fn release(fork: &Fork, version: &str) {
    fork.tag(version, fork.tip("main"));
}

#[test]
fn untouched_files_are_carried_unread_and_their_texts_stay() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("a.txt", "line 6\n", "ours 6\n").commit("Six");
    fork.on("main").edit("b.txt", "line 5\n", "theirs 5\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let (five, six) = (fork.patch_file("five"), fork.patch_file("six"));
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.outcomes(), [("five".into(), Outcome::Unchanged), ("six".into(), Outcome::Unchanged)]);
    assert_eq!((fork.patch_file("five"), fork.patch_file("six")), (five, six));
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "ours 5"), (6, "ours 6")]));
    assert_eq!(fork.content(report.tip.commit, "b.txt"), lines_with(40, &[(5, "theirs 5")]));
}

#[test]
fn a_patch_whose_file_changed_elsewhere_is_merged_and_keeps_its_bytes() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Thirty");
    fork.on("main").edit("a.txt", "line 1\n", "line 0\nline 1\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let text = fork.patch_file("thirty");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("thirty").outcome, Outcome::Merged);
    assert_eq!(fork.patch_file("thirty"), text, "the moved hunk still gives the intended file");
    assert_eq!(report.count(Outcome::Merged), 1);
}

#[test]
fn context_that_upstream_changed_is_the_only_hunk_that_is_rewritten() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 10\n", "ours 10\n").edit("a.txt", "line 30\n", "ours 30\n").commit("Two");
    fork.on("main").edit("a.txt", "line 12\n", "theirs 12\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let before = fork.patch_file("two");
    fork.checked_rebase("v1.1.0");
    let after = fork.patch_file("two");
    let changed: Vec<&str> = after.lines().filter(|line| !before.lines().any(|old| old == *line)).collect();
    assert_eq!(changed.iter().filter(|line| !line.starts_with("index ")).collect::<Vec<_>>(), [&" theirs 12"]);
}

#[test]
fn a_rebase_never_stops_and_dependents_of_a_conflict_are_blocked() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("First");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours five\n").commit("Second");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Other");
    fork.on("ours").edit("a.txt", "ours five\n", "ours FIVE\n").commit("Third");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let texts: Vec<String> = ["first", "second", "third"].map(|name| fork.patch_file(name)).into();
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(
        report.outcomes().into_iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(),
        [Outcome::Conflict, Outcome::Blocked, Outcome::Unchanged, Outcome::Blocked]
    );
    let first = report.patch("first");
    assert_eq!((first.conflicts[0].path.as_str(), first.conflicts[0].kind), ("a.txt", ConflictKind::Content));
    assert_eq!(report.patch("second").blocked_by.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["first"]);
    assert!(report.patch("third").blocked_by.iter().any(|name| name.as_str() == "second"));
    assert_eq!(report.held(), 3);
    // Held patches stay in the queue with their table and their text for the old base.
    let bench = fork.open();
    let held = |name: &str| bench.manifest().patch(name).unwrap().meta.held.clone().unwrap();
    assert_eq!(held("first").why, HeldWhy::Conflict);
    assert_eq!((held("first").base.as_str(), held("first").paths), ("v1.0.0", vec!["a.txt".to_owned()]));
    assert_eq!(held("third").why, HeldWhy::Blocked);
    assert_eq!(
        bench.manifest().patches.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
        ["first", "second", "other", "third"]
    );
    drop(bench);
    assert_eq!(texts, ["first", "second", "third"].map(|name| fork.patch_file(name)));
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "theirs 5")]));
}

#[test]
fn a_held_patch_is_carried_when_a_later_base_allows_it() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("First");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours five\n").commit("Second");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.on("main").edit("a.txt", "theirs 5\n", "line 5\n").edit("a.txt", "line 20\n", "x\nline 20\n").commit("not so");
    release(&fork, "v1.2.0");
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.checked_rebase("v1.1.0").held(), 2);
    assert!(fork.refs().keys().any(|name| name.contains("held")));
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.held(), 0, "{report:#?}");
    assert!(!fork.manifest_text().contains("held"), "{}", fork.manifest_text());
    assert!(!fork.refs().keys().any(|name| name.contains("held")));
    assert!(fork.content(report.tip.commit, "a.txt").contains("ours five\n"));
}

#[test]
fn a_blocked_patch_is_carried_when_the_conflicting_one_is_dropped() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("First");
    fork.on("ours").edit("a.txt", "line 6\n", "ours 6\n").edit("b.txt", "line 1\n", "one\n").commit("Second");
    fork.on("main").edit("a.txt", "line 5\n", "ours 5\nand more\n").commit("upstream did it in its own way");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.set_meta("second", "requires = [\"first\"]");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("first").outcome, Outcome::Conflict, "{report:#?}");
    assert_eq!(report.patch("second").outcome, Outcome::Blocked);
    // What a person states in `requires` stands in the way; what pq itself found out about a held patch does not.
    assert!(
        pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["first"]), 1, &pq::model::Silent).is_err()
    );
    fork.edit_manifest(|text| text.replace("requires = [\"first\"]\n", "owner = \"x\"\n"));
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["first"]), 1, &pq::model::Silent).unwrap();
    fork.check();
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patches.len(), 1);
    assert!(!report.patch("second").outcome.is_held() || report.patch("second").outcome == Outcome::Conflict);
    assert!(report.patch("second").blocked_by.is_empty());
}

#[test]
fn an_upstreamed_patch_is_dropped_with_the_strongest_evidence() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    fork.on("main").edit("a.txt", "line 6\n", "more\n").commit("later");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit(&format!("Fix five\n\n[ upstream commit {landed} ]"));
    fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix-five");
    assert_eq!((fix.outcome, fix.landed), (Outcome::Upstreamed, Some(Landed::Identical)));
    assert_eq!((fix.evidence[0].kind, fix.evidence[0].commit), (EvidenceKind::Ancestor, Some(landed)));
    assert!(fix.evidence.iter().any(|one| one.kind == EvidenceKind::PatchId));
    assert!(!fork.queue().join("patches/fix-five.patch").exists());
    assert!(!fork.manifest_text().contains("fix-five"));
}

#[test]
fn an_abbreviated_id_is_evidence_too() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix five\n").commit("Fix five");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    fork.init("v1.0.0", "ours");
    fork.set_meta("fix-five", &format!("upstream = [\"{}\"]", &landed.to_string()[..9]));
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix-five");
    assert_eq!((fix.outcome, fix.landed), (Outcome::Upstreamed, Some(Landed::Adapted)));
    assert_eq!(fix.evidence[0].commit, Some(landed));
}

#[test]
fn an_abbreviated_trailer_of_upstream_s_own_backport_is_a_sibling() {
    let fork = base();
    let mainline = fork.on("trunk").tree_of(fork.tip("main")).edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let short = &mainline.to_string()[..10];
    let message = format!("Fix five\n\n(cherry picked from commit {short})");
    let sibling = fork.on("main").edit("a.txt", "line 5\n", "fix 5 here\n").commit(&message);
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit(&format!("Fix\n\n[ upstream commit {mainline} ]"));
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix");
    assert_eq!(
        (fix.outcome, fix.landed, fix.text),
        (Outcome::Upstreamed, Some(Landed::Sibling), Some(Landed::Adapted))
    );
    assert_eq!((fix.evidence[0].kind, fix.evidence[0].commit), (EvidenceKind::Sibling, Some(sibling)));
}

#[test]
fn our_own_commit_named_by_upstream_is_a_trailer() {
    let fork = base();
    let ours = fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").commit("Sent upstream");
    let message = format!("Sent upstream, cleaned up\n\n(cherry picked from commit {ours})");
    fork.on("main").edit("a.txt", "line 5\n", "fix 5 well\n").commit(&message);
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("sent-upstream");
    assert_eq!((fix.outcome, fix.evidence[0].kind), (Outcome::Upstreamed, EvidenceKind::Trailer));
}

#[test]
fn a_patch_without_trailers_is_found_by_its_patch_id() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 1\n", "first\nline 1\n").commit("moves everything down");
    let landed = fork.on("main").edit("a.txt", "line 20\n", "fix 20\n").commit("Another title");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 20\n", "fix 20\n").commit("Fix twenty");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix-twenty");
    assert_eq!((fix.outcome, fix.landed), (Outcome::Upstreamed, Some(Landed::Identical)));
    assert_eq!((fix.evidence[0].kind, fix.evidence[0].commit), (EvidenceKind::PatchId, Some(landed)));
}

#[test]
fn what_stands_in_the_new_base_is_found_without_a_word_about_it() {
    let fork = base();
    let work = fork.on("main").edit("a.txt", "line 20\n", "fix 20\n").edit("b.txt", "line 3\n", "3\n");
    let squashed = work.commit("Squashed with something else");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 20\n", "fix 20\n").commit("Fix twenty");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    let fix = report.patch("fix-twenty");
    assert_eq!((fix.outcome, fix.landed), (Outcome::Upstreamed, Some(Landed::Identical)));
    let kinds: Vec<_> = fix.evidence.iter().map(|evidence| (evidence.kind, evidence.commit)).collect();
    assert_eq!(kinds, [(EvidenceKind::Lines, Some(squashed)), (EvidenceKind::ReverseApplies, None)]);
}

#[test]
fn of_two_upstream_commits_one_is_not_enough() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("One");
    release(&fork, "v1.1.0");
    let two = fork.on("main").edit("a.txt", "line 20\n", "fix 20\n").commit("Two");
    release(&fork, "v1.2.0");
    let message = format!("Both\n\n[ upstream commit {one} ]\n[ upstream commit {two} ]");
    fork.on("ours").edit("a.txt", "line 5\n", "fix 5\n").edit("a.txt", "line 20\n", "fix 20\n").commit(&message);
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.open().manifest().patches[0].meta.upstream().len(), 2);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("both").outcome, Outcome::Reduced, "{report:#?}");
    assert_eq!(report.patch("both").reduced, ["a.txt"]);
    assert!(!fork.patch_file("both").contains("fix 5"));
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.patch("both").outcome, Outcome::Upstreamed);
}

#[test]
fn a_file_that_upstream_has_already_reduces_the_patch() {
    let fork = base();
    let work = fork.on("main").write("new.txt", "new\n").edit("dir/c.txt", "line 1\n", "1\n");
    work.commit("Half of it and more");
    release(&fork, "v1.1.0");
    fork.on("ours").write("new.txt", "new\n").edit("b.txt", "line 7\n", "seven\n").commit("Whole");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(
        (report.patch("whole").outcome, &report.patch("whole").reduced[..]),
        (Outcome::Reduced, &["new.txt".to_owned()][..])
    );
    assert!(!fork.patch_file("whole").contains("new.txt"));
}

#[test]
fn an_empty_patch_is_kept() {
    let fork = base();
    fork.on("ours").commit("Empty marker");
    fork.on("ours").edit("a.txt", "line 5\n", "ours\n").commit("Full");
    fork.on("main").edit("b.txt", "line 5\n", "x\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("empty-marker").outcome, Outcome::Unchanged);
    assert_eq!(fork.git(&["rev-list", "--count", "v1.1.0..fork"]), "2");
}
