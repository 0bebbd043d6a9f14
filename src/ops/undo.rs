//! Back and forth along the log of operations.

use serde::Serialize;

use super::error::OpError;
use super::materialize::Series;
use super::position;
use super::publish::movable;
use super::resolve::{self, Session};
use super::transaction::{self, Operation};
use super::workbench::Workbench;
use crate::Result;
use crate::git::{Objects, RefEdit};
use crate::model::Oid;

/// The log, or what was done to it.
#[derive(Debug, Clone, Serialize)]
pub struct LogReport {
    /// The line.
    pub line: String,
    /// The operations, the last one first.
    pub operations: Vec<Entry>,
}

/// One operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its commit.
    pub id: Oid,
    /// What was typed.
    pub what: String,
    /// When, in seconds since 1970.
    pub when: i64,
    /// The refs that it moved.
    pub refs: Vec<RefEdit>,
}

/// An operation that was taken back or done again.
#[derive(Debug, Clone, Serialize)]
pub struct TravelReport {
    /// The line.
    pub line: String,
    /// The operation.
    pub operation: Entry,
    /// What can be taken back after it.
    pub next: Option<String>,
    /// The patch whose session was given up, if that is what was taken back: it can be opened again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reopens: Option<String>,
    /// Where what a person had made in the session is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saved: Option<resolve::Saved>,
}

impl TravelReport {
    fn new(bench: &Workbench, operation: Entry, next: Option<String>) -> TravelReport {
        TravelReport { line: bench.manifest().line.name.clone(), operation, next, reopens: None, saved: None }
    }
}

impl From<&Operation> for Entry {
    fn from(operation: &Operation) -> Entry {
        let record = operation.record.clone();
        Entry { id: operation.id, what: record.what, when: record.when, refs: record.refs }
    }
}

/// The operations of a queue.
pub fn log(bench: &Workbench) -> Result<LogReport> {
    let log = transaction::log(bench, &bench.repo.objects())?;
    let operations = log.iter().filter(|operation| operation.before.is_some()).map(Entry::from).collect();
    Ok(LogReport { line: bench.manifest().line.name.clone(), operations })
}

/// Takes the last operation back.
pub fn undo(bench: &Workbench, when: i64) -> Result<TravelReport> {
    if let Some(session) = Session::load(bench)? {
        return give_up(bench, &session, when);
    }
    movable(bench)?;
    let mut objects = bench.repo.objects();
    let standing = position::standing(bench, &mut objects)?;
    transaction::record_edits(bench, &mut objects, when)?;
    let last = last(bench, &objects)?.ok_or(OpError::NothingTo("undo"))?;
    let before = last.before.map(|id| Operation::read(&objects, id)).transpose()?;
    // The first command made the queue: there is nothing in front of it to go back to.
    let before = before.filter(|before| before.tree != empty_tree(&mut objects)).ok_or(OpError::NothingTo("undo"))?;
    let state = bench.state();
    let mut refs: Vec<RefEdit> = last.record.refs.iter().map(backwards).collect();
    check_branch(bench, &mut refs)?;
    refs.push(RefEdit { name: state.log, old: Some(last.id), new: Some(before.id) });
    if bench.repo.read_ref(&state.redo)?.is_none() {
        refs.push(RefEdit { name: state.redo, old: None, new: Some(last.id) });
    }
    travel(bench, &mut objects, standing.as_ref(), &before, refs, "undo")?;
    let next = before.before.map(|_| before.record.what.clone());
    Ok(TravelReport::new(bench, Entry::from(&last), next))
}

/// Does the operation that was taken back last again.
pub fn redo(bench: &Workbench, when: i64) -> Result<TravelReport> {
    Session::refuse(bench)?;
    movable(bench)?;
    let mut objects = bench.repo.objects();
    let standing = position::standing(bench, &mut objects)?;
    if transaction::record_edits(bench, &mut objects, when)? {
        return Err(OpError::NothingTo("redo: the queue was edited since").into());
    }
    let state = bench.state();
    let furthest = bench.repo.read_ref(&state.redo)?.ok_or(OpError::NothingTo("redo"))?;
    let now = bench.repo.read_ref(&state.log)?;
    let mut next = Operation::read(&objects, furthest)?;
    while next.before != now {
        let before = next.before.ok_or(OpError::NothingTo("redo"))?;
        next = Operation::read(&objects, before)?;
    }
    let mut refs = next.record.refs.clone();
    check_branch(bench, &mut refs)?;
    refs.push(RefEdit { name: state.log, old: now, new: Some(next.id) });
    if next.id == furthest {
        refs.push(RefEdit { name: state.redo, old: Some(furthest), new: None });
    }
    travel(bench, &mut objects, standing.as_ref(), &next, refs, "redo")?;
    Ok(TravelReport::new(bench, Entry::from(&next), None))
}

/// Goes to an operation of the log; worktrees that stand at a patch come along.
fn travel(
    bench: &Workbench,
    objects: &mut Objects,
    standing: Option<&Series>,
    to: &Operation,
    refs: Vec<RefEdit>,
    what: &str,
) -> Result<()> {
    let worktrees = match standing {
        Some(old) => position::travels(bench, objects, old, &transaction::files_of(objects, to.tree)?)?,
        None => Vec::new(),
    };
    transaction::travel(bench, objects, to, refs, worktrees, what)
}

/// The last thing that was done is that a patch was opened: its session ends as `pq resolve --abort` ends it.
fn give_up(bench: &Workbench, session: &Session, when: i64) -> Result<TravelReport> {
    let next = last(bench, &bench.repo.objects())?.map(|operation| operation.record.what);
    let saved = resolve::abort(bench, when)?.saved;
    let (name, commit) = saved.clone().map_or((None, session.target), |saved| (Some(saved.name), saved.commit));
    let refs = name.map(|name| RefEdit { name, old: None, new: Some(commit) }).into_iter().collect();
    let operation = Entry { id: commit, what: format!("resolve {}", session.patch), when, refs };
    let reopens = session.is_held(bench).then(|| session.patch.clone());
    Ok(TravelReport { reopens, saved, ..TravelReport::new(bench, operation, next) })
}

fn last(bench: &Workbench, objects: &Objects) -> Result<Option<Operation>> {
    let tip = bench.repo.read_ref(&bench.state().log)?;
    tip.map(|id| Operation::read(objects, id)).transpose()
}

fn empty_tree(objects: &mut Objects) -> Oid {
    objects.write(crate::git::Kind::Tree, Vec::new())
}

fn backwards(edit: &RefEdit) -> RefEdit {
    RefEdit { name: edit.name.clone(), old: edit.new, new: edit.old }
}

/// The branch goes back only from where pq left it.
fn check_branch(bench: &Workbench, refs: &mut [RefEdit]) -> Result<()> {
    for edit in refs.iter_mut().filter(|edit| edit.name.starts_with("refs/heads/")) {
        let branch = edit.name.trim_start_matches("refs/heads/").to_owned();
        match bench.repo.read_ref(&edit.name)? {
            found if found == edit.old => {}
            Some(found) => return Err(OpError::ForeignBranch { branch, found }.into()),
            // A branch that is gone is gone: it is made again where it belongs now.
            None => edit.old = None,
        }
    }
    Ok(())
}
