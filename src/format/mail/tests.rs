//! What mails look like in the wild.

use super::*;

#[test]
fn encoded_words_are_decoded() {
    let decode = |text: &str| decode_words(text.as_bytes()).to_string();
    assert_eq!(decode("=?UTF-8?q?J=C3=B6hn_=22x=22?= <a@b>"), "Jöhn \"x\" <a@b>");
    assert_eq!(decode("=?utf-8?B?SsO2aG4=?="), "Jöhn");
    assert_eq!(decode("=?ISO-8859-1?Q?J=F6hn?= Doe"), "Jöhn Doe");
    assert_eq!(decode("a =?utf-8?q?b?= =?utf-8?q?c?= d"), "a bc d");
    assert_eq!(decode("a =?utf-8*de?q?b?= c"), "a b c");
    for odd in ["=?", "a =? b", "=?x?q?y", "=?utf-8?x?y?=", "=?x-none?q?=C1?=", "=?utf-8?q?=4?=", "=?utf-8?b?*?="] {
        assert_eq!(decode(odd), odd);
    }
}

#[test]
fn authors_of_all_forms_are_read() {
    let read = |text: &str| {
        let Author { name, email } = author(text.as_bytes());
        format!("{name}|{email}")
    };
    assert_eq!(read("A U Thor <a@b>"), "A U Thor|a@b");
    assert_eq!(read("\"B. \\\"x\\\" Doe\" <a@b>"), "B. \"x\" Doe|a@b");
    assert_eq!(read("a@b (A Thor)"), "A Thor|a@b");
    assert_eq!(read("a@b"), "a@b|a@b");
    assert_eq!(read("nobody"), "nobody|");
    assert_eq!(read("<a@b>"), "|a@b");
}

#[test]
fn dates_round_trip_and_others_are_not_guessed() {
    let date = |seconds, offset: &str| Date { seconds, offset: offset.into() };
    assert_eq!(parse_date(b"Mon, 3 Apr 2023 10:00:00 +0200"), Some(date(1680508800, "+0200")));
    assert_eq!(parse_date(b"3 Apr 2023 08:00 GMT"), Some(date(1680508800, "+0000")));
    assert_eq!(parse_date(b"2023-04-03 10:00:00 +0200"), Some(date(1680508800, "+0200")));
    assert_eq!(render_date(&date(1680508800, "-0000")).unwrap(), "Mon, 3 Apr 2023 08:00:00 -0000");
    assert_eq!(render_date(&date(0, "UTC")), None);
    assert_eq!(render_date(&date(i64::MAX, "+0000")), None);
    assert_eq!(parse_date(b"yesterday"), None);
}

#[test]
fn what_ends_a_message_is_known() {
    for line in ["---\n", "--- \n", "---\t\r\n", "--- a/x\n", "diff --git a/x b/x\n", "diff -u\n", "Index: x\n", "---"]
    {
        assert!(is_break(line.as_bytes()), "{line:?}");
    }
    for line in ["--\n", "----\n", "---x\n", "---  x\n", "diff\n", "index: x\n", "-- \n"] {
        assert!(!is_break(line.as_bytes()), "{line:?}");
    }
}
