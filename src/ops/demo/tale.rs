//! What the demo says: what is seen, in plain words, from what the operations report.

use std::path::Path;

use super::build::History;
use super::{Next, Step};
use crate::Result;
use crate::model::{EvidenceKind, Landed, Outcome, PatchKind};
use crate::ops::materialize::materialize;
use crate::ops::rebase::{PatchReport, RebaseReport};
use crate::ops::refresh::RefreshReport;
use crate::ops::undo::TravelReport;
use crate::ops::workbench::Workbench;

/// The upstream repository.
pub fn upstream(history: &History, shown: &Path) -> Step {
    let branches: Vec<&str> = history.branches.keys().map(String::as_str).collect();
    let tags: Vec<&str> = history.tags.iter().map(|(name, _)| name.as_str()).collect();
    told(
        "Upstream",
        vec![format!(
            "Stile is an imaginary agent that decides which connections of a node may pass. {} is its repository: {} commits, the \
         branches {}, the releases {}.",
            shown.join("upstream").display(),
            history.commits,
            listed(&branches),
            listed(&tags),
        )],
    )
}

/// The queue as it was written.
pub fn queue(bench: &Workbench, shown: &Path) -> Step {
    let manifest = bench.manifest();
    let of = |kind| {
        let patches = manifest.patches.iter().filter(|patch| patch.meta.kind() == kind);
        listed(&patches.map(|patch| patch.name.as_str()).collect::<Vec<_>>())
    };
    let title = format!("The fork: {} patches on {}", manifest.patches.len(), manifest.line.base);
    told(
        title,
        vec![
            format!(
                "Ferrywell, an imaginary company, runs Stile with changes of its own. They are in {}: pq.toml names them in order, \
             and patches/ has one file for each.",
                shown.join("queue").display()
            ),
            format!("Taken from upstream: {}.", of(PatchKind::Backport)),
            format!("Sent upstream, not merged yet: {}.", of(PatchKind::Pending)),
            format!("The fork's own: {}.", of(PatchKind::Fork)),
        ],
    )
}

/// The first branch.
pub fn refresh(bench: &Workbench, report: &RefreshReport) -> Step {
    let (branch, tip) = (&bench.manifest().line.branch, report.tip.commit.short());
    told(
        "pq refresh: files become commits",
        vec![format!(
            "The patches were applied to the base and published as the branch {branch}. Its tip is {tip}, on this machine as on every \
         other: a commit is made from the base and the patch files, and from nothing else."
        )],
    )
}

/// A rebase, and what became of whom.
pub fn rebase(report: RebaseReport) -> Step {
    let release = &report.to.release;
    let total = report.patches.len();
    let (gone, held) = (report.count(Outcome::Upstreamed), report.held());
    let waiting = if held == 0 { "none waits".to_owned() } else { format!("{held} wait") };
    let mut text = vec![format!(
        "Of {total} patches {} are carried, {gone} are in {release} already, and {waiting} for a person.",
        total - gone - held
    )];
    text.extend(report.patches.iter().filter_map(|patch| remark(patch, release)));
    text.extend(quiet(&report, Outcome::Merged, "Merged without a conflict"));
    text.extend(quiet(&report, Outcome::Unchanged, "Unchanged, because upstream did not touch their files"));
    text.extend(closing(release));
    Step { title: format!("pq rebase {release}"), text, rebase: Some(report) }
}

/// What there is to say of a patch beyond that it was carried.
fn remark(patch: &PatchReport, release: &str) -> Option<String> {
    let name = &patch.name;
    match patch.outcome {
        Outcome::Upstreamed => Some(format!("{name} goes: {}.", why_gone(patch, release))),
        Outcome::Conflict => {
            let paths: Vec<&str> = patch.conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
            Some(format!("{name} is held: upstream and the patch changed the same lines of {}.", listed(&paths)))
        }
        Outcome::Blocked => {
            let names: Vec<&str> = patch.blocked_by.iter().map(|name| name.as_str()).collect();
            Some(format!("{name} is held behind it: it needs {}.", listed(&names)))
        }
        Outcome::Reduced => Some(format!(
            "{name} is carried in part: {release} has the rest of what it does to {}.",
            listed(&strs(&patch.reduced))
        )),
        _ => patch.reverted.first().map(|reverted| {
            let by = reverted.by.map_or("a later change".to_owned(), |by| by.short());
            format!("{name} stays: {} brought it to {release}, and {by} took it back again.", reverted.landed.short())
        }),
    }
}

/// The strongest evidence, in words.
fn why_gone(patch: &PatchReport, release: &str) -> String {
    let best = patch.evidence.first();
    let commit = best.and_then(|best| best.commit).map(|id| id.short()).unwrap_or_default();
    let how = match patch.text.or(patch.landed) {
        Some(Landed::Identical) => "with the same lines",
        _ => "in other words",
    };
    match best.map(|best| best.kind) {
        Some(EvidenceKind::Ancestor) => format!("{commit}, which it was taken from, is part of {release}, {how}"),
        Some(EvidenceKind::Sibling) => format!("{commit} is upstream's own backport of the same commit, {how}"),
        Some(EvidenceKind::Trailer) => format!("{commit} says that it is this patch, {how}"),
        _ => format!("{release} has the same change"),
    }
}

/// Patches of one outcome of which nothing else was said.
fn quiet(report: &RebaseReport, outcome: Outcome, what: &str) -> Option<String> {
    let patches = report.patches.iter().filter(|patch| patch.outcome == outcome && patch.reverted.is_empty());
    let names: Vec<&str> = patches.map(|patch| patch.name.as_str()).collect();
    (!names.is_empty()).then(|| format!("{what}: {}.", listed(&names)))
}

/// What `git rebase` makes of the same branch (the tests run it), and where the held patches are.
fn closing(release: &str) -> Option<String> {
    match release {
        "v1.0.1" => Some(
            "`git rebase v1.0.1` reports success here too. But it has lost policy-remember-verdicts, because the same change was \
             upstream once, and it has the fix of policy-unmap-ipv4 twice, because both texts merge."
                .to_owned(),
        ),
        "v1.1.0" => Some(
            "pq does not stop at a conflict. The branch has all that could be carried; the held patches stay in the queue, which can \
             be committed, pushed and continued by somebody else."
                .to_owned(),
        ),
        _ => None,
    }
}

/// The undo.
pub fn undo(bench: &Workbench, report: &TravelReport) -> Result<Step> {
    let tip = materialize(bench, &mut bench.repo.objects(), &crate::model::Silent)?.tip().short();
    let line = &bench.manifest().line;
    let text = format!(
        "`{}` is taken back: pq.toml, the patch files and the branch {} are as they were on {}, and the tip is {tip} again.",
        report.operation.what, line.branch, line.base
    );
    Ok(told("pq undo", vec![text]))
}

/// What to type next.
pub fn next(shown: &Path) -> Vec<Next> {
    let (queue, upstream) = (shown.join("queue").display().to_string(), shown.join("upstream").display().to_string());
    let pq = |words: &[&str], what_for: &str| command(&["pq", "-C", &queue], words, what_for);
    vec![
        pq(&["status"], "where the queue stands"),
        pq(&["graph"], "who needs whom"),
        pq(&["show", "flow-limit-per-namespace"], "the patch that conflicts"),
        pq(&["undo"], "back to v1.0.0"),
        pq(&["rebase", "v1.1.0", "--dry-run"], "what would happen, without doing it"),
        command(&["git", "-C", &upstream], &["log", "--oneline", "fw/v1.0"], "the published branch"),
    ]
}

fn command(start: &[&str], words: &[&str], what_for: &str) -> Next {
    let command = start.iter().chain(words).map(|word| (*word).to_owned()).collect();
    Next { command, what_for: what_for.to_owned() }
}

fn told(title: impl Into<String>, text: Vec<String>) -> Step {
    Step { title: title.into(), text, rebase: None }
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// `a, b and c`.
fn listed(items: &[&str]) -> String {
    match items {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [front @ .., last] => format!("{} and {last}", front.join(", ")),
    }
}
