//! Takes what a person made of a held patch, or lets the patch leave the queue, and carries what waited for it.

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;

use super::session::Session;
use super::{Did, ResolveError, ResolveReport, abort, list};
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::marks::markers;
use crate::format::patchfile::PatchFile;
use crate::format::quote::display;
use crate::git::apply::Stack;
use crate::git::attributes::Attributes;
use crate::git::renames::join;
use crate::git::worktree::{Head, Index, Layout};
use crate::git::{Change, Commit, Objects, RefEdit, Tree, Worktree, diff_trees};
use crate::model::progress::Watch;
use crate::model::{Oid, Outcome, Patch, PatchMeta, PatchName};
use crate::ops::answers::{Answers, Whole, record};
use crate::ops::error::OpError;
use crate::ops::follow::Follow;
use crate::ops::materialize::{Files, remember_series};
use crate::ops::publish::expected_branch;
use crate::ops::rebase::carry::{Become, Carried, OldQueue, OldStep, again};
use crate::ops::rebase::materialize::{held_edit, texts_and_commits};
use crate::ops::rebase::{Tip, report};
use crate::ops::text;
use crate::ops::transaction::{self, Changeset};
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
    let worktree = session.worktree(bench)?;
    let mut objects = bench.repo.objects();
    check(bench, &session, &worktree)?;
    let target = Commit::read(&objects, session.target)?.tree;
    let result = worktree.index_tree(&mut objects, target)?;
    check_markers(&objects, &session, result)?;
    if result == target {
        return Err(ResolveError::Nothing(session.patch).into());
    }
    let patch = bench.patch(&session.patch)?;
    let (step, text) = settled_step(bench, &mut objects, patch, target, result)?;
    let mut queue = OldQueue::read(bench, &mut objects, watch)?;
    let at = bench.manifest().positions()[&patch.name];
    let generated = Excluded::stated(&bench.manifest().generated);
    let whole = Whole { step: &queue.steps[at], tip: target, generated: &generated };
    let known = Answers::readable(bench)?;
    let recording = record(&mut objects, &known, &whole, (&bench.manifest().line.base, result))?;
    queue.steps[at] = step;
    let work = Work { bench, what: format!("resolve {patch} --done", patch = patch.name), when, gone: None };
    let mut files = recording.files;
    files.insert(patch.name.file(), Some(text));
    let back = Back { session: &session, worktree: &worktree, result };
    let (patches, tip) = work.carry(objects, &queue, files, Some(back), watch)?;
    Session::forget(bench)?;
    let mut report = ResolveReport::new(bench, Did::Settled, Some(patch.name.clone()));
    report.worktree = Some(super::shown(&session.worktree));
    report.recorded = recording.kept;
    finish_report(bench, report, patches, tip)
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
    let what = format!("resolve {} {option} {reason:?}", patch.name);
    let work = Work { bench, what, when, gone: Some(&patch.name) };
    let files = BTreeMap::from([(patch.name.file(), None)]);
    let (patches, tip) = work.carry(objects, &queue, files, None, watch)?;
    finish_report(bench, report, patches, tip)
}

/// Carries every held patch that goes without a person.
///
/// # Errors
/// A session is open, or the queue cannot be written.
pub fn all_trivial(bench: &Workbench, when: i64, watch: &dyn Watch) -> Result<ResolveReport> {
    Session::refuse(bench)?;
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let work = Work { bench, what: "resolve --all-trivial".to_owned(), when, gone: None };
    let (patches, tip) = work.carry(objects, &queue, BTreeMap::new(), None, watch)?;
    finish_report(bench, ResolveReport::new(bench, Did::Carried, None), patches, tip)
}

fn finish_report(
    bench: &Workbench,
    mut report: ResolveReport,
    patches: Vec<crate::ops::rebase::PatchReport>,
    tip: Tip,
) -> Result<ResolveReport> {
    let after = Workbench::open(bench.dir.clone(), Access::Read)?;
    report.patches = patches;
    report.tip = Some(tip);
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

/// An error if a file that conflicted has markers that no side of the conflict had.
fn check_markers(objects: &Objects, session: &Session, result: Oid) -> Result<()> {
    let mut tree = Tree::new(result);
    let mut attributes = Attributes::default();
    let mut found = Vec::new();
    for path in touched(session) {
        let Some(entry) = tree.get(objects, path.as_ref())?.file().filter(|entry| entry.mode.is_file()) else {
            continue;
        };
        let width = attributes.marker_width(objects, &mut tree, path.as_ref())?;
        let known = known_markers(objects, session, &path, width)?;
        let text = objects.blob(entry.id)?;
        let left = markers(&text, width).filter(|(_, line)| !known.contains(*line));
        found.extend(
            left.map(|(line, text)| {
                format!("{}:{line}: {}", display(path.as_ref()), crate::model::text::visible(text))
            }),
        );
    }
    match found.is_empty() {
        true => Ok(()),
        false => Err(ResolveError::Markers(found).into()),
    }
}

/// Every path with stages.
fn touched(session: &Session) -> BTreeSet<BString> {
    session.scene.unmerged.iter().map(|stage| stage.path.clone()).collect()
}

fn known_markers(objects: &Objects, session: &Session, path: &BString, width: usize) -> Result<BTreeSet<Vec<u8>>> {
    let mut known = BTreeSet::new();
    let stages = session.scene.unmerged.iter().filter(|stage| stage.path == *path && stage.entry.mode.is_file());
    for stage in stages {
        let text = objects.blob(stage.entry.id)?;
        known.extend(markers(&text, width).map(|(_, line)| line.to_vec()));
    }
    Ok(known)
}

/// The patch as the step from the target to the result, with its new text.
fn settled_step<'a>(
    bench: &'a Workbench,
    objects: &mut Objects,
    patch: &'a Patch,
    target: Oid,
    result: Oid,
) -> Result<(OldStep<'a>, Vec<u8>)> {
    let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
    let mut old = PatchFile::parse(bench.file(&patch.name)).map_err(bad)?;
    // What was copied from where is not asked again: the new text has the file whole.
    old.files.retain(|section| !section.is_copy());
    let changes = join(objects, diff_trees(objects, target, result)?)?;
    let rows: Vec<(BString, bool, Change)> =
        changes.iter().map(|change| (change.path().to_owned(), false, change.clone())).collect();
    let file = match text::refreshed(objects, &old, &rows)? {
        Some(sections) => old.with_sections(sections).map_err(bad)?,
        None => old,
    };
    let line = &bench.manifest().line;
    let base_tree = Commit::read(objects, line.base_commit)?.tree;
    let made = Stack::new(objects, line.base_commit, target).push(&patch.name, &file);
    if made.map(|made| made.tree).ok() != Some(result) {
        return Err(ResolveError::NoText(patch.name.to_string()).into());
    }
    let (text, commit) = (file.to_bytes(), line.base_commit);
    let base = (line.base.clone(), line.base_commit);
    Ok((OldStep { patch, commit, changes, file, base, base_tree }, text))
}

/// An error if other patches state that they need one.
fn check_needs(bench: &Workbench, name: &PatchName) -> Result<()> {
    let needs = bench.manifest().patches.iter().filter(|patch| patch.meta.requires.contains(name));
    let reasons: Vec<String> = needs.map(|patch| format!("{} needs {name}", patch.name)).collect();
    match reasons.is_empty() {
        true => Ok(()),
        false => Err(OpError::BreaksDependencies { what: format!("resolve {name} --drop"), reasons }.into()),
    }
}

/// A change of the queue after which everything is carried again.
struct Work<'a> {
    bench: &'a Workbench,
    what: String,
    when: i64,
    /// A patch that leaves.
    gone: Option<&'a PatchName>,
}

/// A session whose worktree goes back.
struct Back<'a> {
    session: &'a Session,
    worktree: &'a Worktree,
    result: Oid,
}

impl Work<'_> {
    fn carry(
        self,
        mut objects: Objects,
        queue: &OldQueue<'_>,
        mut files: BTreeMap<String, Option<Vec<u8>>>,
        back: Option<Back<'_>>,
        watch: &dyn Watch,
    ) -> Result<(Vec<crate::ops::rebase::PatchReport>, Tip)> {
        let (bench, base) = (self.bench, self.bench.manifest().line.base_commit);
        let (carried, tree) = again(bench, &mut objects, &queue.steps, watch)?;
        if let Some(back) = &back {
            check_settled(back.session, &carried)?;
        }
        let made = texts_and_commits(&bench.repo, &mut objects, &carried, base, watch)?;
        let tip = Tip { commit: made.tip(base), tree };
        let mut refs = self.refs(queue, &carried, tip.commit)?;
        let mut document = bench.document();
        for one in &carried {
            let name = &one.step.patch.name;
            if one.outcome() == Outcome::Upstreamed {
                document.remove(name);
                files.insert(name.file(), None);
            } else if one.held() != one.step.patch.meta.held {
                document.set_meta(name, &PatchMeta { held: one.held(), ..one.step.patch.meta.clone() });
            }
            refs.extend(held_edit(bench, one)?);
        }
        self.gone.map(|gone| document.remove(gone));
        files.extend(made.texts.iter().map(|(name, text)| (name.file(), Some(text.clone()))));
        files.insert("pq.toml".to_owned(), Some(document.to_text().into_bytes()));
        let worktrees = match &back {
            Some(back) => vec![back.follow(bench, &mut objects, tip)?],
            None => Vec::new(),
        };
        let names: Vec<&PatchName> =
            carried.iter().filter(|one| one.placed().is_some()).map(|one| &one.step.patch.name).collect();
        let bytes: Vec<Vec<u8>> = names
            .iter()
            .map(|name| match files.get(&name.file()) {
                Some(Some(text)) => text.clone(),
                _ => bench.file(name).to_vec(),
            })
            .collect();
        let changes = Changeset { what: self.what, when: self.when, files, refs, worktrees };
        if back.is_some() || self.gone.is_some() || changes_something(bench, &changes) {
            transaction::run(&bench.dir, &bench.repo, &mut objects, changes)?;
        }
        let files = Files { names, bytes: bytes.iter().map(Vec::as_slice).collect() };
        remember_series(bench, base, &files, &made.commits, None);
        let tells = |one: &&Carried<'_>| one.outcome() != Outcome::Unchanged || one.step.patch.meta.held.is_some();
        Ok((carried.iter().filter(tells).map(|one| report::patch(one, None)).collect(), tip))
    }

    fn refs(&self, queue: &OldQueue<'_>, carried: &[Carried<'_>], tip: Oid) -> Result<Vec<RefEdit>> {
        let (bench, series) = (self.bench, &queue.series);
        let commits: Vec<Oid> = series.commits.iter().map(|made| made.commit).collect();
        let old = expected_branch(bench, series.base, &commits)?;
        let mut refs = vec![RefEdit { name: bench.branch_ref(), old, new: Some(tip) }];
        let is_left = |name: &PatchName| carried.iter().all(|one| one.step.patch.name != *name);
        if let Some(gone) = self.gone.filter(|gone| is_left(gone)) {
            let name = bench.held_ref(gone);
            refs.extend(bench.repo.read_ref(&name)?.map(|old| RefEdit { name, old: Some(old), new: None }));
        }
        Ok(refs)
    }
}

fn changes_something(bench: &Workbench, changes: &Changeset) -> bool {
    let is_new = |(path, text): (&String, &Option<Vec<u8>>)| {
        path != "pq.toml" || *text != Some(bench.document().to_text().into())
    };
    changes.files.iter().any(is_new) || changes.refs.iter().any(|edit| edit.old != edit.new)
}

impl Back<'_> {
    /// The worktree goes where it was; if that is the line's branch, to its new tip.
    fn follow(&self, bench: &Workbench, objects: &mut Objects, tip: Tip) -> Result<Follow> {
        let to = match &self.session.home {
            Head::Branch(name) if *name == bench.branch_ref() => Layout::of(tip.tree),
            _ => self.session.home_layout(bench, objects)?,
        };
        let from = Layout::of(self.result);
        self.worktree.check_switch(objects, &from, &to)?;
        let head = (self.worktree.head()?, self.session.home.clone());
        Ok(self.session.follow(head, from, to, Index::Careful))
    }
}

/// What was settled must go where it belongs: patches in front of it may have changed since it was opened.
fn check_settled(session: &Session, carried: &[Carried<'_>]) -> Result<()> {
    let one = carried.iter().find(|one| one.step.patch.name.as_str() == session.patch);
    let patch = session.patch.clone();
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
