//! Plain values. Nothing here knows of a disk, a clock, a terminal or a repository.

pub mod change;
pub mod deviation;
pub mod evidence;
pub mod facts;
pub mod id;
pub mod mode;
pub mod name;
pub mod outcome;
pub mod policy;
pub mod progress;
pub mod provenance;
pub mod queue;
pub mod release;
pub mod selector;
pub mod signature;
pub mod text;

pub use change::{Content, Edit, Touch};
pub use deviation::{DeviationHunk, DeviationKind, DeviationLine, Fact, FileAction, FileDeviation, Mark, Sign};
pub use evidence::{Evidence, EvidenceKind, Landed, Standing};
pub use facts::{ChangeFacts, CommitFacts};
pub use id::Oid;
pub use mode::Mode;
pub use name::PatchName;
pub use outcome::{Conflict, ConflictKind, Outcome};
pub use policy::{Policy, Requirement};
pub use progress::{Silent, Watch};
pub use provenance::{Notation, Provenance, PullRequest, Reference, RevertedTitle, UpstreamState};
pub use queue::{
    Generated, Held, HeldWhy, Ignore, Line, Manifest, MovedPath, Patch, PatchKind, PatchMeta, PublishStyle, Publishing,
    Upstream,
};
pub use release::{ReleasePattern, Version};
pub use selector::Selector;
pub use signature::{Overlap, Signature};
