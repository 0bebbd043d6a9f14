//! Which held patches a patch waits for.

use std::collections::{BTreeMap, BTreeSet};

use crate::Result;
use crate::git::Objects;
use crate::model::progress::Watch;
use crate::model::{Patch, PatchName};
use crate::ops::materialize::graph;
use crate::ops::workbench::Workbench;

/// Who needs whom, worked out when the first patch is held.
#[derive(Default)]
pub struct Needs(Option<BTreeMap<PatchName, Vec<PatchName>>>);

impl Needs {
    /// The held patches that a patch needs: directly, since what they hold up is held itself.
    pub fn blocked_by(
        &mut self,
        bench: &Workbench,
        objects: &mut Objects,
        patch: &Patch,
        held: &BTreeSet<PatchName>,
        watch: &dyn Watch,
    ) -> Result<Vec<PatchName>> {
        if held.is_empty() {
            return Ok(Vec::new());
        }
        if self.0.is_none() {
            self.0 = Some(Needs::of(bench, objects, watch)?);
        }
        let inferred = self.0.as_ref().and_then(|needs| needs.get(&patch.name)).cloned().unwrap_or_default();
        let recorded = patch.meta.held.iter().flat_map(|held| held.blocked_by.clone());
        let needed: BTreeSet<PatchName> =
            inferred.into_iter().chain(recorded).chain(patch.meta.requires.clone()).collect();
        Ok(needed.into_iter().filter(|name| held.contains(name)).collect())
    }

    fn of(bench: &Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<BTreeMap<PatchName, Vec<PatchName>>> {
        let graph = graph(bench, objects, watch)?;
        let names = graph.names();
        let needs = |at: usize| graph.needs(at).into_iter().map(|to| names[to].clone()).collect();
        Ok(names.iter().enumerate().map(|(at, name)| (name.clone(), needs(at))).collect())
    }
}
