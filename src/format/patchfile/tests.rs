//! Patch files as people have them.

use super::*;

const DIFF: &str = "diff --git a/x b/x\nold mode 100644\nnew mode 100755\n";

fn parse(text: &str) -> PatchFile {
    let file = PatchFile::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(BString::from(file.to_bytes()), text);
    file
}

fn text_of(text: &str) -> String {
    parse(text).message.text.to_string()
}

#[test]
fn subjects_lose_their_patch_prefix_and_folds() {
    let subject = |text: &str| text_of(&format!("From: A <a@b>\nSubject: {text}\n\n---\n{DIFF}"));
    assert_eq!(subject("[PATCH v2 3/7] x"), "x\n");
    assert_eq!(subject("[RFC PATCH] [v1.13] x"), "[v1.13] x\n");
    assert_eq!(subject("[v1.13] x"), "[v1.13] x\n");
    assert_eq!(subject("[PATCH] a\n b\n\tc"), "a b c\n");
    assert_eq!(subject("[PATCH] =?utf-8?q?=C3=A4?=\n =?utf-8?q?b?="), "äb\n");
}

#[test]
fn bodies_override_headers_and_lose_blank_ends() {
    let file = parse(&format!(
        "From: Bot <bot@x>\nSubject: s\n\nFrom: =?utf-8?q?=C3=A4?= <a@b>\n\nbody\n\nmore\n\n---\n{DIFF}"
    ));
    assert_eq!(file.message.author, Some(Author { name: "ä".into(), email: "a@b".into() }));
    assert_eq!(file.message.text, "s\n\nbody\n\nmore\n");
}

#[test]
fn notes_and_signature_stay_where_they_are() {
    let file = parse(&format!("From: A <a@b>\nSubject: s\n\n---\n x | 0\n 1 file changed\n\n{DIFF}-- \n2.39\n\n"));
    assert_eq!(file.notes, " x | 0\n 1 file changed\n\n");
    assert_eq!(file.tail, "-- \n2.39\n\n");
    let other = file.with_message(Message { text: "t\n".into(), ..file.message.clone() });
    assert!(
        BString::from(other.to_bytes())
            .ends_with(format!("---\n x | 0\n 1 file changed\n\n{DIFF}-- \n2.39\n\n").as_bytes())
    );
    assert_eq!(file.with_message(file.message.clone()), file);
}

#[test]
fn plain_diffs_have_a_message_and_no_author() {
    let svn = "Index: x\n====\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
    for (text, message) in [
        (format!("what it does\n\nDescription: x\n{DIFF}"), "what it does\n\nDescription: x\n"),
        (format!("Description: x\nAuthor: A <a@b>\n---\nnotes\n{DIFF}"), "Description: x\nAuthor: A <a@b>\n"),
        (DIFF.to_owned(), ""),
        (format!("text\n{svn}"), "text\n"),
        (svn.to_owned(), ""),
    ] {
        let file = parse(&text);
        assert_eq!((file.message.author, file.message.text), (None, message.into()));
        assert_eq!(file.files.len(), 1);
    }
}

#[test]
fn an_mbox_line_and_a_charset_are_read() {
    let from = "From 89e6c98d92887913cadf06b2adb97f26cde4849b Mon Sep 17 00:00:00 2001\n";
    let file = parse(&format!(
        "{from}From: A <a@b>\nSubject: s\nContent-Type: text/plain; charset=\"ISO-8859-1\"\n\n---\n{DIFF}"
    ));
    assert_eq!(file.message.encoding, Some("ISO-8859-1".into()));
    assert_eq!(parse("Subject: s\nContent-Type: text/plain; charset=UTF-8\n\n").message.encoding, None);
}

#[test]
fn a_latin1_mail_of_another_tool_becomes_utf8() {
    let mail = b"From kernel-owner@x Mon Apr 3 10:00:00 2023\nFrom: =?iso-8859-1?q?J=F6hn?= <a@b>\nSubject: s\n\
        Content-Type: text/plain; charset=iso-8859-1\n\nL\xe4nger\n---\n";
    let file = PatchFile::parse(mail).unwrap();
    assert_eq!((file.message.text, file.message.encoding), ("s\n\nLänger\n".into(), None));
    assert_eq!(file.message.author.unwrap().name, "Jöhn");
}

#[test]
fn sections_start_on_a_line_of_their_own() {
    let file = parse("Subject: s\n\n---").with_sections(vec![DIFF.into()]).unwrap();
    assert_eq!(parse(&file.to_bytes().to_str_lossy()), file);
    let none = file.with_sections(vec![]).unwrap();
    assert_eq!(none.files, []);
}

#[test]
fn what_cannot_be_read_is_refused() {
    let refused = |text: &str| PatchFile::parse(text.as_bytes()).expect_err(text).to_string();
    assert!(refused("").contains("neither a mail header nor a diff"));
    assert!(refused("just words\n").contains("neither a mail header nor a diff"));
    assert!(refused("Subject: x\nContent-Transfer-Encoding: base64\n\nAAAA\n").contains("encoded as base64"));
    assert!(refused("Subject: x\nX-Pq-Verbatim: message\n\nno bar\n---\n").starts_with("line 4: the message is not"));
    assert!(refused("Subject: x\nX-Pq-Date: soon\n\n---\n").contains("X-Pq-Date"));
    assert!(refused(&format!("Subject: x\n\n---\n\n{DIFF}+x\n")).starts_with("line 8: the hunk goes on"));
}

#[test]
fn odd_messages_are_written_verbatim() {
    let message = Message { text: "two\nlines\n\n---\nno end".into(), ..Message::default() };
    let file = PatchFile::new(message.clone(), vec![DIFF.into()]).unwrap();
    let expected = "Subject: two lines\nX-Pq-Verbatim: message\n\n|two\n|lines\n|\n|---\n|no end\n\\ No newline at end of message\n---\n\n";
    assert_eq!(BString::from(file.to_bytes()), format!("{expected}{DIFF}"));
    assert_eq!(parse(&file.to_bytes().to_str_lossy()).message, message);
}

#[test]
fn a_missing_last_newline_leaves_the_message_readable() {
    for (text, expected) in [
        ("s\n\nbody", "Subject: s\nX-Pq-Final-Newline: none\n\nbody\n"),
        ("s", "Subject: s\nX-Pq-Final-Newline: none\n\n"),
    ] {
        let message = Message { text: text.into(), ..Message::default() };
        let file = PatchFile::new(message.clone(), vec![]).unwrap();
        assert_eq!(BString::from(file.to_bytes()), expected);
        assert_eq!(parse(expected).message, message);
    }
}

#[test]
fn a_subject_is_the_first_paragraph_in_one_line() {
    let subject = |text: &str| Message { text: text.into(), ..Message::default() }.subject().to_string();
    assert_eq!(subject("\n a\nb \n\nbody"), "a b");
    assert_eq!(subject(""), "");
}
