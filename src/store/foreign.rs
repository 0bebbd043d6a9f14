//! Directories of patches that belong to other tools: read for an import, written by an export.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};

use super::atomic::{self, Durability, Staged};
use super::tree::inspect;
use super::{BadFile, StoreError};
use crate::format::quote::check_path;

/// A series file of another tool, and the directory of its patches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreign {
    /// The series file.
    pub series: PathBuf,
    directory: PathBuf,
}

impl Foreign {
    /// Finds the series in a directory, or in `patches` or `debian/patches` below it; or takes the series file that is named itself.
    ///
    /// # Errors
    /// There is none.
    pub fn find(place: &Path) -> Result<Foreign, StoreError> {
        if place.is_file() {
            let directory = place.parent().unwrap_or(Path::new(".")).to_owned();
            return Ok(Foreign { series: place.to_owned(), directory });
        }
        let below = ["", "patches", "debian/patches"].map(|below| place.join(below));
        let found = below.into_iter().find(|directory| directory.join("series").is_file());
        let directory = found.ok_or_else(|| StoreError::NoSeries { place: place.to_owned() })?;
        Ok(Foreign { series: directory.join("series"), directory })
    }

    /// The bytes of the series file.
    pub fn read_series(&self) -> Result<Vec<u8>, StoreError> {
        Ok(fs_err::read(&self.series)?)
    }

    /// The bytes of a patch, or what keeps it from being read. A symlink is not followed: it could lead anywhere.
    pub fn read(&self, name: &BStr) -> Result<Result<Vec<u8>, BadFile>, StoreError> {
        let Ok(path) = name.to_path() else { return Ok(Err(BadFile::Name)) };
        if check_path(name).is_err() {
            return Ok(Err(BadFile::Outside));
        }
        let file = self.directory.join(path);
        Ok(match inspect(&file)? {
            Ok(()) => fs_err::read(file).map_err(|error| BadFile::Unreadable(error.to_string())),
            Err(bad) => Err(bad),
        })
    }
}

/// The first line of a series that an export wrote: only such a directory is written to again.
pub const WRITTEN: &str = "# Written by pq export: the next one replaces what is listed here.\n";

/// Writes patches and their series into a directory: a new one, an empty one, or one that was written so before. Patches that are listed in
/// its old series and not in the new one are deleted; nothing else is touched. `owned` names what the old series lists.
///
/// # Errors
/// The directory is another one, or a patch would replace a file that is not listed.
pub fn write_export(
    directory: &Path,
    patches: &BTreeMap<BString, Vec<u8>>,
    series: &[u8],
    owned: impl Fn(&[u8]) -> Vec<BString>,
    is_forced: bool,
) -> Result<(), StoreError> {
    let old = atomic::read_if_there(&directory.join("series"))?;
    let listed = match &old {
        Some(old) if is_forced || old.starts_with(WRITTEN.as_bytes()) => owned(old),
        Some(_) => return Err(StoreError::NotAnExport { directory: directory.to_owned() }),
        None if !is_forced && !is_empty(directory)? => {
            return Err(StoreError::NotAnExport { directory: directory.to_owned() });
        }
        None => Vec::new(),
    };
    let path = |name: &BString| check_path(name).ok().and_then(|()| Some(directory.join(name.to_path().ok()?)));
    let mut staged = Vec::new();
    for (name, bytes) in patches {
        let bad = || StoreError::Outside { path: name.to_string() };
        let target = path(name).ok_or_else(bad)?;
        if !listed.contains(name) && !is_forced && fs_err::symlink_metadata(&target).is_ok() {
            return Err(StoreError::Files {
                directory: directory.to_owned(),
                files: vec![(name.to_string(), BadFile::Taken)],
            });
        }
        fs_err::create_dir_all(target.parent().unwrap_or(directory))?;
        staged.push(Staged::write(&target, bytes, Durability::BestEffort)?);
    }
    staged.into_iter().try_for_each(Staged::commit)?;
    for name in listed.iter().filter(|name| !patches.contains_key(*name)) {
        if let Some(file) = path(name) {
            atomic::remove_if_there(&file)?;
        }
    }
    let series = [WRITTEN.as_bytes(), series].concat();
    Ok(atomic::replace(&directory.join("series"), &series, Durability::BestEffort)?)
}

fn is_empty(directory: &Path) -> io::Result<bool> {
    match fs_err::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}
