//! What a fork demands of its patches.

use super::{Patch, PatchKind};

/// What must be known of a patch: `[policy]` of pq.toml. Without one nothing is demanded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Of every patch.
    pub require: Vec<Requirement>,
    /// Of the patches of one kind, beside that.
    pub require_for: Vec<(PatchKind, Vec<Requirement>)>,
}

/// A key of `[patch.NAME]` that can be demanded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Requirement {
    /// Who answers for it.
    Owner,
    /// Why it exists.
    Reason,
    /// Why it differs from the upstream commit that it comes from, if it does.
    Deviation,
    /// The release with which it should be gone.
    DropAfter,
}

impl Requirement {
    /// All of them.
    pub const ALL: [Requirement; 4] =
        [Requirement::Owner, Requirement::Reason, Requirement::Deviation, Requirement::DropAfter];

    /// The word for it: the key in pq.toml.
    pub fn as_str(self) -> &'static str {
        match self {
            Requirement::Owner => "owner",
            Requirement::Reason => "reason",
            Requirement::Deviation => "deviation",
            Requirement::DropAfter => "drop-after",
        }
    }

    /// What a patch says there; blanks say nothing.
    pub fn value(self, patch: &Patch) -> Option<&str> {
        let text = match self {
            Requirement::Owner => &patch.meta.owner,
            Requirement::Reason => &patch.meta.reason,
            Requirement::Deviation => &patch.meta.deviation,
            Requirement::DropAfter => &patch.meta.drop_after,
        };
        text.as_deref().filter(|text| !text.trim().is_empty())
    }
}

impl Policy {
    /// Whether patches of a kind must have it.
    pub fn demands(&self, what: Requirement, kind: PatchKind) -> bool {
        let of_kind = self.require_for.iter().filter(|(other, _)| *other == kind).flat_map(|(_, list)| list);
        self.require.iter().chain(of_kind).any(|required| *required == what)
    }
}
