//! What differs, what does not, and which files are compared.

use bstr::ByteSlice;

use super::*;
use crate::format::render::{Side, render_file};
use crate::format::section::{Cursor, parse_sections};
use crate::model::Oid;

fn files(text: &str) -> Vec<FileDiff> {
    parse_sections(Cursor::new(text.as_bytes())).unwrap().0
}

/// A file that a patch changes, of hunks without their headers: an empty line divides them.
fn changed(path: &str, hunks: &str) -> String {
    let mut text = format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n");
    for (nth, hunk) in hunks.split("\n\n").enumerate() {
        let count = |without: char| hunk.lines().filter(|line| !line.starts_with(without)).count();
        let start = nth * 100 + 1;
        text += &format!("@@ -{start},{} +{start},{} @@\n{}\n", count('+'), count('-'), hunk.trim_end_matches('\n'));
    }
    text
}

/// The deviation as text: a line for each file, and its lines with `<` for ours, `>` for theirs.
fn shown(ours: &str, theirs: &str) -> String {
    let mut out = String::new();
    for file in deviation(&files(ours), &files(theirs)) {
        let moved = file.their_path.as_ref().map(|path| format!(" ({path})")).unwrap_or_default();
        let facts: String = file.facts.iter().map(|fact| format!(" {fact:?}")).collect();
        let blank = if file.is_whitespace_only() { " whitespace" } else { "" };
        out += &format!("{}{moved} {:?}{facts}{blank}\n", file.path, file.kind);
        for hunk in &file.hunks {
            out += "@@\n";
            for line in &hunk.lines {
                let mark = [' ', '<', '>'][line.mark as usize];
                out += &format!("{mark}{}{}\n", ['-', '+'][line.sign as usize], line.text.trim_end().as_bstr());
            }
        }
    }
    out
}

#[test]
fn only_removed_and_added_lines_count() {
    let ours = changed("a.c", " one\n-old\n+new\n two\n\n x\n+more\n y");
    let theirs = changed("a.c", " other\n-old\n+new\n+more\n others");
    assert_eq!(shown(&ours, &theirs), "");
    assert_eq!(shown(&ours, &ours), "");
}

#[test]
fn a_line_more_and_a_line_otherwise_are_shown_with_what_is_around() {
    let ours = changed("a.c", " c\n-a1\n-a2\n-a3\n-a4\n+b1\n+ours\n+b2\n+b3\n+b4\n+b5\n c");
    let theirs = changed("a.c", " c\n-a1\n-a2\n-a3\n-a4\n+b1\n+theirs\n+b2\n+b3\n+b4\n+b5\n+b6\n c");
    insta::assert_snapshot!(shown(&ours, &theirs), @r"
    a.c Differs
    @@
     -a3
     -a4
     +b1
    <+ours
    >+theirs
     +b2
     +b3
     +b4
     +b5
    >+b6
    ");
}

#[test]
fn differences_far_from_each_other_are_hunks_of_their_own() {
    let middle: String = (0..7).map(|n| format!("+{n}\n")).collect();
    let ours = changed("a.c", &format!("+ours\n{middle}+also ours"));
    let theirs = changed("a.c", &format!("+theirs\n{middle}+also theirs"));
    assert_eq!(shown(&ours, &theirs).matches("@@").count(), 2);
    let near = middle.replacen("+3\n", "", 1);
    let (ours, theirs) =
        (ours.replace(&middle, &near).replace("+1,9", "+1,8"), theirs.replace(&middle, &near).replace("+1,9", "+1,8"));
    assert_eq!(shown(&ours, &theirs).matches("@@").count(), 1);
}

#[test]
fn a_context_line_between_two_changes_is_the_releases() {
    // Ours has a line between the two, so the first new line stands before the second old one.
    let ours = changed("a.c", "-a\n+b\n between\n-c\n+d");
    assert_eq!(shown(&ours, &changed("a.c", "-a\n-c\n+b\n+d")), "");
    assert_ne!(shown(&ours, &changed("a.c", "-a\n-c\n+d\n+b")), "", "the order of added lines counts");
    // A real difference far from it does not bring it back.
    let rest: String = (0..8).map(|n| format!("+{n}\n")).collect();
    let ours = changed("a.c", &format!("-a\n+b\n between\n-c\n+d\n{rest}+ours"));
    let theirs = changed("a.c", &format!("-a\n-c\n+b\n+d\n{rest}+theirs"));
    insta::assert_snapshot!(shown(&ours, &theirs), @r"
    a.c Differs
    @@
     +5
     +6
     +7
    <+ours
    >+theirs
    ");
}

#[test]
fn files_of_one_side_are_named() {
    let ours = changed("a.c", "+a") + &changed("b.c", "+b");
    let theirs = changed("a.c", "+a") + &changed("d.c", "-d");
    insta::assert_snapshot!(shown(&ours, &theirs), @r"
    b.c OnlyOurs
    @@
    <+b
    d.c OnlyTheirs
    @@
    >-d
    ");
}

#[test]
fn a_file_that_upstream_moved_is_found_by_name_or_content() {
    let lines = "+the first line\n+the second line\n+the third line";
    assert_eq!(shown(&changed("a/x.c", lines), &changed("b/y.c", lines)), "", "equal content, another name");
    let by_name = shown(&changed("old/dir/x.c", "+a"), &changed("new/dir/x.c", "+b"));
    assert!(by_name.starts_with("old/dir/x.c (new/dir/x.c) Differs\n"), "{by_name}");
    let by_content = shown(&changed("a/x.c", &format!("{lines}\n+a")), &changed("b/y.c", &format!("{lines}\n+b")));
    assert!(by_content.starts_with("a/x.c (b/y.c) Differs\n"), "{by_content}");
    let neither = shown(&changed("a/x.c", "+a"), &changed("b/y.c", "+b"));
    assert!(neither.starts_with("a/x.c OnlyOurs\n") && neither.contains("b/y.c OnlyTheirs\n"), "{neither}");
}

#[test]
fn content_is_stronger_than_a_common_name_and_the_longer_end_of_a_path_than_the_shorter() {
    let lines = "+the first line\n+the second line\n+the third line";
    let theirs = changed("c/types.go", "+unrelated") + &changed("b/kinds.go", lines);
    let found = shown(&changed("a/types.go", lines), &theirs);
    assert_eq!(found.lines().next(), Some("c/types.go OnlyTheirs"), "{found}");
    let theirs = changed("b/c/types.go", "+1") + &changed("b/a/types.go", "+2");
    let found = shown(&changed("a/types.go", "+3"), &theirs);
    assert!(found.starts_with("a/types.go (b/a/types.go) Differs\n"), "{found}");
}

#[test]
fn a_path_comes_before_any_likeness() {
    let lines = "+the first line\n+the second line\n+the third line";
    let theirs = changed("a.c", "+other") + &changed("b.c", lines);
    let found = shown(&changed("a.c", lines), &theirs);
    assert!(found.starts_with("a.c Differs\n") && found.contains("b.c OnlyTheirs\n"), "{found}");
}

#[test]
fn modes_binaries_and_moves_are_facts() {
    let mode = |new: &str| format!("diff --git a/run b/run\nold mode 100644\nnew mode {new}\n");
    assert_eq!(shown(&mode("100755"), &mode("100755")), "");
    let text = changed("run", "+a");
    let theirs = text.replace("--- a", "index 1234567..89abcde 100644\n--- a");
    let ours = mode("100755") + &text[text.find("---").unwrap()..];
    assert_eq!(shown(&ours, &theirs), "run Differs Mode { ours: Some(Executable), theirs: Some(Regular) }\n");
    let elsewhere = theirs.replace("100644", "100755");
    assert_eq!(shown(&theirs, &elsewhere), "", "the mode that a release has is not the change's");
    let renamed = "diff --git a/x b/y\nsimilarity index 100%\nrename from x\nrename to y\n";
    insta::assert_snapshot!(shown(renamed, &changed("x", "+a")), @r"
    y (x) Differs Action { ours: Some(Rename), theirs: Some(Modify) }
    @@
    >+a
    ");
    let created = "diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n";
    assert_eq!(shown(created, ""), "x OnlyOurs Action { ours: Some(Create), theirs: None }\n");
}

#[test]
fn binary_content_is_compared_by_bytes_or_by_id() {
    let noise = |seed: u64| -> Vec<u8> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 33) as u8
        };
        (0..2000).map(|at| if at == 0 { 0 } else { next() }).collect()
    };
    let patch = |old: &[u8], new: &[u8]| {
        let id = |bytes: &[u8]| Oid::from_hex(format!("{:02x}", bytes[9]).repeat(20).as_bytes()).unwrap();
        let side = |bytes| Side { path: "i".into(), mode: Mode::Regular, id: id(bytes), bytes };
        String::from_utf8(render_file(Some(side(old)), Some(side(new)), false)).unwrap()
    };
    let (one, two, mut new) = (noise(1), noise(2), noise(1));
    new[1000] ^= 1;
    let (delta, literal) = (patch(&one, &new), patch(&two, &new));
    assert!(delta.contains("\ndelta ") && literal.split("\n\n").next().unwrap().contains("\nliteral "));
    assert_eq!(shown(&delta, &literal), "", "the same content, written in two ways");
    assert_eq!(shown(&delta, &patch(&one, &two)), "i Differs Binary\n");
    assert_eq!(shown("", &literal), "i OnlyTheirs Binary\n");
    assert_eq!(shown(&changed("i", "+a"), &literal), "i Differs Binary\n@@\n<+a\n");
}

#[test]
fn blanks_alone_are_told_apart_from_words() {
    let ours = changed("a.c", "-x\n+  if (a)  {\n+\n+call(one, two);");
    let theirs = changed("a.c", "-x\n+\tif (a) {\n+call(one,\n+     two);");
    assert_eq!(shown(&ours, &theirs).lines().next(), Some("a.c Differs whitespace"));
    let theirs = theirs.replace("two", "three");
    assert_eq!(shown(&ours, &theirs).lines().next(), Some("a.c Differs"));
    assert_eq!(shown(&changed("a.c", "+ "), "").lines().next(), Some("a.c OnlyOurs"));
}

#[test]
fn a_file_that_is_where_upstream_has_it_is_no_other() {
    let lines = "+the first line\n+the second line\n+the third line";
    let (ours, theirs) = (files(&changed("ipv6.c", lines)), files(&changed("ipv4.c", lines)));
    assert_eq!(deviation(&ours, &theirs), []);
    let found = deviation_on(&ours, &theirs, &|file| file.path() == "ipv4.c");
    assert_eq!(
        found.iter().map(|file| file.kind).collect::<Vec<_>>(),
        [DeviationKind::OnlyOurs, DeviationKind::OnlyTheirs]
    );
}

#[test]
fn a_file_that_is_renamed_in_both_gets_the_same_name() {
    let renamed = |old: &str, new: &str| {
        let head = format!("diff --git a/{old} b/{new}\nsimilarity index 90%\nrename from {old}\nrename to {new}\n");
        let hunk = format!("--- a/{old}\n+++ b/{new}\n@@ -1,1 +1,2 @@\n one\n+two\n");
        head + &hunk
    };
    assert!(shown(&renamed("x", "y"), &renamed("x", "z")).starts_with("y OnlyOurs"));
    assert!(shown(&renamed("a/x", "a/y"), &renamed("a/x", "b/y")).starts_with("a/y OnlyOurs"));
    assert_eq!(shown(&renamed("a/x", "a/y"), &renamed("b/x", "b/y")), "", "its directory moved");
}
