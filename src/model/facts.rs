//! What pq keeps of an upstream commit.

use bstr::BString;
use serde::{Deserialize, Serialize};

use super::{Oid, Provenance, Signature};

/// What pq keeps of an upstream commit: everything that verdicts and audits ask for, without its message and its trees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitFacts {
    /// The commit.
    pub id: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// The author's name.
    pub name: BString,
    /// The author's address.
    pub email: BString,
    /// When it was written, in seconds since 1970.
    pub seconds: i64,
    /// The first line of its message.
    pub subject: BString,
    /// What its message says about other commits.
    pub provenance: Provenance,
    /// Every other word of its message that could be the id of a commit.
    pub mentions: Vec<String>,
    /// Whether its message speaks of a vulnerability.
    pub is_security: bool,
    /// What it changes; none for a merge and for the first commit of a history.
    pub change: Option<ChangeFacts>,
}

/// What a commit changes, without the paths that are excluded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFacts {
    /// The id that `git patch-id --stable` gives it; none if it changes excluded paths only.
    pub patch_id: Option<[u8; 20]>,
    /// Its lines.
    pub signature: Signature,
    /// Whether there is more: excluded paths.
    pub has_excluded: bool,
}
