//! Takes upstream commits into the queue, as patches that say where they come from.
//!
//! | file | what it does |
//! |---|---|
//! | `choose` | what was typed, as commits in upstream's order |
//! | `known` | what the line has already, and what upstream says of a commit |
//! | `needs` | what a commit needs in front of it |
//! | `across` | patches of one line of the fork for another |
//!
//! A pick is a three-way merge of trees, from the commit's parent to the place in the queue, in memory. Of a commit's texts the nearest is
//! tried first: upstream's own backport on a stable branch no older than the line, then the commit itself, then older backports.

mod across;
mod choose;
mod error;
mod known;
mod needs;
mod prospect;
mod report;

use std::collections::{HashMap, HashSet, VecDeque};

use bstr::{BString, ByteSlice};

use super::edit::place_behind;
use super::rebase::Tip;
use super::rebase::carry::{OldQueue, OldStep};
use super::rebase::repick::{Texts, Version};
use super::rebase::report::commands_for;
use super::replay::{Fate, Replay};
use super::resolve::Session;
use super::rework::{Rework, step_to};
use super::text;
use super::upstream::Index;
use super::workbench::Workbench;
use crate::Result;
use crate::format::deviation::deviation;
use crate::format::excluded::Excluded;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::provenance::{self, style};
use crate::git::drivers::Drivers;
use crate::git::timeline::Timeline;
use crate::git::{Commit, Objects};
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{Conflict, Oid, Outcome, Patch, PatchKind, PatchMeta, PatchName};
use crate::ops::evidence::Doubles;
pub use across::{Across, across};
pub use error::PickError;
pub use known::Known;
pub use needs::{Advice, Needs};
pub use prospect::{OnLine, Prospect, commit_of, prospect};
pub use report::{About, Candidate, ConflictReport, Failed, PickReport, Picked, Source, Why};

/// What to pick, and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Revisions and ranges.
    pub revisions: Vec<String>,
    /// Pull requests, by number or address.
    pub pulls: Vec<String>,
    /// The feature that the new patches belong to.
    pub topic: Option<String>,
    /// Behind that patch; at the end without.
    pub after: Option<String>,
    /// Take prerequisites along if not more than that make a pick apply.
    pub prerequisites: Option<usize>,
    /// Take along upstream's fixes to what is picked.
    pub followups: bool,
    /// Which texts of a commit are tried.
    pub sources: Sources,
    /// What becomes of a pick that conflicts.
    pub conflicts: Conflicts,
    /// Whether anything is written.
    pub mode: Mode,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// Which texts of a commit are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// Upstream's own backports, too.
    Nearest,
    /// Its own.
    Mainline,
}

/// What becomes of a pick that conflicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflicts {
    /// It is left out, and what it needs is said.
    Leave,
    /// It is added and held: `pq resolve` settles it.
    Hold,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The patches are added.
    Write,
    /// It is only said what would be.
    Try,
}

/// The most prerequisites that are advised where none are taken.
const ADVISED: usize = 8;

/// Picks.
///
/// # Errors
/// What was typed names no commits that can be picked, or the queue cannot be written. Nothing was written then.
pub fn pick(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<PickReport> {
    if options.mode == Mode::Write {
        Session::refuse(bench)?;
    }
    let mut objects = bench.repo.objects();
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let mut index = Index::open(&bench.repo, &bench.manifest().generated);
    let known = Known::read(bench, &mut index, watch)?;
    let pulls = options.pulls.iter().map(|pull| choose::pull(bench, &known.facts, choose::pull_number(pull)?));
    let pulls: Vec<Oid> = pulls.collect::<Result<Vec<_>>>()?.concat();
    let chosen = choose::choose(bench, &objects, &options.revisions, &pulls)?;
    let (at, below) = place_behind(bench, options.after.as_deref())?;
    let generated = Excluded::stated(&bench.manifest().generated);
    let release = (bench.manifest().line.base.as_str(), queue.series.base);
    let texts = Texts::new(bench, &mut index, &generated, release, queue.series.base);
    let tip = below.checked_sub(1).map_or(queue.series.base, |top| queue.series.commits[top].commit);
    let tree = queue.series.parent_tree(below);
    let style = style_of(bench)?;
    let taken = bench.manifest().patches.iter().map(|patch| patch.name.folded()).collect();
    let work = Work {
        bench,
        options,
        known: &known,
        texts,
        generated: &generated,
        style,
        tip,
        tree,
        taken,
        lines: HashMap::new(),
        new: Vec::new(),
        failed: Vec::new(),
        watch,
    };
    let Work { new, failed, .. } = work.run(&mut objects, chosen)?;
    let what = format!("pick {}", asked(options));
    write(bench, objects, queue, Outcomes { at, new, failed, what, mode: options.mode, when: options.when }, watch)
}

/// What a run came to.
struct Outcomes {
    /// Where the new patches go.
    at: usize,
    new: Vec<New>,
    failed: Vec<Failed>,
    /// What was typed.
    what: String,
    mode: Mode,
    when: i64,
}

/// A pick that became a patch.
struct New {
    patch: Patch,
    made: Made,
    report: Picked,
}

/// Its step, without the patch that the step borrows.
struct Made {
    commit: Oid,
    changes: Vec<crate::git::Change>,
    file: PatchFile,
    base: (String, Oid),
    base_tree: Oid,
}

/// A text of a commit on the queue.
enum Tried {
    /// With the generated paths at which it conflicts.
    Applies {
        version: Version,
        outcome: Outcome,
        tree: Oid,
        left: Vec<BString>,
    },
    Empty,
    Conflicts {
        version: Version,
        conflicts: Vec<Conflict>,
    },
}

struct Work<'a> {
    bench: &'a Workbench,
    options: &'a Options,
    known: &'a Known<'a>,
    texts: Texts<'a>,
    generated: &'a Excluded,
    style: style::Style,
    /// The end of what is there and was picked.
    tip: Oid,
    tree: Oid,
    taken: HashSet<String>,
    /// Lines of upstream, by their last commit.
    lines: HashMap<Oid, Timeline>,
    new: Vec<New>,
    failed: Vec<Failed>,
    watch: &'a dyn Watch,
}

impl Work<'_> {
    fn run(mut self, objects: &mut Objects, chosen: Vec<Oid>) -> Result<Self> {
        let (known, watch) = (self.known, self.watch);
        let mut open: VecDeque<(Oid, Option<Oid>)> = chosen.into_iter().map(|id| (id, None)).collect();
        watch.phase("picking", Some(open.len() as u64));
        while let Some((id, needed_by)) = open.pop_front() {
            crate::git::history::cancelled(watch)?;
            watch.step(1);
            let about = known.about(objects, id)?;
            if let Some((why, by)) = self.has_already(id)? {
                self.fail(id, about, why, Some(by), Vec::new(), Advice::default());
                continue;
            }
            match self.attempt(objects, id)? {
                Tried::Empty => self.fail(id, about, Why::Empty, None, Vec::new(), Advice::default()),
                Tried::Applies { version, outcome, tree, left } => {
                    if self.options.followups {
                        about.followups.iter().rev().for_each(|it| open.push_front((it.commit, Some(id))));
                    }
                    self.take(objects, id, about, (version, outcome, tree, left), needed_by)?;
                }
                Tried::Conflicts { version, conflicts } => {
                    let advice = self.advise(objects, id, &version)?;
                    if self.options.prerequisites.is_some() && advice.makes_it_clean {
                        open.push_front((id, needed_by));
                        advice.first.iter().rev().for_each(|first| open.push_front((*first, Some(id))));
                    } else if self.options.conflicts == Conflicts::Hold {
                        self.hold(objects, id, about, version, conflicts, needed_by)?;
                    } else {
                        self.fail(id, about, Why::Conflict, None, conflicts, advice);
                    }
                }
            }
        }
        Ok(self)
    }

    fn has_already(&self, id: Oid) -> Result<Option<(Why, String)>> {
        if let Some(patch) = self.known.in_queue(id) {
            return Ok(Some((Why::InQueue, patch)));
        }
        Ok(self.known.in_base(id)?.map(|by| (Why::InBase, by.to_string())))
    }

    /// Tries the texts of a commit, the nearest first. If none applies, what the commit itself conflicts with.
    fn attempt(&mut self, objects: &mut Objects, id: Oid) -> Result<Tried> {
        let sources = match self.options.sources {
            Sources::Nearest => self.texts.sources(id, self.watch)?,
            Sources::Mainline => vec![(id, None)],
        };
        let mut own = None;
        for (source, branch) in sources {
            let Some(version) = Version::read(objects, source, branch.as_deref())? else { continue };
            match (self.try_version(objects, version)?, source == id) {
                (tried @ Tried::Applies { .. }, _) => return Ok(tried),
                (tried, true) => own = Some(tried),
                (_, false) => {}
            }
        }
        Ok(own.unwrap_or(Tried::Empty))
    }

    fn try_version(&self, objects: &mut Objects, version: Version) -> Result<Tried> {
        let replay = Replay::new(objects, version.base_tree, self.tree);
        let mut replay = replay.with_generated(self.generated).with_attributes(Drivers::Run);
        let fate = replay.carry(&version.step())?;
        let left = replay.left().to_vec();
        let placed = match fate {
            Fate::Conflict(conflicts) => return Ok(Tried::Conflicts { version, conflicts }),
            Fate::Carried(placed) => placed,
        };
        let is_there = !version.changes.is_empty() && placed.changes.is_empty() && left.is_empty();
        if is_there || Doubles::new(self.tree).has(objects, &version.changes, &version.file)? {
            return Ok(Tried::Empty);
        }
        Ok(Tried::Applies { version, outcome: placed.outcome, tree: placed.tree, left })
    }

    /// What a commit that does not apply needs in front of it.
    fn advise(&mut self, objects: &mut Objects, id: Oid, version: &Version) -> Result<Advice> {
        let (repo, known) = (&self.bench.repo, self.known);
        let Some(line) = self.line_of(objects, id)? else { return Ok(Advice::default()) };
        let end = line.last().copied().unwrap_or(id);
        if !self.lines.contains_key(&end) {
            self.lines.insert(end, Timeline::read(repo, line, self.watch)?);
        }
        let has = |id: Oid| known.has(id);
        let most = self.options.prerequisites.unwrap_or(ADVISED);
        Needs::new(repo, &self.lines[&end], self.generated, &has, self.watch).advise(objects, self.tree, version, most)
    }

    /// Upstream's line of first parents that leads to a commit.
    fn line_of(&self, objects: &Objects, id: Oid) -> Result<Option<Vec<Oid>>> {
        let news = &self.known.news;
        for branch in self.known.branches.all() {
            let line = news.first_parents(branch.commit);
            if line.contains(&id) {
                return Ok(Some(line));
            }
        }
        let parent = Commit::read(objects, id)?.parents.first().copied();
        Ok(parent.filter(|parent| news.position(*parent).is_some()).map(|parent| news.first_parents(parent)))
    }

    fn fail(&mut self, id: Oid, about: About, why: Why, by: Option<String>, conflicts: Vec<Conflict>, advice: Advice) {
        self.failed.push(Failed {
            upstream: id,
            about,
            why,
            by,
            conflicts: conflicts.iter().map(conflict).collect(),
            first: advice.commits,
            prerequisites: advice.first,
            makes_it_clean: advice.makes_it_clean,
            candidates: advice.candidates,
        });
    }

    /// Makes a patch of a text that applies.
    fn take(
        &mut self,
        objects: &mut Objects,
        id: Oid,
        about: About,
        (version, outcome, tree, left): (Version, Outcome, Oid, Vec<BString>),
        needed_by: Option<Oid>,
    ) -> Result<()> {
        let original = Version::read(objects, id, None)?;
        let differs = original.is_some_and(|own| !deviation(&version.file.files, &own.file.files).is_empty());
        let source = version.branch.clone().map(|branch| Source { commit: version.commit, branch });
        let mut patch = self.describe(objects, id)?;
        if let Some(source) = source.as_ref().filter(|_| differs) {
            patch.meta.deviation =
                Some(format!("the text of {} on {}", source.commit.short(), branch_name(&source.branch)));
        }
        let message = self.message(objects, id, source.is_none())?;
        let file = version.file.with_message(message);
        let (step, _) = step_to(objects, self.bench, &patch, file, (self.tip, self.tree, tree))?;
        let made = Made {
            commit: step.commit,
            changes: step.changes,
            file: step.file,
            base: step.base,
            base_tree: step.base_tree,
        };
        (self.tip, self.tree) = (made.commit, tree);
        let name = patch.name.clone();
        let report = Picked {
            name,
            upstream: vec![id],
            about,
            source,
            outcome,
            needed_by,
            conflicts: Vec::new(),
            generated: left,
        };
        self.push(id, New { patch, made, report });
        Ok(())
    }

    /// Makes a held patch of one that does not.
    fn hold(
        &mut self,
        objects: &Objects,
        id: Oid,
        about: About,
        version: Version,
        conflicts: Vec<Conflict>,
        needed_by: Option<Oid>,
    ) -> Result<()> {
        let patch = self.describe(objects, id)?;
        let parent = Commit::read(objects, id)?.parents[0];
        let file = version.file.with_message(self.message(objects, id, false)?);
        let base = (format!("upstream's {}", parent.short()), parent);
        let made = Made { commit: id, changes: version.changes, file, base, base_tree: version.base_tree };
        let (name, conflicts) = (patch.name.clone(), conflicts.iter().map(conflict).collect());
        let (upstream, outcome) = (vec![id], Outcome::Conflict);
        let report =
            Picked { name, upstream, about, source: None, outcome, needed_by, conflicts, generated: Vec::new() };
        self.push(id, New { patch, made, report });
        Ok(())
    }

    fn push(&mut self, id: Oid, new: New) {
        self.known.add(id, new.patch.name.as_str());
        self.new.push(new);
    }

    /// Name and metadata.
    fn describe(&mut self, objects: &Objects, id: Oid) -> Result<Patch> {
        let commit = Commit::read(objects, id)?;
        let name = PatchName::from_subject(&commit.subject().to_str_lossy()).unused(&self.taken);
        self.taken.insert(name.folded());
        let meta = PatchMeta {
            upstream: Some(vec![id.to_string()]),
            kind: Some(PatchKind::Backport),
            topic: self.options.topic.clone(),
            cve: provenance::parse(&commit.message).cves,
            ..PatchMeta::default()
        };
        Ok(Patch { name, meta })
    }

    /// The commit's author, date and message, with a word about where it is from.
    fn message(&self, objects: &Objects, id: Oid, is_clean: bool) -> Result<Message> {
        let commit = Commit::read(objects, id)?;
        let pr = provenance::parse(commit.subject()).prs.last().map(|pr| pr.number);
        let release = match self.style {
            style::Style::Suse => first_release(self.bench, id)?,
            _ => None,
        };
        let hex = id.to_string();
        let origin = style::Origin { id: &hex, is_clean, pr, release: release.as_deref() };
        let message = text::message(&commit);
        Ok(Message { text: self.style.write(&message.text, origin), ..message })
    }
}

fn conflict(conflict: &Conflict) -> ConflictReport {
    ConflictReport { path: visible(&conflict.path), kind: conflict.kind }
}

fn branch_name(full: &str) -> &str {
    full.trim_start_matches("refs/heads/").trim_start_matches("refs/remotes/")
}

/// The style that pq.toml states, else the one that most patches of the queue are written in.
fn style_of(bench: &Workbench) -> Result<style::Style> {
    if let Some(stated) = bench.manifest().upstream.provenance_style.as_deref().and_then(style::Style::parse) {
        return Ok(stated);
    }
    let mut counts: Vec<(style::Style, usize)> = Vec::new();
    for patch in &bench.manifest().patches {
        let said = provenance::parse(&super::look::parse(bench, &patch.name)?.message.text);
        if let Some(style) = said.refs.first().and_then(|first| style::Style::of(first.notation)) {
            match counts.iter_mut().find(|(other, _)| *other == style) {
                Some((_, count)) => *count += 1,
                None => counts.push((style, 1)),
            }
        }
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    Ok(most.map_or(style::Style::CherryPickX, |(style, _)| style))
}

/// The oldest release that has a commit.
fn first_release(bench: &Workbench, id: Oid) -> Result<Option<String>> {
    let Ok(pattern) = crate::model::ReleasePattern::parse(&bench.manifest().upstream.releases) else { return Ok(None) };
    let tags = bench.repo.tags()?;
    let mut releases: Vec<_> = tags
        .iter()
        .filter_map(|(name, commit)| {
            let name = name.to_str().ok()?;
            Some((pattern.version(name)?, name.to_owned(), *commit))
        })
        .collect();
    releases.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    for (_, name, commit) in releases {
        if bench.repo.range(&[id], &[commit])?.is_empty() {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Adds the patches, or says what would be.
fn write(
    bench: &Workbench,
    objects: Objects,
    queue: OldQueue<'_>,
    outcomes: Outcomes,
    watch: &dyn Watch,
) -> Result<PickReport> {
    let Outcomes { at, new, failed, what, mode, when } = outcomes;
    let line = bench.manifest().line.name.clone();
    let dry_run = mode == Mode::Try;
    let series = &queue.series;
    let (patches, rest): (Vec<Patch>, Vec<(Made, Picked)>) =
        new.into_iter().map(|new| (new.patch, (new.made, new.report))).unzip();
    let (made, picked): (Vec<Made>, Vec<Picked>) = rest.into_iter().unzip();
    if picked.is_empty() {
        let tip = Tip { commit: series.tip(), tree: series.tip_tree() };
        let (held, regenerate) = (Vec::new(), Vec::new());
        return Ok(PickReport { line, from: None, dry_run, picked, failed, tip, held, regenerate });
    }
    let mut rework = Rework::new(bench, what, when);
    let mut steps = queue.steps;
    let behind = steps.split_off(at);
    for (number, (patch, made)) in patches.iter().zip(made).enumerate() {
        let Made { commit, changes, file, base, base_tree } = made;
        rework.document.insert(at + number, patch);
        rework.files.insert(patch.name.file(), Some(file.to_bytes()));
        steps.push(OldStep { patch, commit, changes, file, base, base_tree, named: commit });
    }
    steps.extend(behind);
    let reworked = match mode {
        Mode::Write => rework.finish(objects, series, &steps, watch)?,
        Mode::Try => rework.preview(objects, &steps, watch)?,
    };
    let is_new = |name: &PatchName| patches.iter().any(|patch| patch.name == *name);
    let held = reworked.newly_held().into_iter().filter(|name| !is_new(name)).collect();
    let regenerate = commands_for(bench, &picked.iter().flat_map(|one| &one.generated).collect::<Vec<_>>());
    Ok(PickReport { line, from: None, dry_run, picked, failed, tip: reworked.tip, held, regenerate })
}

/// What was asked for, for the log.
fn asked(options: &Options) -> String {
    let pulls = options.pulls.iter().map(|pull| format!("--pr {pull}"));
    options.revisions.iter().cloned().chain(pulls).collect::<Vec<_>>().join(" ")
}
