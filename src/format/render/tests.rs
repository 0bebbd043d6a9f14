//! The exact text of sections.

use super::*;

fn side<'a>(path: &'a str, mode: Mode, bytes: &'a str) -> Option<Side<'a>> {
    let id = Oid::from_bytes(&[bytes.len() as u8; 20]).unwrap();
    Some(Side { path: BStr::new(path), mode, id, bytes: bytes.as_bytes() })
}

fn render(old: Option<Side>, new: Option<Side>) -> String {
    String::from_utf8(render_file(old, new, false)).unwrap()
}

#[test]
fn hunks_have_three_lines_around_and_the_heading_above() {
    let old = "fn a() {\n    1\n    2\n    3\n    4\n}\n\nfn b() {\n    5\n    6\n    7\n    8\n    9\n}\n";
    let new = old.replace("    4\n", "    four\n").replace("    9\n", "");
    let text = render(side("x", Mode::Regular, old), side("x", Mode::Regular, &new));
    let (header, hunks) = text.split_at(text.find("@@").unwrap());
    assert_eq!(header.lines().next(), Some("diff --git a/x b/x"));
    assert_eq!(header.lines().skip(2).collect::<Vec<_>>(), ["--- a/x", "+++ b/x"]);
    let expected = "@@ -2,7 +2,7 @@ fn a() {\n     1\n     2\n     3\n-    4\n+    four\n }\n \n fn b() {\n\
                    @@ -10,5 +10,4 @@ fn b() {\n     6\n     7\n     8\n-    9\n }\n";
    assert_eq!(hunks, expected);
}

#[test]
fn nothing_is_written_where_nothing_changes() {
    assert_eq!(render(None, None), "");
    assert_eq!(render(side("x", Mode::Regular, "a"), side("x", Mode::Regular, "a")), "");
}

#[test]
fn an_empty_file_has_no_hunks() {
    let zeros = "0".repeat(40);
    let expected = format!("diff --git a/x b/x\nnew file mode 100644\nindex {zeros}..{zeros}\n");
    assert_eq!(render(None, side("x", Mode::Regular, "")), expected);
}

#[test]
fn a_change_of_type_is_a_deletion_and_a_creation() {
    let text = render(side("x", Mode::Regular, "a\n"), side("x", Mode::Symlink, "b"));
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("mode") || line.starts_with("diff")).collect();
    assert_eq!(lines, ["diff --git a/x b/x", "deleted file mode 100644", "diff --git a/x b/x", "new file mode 120000"]);
}

#[test]
fn long_headings_are_cut_between_characters() {
    assert_eq!(cut(format!("a{}\n", "ä".repeat(50)).as_bytes()).len(), 79);
    assert_eq!(cut(b"fn x()  \r\n"), b"fn x()");
}

#[test]
fn submodules_are_a_line() {
    let commit: Oid = "89e6c98d92887913cadf06b2adb97f26cde4849b".parse().unwrap();
    assert_eq!(submodule_commit(&submodule_text(commit)), Some(commit));
    assert_eq!(submodule_commit(b"Subproject commit 89e6\n"), None);
}
