//! Why pq believes that upstream already has a patch.

use serde::Serialize;

use super::Oid;

/// The kinds of evidence, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// The recorded upstream commit is an ancestor of the new base.
    Ancestor,
    /// A commit of the new base names this patch's own commit.
    Trailer,
    /// A commit of the new base names the same upstream commit: upstream's own backport.
    Sibling,
    /// The same Gerrit `Change-Id`.
    ChangeId,
    /// The same change, line for line, wherever it stands.
    PatchId,
    /// The same author, author date and subject.
    AuthorDateSubject,
    /// The same added and removed lines.
    Lines,
    /// Merging the patch leaves nothing.
    EmptyMerge,
    /// The reverse of the patch applies.
    ReverseApplies,
}

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evidence {
    /// What kind it is.
    pub kind: EvidenceKind,
    /// The commit of the new base that it is about; none where no single commit is.
    pub commit: Option<Oid>,
    /// How much of the patch it accounts for, 0 to 1.
    pub score: f64,
}

/// In what form upstream has a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Landed {
    /// The same change, line for line.
    Identical,
    /// The same change in other words.
    Adapted,
    /// Upstream backported the same commit itself.
    Sibling,
}

/// How a patch and what upstream has stand to each other, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Upstream has it, line for line.
    Identical,
    /// Upstream has it in other words.
    Adapted,
    /// Upstream has it by its own backport of the same commit.
    Sibling,
    /// Upstream has it as a part of a larger commit.
    Squashed,
    /// Upstream has it in several commits.
    Split,
    /// Upstream has a part of it.
    Partly,
    /// Upstream had it and took it back.
    Reverted,
    /// Something speaks for it that a person should look at.
    Unsure,
    /// Upstream does not have it, and is said not to.
    Local,
    /// Upstream does not have it.
    Absent,
}
