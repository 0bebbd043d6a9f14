//! What an import and an export say.

use bstr::BString;
use serde::Serialize;

use crate::model::{Oid, PatchName};
use crate::ops::rebase::{Release, Tip};

/// What an import did.
#[derive(Debug, Clone, Serialize)]
pub struct IntakeReport {
    /// The line.
    pub line: String,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The kind of source: `git`, `mbox`, `stgit`.
    pub from: &'static str,
    /// What was read.
    pub source: String,
    /// What the queue stands on.
    pub base: Release,
    /// The end of the queue after it.
    pub tip: Tip,
    /// That the queue does what the source did.
    pub proof: Proof,
    /// How many patches there were, and what became of them.
    pub summary: IntakeSummary,
    /// The patches, in order.
    pub patches: Vec<Taken>,
    /// What was there and is no patch, or was not wanted.
    pub passed_over: Vec<PassedOver>,
    /// Patches behind the new ones whose text had to change.
    pub rewritten: Vec<PatchName>,
    /// Patches of the queue that conflict now, or wait for one that does; new ones are not named here.
    pub held: Vec<PatchName>,
}

/// Two trees: what the source gives by its own rules, and what the queue's texts give.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The tree behind the source's last patch; null where the patches stand on other files than in the source, so that there is nothing to compare.
    pub source_tree: Option<Oid>,
    /// The tree behind the queue's last new patch, made from the texts that were written.
    pub queue_tree: Oid,
    /// Whether they are the same, after each of the patches; null where there is nothing to compare.
    pub equal: Option<bool>,
}

/// How many patches there were, and what became of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IntakeSummary {
    /// All.
    pub total: usize,
    /// Those that make the files that they made at the source.
    pub exact: usize,
    /// Those that were merged with what the queue has.
    pub merged: usize,
    /// Those that change nothing.
    pub empty: usize,
    /// Those that are held.
    pub held: usize,
}

/// What became of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// It makes the files that it made at the source.
    Exact,
    /// It was merged with what the queue has.
    Merged,
    /// It changes nothing.
    Empty,
    /// It is held.
    Held,
}

/// A patch that was imported.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// Its name in the queue.
    pub name: PatchName,
    /// What the source calls it: a commit, a mail, a name.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub source: BString,
    /// What became of it.
    pub placement: Fate,
    /// The upstream commits that its message names.
    pub upstream: Vec<String>,
    /// The paths that conflict, quoted as git quotes them.
    pub paths: Vec<String>,
    /// What its source did not say, or said and a queue does not keep.
    pub losses: Vec<Loss>,
}

/// What a source does not say, or says and a queue does not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// Nobody is named as its author.
    Author,
    /// No date is stated.
    Date,
    /// Who committed it, and when: a queue's commits are the author's.
    Committer,
    /// A signature.
    Signature,
    /// The text between a mail's message and its diff.
    Notes,
    /// Attachments that are no text.
    Attachments,
    /// The charset: the message is UTF-8 now.
    Charset,
}

impl Loss {
    /// All of them.
    pub const ALL: [Loss; 7] =
        [Loss::Author, Loss::Date, Loss::Committer, Loss::Signature, Loss::Notes, Loss::Attachments, Loss::Charset];
}

/// Something of the source that did not become a patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// What the source calls it.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub source: BString,
    /// Why.
    pub why: &'static str,
}

/// What an export did.
#[derive(Debug, Clone, Serialize)]
pub struct OutgoingReport {
    /// The line.
    pub line: String,
    /// What was written: `mbox`, `tar`, `git` or `stgit`.
    pub to: &'static str,
    /// Where.
    pub target: String,
    /// What the patches apply to.
    pub base: Release,
    /// The tree that they give there.
    pub tree: Oid,
    /// The last commit and its tree.
    pub tip: Tip,
    /// How many patches there are.
    pub summary: OutgoingSummary,
    /// The patches, in order.
    pub patches: Vec<Outgone>,
}

/// How many patches an export has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OutgoingSummary {
    /// All.
    pub total: usize,
}

/// A patch that was exported.
#[derive(Debug, Clone, Serialize)]
pub struct Outgone {
    /// Its name in the queue.
    pub name: PatchName,
    /// Its name there.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub file: BString,
    /// Its commit.
    pub commit: Oid,
}
