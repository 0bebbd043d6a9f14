use proptest::prelude::*;

use super::*;
use crate::format::marks::marked;
use crate::format::merge::{Merged, merge};

fn offers(hunks: &[Hunk]) -> Vec<Offer<'_>> {
    hunks.iter().map(|hunk| Offer { hunk, reach: Reach::Full, near: Near::Patch }).collect()
}

fn hunk(base: &str, ours: &str, theirs: &str, answer: &str) -> Hunk {
    Hunk { base: base.into(), ours: ours.into(), theirs: theirs.into(), answer: answer.into() }
}

/// What the records make of a merge; nothing if a conflict is left.
fn settled(texts: [&str; 3], hunks: &[Hunk]) -> Option<String> {
    let [base, ours, theirs] = texts.map(str::as_bytes);
    let merge = Merge::of(base, ours, theirs);
    let settled = merge.settle(&offers(hunks));
    let text = merge.text(&settled);
    assert_eq!(text.is_some(), settled.known == settled.conflicts);
    text.map(|text| String::from_utf8(text).unwrap())
}

fn recorded(texts: [&str; 3], result: &str) -> Vec<Hunk> {
    let [base, ours, theirs] = texts.map(str::as_bytes);
    Merge::of(base, ours, theirs).answers(result.as_bytes())
}

const BASE: &str = "one one\ntwo two\nfour four\nfive five\nsix six\nseven seven\neight eight\n";

fn with(edits: &[(&str, &str)]) -> String {
    edits.iter().fold(BASE.to_owned(), |text, (old, new)| {
        assert!(text.contains(old));
        text.replace(old, new)
    })
}

#[test]
fn an_answer_is_what_stands_where_the_conflict_was() {
    let (ours, theirs) = (with(&[("five five", "upstream five")]), with(&[("five five", "patched five")]));
    let result = with(&[("five five", "both fives\nand more")]);
    let hunks = recorded([BASE, &ours, &theirs], &result);
    assert_eq!(hunks, [hunk("five five\n", "upstream five\n", "patched five\n", "both fives\nand more\n")]);
    assert_eq!(settled([BASE, &ours, &theirs], &hunks).as_deref(), Some(&result[..]));
}

#[test]
fn an_edit_that_takes_a_neighbour_along_widens_the_record() {
    let (ours, theirs) = (with(&[("five five", "upstream five")]), with(&[("five five", "patched five")]));
    let result = with(&[("four four\nfive five\n", "both of them\n")]);
    let hunks = recorded([BASE, &ours, &theirs], &result);
    let side = |line: &str| format!("four four\n{line} five\n");
    assert_eq!(hunks, [hunk(&side("five"), &side("upstream"), &side("patched"), "both of them\n")]);
    assert_eq!(settled([BASE, &ours, &theirs], &hunks).as_deref(), Some(&result[..]));
    // It still fits when the line on the other side of it changed.
    let ours = with(&[("five five\nsix six", "upstream five\nupstream six")]);
    let result = with(&[("four four\nfive five\nsix six\n", "both of them\nupstream six\n")]);
    assert_eq!(settled([BASE, &ours, &theirs], &hunks).as_deref(), Some(&result[..]));
}

#[test]
fn a_neighbouring_line_that_changed_does_not_matter() {
    let known = [hunk("five five\n", "upstream five\n", "patched five\n", "both fives\n")];
    let theirs = with(&[("five five", "patched five")]);
    let ours = with(&[("five five\nsix six", "upstream five\nupstream six")]);
    let expected = with(&[("five five\nsix six", "both fives\nupstream six")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), Some(expected));
    let ours = with(&[("four four\nfive five\nsix six", "upstream four\nupstream five\nmore lines\nupstream six")]);
    let expected = with(&[("four four\nfive five\nsix six", "upstream four\nboth fives\nmore lines\nupstream six")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), Some(expected));
    // The other way round: recorded with the neighbour, which upstream took back.
    let known = [hunk(
        "five five\nsix six\n",
        "upstream five\nupstream six\n",
        "patched five\nsix six\n",
        "both fives\nupstream six\n",
    )];
    let ours = with(&[("five five", "upstream five")]);
    let expected = with(&[("five five", "both fives")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), Some(expected));
    // Unless the answer did more there than what merges by itself.
    let known = [Hunk { answer: "both fives\nmy six\n".into(), ..known[0].clone() }];
    assert_eq!(settled([BASE, &ours, &theirs], &known), None);
    let known = [hunk(
        "five five\nsix six\n",
        "upstream five\nsix six\n",
        "patched five\npatched six\n",
        "both fives\npatched six\n",
    )];
    let expected = with(&[("five five", "both fives")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), Some(expected));
}

#[test]
fn another_conflict_in_the_file_does_not_matter() {
    let known = [hunk("five five\n", "upstream five\n", "patched five\n", "both fives\n")];
    let ours = with(&[("five five", "upstream five"), ("one one", "upstream one")]);
    let theirs = with(&[("five five", "patched five"), ("one one", "patched one")]);
    let merge = Merge::of(BASE.as_bytes(), ours.as_bytes(), theirs.as_bytes());
    let settled = merge.settle(&offers(&known));
    assert_eq!((settled.known, settled.conflicts, settled.disagreements), (1, 2, 0));
    assert_eq!(merge.text(&settled), None);
    let labels = Labels { ours: "ours", base: "base", theirs: "theirs" };
    let text = String::from_utf8(merge.marked(&settled, labels, 7)).unwrap();
    assert!(text.contains("=======\npatched one\n") && text.contains("\nboth fives\n"), "{text}");
    assert_eq!(text.matches("<<<<<<<").count(), 1);
}

#[test]
fn two_records_settle_two_conflicts_that_have_become_one() {
    let known = [
        hunk("four four\n", "upstream four\n", "patched four\n", "both fours\n"),
        hunk("six six\n", "upstream six\n", "patched six\n", "both sixes\n"),
    ];
    let ours = with(&[("four four\nfive five\nsix six", "upstream four\nupstream five\nupstream six")]);
    let theirs = with(&[("four four", "patched four"), ("six six", "patched six")]);
    let expected = with(&[("four four\nfive five\nsix six", "both fours\nupstream five\nboth sixes")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), Some(expected));
}

#[test]
fn records_that_disagree_settle_nothing() {
    let one = hunk("five five\n", "upstream five\n", "patched five\n", "one answer\n");
    let two = Hunk { answer: "another answer\n".into(), ..one.clone() };
    let (ours, theirs) = (with(&[("five five", "upstream five")]), with(&[("five five", "patched five")]));
    assert_eq!(settled([BASE, &ours, &theirs], &[one.clone(), two.clone()]), None);
    let ours = with(&[("five five\nsix six", "upstream five\nupstream six")]);
    let merge = Merge::of(BASE.as_bytes(), ours.as_bytes(), theirs.as_bytes());
    assert_eq!(merge.settle(&offers(&[one, two])).disagreements, 1);
}

#[test]
fn sides_that_stand_everywhere_are_not_guessed() {
    let known = [hunk("", "}\n", "patched five\n", "}\npatched five\n")];
    let ours = with(&[("five five\n", "}\nupstream six\n")]);
    let theirs = with(&[("five five\n", "patched five\n")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), None);
    // A line that stands twice in its text could be either.
    let known = [hunk("five five\n", "seven seven\n", "patched five\n", "both fives\n")];
    let ours = with(&[("five five\nsix six", "seven seven\nupstream six")]);
    assert_eq!(settled([BASE, &ours, &theirs], &known), None);
}

#[test]
fn elsewhere_only_what_tells_counts() {
    let near = |near, hunk| [Offer { hunk, reach: Reach::Full, near }];
    let tiny = hunk("x\n", "}\n", "y\n", "z\n");
    let merge = Merge::of(b"x\n", b"}\n", b"y\n");
    assert_eq!(merge.settle(&near(Near::Elsewhere, &tiny)).known, 0);
    assert_eq!(merge.settle(&near(Near::File, &tiny)).known, 1);
    let known = hunk("five five\n", "upstream five\n", "patched five\n", "both fives\n");
    let merge = Merge::of(b"five five\n", b"upstream five\n", b"patched five\n");
    assert_eq!(merge.settle(&near(Near::Elsewhere, &known)).known, 1);
}

#[test]
fn a_nearer_record_is_asked_first_and_a_partial_one_is_never_enough() {
    let own = hunk("five five\n", "upstream five\n", "patched five\n", "mine\n");
    let other = Hunk { answer: "of another patch\n".into(), ..own.clone() };
    let merge = Merge::of(b"five five\n", b"upstream five\n", b"patched five\n");
    let offers = |reach| {
        [Offer { hunk: &other, reach: Reach::Full, near: Near::File }, Offer { hunk: &own, reach, near: Near::Patch }]
    };
    let settled = merge.settle(&offers(Reach::Full));
    assert_eq!(merge.text(&settled).unwrap(), b"mine\n");
    assert!(settled.is_all());
    let settled = merge.settle(&offers(Reach::Partial));
    assert_eq!(merge.text(&settled).unwrap(), b"mine\n");
    assert!(!settled.is_all());
}

#[test]
fn what_git_recorded_fits_in_either_order() {
    let known = Hunk { answer: "both fives\n".into(), ..hunk("", "patched five\n", "upstream five\n", "") };
    let merge = Merge::of(b"five five\n", b"upstream five\n", b"patched five\n");
    let offer = Offer { hunk: &known, reach: Reach::Imported, near: Near::Elsewhere };
    assert_eq!(merge.text(&merge.settle(&[offer])).unwrap(), b"both fives\n");
}

#[test]
fn ends_without_newline_and_carriage_returns_survive() {
    let texts = ["one one\r\nlast one", "one one\r\nupstream last", "one one\r\npatched last"];
    for result in ["one one\r\nboth lasts", "one one\r\nboth lasts\r\n", "one one\r\n"] {
        let hunks = recorded(texts, result);
        assert_eq!(settled(texts, &hunks).as_deref(), Some(result));
    }
    // An answer without newline cannot stand in front of another line.
    let known = [hunk("five five\n", "upstream five\n", "patched five\n", "both fives")];
    let (ours, theirs) = (with(&[("five five", "upstream five")]), with(&[("five five", "patched five")]));
    let merge = Merge::of(BASE.as_bytes(), ours.as_bytes(), theirs.as_bytes());
    assert_eq!(merge.text(&merge.settle(&offers(&known))), None);
}

/// Lines of a file, as numbers of words.
fn words(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0_u8..12, 0..most)
}

fn text(words: &[u8]) -> String {
    words.iter().map(|word| format!("word{word} {word}\n")).collect()
}

/// A text with some runs of lines replaced.
fn edited(base: &[u8], edits: &[(usize, usize, Vec<u8>)]) -> Vec<u8> {
    let mut out = base.to_vec();
    for (at, len, new) in edits {
        let at = at % (out.len() + 1);
        let end = (at + len).min(out.len());
        out.splice(at..end, new.iter().copied());
    }
    out
}

fn edits() -> impl Strategy<Value = Vec<(usize, usize, Vec<u8>)>> {
    prop::collection::vec((0_usize..60, 0_usize..3, prop::collection::vec(0_u8..30, 0..3)), 1..5)
}

proptest! {
    #[test]
    fn units_are_the_merge(base in words(40), ours in edits(), theirs in edits()) {
        let (ours, theirs) = (text(&edited(&base, &ours)), text(&edited(&base, &theirs)));
        let base = text(&base);
        let row = Merge::of(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        let nothing = row.settle(&[]);
        prop_assert_eq!(row.sides(&(0..row.units.len())), [base.as_bytes(), ours.as_bytes(), theirs.as_bytes()]);
        match merged {
            Merged::Clean(text) => prop_assert_eq!(row.text(&nothing), Some(text)),
            Merged::Conflict(conflicts) => prop_assert_eq!(nothing.conflicts, conflicts.len()),
        }
        let labels = Labels { ours: "o", base: "b", theirs: "t" };
        let marks = marked(base.as_bytes(), ours.as_bytes(), theirs.as_bytes(), labels, 7);
        prop_assert_eq!(row.marked(&nothing, labels, 7), marks);
    }

    /// Whatever a person makes of it: the answers give it back, or leave a conflict, or it is seen that they do not explain it.
    #[test]
    fn answers_give_the_result(
        base in words(40), ours in edits(), theirs in edits(), sides in prop::collection::vec(0_usize..4, 40), more in edits(),
        touches in any::<bool>(),
    ) {
        let (ours, theirs) = (text(&edited(&base, &ours)), text(&edited(&base, &theirs)));
        let base = text(&base);
        let row = Merge::of(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        // Settled by taking one side, both or none.
        let mut result = Vec::new();
        for (at, unit) in row.units.iter().enumerate() {
            let [_, ours, theirs] = row.sides(&(at..at + 1));
            let answer = [ours.to_vec(), theirs.to_vec(), [ours, theirs].concat(), b"answer\n".to_vec()];
            result.extend(row.clear(unit).map_or_else(|| answer[sides[at % 40]].clone(), <[u8]>::to_vec));
        }
        let mut expected = result.clone();
        if touches {
            let lines: Vec<&[u8]> = result.split_inclusive(|byte| *byte == b'\n').collect();
            let mut lines: Vec<Vec<u8>> = lines.into_iter().map(<[u8]>::to_vec).collect();
            for (at, len, new) in &more {
                let at = at % (lines.len() + 1);
                let end = (at + len).min(lines.len());
                lines.splice(at..end, new.iter().map(|word| format!("more{word}\n").into_bytes()));
            }
            expected = lines.concat();
        }
        let hunks = row.answers(&expected);
        let settled = row.settle(&offers(&hunks));
        if !touches {
            // Two equal questions with two answers, and lines that stand in several places, are the only reasons for a conflict to be left.
            let questions: BTreeSet<_> = hunks.iter().map(|it| (&it.base, &it.ours, &it.theirs)).collect();
            let are_clear = questions.len() == hunks.len() && hunks.iter().all(|it| row.is_one_place(it));
            match row.text(&settled) {
                Some(text) => prop_assert_eq!(text, expected),
                None => prop_assert!(!are_clear),
            }
        }
    }

    /// Another conflict far away leaves the recorded one alone.
    #[test]
    fn another_conflict_leaves_the_text(base in words(30), ours in edits(), theirs in edits(), answers in prop::collection::vec(0_u8..9, 9)) {
        let (ours, theirs) = (text(&edited(&base, &ours)), text(&edited(&base, &theirs)));
        let base = text(&base);
        let row = Merge::of(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        let mut result = Vec::new();
        for (at, unit) in row.units.iter().enumerate() {
            let answer = format!("answer {}\n", answers[at % 9]).into_bytes();
            result.extend(row.clear(unit).map_or(answer, <[u8]>::to_vec));
        }
        let hunks = row.answers(&result);
        let known = row.settle(&offers(&hunks));
        if row.text(&known).is_none() || known.conflicts == 0 {
            return Ok(());
        }
        let far = "far a\nfar b\nfar c\nfar d\nfar e\n";
        let more = |text: &str, last: &str| format!("{text}{far}{last}\n");
        let texts = [more(&base, "old end"), more(&ours, "upstream end"), more(&theirs, "patched end")];
        let [b, o, t] = [&texts[0], &texts[1], &texts[2]].map(|text| text.as_bytes());
        let row = Merge::of(b, o, t);
        let settled = row.settle(&offers(&hunks));
        if settled.conflicts != known.conflicts + 1 {
            return Ok(());
        }
        prop_assert_eq!(settled.known, known.known);
        let labels = Labels { ours: "o", base: "b", theirs: "t" };
        let text = row.marked(&settled, labels, 7);
        prop_assert!(text.starts_with(&[&result[..], far.as_bytes()].concat()));
    }
}
