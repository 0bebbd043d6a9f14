//! What the parser takes, and what it refuses: with the line and the reason.

use super::*;
use crate::format::diff::LineKind;
use crate::model::Mode;

fn parse(text: &str) -> Result<Vec<FileDiff>, ParseError> {
    parse_sections(Cursor::new(text.as_bytes())).map(|(files, _)| files)
}

fn one(text: &str) -> FileDiff {
    let mut files = parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(files.len(), 1, "{text}");
    files.remove(0)
}

fn refused(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

const HEAD: &str = "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n";

fn hunk(text: &str) -> String {
    format!("{HEAD}{text}")
}

#[test]
fn a_section_says_what_it_does() {
    let file = one(&hunk("@@ -1,2 +1,2 @@ fn x()\n a\n-b\n+c\n\\ No newline at end of file\n"));
    assert_eq!((file.action, file.old_mode, file.new_mode), (Action::Modify, Some(Mode::Regular), None));
    assert_eq!((file.old_id.unwrap(), file.new_id.unwrap()), ("1".into(), "2".into()));
    let Body::Text(hunks) = file.body else { panic!() };
    assert_eq!(hunks[0].section, "fn x()");
    let lines: Vec<_> = hunks[0].lines.iter().map(|line| (line.kind, line.text.to_string())).collect();
    use LineKind::*;
    assert_eq!(lines, [(Context, "a\n".to_owned()), (Remove, "b\n".to_owned()), (Add, "c".to_owned())]);
}

#[test]
fn paths_come_from_whichever_header_has_them() {
    let path = |text: &str| one(text).path().to_string();
    assert_eq!(path("diff --git a/a b/c b/a b/c\nold mode 100644\nnew mode 100755\n"), "a b/c");
    assert_eq!(path("diff --git a/x b/y b/x b/y\nnew file mode 100644\nindex 0..1\n"), "x b/y");
    assert_eq!(path("diff --git \"a/\\303\\244\\t\" \"b/\\303\\244\\t\"\nnew file mode 100644\n"), "ä\t");
    assert_eq!(path("diff --git i/x w/x\nold mode 100644\nnew mode 100755\n"), "x");
    assert_eq!(path("--- old/x\t2023-01-01\n+++ new/x\t2023-01-02\n@@ -1 +1 @@\n-a\n+b\n"), "x");
    assert_eq!(path("--- a/x y\t\n+++ b/x y\t\n@@ -1 +1 @@\n-a\n+b\n"), "x y");
    assert_eq!(path("--- a/x.orig\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"), "x");
    let file = one("--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+a\n");
    assert_eq!((file.action, file.old_path, file.new_mode), (Action::Create, None, None));
    let file = one("diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\n");
    assert_eq!(file.action, Action::Rename { similarity: Some(90) });
}

#[test]
fn what_stands_between_sections_belongs_to_the_first() {
    let section = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";
    let text = format!("{section}Index: y\n=====\n{}-- \n2.39\n\n", section.replace('x', "y"));
    let files = parse(&text).unwrap();
    assert_eq!(files[0].raw, format!("{section}Index: y\n=====\n"));
    assert_eq!(files[1].raw, section.replace('x', "y"));
}

#[test]
fn carriage_returns_in_hunks_are_content() {
    let file = one(&hunk("@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\n"));
    assert_eq!(file.hunks()[0].lines[0].text, "a\r\n");
}

#[test]
fn an_empty_line_is_an_empty_context_line() {
    assert_eq!(one(&hunk("@@ -1,3 +1,3 @@\n\n-b\n+c\n\n")).hunks()[0].lines[0].text, "\n");
}

#[test]
fn counts_that_do_not_match_are_refused_with_the_line() {
    let cases = [
        ("@@ -1,2 +1,2 @@\n a\n-b\n+c\n+d\n", "line 9: the hunk goes on"),
        ("@@ -1,2 +1,2 @@\n a\n-b\n+c\n d\n", "line 9: the hunk goes on"),
        ("@@ -1,2 +1,2 @@\n a\n-b\n-c\n", "line 8: the hunk has 3 old lines where its header says 2"),
        ("@@ -1,2 +1,2 @@\n a\n+b\n+c\n", "line 8: the hunk has 3 new lines where its header says 2"),
        ("@@ -1,3 +1,3 @@\n a\n-b\n+c\n", "line 9: the file ends within a hunk: 1 more lines are due"),
        (
            "@@ -1,3 +1,3 @@\n a\n-b\n+c\ndiff --git a/y b/y\n",
            "line 9: the hunk has 2 old lines where its header says 3",
        ),
        ("@@ -1,2 +1,2 @@\n a\n-b\n+c", "line 8: the file ends within a line"),
        ("@@ -1,2 +1,2 @@\n a\n b\n", "line 5: the hunk changes nothing"),
        ("@@ -1,2 +1,2 @@\n a\n\\ No newline at end of file\n-b\n+c\n", "line 5: `\\ No newline"),
        ("@@ -1 +1 @@\n\\ No newline at end of file\n-b\n+c\n", "line 6: `\\ No newline"),
        ("@@ -1 +1 @@\n-b\n+\n\\ No newline at end of file\n", "line 5: `\\ No newline"),
        ("@@ -1,99999999999 +1 @@\n-b\n+c\n", "line 5: the hunk header"),
        ("@@ -1 +1\n-b\n+c\n", "line 5: the hunk header"),
        ("", "line 5: file headers without a hunk"),
    ];
    for (text, expected) in cases {
        let error = refused(&hunk(text));
        assert!(error.starts_with(expected), "{error}\n{text}");
    }
}

#[test]
fn headers_that_contradict_are_refused() {
    let git = "diff --git a/x b/x\n";
    for headers in [
        "new file mode 100644\ndeleted file mode 100644\n",
        "old mode 100644\n",
        "old mode 100644\nnew mode 120000\n",
        "old mode 100644\nnew mode 100644\n",
        "old mode 100644\nold mode 100644\nnew mode 100755\n",
        "new file mode 1006444444\n",
        "new file mode 040000\n",
        "rename from x\n",
        "rename from x\nrename to x\n",
        "rename from x\nrename to y\ncopy from x\ncopy to y\n",
        "new file mode 100644\nrename from x\nrename to y\n",
        "index 1..2 100644\n",
        "similarity index 101%\n",
        "index x..2\n",
        "--- a/x\n",
        "+++ a/x\n",
        "--- a/x\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
        "--- a/y\n+++ b/y\n@@ -1 +1 @@\n-a\n+b\n",
        "new file mode 100644\n--- a/x\n+++ b/x\n@@ -0,0 +1 @@\n+b\n",
        "new file mode 100644\n--- /dev/null\n+++ b/x\n@@ -1 +1,2 @@\n a\n+b\n",
        "deleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1,2 +1 @@\n a\n-b\n",
        "--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+b\n",
        "index 1..2\nBinary files a/x and b/x differ\n",
    ] {
        assert!(refused(&format!("{git}{headers}")).starts_with("line "), "{headers}");
    }
}

#[test]
fn a_path_is_changed_once_but_may_change_its_type() {
    let (gone, made) = ("diff --git a/x b/x\ndeleted file mode 100644\n", "diff --git a/x b/x\nnew file mode 120000\n");
    assert_eq!(parse(&format!("{gone}{made}")).unwrap().len(), 2);
    let swap = "diff --git a/x b/y\nrename from x\nrename to y\ndiff --git a/y b/x\nrename from y\nrename to x\n";
    assert_eq!(parse(swap).unwrap().len(), 2);
    let moved = "diff --git a/x b/y\nrename from x\nrename to y\n";
    for twice in [[made, made], [gone, gone], [made, gone], [gone, moved]] {
        assert!(refused(&twice.concat()).contains("was changed further up"), "{twice:?}");
    }
}

#[test]
fn paths_that_leave_the_tree_are_refused() {
    for path in ["../x", "/etc/passwd", ".git/config", "a/.GIT/x", "a//b", "."] {
        let text = format!("diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-a\n+b\n");
        assert!(refused(&text).contains("is not safe"), "{path}");
        let text = format!("diff --git a/x b/y\nrename from x\nrename to {path}\n");
        assert!(refused(&text).contains("is not safe"), "{path}");
    }
}

#[test]
fn broken_binary_patches_are_refused_with_the_line() {
    let head = "diff --git a/x b/x\nindex 1..2 100644\nGIT binary patch\n";
    for (text, expected) in [
        ("literal x\n", "line 4: binary patch: `literal SIZE`"),
        ("literal 5\nKcmb<mr~&{1<pA>l\n", "line 6: binary patch: the data end too early"),
        ("literal 5\nKcmb<mr~&{1<pA>l\n\n", "line 4: binary patch: the data have 3 bytes where 5 are stated"),
        ("literal 3\nKcmb<mr~&{1<pA>\n\n", "line 5: binary patch: the line is not base 85"),
        ("literal 3\nDcmb<m\n\n", "line 4: binary patch: the data cannot be inflated"),
        ("literal 99999999999\nKcmb<mr~&{1<pA>l\n\n", "line 4: binary patch: 99999999999 bytes are more"),
        ("literal 3\nKcmb<mr~&{1<pA>l\n\nliteral 4\nKcmb<mr~&{1<pA>l\n\n", "line 7: binary patch: the data have 3"),
    ] {
        let error = refused(&format!("{head}{text}"));
        assert!(error.starts_with(expected), "{error}\n{text}");
    }
    assert!(parse(&format!("{head}literal 3\nKcmb<mr~&{{1<pA>l\n\n")).is_ok());
}

#[test]
fn a_mailbox_and_stray_hunks_are_refused() {
    let mail = hunk(
        "@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n\nFrom 89e6c98d92887913cadf06b2adb97f26cde4849b Mon Sep 17 00:00:00 2001\n",
    );
    assert!(refused(&mail).contains("a second patch begins"));
    assert!(
        refused("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n@@ -1 +1 @@\n-a\n+b\n")
            .contains("without a file header")
    );
}
