//! A merge driver for `pq.toml`, as gitattributes(5) describes them.

use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::Result;
use crate::format::manifest::merge;
use crate::format::marks::{Labels, marked};
use crate::store::{Letters, write_new};

/// What a merge gave.
#[derive(Debug, Clone, Serialize)]
pub struct MergeReport {
    /// The file.
    pub file: PathBuf,
    /// What two people disagree about.
    pub conflicts: Vec<String>,
}

/// How wide markers are.
const WIDTH: usize = 7;

/// Merges three versions of a file and writes the result over ours. `name` is what the file is called for people.
///
/// # Errors
/// A version cannot be read, or ours not written.
pub fn merge_files(base: &Path, ours: &Path, theirs: &Path, name: &Path) -> Result<MergeReport> {
    let read = |path: &Path| -> Result<Vec<u8>> { Ok(Letters::read(path)?.remove(0).bytes) };
    let [base, our_text, theirs] = [read(base)?, read(ours)?, read(theirs)?];
    let texts = [&base, &our_text, &theirs].map(|bytes| std::str::from_utf8(bytes).ok());
    let merged = match texts {
        [Some(base), Some(ours), Some(theirs)] => merge(base, ours, theirs),
        _ => None,
    };
    let (bytes, conflicts) = match merged {
        Some(merged) => (merged.text.into_bytes(), merged.conflicts),
        None => by_lines(&base, &our_text, &theirs),
    };
    write_new(ours, &bytes, true)?;
    Ok(MergeReport { file: name.to_owned(), conflicts })
}

/// A file that is not that of a line, or cannot be read: its lines are all there is to go by.
fn by_lines(base: &[u8], ours: &[u8], theirs: &[u8]) -> (Vec<u8>, Vec<String>) {
    let labels = Labels { ours: "ours", base: "base", theirs: "theirs" };
    let bytes = marked(base, ours, theirs, labels, WIDTH);
    let is_clean = matches!(crate::format::merge::merge(base, ours, theirs), crate::format::merge::Merged::Clean(_));
    let conflicts = if is_clean { Vec::new() } else { vec!["both changed the same lines".to_owned()] };
    (bytes, conflicts)
}
