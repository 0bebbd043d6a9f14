//! Everything that a queue promises, checked from scratch: nothing that was remembered is believed.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;

use super::materialize::{Series, materialize};
use super::rebase::kept::Kept;
use super::rebase::{Release, Tip};
use super::workbench::Workbench;
use crate::error::Hint;
use crate::format::excluded::Excluded;
use crate::format::patchfile::PatchFile;
use crate::format::quote::display;
use crate::git::apply::{Made, Stack};
use crate::git::history::cancelled;
use crate::git::{Commit, GitError, Objects};
use crate::model::progress::Watch;
use crate::model::{Oid, Patch, PatchName};
use crate::ops::deviation::{Difference, differences, stated};
use crate::store::QueueDir;
use crate::{Error, Kind, Result};

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    /// The line.
    pub line: String,
    /// Its base.
    pub base: Release,
    /// The end of the series, if every patch applies.
    pub tip: Option<Tip>,
    /// How many patches were looked at.
    pub checked: usize,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The patch that it is about; null if it is about none.
    pub patch: Option<PatchName>,
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether it has been put right.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub fixed: bool,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The queue does not hold what it promises.
    Error,
    /// Somebody should look at it.
    Warning,
}

impl Finding {
    /// An error.
    pub fn error(text: impl Into<String>) -> Finding {
        Finding { severity: Severity::Error, patch: None, text: text.into(), hint: None, fixed: false }
    }

    /// A warning.
    pub fn warning(text: impl Into<String>) -> Finding {
        Finding { severity: Severity::Warning, ..Finding::error(text) }
    }

    /// About a patch.
    #[must_use]
    pub fn of(self, patch: &PatchName) -> Finding {
        Finding { patch: Some(patch.clone()), ..self }
    }

    /// With what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Finding {
        Finding { hint: Some(hint.into()), ..self }
    }

    /// Whether it is an error that is still there.
    pub fn is_open_error(&self) -> bool {
        self.severity == Severity::Error && !self.fixed
    }
}

/// An error of another module as a finding; being interrupted is none.
fn found(error: impl Into<Error>) -> Result<Finding> {
    let error = error.into();
    match error.kind() {
        Kind::Interrupted | Kind::Bug => Err(error),
        _ => Ok(Finding { hint: error.hint(), ..Finding::error(error.to_string()) }),
    }
}

/// Checks the whole queue.
pub fn verify(bench: &Workbench, watch: &dyn Watch) -> Result<VerifyReport> {
    let line = &bench.manifest().line;
    let mut check = Check { bench, objects: bench.repo.objects(), findings: Vec::new() };
    let files = check.files()?;
    check.held(watch)?;
    let made = match bench.base(&check.objects) {
        Ok(base) => check.materialize(base, &files, watch)?,
        Err(error) => {
            check.findings.push(found(error)?);
            None
        }
    };
    check.order();
    check.findings.extend(resolutions(&bench.dir)?);
    check.upstream()?;
    if let Some((_, made)) = &made {
        check.deviations(&files, made, watch)?;
    }
    let tip = match &made {
        Some((base, made)) => Some(check.outcome(*base, made, watch)?),
        None => None,
    };
    Ok(VerifyReport {
        line: line.name.clone(),
        base: Release { release: line.base.clone(), commit: line.base_commit },
        tip,
        checked: bench.manifest().patches.len(),
        findings: check.findings,
    })
}

struct Check<'a> {
    bench: &'a Workbench,
    objects: Objects,
    findings: Vec<Finding>,
}

impl Check<'_> {
    /// Every patch file, parsed.
    fn files(&mut self) -> Result<BTreeMap<PatchName, PatchFile>> {
        let mut files = BTreeMap::new();
        for patch in &self.bench.manifest().patches {
            match PatchFile::parse(self.bench.file(&patch.name)) {
                Ok(file) => drop(files.insert(patch.name.clone(), file)),
                Err(source) => {
                    let bad = super::OpError::BadPatch { patch: patch.name.clone(), source };
                    self.findings.push(found(bad)?.of(&patch.name));
                }
            }
        }
        Ok(files)
    }

    /// Held patches have the commits that a merge needs.
    fn held(&mut self, watch: &dyn Watch) -> Result<()> {
        if self.bench.manifest().held().next().is_some() {
            let series = materialize(self.bench, &mut self.objects, watch).ok();
            for patch in self.bench.manifest().held() {
                self.findings.extend(missing_commit(self.bench, &mut self.objects, series.as_ref(), patch)?);
            }
        }
        Ok(())
    }

    /// The commits, made from the files alone; nothing if a patch does not apply.
    fn materialize(
        &mut self,
        base: Oid,
        files: &BTreeMap<PatchName, PatchFile>,
        watch: &dyn Watch,
    ) -> Result<Option<(Oid, Vec<Made>)>> {
        let tree = Commit::read(&self.objects, base)?.tree;
        let applied: Vec<&PatchName> = self.bench.manifest().applied().map(|patch| &patch.name).collect();
        watch.phase("applying patches", Some(applied.len() as u64));
        let mut stack = Stack::new(&mut self.objects, base, tree);
        let mut made = Vec::new();
        for (at, name) in applied.iter().enumerate() {
            cancelled(watch)?;
            watch.step(1);
            let Some(file) = files.get(*name) else { return Ok(None) };
            match stack.push(name, file) {
                Ok(one) => made.push(one),
                Err(error) => {
                    self.findings.push(found(error)?.of(name));
                    let rest = applied.len() - at - 1;
                    if rest > 0 {
                        self.findings.push(Finding::warning(format!("{rest} after it: not tried")).of(name));
                    }
                    return Ok(None);
                }
            }
        }
        Ok(Some((base, made)))
    }

    /// The order keeps what `requires` says. That it keeps what the texts need is shown by their applying.
    fn order(&mut self) {
        if let Err(error) = self.bench.check_order() {
            let (text, hint) = (error.chain().remove(0).replace('\n', " "), error.hint());
            self.findings.push(Finding { hint, ..Finding::error(text) });
        }
    }

    /// What is recorded of upstream is there, and on the mainline.
    fn upstream(&mut self) -> Result<()> {
        let manifest = self.bench.manifest();
        let mut ids: Vec<(&PatchName, Oid)> = Vec::new();
        for patch in &manifest.patches {
            for hex in patch.meta.upstream() {
                match self.bench.repo.commit_by_prefix(&self.objects, hex) {
                    Some(id) => ids.push((&patch.name, id)),
                    None => {
                        let text = format!("its upstream commit {hex} is not in the repository, or not the only one");
                        let hint = "fetch it, or correct `upstream` in pq.toml";
                        self.findings.push(Finding::error(text).of(&patch.name).hint(hint));
                    }
                }
            }
        }
        let Some(branch) = &manifest.upstream.mainline else { return Ok(()) };
        let mainline = self.mainline(branch)?;
        if mainline.is_empty() {
            return Ok(());
        }
        let tips: Vec<Oid> = ids.iter().map(|(_, id)| *id).collect();
        let beyond = match self.bench.repo.range(&tips, &mainline) {
            Ok(steps) => steps.into_iter().map(|step| step.id).collect::<HashSet<Oid>>(),
            Err(error) => {
                self.findings.push(Finding { severity: Severity::Warning, ..found(error)? });
                return Ok(());
            }
        };
        for (name, id) in ids.into_iter().filter(|(_, id)| beyond.contains(id)) {
            let text = format!("its upstream commit {} is not on the mainline {branch}", id.short());
            self.findings.push(Finding::warning(text).of(name));
        }
        Ok(())
    }

    /// A backport that is not upstream's change says so: in pq.toml, or in its message.
    fn deviations(&mut self, files: &BTreeMap<PatchName, PatchFile>, made: &[Made], watch: &dyn Watch) -> Result<()> {
        let bench = self.bench;
        let jobs = bench.manifest().applied().zip(made.iter().map(|made| made.commit));
        let is_silent = |patch: &Patch| files.get(&patch.name).is_none_or(|file| stated(patch, file).is_empty());
        let jobs: Vec<(&Patch, Oid)> = jobs.filter(|(patch, _)| is_silent(patch)).collect();
        let found = differences(bench, &self.objects, &jobs, watch)?;
        let generated = Excluded::stated(&bench.manifest().generated);
        let all = jobs.into_iter().zip(&found);
        self.findings.extend(all.filter_map(|((patch, _), found)| deviation(patch, found.as_ref()?, &generated)));
        Ok(())
    }

    /// Where the mainline is: the branch of that name here, and those of remotes.
    fn mainline(&self, branch: &str) -> Result<Vec<Oid>, GitError> {
        let mut tips: Vec<Oid> = self.bench.repo.read_ref(&format!("refs/heads/{branch}"))?.into_iter().collect();
        let suffix = format!("/{branch}");
        for (name, id) in self.bench.repo.refs_under("refs/remotes/")? {
            if name.ends_with(suffix.as_bytes())
                && name.iter().filter(|byte| **byte == b'/').count() == suffix.matches('/').count()
            {
                tips.push(id);
            }
        }
        Ok(tips)
    }

    /// What was made against what is remembered and what is published.
    fn outcome(&mut self, base: Oid, made: &[Made], watch: &dyn Watch) -> Result<Tip> {
        let remembered = materialize(self.bench, &mut self.bench.repo.objects(), watch)?;
        let names = self.bench.manifest().applied().map(|patch| &patch.name);
        for ((name, made), known) in names.zip(made).zip(&remembered.commits) {
            if made.commit != known.commit || made.tree != known.tree {
                let text = format!("is {} from scratch, and is remembered as {}", made.commit, known.commit);
                self.findings.push(Finding::error(text).of(name).hint("`pq fsck --fix` forgets what is remembered"));
                break;
            }
        }
        let tree = Commit::read(&self.objects, base)?.tree;
        let tip = made.last().map_or(Tip { commit: base, tree }, |last| Tip { commit: last.commit, tree: last.tree });
        self.findings.extend(branch(self.bench, tip.commit)?);
        Ok(tip)
    }
}

/// That a backport differs from the commits that it comes from, if it does: in more than blanks, and not in generated files.
fn deviation(patch: &Patch, difference: &Difference, generated: &Excluded) -> Option<Finding> {
    let mut files = difference.relevant(generated);
    let (first, others) = (files.next()?, files.count());
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    let (id, path) = (difference.of[0].short(), display(first.path.as_ref()));
    let text = format!("is not what upstream's {id} does, in {path}{more}, and nothing says why");
    let hint = format!(
        "`pq diff --deviation {0}` shows how; a line `deviation` of [patch.{0}] in pq.toml says why",
        patch.name
    );
    Some(Finding::warning(text).of(&patch.name).hint(hint))
}

/// Recorded resolutions that cannot be read.
pub fn resolutions(dir: &QueueDir) -> Result<Vec<Finding>> {
    let broken = super::answers::own(dir)?.into_iter().filter_map(std::result::Result::err);
    Ok(broken.map(|error| Finding { hint: error.hint(), ..Finding::error(error.to_string()) }).collect())
}

/// That the commit of a held patch is missing, unless it can be made again from the files of the queue and its old base.
pub fn missing_commit(
    bench: &Workbench,
    objects: &mut Objects,
    series: Option<&Series>,
    patch: &Patch,
) -> Result<Option<Finding>> {
    let Some(held) = patch.meta.held.as_ref().filter(|held| !has_commit_and_parent(objects, held.commit)) else {
        return Ok(None);
    };
    if let Some(series) = series
        && Kept::read(bench, objects, series, patch, held)?.is_some()
    {
        return Ok(None);
    }
    let text = format!("the held patch needs the commit {}, which the repository does not have", held.commit);
    let hint = "fetch it from where the patch was held: `git fetch REMOTE 'refs/pq/*:refs/pq/*'`";
    Ok(Some(Finding::error(text).of(&patch.name).hint(hint)))
}

/// Whether a commit, its parent and their trees are there.
pub fn has_commit_and_parent(objects: &Objects, id: Oid) -> bool {
    let Ok(commit) = Commit::read(objects, id) else { return false };
    let parent = commit.parents.first().and_then(|parent| Commit::read(objects, *parent).ok());
    objects.has(commit.tree) && parent.is_some_and(|parent| objects.has(parent.tree))
}

/// The branch is at the end of the series.
pub fn branch(bench: &Workbench, tip: Oid) -> Result<Option<Finding>> {
    let name = &bench.manifest().line.branch;
    let text = match bench.repo.read_ref(&bench.branch_ref())? {
        Some(found) if found == tip => return Ok(None),
        Some(found) => format!("the branch {name} is at {}, the queue ends at {}", found.short(), tip.short()),
        None => format!("the branch {name} does not exist"),
    };
    Ok(Some(Finding::error(text).hint("`pq refresh` moves it")))
}
