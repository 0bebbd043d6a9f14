//! Adds what was picked to the queue.

use super::work::{Made, New};
use super::{Failed, Mode, PickReport, Picked};
use crate::Result;
use crate::git::Objects;
use crate::model::progress::Watch;
use crate::model::{Patch, PatchName};
use crate::ops::rebase::Tip;
use crate::ops::rebase::old::{OldQueue, OldStep};
use crate::ops::rebase::report::commands_for;
use crate::ops::rework::Rework;
use crate::ops::workbench::Workbench;

/// What a run came to.
pub(super) struct Outcomes {
    /// Where the new patches go.
    pub(super) at: usize,
    pub(super) new: Vec<New>,
    pub(super) failed: Vec<Failed>,
    /// What was typed.
    pub(super) what: String,
    pub(super) mode: Mode,
    pub(super) when: i64,
}

/// Adds the patches, or says what would be.
pub(super) fn write(
    bench: &Workbench,
    objects: Objects,
    queue: OldQueue<'_>,
    outcomes: Outcomes,
    watch: &dyn Watch,
) -> Result<PickReport> {
    let Outcomes { at, new, failed, what, mode, when } = outcomes;
    let line = bench.manifest().line.name.clone();
    let dry_run = mode == Mode::Try;
    let series = &queue.series;
    let (patches, rest): (Vec<Patch>, Vec<(Made, Picked)>) =
        new.into_iter().map(|new| (new.patch, (new.made, new.report))).unzip();
    let (made, picked): (Vec<Made>, Vec<Picked>) = rest.into_iter().unzip();
    if picked.is_empty() {
        let tip = Tip { commit: series.tip(), tree: series.tip_tree() };
        let (held, regenerate) = (Vec::new(), Vec::new());
        return Ok(PickReport { line, from: None, dry_run, picked, failed, tip, held, regenerate });
    }
    let mut rework = Rework::new(bench, what, when);
    let mut steps = queue.steps;
    let behind = steps.split_off(at);
    for (number, (patch, made)) in patches.iter().zip(made).enumerate() {
        let Made { commit, changes, file, base, base_tree } = made;
        rework.document.insert(at + number, patch);
        rework.files.insert(patch.name.file(), Some(file.to_bytes()));
        steps.push(OldStep { patch, commit, changes, file, base, base_tree, named: commit });
    }
    steps.extend(behind);
    let reworked = match mode {
        Mode::Write => rework.finish(objects, series, &steps, watch)?,
        Mode::Try => rework.preview(objects, &steps, watch)?,
    };
    let is_new = |name: &PatchName| patches.iter().any(|patch| patch.name == *name);
    let held = reworked.newly_held().into_iter().filter(|name| !is_new(name)).collect();
    let regenerate = commands_for(bench, &picked.iter().flat_map(|one| &one.generated).collect::<Vec<_>>());
    Ok(PickReport { line, from: None, dry_run, picked, failed, tip: reworked.tip, held, regenerate })
}
