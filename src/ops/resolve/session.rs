//! A patch that a person is settling: what was opened where, and how to get back.
//!
//! A queue has one such session at a time. It is a file beside the queue's log; a switch of its worktree that a killed process left half done
//! is noted there and finished by the next command.

use std::path::PathBuf;

use bstr::BString;
use serde::{Deserialize, Serialize};

use super::error::ResolveError;
use crate::Result;
use crate::git::worktree::{Head, Index, Layout, path_text};
use crate::git::{Entry, Worktree};
use crate::model::{ConflictKind, Oid};
use crate::ops::follow::{Follow, layout};
use crate::ops::workbench::Workbench;
use crate::store::{self, pending};

/// A session.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The patch.
    pub patch: String,
    /// Its commit on its old base.
    pub held: Oid,
    /// The base of the queue when it began.
    pub base: Oid,
    /// The directory of the worktree.
    pub worktree: PathBuf,
    /// What was checked out there before.
    pub home: Head,
    /// The commit in front of the patch's place.
    pub target: Oid,
    /// What was opened.
    pub scene: Layout,
    /// Where it conflicts.
    pub clashes: Vec<Clash>,
    /// A switch that has begun and not ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moving: Option<Moving>,
    /// Whether the operation that takes its result has begun: then the session is over as soon as the patch is not held any more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub settling: bool,
}

/// One path that conflicts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clash {
    /// Where it is in the index.
    #[serde(with = "path_text")]
    pub path: BString,
    /// How.
    pub kind: ConflictKind,
    /// The file in front of the patch on its old base.
    pub base: Option<Entry>,
    /// The file in front of the patch now.
    pub ours: Option<Entry>,
    /// The file as the patch has it.
    pub theirs: Option<Entry>,
}

/// Into the session, or out of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Moving {
    /// The switch.
    pub follow: Follow,
    /// Whether the session is over after it.
    pub ends: bool,
}

impl Session {
    fn file(bench: &Workbench) -> PathBuf {
        bench.state().directory.join("resolve")
    }

    /// The open session, if there is one.
    ///
    /// # Errors
    /// Its file cannot be read.
    pub fn load(bench: &Workbench) -> Result<Option<Session>> {
        let file = Session::file(bench);
        let Some(bytes) = pending::read(&file)? else { return Ok(None) };
        let session: Session =
            serde_json::from_slice(&bytes).map_err(|source| ResolveError::BadSession { file, source })?;
        // Settled by an operation that was killed before it could say so. Where somebody else settled it, the worktree is still to be put back.
        let is_over = session.settling && !session.is_held(bench);
        Ok(Some(session).filter(|_| !is_over))
    }

    /// The same, which must be there.
    ///
    /// # Errors
    /// There is none.
    pub fn open(bench: &Workbench) -> Result<Session> {
        Ok(Session::load(bench)?.ok_or(ResolveError::NoSession)?)
    }

    /// An error if one is open.
    ///
    /// # Errors
    /// See above.
    pub fn refuse(bench: &Workbench) -> Result<()> {
        match Session::load(bench)? {
            Some(session) => {
                session.check_held(bench)?;
                Err(ResolveError::Open { patch: session.patch, worktree: session.worktree }.into())
            }
            None => Ok(()),
        }
    }

    /// An error if the patch was settled, or left the queue, while it was open here: a colleague did, and the queue was pulled.
    ///
    /// # Errors
    /// See above.
    pub fn check_held(&self, bench: &Workbench) -> Result<()> {
        match self.is_held(bench) {
            true => Ok(()),
            false => {
                let (patch, worktree) = (self.patch.clone(), self.worktree.clone());
                Err(ResolveError::Overtaken { patch, worktree }.into())
            }
        }
    }

    /// Whether the queue still holds what was opened.
    pub fn is_held(&self, bench: &Workbench) -> bool {
        bench.manifest().patch(&self.patch).is_some_and(|patch| patch.meta.held.is_some())
    }

    /// Whether HEAD is still where the session put it, or at commits that were made on top.
    ///
    /// # Errors
    /// History cannot be read.
    pub fn is_inside(&self, bench: &Workbench, head: &Head) -> Result<bool> {
        match head {
            Head::Branch(_) => Ok(false),
            Head::Commit(id) => Ok(bench.repo.merge_base(*id, self.target)? == Some(self.target)),
        }
    }

    /// Remembers it, on the disk when this returns.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn save(&self, bench: &Workbench) -> Result<()> {
        let text = serde_json::to_vec_pretty(self).expect("plain values have a text");
        Ok(pending::write(&Session::file(bench), &text)?)
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The file cannot be deleted.
    pub fn forget(bench: &Workbench) -> Result<()> {
        Ok(store::pending::clear(&Session::file(bench))?)
    }

    /// The worktree.
    ///
    /// # Errors
    /// It is gone.
    pub fn worktree(&self, bench: &Workbench) -> Result<Worktree> {
        let gone = |_| ResolveError::WorktreeGone { patch: self.patch.clone(), worktree: self.worktree.clone() };
        Ok(bench.repo.worktree_at(&self.worktree).map_err(gone)?)
    }

    /// What the worktree shows when it is back where it was.
    ///
    /// # Errors
    /// The branch or its commit is gone.
    pub fn home_layout(&self, bench: &Workbench, objects: &mut crate::git::Objects) -> Result<Layout> {
        let commit = match &self.home {
            Head::Commit(id) => Some(*id),
            Head::Branch(name) => bench.repo.read_ref(name)?,
        };
        layout(objects, commit)
    }

    /// Switches the worktree, so that a kill at any moment is made good by [`recover`].
    ///
    /// # Errors
    /// The disk refuses, or another process works in the worktree.
    pub fn switch(&mut self, bench: &Workbench, moving: Moving, why: &str) -> Result<()> {
        self.moving = Some(moving.clone());
        self.save(bench)?;
        moving.follow.go(&bench.repo, &bench.repo.objects(), why)?;
        self.arrive(bench, moving.ends)
    }

    fn arrive(&mut self, bench: &Workbench, ends: bool) -> Result<()> {
        self.moving = None;
        if ends { Session::forget(bench) } else { self.save(bench) }
    }

    /// From one layout to another.
    pub fn follow(&self, head: (Head, Head), from: Layout, to: Layout, index: Index) -> Follow {
        Follow { root: self.worktree.clone(), head, from, to, index }
    }
}

/// Finishes the switch of a session's worktree that a killed process began. The caller holds the lock.
///
/// # Errors
/// The disk refuses.
pub fn recover(bench: &Workbench) -> Result<()> {
    let file = Session::file(bench);
    let Some(bytes) = pending::read(&file)? else { return Ok(()) };
    let Ok(mut session) = serde_json::from_slice::<Session>(&bytes) else { return Ok(()) };
    if let Some(moving) = session.moving.clone() {
        moving.follow.finish(&bench.repo, &file)?;
        return session.arrive(bench, moving.ends);
    }
    match (session.settling, session.is_held(bench)) {
        (true, false) => Session::forget(bench),
        // It was killed before it was recorded, and taken back.
        (true, true) => Session { settling: false, ..session }.save(bench),
        (false, _) => Ok(()),
    }
}
