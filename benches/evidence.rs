//! How many backports are found without the words that say so, and how fast upstream's commits are read.
//!
//! `cargo bench --bench evidence -- CLONE SINCE MAINLINE RANGE…`, for example `clone v1.10.0 main v1.12.0..v1.12 v1.13.0..v1.13`. Every commit of
//! a range whose message names one commit of `SINCE..MAINLINE` is a labelled pair: the words are taken out of the message, and the commit is
//! looked for among those of the mainline. Printed are the pairs that are wrong, and for each range: pairs, found for certain, found for review,
//! wrong, not found.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use pq::format::excluded::Excluded;
use pq::format::patchfile::PatchFile;
use pq::format::provenance;
use pq::git::renames::join;
use pq::git::sections::sections;
use pq::git::{Commit, Objects, Repo, diff_trees, facts, history};
use pq::model::{CommitFacts, Oid, Silent};
use pq::ops::evidence::similar::{self, Match, Trust};
use pq::ops::evidence::{DoubtKind, Looks};
use pq::ops::text;

#[path = "common/labelled.rs"]
mod common;
use common::{Backport, labelled};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A backport, and what it is said to come from.
struct Pair {
    id: Oid,
    range: String,
    looks: Looks,
    truth: Vec<Oid>,
}

fn main() -> Result<(), Failure> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [clone, since, mainline, ranges @ ..] = &arguments[..] else {
        return Err("evidence CLONE SINCE MAINLINE RANGE…: see the head of benches/evidence.rs".into());
    };
    let repo = Repo::open(Path::new(clone))?;
    let excluded = Excluded::of(&[]);
    let mut out = std::io::stdout().lock();
    let start = Instant::now();
    let steps = history::steps(&repo, &[repo.resolve(mainline)?], &[repo.resolve(since)?])?;
    let facts: Vec<Arc<CommitFacts>> =
        facts::read(&repo, &steps, &excluded, &Silent)?.into_iter().map(Arc::new).collect();
    writeln!(out, "read {} commits of {mainline} in {:.2} s", facts.len(), start.elapsed().as_secs_f64())?;
    let mut pairs = Vec::new();
    for range in ranges {
        pairs.extend(self::pairs(&repo, range, &facts, &excluded)?);
    }
    let looks: Vec<&Looks> = pairs.iter().map(|pair| &pair.looks).collect();
    let start = Instant::now();
    let found = similar::find(&looks, &facts, &Silent)?;
    writeln!(out, "compared {} pairs in {:.2} s", pairs.len(), start.elapsed().as_secs_f64())?;
    let mut counts: BTreeMap<&str, [usize; 5]> = BTreeMap::new();
    for (pair, matches) in pairs.iter().zip(&found) {
        let counts = counts.entry(&pair.range).or_default();
        let judged = judge(pair, matches, &facts);
        counts[0] += 1;
        counts[judged] += 1;
        if judged == 3 {
            writeln!(out, "wrong: {}", pair.id)?;
        }
    }
    for (range, [all, certain, review, wrong, missed]) in counts {
        writeln!(
            out,
            "{range}: {all} pairs, {certain} certain, {review} for review, {wrong} wrong, {missed} not found"
        )?;
    }
    Ok(())
}

/// 1: found for certain, 2: found for review, 3: another commit, 4: not found.
fn judge(pair: &Pair, matches: &[Match], facts: &[Arc<CommitFacts>]) -> usize {
    let is_match = |one: &&Match| one.trust != Trust::Unsure(DoubtKind::Part);
    let Some(best) = matches.iter().find(is_match) else { return 4 };
    match pair.truth.contains(&facts[best.candidate.at].id) {
        true if best.trust == Trust::Certain => 1,
        true => 2,
        false => 3,
    }
}

/// The backports of a range, with their words taken away.
fn pairs(repo: &Repo, range: &str, facts: &[Arc<CommitFacts>], excluded: &Excluded) -> Result<Vec<Pair>, Failure> {
    let (old, new) = range.split_once("..").ok_or("a range is OLD..NEW")?;
    let mainline: HashSet<Oid> = facts.iter().map(|facts| facts.id).collect();
    let objects = repo.objects();
    let backports = labelled(repo, (repo.resolve(old)?, repo.resolve(new)?), &mainline)?;
    let pair = |it: Backport| {
        let looks = looks(&objects, it.parent, it.commit, excluded)?;
        Ok(Pair { id: it.id, range: range.to_owned(), looks, truth: it.upstream })
    };
    backports.into_iter().map(pair).collect()
}

/// A commit as a patch, without the lines of its message that name another commit.
fn looks(objects: &Objects, parent: Oid, commit: Commit, excluded: &Excluded) -> Result<Looks, Failure> {
    let changes = join(objects, diff_trees(objects, Commit::read(objects, parent)?.tree, commit.tree)?)?;
    let mut message = text::message(&commit);
    let named: Vec<u32> = provenance::parse(&commit.message).refs.iter().map(|one| one.line).collect();
    let lines = commit.message.split(|byte| *byte == b'\n').zip(0..);
    let kept: Vec<&[u8]> = lines.filter(|(_, at)| !named.contains(at)).map(|(line, _)| line).collect();
    message.text = kept.join(&b'\n').into();
    Ok(Looks::of(&PatchFile::new(message, sections(objects, &changes)?)?, excluded))
}
