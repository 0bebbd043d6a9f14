//! Recorded ids that lead nowhere: of what a patch with such an id carries, no follow-up can be found.

use super::branches::Branches;
use super::scene::Scene;
use super::{Unknown, Why};
use crate::ops::workbench::Workbench;

/// The ids under `upstream` that the repository does not have, or not on upstream's branches and not in the base; in the order of the queue.
pub fn unknown(bench: &Workbench, scene: &Scene<'_>, branches: &Branches) -> Vec<Unknown> {
    let recorded = bench
        .manifest()
        .patches
        .iter()
        .flat_map(|patch| patch.meta.upstream().iter().map(move |id| (patch.name.clone(), id.clone())));
    // Where no mainline is stated, a commit may well be there.
    let has_mainline = !branches.mainline.is_empty();
    let judged = recorded.filter_map(|(patch, id)| Some(Unknown { why: why(scene, &id)?, patch, id }));
    judged.filter(|one| has_mainline || one.why == Why::Missing).collect()
}

fn why(scene: &Scene<'_>, id: &str) -> Option<Why> {
    let Ok(whole) = scene.whole(id).parse() else { return Some(Why::Missing) };
    let is_upstream = || scene.is_ancestor(&scene.whole(id)) || scene.is_news(whole);
    match scene.is_found(whole) {
        false => Some(Why::Missing),
        true => (!is_upstream()).then_some(Why::Elsewhere),
    }
}
