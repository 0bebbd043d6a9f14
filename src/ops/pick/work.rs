//! One commit after the other: tried on what is there, made a patch of, or refused.

use std::collections::{HashMap, HashSet, VecDeque};

use bstr::{BString, ByteSlice};

use super::{About, Advice, ConflictReport, Conflicts, Failed, Known, Needs, Options, Picked, Source, Sources, Why};
use crate::Result;
use crate::format::deviation::deviation;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::format::patchfile::{Message, PatchFile};
use crate::format::provenance::{self, style};
use crate::git::drivers::Drivers;
use crate::git::timeline::Timeline;
use crate::git::{Commit, Objects};
use crate::model::progress::Watch;
use crate::model::text::visible;
use crate::model::{Conflict, Oid, Outcome, Patch, PatchKind, PatchMeta, PatchName};
use crate::ops::evidence::Doubles;
use crate::ops::moves::{Case, Finder, Newer, Proposed};
use crate::ops::rebase::FollowedReport;
use crate::ops::rebase::repick::{Texts, Version};
use crate::ops::replay::{Fate, Followed, Replay};
use crate::ops::rework::step_to;
use crate::ops::text;
use crate::ops::workbench::Workbench;

/// The most prerequisites that are advised where none are taken.
const ADVISED: usize = 8;

/// A pick that became a patch.
pub(super) struct New {
    pub(super) patch: Patch,
    pub(super) made: Made,
    pub(super) report: Picked,
}

/// Its step, without the patch that the step borrows.
pub(super) struct Made {
    pub(super) commit: Oid,
    pub(super) changes: Vec<crate::git::Change>,
    pub(super) file: PatchFile,
    pub(super) base: (String, Oid),
    pub(super) base_tree: Oid,
}

/// A text of a commit on the queue.
pub(super) enum Tried {
    Applies { version: Version, applied: Applied },
    Empty,
    Conflicts { version: Version, conflicts: Vec<Conflict> },
}

/// What a text that applies came to.
pub(super) struct Applied {
    pub(super) outcome: Outcome,
    pub(super) tree: Oid,
    /// The generated paths at which it conflicts.
    pub(super) left: Vec<BString>,
    /// The files that were followed to where they moved.
    pub(super) followed: Vec<Followed>,
}

impl Applied {
    pub(super) fn moved(&self) -> Vec<FollowedReport> {
        self.followed.iter().map(FollowedReport::from).collect()
    }
}

pub(super) struct Work<'a> {
    pub(super) bench: &'a Workbench,
    pub(super) options: &'a Options,
    pub(super) known: &'a Known<'a>,
    pub(super) texts: Texts<'a>,
    pub(super) generated: &'a Excluded,
    /// Where files may be that the line lacks.
    pub(super) moves: &'a Moves,
    /// Looks where they went.
    pub(super) finder: Finder<'a>,
    pub(super) style: style::Style,
    /// The end of what is there and was picked.
    pub(super) tip: Oid,
    pub(super) tree: Oid,
    pub(super) taken: HashSet<String>,
    /// Lines of upstream, by their last commit.
    pub(super) lines: HashMap<Oid, Timeline>,
    /// The pull requests that were asked for by number.
    pub(super) pulls: HashMap<Oid, u64>,
    pub(super) new: Vec<New>,
    pub(super) failed: Vec<Failed>,
    pub(super) watch: &'a dyn Watch,
}

impl Work<'_> {
    pub(super) fn run(mut self, objects: &mut Objects, chosen: Vec<Oid>) -> Result<Self> {
        let (known, watch) = (self.known, self.watch);
        let mut open: VecDeque<(Oid, Option<Oid>)> = chosen.into_iter().map(|id| (id, None)).collect();
        // Whose prerequisites were taken along: if it conflicts again, they were not enough.
        let mut helped = HashSet::new();
        watch.phase("picking", Some(open.len() as u64));
        while let Some((id, needed_by)) = open.pop_front() {
            crate::git::history::cancelled(watch)?;
            watch.step(1);
            let about = known.about(objects, id)?;
            if let Some((why, by)) = self.has_already(id)? {
                // Nobody asked for one that was only needed.
                if needed_by.is_none() {
                    self.fail(id, about, why, Some(by), Vec::new(), Advice::default());
                }
                continue;
            }
            match self.attempt(objects, id)? {
                Tried::Empty if needed_by.is_some() => {}
                Tried::Empty => self.fail(id, about, Why::Empty, None, Vec::new(), Advice::default()),
                Tried::Applies { version, applied } => {
                    if self.options.followups {
                        about.followups.iter().for_each(|it| self.line_up(&mut open, it.commit, id));
                    }
                    self.take(objects, id, about, (version, applied), needed_by)?;
                }
                Tried::Conflicts { version, conflicts } => {
                    let mut advice = self.advise(objects, id, &version)?;
                    advice.proposed = self.propose(objects, &version, &conflicts)?;
                    if self.options.prerequisites.is_some() && advice.makes_it_clean && helped.insert(id) {
                        open.retain(|(other, _)| !advice.first.contains(other));
                        open.push_front((id, needed_by));
                        advice.first.iter().rev().for_each(|first| open.push_front((*first, Some(id))));
                    } else if self.options.conflicts == Conflicts::Hold {
                        self.hold(objects, id, about, (version, advice.proposed), conflicts, needed_by)?;
                    } else {
                        self.fail(id, about, Why::Conflict, None, conflicts, advice);
                    }
                }
            }
        }
        Ok(self)
    }

    /// Puts a commit that goes along among those that are open, in upstream's order, unless it is one of them or was tried.
    fn line_up(&self, open: &mut VecDeque<(Oid, Option<Oid>)>, id: Oid, needed_by: Oid) {
        let was_tried = self.failed.iter().any(|failed| failed.upstream == id);
        if was_tried || open.iter().any(|(other, _)| *other == id) {
            return;
        }
        // The newest has the smallest number.
        let place = |id: Oid| self.known.news.position(id);
        let is_later = |(other, _): &(Oid, Option<Oid>)| place(*other).zip(place(id)).is_some_and(|(it, own)| it < own);
        let at = open.iter().position(is_later).unwrap_or(open.len());
        open.insert(at, (id, Some(needed_by)));
    }

    pub(super) fn has_already(&self, id: Oid) -> Result<Option<(Why, String)>> {
        if let Some(patch) = self.known.in_queue(id) {
            return Ok(Some((Why::InQueue, patch)));
        }
        Ok(self.known.in_base(id)?.map(|by| (Why::InBase, by.to_string())))
    }

    /// Tries the texts of a commit, the nearest first. If none applies, what the commit itself conflicts with.
    pub(super) fn attempt(&mut self, objects: &mut Objects, id: Oid) -> Result<Tried> {
        Ok(self.attempt_of(objects, id, &|_| true)?.unwrap_or(Tried::Empty))
    }

    /// The same of those texts that suit; `None` if the commit itself does not, and no other applies.
    pub(super) fn attempt_of(
        &mut self,
        objects: &mut Objects,
        id: Oid,
        suits: &dyn Fn(&Version) -> bool,
    ) -> Result<Option<Tried>> {
        let sources = match self.options.sources {
            Sources::Nearest => self.texts.sources(id, self.watch)?,
            Sources::Mainline => vec![(id, None)],
        };
        let mut own = None;
        for (source, branch) in sources {
            let Some(version) = Version::read(objects, source, branch.as_deref())?.filter(suits) else { continue };
            match (self.try_version(objects, version)?, source == id) {
                (tried @ Tried::Applies { .. }, _) => return Ok(Some(tried)),
                (tried, true) => own = Some(tried),
                (_, false) => {}
            }
        }
        Ok(own)
    }

    pub(super) fn try_version(&self, objects: &mut Objects, version: Version) -> Result<Tried> {
        let replay = Replay::new(objects, version.base_tree, self.tree).with_moves(self.moves);
        let mut replay = replay.with_generated(self.generated).with_attributes(Drivers::Run);
        let fate = replay.carry(&version.step())?;
        let (left, followed) = (replay.left().to_vec(), replay.followed().to_vec());
        let placed = match fate {
            Fate::Conflict(conflicts) => return Ok(Tried::Conflicts { version, conflicts }),
            Fate::Carried(placed) => placed,
        };
        let is_there = !version.changes.is_empty() && placed.changes.is_empty() && left.is_empty();
        if is_there || Doubles::new(self.tree).has(objects, &version.changes, &version.file)? {
            return Ok(Tried::Empty);
        }
        let applied = Applied { outcome: placed.outcome, tree: placed.tree, left, followed };
        Ok(Tried::Applies { version, applied })
    }

    /// Where what a commit touches and the line lacks seems to be.
    pub(super) fn propose(
        &mut self,
        objects: &mut Objects,
        version: &Version,
        conflicts: &[Conflict],
    ) -> Result<Option<Proposed>> {
        let (base, onto, tip) = (version.base_tree, self.tree, self.tree);
        let case = Case { step: version.step(), base, onto, tip, conflicts, newer: Newer::Patch };
        Ok(self.finder.propose(objects, &case)?)
    }

    /// What a commit that does not apply needs in front of it.
    pub(super) fn advise(&mut self, objects: &mut Objects, id: Oid, version: &Version) -> Result<Advice> {
        let (repo, known) = (&self.bench.repo, self.known);
        let Some(line) = self.line_of(objects, id)? else { return Ok(Advice::default()) };
        let end = line.last().copied().unwrap_or(id);
        if !self.lines.contains_key(&end) {
            self.lines.insert(end, Timeline::read(repo, line, self.watch)?);
        }
        let has = |id: Oid| known.has(id);
        let most = self.options.prerequisites.unwrap_or(ADVISED);
        Needs::new(repo, &self.lines[&end], (self.generated, self.moves), &has, self.watch)
            .advise(objects, self.tree, version, most)
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

    pub(super) fn fail(
        &mut self,
        id: Oid,
        about: About,
        why: Why,
        by: Option<String>,
        conflicts: Vec<Conflict>,
        advice: Advice,
    ) {
        self.failed.push(Failed {
            upstream: id,
            about,
            why,
            by,
            conflicts: conflicts.iter().map(conflict).collect(),
            first: advice.commits,
            prerequisites: advice.first,
            makes_it_clean: advice.makes_it_clean,
            needs: advice.needs,
            proposed: advice.proposed,
            candidates: advice.candidates,
        });
    }

    /// Makes a patch of a text that applies.
    fn take(
        &mut self,
        objects: &mut Objects,
        id: Oid,
        about: About,
        (version, applied): (Version, Applied),
        needed_by: Option<Oid>,
    ) -> Result<()> {
        let proposed = self.propose(objects, &version, &[])?;
        let source = version.branch.clone().map(|branch| Source { commit: version.commit, branch });
        let mut patch = self.describe(objects, id)?;
        patch.meta.deviation = self.deviation(objects, id, &version)?;
        let message = self.message(objects, id, source.is_none())?;
        let file = version.file.with_message(message);
        let (step, _) = step_to(objects, self.bench, &patch, file, (self.tip, self.tree, applied.tree))?;
        let made = Made {
            commit: step.commit,
            changes: step.changes,
            file: step.file,
            base: step.base,
            base_tree: step.base_tree,
        };
        (self.tip, self.tree) = (made.commit, applied.tree);
        let name = patch.name.clone();
        let report = Picked {
            name,
            upstream: vec![id],
            about,
            source,
            outcome: applied.outcome,
            needed_by,
            conflicts: Vec::new(),
            moved: applied.moved(),
            repicked: None,
            proposed,
            generated: applied.left,
        };
        self.push(id, New { patch, made, report });
        Ok(())
    }

    /// What pq.toml says of a text that is upstream's own backport and differs from the commit.
    pub(super) fn deviation(&self, objects: &Objects, id: Oid, version: &Version) -> Result<Option<String>> {
        let Some(branch) = &version.branch else { return Ok(None) };
        let original = Version::read(objects, id, None)?;
        let differs = original.is_some_and(|own| !deviation(&version.file.files, &own.file.files).is_empty());
        Ok(differs.then(|| format!("the text of {} on {}", version.commit.short(), branch_name(branch))))
    }

    /// Makes a held patch of one that does not.
    fn hold(
        &mut self,
        objects: &Objects,
        id: Oid,
        about: About,
        (version, proposed): (Version, Option<Proposed>),
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
        let (source, generated, moved) = (None, Vec::new(), Vec::new());
        let report = Picked {
            name,
            upstream,
            about,
            source,
            outcome,
            needed_by,
            conflicts,
            generated,
            moved,
            proposed,
            repicked: None,
        };
        self.push(id, New { patch, made, report });
        Ok(())
    }

    pub(super) fn push(&mut self, id: Oid, new: New) {
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
            pr: self.pulls.get(&id).map(|number| format!("#{number}")),
            cve: provenance::parse(&commit.message).cves,
            ..PatchMeta::default()
        };
        Ok(Patch { name, meta })
    }

    /// The commit's author, date and message, with a word about where it is from.
    fn message(&self, objects: &Objects, id: Oid, is_clean: bool) -> Result<Message> {
        let commit = Commit::read(objects, id)?;
        let named = provenance::parse(commit.subject()).prs.last().map(|pr| pr.number);
        let pr = named.or_else(|| self.pulls.get(&id).copied());
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
