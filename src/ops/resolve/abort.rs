//! Gives a session up: what was made is saved, and the worktree is as it was.

use super::session::{Moving, Session};
use super::{Did, LeftAlone, ResolveReport, Saved, list};
use crate::Result;
use crate::git::commit::Actor;
use crate::git::worktree::{Head, Index, Layout};
use crate::git::{Commit, Kind, Objects, RefEdit, Worktree};
use crate::model::Oid;
use crate::ops::workbench::{Workbench, aborted_ref};

/// Puts the worktree of the open session back. What differs from what was opened is kept under a ref first.
///
/// # Errors
/// There is no session, or the worktree cannot be written.
pub fn abort(bench: &Workbench, when: i64) -> Result<ResolveReport> {
    let mut session = Session::open(bench)?;
    let mut report = ResolveReport::new(bench, Did::Aborted, session.patch.parse().ok());
    let worktree = session.worktree(bench).ok();
    let head = worktree.as_ref().map(Worktree::head).transpose()?;
    let is_inside = head.as_ref().map(|head| session.is_inside(bench, head)).transpose()?;
    match (worktree, head) {
        (Some(worktree), Some(head)) if is_inside == Some(true) => {
            report.worktree = Some(super::shown(&session.worktree));
            report.saved = leave(bench, &mut session, &worktree, head, when)?;
        }
        // The worktree is gone, or a person has checked out something else there: that is not the session's.
        _ => {
            report.left_alone =
                Some(LeftAlone { worktree: super::shown(&session.worktree), home: home(&session.home) });
            Session::forget(bench)?;
        }
    }
    report.held = list::list(bench)?;
    Ok(report)
}

/// The branch by its short name, or the commit.
fn home(head: &Head) -> String {
    match head {
        Head::Branch(name) => name.strip_prefix("refs/heads/").unwrap_or(name).to_owned(),
        Head::Commit(id) => id.to_string(),
    }
}

fn leave(
    bench: &Workbench,
    session: &mut Session,
    worktree: &Worktree,
    head: Head,
    when: i64,
) -> Result<Option<Saved>> {
    worktree.check_unlocked()?;
    let mut objects = bench.repo.objects();
    let files = worktree.files_tree(&mut objects, session.scene.tree)?;
    let index = worktree.index_tree(&mut objects, session.scene.tree)?;
    let untouched = files == session.scene.tree && worktree.unmerged()? == unmerged(session);
    let saved = match untouched {
        true => None,
        false => Some(save(bench, &mut objects, session, &head, (files, index), when)?),
    };
    let home = session.home_layout(bench, &mut objects)?;
    bench.repo.write_objects(&mut objects)?;
    let from = Layout { tree: files, unmerged: session.scene.unmerged.clone() };
    let follow = session.follow((head, session.home.clone()), from, home, Index::Replace);
    session.switch(bench, Moving { follow, ends: true }, "resolve --abort")?;
    Ok(saved)
}

fn unmerged(session: &Session) -> std::collections::BTreeSet<bstr::BString> {
    session.scene.unmerged.iter().map(|stage| stage.path.clone()).collect()
}

/// Keeps files and index as commits: the index is the second parent of the files, on the commit that was checked out.
fn save(
    bench: &Workbench,
    objects: &mut Objects,
    session: &Session,
    head: &Head,
    (files, index): (Oid, Oid),
    when: i64,
) -> Result<Saved> {
    let pq = Actor { name: "pq".into(), email: "pq@localhost".into(), seconds: when, offset: "+0000".into() };
    let mut commit = |tree: Oid, parents: Vec<Oid>, what: &str| {
        let message = format!("{what} of `pq resolve {}` when it was given up\n", session.patch).into();
        let (author, committer) = (pq.clone(), pq.clone());
        let commit = Commit { tree, parents, author, committer, encoding: None, message };
        objects.write(Kind::Commit, commit.to_bytes())
    };
    let parent = if let Head::Commit(id) = head { *id } else { session.target };
    let staged = commit(index, vec![parent], "The index");
    let commit = commit(files, vec![parent, staged], "The files");
    let earlier = saves(bench, &session.patch)?;
    for (name, known) in &earlier {
        if is_the_same(objects, *known, (files, index))? {
            return Ok(Saved { name: name.clone(), commit: *known });
        }
    }
    bench.repo.write_objects(objects)?;
    // Each gets a name of its own: what was kept before stays where its report said.
    let name = aborted_ref(&bench.manifest().line.branch, &session.patch, earlier.len() + 1);
    let edit = RefEdit { old: None, name: name.clone(), new: Some(commit) };
    bench.repo.update_refs(&[edit], "resolve --abort")?;
    Ok(Saved { name, commit })
}

/// Whether a save has these files and this index: a command that was killed saved them already.
fn is_the_same(objects: &Objects, saved: Oid, (files, index): (Oid, Oid)) -> Result<bool> {
    let saved = Commit::read(objects, saved)?;
    let Some(staged) = saved.parents.get(1) else { return Ok(false) };
    Ok(saved.tree == files && Commit::read(objects, *staged)?.tree == index)
}

/// What was kept of sessions of a patch that were given up, the oldest first.
///
/// # Errors
/// The refs cannot be read.
pub(super) fn saves(bench: &Workbench, patch: &str) -> Result<Vec<(String, Oid)>> {
    let mut saves = Vec::new();
    loop {
        let name = aborted_ref(&bench.manifest().line.branch, patch, saves.len() + 1);
        match bench.repo.read_ref(&name)? {
            Some(id) => saves.push((name, id)),
            None => return Ok(saves),
        }
    }
}
