//! Messages survive byte for byte.

use bstr::BString;
use pq::format::patchfile::{Author, Date, Message, PatchFile};
use proptest::prelude::*;

fn message(text: &[u8]) -> Message {
    Message {
        author: Some(Author { name: "A U Thor".into(), email: "author@example.com".into() }),
        date: Some(Date { seconds: 1680508800, offset: "+0200".into() }),
        encoding: None,
        text: text.into(),
    }
}

fn check(message: &Message) {
    let bytes = PatchFile::new(message.clone(), vec![]).unwrap().to_bytes();
    let parsed = PatchFile::parse(&bytes).unwrap_or_else(|error| panic!("{error}\n{}", BString::from(bytes.clone())));
    assert_eq!(&parsed.message, message, "{}", BString::from(bytes.clone()));
    assert_eq!(parsed.to_bytes(), bytes);
}

fn bytes(max: usize) -> impl Strategy<Value = BString> {
    proptest::collection::vec(1..=255u8, 0..max).prop_map(BString::from)
}

/// Pieces of text that mean something to mail tools.
fn text() -> impl Strategy<Value = BString> {
    let pieces = [
        "subject",
        "\n",
        "\n\n",
        "---",
        "--- x",
        "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "diff -",
        "diff --git a/x b/x\n",
        "Index: x",
        "From ",
        "From: A <b@c>",
        "Date: Mon, 3 Apr 2023 10:00:00 +0200",
        "Subject: x",
        "[PATCH]",
        "[x] ",
        "=?utf-8?q?=41?=",
        " ",
        "\t",
        "\r\n",
        "\r",
        "|",
        "\\ No newline at end of message\n",
        "X-Pq-Verbatim: message",
        ":",
        "ä",
        "\u{fffd}",
        "-- \n",
        "word",
        ">From x",
        "\x0b",
        "\x0c",
        "From 89e6c98d92887913cadf06b2adb97f26cde4849b Mon Sep 17 00:00:00 2001",
    ];
    let piece = prop_oneof![8 => proptest::sample::select(pieces.to_vec()).prop_map(BString::from), 1 => bytes(4)];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| BString::from(pieces.concat()))
}

fn name() -> impl Strategy<Value = BString> {
    let pieces =
        ["A", " ", "U Thor", "<", ">", "\"", "\\", ",", ".", "@", "(x)", "=?utf-8?q?=41?=", "\n", "ä", "\u{e9}", "\r"];
    let piece = prop_oneof![6 => proptest::sample::select(pieces.to_vec()).prop_map(BString::from), 1 => bytes(3)];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| BString::from(pieces.concat()))
}

fn any_message() -> impl Strategy<Value = Message> {
    let author = proptest::option::weighted(0.9, (name(), name()).prop_map(|(name, email)| Author { name, email }));
    let offset = prop_oneof![
        4 => proptest::sample::select(vec!["+0200", "-0000", "+9999", "-0330", "+2500", "+14", "UTC", ""]).prop_map(BString::from),
        1 => bytes(6)
    ];
    let seconds = prop_oneof![3 => -3_000_000_000..6_000_000_000i64, 1 => any::<i64>()];
    let date =
        proptest::option::weighted(0.9, (seconds, offset).prop_map(|(seconds, offset)| Date { seconds, offset }));
    let known =
        proptest::sample::select(vec!["ISO-8859-1", "UTF-8", "utf-8", "", "a;b", "\"x\""]).prop_map(BString::from);
    let encoding = proptest::option::weighted(0.4, prop_oneof![3 => known, 1 => bytes(5)]);
    (author, date, encoding, text()).prop_map(|(author, date, encoding, text)| Message { author, date, encoding, text })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_message_survives(message in any_message()) {
        check(&message);
    }

    #[test]
    fn any_bytes_survive_as_a_message(text in bytes(60)) {
        check(&message(&text));
    }

    #[test]
    fn what_is_parsed_is_given_back(text in text(), more in text()) {
        for bytes in [&text[..], &[&b"From: x\n"[..], &text, b"\n---\n", &more].concat()] {
            if let Ok(file) = PatchFile::parse(bytes) {
                prop_assert_eq!(BString::from(file.to_bytes()), BString::from(bytes));
            }
        }
    }

    #[test]
    fn a_message_is_replaced_and_the_rest_stays(old in any_message(), new in any_message()) {
        let diff = b"diff --git a/x b/x\nold mode 100644\nnew mode 100755\n".to_vec();
        let file = PatchFile::new(old, vec![diff.clone()]).unwrap();
        let replaced = file.with_message(new.clone());
        let parsed = PatchFile::parse(&replaced.to_bytes()).unwrap();
        prop_assert_eq!(&parsed, &replaced);
        prop_assert_eq!(parsed.message, new);
        prop_assert_eq!(&parsed.files[0].raw, &diff);
    }
}

#[test]
fn ordinary_messages_stay_plain() {
    for text in
        ["subject\n", "subject\n\nbody\n", "[v1.13] x: ä\n\nbody\n\n\nmore  \n - list\n\nSigned-off-by: x <y>\n"]
    {
        let bytes = PatchFile::new(message(text.as_bytes()), vec![]).unwrap().to_bytes();
        let expected = format!(
            "From: A U Thor <author@example.com>\nDate: Mon, 3 Apr 2023 10:00:00 +0200\nSubject: {}",
            if text.contains("\n\n") { text.to_owned() } else { format!("{text}\n") }
        );
        // Without a diff nothing follows the message: else `git am --empty=keep` fails.
        assert_eq!(BString::from(bytes), BString::from(expected.clone()));
        let diff = "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";
        let bytes = PatchFile::new(message(text.as_bytes()), vec![diff.into()]).unwrap().to_bytes();
        assert_eq!(BString::from(bytes), BString::from(format!("{expected}---\n\n{diff}")));
    }
}
