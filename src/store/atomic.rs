//! One file at a time, whole or not at all.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// How the names of temporary files start. What a killed process left of them is ignored, and cleaned up by the next
/// write.
pub(super) const TEMPORARY: &str = ".pq-tmp-";

/// Whether a file must survive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// Its bytes are on the disk before it has its name.
    Synced,
    /// Nothing is lost if it is.
    BestEffort,
}

/// A file that is complete and waits for its name. Dropped without [`Staged::commit`], it is deleted.
#[derive(Debug)]
pub(super) struct Staged {
    temporary: PathBuf,
    target: PathBuf,
}

impl Staged {
    /// Writes the bytes beside the target.
    pub(super) fn write(target: &Path, bytes: &[u8], durability: Durability) -> io::Result<Staged> {
        static COUNTER: AtomicU64 = AtomicU64::new(0);
        let nth = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = target.with_file_name(format!("{TEMPORARY}{}-{nth}", std::process::id()));
        let staged = Staged { temporary, target: target.to_owned() };
        let mut file = fs_err::OpenOptions::new().write(true).create_new(true).open(&staged.temporary)?;
        file.write_all(bytes)?;
        if durability == Durability::Synced {
            file.sync_all()?;
        }
        Ok(staged)
    }

    /// Gives the file its name, in place of whatever had it.
    pub(super) fn commit(self) -> io::Result<()> {
        fs_err::rename(&self.temporary, &self.target)
    }
}

impl Drop for Staged {
    /// After a commit there is nothing to delete. A failure leaves a file that the next write cleans up.
    fn drop(&mut self) {
        let _ = fs_err::remove_file(&self.temporary);
    }
}

/// Writes a file whole, with its directory.
pub(super) fn replace(target: &Path, bytes: &[u8], durability: Durability) -> io::Result<()> {
    let directory = target.parent().unwrap_or(Path::new("."));
    fs_err::create_dir_all(directory)?;
    Staged::write(target, bytes, durability)?.commit()?;
    match durability {
        Durability::Synced => sync_directory(directory),
        Durability::BestEffort => Ok(()),
    }
}

/// Makes the names in a directory survive a loss of power. Only Unix can, and has to.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) { fs_err::File::open(directory)?.sync_all() } else { Ok(()) }
}

/// Deletes a file that may be gone already.
pub(super) fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs_err::remove_file(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Reads a file that may not be there.
pub(super) fn read_if_there(file: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs_err::read(file) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
