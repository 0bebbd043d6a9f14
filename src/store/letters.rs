//! Files with mails: mailboxes, single patches, maildirs; and the files of an export.

use std::path::Path;

use super::atomic::{self, Durability};
use super::{BadFile, StoreError};

/// A file with mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letters {
    /// What messages call it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Letters {
    /// Reads a file; or of a directory the mails in `cur` and `new` if it is a maildir, else its files that end in `.patch` or `.eml`. Numbers in
    /// their names count as numbers.
    ///
    /// # Errors
    /// Something cannot be read.
    pub fn read(place: &Path) -> Result<Vec<Letters>, StoreError> {
        if !place.is_dir() {
            return Ok(vec![Letters::file(place)?]);
        }
        let is_maildir = place.join("cur").is_dir() || place.join("new").is_dir();
        let directories = if is_maildir { vec![place.join("cur"), place.join("new")] } else { vec![place.to_owned()] };
        let mut files = Vec::new();
        for directory in directories.iter().filter(|directory| directory.is_dir()) {
            for entry in fs_err::read_dir(directory)? {
                let path = entry?.path();
                let is_patch = path.extension().is_some_and(|suffix| suffix == "patch" || suffix == "eml");
                files.extend((path.is_file() && (is_maildir || is_patch)).then_some(path));
            }
        }
        files.sort_by_key(|path| natural(path));
        files.iter().map(|path| Letters::file(path)).collect()
    }

    fn file(path: &Path) -> Result<Letters, StoreError> {
        Ok(Letters { name: path.display().to_string(), bytes: fs_err::read(path)? })
    }
}

/// A name for sorting: numbers by their value.
fn natural(path: &Path) -> Vec<(u128, String)> {
    let name = path.to_string_lossy();
    let mut parts = Vec::new();
    let mut rest = &name[..];
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let digits = rest[text..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| text + end);
        parts.push((0, rest[..text].to_owned()));
        parts.push((rest[text..digits].parse().unwrap_or(0), String::new()));
        rest = &rest[digits..];
    }
    parts
}

/// Writes a file that is not there yet, or replaces one if that is wanted. The directories above it are made.
///
/// # Errors
/// It is there, or cannot be written.
pub fn write_new(file: &Path, bytes: &[u8], is_forced: bool) -> Result<(), StoreError> {
    let directory = file.parent().unwrap_or(Path::new(".")).to_owned();
    if !is_forced && fs_err::symlink_metadata(file).is_ok() {
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(StoreError::Files { directory, files: vec![(name, BadFile::Taken)] });
    }
    fs_err::create_dir_all(&directory)?;
    Ok(atomic::replace(file, bytes, Durability::BestEffort)?)
}
