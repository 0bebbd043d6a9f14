//! Where git keeps the conflicts that it saw settled: `rr-cache`.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use super::atomic::read_if_there;

/// A conflicted file and the same file settled, as git keeps them.
pub struct Settled {
    /// The file with its conflicts.
    pub preimage: Vec<u8>,
    /// The file without.
    pub postimage: Vec<u8>,
}

/// Everything in an `rr-cache` that was settled, by git's name for it. What was seen and never settled is left out.
///
/// # Errors
/// The directory is not there or cannot be read.
pub fn rr_cache(directory: &Path) -> io::Result<BTreeMap<String, Settled>> {
    let mut found = BTreeMap::new();
    for entry in fs_err::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        let id = entry.file_name().to_string_lossy().into_owned();
        // Conflicts of one name that were settled in several ways are numbered from 1.
        for file in fs_err::read_dir(entry.path())? {
            let name = file?.file_name().to_string_lossy().into_owned();
            let Some(suffix) = name.strip_prefix("postimage") else { continue };
            let preimage = read_if_there(&entry.path().join(format!("preimage{suffix}")))?;
            let postimage = read_if_there(&entry.path().join(&name))?;
            if let (Some(preimage), Some(postimage)) = (preimage, postimage) {
                found.insert(format!("{id}{suffix}"), Settled { preimage, postimage });
            }
        }
    }
    Ok(found)
}
