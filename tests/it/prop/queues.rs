//! Random queues on random bases.

use pq::model::{Outcome, Silent};
use pq::ops::edit::{self, Target};
use proptest::prelude::*;

use crate::support::{Fork, Patches, lines};

/// One change: the file, the line, what happens there.
#[derive(Debug, Clone)]
enum Act {
    Change { file: usize, line: usize, insert: bool },
    Create(usize),
    Delete(usize),
    Nothing,
}

const FILES: usize = 4;

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..FILES, 1usize..30, any::<bool>()).prop_map(|(file, line, insert)| Act::Change { file, line, insert }),
        1 => (0usize..3).prop_map(Act::Create),
        1 => (0..FILES).prop_map(Act::Delete),
        1 => Just(Act::Nothing),
    ]
}

fn history(ours: &[Act], theirs: &[Act]) -> Fork {
    let fork = Fork::new();
    let work = (0..FILES).fold(fork.on("main"), |work, n| work.write(&format!("{n}.txt"), lines(30)));
    let base = work.commit("base");
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    for (branch, acts) in [("ours", ours), ("main", theirs)] {
        for (nth, act) in acts.iter().enumerate() {
            apply(&fork, branch, nth, act);
        }
    }
    fork.tag("v1.1.0", fork.tip("main"));
    fork
}

fn apply(fork: &Fork, branch: &str, nth: usize, act: &Act) {
    let work = fork.on(branch);
    let there = |path: &str| fork.entry(fork.tip(branch), path).is_some();
    let work = match act {
        Act::Change { file, line, insert } if there(&format!("{file}.txt")) => {
            let path = format!("{file}.txt");
            let text = fork.content(fork.tip(branch), &path);
            let mut all: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            let at = line % (all.len() + 1);
            let new = format!("{branch} {nth}\n");
            match insert {
                false if at < all.len() => all[at] = new,
                _ => all.insert(at, new),
            }
            work.write(&path, all.concat())
        }
        Act::Create(n) => work.write(&format!("new{n}"), format!("{branch} {nth}\n")),
        Act::Delete(n) if there(&format!("{n}.txt")) => work.remove(&format!("{n}.txt")),
        _ => work,
    };
    work.commit(&format!("{branch} {nth}"));
}

fn acts(max: usize) -> impl Strategy<Value = Vec<Act>> {
    prop::collection::vec(act(), 1..max)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_rebase_onto_one_s_own_base_changes_nothing(ours in acts(8)) {
        let fork = history(&ours, &[]);
        fork.init("v1.0.0", "ours");
        let before = fork.snapshot();
        let report = fork.rebase("v1.0.0");
        prop_assert!(report.outcomes().iter().all(|(_, outcome)| *outcome == Outcome::Unchanged), "{:?}", report.outcomes());
        let mut after = fork.snapshot();
        after.refs.retain(|name, _| !name.starts_with("pq/log/"));
        prop_assert_eq!(&after.files, &before.files);
        prop_assert!(after.refs.iter().all(|(name, id)| before.refs.get(name) == Some(id)));
    }

    #[test]
    fn two_clones_of_a_queue_have_the_same_ids(ours in acts(6), theirs in acts(6)) {
        let fork = history(&ours, &theirs);
        let first = fork.init("v1.0.0", "ours");
        let other = history(&ours, &theirs);
        let second = other.init("v1.0.0", "ours");
        prop_assert_eq!(first.tip, second.tip);
        prop_assert_eq!(fork.forgotten_tip(), first.tip.commit);
        let (first, second) = (fork.rebase("v1.1.0"), other.rebase("v1.1.0"));
        prop_assert_eq!(serde_json::to_string(&first).unwrap(), serde_json::to_string(&second).unwrap());
        prop_assert_eq!(fork.snapshot().files, other.snapshot().files);
    }

    #[test]
    fn a_dry_run_tells_what_the_real_run_does_and_undo_takes_it_back(ours in acts(8), theirs in acts(8)) {
        let fork = history(&ours, &theirs);
        fork.init("v1.0.0", "ours");
        let before = fork.snapshot();
        let planned = serde_json::to_value(fork.dry_run("v1.1.0")).unwrap();
        prop_assert_eq!(&fork.snapshot(), &before);
        let report = fork.rebase("v1.1.0");
        let mut done = serde_json::to_value(&report).unwrap();
        done["dry_run"] = true.into();
        prop_assert_eq!(planned, done);
        fork.check_branch();
        // No patch is lost: it is carried, held, or dropped with evidence.
        let bench = fork.open();
        for patch in &report.patches {
            let is_there = bench.manifest().patch(patch.name.as_str()).is_some();
            prop_assert_eq!(is_there, patch.outcome != Outcome::Upstreamed);
            prop_assert!(patch.outcome != Outcome::Upstreamed || !patch.evidence.is_empty());
        }
        drop(bench);
        let after = fork.snapshot();
        pq::ops::undo::undo(&fork.open(), 1).unwrap();
        let mut undone = fork.snapshot();
        undone.refs.retain(|name, _| !name.starts_with("pq/redo/"));
        prop_assert_eq!(&undone, &before);
        pq::ops::undo::redo(&fork.open(), 1).unwrap();
        prop_assert_eq!(&fork.snapshot(), &after);
    }

    /// There and back again: whatever was held is carried where it came from.
    #[test]
    fn going_back_brings_the_old_tree(ours in acts(8), theirs in acts(6)) {
        let fork = history(&ours, &theirs);
        let first = fork.init("v1.0.0", "ours");
        let report = fork.rebase("v1.1.0");
        let is_whole = report.patches.iter().all(|patch| !matches!(patch.outcome, Outcome::Upstreamed | Outcome::Reduced));
        let back = fork.rebase("v1.0.0");
        fork.check_branch();
        if is_whole && back.held() == 0 {
            prop_assert_eq!(back.tip.tree, first.tip.tree);
        }
        if report.held() == report.patches.len() {
            prop_assert_eq!(back.tip, first.tip);
        }
    }

    /// Patches of different files can stand in any order.
    #[test]
    fn disjoint_patches_commute(order in Just((0..5usize).collect::<Vec<_>>()).prop_shuffle()) {
        let fork = Fork::new();
        let work = (0..5).fold(fork.on("main"), |work, n| work.write(&format!("{n}.txt"), lines(10)));
        let base = work.commit("base");
        fork.tag("v1.0.0", base);
        fork.branch("ours", base);
        for n in 0..5 {
            fork.on("ours").edit(&format!("{n}.txt"), "line 5\n", "ours\n").commit(&format!("Patch {n}"));
        }
        let first = fork.init("v1.0.0", "ours");
        let files = |fork: &Fork| (0..5).map(|n| fork.patch_file(&format!("patch-{n}"))).collect::<Vec<_>>();
        let before = files(&fork);
        for n in &order {
            let report = edit::move_to(&fork.open(), &pq::ops::chosen::Chosen::of(&[format!("patch-{n}")]), &Target::Last, 1, &Silent).unwrap();
            prop_assert_eq!(report.tip.tree, first.tip.tree);
        }
        let bench = fork.open();
        let names: Vec<String> = bench.manifest().patches.iter().map(|patch| patch.name.to_string()).collect();
        prop_assert_eq!(names, order.iter().map(|n| format!("patch-{n}")).collect::<Vec<_>>());
        drop(bench);
        prop_assert_eq!(files(&fork), before);
        fork.check_branch();
    }

    #[test]
    fn squash_and_split_leave_the_tree_as_it_was(ours in acts(8), first in 0usize..8, len in 1usize..4, odd in any::<bool>()) {
        use pq::ops::chosen::Chosen;
        let fork = history(&ours, &[]);
        fork.init("v1.0.0", "ours");
        let tree = fork.tree(fork.tip("fork"));
        let names: Vec<String> = fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect();
        let first = first % names.len();
        let last = (first + len).min(names.len() - 1);
        // All of the range, or its ends alone: those may be too entangled with what lies between.
        let chosen = if odd { Chosen::of(&[&names[first], &names[last]]) } else { Chosen::of(&[format!("{}..{}", names[first], names[last])]) };
        let before = fork.snapshot();
        let squashed = pq::ops::squash::squash(&fork.open(), &chosen, None, 1, &Silent);
        match squashed {
            Ok(report) => {
                prop_assert!(report.held.is_empty());
                prop_assert_eq!(fork.tree(fork.tip("fork")), tree);
                fork.check_branch();
            }
            Err(error) => {
                prop_assert!(first == last || odd, "{}", error);
                prop_assert_eq!(&fork.snapshot(), &before);
            }
        }
        // Every hunk of every patch by itself.
        let hunks = pq::ops::look::show(&fork.open(), &names[first]).unwrap().hunks;
        for (nth, hunk) in hunks.iter().enumerate() {
            let options = pq::ops::split::Options {
                name: names[first].clone(),
                into: format!("part-{nth}"),
                files: Vec::new(),
                hunks: vec![(hunk.path.clone(), 1)],
                before: odd,
                message: None,
                topic: None,
                when: 1,
            };
            let parted = pq::ops::split::split(&fork.open(), &options, &Silent);
            if let Err(error) = parted {
                let text = error.to_string();
                prop_assert!(text.contains("that is all") || text.contains("touches no file") || text.contains("hunks in"), "{}", text);
            }
            prop_assert_eq!(fork.tree(fork.tip("fork")), tree);
            fork.check_branch();
        }
    }
}
