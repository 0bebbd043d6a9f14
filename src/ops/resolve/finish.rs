//! Takes what a person made of a held patch, or lets the patch leave the queue, and carries what waited for it.

use std::collections::BTreeSet;

use bstr::BString;

use super::session::Session;
use super::{Did, ResolveError, ResolveReport, abort, leftovers, list};
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::patchfile::PatchFile;
use crate::format::quote::display;
use crate::git::worktree::{Head, Layout};
use crate::git::{Commit, Objects, Worktree};
use crate::model::progress::Watch;
use crate::model::{Oid, Outcome, PatchName};
use crate::ops::answers::{Answers, Whole, record};
use crate::ops::error::OpError;
use crate::ops::rebase;
use crate::ops::rebase::carry::{Become, Carried};
use crate::ops::rebase::old::OldQueue;
use crate::ops::rework::{Emptied, Rework, Reworked, step_to};
use crate::ops::workbench::{Access, Workbench};

/// How a patch leaves the queue, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Nobody needs it.
    Drop(String),
    /// Upstream has it.
    Upstream(String),
}

/// Takes the index of the session's worktree as what the patch makes of the tree in front of it.
///
/// # Errors
/// Something is not settled, or the queue changed meanwhile. Nothing was written then.
pub fn done(bench: &Workbench, when: i64, watch: &dyn Watch) -> Result<ResolveReport> {
    let session = Session::open(bench)?;
    session.check_held(bench)?;
    let worktree = session.worktree(bench)?;
    let mut objects = bench.repo.objects();
    check(bench, &session, &worktree)?;
    let target = Commit::read(&objects, session.target)?.tree;
    let result = worktree.index_tree(&mut objects, target)?;
    leftovers::check(&objects, &session, (target, result))?;
    if result == target {
        return Err(ResolveError::Nothing(session.patch).into());
    }
    let patch = bench.patch(&session.patch)?;
    let old = PatchFile::parse(bench.file(&patch.name))
        .map_err(|source| OpError::BadPatch { patch: patch.name.clone(), source })?;
    let parent = bench.manifest().line.base_commit;
    let (step, text) = step_to(&mut objects, bench, patch, old, (parent, target, result))?;
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = bench.manifest().positions()[&patch.name];
    let generated = Excluded::stated(&bench.manifest().generated);
    let whole = Whole { step: &queue.steps[at], tip: target, generated: &generated };
    let known = Answers::readable(bench)?;
    let left = left_generated(&mut objects, &whole)?;
    let recording = record(&mut objects, &known, &whole, (&bench.manifest().line.base, result))?;
    queue.steps[at] = step;
    let mut rework = rework(bench, format!("resolve {} --done", patch.name), when);
    rework.files = recording.files;
    rework.files.insert(patch.name.file(), Some(text));
    rework.back = Some(Back { session: &session, worktree: &worktree, result });
    Session { settling: true, ..session.clone() }.save(bench)?;
    let reworked = match rework.finish(objects, &queue.series, &queue.steps, watch) {
        Ok(reworked) => reworked,
        Err(error) => {
            session.save(bench)?;
            return Err(error);
        }
    };
    Session::forget(bench)?;
    let mut report = ResolveReport::new(bench, Did::Settled, Some(patch.name.clone()));
    report.worktree = Some(super::shown(&session.worktree));
    report.recorded = recording.kept;
    report.regenerate = rebase::report::commands_for(bench, &left.iter().collect::<Vec<_>>());
    let mut report = finish_report(bench, report, &reworked)?;
    // On its own base the result applies as it is; what became of the held patch is that somebody settled it.
    for one in report.patches.iter_mut().filter(|one| one.name == patch.name && one.outcome == Outcome::Unchanged) {
        one.outcome = Outcome::Resolved;
        one.resolutions.clone_from(&report.recorded);
    }
    Ok(report)
}

/// The generated files in which the patch conflicts: upstream's stay, and its own changes of them are gone.
fn left_generated(objects: &mut Objects, whole: &Whole<'_>) -> Result<Vec<BString>> {
    let mut replay = whole.replay(objects);
    replay.clashes(&whole.step.step())?;
    Ok(replay.left().to_vec())
}

/// Lets a held patch leave the queue. Where it is open, the session is given up first.
///
/// # Errors
/// The patch is not held, or others state that they need it.
pub fn end(
    bench: &Workbench,
    name: Option<&str>,
    ending: &Ending,
    when: i64,
    watch: &dyn Watch,
) -> Result<ResolveReport> {
    let session = Session::load(bench)?;
    let name = match (name, &session) {
        (Some(name), _) => name.to_owned(),
        (None, Some(session)) => session.patch.clone(),
        (None, None) => return Err(ResolveError::NoSession.into()),
    };
    if let Some(session) = session.as_ref().filter(|session| session.patch == name) {
        session.check_held(bench)?;
    }
    let patch = bench.patch(&name)?;
    if patch.meta.held.is_none() {
        return Err(ResolveError::NotHeld(patch.name.clone()).into());
    }
    let (option, reason, did) = match ending {
        Ending::Drop(reason) => ("--drop", reason, Did::Dropped),
        Ending::Upstream(reason) => ("--as-upstream", reason, Did::Upstreamed),
    };
    if did == Did::Dropped {
        check_needs(bench, &patch.name)?;
    }
    let mut report = ResolveReport::new(bench, did, Some(patch.name.clone()));
    if session.is_some_and(|session| session.patch == patch.name.as_str()) {
        report.saved = abort(bench, when)?.saved;
    }
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    queue.steps.retain(|step| step.patch.name != patch.name);
    let mut rework = rework(bench, format!("resolve {} {option} {reason:?}", patch.name), when);
    rework.leave_out(&patch.name)?;
    let reworked = rework.finish(objects, &queue.series, &queue.steps, watch)?;
    finish_report(bench, report, &reworked)
}

/// Carries every held patch that goes without a person.
///
/// # Errors
/// A session is open, or the queue cannot be written.
pub fn all_trivial(bench: &Workbench, when: i64, watch: &dyn Watch) -> Result<ResolveReport> {
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let rework = rework(bench, "resolve --all-trivial".to_owned(), when);
    let reworked = rework.finish(objects, &queue.series, &queue.steps, watch)?;
    finish_report(bench, ResolveReport::new(bench, Did::Carried, None), &reworked)
}

/// What is settled is carried as by a rebase: a patch that upstream has meanwhile leaves.
fn rework(bench: &Workbench, what: String, when: i64) -> Rework<'_> {
    Rework { emptied: Emptied::Leave, ..Rework::new(bench, what, when) }
}

fn finish_report(bench: &Workbench, mut report: ResolveReport, reworked: &Reworked<'_>) -> Result<ResolveReport> {
    let after = Workbench::open(bench.dir.clone(), Access::Read)?;
    let known = report.regenerate.clone();
    let tells = |one: &&Carried<'_>| one.outcome() != Outcome::Unchanged || one.step.patch.meta.held.is_some();
    report.patches = reworked.patches.iter().filter(tells).map(|one| rebase::report::patch(one, None)).collect();
    let commands = rebase::report::regenerate(bench, &reworked.patches);
    report.regenerate.extend(commands.into_iter().filter(|command| !known.contains(command)));
    report.tip = Some(reworked.tip);
    report.held = list::list(&after)?;
    Ok(report)
}

/// An error unless the index is what the person wants.
fn check(bench: &Workbench, session: &Session, worktree: &Worktree) -> Result<()> {
    if bench.manifest().line.base_commit != session.base {
        return Err(ResolveError::OtherBase(session.patch.clone()).into());
    }
    // Commits on top are fine: what counts is the index.
    if !session.is_inside(bench, &worktree.head()?)? {
        let (patch, worktree) = (session.patch.clone(), session.worktree.clone());
        return Err(ResolveError::Elsewhere { patch, worktree }.into());
    }
    let shown = |paths: BTreeSet<BString>| paths.iter().map(|path| display(path.as_ref())).collect::<Vec<_>>();
    let unmerged = worktree.unmerged()?;
    if !unmerged.is_empty() {
        return Err(ResolveError::Unmerged(shown(unmerged)).into());
    }
    worktree.check_settled()?;
    let unstaged = worktree.unstaged()?;
    if !unstaged.is_empty() {
        return Err(ResolveError::Unstaged(shown(unstaged)).into());
    }
    Ok(())
}

/// An error if other patches state that they need one.
fn check_needs(bench: &Workbench, name: &PatchName) -> Result<()> {
    let needs = bench.manifest().patches.iter().filter(|patch| patch.meta.requires.contains(name));
    let by: Vec<PatchName> = needs.map(|patch| patch.name.clone()).collect();
    match by.is_empty() {
        true => Ok(()),
        false => Err(ResolveError::Needed { patch: name.clone(), by }.into()),
    }
}

/// A session whose worktree goes back.
pub struct Back<'a> {
    session: &'a Session,
    /// The worktree.
    pub worktree: &'a Worktree,
    /// The tree that a person made, which it shows.
    pub result: Oid,
}

impl Back<'_> {
    /// What was checked out there before.
    pub fn home(&self) -> &Head {
        &self.session.home
    }

    /// What that shows, if it is none of the queue.
    ///
    /// # Errors
    /// It is gone.
    pub fn home_layout(&self, bench: &Workbench, objects: &mut Objects) -> Result<Layout> {
        self.session.home_layout(bench, objects)
    }

    /// An error unless what was settled goes where it belongs: patches in front of it may have changed since it was opened.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self, carried: &[Carried<'_>]) -> Result<()> {
        let one = carried.iter().find(|one| one.step.patch.name.as_str() == self.session.patch);
        let patch = self.session.patch.clone();
        match one.map(|one| &one.result) {
            Some(Become::Placed(placed)) if placed.outcome != Outcome::Upstreamed => Ok(()),
            Some(Become::Conflict(conflicts)) => {
                let paths = conflicts.iter().map(|it| display(it.path.as_ref())).collect();
                Err(ResolveError::Conflicts { patch, paths }.into())
            }
            Some(Become::Blocked(by)) => {
                let name = one.map(|one| one.step.patch.name.clone()).expect("it was found");
                Err(ResolveError::Waits { patch: name, by: by.clone() }.into())
            }
            _ => Err(ResolveError::Nothing(patch).into()),
        }
    }
}
