//! Takes upstream commits into the queue, as patches that say where they come from.
//!
//! | file | what it does |
//! |---|---|
//! | `choose` | what was typed, as commits in upstream's order |
//! | `known` | what the line has already, and what upstream says of a commit |
//! | `keepsakes` | what two forms of one change share |
//! | `needs` | what a commit needs in front of it |
//! | `work` | one commit after the other: tried, made a patch of, or refused |
//! | `write` | adds the patches |
//! | `across` | patches of one line of the fork for another |
//!
//! A pick is a three-way merge of trees, from the commit's parent to the place in the queue, in memory. Of a commit's texts the nearest is
//! tried first: upstream's own backport on a stable branch no older than the line, then the commit itself, then older backports.

mod across;
mod choose;
mod error;
mod keepsakes;
mod known;
mod needs;
mod prospect;
mod report;
mod work;
mod write;

use std::collections::HashMap;

use super::edit::place_behind;
use super::moves::Finder;
use super::rebase::old::OldQueue;
use super::rebase::repick::Texts;
use super::resolve::Session;
use super::upstream::Index;
use super::workbench::Workbench;
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::format::provenance::{self, style};
use crate::model::Oid;
use crate::model::progress::Watch;
pub use across::{Across, across};
pub use error::PickError;
pub use keepsakes::{Keepsake, of_message as keepsakes_of};
pub use known::Known;
pub use needs::{Advice, Needs};
pub use prospect::{OnLine, Prospect, commit_of, prospect};
pub use report::{About, Candidate, ConflictReport, Failed, PickReport, Picked, Source, Why};
use work::{Made, New, Tried, Work};
use write::{Outcomes, write};

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

/// Picks.
///
/// # Errors
/// What was typed names no commits that can be picked, or the queue cannot be written. Nothing was written then.
pub fn pick(bench: &Workbench, options: &Options, watch: &dyn Watch) -> Result<PickReport> {
    if options.mode == Mode::Write {
        Session::refuse(bench)?;
    }
    let mut objects = bench.repo.objects();
    choose::check_typed(bench, &objects, &options.revisions)?;
    let queue = OldQueue::read(bench, &mut objects, watch)?;
    let mut index = Index::open(&bench.repo, &bench.manifest().generated);
    let known = Known::read(bench, &mut index, watch)?;
    let numbers = pulls(bench, &known, &options.pulls)?;
    let pulls: Vec<Oid> = numbers.iter().map(|(id, _)| *id).collect();
    let chosen = choose::choose(bench, &objects, &options.revisions, &pulls)?;
    let (at, below) = place_behind(bench, options.after.as_deref())?;
    let generated = Excluded::stated(&bench.manifest().generated);
    let moves = Moves::stated(&bench.manifest().moved);
    let finder = Finder::new(&bench.manifest().moved, &generated);
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
        moves: &moves,
        finder,
        style,
        tip,
        tree,
        taken,
        lines: HashMap::new(),
        pulls: numbers.into_iter().collect(),
        new: Vec::new(),
        failed: Vec::new(),
        watch,
    };
    let Work { new, failed, .. } = work.run(&mut objects, chosen)?;
    let what = format!("pick {}", asked(options));
    write(bench, objects, queue, Outcomes { at, new, failed, what, mode: options.mode, when: options.when }, watch)
}

/// The commits of pull requests, each with the number.
fn pulls(bench: &Workbench, known: &Known<'_>, typed: &[String]) -> Result<Vec<(Oid, u64)>> {
    let mut found = Vec::new();
    for typed in typed {
        let number = choose::pull_number(typed)?;
        found.extend(choose::pull(bench, known, number)?.into_iter().map(|id| (id, number)));
    }
    Ok(found)
}

/// The style that pq.toml states, else the one that most patches of the queue are written in.
fn style_of(bench: &Workbench) -> Result<style::Style> {
    if let Some(stated) = bench.provenance_style() {
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

/// What was asked for, for the log.
fn asked(options: &Options) -> String {
    let pulls = options.pulls.iter().map(|pull| format!("--pr {pull}"));
    options.revisions.iter().cloned().chain(pulls).collect::<Vec<_>>().join(" ")
}
