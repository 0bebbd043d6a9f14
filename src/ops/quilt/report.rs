//! What an import and an export say.

use std::path::PathBuf;

use bstr::BString;
use serde::Serialize;

use crate::model::{Oid, PatchName};
use crate::ops::rebase::{Release, Tip};

/// What an import did.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
    /// The line.
    pub line: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// What was read: `quilt`.
    pub from: &'static str,
    /// The file that lists the patches.
    pub source: PathBuf,
    /// What the queue stands on.
    pub base: Release,
    /// The end of the queue after it.
    pub tip: Tip,
    /// That the queue does what the source did.
    pub proof: Proof,
    /// How many patches there were, of which kind.
    pub summary: ImportSummary,
    /// The patches, in order.
    pub patches: Vec<Imported>,
    /// Patches that their guards keep out.
    pub guarded: Vec<Guarded>,
    /// Lines of the series that quilt reads in another way.
    pub remarks: Vec<Said>,
    /// Patches behind the new ones whose text had to change.
    pub rewritten: Vec<PatchName>,
}

/// Two trees: what the patches of the source give by the source's rules, and what the queue gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The tree behind the last patch, as the source's tool would leave it.
    pub source_tree: Oid,
    /// The tree of the queue's last new patch, made from what was written.
    pub queue_tree: Oid,
    /// Whether they are the same after each of the patches.
    pub equal: bool,
}

/// How many patches there were, of which kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ImportSummary {
    /// All.
    pub total: usize,
    /// Those all of whose hunks are where they say.
    pub exact: usize,
    /// Those with a hunk somewhere else.
    pub offset: usize,
    /// Those that needed fuzz.
    pub fuzz: usize,
    /// Those that change nothing.
    pub empty: usize,
    /// How many hunks could have gone elsewhere as well.
    pub look_alikes: usize,
}

/// A patch that was imported.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// Its name in the queue.
    pub name: PatchName,
    /// Its name in the series.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub file: BString,
    /// Its line of the series, from 1.
    pub line: usize,
    /// How its hunks were placed.
    pub placement: Placing,
    /// The hunks that are not where they say, or could be elsewhere.
    pub moved: Vec<Moved>,
    /// The upstream commits that its header names.
    pub upstream: Vec<String>,
    /// What its file did not say, or said in a way that the queue does not need.
    pub losses: Vec<Loss>,
}

/// How a patch was placed: its hunk that was worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placing {
    /// It changes nothing.
    Empty,
    /// All hunks are where they say.
    Exact,
    /// One is somewhere else.
    Offset,
    /// One gave up context.
    Fuzz,
}

/// A hunk that is not where it says, or could be elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The file.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// The line of the patch on which the hunk stands.
    pub hunk: usize,
    /// The line of the file that it states.
    pub stated: u32,
    /// The line where it went.
    pub at: u32,
    /// How many lines of context it gave up.
    pub fuzz: u32,
    /// Other lines where it would have fitted as well.
    pub look_alikes: Vec<u32>,
}

/// What the source's format does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Nobody is named as its author.
    Author,
    /// No date is stated.
    Date,
    /// A day is stated, and no time.
    Time,
    /// Options of the series, such as `-p0` and `-R`: the queue's text is forward and `-p1`.
    Options,
    /// The file was packed.
    Compression,
}

/// A patch that its guards keep out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guarded {
    /// Its name in the series.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub file: BString,
    /// Its line.
    pub line: usize,
}

/// Something to be said of a line of the series.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Said {
    /// The line, from 1.
    pub line: usize,
    /// What.
    pub what: String,
}

/// What an export did.
#[derive(Debug, Clone, Serialize)]
pub struct ExportReport {
    /// The line.
    pub line: String,
    /// What was written: `quilt` or `debian`.
    pub to: &'static str,
    /// Where.
    pub directory: PathBuf,
    /// What the patches apply to.
    pub base: Release,
    /// The tree that they give there.
    pub tree: Oid,
    /// The tree that the queue gives.
    pub queue_tree: Oid,
    /// How many patches there are.
    pub summary: ExportSummary,
    /// The patches, in order.
    pub patches: Vec<Exported>,
}

/// How many patches an export has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExportSummary {
    /// All.
    pub total: usize,
    /// Those with the header that they were imported with.
    pub original_headers: usize,
    /// Changes that were left out.
    pub skipped: usize,
}

/// A patch that was exported.
#[derive(Debug, Clone, Serialize)]
pub struct Exported {
    /// Its name in the queue.
    pub name: PatchName,
    /// Its file, as in the series.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub file: BString,
    /// Whether its header is the one that it was imported with, byte for byte.
    pub original_header: bool,
    /// Whether its name had to change.
    pub renamed: bool,
    /// Changes that were left out.
    pub skipped: Vec<Skipped>,
}

/// A change that quilt cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The path.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub path: BString,
    /// Why.
    pub why: &'static str,
}
