//! What is recorded of a patch goes with its name.

use std::collections::BTreeMap;

use super::own;
use crate::Result;
use crate::format::resolution::Resolution;
use crate::model::PatchName;
use crate::store::QueueDir;

/// The files to write, and to delete, so that what is recorded for one name is recorded for another. What cannot be read stays.
///
/// # Errors
/// The directory cannot be read.
pub fn renamed(dir: &QueueDir, old: &PatchName, new: &PatchName) -> Result<BTreeMap<String, Option<Vec<u8>>>> {
    let mut files = BTreeMap::new();
    for known in own(dir)?.into_iter().flatten().filter(|known| known.is_for(old)) {
        let resolution = Resolution { patch: Some(new.to_string()), ..known.resolution };
        files.insert(known.file, None);
        files.insert(QueueDir::resolution_path(&resolution.file_name()), Some(resolution.to_bytes()));
    }
    Ok(files)
}
