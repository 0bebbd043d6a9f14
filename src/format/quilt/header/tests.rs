use super::*;

const SECTION: &[u8] = b"diff --git a/f b/f\nindex 1..2 100644\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n";

fn day() -> Date {
    Date { seconds: 1_600_000_000, offset: "+0000".into() }
}

fn round(header: &str) -> (Message, PatchFile) {
    let file = patch_file(header.as_bytes(), vec![SECTION.to_vec()], &day()).unwrap();
    let again = PatchFile::parse(&file.to_bytes()).unwrap();
    assert_eq!(again, file, "{}", file.to_bytes().as_bstr());
    let back = original(&again).unwrap_or_else(|| written(&again).unwrap());
    assert_eq!(back, header, "the header comes back byte for byte");
    (again.message.clone(), again)
}

#[test]
fn a_mail_is_a_message() {
    let (message, _) = round(
        "From 5d49824da13bf2bca6140d96b69b222fc90ddd2b Mon Sep 17 00:00:00 2001\nFrom: =?utf-8?q?J=C3=BCrgen?= <j@x>\n\
         Date: Sun, 9 Feb 2014 16:09:48 +0200\nSubject: [PATCH 2/9] A long subject that is\n folded\n\nText.\n\n\
         Origin: upstream, https://example.org/commit/1a2b3c4d5e6f\n\nPatch-Name: x.patch\n---\n f | 2 +-\n 1 file changed\n\n",
    );
    assert_eq!(message.author.unwrap().name, "Jürgen");
    assert_eq!(message.date.unwrap().offset, "+0200");
    let text = "A long subject that is folded\n\nText.\n\nOrigin: upstream, https://example.org/commit/1a2b3c4d5e6f\n\n\
                Patch-Name: x.patch\n";
    assert_eq!(message.text, text);
}

#[test]
fn the_fields_of_dep3_are_a_message() {
    let (message, _) = round(
        "Description: Use /run\n More words,\n .\n and a second paragraph.\nAuthor: A B <a@b>\nOrigin: vendor\n\
         Bug-Debian: https://bugs.debian.org/1\nForwarded: no\nLast-Update: 2020-02-03\n---\nThis patch header follows DEP-3\n",
    );
    let text = "Use /run\n\nMore words,\n\nand a second paragraph.\n\nOrigin: vendor\nBug-Debian: https://bugs.debian.org/1\n\
                Forwarded: no\nLast-Update: 2020-02-03\n";
    assert_eq!(message.text, text);
    assert_eq!(message.author.unwrap().email, "a@b");
    assert_eq!(message.date.unwrap().seconds, 1_580_688_000);
}

#[test]
fn any_text_is_a_message_and_comes_back() {
    let (message, _) = round("\n  Some words\nwithout fields: see http://example.org\n\n\n");
    assert_eq!(message.text, "  Some words\nwithout fields: see http://example.org\n");
    assert!(is_unknown(&message) && message.date == Some(day()));
    for header in [
        "",
        "\n",
        "no newline at the end",
        "a\r\nb\r\n",
        "## Description: x\n|bar\n---\n\nmore\n",
        "From: x\n",
        "x\n---\n",
    ] {
        round(header);
    }
    for header in ["Subject: x\nOrigin: other\n", "Description:\n Long\n text\n\n", "From: ü <a@b>\nSubject: y\n"] {
        round(header);
    }
    let latin1 = b"Description: caf\xe9\nAuthor: J\xf6rg <j@x>\n\n".to_vec();
    let file = patch_file(&latin1, vec![SECTION.to_vec()], &day()).unwrap();
    assert_eq!(original(&PatchFile::parse(&file.to_bytes()).unwrap()).unwrap(), latin1);
}

#[test]
fn an_empty_patch_keeps_its_header() {
    for header in ["", "Description: nothing\nAuthor: A <a@b>\n\n", "text", "From: A <a@b>\nSubject: s\n\nb\n"] {
        let file = patch_file(header.as_bytes(), Vec::new(), &day()).unwrap();
        let again = PatchFile::parse(&file.to_bytes()).unwrap();
        assert_eq!(original(&again).unwrap(), header);
    }
}

#[test]
fn another_message_is_another_header() {
    let (_, file) = round("Description: old\nAuthor: A <a@b>\n\n");
    let changed = file.with_message(Message { text: "new\n".into(), ..file.message.clone() });
    let changed = PatchFile::parse(&changed.to_bytes()).unwrap();
    assert_eq!(original(&changed), None);
    let expected = "From: A <a@b>\nDate: Sun, 13 Sep 2020 12:26:40 +0000\nSubject: new\n\n---\n\n";
    assert_eq!(written(&changed).unwrap(), expected);
    let (_, file) = round("words\n\n");
    let changed = file.with_message(Message { text: "new\n".into(), ..file.message.clone() });
    assert_eq!(written(&changed).unwrap(), "Subject: new\n\n---\n\n");
}
