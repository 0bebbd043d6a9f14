//! Versions of a change that were made for releases with other lines around it.

use bstr::BString;
use pq::format::deviation::deviation;
use pq::format::diff::{Body, FileDiff, LineKind};
use pq::format::patchfile::PatchFile;
use pq::format::render::{Side, render_file};
use pq::model::{DeviationKind, FileDeviation, Mark, Mode, Oid, Sign};
use proptest::prelude::*;

const PATHS: [&str; 4] = ["a.c", "b.c", "sub/a.c", "sub/deep/c.c"];

/// Few words, so that lines are often equal.
fn content() -> impl Strategy<Value = Option<String>> {
    let lines = proptest::collection::vec((0..6u8, 0..3usize), 0..40);
    let text = lines.prop_map(|lines| lines.iter().map(|(word, n)| format!("{}{word}\n", " ".repeat(*n))).collect());
    prop_oneof![5 => text.prop_map(Some), 1 => Just(None)]
}

fn side<'a>(path: &'a str, text: &'a str) -> Side<'a> {
    let id = Oid::from_hex(&[b'1'; 40]).unwrap();
    Side { path: path.into(), mode: Mode::Regular, id, bytes: text.as_bytes() }
}

/// The files of a patch that makes the second content of each path of the first.
fn change() -> impl Strategy<Value = Vec<FileDiff>> {
    proptest::collection::vec((content(), content()), PATHS.len()).prop_map(|contents| {
        let render = |(path, (old, new)): (&&str, &(Option<String>, Option<String>))| {
            let at = |text: &Option<String>| text.as_deref().map(|text| side(path, text)).is_some();
            let (has_old, has_new) = (at(old), at(new));
            let (old, new) = (old.clone().unwrap_or_default(), new.clone().unwrap_or_default());
            render_file(has_old.then(|| side(path, &old)), has_new.then(|| side(path, &new)), false)
        };
        parse(&PATHS.iter().zip(&contents).map(render).collect::<Vec<_>>().concat())
    })
}

fn parse(diff: &[u8]) -> Vec<FileDiff> {
    if diff.is_empty() { Vec::new() } else { PatchFile::parse(diff).unwrap().files }
}

/// The same change elsewhere: other line numbers, other lines around.
fn elsewhere(mut files: Vec<FileDiff>, by: u32, context: bool) -> Vec<FileDiff> {
    for file in &mut files {
        let Body::Text(hunks) = &mut file.body else { continue };
        for hunk in hunks {
            (hunk.old_start, hunk.new_start) = (hunk.old_start + by, hunk.new_start + 2 * by);
            let lines = hunk.lines.iter_mut().filter(|line| line.kind == LineKind::Context);
            lines.for_each(|line| line.text.insert(0, b'#'));
            hunk.lines.retain(|line| context || line.kind != LineKind::Context);
        }
    }
    files
}

/// The lines of a deviation that stand in one version alone.
fn marked(file: &FileDeviation, mark: Mark, sign: Sign) -> Vec<&BString> {
    let lines = file.hunks.iter().flat_map(|hunk| &hunk.lines);
    lines.filter(|line| line.mark == mark && line.sign == sign).map(|line| &line.text).collect()
}

/// What is left of a version when the lines that it has alone are taken away, in no order; `None` if it does not have them all.
fn without(mut lines: Vec<BString>, alone: &[&BString]) -> Option<Vec<BString>> {
    for text in alone {
        lines.remove(lines.iter().position(|line| line == *text)?);
    }
    lines.sort();
    Some(lines)
}

/// The lines of one sign in one file of a version, in order.
fn lines(files: &[FileDiff], path: &[u8], kind: LineKind) -> Vec<BString> {
    let all = files.iter().filter(|file| file.path() == path).flat_map(FileDiff::hunks).flat_map(|hunk| &hunk.lines);
    all.filter(|line| line.kind == kind).map(|line| line.text.clone()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_change_does_not_differ_from_itself_wherever_it_stands(files in change(), by in 0..1000u32, context in any::<bool>()) {
        prop_assert_eq!(deviation(&files, &files), []);
        prop_assert_eq!(deviation(&files, &elsewhere(files.clone(), by, context)), []);
    }

    #[test]
    fn where_changes_stand_says_nothing(ours in change(), theirs in change(), by in 0..1000u32, context in any::<bool>()) {
        let there = deviation(&elsewhere(ours.clone(), by, context), &elsewhere(theirs.clone(), by / 2, !context));
        prop_assert_eq!(there, deviation(&ours, &theirs));
    }

    /// What is shown of one side is there, and what is not shown is in both: so the deviation leads from theirs to ours.
    #[test]
    fn lines_are_those_of_their_side_and_nothing_is_left_out(ours in change(), theirs in change()) {
        for file in deviation(&ours, &theirs) {
            let their_path = file.their_path.as_ref().unwrap_or(&file.path);
            for (kind, sign) in [(LineKind::Remove, Sign::Remove), (LineKind::Add, Sign::Add)] {
                let mine = if file.kind == DeviationKind::OnlyTheirs { vec![] } else { lines(&ours, &file.path, kind) };
                let yours = if file.kind == DeviationKind::OnlyOurs { vec![] } else { lines(&theirs, their_path, kind) };
                let mine = without(mine, &marked(&file, Mark::Ours, sign));
                let yours = without(yours, &marked(&file, Mark::Theirs, sign));
                prop_assert!(mine.is_some() && mine == yours, "{file:?}\n{mine:?}\n{yours:?}");
            }
        }
    }

    #[test]
    fn a_file_is_there_if_and_only_if_its_lines_differ(ours in change(), theirs in change()) {
        let found = deviation(&ours, &theirs);
        let both = |path: &&str| [&ours, &theirs].iter().all(|files| files.iter().any(|file| file.path() == *path));
        for path in PATHS.into_iter().filter(both) {
            let differs = [LineKind::Remove, LineKind::Add]
                .into_iter()
                .any(|kind| lines(&ours, path.as_bytes(), kind) != lines(&theirs, path.as_bytes(), kind));
            let shown = found.iter().find(|file| file.path == path);
            prop_assert_eq!(shown.is_some_and(|file| !file.hunks.is_empty()), differs);
            prop_assert!(shown.is_none_or(|file| file.kind == DeviationKind::Differs));
        }
    }
}
