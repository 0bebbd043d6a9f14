//! What was typed, as commits in upstream's order.

use std::collections::HashMap;

use super::error::PickError;
use crate::Result;
use crate::git::{Commit, Objects, history};
use crate::model::{CommitFacts, Notation, Oid};
use crate::ops::workbench::Workbench;

/// The commits that revisions, ranges and pull requests name, in upstream's order.
///
/// # Errors
/// One of them is none that can be picked.
pub fn choose(bench: &Workbench, objects: &Objects, revisions: &[String], pulls: &[Oid]) -> Result<Vec<Oid>> {
    let mut chosen = Vec::new();
    for revision in revisions {
        match revision.split_once("..") {
            Some((from, to)) => chosen.extend(range(bench, revision, from, to.trim_start_matches('.'))?),
            None => chosen.push(bench.repo.resolve(revision)?),
        }
    }
    chosen.extend(pulls);
    if chosen.is_empty() {
        return Err(PickError::Nothing.into());
    }
    let mut seen = std::collections::HashSet::new();
    for id in &chosen {
        if !seen.insert(*id) {
            return Err(PickError::Twice(*id).into());
        }
        check(bench, objects, *id)?;
    }
    in_order(bench, chosen)
}

/// What a range contains, merges left out.
fn range(bench: &Workbench, typed: &str, from: &str, to: &str) -> Result<Vec<Oid>> {
    let (from, to) = (bench.repo.resolve(from)?, bench.repo.resolve(if to.is_empty() { "HEAD" } else { to })?);
    if bench.repo.merge_base(from, to)? != Some(from) {
        return Err(PickError::Crossing { range: typed.to_owned(), from, to }.into());
    }
    let steps = history::steps(&bench.repo, &[to], &[from])?;
    let commits: Vec<Oid> = steps.iter().rev().filter(|step| step.parents.len() == 1).map(|step| step.id).collect();
    match commits.is_empty() {
        true => Err(PickError::EmptyRange(typed.to_owned()).into()),
        false => Ok(commits),
    }
}

/// An error if a commit has not exactly one parent, which the repository has.
fn check(bench: &Workbench, objects: &Objects, id: Oid) -> Result<()> {
    match Commit::read(objects, id)?.parents[..] {
        [parent] if objects.has(parent) => Ok(()),
        [] if !bench.repo.is_shallow() => Err(PickError::Root(id).into()),
        [] | [_] => Err(PickError::Shallow(id).into()),
        _ => Err(PickError::Merge(id).into()),
    }
}

/// Each commit behind those of its history; otherwise as typed.
fn in_order(bench: &Workbench, chosen: Vec<Oid>) -> Result<Vec<Oid>> {
    if chosen.len() < 2 {
        return Ok(chosen);
    }
    let hidden = common(bench, &chosen)?;
    let steps = history::steps(&bench.repo, &chosen, &hidden)?;
    let places: HashMap<Oid, usize> = steps.iter().enumerate().map(|(at, step)| (step.id, at)).collect();
    let mut order = chosen;
    order.sort_by_key(|id| std::cmp::Reverse(places.get(id).copied().unwrap_or(usize::MAX)));
    Ok(order)
}

/// A commit that is in the history of all: nothing before it matters for their order.
fn common(bench: &Workbench, chosen: &[Oid]) -> Result<Vec<Oid>> {
    let mut base = chosen[0];
    for other in &chosen[1..] {
        match bench.repo.merge_base(base, *other)? {
            Some(found) => base = found,
            None => return Ok(Vec::new()),
        }
    }
    // The commit itself may be one of those that were chosen.
    let parents = Commit::read(&bench.repo.objects(), base)?.parents;
    Ok(parents.into_iter().take(1).collect())
}

/// The number of a pull request, as typed or in an address.
///
/// # Errors
/// There is none.
pub fn pull_number(typed: &str) -> Result<u64> {
    let digits = typed.trim_end_matches('/').trim_start_matches('#');
    let last = digits.rsplit('/').find(|part| part.parse::<u64>().is_ok()).unwrap_or(digits);
    Ok(last.parse().map_err(|_| PickError::NotAPull(typed.to_owned()))?)
}

/// The commits of a pull request: as a file says, or as history does by the merge that brought it or the numbers in subjects.
///
/// # Errors
/// No commit is known, or the file cannot be read.
pub fn pull(bench: &Workbench, news: &[std::sync::Arc<CommitFacts>], number: u64) -> Result<Vec<Oid>> {
    if let Some(found) = mapped(bench, number)? {
        return Ok(found);
    }
    let has = |facts: &CommitFacts, notation| {
        facts.provenance.prs.last().is_some_and(|pr| pr.number == number && pr.notation == notation)
    };
    if let Some(merge) = news.iter().find(|facts| has(facts, Notation::MergePull) && facts.parents.len() == 2) {
        let steps = history::steps(&bench.repo, &[merge.parents[1]], &[merge.parents[0]])?;
        let commits: Vec<Oid> = steps.iter().filter(|step| step.parents.len() == 1).map(|step| step.id).collect();
        if !commits.is_empty() {
            return Ok(commits);
        }
    }
    let squashed: Vec<Oid> = news
        .iter()
        .filter(|facts| has(facts, Notation::SubjectPull) && facts.parents.len() == 1)
        .map(|it| it.id)
        .collect();
    match squashed.is_empty() {
        true => Err(PickError::UnknownPull(number).into()),
        false => Ok(squashed),
    }
}

/// What the file of the project says of a pull request.
fn mapped(bench: &Workbench, number: u64) -> Result<Option<Vec<Oid>>> {
    let Some(file) = &bench.manifest().upstream.pull_requests else { return Ok(None) };
    let text = bench.dir.read_text(file)?;
    let objects = bench.repo.objects();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split([' ', '\t', ',', ':']).filter(|word| !word.is_empty());
        let Some(first) = words.next() else { continue };
        let bad = |what: String| PickError::Map { file: file.clone(), line: at + 1, what };
        let its: u64 = first.parse().map_err(|_| bad(format!("{first:?} is no number")))?;
        if its == number {
            let find = |word: &str| {
                bench.repo.commit_by_prefix(&objects, word).ok_or_else(|| bad(format!("no commit {word:?} is known")))
            };
            return Ok(Some(words.map(find).collect::<Result<_, _>>()?));
        }
    }
    Ok(None)
}
