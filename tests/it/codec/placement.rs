//! Where hunks go: git-apply itself is the baseline, on files and hunks that leave much room for mistakes.

use pq::format::apply::apply_hunks;
use pq::format::diff::{Hunk, HunkLine, LineKind, is_binary};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::git::Repo;
use super::round_trip::{pair, parse, render_text};

/// A case: a patch's hunks, bent, and the content that they meet.
#[derive(Debug, Clone)]
struct Case {
    hunks: Vec<Hunk>,
    target: Vec<u8>,
}

#[derive(Debug, Clone)]
struct Bend {
    /// Context lines that are taken away at either end.
    less: (usize, usize),
    /// How far the stated positions are off.
    shift: (i64, i64),
}

fn bend() -> impl Strategy<Value = Bend> {
    let less = prop_oneof![3 => Just((0, 0)), 2 => (0..4usize, 0..4usize)];
    let shift = prop_oneof![3 => Just((0, 0)), 3 => (-8..8i64).prop_map(|by| (by, by)), 1 => (-8..8i64, -8..8i64)];
    (less, shift).prop_map(|(less, shift)| Bend { less, shift })
}

fn bent(hunk: &Hunk, bend: &Bend) -> Hunk {
    let (lead, trail) = hunk.context();
    let (first, last) = (bend.less.0.min(lead), hunk.lines.len() - bend.less.1.min(trail));
    let lines: Vec<HunkLine> = hunk.lines[first..last].to_vec();
    let count = |kind| lines.iter().filter(|line| line.kind != kind).count() as u32;
    let (old_len, new_len) = (count(LineKind::Add), count(LineKind::Remove));
    let start = |start: u32, by: i64| (i64::from(start) + first as i64 + by).max(0) as u32;
    let (old_start, new_start) = (start(hunk.old_start, bend.shift.0), start(hunk.new_start, bend.shift.1));
    Hunk { old_start, old_len, new_start, new_len, lines, ..hunk.clone() }
}

fn text_of(hunk: &Hunk) -> Vec<u8> {
    let mut out =
        format!("@@ -{},{} +{},{} @@\n", hunk.old_start, hunk.old_len, hunk.new_start, hunk.new_len).into_bytes();
    for line in &hunk.lines {
        out.push(match line.kind {
            LineKind::Context => b' ',
            LineKind::Remove => b'-',
            LineKind::Add => b'+',
        });
        out.extend_from_slice(&line.text);
        if !line.text.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
    out
}

fn case() -> impl Strategy<Value = Option<Case>> {
    let bends = proptest::collection::vec(bend(), 12);
    let order = prop_oneof![4 => Just(0), 1 => Just(1), 1 => Just(2)];
    let noise = (any::<prop::sample::Index>(), 0..4usize, super::round_trip::content(), 0..4u8);
    (pair(), bends, order, noise).prop_map(|((old, new), bends, order, (at, remove, insert, how))| {
        if is_binary(&old) || is_binary(&new) || old == new || is_binary(&insert) {
            return None;
        }
        let file = parse(&render_text(&old, &new)).remove(0);
        let mut hunks: Vec<Hunk> = file.hunks().iter().zip(&bends).map(|(hunk, bend)| bent(hunk, bend)).collect();
        match order {
            1 => hunks.reverse(),
            2 => hunks.push(hunks[0].clone()),
            _ => {}
        }
        let mut lines: Vec<&[u8]> = old.split_inclusive(|b| *b == b'\n').collect();
        let at = at.index(lines.len() + 1);
        let keep = lines.clone();
        match how {
            0 => {}
            1 => drop(lines.splice(at..(at + remove).min(keep.len()), [&insert[..]])),
            2 => drop(lines.splice(at..at, keep[..at.min(6)].iter().copied())),
            _ => lines.extend(keep.iter().skip(at)),
        }
        Some(Case { hunks, target: lines.concat() })
    })
}

/// Files that hold `target` once all of it was written; git's verdict on each.
fn verdicts_of_git(cases: &[Case]) -> Vec<Option<Vec<u8>>> {
    let repo = Repo::new();
    let mut patch = Vec::new();
    for (nth, case) in cases.iter().enumerate() {
        std::fs::write(repo.path().join(format!("f{nth}")), &case.target).unwrap();
        patch.extend(format!("diff --git a/f{nth} b/f{nth}\n--- a/f{nth}\n+++ b/f{nth}\n").into_bytes());
        case.hunks.iter().for_each(|hunk| patch.extend(text_of(hunk)));
    }
    let output = repo.run(&["apply", "--reject", "--whitespace=nowarn", "-"], &patch);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!said.contains("corrupt"), "{said}");
    let verdict = |nth: usize| {
        let rejected = repo.path().join(format!("f{nth}.rej")).exists();
        (!rejected).then(|| std::fs::read(repo.path().join(format!("f{nth}"))).unwrap())
    };
    (0..cases.len()).map(verdict).collect()
}

/// The one deviation: git joins lines where one has no newline, because it lets such a line match the start of another.
fn is_known_deviation(case: &Case, git: &Option<Vec<u8>>) -> bool {
    let is_open = |line: &[u8]| !line.ends_with(b"\n");
    let opens = |hunk: &Hunk| hunk.lines.iter().any(|line| is_open(&line.text));
    git.is_some() && (is_open(&case.target) || case.hunks.iter().any(opens))
}

#[test]
fn hunks_go_where_git_puts_them() {
    let mut runner = TestRunner::deterministic();
    let cases: Vec<Case> = (0..6000).filter_map(|_| case().new_tree(&mut runner).unwrap().current()).collect();
    let (mut applied, mut refused, mut deviations) = (0, 0, 0);
    for (case, git) in cases.iter().zip(verdicts_of_git(&cases)) {
        let ours = apply_hunks(&case.target, &case.hunks).ok();
        if ours.is_none() && is_known_deviation(case, &git) {
            deviations += 1;
            continue;
        }
        let show = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let text: Vec<u8> = case.hunks.iter().flat_map(text_of).collect();
        let ours = ours.map(|applied| applied.bytes);
        assert_eq!(
            show(&ours),
            show(&git),
            "{:?}\n{}",
            String::from_utf8_lossy(&case.target),
            String::from_utf8_lossy(&text)
        );
        *if git.is_some() { &mut applied } else { &mut refused } += 1;
    }
    assert!(applied > 1000 && refused > 500 && deviations < 100, "{applied} {refused} {deviations}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_edits_say_what_happened(case in case()) {
        let Some(case) = case else { return Ok(()) };
        let Ok(applied) = apply_hunks(&case.target, &case.hunks) else { return Ok(()) };
        let old: Vec<&[u8]> = case.target.split_inclusive(|b| *b == b'\n').collect();
        let new: Vec<&[u8]> = applied.bytes.split_inclusive(|b| *b == b'\n').collect();
        let (mut built, mut at) = (Vec::new(), 0);
        for edit in &applied.edits {
            built.extend_from_slice(&old[at..edit.old_start as usize]);
            prop_assert_eq!(built.len(), edit.new_start as usize);
            built.extend_from_slice(&new[edit.new_start as usize..edit.new_end() as usize]);
            at = edit.old_end() as usize;
        }
        built.extend_from_slice(&old[at..]);
        prop_assert_eq!(built, new);
        prop_assert!(applied.edits.windows(2).all(|pair| pair[0].old_end() < pair[1].old_start));
    }
}
