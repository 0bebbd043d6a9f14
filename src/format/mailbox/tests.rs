use super::*;

fn read_text(text: &str) -> Mail {
    read(text.as_bytes(), Rules::default()).unwrap()
}

#[test]
fn tags_of_a_subject_go_and_other_brackets_stay() {
    for (subject, wanted) in [
        ("[PATCH v2 3/7] x", "x"),
        ("Re: [PATCH] x", "x"),
        ("[x86] [PATCH 1/2] x", "[x86] x"),
        ("[RFC PATCH] [x86]  x", "[x86] x"),
        ("x: y [z]", "x: y [z]"),
        ("[PATCH x", "[PATCH x"),
        ("re: Re: x", "x"),
    ] {
        assert_eq!(without_tags(subject.as_bytes()), wanted, "{subject}");
    }
}

#[test]
fn sentences_are_no_mails() {
    let bytes = b"From a@b Mon Sep 17 00:00:00 2001\nSubject: x\n\nFrom here on it works.\nFrom 10:00:00 on\n\nFrom q Mon Sep 17 10:00:00 2001\nSubject: y\n\n";
    let mails = split(bytes);
    assert_eq!(mails.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 7]);
}

#[test]
fn kinds_of_mails() {
    let mail = |subject: &str, body: &str| read_text(&format!("From: A <a@x>\nSubject: {subject}\n\n{body}")).kind;
    let diff = "---\ndiff --git a/f b/f\nold mode 100644\nnew mode 100755\n";
    assert_eq!(mail("[PATCH 1/2] x", diff), Kind::Patch);
    assert_eq!(mail("[PATCH 0/2] x", "words\n"), Kind::Cover);
    assert_eq!(mail("[PATCH v3 00/12] x", "words\n"), Kind::Cover);
    assert_eq!(mail("[PATCH] x", "words\n"), Kind::Empty);
    assert_eq!(mail("Re: [PATCH] x", "words\n"), Kind::Talk);
    assert_eq!(mail("lunch", "words\n"), Kind::Talk);
}

#[test]
fn quoted_text_is_decoded_and_what_is_no_quote_stays() {
    assert_eq!(mime::quoted_printable(b"a=3Db=\nc =zz =\r\nd=").as_bstr(), "a=bc =zz d=");
}
