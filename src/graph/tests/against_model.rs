//! The runs of lines, compared with a model that keeps one owner per line and one per gap.

use std::collections::BTreeSet;

use super::history::{History, Kinds};
use super::*;

/// One file of the model: gap, line, gap, line, …, gap. Each holds the patches that wrote it or deleted there.
struct Slow(Vec<BTreeSet<usize>>);

impl Slow {
    fn edit(&mut self, edits: &[Edit], owner: usize) -> BTreeSet<usize> {
        let mut needs = BTreeSet::new();
        for edit in edits.iter().rev() {
            let (gap, gap_after) = (2 * edit.old_start as usize, 2 * edit.old_end() as usize);
            // The lines and gaps of the edit, and one line on either side.
            let around = gap.saturating_sub(1)..(gap_after + 2).min(self.0.len());
            needs.extend(self.0[around].iter().flatten());
            let written = 2 * edit.new_len as usize + 1;
            self.0.splice(gap..=gap_after, std::iter::repeat_n(BTreeSet::from([owner]), written));
        }
        needs
    }
}

#[test]
fn runs_agree_with_a_model_of_single_lines() {
    let mut found = 0;
    for seed in 0..400 {
        let history = History::random(seed, 12, Kinds::LinesOnly);
        let files = history.trees[0].iter();
        let slow = |lines: usize| Slow(vec![BTreeSet::new(); 2 * lines + 1]);
        let mut files: std::collections::HashMap<_, _> =
            files.map(|(path, file)| (path.as_str(), slow(file.lines.len()))).collect();
        let mut expected = BTreeSet::new();
        for (from, touch) in
            history.touches.iter().enumerate().flat_map(|(from, all)| all.iter().map(move |one| (from, one)))
        {
            let Content::Lines(edits) = &touch.content else { unreachable!() };
            let path = touch.old_path.as_ref().unwrap().to_str().unwrap();
            let needs = files.get_mut(path).unwrap().edit(edits, from);
            expected.extend(needs.into_iter().map(|to| (from, to)));
        }
        let inferred: BTreeSet<_> = history.infer().iter().map(|edge| (edge.from, edge.to)).collect();
        let closure = |edges: &BTreeSet<(usize, usize)>| {
            let edge = |&(from, to): &(usize, usize)| Dependency { from, to, reason: Reason::Hunk, at: None };
            let names: Vec<PatchName> = (0..12).map(|n| format!("p{n}").parse().unwrap()).collect();
            let graph = build(&names, &[], &edges.iter().map(edge).collect::<Vec<_>>()).unwrap();
            (0..12).map(|patch| graph.all_needs(patch)).collect::<Vec<_>>()
        };
        assert_eq!(closure(&inferred), closure(&expected), "seed {seed}");
        found += inferred.len();
    }
    assert!(found > 2_000, "only {found} dependencies: the histories test nothing");
}
