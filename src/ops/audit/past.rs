//! What the queue had once, as the log of this clone's operations tells.

use bstr::ByteSlice;

use super::Lost;
use crate::Result;
use crate::format::manifest::Document;
use crate::git::{Objects, Tree};
use crate::model::{Manifest, Oid};
use crate::ops::transaction;
use crate::ops::workbench::Workbench;

const MANIFEST: &str = "pq.toml";

/// Names the patch that carried a lost fix before it was dropped: of several, the last one. A log that is not there tells nothing.
pub fn name_patches(bench: &Workbench, lost: &mut [Lost]) -> Result<()> {
    if lost.is_empty() {
        return Ok(());
    }
    let objects = bench.repo.objects();
    let mut read: Option<Oid> = None;
    for operation in transaction::log(bench, &objects)? {
        let Some(entry) = Tree::new(operation.tree).get(&objects, MANIFEST.as_bytes().as_bstr())?.file() else {
            continue;
        };
        if read.replace(entry.id) == Some(entry.id) {
            continue;
        }
        let Some(manifest) = manifest(bench, &objects, entry.id) else { continue };
        lost.iter_mut().filter(|one| one.patch.is_none()).for_each(|one| name(one, &manifest));
    }
    Ok(())
}

/// One that this version can read.
fn manifest(bench: &Workbench, objects: &Objects, blob: Oid) -> Option<Manifest> {
    let text = String::from_utf8(objects.blob(blob).ok()?.to_vec()).ok()?;
    Some(Document::parse(&text, MANIFEST, bench.dir.workspace()).ok()?.manifest().clone())
}

fn name(lost: &mut Lost, manifest: &Manifest) {
    let is_it = |id: &String| lost.upstream.iter().any(|upstream| upstream.starts_with(id.as_str()));
    let patch = manifest.patches.iter().find(|patch| patch.meta.upstream().iter().any(is_it));
    lost.patch = patch.map(|patch| patch.name.clone());
}
