use proptest::prelude::*;

use super::*;

fn example() -> Resolution {
    let hunk = Hunk {
        base: "old\n".into(),
        ours: "upstream\r\n".into(),
        theirs: "patch".into(),
        answer: BString::from(&b"both \xff\n\n"[..]),
    };
    Resolution {
        patch: Some("keep-alive".to_owned()),
        from: Some("v1.0.0".to_owned()),
        onto: Some("v1.1.0".to_owned()),
        answer: Answer::Hunk { path: Some("pkg/a b\t.go".into()), reach: Reach::Full, hunk },
    }
}

#[test]
fn a_file_is_for_reading() {
    let text = "pq resolution 1\nkind: hunk\npath: \"pkg/a b\\t.go\"\npatch: keep-alive\nfrom: v1.0.0\nonto: v1.1.0\n\n\
                |old\n<upstream\r\n>patch\n\\ No newline\n=both \u{fffd}\n=\nend\n";
    let bytes = example().to_bytes();
    assert_eq!(String::from_utf8_lossy(&bytes), text);
    assert_eq!(Resolution::parse(&bytes).unwrap(), example());
    let name = example().file_name();
    assert!(name.starts_with("a-b-.go-") && name.ends_with(".txt") && name.len() == 8 + 10 + 1 + 10 + 4, "{name}");
}

#[test]
fn another_answer_is_another_file_about_the_same_question() {
    let other = |reach, answer: &str| {
        let Answer::Hunk { path, hunk, .. } = example().answer else { unreachable!() };
        let hunk = Hunk { answer: answer.into(), ..hunk };
        Resolution { answer: Answer::Hunk { path, reach, hunk }, ..example() }.file_name()
    };
    let names = [example().file_name(), other(Reach::Full, "other\n"), other(Reach::Partial, "other\n")];
    let questions: Vec<&str> = names.iter().map(|name| &name[..19]).collect();
    assert!(questions.iter().all(|question| *question == questions[0]), "{names:?}");
    assert!(names[0] != names[1] && names[1] != names[2]);
}

#[test]
fn a_whole_answer_is_a_diff() {
    let id: Oid = "1".repeat(40).parse().unwrap();
    let sides = [Some((Mode::Regular, id)), None, Some((Mode::Executable, id))];
    let clash = Clash { path: "a b".into(), kind: ConflictKind::ModifyDelete, sides };
    let whole = Resolution {
        answer: Answer::Whole { question: vec![clash], diff: "diff --git a/x b/x\n".into() },
        ..example()
    };
    let bytes = whole.to_bytes();
    assert!(
        String::from_utf8_lossy(&bytes).contains(&format!("\nconflict: modify-delete 100644:{id} - 100755:{id} a b\n"))
    );
    assert_eq!(Resolution::parse(&bytes).unwrap(), whole);
    assert!(whole.file_name().starts_with("keep-alive-"));
}

#[test]
fn mistakes_are_named_with_their_line() {
    let head = "pq resolution 1\nkind: hunk\npath: a\n\n";
    let cases = [
        ("", 1, Flaw::Magic),
        ("pq resolution 2\n", 1, Flaw::Magic),
        ("pq resolution 1\nkind: new\npath: a\n\n", 2, Flaw::Kind),
        ("pq resolution 1\npath: a\npath: b\n\n", 3, Flaw::Twice),
        ("pq resolution 1\npath: ../a\n\n", 2, Flaw::Path),
        ("pq resolution 1\npath: \"a\"\n\n", 2, Flaw::Path),
        ("pq resolution 1\nhello\n\n", 2, Flaw::Header),
        ("pq resolution 1\nkind: hunk\n\n", 3, Flaw::Incomplete),
        ("pq resolution 1\nkind: whole\nconflict: content - a\n\n", 3, Flaw::Clash),
        (&format!("{head}|a\n<b\n?c\n"), 7, Flaw::Sign),
        (&format!("{head}<b\n|a\n"), 6, Flaw::Order),
        (&format!("{head}\\ No newline\n"), 5, Flaw::Order),
        (&format!("{head}|a\n\\ No newline\n|b\n"), 7, Flaw::Order),
    ];
    for (text, line, why) in cases {
        let text = if text.is_empty() { String::new() } else { format!("{text}end\n") };
        assert_eq!(Resolution::parse(text.as_bytes()), Err(BadResolution { line, why }), "{text}");
    }
}

#[test]
fn a_file_that_is_cut_off_is_no_answer() {
    let diff = "diff --git a/x b/x\ndiff --git a/y b/y\n".into();
    let id: Oid = "1".repeat(40).parse().unwrap();
    let clash =
        Clash { path: "x".into(), kind: ConflictKind::ModifyDelete, sides: [Some((Mode::Regular, id)), None, None] };
    let whole = Resolution { answer: Answer::Whole { question: vec![clash], diff }, ..example() };
    for bytes in [example().to_bytes(), whole.to_bytes()] {
        for len in 16..bytes.len() {
            let flaw = Resolution::parse(&bytes[..len]).unwrap_err();
            assert_eq!(flaw.why, Flaw::CutOff, "{len}");
            assert!(flaw.line <= bytes[..len].iter().filter(|byte| **byte == b'\n').count() + 1);
        }
    }
}

fn side() -> impl Strategy<Value = BString> {
    prop::collection::vec(
        prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'a'), Just(b'='), Just(b'\\'), any::<u8>()],
        0..20,
    )
    .prop_map(BString::from)
}

proptest! {
    #[test]
    fn every_hunk_survives(base in side(), ours in side(), theirs in side(), answer in side(), reach in 0..3) {
        let reach = [Reach::Full, Reach::Partial, Reach::Imported][reach as usize];
        let hunk = Hunk { base, ours, theirs, answer };
        let written = Resolution { answer: Answer::Hunk { path: Some("a".into()), reach, hunk }, ..example() };
        prop_assert_eq!(Resolution::parse(&written.to_bytes()), Ok(written));
    }

    #[test]
    fn what_can_be_read_is_written_the_same(mut bytes in Just(example().to_bytes()), at in 0_usize..100, new in any::<u8>()) {
        let at = at % bytes.len();
        bytes[at] = new;
        if let Ok(read) = Resolution::parse(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }
}
