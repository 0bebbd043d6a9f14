//! The example in `patches-example/`: its upstream is built, its queue is put next to it and carried to both releases, with an
//! explanation of what is seen.

mod build;
mod tale;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::error::OpError;
use super::rebase::{self, Duplicates, Foreign, RebaseReport, Repick};
use super::refresh::{self, Mode};
use super::undo;
use super::workbench::{Access, Where, Workbench};
use crate::Result;
use crate::git::drivers::Drivers;
use crate::model::Watch;

/// What to set up, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The directory to fill: it does not exist, or is empty.
    pub directory: PathBuf,
    /// How the report names that directory.
    pub shown: PathBuf,
    /// When, in seconds since 1970.
    pub when: i64,
}

/// What was set up and seen. Its fields are those of `demo/1`.
#[derive(Debug, Clone, Serialize)]
pub struct DemoReport {
    /// The directory, with `upstream` and `queue` in it.
    pub directory: String,
    /// What was done, in order.
    pub steps: Vec<Step>,
    /// What to type next.
    pub next: Vec<Next>,
}

/// One thing that was done.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What, as a title.
    pub title: String,
    /// What is seen, in sentences, one paragraph each.
    pub text: Vec<String>,
    /// The report of the rebase, if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rebase: Option<RebaseReport>,
}

/// A command to try.
#[derive(Debug, Clone, Serialize)]
pub struct Next {
    /// Its words.
    pub command: Vec<String>,
    /// What it is for.
    pub what_for: String,
}

/// The first of `pq-demo`, `pq-demo-2`, … that does not exist in a directory.
pub fn free_name(parent: &Path) -> PathBuf {
    let numbered = (2..).map(|n| format!("pq-demo-{n}"));
    let mut names = std::iter::once("pq-demo".to_owned()).chain(numbered).map(PathBuf::from);
    names.find(|name| !parent.join(name).exists()).expect("there are more numbers than directories")
}

/// Sets the example up and carries its queue to both releases.
///
/// # Errors
/// The directory has something in it, or cannot be written.
pub fn demo(options: &Options, watch: &dyn Watch) -> Result<DemoReport> {
    let directory = &options.directory;
    if directory.is_file() || directory.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(OpError::NotEmpty(options.shown.clone()).into());
    }
    let history = build::upstream(&directory.join("upstream"))?;
    build::queue(directory, options.when)?;
    let mut steps = vec![tale::upstream(&history, &options.shown)];
    steps.extend(carry_to_both(directory, options, watch)?);
    let directory = options.shown.display().to_string();
    Ok(DemoReport { next: tale::next(&options.shown), directory, steps })
}

/// Each release from v1.0.0: so there is an undo between the two.
fn carry_to_both(directory: &Path, options: &Options, watch: &dyn Watch) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let bench = open(directory)?;
    steps.push(tale::queue(&bench, &options.shown));
    let refresh =
        refresh::Options { mode: Mode::Write, repick: Repick::Try, foreign: Foreign::Refuse, when: options.when };
    steps.push(tale::refresh(&bench, &refresh::refresh(&bench, &refresh, watch)?));
    drop(bench);
    steps.push(tale::rebase(carry(directory, "v1.0.1", options.when, watch)?));
    let back = undo::undo(&open(directory)?, options.when)?;
    steps.push(tale::undo(&open(directory)?, &back)?);
    steps.push(tale::rebase(carry(directory, "v1.1.0", options.when, watch)?));
    Ok(steps)
}

fn carry(directory: &Path, onto: &str, when: i64, watch: &dyn Watch) -> Result<RebaseReport> {
    let bench = open(directory)?;
    let commit = bench.repo.resolve(onto)?;
    let mode = rebase::Mode::Write;
    rebase::rebase(
        &bench,
        &rebase::Options {
            onto: onto.to_owned(),
            commit,
            mode,
            duplicates: Duplicates::Hold,
            repick: Repick::Try,
            drivers: Drivers::Ignore,
            foreign: Foreign::Refuse,
            when,
        },
        watch,
    )
}

/// The queue as it is now: every step reads it anew.
fn open(directory: &Path) -> Result<Workbench> {
    let queue = directory.join("queue");
    let place = Where { start: directory.to_owned(), queue: Some(queue), line: None };
    Workbench::open(place.line()?, Access::Write)
}
