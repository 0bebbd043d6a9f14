//! The part of a rebase that happens in memory: the old series, what upstream has of it, and the replay on a release.

mod recorded;

use std::collections::BTreeSet;

use bstr::BString;
use rayon::prelude::*;

use super::needs::Needs;
use super::old::{OldQueue, OldStep};
use super::repick::{Attempt, Repicked, Texts};
use super::{Duplicates, Repick};
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::git::drivers::Drivers;
use crate::git::history::cancelled;
use crate::git::timeline::Timeline;
use crate::git::{Change, Commit, Objects};
use crate::model::progress::Watch;
use crate::model::{Conflict, ConflictKind, Held, HeldWhy, Oid, Outcome, PatchName};
use crate::ops::answers::{Answers, Asked, WholeAnswer};
use crate::ops::breaks::{self, Break};
use crate::ops::evidence::{self, Doubles, Doubt, Looks, News, Suspect, Trees, Verdict, Weighed};
use crate::ops::moves::{Case, Finder, Newer, Proposed};
use crate::ops::replay::{Fate, Followed, Placed, Replay};
use crate::ops::upstream::Index;
use crate::ops::workbench::Workbench;

/// What became of one patch.
pub struct Carried<'a> {
    /// The patch.
    pub step: &'a OldStep<'a>,
    /// What is known of it upstream.
    pub weighed: Weighed,
    /// What became of it.
    pub result: Become,
    /// The generated paths at which it conflicted. They do not hold it.
    pub generated: Vec<BString>,
    /// What recorded answers said, file by file.
    pub asked: Vec<Asked>,
    /// The files that were followed to where `[[moved]]` says that they are.
    pub followed: Vec<Followed>,
    /// Where what it touches and the target lacks seems to have gone, if it conflicts.
    pub proposed: Option<Proposed>,
}

/// What became of a patch, with what each outcome has to show.
pub enum Become {
    /// It is part of the new series, unless nothing is left of it.
    Placed(Placed),
    /// It is part of the new series, in another text.
    Repicked(Box<Repicked>),
    /// It is part of the new series, as a person settled it before.
    Settled(Box<WholeAnswer>),
    /// Upstream has it.
    Upstreamed(Verdict),
    /// It is held.
    Conflict(Vec<Conflict>),
    /// It waits for these, which are held.
    Blocked(Vec<PatchName>),
}

impl Carried<'_> {
    /// The outcome.
    pub fn outcome(&self) -> Outcome {
        match &self.result {
            Become::Placed(placed) => placed.outcome,
            Become::Repicked(_) => Outcome::Repicked,
            Become::Settled(_) => Outcome::Resolved,
            Become::Upstreamed(_) => Outcome::Upstreamed,
            Become::Conflict(_) => Outcome::Conflict,
            Become::Blocked(_) => Outcome::Blocked,
        }
    }

    /// Its place in the new series, if it is part of it.
    pub fn placed(&self) -> Option<&Placed> {
        match &self.result {
            Become::Placed(placed) if placed.outcome != Outcome::Upstreamed => Some(placed),
            Become::Repicked(repicked) => Some(&repicked.placed),
            Become::Settled(settled) => Some(&settled.placed),
            _ => None,
        }
    }

    /// What pq.toml says of the patch from now on, if it is held.
    ///
    /// Those that it waits for stay there when some of them are settled: two people who settle one each do not change the same line then.
    pub fn held(&self) -> Option<Held> {
        let (why, blocked_by, paths) = match &self.result {
            Become::Conflict(conflicts) => {
                let paths: BTreeSet<String> =
                    conflicts.iter().map(|c| crate::format::quote::display(c.path.as_ref())).collect();
                (HeldWhy::Conflict, Vec::new(), paths.into_iter().collect())
            }
            Become::Blocked(by) => (HeldWhy::Blocked, by.clone(), Vec::new()),
            _ => return None,
        };
        let (base, base_commit) = self.step.base.clone();
        let blocked_by = match &self.step.patch.meta.held {
            Some(before) if before.why == why && blocked_by.iter().all(|name| before.blocked_by.contains(name)) => {
                before.blocked_by.clone()
            }
            _ => blocked_by,
        };
        Some(Held { why, base, base_commit, commit: self.step.named, blocked_by, paths })
    }
}

/// The queue on a release, in memory.
pub struct There<'q> {
    /// What the release has more than the old base.
    pub news: News,
    /// Every patch, in order.
    pub patches: Vec<Carried<'q>>,
    /// The tree at the end.
    pub tree: Oid,
}

/// Where to carry the queue, and how.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    /// The release, as typed.
    pub release: &'a str,
    /// Its commit.
    pub commit: Oid,
    /// What to do with patches that would come twice.
    pub duplicates: Duplicates,
    /// What to do with patches of which another text applies.
    pub repick: Repick,
    /// Whether merge drivers of the user's are run.
    pub drivers: Drivers,
}

/// Carries the queue to a release, in memory: new objects are in `objects`, and nowhere else.
pub fn carry<'q>(
    bench: &Workbench,
    objects: &mut Objects,
    queue: &'q OldQueue<'q>,
    needs: &mut Needs,
    to: To<'_>,
    watch: &dyn Watch,
) -> Result<There<'q>> {
    let new_tree = Commit::read(objects, to.commit)?.tree;
    let mut index = Index::open(&bench.repo, &bench.manifest().generated);
    let (news, weighed) = weigh(bench, objects, &mut index, queue, to.commit, watch)?;
    let generated = Excluded::stated(&bench.manifest().generated);
    let moves = Moves::stated(&bench.manifest().moved);
    let replay = Replay::new(objects, queue.series.base_tree, new_tree).with_moves(&moves);
    let mut replay = replay.with_generated(&generated).with_attributes(to.drivers);
    let mut texts = Texts::new(bench, &mut index, &generated, (to.release, to.commit), queue.series.base);
    let texts = (to.repick == Repick::Try).then_some(&mut texts);
    let answers = Answers::read(bench)?;
    let known = (&answers, &generated);
    let mut finder = Finder::new(&bench.manifest().moved, &generated);
    let finder = Some(&mut finder);
    let how = How { bench, needs, duplicates: to.duplicates, known, texts, finder, watch };
    let patches = replay_all(how, &mut replay, &queue.steps, weighed)?;
    Ok(There { news, patches, tree: replay.tip() })
}

/// Carries the queue again to the base that it stands on: held patches are tried once more, and what stands in front of others may be new.
/// Nothing is asked of upstream. The patches, and the tree at the end.
pub fn again<'q>(
    bench: &Workbench,
    objects: &mut Objects,
    steps: &'q [OldStep<'q>],
    watch: &dyn Watch,
) -> Result<(Vec<Carried<'q>>, Oid)> {
    let base_tree = Commit::read(objects, bench.manifest().line.base_commit)?.tree;
    let weighed = steps.iter().map(|_| Weighed::default()).collect();
    let generated = Excluded::stated(&bench.manifest().generated);
    let moves = Moves::stated(&bench.manifest().moved);
    let replay = Replay::new(objects, base_tree, base_tree).with_moves(&moves);
    let mut replay = replay.with_generated(&generated).with_attributes(Drivers::Run);
    let mut needs = Needs::default();
    let answers = Answers::read(bench)?;
    let known = (&answers, &generated);
    let (duplicates, texts, finder) = (Duplicates::Hold, None, None);
    let how = How { bench, needs: &mut needs, duplicates, known, texts, finder, watch };
    let patches = replay_all(how, &mut replay, steps, weighed)?;
    Ok((patches, replay.tip()))
}

/// Where each patch that conflicts broke on the way to `release`; `None` for all others.
pub fn breaks(
    bench: &Workbench,
    objects: &Objects,
    there: &There<'_>,
    release: Oid,
    watch: &dyn Watch,
) -> Result<Vec<Option<Break>>> {
    let mut found = vec![None; there.patches.len()];
    let is_conflict = |at: &usize| there.patches[*at].outcome() == Outcome::Conflict;
    let conflicts: Vec<usize> = (0..found.len()).filter(is_conflict).collect();
    let breaks = breaks_of(bench, objects, there, &conflicts, release, watch)?;
    conflicts.into_iter().zip(breaks).for_each(|(at, broken)| found[at] = broken);
    Ok(found)
}

/// Where each of some patches broke, by their places.
pub fn breaks_of(
    bench: &Workbench,
    objects: &Objects,
    there: &There<'_>,
    conflicts: &[usize],
    release: Oid,
    watch: &dyn Watch,
) -> Result<Vec<Option<Break>>> {
    if conflicts.is_empty() {
        return Ok(Vec::new());
    }
    let line = Timeline::read(&bench.repo, there.news.range.first_parents(release), watch)?;
    let suspects: Vec<breaks::Suspect<'_>> = conflicts.iter().map(|at| there.patches[*at].step.suspect()).collect();
    let generated = Excluded::stated(&bench.manifest().generated);
    Ok(breaks::find(&bench.repo, &objects.snapshot(), &line, &suspects, &generated, watch)?)
}

/// What a release has more than the old base, and what of the queue: the verdicts that [`carry`] starts from, with nothing carried.
pub fn weigh(
    bench: &Workbench,
    objects: &mut Objects,
    index: &mut Index,
    queue: &OldQueue<'_>,
    release: Oid,
    watch: &dyn Watch,
) -> Result<(News, Vec<Weighed>)> {
    let news = News::read(index, &bench.repo, queue.series.base, release, watch)?;
    let moves = Moves::stated(&bench.manifest().moved);
    let (old_base, old_tip) = (queue.series.base_tree, queue.series.tip_tree());
    let trees = Trees { old_base, old_tip, new_base: Commit::read(objects, release)?.tree, moves: &moves };
    let suspects: Vec<Suspect<'_>> = queue
        .steps
        .par_iter()
        .map(|step| Suspect {
            upstream: step.patch.meta.upstream(),
            commit: step.commit,
            is_applied: step.patch.meta.held.is_none(),
            changes: &step.changes,
            file: &step.file,
            looks: Looks::of(&step.file, index.excluded()),
        })
        .collect();
    let weighed = evidence::weigh(&bench.repo, objects, &news, trees, &suspects, watch)?;
    Ok((news, weighed))
}

/// What carrying patches goes by.
struct How<'h, 't, 'k> {
    bench: &'h Workbench,
    needs: &'h mut Needs,
    duplicates: Duplicates,
    /// Recorded answers, and what no person answers for.
    known: (&'k Answers, &'k Excluded),
    /// Other texts of the same changes, unless nobody wants them.
    texts: Option<&'h mut Texts<'t>>,
    /// Looks where upstream moved what a patch lacks, where somebody wants to know.
    finder: Option<&'h mut Finder<'k>>,
    watch: &'h dyn Watch,
}

fn replay_all<'a, 'k>(
    mut how: How<'_, '_, 'k>,
    replay: &mut Replay<'k>,
    steps: &'a [OldStep<'a>],
    weighed: Vec<Weighed>,
) -> Result<Vec<Carried<'a>>> {
    how.watch.phase("comparing the bases", None);
    let open = steps.iter().zip(&weighed).filter(|(_, weighed)| weighed.verdict.is_none());
    replay.prepare(&how.bench.repo, open.map(|(step, _)| step.step()))?;
    how.watch.phase("carrying patches", Some(steps.len() as u64));
    let mut held: BTreeSet<PatchName> = BTreeSet::new();
    let mut carried = Vec::with_capacity(steps.len());
    let mut doubles = Doubles::new(replay.base());
    for (step, weighed) in steps.iter().zip(weighed) {
        cancelled(how.watch)?;
        how.watch.step(1);
        let one = how.carry_one(replay, &mut doubles, &held, step, weighed)?;
        if matches!(one.result, Become::Conflict(_) | Become::Blocked(_)) {
            held.insert(step.patch.name.clone());
        }
        carried.push(one);
    }
    Ok(carried)
}

impl<'k> How<'_, '_, 'k> {
    fn carry_one<'a>(
        &mut self,
        replay: &mut Replay<'k>,
        doubles: &mut Doubles,
        held: &BTreeSet<PatchName>,
        step: &'a OldStep<'a>,
        mut weighed: Weighed,
    ) -> Result<Carried<'a>> {
        replay.set_old_base(step.base_tree);
        let blocked_by = self.needs.blocked_by(self.bench, replay.objects(), step.patch, held, self.watch)?;
        let (mut generated, mut asked, mut followed) = (Vec::new(), Vec::new(), Vec::new());
        let mut proposed = None;
        let result = match &weighed.verdict {
            Some(verdict) => Become::Upstreamed(verdict.clone()),
            None if !blocked_by.is_empty() => Become::Blocked(blocked_by),
            // What was made for this very base was wanted there.
            None if self.duplicates == Duplicates::Hold
                && step.base_tree != replay.base()
                && is_double(replay, doubles, step)? =>
            {
                match self.whole(replay, step, &doubled(step).into_iter().enumerate().collect::<Vec<_>>())? {
                    Some(settled) => Become::Settled(settled),
                    None => Become::Conflict(doubled(step)),
                }
            }
            None => {
                let tip = replay.tip();
                let fate = replay.carry(&step.step())?;
                generated = replay.left().to_vec();
                followed = replay.followed().to_vec();
                match fate {
                    Fate::Carried(placed) => {
                        // A file that is new may stand in a directory that is there no more.
                        proposed = self.propose(replay, step, (tip, &[]))?;
                        Become::Placed(placed)
                    }
                    Fate::Conflict(conflicts) => {
                        match self.recorded(replay, &step.at(replay.moved_changes()), &mut asked)? {
                            Some(settled) => {
                                generated = replay.left().to_vec();
                                settled
                            }
                            None => match self.other_text(replay, doubles, step, &mut weighed)? {
                                Some(repicked) => {
                                    generated = replay.left().to_vec();
                                    followed = replay.followed().to_vec();
                                    asked.clear();
                                    Become::Repicked(repicked)
                                }
                                None => {
                                    proposed = self.propose(replay, step, (tip, &conflicts))?;
                                    Become::Conflict(conflicts)
                                }
                            },
                        }
                    }
                }
            }
        };
        if step.patch.meta.held.is_some() {
            followed.extend(replay.followed_before(&step.step()));
        }
        Ok(Carried { step, weighed, result, generated, asked, followed, proposed })
    }

    /// Where upstream seems to have moved what a patch touches and the target lacks.
    fn propose(
        &mut self,
        replay: &mut Replay<'_>,
        step: &OldStep<'_>,
        (tip, conflicts): (Oid, &[Conflict]),
    ) -> Result<Option<Proposed>> {
        let Some(finder) = self.finder.as_deref_mut() else { return Ok(None) };
        let (base, onto) = (step.base_tree, replay.base());
        let case = Case { step: step.step(), base, onto, tip, conflicts, newer: Newer::Target };
        Ok(finder.propose(replay.objects(), &case)?)
    }

    /// Another text of the same change, if one applies. One that leaves nothing is for a person to look at.
    fn other_text(
        &mut self,
        replay: &mut Replay<'_>,
        doubles: &mut Doubles,
        step: &OldStep<'_>,
        weighed: &mut Weighed,
    ) -> Result<Option<Box<Repicked>>> {
        let Some(texts) = self.texts.as_deref_mut() else { return Ok(None) };
        match texts.attempt(replay, doubles, step, self.watch)? {
            Attempt::Repicked(repicked) => return Ok(Some(repicked)),
            Attempt::Empty(commit) => weighed.doubts.push(Doubt::nothing_left(commit)),
            Attempt::Nothing => {}
        }
        Ok(None)
    }
}

/// Whether a patch would merge and bring what the new base has already.
fn is_double(replay: &mut Replay<'_>, doubles: &mut Doubles, step: &OldStep<'_>) -> Result<bool> {
    Ok(doubles.has(replay.objects(), &step.changes, &step.file)? && replay.would_change(&step.step())?)
}

/// What keeps a patch out that would come twice.
pub fn doubled(step: &OldStep<'_>) -> Vec<Conflict> {
    let conflict = |change: &Change| Conflict { path: change.path().to_owned(), kind: ConflictKind::Duplicate };
    step.changes.iter().map(conflict).collect()
}
