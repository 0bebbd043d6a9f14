//! Files under the repository's git directory that save time and may be lost at any moment.

use std::path::Path;

use super::StoreError;
use super::atomic::{Durability, remove_if_there, replace};

/// The bytes of a cache; none if it is missing or cannot be read.
pub fn read_cache(path: &Path) -> Option<Vec<u8>> {
    fs_err::read(path).ok()
}

/// Writes a cache, whole or not at all. A failure costs time later and nothing else, so there is none to report.
pub fn write_cache(path: &Path, bytes: &[u8]) {
    let _ = replace(path, bytes, Durability::BestEffort);
}

/// Deletes a cache.
///
/// # Errors
/// The file is there and cannot be deleted.
pub fn remove_cache(path: &Path) -> Result<(), StoreError> {
    Ok(remove_if_there(path)?)
}
