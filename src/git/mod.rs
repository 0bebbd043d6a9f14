//! The only module that knows gix: objects, trees, commits, history and refs of the upstream repository.
//!
//! Everything in and out is a value of [`crate::model`]; new objects are held in memory ([`Objects`]) until they are written as one pack.

pub mod apply;
pub mod attributes;
pub mod blame;
pub mod changes;
pub mod commit;
pub mod drivers;
pub mod error;
pub mod facts;

pub mod history;
pub mod loose;
pub mod objects;
pub mod pack;
pub mod push;
pub mod refs;
pub mod renames;
pub mod repo;
pub mod sections;
pub mod timeline;
pub mod tree;
mod user;
pub mod whereabouts;
pub mod worktree;

pub use changes::{Change, Entry, Place, diff_trees};
pub use commit::Commit;
pub use error::GitError;
pub use objects::{Kind, Objects};
pub use refs::RefEdit;
pub use repo::Repo;
pub use tree::Tree;
pub use worktree::Worktree;
