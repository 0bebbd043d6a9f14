//! Why pq believes that upstream already has a patch.

use serde::Serialize;

use super::Oid;

/// The kinds of evidence, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceKind {
    /// The recorded upstream commit is an ancestor of the new base.
    Ancestor,
    /// A commit of the new base names the recorded upstream commit, or this patch's commit.
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
