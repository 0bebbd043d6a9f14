//! The marker of an operation that is half done: as long as the file is there, the operation must be finished or taken
//! back.

use std::path::Path;

use super::StoreError;
use super::atomic::{self, Durability};

/// Says that an operation begins, and how to finish it. On the disk when this returns.
///
/// # Errors
/// The file could not be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    Ok(atomic::replace(path, bytes, Durability::Synced)?)
}

/// What [`write()`] said, if the operation did not end.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(atomic::read_if_there(path)?)
}

/// Says that the operation ended. Does nothing if there is no marker.
///
/// # Errors
/// The file could not be deleted.
pub fn clear(path: &Path) -> Result<(), StoreError> {
    atomic::remove_if_there(path)?;
    let directory = path.parent().filter(|directory| directory.is_dir());
    Ok(directory.map_or(Ok(()), atomic::sync_directory)?)
}
