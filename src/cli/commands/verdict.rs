//! The middle of the page of `pq why`: what a release has of a patch, what becomes of it there, and how pq knows.

use super::why::{commit, extent, limit};
use super::{deviation, parts};
use crate::model::{ConflictKind, EvidenceKind, Landed, Oid, Outcome, Standing};
use crate::ops::deviation::{Difference, Extent};
use crate::ops::evidence::DoubtKind;
use crate::ops::rebase::{EvidenceReport, PatchReport};
use crate::ops::why::{Chosen, HunkReport, HunkState, WhyReport};
use crate::ui::{Screen, Table, Text, bad, dim, good, id, name, plural, text, warn};

/// Shows it, and says how many lines of a difference are left out.
pub fn show(report: &WhyReport, screen: &mut Screen) -> usize {
    screen.heading(format!("on {}{}", report.to.release, chosen(report)).as_str());
    screen.sentence(text!["  "].with(sentence(report)));
    evidence(report, screen);
    reverted(report, screen);
    review(report, screen);
    conflicts(report, screen);
    hunks(report, screen);
    difference(report, screen)
}

fn chosen(report: &WhyReport) -> &'static str {
    match report.chosen {
        Chosen::Asked => "",
        Chosen::Latest => ", the newest release of its minor version",
        Chosen::LatestMinor => ", the newest release",
        Chosen::Mainline => ", upstream's mainline: no release is newer",
        Chosen::Base => ", its base: nothing is newer",
    }
}

/// The verdict and the outcome.
fn sentence(report: &WhyReport) -> Text {
    let patch = &report.forecast.patch;
    let words = words(report);
    let commits = patch.evidence.iter().filter_map(|one| one.commit).collect::<std::collections::BTreeSet<Oid>>().len();
    let verdict = match patch.standing {
        Standing::Identical => text!["upstream has it, line for line"],
        Standing::Adapted => text!["upstream has it, ", words],
        Standing::Sibling => text!["upstream backported the same commit itself, ", words],
        Standing::Squashed => text!["upstream has it, ", words, ", as a part of a larger commit"],
        Standing::Split => text!["upstream has it, ", words, ", in ", plural(commits, "commit", "commits")],
        Standing::Partly => text!["upstream has a part of it"],
        Standing::Reverted => text!["upstream had it and took it back"],
        Standing::Unsure => text!["upstream may have it: a person should look"],
        Standing::Local => text!["upstream does not have it, and it is said to be ours alone"],
        Standing::Absent => text!["upstream does not have it"],
    };
    let who = if report.from.commit == report.to.commit { "pq" } else { "a rebase" };
    verdict.with(text![dim(format!(" ({})", parts::word(&patch.standing))), "; ", who, " "]).with(outcome(patch))
}

/// How far upstream's text is ours. Lines around a change are no part of it, but a text is another one with them.
fn words(report: &WhyReport) -> &'static str {
    let extent = report.difference.as_ref().map(|difference| difference.extent);
    match (report.forecast.patch.text, extent) {
        (Some(Landed::Identical), _) => "line for line",
        (_, Some(Extent::Identical)) => "the same lines between other ones",
        (_, Some(Extent::Whitespace)) => "with other blanks",
        _ => "in other words",
    }
}

fn outcome(patch: &PatchReport) -> Text {
    match patch.outcome {
        Outcome::Unchanged => text![good("carries it unchanged"), ": its files are the same there"],
        Outcome::Merged => text![good("carries it"), ": it merges cleanly"],
        Outcome::Resolved => text![warn("carries it"), " as a recorded resolution settles it"],
        Outcome::Repicked => text![warn("carries it"), " in upstream's words"],
        Outcome::Upstreamed => text![good("drops it")],
        Outcome::Reduced => {
            text![
                warn("carries the rest of it"),
                ": upstream has the change, or a part of it, in ",
                patch.reduced.join(", ")
            ]
        }
        Outcome::Conflict => text![bad("holds it"), ": it conflicts"],
        Outcome::Blocked => text![bad("holds it"), ": it waits for ", name(parts::names(&patch.blocked_by))],
    }
}

/// A commit that the report describes; else its id.
fn described(report: &WhyReport, of: Oid) -> Text {
    report.commits.iter().find(|one| one.commit == of).map_or_else(|| text![id(of)], commit)
}

/// The evidence, strongest first; what is about one commit stands below it.
fn evidence(report: &WhyReport, screen: &mut Screen) {
    let all = &report.forecast.patch.evidence;
    let mut commits: Vec<Option<Oid>> = Vec::new();
    for one in all.iter() {
        if !commits.contains(&one.commit) {
            commits.push(one.commit);
        }
    }
    for commit in commits {
        if let Some(commit) = commit {
            screen.sentence(text!["  "].with(described(report, commit)));
        }
        for one in all.iter().filter(|one| one.commit == commit) {
            let indent = if commit.is_some() { "    " } else { "  " };
            screen.line(text![indent, reason(report, one), dim(format!(" ({})", parts::word(&one.kind)))]);
        }
        commit.into_iter().for_each(|commit| reapplied(report, commit, screen));
    }
}

fn reason(report: &WhyReport, one: &EvidenceReport) -> String {
    let percent = (one.score * 100.0).round();
    match one.kind {
        EvidenceKind::Ancestor => "the recorded commit is in its history".to_owned(),
        EvidenceKind::Trailer => "its message names this patch's own commit".to_owned(),
        EvidenceKind::Sibling => "its message names the same upstream commit".to_owned(),
        EvidenceKind::ChangeId => "it has the same Change-Id".to_owned(),
        EvidenceKind::PatchId => "it is the same change, line for line".to_owned(),
        EvidenceKind::AuthorDateSubject => {
            format!("the same {}, and {percent} % of the lines", same(report, one.commit))
        }
        EvidenceKind::Lines => format!("{percent} % of the lines are the same"),
        EvidenceKind::EmptyMerge => "a merge of the patch leaves nothing to change".to_owned(),
        EvidenceKind::ReverseApplies => "the patch can be taken out of it, whole".to_owned(),
    }
}

/// Which of author, date and subject are the same. Addresses and titles may be the same although they are written differently.
fn same(report: &WhyReport, of: Option<Oid>) -> String {
    let about = &report.about;
    let Some(other) = report.commits.iter().find(|one| Some(one.commit) == of) else { return String::new() };
    let all = [
        ("author", about.author.as_ref() == Some(&other.author)),
        ("date", about.date == Some(other.date)),
        ("subject", about.subject == other.subject),
    ];
    let same: Vec<&str> = all.into_iter().filter(|(_, is_same)| *is_same).map(|(what, _)| what).collect();
    match same[..] {
        [] => "title".to_owned(),
        [only] => only.to_owned(),
        [ref first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// How a landing came and went.
fn reapplied(report: &WhyReport, landed: Oid, screen: &mut Screen) {
    for one in report.reapplied.iter().filter(|one| one.landed == landed) {
        screen.sentence(text!["    taken back by "].with(described(report, one.taken_back_by)));
        screen.sentence(text!["    brought back by "].with(described(report, one.again_by)));
    }
}

fn reverted(report: &WhyReport, screen: &mut Screen) {
    for one in &report.forecast.patch.reverted {
        screen.sentence(text!["  landed as "].with(described(report, one.landed)));
        reapplied(report, one.landed, screen);
        screen.sentence(match one.by {
            Some(by) => text!["    taken back by "].with(described(report, by)),
            None => text!["    gone again since: ", &report.to.release, " has what stood there before"],
        });
    }
}

fn review(report: &WhyReport, screen: &mut Screen) {
    for one in &report.forecast.patch.review {
        let what = match one.why {
            DoubtKind::Similar => "is similar",
            DoubtKind::Part => "has a part of it, and nothing else",
            DoubtKind::OtherChange => "is said to be it, and is another change",
            DoubtKind::LinesGone => "is there, and a later commit took its lines away without a word",
            DoubtKind::NothingLeft => "is the same change, and merging it leaves nothing",
            DoubtKind::Surplus => "is all that upstream has of it: it holds more",
        };
        screen.sentence(text!["  "].with(match one.evidence.commit {
            Some(of) => described(report, of),
            None => text!["upstream"],
        }));
        screen.line(text!["    ", warn(what), ": ", reason(report, &one.evidence)]);
    }
}

fn conflicts(report: &WhyReport, screen: &mut Screen) {
    let patch = &report.forecast.patch;
    let shown = if screen.is_verbose() { patch.conflicts.len() } else { parts::SHORT };
    for conflict in patch.conflicts.iter().take(shown) {
        let what = match conflict.kind {
            ConflictKind::Duplicate => "all that it adds stands there already (duplicate)".to_owned(),
            kind => parts::word(&kind),
        };
        screen.line(text!["  ", bad("conflict"), " in ", &conflict.path, ": ", what]);
    }
    parts::more(patch.conflicts.len()).filter(|_| !screen.is_verbose()).into_iter().for_each(|more| screen.line(more));
    let first = report.forecast.breaks_at.as_ref();
    match first {
        Some(first) => screen.sentence(text!["  broken by "].with(commit(first))),
        None if !patch.conflicts.is_empty() => screen.line("  no single commit of upstream broke it"),
        None => {}
    }
    let mut others: Vec<Oid> = patch.conflicts.iter().flat_map(|one| one.culprits.iter().copied()).collect();
    others.retain(|other| Some(*other) != first.map(|first| first.commit));
    others.sort_unstable();
    others.dedup();
    others.into_iter().for_each(|other| screen.sentence(text!["  also in its way: "].with(described(report, other))));
}

/// Which hunks the release has: where it has some, or should.
fn hunks(report: &WhyReport, screen: &mut Screen) {
    let all = &report.hunks;
    let count = |state: HunkState| all.iter().filter(|hunk| hunk.state == state).count();
    let is_asked = matches!(report.forecast.patch.standing, Standing::Partly | Standing::Unsure);
    if all.is_empty() || !is_asked && count(HunkState::There) == 0 {
        return;
    }
    let (release, total) = (&report.to.release, plural(all.len(), "hunk", "hunks"));
    if count(HunkState::There) + count(HunkState::Partly) == 0 && !screen.is_verbose() {
        screen.line(text!["  ", release, " has none of its ", total]);
        return;
    }
    screen.line(text!["  of its ", total, " ", release, " has ", count(HunkState::There), ":"]);
    let mut table = Table::new();
    let shown = if screen.is_verbose() { all.len() } else { parts::SHORT.min(all.len()) };
    // What is there is what a person looks for.
    let mut all: Vec<&HunkReport> = all.iter().collect();
    all.sort_by_key(|hunk| hunk.state);
    for hunk in &all[..shown] {
        let state = match hunk.state {
            HunkState::There => good("there"),
            HunkState::Partly => warn("partly"),
            HunkState::Missing => bad("missing"),
            HunkState::Unclear => dim("unclear"),
        };
        table.row([text!["    ", state], text![format!("{}:{}", hunk.path, hunk.line)], text![dim(&hunk.section)]]);
    }
    screen.table(&table);
    if shown < all.len() {
        parts::more(all.len()).into_iter().for_each(|more| screen.line(text!["  ", more]));
    }
}

/// How much of a patch a commit must have so that their difference tells something, if nothing else says that it is the patch.
const ENOUGH: f64 = 0.3;

/// The difference from what upstream has, if there is something to see. Of a commit that is a part of the patch the hunks tell more, and of
/// one that shares a line here and there everything differs.
pub fn shown_difference<'a>(report: &'a WhyReport, screen: &Screen) -> Option<&'a Difference> {
    let patch = &report.forecast.patch;
    let is_telling = match patch.standing {
        Standing::Partly => false,
        Standing::Unsure => patch.review.first().is_none_or(|best| best.evidence.score >= ENOUGH),
        _ => true,
    };
    let is_shown = screen.is_verbose() || is_telling && patch.text != Some(Landed::Identical);
    report.difference.as_ref().filter(|difference| difference.extent == Extent::Differs && is_shown)
}

fn difference(report: &WhyReport, screen: &mut Screen) -> usize {
    let Some(difference) = shown_difference(report, screen) else {
        let is_news = report.forecast.patch.text != Some(Landed::Identical);
        for difference in report.difference.iter().filter(|_| is_news) {
            let how = if difference.extent == Extent::Differs { " (-v shows how)" } else { "" };
            screen.line(text!["  ours "].with(extent(difference, "that", "these together")).with(text![dim(how)]));
        }
        return 0;
    };
    screen.heading(format!("how ours differs from what {} has", report.to.release).as_str());
    report.about.stated_deviation.iter().for_each(|why| screen.sentence(text!["  why, by pq.toml: ", why]));
    deviation::show(&difference.files, limit(screen), screen)
}
