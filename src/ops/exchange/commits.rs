//! Commits of the repository become patches, each by a three-way merge of trees.

use bstr::{BString, ByteSlice};

use super::error::ExchangeError;
use super::intake::{How, Incoming, Intake, Source};
use super::report::{IntakeReport, Loss};
use crate::Result;
use crate::git::history::cancelled;
use crate::git::{Commit, Kind, Objects, Repo};
use crate::model::Oid;
use crate::model::progress::Watch;
use crate::ops::import::parents_first;
use crate::ops::text;
use crate::ops::workbench::Workbench;

/// Imports commits: `A..B`, what B has and A has not; any other revision, that commit alone.
///
/// # Errors
/// A merge is among them, or something conflicts.
pub fn import_commits(bench: &Workbench, revisions: &[String], how: &How, watch: &dyn Watch) -> Result<IntakeReport> {
    let intake = Intake::open(bench, how, watch)?;
    watch.phase("reading commits", None);
    let mut patches = Vec::new();
    for id in named(&bench.repo, revisions)? {
        cancelled(watch)?;
        patches.push(incoming(&intake.objects, id, None)?);
    }
    let source = Source { from: "git", what: revisions.join(" "), patches, passed_over: Vec::new() };
    intake.finish(source)
}

/// The commits that are meant, in the order in which they are applied.
fn named(repo: &Repo, revisions: &[String]) -> Result<Vec<Oid>> {
    let mut ids = Vec::new();
    for revision in revisions {
        let Some((from, to)) = revision.split_once("..") else {
            ids.push(repo.resolve(revision)?);
            continue;
        };
        let or_head = |name: &str| repo.resolve(if name.is_empty() { "HEAD" } else { name });
        let (from, to) = (or_head(from)?, or_head(to.trim_start_matches('.'))?);
        let steps = repo.range(&[to], &[from])?;
        ids.extend(parents_first(to, &steps).iter().map(|step| step.id));
    }
    Ok(ids)
}

/// A commit as a patch.
pub(super) fn incoming(objects: &Objects, id: Oid, name: Option<BString>) -> Result<Incoming> {
    let commit = Commit::read(objects, id)?;
    let parent = match commit.parents[..] {
        [] => return Err(ExchangeError::Root(id).into()),
        [parent] => parent,
        _ => return Err(ExchangeError::Merge(id).into()),
    };
    let from = Commit::read(objects, parent)?.tree;
    Ok(Incoming {
        name,
        message: text::message(&commit),
        parent,
        trees: (from, commit.tree),
        base: (parent.short().to_string(), parent),
        source: id.to_string().into(),
        losses: losses(objects, id, &commit)?,
        is_extra: false,
    })
}

/// What a commit says and a queue does not keep.
fn losses(objects: &Objects, id: Oid, commit: &Commit) -> Result<Vec<Loss>> {
    let raw = objects.read(id, Kind::Commit)?;
    let head = raw.split_once_str("\n\n").map_or(&raw[..], |(head, _)| head);
    let is_signed = head.lines().any(|line| line.starts_with(b"gpgsig"));
    let found = [(commit.author != commit.committer, Loss::Committer), (is_signed, Loss::Signature)];
    Ok(found.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, loss)| loss).collect())
}
