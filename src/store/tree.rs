//! What stands in the directories of a queue, without following a symlink.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use super::atomic::TEMPORARY;
use super::{BadFile, StoreError};

/// The files below some directories.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// Each by its path relative to the root, with forward slashes, and what keeps it from being read.
    pub(super) files: BTreeMap<String, Result<(), BadFile>>,
    /// Directories below those that were listed, deepest last.
    pub(super) directories: Vec<PathBuf>,
    /// What a killed process left.
    pub(super) leftovers: Vec<PathBuf>,
}

impl Tree {
    /// Lists directories of the root, those of them that are there.
    pub(super) fn below(root: &Path, directories: &[&str]) -> Result<Tree, StoreError> {
        let mut tree = Tree::default();
        for directory in directories {
            match fs_err::symlink_metadata(root.join(directory)) {
                Ok(found) if found.is_dir() => tree.list(root, directory)?,
                Ok(found) => {
                    let bad = bad_file(found.file_type()).err().unwrap_or(BadFile::NotAFile);
                    tree.files.insert((*directory).to_owned(), Err(bad));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(tree)
    }

    fn list(&mut self, root: &Path, directory: &str) -> Result<(), StoreError> {
        for entry in fs_err::read_dir(root.join(directory))? {
            let entry = entry?;
            let kind = entry.file_type()?;
            let path = format!("{directory}/{}", entry.file_name().to_string_lossy());
            if is_leftover(&entry.file_name()) {
                self.leftovers.push(entry.path());
            } else if entry.file_name().to_str().is_none() {
                self.files.insert(path, Err(BadFile::Name));
            } else if kind.is_dir() {
                self.directories.push(entry.path());
                self.list(root, &path)?;
            } else {
                self.files.insert(path, bad_file(kind));
            }
        }
        Ok(())
    }
}

/// Temporary files that stand in the root itself.
pub(super) fn leftovers_in(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs_err::read_dir(root)? {
        let entry = entry?;
        if is_leftover(&entry.file_name()) && entry.file_type()?.is_file() {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn is_leftover(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(TEMPORARY.as_bytes())
}

fn bad_file(kind: std::fs::FileType) -> Result<(), BadFile> {
    match kind {
        kind if kind.is_file() => Ok(()),
        kind if kind.is_symlink() => Err(BadFile::Symlink),
        kind if kind.is_dir() => Err(BadFile::Directory),
        _ => Err(BadFile::NotAFile),
    }
}

/// Whether a path, which need not exist, is a file to be read or written.
pub(super) fn inspect(path: &Path) -> io::Result<Result<(), BadFile>> {
    match fs_err::symlink_metadata(path) {
        Ok(found) => Ok(bad_file(found.file_type())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Err(BadFile::Missing)),
        Err(error) => Err(error),
    }
}
