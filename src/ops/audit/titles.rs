//! Reverts that name only a title or a pull request, or an id that leads nowhere: the ids that they mean are added to what their messages say.

use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::format::provenance;
use crate::git::history::{Described, Range, Titled, Upstream, settle, upstreams};
use crate::git::{Repo, commit};
use crate::model::progress::Watch;
use crate::model::{Notation, Oid, Patch, Provenance, Reference};

/// A patch of the queue as far as reverts are concerned.
pub struct Ours<'a> {
    /// Its text.
    pub file: &'a PatchFile,
    /// The upstream commits that are recorded.
    pub upstream: &'a [String],
    /// What its message says.
    pub said: Provenance,
}

impl<'a> Ours<'a> {
    /// Of a patch and its file.
    pub fn of(patch: &'a Patch, file: &'a PatchFile) -> Ours<'a> {
        Ours { file, upstream: patch.meta.upstream(), said: provenance::parse(&file.message.text) }
    }
}

/// Adds them, of upstream's branches (`news`), of what the base has alone (`own`) and of the queue.
///
/// What is not found there is looked for in the whole history of the base; only then that is read.
pub fn add_ids(
    (repo, base): (&Repo, Oid),
    news: &mut [Described],
    own: &mut [Described],
    queue: &mut [Ours<'_>],
    watch: &dyn Watch,
) -> Result<()> {
    let ours: Vec<Upstream> = (0..queue.len()).rev().map(|at| as_commit(queue, at, base)).collect();
    let mut near: Vec<Upstream> = ours.iter().cloned().chain(news.iter().chain(&*own).map(Upstream::from)).collect();
    if near.iter().all(|commit| commit.titled.takes_back.is_none()) {
        return Ok(());
    }
    settle(repo, &mut near, base)?;
    let mut range = Range::new(near);
    if range.commits.iter().any(|commit| commit.titled.takes_back.is_some()) {
        let near = ours.into_iter().chain(news.iter().map(Upstream::from));
        range = Range::new(near.chain(upstreams(repo, &[base], &[], watch)?).collect());
    }
    for commit in news.iter_mut().chain(own) {
        range.commit(&commit.id.to_string()).into_iter().for_each(|known| add(&mut commit.provenance, known, &[]));
    }
    let recorded: Vec<(String, &[String])> =
        queue.iter().enumerate().map(|(at, ours)| (place(at, base).to_string(), ours.upstream)).collect();
    for (ours, (id, _)) in queue.iter_mut().zip(&recorded) {
        range.commit(id).into_iter().for_each(|known| add(&mut ours.said, known, &recorded));
    }
    Ok(())
}

/// Patches are not commits here: each gets an id that no object has, by its place.
fn place(at: usize, base: Oid) -> Oid {
    let mut raw = vec![0; base.as_bytes().len()];
    raw[..8].copy_from_slice(&(at as u64 + 1).to_be_bytes());
    Oid::from_bytes(&raw).unwrap_or(base)
}

fn as_commit(queue: &[Ours<'_>], at: usize, base: Oid) -> Upstream {
    let (id, parent) = (place(at, base), at.checked_sub(1).map_or(base, |before| place(before, base)));
    let Ours { file, said, .. } = &queue[at];
    let titled = Titled::of(commit::subject(&file.message.text), said);
    let reverts = said.reverts.iter().map(|reference| reference.id.clone()).collect();
    Upstream { id, parents: vec![parent], names: Vec::new(), reverts, titled }
}

/// Adds the ids to what a message says. Where that is a patch, the ids are those that are recorded for it.
fn add(said: &mut Provenance, known: &Upstream, recorded: &[(String, &[String])]) {
    let reference = |id: &String| Reference { id: id.clone(), notation: Notation::RevertSubject, line: 0 };
    let ids = |hex: &String| -> Vec<String> {
        let patch = recorded.iter().find(|(id, _)| id == hex);
        patch.map_or_else(|| vec![hex.clone()], |(_, upstream)| upstream.to_vec())
    };
    let is_new = |others: &[Reference], id: &String| !others.iter().any(|other| other.id == *id);
    let reverts: Vec<String> = known.reverts.iter().flat_map(ids).filter(|id| is_new(&said.reverts, id)).collect();
    let names = known.names.iter().filter(|id| is_new(&said.refs, id) && is_new(&said.reapplies, id));
    let names: Vec<Reference> = names.map(reference).collect();
    said.reverts.extend(reverts.iter().map(reference));
    said.reapplies.extend(names);
}
