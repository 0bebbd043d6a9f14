//! The files of a queue. No other module reads or writes them.
//!
//! | file | what it does |
//! |---|---|
//! | `locate` | finds the queue, or the workspace with its lines |
//! | `queue_dir` | reads a queue: everything at once, or the bytes as they are |
//! | `write` | changes files: each of them whole or not at all |
//! | `lock` | one process at a time |
//! | `pending` | the marker of an operation that is half done |
//! | `foreign` | directories of other tools, for import and export |
//! | `letters` | files with mails |
//! | `cache` | files that may be lost at any time |

mod atomic;
mod cache;
mod error;
mod foreign;
mod letters;
mod locate;
mod lock;
pub mod pending;
mod queue_dir;
mod rerere;
#[cfg(test)]
mod tests;
mod tree;
mod write;

pub use cache::{read_cache, remove_cache, write_cache};
pub use error::{BadFile, StoreError};
pub use foreign::{Foreign, WRITTEN, write_export};
pub use letters::{Letters, write_new};
pub use locate::{Located, locate, siblings};
pub use lock::Lock;
pub use queue_dir::{LoadedQueue, QueueDir};
pub use rerere::rr_cache;

use std::path::{Path, PathBuf};

/// The one name of a path: absolute, without `..`, links followed as far as it exists.
pub fn canonical(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match (fs_err::canonicalize(&path), path.parent(), path.file_name()) {
        (Ok(canonical), ..) => canonical,
        (Err(_), Some(parent), Some(name)) => canonical(parent).join(name),
        _ => path,
    }
}
