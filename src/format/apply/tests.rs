//! What applies, what does not, and why.

use super::*;
use crate::format::section::{Cursor, parse_sections};

fn file(text: &str) -> FileDiff {
    parse_sections(Cursor::new(text.as_bytes())).unwrap().0.remove(0)
}

fn hunks(text: &str) -> Vec<Hunk> {
    file(&format!("--- a/x\n+++ b/x\n{text}")).hunks().to_vec()
}

fn applied(pre: &str, text: &str) -> Result<String, ApplyError> {
    apply_hunks(pre.as_bytes(), &hunks(text)).map(|applied| String::from_utf8(applied.bytes).unwrap())
}

#[test]
fn of_two_equal_places_the_nearer_is_taken_and_the_later_of_two_as_near() {
    let hunk = "@@ -4,3 +4,3 @@\n a\n-b\n+c\n a\n";
    assert_eq!(applied("a\nb\na\n-\n-\n-\na\nb\na\n", hunk).unwrap(), "a\nb\na\n-\n-\n-\na\nc\na\n");
    assert_eq!(applied("a\nb\na\n-\n-\n-\n-\na\nb\na\n", hunk).unwrap(), "a\nc\na\n-\n-\n-\n-\na\nb\na\n");
}

#[test]
fn hunks_at_the_ends_stay_at_the_ends() {
    assert!(applied("-\na\nb\nc\n", "@@ -1,2 +1,3 @@\n+x\n a\n b\n").is_err());
    assert!(applied("a\nb\nc\n", "@@ -2,2 +2,3 @@\n a\n b\n+x\n").is_err());
    assert_eq!(
        applied("-\na\nb\n", "@@ -1,2 +1,3 @@\n a\n b\n+x\n").unwrap_err().to_string().split(':').next().unwrap(),
        "hunk 1 (line 3 of the patch) does not apply"
    );
}

#[test]
fn lines_of_an_earlier_hunk_are_not_matched_again() {
    let hunk = "@@ -2,3 +2,3 @@\n a\n-b\n+b\n a\n";
    assert!(applied("x\na\nb\na\nx\n", hunk).is_ok());
    assert!(applied("x\na\nb\na\nx\n", &hunk.repeat(2)).is_err());
}

#[test]
fn lines_are_never_joined() {
    let open = "@@ -2,2 +2,3 @@\n+x\n a\n b\n\\ No newline at end of file\n";
    assert_eq!(
        applied("a\nb\n-\n-\na\nb", open).unwrap_err(),
        ApplyError::HunkDoesNotMatch { hunk: 1, line: 3, near: 2 }
    );
    assert_eq!(applied("end", "@@ -2,0 +2 @@\n+x\n"), Err(ApplyError::JoinsLines));
}

#[test]
fn edits_leave_the_context_out_and_join_what_touches() {
    let applied = apply_hunks(b"a\nb\nc\nd\n", &hunks("@@ -1,4 +1,4 @@\n-a\n b\n-c\n-d\n+x\n+y\n+z\n")).unwrap();
    let edit = |old_start, old_len, new_start, new_len| Edit { old_start, old_len, new_start, new_len };
    assert_eq!(applied.edits, [edit(0, 1, 0, 0), edit(2, 2, 1, 3)]);
}

#[test]
fn files_must_be_there_or_not_and_of_the_right_type() {
    let create = file("diff --git a/x b/x\nnew file mode 100755\n");
    assert_eq!(create.apply(Some(b"")), Err(ApplyError::Exists));
    assert_eq!(create.apply(None), Ok((Some(vec![]), Content::Same)));
    assert_eq!(create.result_mode(None), Ok(Some(Mode::Executable)));
    let delete = file("diff --git a/x b/x\ndeleted file mode 100644\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
    assert_eq!(delete.apply(Some(b"a\n")).unwrap().0, None);
    assert!(delete.apply(Some(b"a\nb\n")).is_err());
    assert_eq!(delete.apply(None), Err(ApplyError::Missing));
    assert_eq!(delete.result_mode(Some(Mode::Executable)), Ok(None));
    assert!(matches!(delete.result_mode(Some(Mode::Symlink)), Err(ApplyError::Type { .. })));
    let empty = file("diff --git a/x b/x\ndeleted file mode 100644\n");
    assert_eq!(empty.apply(Some(b"a")), Err(ApplyError::LeavesContent));
}

#[test]
fn a_section_without_a_change_of_mode_keeps_the_mode() {
    let text = file("diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n");
    assert_eq!(text.result_mode(Some(Mode::Executable)), Ok(Some(Mode::Executable)));
    let mode = file("diff --git a/x b/x\nold mode 100644\nnew mode 100755\n");
    assert_eq!(mode.result_mode(Some(Mode::Regular)), Ok(Some(Mode::Executable)));
}

#[test]
fn files_of_equal_lines_take_no_longer_than_others() {
    let pre = "a\n".repeat(200_000);
    let hunk = format!("@@ -90000,50001 +90000,50002 @@\n{}+x\n b\n", " a\n".repeat(50_000));
    assert!(applied(&pre, &hunk).is_err());
}

#[test]
fn a_binary_patch_applies_to_its_own_content_only() {
    let (old, new) = (b"x\0y".as_slice(), b"x\0z".as_slice());
    let body = String::from_utf8(crate::format::binary::render(old, new)).unwrap();
    let text = format!("diff --git a/x b/x\nindex {}..{} 100644\n{body}", blob_id(old), blob_id(new));
    assert_eq!(file(&text).apply(Some(old)), Ok((Some(new.to_vec()), Content::Whole)));
    assert!(matches!(file(&text).apply(Some(b"x\0x")), Err(ApplyError::OtherContent { .. })));
    let wrong = text.replace(&blob_id(new), &blob_id(b"else"));
    assert!(matches!(file(&wrong).apply(Some(old)), Err(ApplyError::OtherContent { .. })));
}
