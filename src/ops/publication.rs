//! The line on a remote: its branch, and a tag for each time.
//!
//! The line's own branch holds the patches on their base and nothing else, so it is another history after every rebase. A remote gets just that,
//! or with `publish = "merging-rebase"` a merge of what it had and of the new branch, with the new branch's files: then those who follow it
//! fast-forward. That merge is nowhere in the line's own branch; `refs/pq/LINE/published/REMOTE` keeps it.

use serde::Serialize;

use super::materialize::materialize;
use super::rebase::Tip;
use super::workbench::{Workbench, published_ref};
use crate::Result;
use crate::error::{Hint, Kind as ErrorKind};
use crate::git::commit::Actor;
use crate::git::push::RemoteEdit;
use crate::git::{Commit, Kind, Objects, RefEdit};
use crate::model::progress::Watch;
use crate::model::{Oid, PublishStyle};

/// What to publish, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// The remote; that of pq.toml without.
    pub remote: Option<String>,
    /// Whether it may be done while patches are held.
    pub allow_held: bool,
    /// Whether a tag is set, if pq.toml has a pattern.
    pub tag: bool,
    /// A commit that may stand on the remote's branch, whoever put it there.
    pub replace: Option<String>,
    /// Whether to only tell.
    pub dry_run: bool,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// What was published.
#[derive(Debug, Clone, Serialize)]
pub struct PublishReport {
    /// The line.
    pub line: String,
    /// Whether nothing was pushed.
    pub dry_run: bool,
    /// The remote.
    pub remote: String,
    /// The branch, there and here.
    pub branch: String,
    /// Where the remote had it before.
    pub from: Option<Oid>,
    /// Where the remote has it now.
    pub to: Oid,
    /// The end of the series.
    pub tip: Tip,
    /// Whether `to` is a merge that joins what the remote had.
    pub merged: bool,
    /// The tag that was set.
    pub tag: Option<String>,
    /// Whether the remote had it all already.
    pub up_to_date: bool,
    /// Patches that are held, and so are not in it.
    pub held: Vec<crate::model::PatchName>,
}

/// Why a line cannot be published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// No remote is named.
    #[error("nobody says to which remote")]
    NoRemote,
    /// Patches are held.
    #[error("{} held, so the branch would lack what waits: {}", if .0.len() == 1 { "a patch is" } else { "patches are" }, .0.join(", "))]
    Held(Vec<String>),
    /// The branch is not what the files give.
    #[error("the branch {0} is not what the files of the queue give")]
    Stale(String),
    /// Somebody else pushed.
    #[error("{branch} of {remote} is at {found}, which pq did not put there")]
    Foreign {
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
        /// Where it is.
        found: Oid,
    },
    /// What would be joined is not here.
    #[error("{branch} of {remote} is at {found}, which this repository does not have")]
    Unknown {
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
        /// Where it is.
        found: Oid,
    },
}

impl Hint for PublishError {
    fn kind(&self) -> ErrorKind {
        match self {
            PublishError::Held(_) => ErrorKind::Conflict,
            _ => ErrorKind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            PublishError::NoRemote => {
                "name it, `pq publish origin`, or write publish-remote = \"origin\" into [line]".to_owned()
            }
            PublishError::Held(_) => {
                "settle them with `pq resolve`, or publish without them: `--allow-held`".to_owned()
            }
            PublishError::Stale(_) => "run `pq refresh` first".to_owned(),
            PublishError::Foreign { remote, branch, found } => format!(
                "look at it, `git fetch {remote} {branch}`; if nothing of it is wanted, replace it with `--replace {}`",
                found.short()
            ),
            PublishError::Unknown { remote, branch, .. } => format!("`git fetch {remote} {branch}` brings it"),
        })
    }
}

/// Publishes the line.
///
/// # Errors
/// Patches are held, somebody else pushed there, or the remote refuses. Then nothing was changed.
pub fn publish(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<PublishReport> {
    let manifest = bench.manifest();
    let held: Vec<_> = manifest.held().map(|patch| patch.name.clone()).collect();
    if !held.is_empty() && !options.allow_held {
        return Err(PublishError::Held(held.iter().map(ToString::to_string).collect()).into());
    }
    let remote = options.remote.clone().or_else(|| manifest.publishing.remote.clone()).ok_or(PublishError::NoRemote)?;
    let mut objects = bench.repo.objects();
    let series = materialize(bench, &mut objects, watch)?;
    let tip = Tip { commit: series.tip(), tree: series.tip_tree() };
    if bench.repo.read_ref(&bench.branch_ref())? != Some(tip.commit) {
        return Err(PublishError::Stale(manifest.line.branch.clone()).into());
    }
    watch.phase("asking the remote", None);
    let there = There::look(bench, &remote)?;
    there.check(bench, &series.commits.iter().map(|made| made.commit).collect::<Vec<_>>(), tip.commit, options)?;
    let to = match manifest.publishing.style {
        PublishStyle::Replace => tip.commit,
        PublishStyle::MergingRebase => there.joined(bench, &mut objects, tip, options.when)?,
    };
    let tag = there.next_tag(bench, to).filter(|_| options.tag);
    let mut edits = Vec::new();
    if there.branch != Some(to) {
        edits.push(RemoteEdit { name: bench.branch_ref(), old: there.branch, new: to });
    }
    edits.extend(tag.iter().map(|tag| RemoteEdit { name: format!("refs/tags/{tag}"), old: None, new: to }));
    let report = PublishReport {
        line: manifest.line.name.clone(),
        dry_run: options.dry_run,
        remote: remote.clone(),
        branch: manifest.line.branch.clone(),
        from: there.branch,
        to,
        tip,
        merged: to != tip.commit,
        tag,
        up_to_date: edits.is_empty(),
        held,
    };
    if !options.dry_run {
        send(bench, &mut objects, &remote, &edits, to, watch)?;
    }
    Ok(report)
}

fn send(
    bench: &Workbench,
    objects: &mut Objects,
    remote: &str,
    edits: &[RemoteEdit],
    to: Oid,
    watch: &dyn Watch,
) -> Result<()> {
    bench.repo.write_objects(objects)?;
    if !edits.is_empty() {
        watch.phase("pushing", None);
        bench.repo.push(remote, edits)?;
    }
    let name = published_ref(&bench.manifest().line.branch, remote);
    let old = bench.repo.read_ref(&name)?;
    if old != Some(to) {
        bench.repo.update_refs(&[RefEdit { name, old, new: Some(to) }], "publish")?;
    }
    Ok(())
}

/// What the remote has.
struct There {
    remote: String,
    branch: Option<Oid>,
    tags: Vec<(String, Oid)>,
}

impl There {
    fn look(bench: &Workbench, remote: &str) -> Result<There> {
        let branch = bench.branch_ref();
        let pattern = bench.manifest().publishing.tag.as_deref().map(|tag| tag_of(bench, tag, "*"));
        let tags = pattern.map(|pattern| format!("refs/tags/{pattern}"));
        let patterns: Vec<&str> = std::iter::once(branch.as_str()).chain(tags.as_deref()).collect();
        let found = bench.repo.remote_refs(remote, &patterns)?;
        let at = found.iter().find(|(name, _)| *name == branch).map(|(_, id)| *id);
        let tags = found.into_iter().filter_map(|(name, id)| Some((name.strip_prefix("refs/tags/")?.to_owned(), id)));
        Ok(There { remote: remote.to_owned(), branch: at, tags: tags.collect() })
    }

    /// Whether what stands there may go: pq put it there, it is part of what comes, or somebody says so.
    fn check(&self, bench: &Workbench, commits: &[Oid], tip: Oid, options: &Options) -> Result<()> {
        let Some(found) = self.branch else { return Ok(()) };
        let ours = bench.repo.read_ref(&published_ref(&bench.manifest().line.branch, &self.remote))?;
        if found == tip || ours == Some(found) || commits.contains(&found) {
            return Ok(());
        }
        let is_named = |id: &String| id.len() >= 7 && found.to_string().starts_with(&id.to_ascii_lowercase());
        if options.replace.as_ref().is_some_and(is_named) {
            return Ok(());
        }
        Err(PublishError::Foreign { branch: bench.manifest().line.branch.clone(), remote: self.remote.clone(), found }
            .into())
    }

    /// The commit that joins what the remote has and the new branch.
    fn joined(&self, bench: &Workbench, objects: &mut Objects, tip: Tip, when: i64) -> Result<Oid> {
        let Some(found) = self.branch.filter(|found| *found != tip.commit) else { return Ok(tip.commit) };
        let manifest = bench.manifest();
        let unknown =
            || PublishError::Unknown { branch: manifest.line.branch.clone(), remote: self.remote.clone(), found };
        let old = Commit::read(objects, found).map_err(|_| unknown())?;
        if old.parents.len() == 2 && old.parents[1] == tip.commit {
            return Ok(found);
        }
        if bench.repo.merge_base(found, tip.commit)? == Some(found) {
            return Ok(tip.commit);
        }
        let (name, email) = bench.repo.identity().unwrap_or(("pq".into(), "pq@localhost".into()));
        let who = Actor { name, email, seconds: when, offset: "+0000".into() };
        let message = format!(
            "{} on {}\n\nThe first parent is what was published before, the second one the patches on {}.\nThe files are those of the second.\n",
            manifest.line.name, manifest.line.base, manifest.line.base
        );
        let commit = Commit {
            tree: tip.tree,
            parents: vec![found, tip.commit],
            author: who.clone(),
            committer: who,
            encoding: None,
            message: message.into(),
        };
        Ok(objects.write(Kind::Commit, commit.to_bytes()))
    }

    /// The next tag by the pattern in pq.toml, unless the last one stands at that commit.
    fn next_tag(&self, bench: &Workbench, to: Oid) -> Option<String> {
        let pattern = bench.manifest().publishing.tag.as_deref()?;
        let number = |tag: &str| {
            let (before, after) = pattern.split_once("{n}")?;
            let (before, after) = (tag_of(bench, before, ""), tag_of(bench, after, ""));
            tag.strip_prefix(&before)?.strip_suffix(&after)?.parse::<u64>().ok()
        };
        let last = self.tags.iter().filter_map(|(tag, id)| Some((number(tag)?, *id))).max_by_key(|(n, _)| *n);
        match last {
            Some((_, id)) if id == to => None,
            last => Some(tag_of(bench, pattern, &(last.map_or(0, |(n, _)| n) + 1).to_string())),
        }
    }
}

fn tag_of(bench: &Workbench, pattern: &str, n: &str) -> String {
    let line = &bench.manifest().line;
    pattern.replace("{base}", &line.base).replace("{line}", &line.name).replace("{n}", n)
}
