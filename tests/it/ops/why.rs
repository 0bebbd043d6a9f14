//! The story of one patch, verdict by verdict.

use pq::model::{EvidenceKind, Oid, Outcome, Silent, Standing};
use pq::ops::deviation::Extent;
use pq::ops::why::{Chosen, EventChange, HunkState, Options, Place, WhyReport, why};

use super::outcomes::{base, release};
use crate::support::{Fork, lines_with};

fn tell(fork: &Fork, patch: &str, release: Option<&str>) -> WhyReport {
    let today = jiff::civil::date(2024, 1, 1);
    let options = Options { patch: patch.to_owned(), release: release.map(str::to_owned), today };
    why(&fork.open(), &options, &Silent).unwrap()
}

fn on_next(fork: &Fork, patch: &str) -> WhyReport {
    let before = fork.snapshot();
    let report = tell(fork, patch, None);
    assert!(fork.snapshot() == before, "something was written");
    report
}

fn backport(fork: &Fork, of: Oid, old: &str, new: &str) {
    let message = format!("Fix five\n\n[ upstream commit {of} ]");
    fork.on("ours").edit("a.txt", old, new).commit(&message);
}

fn standing(report: &WhyReport) -> (Standing, Outcome) {
    (report.forecast.patch.standing, report.forecast.patch.outcome)
}

#[test]
fn an_identical_one_is_where_it_comes_from() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five (#12)");
    release(&fork, "v1.1.0");
    backport(&fork, landed, "line 5\n", "fix 5\n");
    fork.init("v1.0.0", "ours");
    let report = on_next(&fork, "fix-five");
    assert_eq!((report.chosen, report.to.release.as_str()), (Chosen::LatestMinor, "v1.1.0"));
    assert_eq!(standing(&report), (Standing::Identical, Outcome::Upstreamed));
    let origin = &report.origins[0];
    assert_eq!((origin.place, origin.is_in_base), (Place::Mainline, false));
    assert_eq!(origin.commit.as_ref().unwrap().pr, Some(12));
    assert_eq!(report.deviation.as_ref().unwrap().extent, Extent::Identical);
    assert_eq!(report.difference.as_ref().unwrap().of, [landed]);
    assert_eq!(report.commits.iter().map(|one| one.commit).collect::<Vec<_>>(), [landed]);
    assert_eq!((report.hunks.len(), report.about.files[0].added), (0, 1));
    assert_eq!(report.followups.as_deref(), Some(&[][..]));
}

#[test]
fn an_adapted_one_shows_whose_lines_differ() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\nand more\n").commit("Fix five");
    release(&fork, "v1.0.1");
    backport(&fork, landed, "line 5\n", "fix 5\nwith less\n");
    fork.init("v1.0.0", "ours");
    let report = on_next(&fork, "fix-five");
    assert_eq!(report.chosen, Chosen::Latest);
    assert_eq!(standing(&report), (Standing::Adapted, Outcome::Upstreamed));
    let difference = report.difference.unwrap();
    assert_eq!(difference.extent, Extent::Differs);
    let lines: Vec<String> =
        difference.files[0].hunks[0].lines.iter().map(|line| format!("{:?} {}", line.mark, line.text)).collect();
    assert_eq!(lines, ["Both line 5\n", "Both fix 5\n", "Ours with less\n", "Theirs and more\n"]);
    assert_eq!(report.deviation.unwrap().files, difference.files);
}

#[test]
fn landings_come_and_go() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let message = format!("Revert \"Fix five\"\n\nThis reverts commit {landed}.");
    let revert = fork.on("main").edit("a.txt", "fix 5\n", "line 5\n").commit(&message);
    release(&fork, "v1.0.1");
    let message = format!("Reapply \"Fix five\"\n\nThis reverts commit {revert}.");
    let again = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit(&message);
    release(&fork, "v1.1.0");
    backport(&fork, landed, "line 5\n", "fix 5\n");
    fork.init("v1.0.0", "ours");
    let report = tell(&fork, "fix-five", Some("latest"));
    assert_eq!(standing(&report), (Standing::Reverted, Outcome::Unchanged));
    assert_eq!(report.forecast.patch.reverted[0].by, Some(revert));
    assert!(report.commits.iter().any(|one| one.commit == revert && one.subject == "Revert \"Fix five\""));
    assert_eq!(report.reapplied, []);
    let report = tell(&fork, "fix-five", Some("latest-minor"));
    assert_eq!(report.forecast.patch.outcome, Outcome::Upstreamed);
    let chain: Vec<_> = report.reapplied.iter().map(|it| (it.landed, it.taken_back_by, it.again_by)).collect();
    assert_eq!(chain, [(landed, revert, again)]);
}

#[test]
fn a_conflict_names_its_breaker_and_a_blocked_one_its_blocker() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("First");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours five\n").commit("Second");
    let breaks = fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("Break it");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.edit_manifest(|text| text.replace("mainline = ", "# ").replace("stable = ", "# "));
    let first = on_next(&fork, "first");
    assert_eq!(standing(&first), (Standing::Absent, Outcome::Conflict));
    assert_eq!(first.forecast.breaks_at.as_ref().unwrap().commit, breaks);
    assert_eq!(first.commits[0].subject, "Break it");
    assert_eq!(first.needed_by[0].from.as_str(), "second");
    assert_eq!(first.hunks[0].state, HunkState::Missing);
    assert_eq!((&first.deviation, &first.followups), (&None, &None), "pq.toml names no branches");
    let second = on_next(&fork, "second");
    assert_eq!(second.forecast.patch.blocked_by[0].as_str(), "first");
    assert_eq!((second.needs[0].to.as_str(), second.needs[0].path.as_deref()), ("first", Some("a.txt")));
    fork.rebase("v1.1.0");
    let held = on_next(&fork, "first");
    assert_eq!(held.about.held_since.as_ref().unwrap().release, "v1.0.0");
    assert_eq!((held.chosen, held.forecast.patch.outcome), (Chosen::Base, Outcome::Conflict));
    let changes: Vec<_> = held.history.iter().map(|event| event.changes.as_slice()).collect();
    assert_eq!(changes, [&[EventChange::Rebased, EventChange::Held][..], &[EventChange::Added]]);
    assert_eq!(
        held.history[0].base.as_ref().map(|base| (base.from.as_str(), base.to.as_str())),
        Some(("v1.0.0", "v1.1.0"))
    );
}

#[test]
fn a_part_is_told_hunk_by_hunk() {
    let fork = base();
    let ours = lines_with(40, &[(5, "ours 5"), (20, "ours 20"), (35, "")]);
    fork.on("ours").write("a.txt", ours).edit("b.txt", "line 9\n", "line 9\nours 9\nours 10\n").commit("Four places");
    fork.on("main").rename("a.txt", "moved.txt").edit("moved.txt", "line 5\n", "ours 5\n").commit("One of them");
    fork.on("main").edit("b.txt", "line 30\n", "ours 9\n").commit("Half of one elsewhere");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let report = on_next(&fork, "four-places");
    let states: Vec<_> = report.hunks.iter().map(|hunk| (hunk.path.as_str(), hunk.state)).collect();
    use HunkState::{Missing, Partly, There};
    assert_eq!(states, [("a.txt", There), ("a.txt", Missing), ("a.txt", Missing), ("b.txt", Partly)]);
}

#[test]
fn what_is_said_to_be_ours_alone_is_and_unknown_ids_are_named() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Local");
    let side = fork.on("side").write("x", "x\n").commit("Elsewhere");
    let lost = fork.after(&[side]).write("x", "y\n").commit("Nowhere");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Three");
    fork.init("v1.0.0", "ours");
    let unknown = "1234567890".repeat(4);
    fork.set_meta("local", "upstream = []");
    fork.set_meta("three", &format!("upstream = [\"{side}\", \"{lost}\", \"{unknown}\"]"));
    let local = on_next(&fork, "local");
    assert_eq!((local.chosen, local.about.is_ours_alone), (Chosen::Base, true));
    assert_eq!(standing(&local), (Standing::Local, Outcome::Unchanged));
    let three = on_next(&fork, "three");
    let places: Vec<_> = three.origins.iter().map(|origin| origin.place).collect();
    assert_eq!(places, [Place::Branch, Place::Nowhere, Place::Missing]);
    assert_eq!(three.origins[0].branches, ["side"]);
    assert_eq!(three.deviation, None, "one of the commits is missing");
}

#[test]
fn followups_are_those_of_the_patch_and_say_whether_the_release_has_them() {
    let fork = base();
    let landed = fork.on("main").edit("a.txt", "line 5\n", "fix 5\n").commit("Fix five");
    let other = fork.on("main").edit("b.txt", "line 5\n", "fix 5\n").commit("Other");
    let early = fork.on("main").write("x", "1\n").commit(&format!("Early\n\nFixes: {landed} (\"Fix five\")"));
    release(&fork, "v1.1.0");
    let late = fork.on("main").write("x", "2\n").commit(&format!("Late\n\nFixes: {landed} (\"Fix five\")"));
    fork.on("main").write("x", "3\n").commit(&format!("Of the other\n\nFixes: {other} (\"Other\")"));
    backport(&fork, landed, "line 5\n", "fix 5\n");
    fork.on("ours").edit("b.txt", "line 5\n", "fix 5\n").commit(&format!("Other\n\n[ upstream commit {other} ]"));
    fork.init("v1.0.0", "ours");
    let found = on_next(&fork, "fix-five").followups.unwrap();
    let found: Vec<_> = found.iter().map(|one| (one.followup.commit, one.is_in_release)).collect();
    assert_eq!(found, [(late, false), (early, true)]);
}

#[test]
fn a_rename_is_part_of_the_history() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("First");
    fork.init("v1.0.0", "ours");
    fork.edit_manifest(|text| text.replace("\"first\"", "\"better\""));
    std::fs::rename(fork.queue().join("patches/first.patch"), fork.queue().join("patches/better.patch")).unwrap();
    fork.on("main").edit("b.txt", "line 5\n", "theirs 5\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.rebase("v1.1.0");
    let history = tell(&fork, "better", None).history;
    let changes: Vec<_> = history.iter().flat_map(|event| event.changes.clone()).collect();
    assert_eq!(changes, [EventChange::Rebased, EventChange::Renamed, EventChange::Added]);
    assert_eq!(history[1].renamed_from.as_ref().unwrap().as_str(), "first");
    assert_eq!(history[1].what, "(edited by hand)");
}

/// Two commits of upstream that make the change together are compared with it together.
#[test]
fn a_split_one_is_compared_with_all_its_commits() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "first five\n").commit("One");
    let two = fork.on("main").edit("a.txt", "line 30\n", "second thirty\n").commit("Two");
    release(&fork, "v1.1.0");
    let work = fork.on("ours").edit("a.txt", "line 5\n", "first five\n").edit("a.txt", "line 30\n", "second thirty\n");
    work.commit("Both at once");
    fork.init("v1.0.0", "ours");
    let report = on_next(&fork, "both-at-once");
    assert_eq!(report.forecast.patch.standing, Standing::Split);
    assert_eq!(report.forecast.patch.evidence.last().unwrap().kind, EvidenceKind::ReverseApplies);
    let difference = report.difference.unwrap();
    assert_eq!((difference.of, difference.extent), (vec![one, two], Extent::Identical));
}
