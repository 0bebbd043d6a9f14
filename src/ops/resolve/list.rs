//! What is held: since when, whose it is, what waits behind it; what frees most comes first.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::Result;
use crate::format::patchfile::PatchFile;
use crate::git::{Commit, Objects};
use crate::model::text::visible;
use crate::model::{Held, HeldWhy, Patch, PatchName, Silent};
use crate::ops::materialize::{Series, materialize};
use crate::ops::rebase::kept::Kept;
use crate::ops::transaction::{self, Operation};
use crate::ops::workbench::Workbench;

/// A patch that is held.
#[derive(Debug, Clone, Serialize)]
pub struct HeldReport {
    /// Its name.
    pub name: PatchName,
    /// The first line of its message.
    pub subject: String,
    /// Why it is held.
    pub why: HeldWhy,
    /// The release that its text is for.
    pub base: String,
    /// When it was held, in seconds since 1970; null where the log does not know, in another clone for one.
    pub since: Option<i64>,
    /// The command that held it, where the log knows.
    pub by: Option<String>,
    /// Who answers for it: as stated in pq.toml, else its author.
    pub owner: Option<String>,
    /// The paths that conflict, quoted as git quotes them.
    pub paths: Vec<String>,
    /// The held patches that must be settled first.
    pub blocked_by: Vec<PatchName>,
    /// The held patches that wait for it, whatever else they wait for.
    pub waiting: Vec<PatchName>,
    /// The refs that keep what was made of it in sessions that were given up, the oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<String>,
    /// What has to be fetched before it can be settled here; null if nothing has.
    pub fetch: Option<String>,
}

/// Every held patch: those that can be settled now first, and of these those that free most.
pub fn list(bench: &Workbench) -> Result<Vec<HeldReport>> {
    let mut objects = bench.repo.objects();
    let log = transaction::log(bench, &objects)?;
    let series = materialize(bench, &mut objects, &Silent)?;
    let waiting = waiting(bench);
    let mut list = Vec::new();
    for (patch, held) in bench.manifest().held().filter_map(|patch| Some((patch, patch.meta.held.as_ref()?))) {
        let behind = waiting.get(&patch.name).cloned().unwrap_or_default();
        list.push(one(bench, &mut objects, &series, &log, patch, held, behind)?);
    }
    list.sort_by_key(|one| (one.why == HeldWhy::Blocked, usize::MAX - one.waiting.len()));
    Ok(list)
}

fn one(
    bench: &Workbench,
    objects: &mut Objects,
    series: &Series,
    log: &[Operation],
    patch: &Patch,
    held: &Held,
    waiting: Vec<PatchName>,
) -> Result<HeldReport> {
    let file = PatchFile::parse(bench.file(&patch.name)).ok();
    let author = || Some(visible(&file.as_ref()?.message.author.as_ref()?.name));
    let began = since(bench, log, patch);
    let is_here = Kept::read(bench, objects, series, patch, held)?.is_some();
    Ok(HeldReport {
        name: patch.name.clone(),
        subject: file.as_ref().map(|file| visible(&file.message.subject())).unwrap_or_default(),
        why: held.why,
        base: held.base.clone(),
        since: began.map(|operation| operation.record.when),
        by: began.map(|operation| operation.record.what.clone()),
        owner: patch.meta.owner.clone().or_else(author),
        paths: held.paths.clone(),
        blocked_by: bench.manifest().waits_for(held),
        waiting,
        saved: super::abort::saves(bench, patch.name.as_str())?.into_iter().map(|(name, _)| name).collect(),
        fetch: (!is_here).then(|| fetch_of(bench, objects, patch, held)),
    })
}

/// What brings the commit of a held patch.
fn fetch_of(bench: &Workbench, objects: &Objects, patch: &Patch, held: &Held) -> String {
    let name = bench.held_ref(&patch.name);
    match Commit::read(objects, held.base_commit) {
        Ok(_) => format!("git fetch REMOTE {name}:{name}"),
        Err(_) => format!("git fetch --tags REMOTE {} {name}:{name}", held.base_commit),
    }
}

/// The operation that held it: the last one that made its ref.
fn since<'a>(bench: &Workbench, log: &'a [Operation], patch: &Patch) -> Option<&'a Operation> {
    let name = bench.held_ref(&patch.name);
    let made = |operation: &&Operation| {
        operation.record.refs.iter().any(|edit| edit.name == name && edit.old.is_none() && edit.new.is_some())
    };
    log.iter().find(made)
}

/// Who waits for whom, also through others.
fn waiting(bench: &Workbench) -> BTreeMap<PatchName, Vec<PatchName>> {
    let held: Vec<(&PatchName, &Held)> =
        bench.manifest().held().filter_map(|patch| Some((&patch.name, patch.meta.held.as_ref()?))).collect();
    let behind = |first: &PatchName| {
        let mut behind: BTreeSet<&PatchName> = BTreeSet::new();
        // In the order of the series, those that wait come after what they wait for.
        for (name, one) in &held {
            if one.blocked_by.iter().any(|by| by == first || behind.contains(by)) {
                behind.insert(name);
            }
        }
        held.iter().map(|(name, _)| *name).filter(|name| behind.contains(name)).cloned().collect()
    };
    held.iter().map(|(name, _)| ((*name).clone(), behind(name))).collect()
}
