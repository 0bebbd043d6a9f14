//! How the files of a queue are changed.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::atomic::{self, Durability, Staged, TEMPORARY};
use super::queue_dir::{PATCHES, QueueDir, RESOLUTIONS};
use super::tree::{Tree, inspect, leftovers_in};
use super::{BadFile, StoreError};

/// The files to write, and to delete (`None`), by path relative to the queue's directory.
type Changes = BTreeMap<String, Option<Vec<u8>>>;

/// Writing waits for the disk, not for a processor.
const WRITERS: usize = 16;

impl QueueDir {
    /// Writes files, and deletes those without bytes. The caller holds the [`Lock`](super::Lock).
    ///
    /// Every file is on the disk under another name before the first one gets its own; so a failure up to there changes
    /// nothing, and a reader never sees half a file. What a killed process left is cleaned up, and so are directories
    /// under `patches/` that got empty.
    ///
    /// # Errors
    /// A path leaves the directory or goes through a symlink: then nothing was touched. Or the disk refused.
    pub fn write(&self, changes: &Changes) -> Result<(), StoreError> {
        self.check(changes)?;
        fs_err::create_dir_all(self.root())?;
        self.clean()?;
        let staged = self.stage(changes)?;
        let (replaced, deleted) = deletions(changes);
        self.delete(&replaced)?;
        staged.into_iter().try_for_each(Staged::commit)?;
        self.delete(&deleted)?;
        self.sync(changes)?;
        self.remove_empty()
    }

    fn check(&self, changes: &Changes) -> Result<(), StoreError> {
        let mut known = HashSet::new();
        for path in changes.keys() {
            check_path(path)?;
            let directories = path.match_indices('/').map(|(slash, _)| &path[..slash]);
            for directory in directories {
                if known.insert(directory) {
                    self.check_place(directory, true)?;
                }
            }
            self.check_place(path, false)?;
        }
        Ok(())
    }

    /// A place is free, or holds what belongs there.
    fn check_place(&self, path: &str, is_directory: bool) -> Result<(), StoreError> {
        let found = inspect(&self.root().join(path))?;
        let bad = match found {
            Err(BadFile::Missing) => return Ok(()),
            Err(BadFile::Directory) if is_directory => return Ok(()),
            Ok(()) if !is_directory => return Ok(()),
            Ok(()) => BadFile::NotADirectory,
            Err(bad) => bad,
        };
        Err(StoreError::Files { directory: self.root().to_owned(), files: vec![(path.to_owned(), bad)] })
    }

    /// Deletes what a killed process left.
    fn clean(&self) -> Result<(), StoreError> {
        let tree = Tree::below(self.root(), &[PATCHES, RESOLUTIONS])?;
        let leftovers = tree.leftovers.into_iter().chain(leftovers_in(self.root())?);
        leftovers.into_iter().try_for_each(|file| Ok(atomic::remove_if_there(&file)?))
    }

    /// Writes what differs from the disk, beside its place.
    fn stage(&self, changes: &Changes) -> Result<Vec<Staged>, StoreError> {
        let written: Vec<(PathBuf, &Vec<u8>)> =
            changes.iter().filter_map(|(path, bytes)| Some((self.root().join(path), bytes.as_ref()?))).collect();
        let parents: BTreeSet<&Path> = written.iter().filter_map(|(path, _)| path.parent()).collect();
        parents.into_iter().try_for_each(fs_err::create_dir_all)?;
        let stage = |(path, bytes): &(PathBuf, &Vec<u8>)| -> io::Result<Option<Staged>> {
            if atomic::read_if_there(path)?.as_ref() == Some(bytes) {
                return Ok(None);
            }
            Staged::write(path, bytes, Durability::Synced).map(Some)
        };
        let all = || written.par_iter().filter_map(|file| stage(file).transpose()).collect::<io::Result<Vec<Staged>>>();
        let threads = WRITERS.min(written.len()).max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        Ok(pool.map_err(io::Error::other)?.install(all)?)
    }

    fn delete(&self, paths: &[&String]) -> Result<(), StoreError> {
        paths.iter().try_for_each(|path| Ok(atomic::remove_if_there(&self.root().join(path))?))
    }

    /// Makes the new names survive a loss of power: in every directory from the root to the files.
    fn sync(&self, changes: &Changes) -> Result<(), StoreError> {
        let parents = changes.keys().flat_map(|path| Path::new(path).ancestors().skip(1));
        let directories: BTreeSet<PathBuf> = parents.map(|parent| self.root().join(parent)).collect();
        directories.iter().filter(|path| path.is_dir()).try_for_each(|path| Ok(atomic::sync_directory(path)?))
    }

    /// Removes directories under `patches/` that are empty, the deepest first.
    fn remove_empty(&self) -> Result<(), StoreError> {
        let tree = Tree::below(self.root(), &[PATCHES])?;
        for directory in tree.directories.iter().rev() {
            match fs_err::remove_dir(directory) {
                Err(error) if error.kind() != io::ErrorKind::DirectoryNotEmpty => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The deletions that come before the new files and those that come after. A file system that ignores case has one file
/// for two names that differ in it: there the old one goes first, or the new one would go with it.
fn deletions(changes: &Changes) -> (Vec<&String>, Vec<&String>) {
    let is_written = |path: &&String| changes.get(*path).is_some_and(Option::is_some);
    let written: HashSet<String> = changes.keys().filter(is_written).map(|path| path.to_lowercase()).collect();
    let deleted = changes.keys().filter(|path| !is_written(path));
    deleted.partition(|path| written.contains(&path.to_lowercase()))
}

/// A path is relative, stays below the directory, and is not git's or the name of a temporary file.
fn check_path(path: &str) -> Result<(), StoreError> {
    let bad = |part: &str| {
        matches!(part, "" | "." | "..") || part.eq_ignore_ascii_case(".git") || part.starts_with(TEMPORARY)
    };
    if path.contains(['\\', '\0']) || path.split('/').any(bad) {
        return Err(StoreError::Outside { path: path.to_owned() });
    }
    Ok(())
}
