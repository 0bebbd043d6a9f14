//! One operation, all or nothing, and the log that can take it back.
//!
//! The log is a chain of commits under `refs/pq/log/`: the tree of each is the queue's directory after the operation, the message says what
//! it was and which refs it moved. So undo is: put the files of the commit before back, and move the refs the other way.
//!
//! Recorded resolutions are not part of it, though an operation may write some: they are knowledge, which does not become wrong because
//! something that was done with it is taken back. So a rebase that is undone and done again finds them. Those that an operation deletes are kept
//! with it, and come back when it is taken back.
//!
//! The order makes a kill at any moment harmless: objects first; then a marker that names the operation; then the files, one rename each;
//! then the refs, the log's among them; then the worktrees that have the branch checked out; then the marker goes. Whoever finds the marker finishes the operation if the log's ref says that it
//! was recorded, and takes it back if not.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use serde::{Deserialize, Serialize};

use super::error::OpError;
use super::follow::{self, Follow};
use super::workbench::{State, Workbench};
use crate::Result;
use crate::git::commit::Actor;
use crate::git::{Commit, Entry, Kind, Objects, RefEdit, Repo, Tree};
use crate::model::{Mode, Oid};
use crate::store::{QueueDir, pending};

/// What an operation changes.
#[derive(Debug, Clone, Default)]
pub struct Changeset {
    /// What was typed, for people: `rebase v1.13.8`.
    pub what: String,
    /// When, in seconds since 1970.
    pub when: i64,
    /// Files, relative to the queue's directory; `None` deletes.
    pub files: BTreeMap<String, Option<Vec<u8>>>,
    /// Refs.
    pub refs: Vec<RefEdit>,
    /// Worktrees that are switched, beside those that have a branch checked out which moves.
    pub worktrees: Vec<Follow>,
}

impl Changeset {
    /// Whether all is as it was: nothing to write, and nothing to note in the log.
    fn is_nothing(&self) -> bool {
        self.files.is_empty() && self.worktrees.is_empty() && self.refs.iter().all(|edit| edit.old == edit.new)
    }
}

/// What the log says of an operation: the message of its commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What was typed.
    pub what: String,
    /// When, in seconds since 1970.
    pub when: i64,
    /// The refs that it moved.
    pub refs: Vec<RefEdit>,
    /// A commit with the recorded resolutions that it deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Oid>,
}

/// An operation of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Its commit.
    pub id: Oid,
    /// The one before.
    pub before: Option<Oid>,
    /// What it was.
    pub record: Record,
    /// The queue's directory after it.
    pub tree: Oid,
}

/// The marker of an operation that is half done.
#[derive(Debug, Serialize, Deserialize)]
struct Pending {
    /// The log's tip before, which holds the files as they were.
    from: Option<Oid>,
    /// The log's tip after.
    to: Oid,
    /// All refs that move, the log's own among them.
    refs: Vec<RefEdit>,
    /// The worktrees that are switched once the refs have moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    worktrees: Vec<Follow>,
    /// Recorded resolutions that go, or come back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    deleted: Option<Deleted>,
}

/// Recorded resolutions that an operation deletes.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Deleted {
    /// A commit that has them.
    commit: Oid,
    /// Whether the operation is taken back.
    comes_back: bool,
}

/// What the directory is recorded as when a person has edited it.
const BY_HAND: &str = "(edited by hand)";

impl Operation {
    /// Reads an operation of the log.
    pub fn read(objects: &Objects, id: Oid) -> Result<Operation> {
        let commit = Commit::read(objects, id)?;
        let record = serde_json::from_slice(&commit.message).map_err(|_| OpError::BadOperation(id))?;
        Ok(Operation { id, before: commit.parents.first().copied(), record, tree: commit.tree })
    }
}

/// The operations of a queue, the last one first.
pub fn log(bench: &Workbench, objects: &Objects) -> Result<Vec<Operation>> {
    let mut next = bench.repo.read_ref(&bench.state().log)?;
    let mut operations = Vec::new();
    while let Some(id) = next {
        let operation = Operation::read(objects, id)?;
        next = operation.before;
        operations.push(operation);
    }
    Ok(operations)
}

/// Makes the change, whole; no operation if all is as it was. The objects that it needs are in `objects`.
///
/// # Errors
/// A held patch is being settled: only what ends that may change the queue meanwhile.
pub fn commit(bench: &Workbench, objects: &mut Objects, changes: Changeset) -> Result<()> {
    super::resolve::Session::refuse(bench)?;
    run(&bench.dir, &bench.repo, objects, changes)
}

/// The same for a directory that is not a queue yet. The caller holds the lock.
pub fn run(dir: &QueueDir, repo: &Repo, objects: &mut Objects, mut changes: Changeset) -> Result<()> {
    let state = State::of(repo, dir.root());
    let before = dir.snapshot()?;
    changes.files.retain(|path, new| QueueDir::is_resolution(path) || before.get(path) != new.as_ref());
    if changes.is_nothing() {
        return Ok(());
    }
    let (recorded, from) = record_present(repo, &state, objects, &before, changes.when)?;
    let mut after = before;
    for (path, new) in changes.files.iter().filter(|(path, _)| !QueueDir::is_resolution(path)) {
        match new {
            Some(bytes) => after.insert(path.clone(), bytes.clone()),
            None => after.remove(path),
        };
    }
    let deleted = keep_deleted(dir, objects, &changes)?;
    let record = Record { what: changes.what.clone(), when: changes.when, refs: changes.refs.clone(), deleted };
    let to = write_operation(objects, &record, &after, Some(from))?;
    let mut refs = changes.refs;
    refs.push(RefEdit { name: state.log.clone(), old: recorded, new: Some(to) });
    refs.extend(redo_gone(repo, &state)?);
    let worktrees = changes.worktrees;
    let deleted = deleted.map(|commit| Deleted { commit, comes_back: false });
    let marker = Pending { from: Some(from), to, refs, worktrees, deleted };
    finish(dir, repo, &state, objects, marker, &changes.files, &changes.what)
}

/// A commit with the recorded resolutions that an operation is about to delete.
fn keep_deleted(dir: &QueueDir, objects: &mut Objects, changes: &Changeset) -> Result<Option<Oid>> {
    let goes = |path: &str| QueueDir::is_resolution(path) && changes.files.get(path) == Some(&None);
    if !changes.files.keys().any(|path| goes(path)) {
        return Ok(None);
    }
    let mut files = dir.resolutions()?;
    files.retain(|path, _| goes(path));
    let tree = write_files(objects, &files)?;
    let pq = pq(changes.when);
    let message = format!("Resolutions that `pq {}` deleted\n", changes.what).into();
    let commit = Commit { tree, parents: Vec::new(), author: pq.clone(), committer: pq, encoding: None, message };
    Ok(Some(objects.write(Kind::Commit, commit.to_bytes())))
}

/// What deletes them, or brings them back: a file that a person has written since stays.
fn resolutions_after(
    dir: &QueueDir,
    objects: &Objects,
    deleted: Option<Deleted>,
    is_done: bool,
) -> Result<BTreeMap<String, Option<Vec<u8>>>> {
    let Some(Deleted { commit, comes_back }) = deleted else { return Ok(BTreeMap::new()) };
    let mut kept = files_of(objects, Commit::read(objects, commit)?.tree)?;
    let present = dir.resolutions()?;
    if comes_back == is_done {
        kept.retain(|path, _| !present.contains_key(path));
        return Ok(kept.into_iter().map(|(path, bytes)| (path, Some(bytes))).collect());
    }
    kept.retain(|path, bytes| present.get(path) == Some(bytes));
    Ok(kept.into_keys().map(|path| (path, None)).collect())
}

fn pq(seconds: i64) -> Actor {
    Actor { name: "pq".into(), email: "pq@localhost".into(), seconds, offset: "+0000".into() }
}

/// Moves along the log without adding to it: undo and redo.
pub fn travel(
    bench: &Workbench,
    objects: &mut Objects,
    to: &Operation,
    refs: Vec<RefEdit>,
    worktrees: Vec<Follow>,
    what: &str,
) -> Result<()> {
    let state = bench.state();
    let before = bench.dir.snapshot()?;
    let after = files_of(objects, to.tree)?;
    let mut files = difference(&before, &after);
    let from = bench.repo.read_ref(&state.log)?;
    let here = from.map(|id| Operation::read(objects, id)).transpose()?;
    let undone = here.filter(|here| here.before == Some(to.id));
    let (commit, comes_back) = match &undone {
        Some(undone) => (undone.record.deleted, true),
        None => (to.record.deleted, false),
    };
    let deleted = commit.map(|commit| Deleted { commit, comes_back });
    files.extend(resolutions_after(&bench.dir, objects, deleted, true)?);
    let marker = Pending { from, to: to.id, refs, worktrees, deleted };
    finish(&bench.dir, &bench.repo, &state, objects, marker, &files, what)
}

/// Records the directory as it is now, if a person changed it since the last operation: then there is nothing to redo any more. True if
/// there was something to record.
pub fn record_edits(bench: &Workbench, objects: &mut Objects, when: i64) -> Result<bool> {
    let state = bench.state();
    let present = bench.dir.snapshot()?;
    let (recorded, from) = record_present(&bench.repo, &state, objects, &present, when)?;
    if recorded == Some(from) {
        return Ok(false);
    }
    let mut refs = vec![RefEdit { name: state.log.clone(), old: recorded, new: Some(from) }];
    refs.extend(redo_gone(&bench.repo, &state)?);
    let marker = Pending { from: Some(from), to: from, refs, worktrees: Vec::new(), deleted: None };
    finish(&bench.dir, &bench.repo, &state, objects, marker, &BTreeMap::new(), BY_HAND)?;
    Ok(true)
}

/// After anything new there is nothing to redo.
fn redo_gone(repo: &Repo, state: &State) -> Result<Option<RefEdit>> {
    let undone = repo.read_ref(&state.redo)?;
    Ok(undone.map(|undone| RefEdit { name: state.redo.clone(), old: Some(undone), new: None }))
}

/// The log's tip, and the operation that stands for the directory as it is: the tip, or a new one after it.
fn record_present(
    repo: &Repo,
    state: &State,
    objects: &mut Objects,
    present: &BTreeMap<String, Vec<u8>>,
    when: i64,
) -> Result<(Option<Oid>, Oid)> {
    let recorded = repo.read_ref(&state.log)?;
    let tree = write_files(objects, present)?;
    if let Some(id) = recorded
        && Operation::read(objects, id)?.tree == tree
    {
        return Ok((recorded, id));
    }
    let what = if recorded.is_some() { BY_HAND } else { "(before the first command)" };
    let record = Record { what: what.to_owned(), when, refs: Vec::new(), deleted: None };
    let id = write_operation(objects, &record, present, recorded)?;
    Ok((recorded, id))
}

fn finish(
    dir: &QueueDir,
    repo: &Repo,
    state: &State,
    objects: &mut Objects,
    mut marker: Pending,
    files: &BTreeMap<String, Option<Vec<u8>>>,
    what: &str,
) -> Result<()> {
    let others = follow::all(repo, objects, &marker.refs, &marker.worktrees)?;
    marker.worktrees.extend(others);
    repo.write_objects(objects)?;
    let text = serde_json::to_vec(&marker).expect("plain values have a text");
    pending::write(&state.pending, &text)?;
    let done = dir.write(files).map_err(crate::Error::from);
    let done = done.and_then(|()| Ok(repo.update_refs(&marker.refs, what)?));
    if let Err(error) = done {
        recover(dir, repo, state)?;
        return Err(error);
    }
    marker.worktrees.iter().try_for_each(|follow| follow.go(repo, objects, what))?;
    pending::clear(&state.pending)?;
    Ok(())
}

/// Whether a process was killed in the middle of an operation.
pub fn is_pending(state: &State) -> Result<bool> {
    Ok(pending::read(&state.pending)?.is_some())
}

/// Finishes what a killed process began if it was recorded, takes it back if not. The caller holds the lock.
pub fn recover(dir: &QueueDir, repo: &Repo, state: &State) -> Result<()> {
    let Some(bytes) = pending::read(&state.pending)? else { return Ok(()) };
    let Ok(marker) = serde_json::from_slice::<Pending>(&bytes) else {
        // Killed while it wrote the marker: nothing else had happened yet.
        return Ok(pending::clear(&state.pending)?);
    };
    let objects = repo.objects();
    repo.remove_stale_locks(&marker.refs, &state.pending)?;
    let is_recorded = repo.read_ref(&state.log)? == Some(marker.to);
    let mut files = one_way(&objects, &marker, is_recorded, &dir.snapshot()?)?;
    files.extend(resolutions_after(dir, &objects, marker.deleted, is_recorded)?);
    dir.write(&files)?;
    let mut edits = Vec::new();
    for edit in marker.refs {
        let now = repo.read_ref(&edit.name)?;
        let (wanted, other) = if is_recorded { (edit.new, edit.old) } else { (edit.old, edit.new) };
        if now == other && now != wanted {
            edits.push(RefEdit { name: edit.name, old: now, new: wanted });
        }
    }
    repo.update_refs(&edits, "recover")?;
    if is_recorded {
        marker.worktrees.iter().try_for_each(|follow| follow.finish(repo, &state.pending))?;
    }
    Ok(pending::clear(&state.pending)?)
}

/// The files that take a half done operation to its end, or back. A file that is neither what it was before nor what it should become was
/// written by a person since: it stays.
fn one_way(
    objects: &Objects,
    marker: &Pending,
    forward: bool,
    present: &BTreeMap<String, Vec<u8>>,
) -> Result<BTreeMap<String, Option<Vec<u8>>>> {
    let files = |id: Oid| files_of(objects, Operation::read(objects, id)?.tree);
    let (before, after) = (marker.from.map(files).transpose()?.unwrap_or_default(), files(marker.to)?);
    let (wanted, other) = if forward { (&after, &before) } else { (&before, &after) };
    let mut changes = difference(other, wanted);
    changes.retain(|path, _| present.get(path) == other.get(path));
    Ok(changes)
}

fn write_operation(
    objects: &mut Objects,
    record: &Record,
    files: &BTreeMap<String, Vec<u8>>,
    before: Option<Oid>,
) -> Result<Oid> {
    let tree = write_files(objects, files)?;
    let message = serde_json::to_vec_pretty(record).expect("plain values have a text");
    let pq = pq(record.when);
    // The commits that the refs leave and reach are named as parents: so nothing that can be undone or redone is collected as garbage.
    let mut parents: Vec<Oid> = before.into_iter().collect();
    for id in record.refs.iter().flat_map(|edit| [edit.old, edit.new]).flatten().chain(record.deleted) {
        if !parents.contains(&id) {
            parents.push(id);
        }
    }
    let commit = Commit { tree, parents, author: pq.clone(), committer: pq, encoding: None, message: message.into() };
    Ok(objects.write(Kind::Commit, commit.to_bytes()))
}

fn write_files(objects: &mut Objects, files: &BTreeMap<String, Vec<u8>>) -> Result<Oid> {
    let empty = objects.write(Kind::Tree, Vec::new());
    let mut tree = Tree::new(empty);
    for (path, bytes) in files {
        let id = objects.write(Kind::Blob, bytes.clone());
        tree.set(objects, path.as_bytes().as_bstr(), Some(Entry { mode: Mode::Regular, id }))?;
    }
    Ok(tree.write(objects))
}

/// The files of the queue's directory after an operation.
pub fn files_of(objects: &Objects, tree: Oid) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let empty = None;
    let mut entries = Vec::new();
    crate::git::changes::walk(objects, empty, Some(tree), &mut |path, _, entry| {
        entries.extend(entry.map(|entry| (path.to_owned(), entry.id)));
    })?;
    for (path, id) in entries {
        files.insert(path.to_str_lossy().into_owned(), objects.blob(id)?.to_vec());
    }
    Ok(files)
}

fn difference(from: &BTreeMap<String, Vec<u8>>, to: &BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Option<Vec<u8>>> {
    let gone = from.keys().filter(|path| !to.contains_key(*path)).map(|path| (path.clone(), None));
    let changed = to.iter().filter(|(path, bytes)| from.get(*path) != Some(bytes));
    gone.chain(changed.map(|(path, bytes)| (path.clone(), Some(bytes.clone())))).collect()
}
