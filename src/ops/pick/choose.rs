//! What was typed, as commits in upstream's order.

use std::collections::HashMap;

use super::Known;
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

/// An error if a revision is none that can be picked: before upstream's history is read, which a shallow clone may not have.
///
/// # Errors
/// See above.
pub fn check_typed(bench: &Workbench, objects: &Objects, revisions: &[String]) -> Result<()> {
    let mut single = revisions.iter().filter(|revision| !revision.contains(".."));
    single.try_for_each(|revision| check(bench, objects, bench.repo.resolve(revision)?))
}

/// What a range contains, merges left out.
fn range(bench: &Workbench, typed: &str, from: &str, to: &str) -> Result<Vec<Oid>> {
    let (from, to) = (bench.repo.resolve(from)?, bench.repo.resolve(if to.is_empty() { "HEAD" } else { to })?);
    match bench.repo.merge_base(from, to)? {
        Some(base) if base == from => {}
        Some(base) if base == to => return Err(PickError::Backwards { range: typed.to_owned(), from, to }.into()),
        base => return Err(PickError::Crossing { range: typed.to_owned(), from, to, base }.into()),
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
        [first, second, ..] => {
            let since = bench.repo.merge_base(first, second)?;
            Err(PickError::Merge { id, since }.into())
        }
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

/// The number of a pull request: `12`, `#12`, `owner/name#12`, or the address of its page at a forge.
///
/// # Errors
/// There is none.
pub fn pull_number(typed: &str) -> Result<u64> {
    const PAGES: [&str; 4] = ["pull", "pulls", "merge_requests", "pull-requests"];
    let is_address = typed.contains("://");
    let number = if is_address {
        let page = typed.split(['?', '#']).next().unwrap_or_default();
        let mut parts = page.split('/').skip_while(|part| !PAGES.contains(part));
        parts.nth(1).unwrap_or_default()
    } else {
        typed.rsplit_once('#').map_or(typed, |(_, number)| number)
    };
    Ok(number.parse().map_err(|_| PickError::NotAPull(typed.to_owned()))?)
}

/// The commits of a pull request: as a file says, or as the mainline does by the merge that brought it or the numbers in subjects.
///
/// # Errors
/// No commit is known, or the file cannot be read.
pub fn pull(bench: &Workbench, known: &Known<'_>, number: u64) -> Result<Vec<Oid>> {
    if let Some(found) = mapped(bench, number)? {
        return Ok(found);
    }
    let has = |facts: &CommitFacts, notation| {
        facts.provenance.prs.last().is_some_and(|pr| pr.number == number && pr.notation == notation)
    };
    if let Some(merge) = known.facts.iter().find(|facts| has(facts, Notation::MergePull) && facts.parents.len() == 2) {
        let steps = history::steps(&bench.repo, &[merge.parents[1]], &[merge.parents[0]])?;
        let commits: Vec<Oid> = steps.iter().filter(|step| step.parents.len() == 1).map(|step| step.id).collect();
        if !commits.is_empty() {
            return Ok(commits);
        }
    }
    let named = known.facts.iter().filter(|facts| has(facts, Notation::SubjectPull) && facts.parents.len() == 1);
    let mut squashed = Vec::new();
    // A backport keeps the subject, and the number in it.
    for facts in named {
        if known.on_mainline(facts.id)? != Some(false) {
            squashed.push(facts.id);
        }
    }
    match squashed.is_empty() {
        true => Err(PickError::UnknownPull(number).into()),
        false => Ok(squashed),
    }
}

/// What the file of the project says of a pull request. All of the file must make sense.
fn mapped(bench: &Workbench, number: u64) -> Result<Option<Vec<Oid>>> {
    let Some(file) = &bench.manifest().upstream.pull_requests else { return Ok(None) };
    let text = bench.dir.read_text(file)?;
    let objects = bench.repo.objects();
    let mut seen = HashMap::new();
    let mut found = None;
    for (line, text) in (1..).zip(text.lines()) {
        let text = text.split('#').next().unwrap_or_default();
        let mut words = text.split([' ', '\t', ',', ':']).filter(|word| !word.is_empty());
        let Some(first) = words.next() else { continue };
        let bad = |what: String| PickError::Map { file: file.clone(), line, what };
        let its: u64 = first.parse().map_err(|_| bad(format!("{first:?} is no number")))?;
        if let Some(other) = seen.insert(its, line) {
            return Err(bad(format!("{its} stands in line {other} already")).into());
        }
        let ids: Vec<&str> = words.collect();
        if ids.is_empty() {
            return Err(bad(format!("no commit stands behind {its}")).into());
        }
        if its == number {
            let find = |word: &&str| {
                bench.repo.commit_by_prefix(&objects, word).ok_or_else(|| bad(format!("no commit {word:?} is known")))
            };
            found = Some(ids.iter().map(find).collect::<Result<_, _>>()?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::pull_number;

    #[test]
    fn numbers_of_pull_requests() {
        let fine = [
            ("13", 13),
            ("#13", 13),
            ("cilium/cilium#13", 13),
            ("https://github.com/2023/x/pull/13", 13),
            ("https://github.com/o/x/pull/13/", 13),
            ("https://github.com/o/x/pull/13/files?diff=1", 13),
            ("https://github.com/o/x/pull/13/commits/1234567", 13),
            ("https://github.com/o/x/pull/13#issuecomment-1", 13),
            ("https://gitlab.com/g/p/-/merge_requests/7", 7),
        ];
        for (typed, number) in fine {
            assert_eq!(pull_number(typed).unwrap(), number, "{typed}");
        }
        for typed in ["", "abc", "#", "x/13", "https://github.com/2023/x/pull/abc", "https://github.com/2023/x"] {
            assert!(pull_number(typed).is_err(), "{typed}");
        }
    }
}
