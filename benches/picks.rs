//! How well backports are picked, predicted, and helped by prerequisites.
//!
//! `cargo bench --bench picks -- CLONE MAINLINE RANGE…`, for example `clone main v1.13.0..v1.13 v1.14.0..v1.14`. Every commit of a range of a
//! stable line whose message names one commit of the mainline is picked onto its own parent: by pq, and by `git merge-tree`. Printed for each line: how many give the tree that
//! was committed and how many conflict; what `lacks a prerequisite` is worth as a prediction of conflict; how many conflicts go away with at
//! most three commits in front. On the standard output a line for each pick.

use std::collections::{HashMap, HashSet};
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use pq::format::excluded::Excluded;
use pq::format::moves::Moves;
use pq::git::timeline::Timeline;
use pq::git::{Commit, Objects, Repo, history};
use pq::model::{Oid, Silent};
use pq::ops::pick::Needs;
use pq::ops::rebase::repick::Version;
use pq::ops::replay::{Fate, Replay};
use rayon::prelude::*;

#[path = "common/labelled.rs"]
mod common;
use common::{Backport, labelled};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The most prerequisites.
const MOST: usize = 3;

/// A stable line.
struct Line {
    /// The mainline since the line left it, oldest first.
    mainline: Timeline,
    /// When the line got a commit of the mainline: the number of its own.
    got: HashMap<Oid, usize>,
    picks: Vec<(usize, Backport)>,
}

/// What came of a pick.
#[derive(Default, Clone)]
struct Outcome {
    is_clean: bool,
    is_same: bool,
    lacks: usize,
    first: usize,
    is_made_clean: bool,
    git: Option<(bool, bool)>,
}

fn main() -> Result<(), Failure> {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [clone, mainline, ranges @ ..] = &arguments[..] else {
        return Err("picks CLONE MAINLINE RANGE…: see the head of benches/picks.rs".into());
    };
    let repo = Repo::open(Path::new(clone))?;
    for name in ranges {
        let line = Line::read(&repo, mainline, name)?;
        let mut outcomes = vec![Outcome::default(); line.picks.len()];
        let took = timed(&line, &mut outcomes, |it, (_, pick)| picked(&repo, pick, it))?;
        let git = timed(&line, &mut outcomes, |it, (_, pick)| by_git(clone, pick, it))?;
        let predicted = timed(&line, &mut outcomes, |it, pick| predict(&repo, &line, pick, it))?;
        let advised = timed(&line, &mut outcomes, |it, pick| advise(&repo, &line, pick, it))?;
        rows(name, &line, &outcomes)?;
        let mut out = std::io::stderr().lock();
        writeln!(out, "{name}: {}", sums(&outcomes))?;
        writeln!(
            out,
            "  seconds: picks {took:.1}, git {git:.1}, predictions {predicted:.1}, prerequisites {advised:.1}"
        )?;
    }
    Ok(())
}

impl Line {
    fn read(repo: &Repo, mainline: &str, range: &str) -> Result<Line, Failure> {
        let (old, tip) = range.split_once("..").ok_or("a range is OLD..NEW")?;
        let (mainline, old, tip) = (repo.resolve(mainline)?, repo.resolve(old)?, repo.resolve(tip)?);
        let fork = repo.merge_base(tip, mainline)?.ok_or("no common history")?;
        let steps = history::steps(repo, &[mainline], &[fork])?;
        let parents: HashMap<Oid, Option<Oid>> =
            steps.iter().map(|step| (step.id, step.parents.first().copied())).collect();
        let mut first: Vec<Oid> =
            std::iter::successors(Some(mainline), |id| parents.get(id).copied().flatten()).collect();
        first.reverse();
        let all: HashSet<Oid> = parents.into_keys().collect();
        let mut backports = labelled(repo, (fork, tip), &all)?;
        backports.reverse();
        let picks: Vec<(usize, Backport)> = backports.into_iter().enumerate().collect();
        let got = picks.iter().flat_map(|(at, it)| it.upstream.iter().map(|id| (*id, *at))).collect();
        let asked: HashSet<Oid> = history::steps(repo, &[tip], &[old])?.into_iter().map(|step| step.id).collect();
        let picks = picks.into_iter().filter(|(_, it)| it.upstream.len() == 1 && asked.contains(&it.id)).collect();
        Ok(Line { mainline: Timeline::read(repo, first, &Silent)?, got, picks })
    }
}

/// Does something with every pick; how many seconds it took.
fn timed(
    line: &Line,
    outcomes: &mut [Outcome],
    work: impl Fn(&mut Outcome, &(usize, Backport)) -> Result<(), Failure> + Sync,
) -> Result<f64, Failure> {
    let start = Instant::now();
    outcomes.par_iter_mut().zip(&line.picks).try_for_each(|(outcome, pick)| work(outcome, pick))?;
    Ok(start.elapsed().as_secs_f64())
}

fn picked(repo: &Repo, pick: &Backport, outcome: &mut Outcome) -> Result<(), Failure> {
    let mut objects = repo.objects();
    let Some(version) = Version::read(&objects, pick.upstream[0], None)? else { return Ok(()) };
    let onto = Commit::read(&objects, pick.parent)?.tree;
    if let Fate::Carried(placed) = Replay::new(&mut objects, version.base_tree, onto).carry(&version.step())? {
        (outcome.is_clean, outcome.is_same) = (true, placed.tree == pick.commit.tree);
    }
    Ok(())
}

fn by_git(clone: &str, pick: &Backport, outcome: &mut Outcome) -> Result<(), Failure> {
    let upstream = pick.upstream[0].to_string();
    let base = format!("--merge-base={upstream}^");
    let mut git = Command::new("git");
    git.args(["-C", clone, "merge-tree", "--write-tree", &base, &pick.parent.to_string(), &upstream]);
    let out = git.output()?;
    let tree = String::from_utf8_lossy(&out.stdout).lines().next().unwrap_or_default().to_owned();
    outcome.git = match out.status.code() {
        Some(code @ (0 | 1)) => Some((code == 0, code == 0 && tree == pick.commit.tree.to_string())),
        _ => None,
    };
    Ok(())
}

fn predict(repo: &Repo, line: &Line, (at, pick): &(usize, Backport), outcome: &mut Outcome) -> Result<(), Failure> {
    with_needs(repo, line, *at, pick, |objects, needs, onto, version| {
        outcome.lacks = needs.lacks(objects, onto, version).map_err(|error| error.to_string())?.len();
        Ok(())
    })
}

fn advise(repo: &Repo, line: &Line, (at, pick): &(usize, Backport), outcome: &mut Outcome) -> Result<(), Failure> {
    if outcome.is_clean {
        return Ok(());
    }
    with_needs(repo, line, *at, pick, |objects, needs, onto, version| {
        let advice = needs.advise(objects, onto, version, MOST).map_err(|error| error.to_string())?;
        (outcome.first, outcome.is_made_clean) = (advice.first.len(), advice.makes_it_clean);
        Ok(())
    })
}

/// With what the line had when it got its pick number `at`.
fn with_needs(
    repo: &Repo,
    line: &Line,
    at: usize,
    pick: &Backport,
    work: impl FnOnce(&mut Objects, &mut Needs, Oid, &Version) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut objects = repo.objects();
    let Some(version) = Version::read(&objects, pick.upstream[0], None)? else { return Ok(()) };
    let onto = Commit::read(&objects, pick.parent)?.tree;
    let has = |id: Oid| line.got.get(&id).is_some_and(|got| *got < at);
    let (generated, moves) = (Excluded::of(&[]), Moves::default());
    let mut needs = Needs::new(repo, &line.mainline, (&generated, &moves), &has, &Silent);
    work(&mut objects, &mut needs, onto, &version)
}

fn rows(name: &str, line: &Line, outcomes: &[Outcome]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for ((_, pick), it) in line.picks.iter().zip(outcomes) {
        let (clean, same, made) = (u8::from(it.is_clean), u8::from(it.is_same), u8::from(it.is_made_clean));
        let git = it.git.map_or("-".to_owned(), |(clean, same)| format!("{}{}", u8::from(clean), u8::from(same)));
        let (id, upstream) = (pick.id, pick.upstream[0]);
        writeln!(out, "{name}\t{id}\t{upstream}\t{clean}\t{same}\t{git}\t{}\t{}\t{made}", it.lacks, it.first)?;
    }
    Ok(())
}

fn sums(outcomes: &[Outcome]) -> String {
    let count = |is: &dyn Fn(&&Outcome) -> bool| outcomes.iter().filter(is).count();
    let share = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
    let conflicts = count(&|it| !it.is_clean);
    let (hits, predicted) = (count(&|it| !it.is_clean && it.lacks > 0), count(&|it| it.lacks > 0));
    let (same, git) = (count(&|it| it.is_same), count(&|it| it.git.is_some_and(|(_, same)| same)));
    let more = count(&|it| !it.is_clean && it.git.is_some_and(|(clean, _)| clean));
    let made = count(&|it| it.is_made_clean);
    format!(
        "{} picks, {same} trees as committed (git {git}), {conflicts} conflict ({more} where git has none); \
         prediction {predicted}, precision {:.1} %, recall {:.1} %; made clean {made}, {:.1} %",
        outcomes.len(),
        share(hits, predicted),
        share(hits, conflicts),
        share(made, conflicts)
    )
}
