//! Opens a held patch in a worktree.

use super::scene::{Scene, scene};
use super::session::{Moving, Session};
use super::{Culprit, Did, Explained, ResolveError, ResolveReport, Wanted, advice, list};
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::marks::Labels;
use crate::format::provenance;
use crate::git::timeline::Timeline;
use crate::git::worktree::{Head, Index as Entries};
use crate::git::{Commit, Objects, Worktree};
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{Conflict, Held, HeldWhy, Oid, Patch};
use crate::ops::answers::Answers;
use crate::ops::breaks::{self, Break};
use crate::ops::evidence::News;
use crate::ops::position::Which;
use crate::ops::rebase::carry::{Become, again};
use crate::ops::rebase::old::{OldQueue, OldStep};
use crate::ops::rebase::report::merged_by;
use crate::ops::upstream::Index;
use crate::ops::workbench::Workbench;

/// Opens a patch in a worktree: HEAD at the commit in front of its place, its files and index stages.
///
/// # Errors
/// The worktree is not clean, the patch waits for another, or one is open already. Nothing was written then.
pub fn start(bench: &Workbench, name: &str, which: &Which, watch: &dyn Watch) -> Result<ResolveReport> {
    Session::refuse(bench)?;
    let patch = bench.patch(name)?;
    let held = patch.meta.held.as_ref().ok_or_else(|| ResolveError::NotHeld(patch.name.clone()))?;
    check_turn(bench, patch, held)?;
    let worktree = which.open(bench)?;
    worktree.check_clean()?;
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let step = queue.steps.iter().find(|step| step.patch.name == patch.name).expect("every patch has a step");
    let before = bench.manifest().patches.iter().take_while(|other| other.name != patch.name);
    let at = before.filter(|other| other.meta.held.is_none()).count();
    let target = at.checked_sub(1).map_or(queue.series.base, |last| queue.series.commits[last].commit);
    let shown = show(bench, &mut objects, step, queue.series.parent_tree(at), at)?;
    let session = open(bench, &mut objects, &worktree, step, target, &shown)?;
    let culprit = culprit(bench, &objects, step, watch);
    let mut report = ResolveReport::new(bench, Did::Opened, Some(patch.name.clone()));
    report.conflicts = explain(bench, &mut objects, &queue, step, &session, culprit.as_ref(), watch)?;
    tell_known(&mut report.conflicts, &shown);
    report.merged_by = merged_by(&shown.merged_by);
    report.wanted = Some(wanted(patch, held, step));
    report.worktree = Some(super::shown(&session.worktree));
    report.held = list::list(bench)?;
    Ok(report)
}

/// A patch that waits for others is not settled before they are.
fn check_turn(bench: &Workbench, patch: &Patch, held: &Held) -> Result<()> {
    let by = bench.manifest().waits_for(held);
    match held.why == HeldWhy::Blocked && !by.is_empty() {
        true => Err(ResolveError::Waits { patch: patch.name.clone(), by }.into()),
        false => Ok(()),
    }
}

fn show(bench: &Workbench, objects: &mut Objects, step: &OldStep<'_>, target: Oid, before: usize) -> Result<Scene> {
    let ours = match before {
        0 => bench.manifest().line.base.clone(),
        1 => format!("{} + 1 patch", bench.manifest().line.base),
        n => format!("{} + {n} patches", bench.manifest().line.base),
    };
    let labels = Labels { ours: &ours, base: &step.base.0, theirs: step.patch.name.as_str() };
    let (answers, generated) = (Answers::read(bench)?, Excluded::stated(&bench.manifest().generated));
    scene(objects, &answers, &generated, step, target, labels)
}

/// Writes the session down and switches the worktree.
fn open(
    bench: &Workbench,
    objects: &mut Objects,
    worktree: &Worktree,
    step: &OldStep<'_>,
    target: Oid,
    shown: &Scene,
) -> Result<Session> {
    let mut session = Session {
        patch: step.patch.name.to_string(),
        held: step.commit,
        base: bench.manifest().line.base_commit,
        worktree: worktree.root().to_owned(),
        home: worktree.head()?,
        target,
        scene: shown.layout.clone(),
        clashes: shown.clashes.clone(),
        moving: None,
        settling: false,
    };
    let home = session.home_layout(bench, objects)?;
    worktree.check_switch(objects, &home, &shown.layout)?;
    worktree.check_unlocked()?;
    bench.repo.write_objects(objects)?;
    let head = (session.home.clone(), Head::Commit(target));
    let follow = session.follow(head, home, shown.layout.clone(), Entries::Careful);
    session.switch(bench, Moving { follow, ends: false }, &format!("resolve {}", step.patch.name))?;
    Ok(session)
}

fn explain(
    bench: &Workbench,
    objects: &mut Objects,
    queue: &OldQueue<'_>,
    step: &OldStep<'_>,
    session: &Session,
    culprit: Option<&Break>,
    watch: &dyn Watch,
) -> Result<Vec<Explained>> {
    let new = &bench.manifest().line.base;
    let mut clashes = session.clashes.clone();
    if clashes.is_empty() {
        // It applies: then it is held because it would come twice.
        let (patches, _) = again(bench, objects, &queue.steps, watch)?;
        let found = patches.into_iter().find(|one| one.step.patch.name == step.patch.name);
        let conflicts: Vec<Conflict> = match found.map(|one| one.result) {
            Some(Become::Conflict(conflicts)) => conflicts,
            _ => Vec::new(),
        };
        let plain =
            |it: Conflict| super::session::Clash { path: it.path, kind: it.kind, base: None, ours: None, theirs: None };
        clashes = conflicts.into_iter().map(plain).collect();
    }
    let unmerged = &session.scene.unmerged;
    let about = advice::About { objects, changes: &step.changes, unmerged, old: &step.base.0, new };
    let one = |clash: &super::session::Clash| {
        let mut one = advice::explain(clash, &about);
        let known = culprit.filter(|culprit| culprit.paths.contains(&clash.path));
        one.culprits.extend(known.and_then(|culprit| described(objects, culprit.commit)));
        one
    };
    Ok(clashes.iter().map(one).collect())
}

/// The upstream commit after which the patch did not apply any more. That it cannot be found is no reason to stop.
fn culprit(bench: &Workbench, objects: &Objects, step: &OldStep<'_>, watch: &dyn Watch) -> Option<Break> {
    let (old, new) = (step.base.1, bench.manifest().line.base_commit);
    if old == new {
        return None;
    }
    let mut index = Index::open(&bench.repo, &bench.manifest().generated);
    let news = News::read(&mut index, &bench.repo, old, new, watch).ok()?;
    let line = Timeline::read(&bench.repo, news.range.first_parents(new), watch).ok()?;
    let generated = Excluded::stated(&bench.manifest().generated);
    let found = breaks::find(&bench.repo, &objects.snapshot(), &line, &[step.suspect()], &generated, watch).ok()?;
    found.into_iter().next().flatten()
}

fn described(objects: &Objects, id: Oid) -> Option<Culprit> {
    let commit = Commit::read(objects, id).ok()?;
    let pr = provenance::parse(&commit.message).prs.pop();
    let pr = pr.map(|pr| format!("{}#{}", pr.repo.map(|repo| visible(&repo)).unwrap_or_default(), pr.number));
    let (author, subject) = (visible(&commit.author.name), visible(commit.subject()));
    Some(Culprit { id, author, date: commit.author.seconds, subject, pr })
}

/// What is filled in already.
fn tell_known(conflicts: &mut [Explained], shown: &Scene) {
    for (one, clash) in conflicts.iter_mut().zip(&shown.clashes) {
        one.resolutions.extend(shown.whole.clone());
        let asked = shown.asked.iter().find(|asked| asked.path == clash.path && shown.whole.is_none());
        if let Some(asked) = asked.filter(|asked| asked.regions.known + asked.regions.disagreements > 0) {
            one.regions = Some(asked.regions);
            one.resolutions.extend(asked.used.iter().cloned());
            one.disputed.extend(asked.disputed.iter().cloned());
        }
    }
}

fn wanted(patch: &Patch, held: &Held, step: &OldStep<'_>) -> Wanted {
    let message = &step.file.message;
    Wanted {
        subject: visible(&message.subject()),
        author: message.author.as_ref().map(|author| visible(&author.name)).unwrap_or_default(),
        reason: patch.meta.reason.clone(),
        base: held.base.clone(),
    }
}
