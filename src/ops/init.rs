//! A new queue, empty or made of a fork's branch.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::Serialize;

use super::error::OpError;
use super::import::{Imported, import};
use super::materialize::{Files, remember_series};
use super::rebase::{Release, Tip};
use super::transaction::{self, Changeset};
use super::workbench::{Access, State, Workbench};
use crate::Result;
use crate::format::manifest::Document;
use crate::format::patchfile::PatchFile;
use crate::git::apply::{Made, Stack};
use crate::git::{Commit, Objects, RefEdit, Repo};
use crate::model::progress::Watch;
use crate::model::{Line, Oid, PatchKind, PatchName, Touch, Upstream, Version};
use crate::store::{self, Lock, QueueDir};

/// What to make.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory of the queue; it is made.
    pub dir: PathBuf,
    /// The fork's clone.
    pub upstream: PathBuf,
    /// The release to stand on.
    pub base: String,
    /// The branch that becomes the queue; none: the queue starts empty.
    pub from: Option<String>,
    /// The line's name; by default that of the directory.
    pub name: Option<String>,
    /// The branch to publish as; by default `pq/NAME`.
    pub branch: Option<String>,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// What was made.
#[derive(Debug, Clone, Serialize)]
pub struct InitReport {
    /// The line.
    pub line: String,
    /// The queue's directory.
    pub directory: PathBuf,
    /// The base.
    pub base: Release,
    /// The published branch.
    pub branch: String,
    /// The end of the materialized queue.
    pub tip: Tip,
    /// How many patches, of which kind.
    pub summary: Summary,
    /// Whether the tree is that of the branch that was imported; null without one.
    pub tree_equal: Option<bool>,
    /// How many merges were turned into patches in a row.
    pub merges: usize,
    /// Commits whose changes conflicted when they were put in a row: the patch of the merge after them has their changes.
    pub folded: Vec<Oid>,
    /// Ids that messages name and the repository lacks.
    pub unresolved: Vec<Unresolved>,
}

/// How many patches a new queue has.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Summary {
    /// All.
    pub total: usize,
    /// Those that name an upstream commit.
    pub backport: usize,
    /// Those that say that there is none.
    pub no_upstream: usize,
    /// The others.
    pub unknown: usize,
}

/// An id that a message names and the repository lacks.
#[derive(Debug, Clone, Serialize)]
pub struct Unresolved {
    /// The patch.
    pub patch: PatchName,
    /// The id, as written.
    pub id: String,
}

/// Makes a queue.
pub fn init(options: &Options, watch: &dyn Watch) -> Result<InitReport> {
    let repo = Repo::open(&options.upstream)?;
    let dir = QueueDir::new(store::canonical(&options.dir), options.upstream.clone(), None);
    let state = State::of(&repo, dir.root());
    let lock = Lock::acquire(&state.lock)?;
    transaction::recover(&dir, &repo, &state)?;
    if options.dir.join("pq.toml").exists() {
        return Err(OpError::QueueExists(options.dir.clone()).into());
    }
    let base = repo.resolve(&options.base)?;
    let from = options.from.as_deref().map(|from| repo.resolve(from)).transpose()?;
    let mut objects = repo.objects();
    if let Some(from) = from {
        check_base(&repo, options, base, from)?;
    }
    let imported = match from {
        Some(from) => import(&repo, &mut objects, base, from, watch)?,
        None => Imported { patches: Vec::new(), folded: Vec::new(), unresolved: Vec::new(), merges: 0 },
    };
    let made = materialize(&mut objects, base, &imported, watch)?;
    let tip = match made.last() {
        Some(last) => Tip { commit: last.commit, tree: last.tree },
        None => Tip { commit: base, tree: Commit::read(&objects, base)?.tree },
    };
    let tree_equal =
        from.map(|from| Ok::<_, crate::Error>(Commit::read(&objects, from)?.tree == tip.tree)).transpose()?;
    let (upstream, line) = describe(&repo, options, dir.root(), base)?;
    write(&repo, &dir, objects, options, (&upstream, &line), &imported, tip)?;
    remember(&dir, base, &imported, &made)?;
    drop(lock);
    Ok(report(dir.root(), &line, imported, tip, tree_equal))
}

fn check_base(repo: &Repo, options: &Options, base: Oid, from: Oid) -> Result<()> {
    let fork_point = repo.merge_base(base, from)?;
    if fork_point == Some(base) {
        return Ok(());
    }
    let from = options.from.clone().unwrap_or_default();
    Err(OpError::NotOnBase { from, base: options.base.clone(), fork_point }.into())
}

/// The commits that the files give: made from their text, so that what was written is known to be readable.
fn materialize(objects: &mut Objects, base: Oid, imported: &Imported, watch: &dyn Watch) -> Result<Vec<Made>> {
    watch.phase("applying patches", Some(imported.patches.len() as u64));
    let tree = Commit::read(objects, base)?.tree;
    let mut stack = Stack::new(objects, base, tree);
    let mut made = Vec::with_capacity(imported.patches.len());
    for (patch, text) in &imported.patches {
        crate::git::history::cancelled(watch)?;
        watch.step(1);
        let bad = |source| OpError::BadPatch { patch: patch.name.clone(), source };
        made.push(stack.push(&patch.name, &PatchFile::parse(text).map_err(bad)?)?);
    }
    Ok(made)
}

/// The next command finds commits and dependencies without applying a patch.
fn remember(dir: &QueueDir, base: Oid, imported: &Imported, made: &[Made]) -> Result<()> {
    let bench = Workbench::open(dir.clone(), Access::Read)?;
    let names = imported.patches.iter().map(|(patch, _)| &patch.name).collect();
    let bytes = imported.patches.iter().map(|(_, text)| text.as_slice()).collect();
    let commits: Vec<(Oid, Oid)> = made.iter().map(|made| (made.commit, made.tree)).collect();
    let touches: Vec<&[Touch]> = made.iter().map(|made| made.touches.as_slice()).collect();
    remember_series(&bench, base, &Files { names, bytes }, &commits, Some(crate::graph::infer(&touches)));
    Ok(())
}

fn describe(repo: &Repo, options: &Options, root: &Path, base: Oid) -> Result<(Upstream, Line)> {
    let directory = root.file_name().map(|name| as_name(&name.to_string_lossy()));
    let name = options.name.clone().or(directory).unwrap_or_else(|| "line".to_owned());
    let branch = match &options.branch {
        Some(branch) => branch.clone(),
        None => free_branch(repo, &name)?,
    };
    let releases = pattern(&options.base);
    let line = Line { name, base: options.base.clone(), base_commit: base, branch };
    let branches = branches(repo)?;
    let mainline = ["main", "master"].into_iter().find(|name| branches.iter().any(|branch| branch == name));
    let stable = crate::model::ReleasePattern::parse(&releases)
        .ok()
        .and_then(|pattern| pattern.version(&options.base))
        .and_then(|version| stable_pattern(&version, &branches));
    let upstream = Upstream {
        repo: relative(root, &store::canonical(&options.upstream)),
        remote: None,
        releases,
        mainline: mainline.map(str::to_owned),
        stable,
        provenance_style: None,
        pull_requests: None,
    };
    Ok((upstream, line))
}

/// The name of a directory as that of a line: what no branch can be called is left out.
fn as_name(directory: &str) -> String {
    let safe = |c: char| if c.is_alphanumeric() || "._-+".contains(c) { c } else { '-' };
    let name: String = directory.chars().map(safe).collect();
    let name = name.replace("..", ".");
    let name = name.trim_matches(['.', '-']).trim_end_matches(".lock");
    if name.is_empty() { "line".to_owned() } else { name.to_owned() }
}

/// `pq/NAME`, or with a number behind it where that branch exists: each queue has its own. `pq-NAME` where a branch is named `pq`: git cannot
/// have both.
fn free_branch(repo: &Repo, name: &str) -> Result<String> {
    let slash = if repo.read_ref("refs/heads/pq")?.is_some() { '-' } else { '/' };
    let first = format!("pq{slash}{}", as_name(name));
    let candidates = std::iter::once(first.clone()).chain((2..).map(|n| format!("{first}-{n}")));
    for branch in candidates {
        if repo.read_ref(&format!("refs/heads/{branch}"))?.is_none() {
            return Ok(branch);
        }
    }
    Ok(first)
}

/// The pattern of releases that are named like this one.
fn pattern(base: &str) -> String {
    match base.find(|c: char| c.is_ascii_digit()) {
        Some(at) if Version::parse(&base[at..]).is_some() => format!("{}{{version}}", &base[..at]),
        _ => "v{version}".to_owned(),
    }
}

/// The names of local and remote branches, without the remote.
fn branches(repo: &Repo) -> Result<Vec<String>> {
    let local = repo.refs_under("refs/heads/")?.into_iter().map(|(name, _)| name.to_string());
    let remote = repo.refs_under("refs/remotes/")?.into_iter().map(|(name, _)| name.to_string());
    let remote = remote.filter_map(|name| name.split_once('/').map(|(_, branch)| branch.to_owned()));
    Ok(local.chain(remote).collect())
}

fn stable_pattern(version: &Version, branches: &[String]) -> Option<String> {
    let (major, minor) = version.minor();
    let usual = [
        "v{major}.{minor}",
        "{major}.{minor}",
        "release-{major}.{minor}",
        "release/{major}.{minor}",
        "stable-{major}.{minor}",
        "linux-{major}.{minor}.y",
    ];
    let fits = |pattern: &&&str| {
        let name = pattern.replace("{major}", &major.to_string()).replace("{minor}", &minor.to_string());
        branches.contains(&name)
    };
    usual.iter().find(fits).map(|pattern| (*pattern).to_owned())
}

/// `to` as seen from the directory `from`; absolute where they have nothing in common but the root.
fn relative(from: &Path, to: &Path) -> String {
    let (a, b): (Vec<Component<'_>>, Vec<Component<'_>>) = (from.components().collect(), to.components().collect());
    let common = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    if common <= 1 {
        return to.to_string_lossy().into_owned();
    }
    let up = std::iter::repeat_n("..".to_owned(), a.len() - common);
    let down = b[common..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let parts: Vec<String> = up.chain(down).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/") }
}

fn write(
    repo: &Repo,
    dir: &QueueDir,
    mut objects: Objects,
    options: &Options,
    (upstream, line): (&Upstream, &Line),
    imported: &Imported,
    tip: Tip,
) -> Result<()> {
    let mut document = Document::create(upstream, line);
    let mut files = BTreeMap::new();
    for (at, (patch, text)) in imported.patches.iter().enumerate() {
        document.insert(at, patch);
        files.insert(patch.name.file(), Some(text.clone()));
    }
    files.insert("pq.toml".to_owned(), Some(document.to_text().into_bytes()));
    // What would not be read again is not written.
    Document::parse(&document.to_text(), "pq.toml", None).map_err(OpError::NewQueue)?;
    let name = format!("refs/heads/{}", line.branch);
    let old = repo.read_ref(&name)?;
    if let Some(found) = old.filter(|found| *found != tip.commit) {
        return Err(OpError::ForeignBranch { branch: line.branch.clone(), found }.into());
    }
    let refs = if old.is_none() { vec![RefEdit { name, old, new: Some(tip.commit) }] } else { Vec::new() };
    let what = format!("init --base {}", options.base);
    transaction::run(
        dir,
        repo,
        &mut objects,
        Changeset { what, when: options.when, files, refs, ..Changeset::default() },
    )
}

fn report(root: &Path, line: &Line, imported: Imported, tip: Tip, tree_equal: Option<bool>) -> InitReport {
    let count = |is: fn(&crate::model::PatchMeta) -> bool| imported.patches.iter().filter(|(p, _)| is(&p.meta)).count();
    InitReport {
        line: line.name.clone(),
        directory: root.to_owned(),
        base: Release { release: line.base.clone(), commit: line.base_commit },
        branch: line.branch.clone(),
        tip,
        summary: Summary {
            total: imported.patches.len(),
            backport: count(|meta| meta.kind() == PatchKind::Backport),
            no_upstream: count(|meta| meta.upstream.as_ref().is_some_and(Vec::is_empty)),
            unknown: count(|meta| meta.upstream.is_none()),
        },
        tree_equal,
        merges: imported.merges,
        folded: imported.folded,
        unresolved: imported.unresolved.into_iter().map(|(patch, id)| Unresolved { patch, id }).collect(),
    }
}
