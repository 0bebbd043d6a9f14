//! The report of an audit: its fields are those of `audit/1`.

use jiff::civil::Date;
use serde::{Serialize, Serializer};

use super::Branch;
use crate::git::history::Described;
use crate::model::text::visible;
use crate::model::{Oid, PatchName};
use crate::ops::rebase::Release;

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct AuditReport {
    /// The line.
    pub line: String,
    /// Its base.
    pub base: Release,
    /// The release that it may move to, if one was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onto: Option<Release>,
    /// The branches of upstream that were read.
    pub branches: Vec<Branch>,
    /// What concerns the queue, in its order, then what concerns the base.
    pub followups: Vec<Followup>,
    /// What the line has and `onto` would not have.
    pub lost: Vec<Lost>,
    /// What the ignore list says is no news.
    pub ignored: IgnoredFindings,
    /// Entries of the ignore list that say nothing any more.
    pub stale_ignores: Vec<StaleIgnore>,
    /// Recorded upstream commits of patches about which nothing can be found.
    pub unknown: Vec<Unknown>,
}

/// An id under `upstream` of a patch that is not a commit of upstream's, as far as the repository knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unknown {
    /// The patch.
    pub patch: PatchName,
    /// The id, as recorded.
    pub id: String,
    /// What is wrong with it.
    pub why: Why,
}

/// What is wrong with a recorded id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Why {
    /// The repository has no such commit, or an abbreviated id stands for several.
    Missing,
    /// It is a commit, but on none of the branches that were read and not in the base.
    Elsewhere,
}

/// What an upstream commit has to do with one that the fork has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// It takes it back.
    Reverts,
    /// It corrects it.
    Fixes,
    /// It brings it back, after it was taken back.
    Reapplies,
    /// One of them needs the other, as the message declares.
    Depends,
    /// Its message names it.
    Mentions,
}

impl Relation {
    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Relation::Reverts => "reverts",
            Relation::Fixes => "fixes",
            Relation::Reapplies => "reapplies",
            Relation::Depends => "depends",
            Relation::Mentions => "mentions",
        }
    }
}

/// How much a finding matters, the most first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Upstream took back what a patch carries.
    Revert,
    /// Its message speaks of a vulnerability.
    Security,
    /// It corrects what a patch carries.
    Fix,
    /// It corrects or takes back what the base has.
    Base,
    /// Everything else.
    Note,
}

impl Severity {
    /// All of them.
    pub const ALL: [Severity; 5] =
        [Severity::Revert, Severity::Security, Severity::Fix, Severity::Base, Severity::Note];

    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Revert => "revert",
            Severity::Security => "security",
            Severity::Fix => "fix",
            Severity::Base => "base",
            Severity::Note => "note",
        }
    }
}

/// An upstream commit that concerns one that the fork has, and that the fork lacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Followup {
    /// The patch that carries the commit; none if the base has it.
    pub patch: Option<PatchName>,
    /// The upstream commit that the fork has.
    pub carried: String,
    /// The follow-up.
    pub commit: Oid,
    /// What it has to do with it.
    pub relation: Relation,
    /// How much it matters.
    pub severity: Severity,
    /// The first line of its message.
    pub subject: String,
    /// Its author.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub date: i64,
    /// Upstream's own backports of it to the line's version.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backports: Vec<Oid>,
    /// The commit that took it back upstream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<Oid>,
}

/// A change that the line has and another release does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lost {
    /// The patch that carried it once, before the base had it, if the log of this clone's operations knows one.
    pub patch: Option<PatchName>,
    /// The upstream commits that the release lacks.
    pub upstream: Vec<String>,
    /// The commit by which the base has them.
    pub commit: Oid,
    /// How much it matters: `security` or `fix`.
    pub severity: Severity,
    /// The first line of the commit's message.
    pub subject: String,
    /// Its author.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub date: i64,
    /// The commit of the release that took it back, if it had it once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back_by: Option<Oid>,
}

/// What the ignore list keeps out of the findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct IgnoredFindings {
    /// Of the follow-ups.
    pub followups: Vec<Ignored<Followup>>,
    /// Of what would be lost.
    pub lost: Vec<Ignored<Lost>>,
}

/// A finding that is no news.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ignored<T> {
    /// What was found.
    #[serde(flatten)]
    pub finding: T,
    /// Why it does not matter.
    pub reason: String,
    /// The last day on which it is ignored.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub expires: Option<Date>,
}

/// An entry of the ignore list that says nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StaleIgnore {
    /// The commit, as written.
    pub id: String,
    /// Its reason.
    pub reason: String,
    /// The last day on which it was valid.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
    pub expires: Option<Date>,
    /// What is wrong with it.
    pub trouble: Trouble,
}

/// What is wrong with an entry of the ignore list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Trouble {
    /// Its day has passed.
    Expired,
    /// Nothing that was found is this commit.
    Unused,
}

impl AuditReport {
    /// Whether somebody has to look: something was found that is not ignored, or an entry has expired.
    pub fn has_findings(&self) -> bool {
        let has_expired = self.stale_ignores.iter().any(|entry| entry.trouble == Trouble::Expired);
        !self.followups.is_empty() || !self.lost.is_empty() || has_expired
    }
}

/// A day as `YYYY-MM-DD`.
fn as_text<S: Serializer>(date: &Option<Date>, serializer: S) -> Result<S::Ok, S::Error> {
    date.map(|date| date.to_string()).serialize(serializer)
}

/// The subject, the author and the moment of a commit, for a report.
pub fn described(commit: &Described) -> (String, String, i64) {
    let author = &commit.author;
    let who = visible(&[&author.name[..], b" <", &author.email, b">"].concat());
    (visible(commit.subject()), who, author.seconds)
}
