use bstr::ByteSlice;

use super::*;

fn one(text: &str) -> Part {
    let mut parts = parse(text.as_bytes()).unwrap();
    assert_eq!(parts.len(), 1, "{parts:#?}");
    parts.remove(0)
}

fn applied(pre: &str, diff: &str, fuzz: u32) -> Result<(String, Vec<Placement>), Vec<Misplaced>> {
    let part = one(&format!("--- a/f\n+++ b/f\n{diff}"));
    place(pre.as_bytes(), &part.hunks, fuzz).map(|placed| (placed.bytes.to_str_lossy().into_owned(), placed.hunks))
}

/// Numbered lines.
fn lines(range: std::ops::RangeInclusive<u32>) -> String {
    range.map(|n| format!("{n}\n")).collect()
}

#[test]
fn names_are_cut_where_patch_cuts_them() {
    let name =
        |line: &str| one(&format!("--- {line}\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n")).old.map(|name| name.to_string());
    assert_eq!(name("a/f\t2020-01-01 00:00:00 +0000").as_deref(), Some("a/f"));
    assert_eq!(name("a/f 2020-01-01").as_deref(), Some("a/f"));
    assert_eq!(name("a/f g\t").as_deref(), Some("a/f g"));
    assert_eq!(name("\"a/f\\303\\244\\tx\"").as_deref(), Some("a/fä\tx"));
    assert_eq!(name("/dev/null"), None);
    let cut = |name: &str, parts| strip(name.as_bytes(), parts).map(|name| name.to_string());
    assert_eq!(cut("a//b/c", 1).as_deref(), Some("b/c"));
    assert_eq!(cut("a/b", 2), None);
    assert_eq!(cut("./a/./b", 0).as_deref(), Some("a/b"));
    assert_eq!(cut("/etc/x", 0).as_deref(), Some("/etc/x"));
    assert_eq!(cut("/etc/x", 1).as_deref(), Some("etc/x"));
}

#[test]
fn what_comes_and_goes_is_told_by_names_dates_and_counts() {
    let absent = |old: &str, new: &str, hunk: &str| {
        let part = one(&format!("--- {old}\n+++ {new}\n{hunk}"));
        (part.old_absent, part.new_absent)
    };
    let created = "@@ -0,0 +1 @@\n+a\n";
    assert_eq!(absent("/dev/null", "b/f", created).0, Absent::Yes);
    assert_eq!(absent("a/f\t1970-01-01 00:00:00.000000000 +0000", "b/f", created).0, Absent::Yes);
    assert_eq!(absent("a/f\t1970-01-01 01:00:00.000000000 +0100", "b/f", created).0, Absent::Yes);
    assert_eq!(absent("a/f\tThu Jan  1 00:00:00 1970", "b/f", created).0, Absent::Yes);
    assert_eq!(absent("a/f\t2021-03-04 00:00:00 +0000", "b/f", created).0, Absent::Maybe);
    assert_eq!(absent("a/f", "/dev/null", "@@ -1 +0,0 @@\n-a\n").1, Absent::Yes);
    assert_eq!(absent("a/f\t1970-01-01 00:00:00 +0000", "b/f", "@@ -1 +1 @@\n-a\n+b\n"), (Absent::No, Absent::No));
    let git = one("diff --git a/f b/f\nnew file mode 100755\nindex 0000000..e69de29\n");
    assert_eq!((git.old_absent, git.new_mode, git.hunks.len()), (Absent::Yes, Some(Mode::Executable), 0));
}

#[test]
fn text_around_and_between_diffs_is_passed_over() {
    let text = "Subject: x\n\n@@ -1 +1 @@ is quoted\n---\n f | 2 +-\n\nIndex: f\n=====\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b\n\nmore text\n\
                diff --git a/g b/h\nsimilarity index 100%\nrename from g\nrename to h\ndiff --git a/m b/m\nold mode 100644\n\
                new mode 100755\ndiff -u old/k new/k\n--- old/k\n+++ new/k\n@@ -1,2 +1 @@\n x\n-y\n-- \n2.30\n";
    let parts = parse(text.as_bytes()).unwrap();
    let names: Vec<_> = parts.iter().map(|part| part.old.clone().unwrap().to_string()).collect();
    assert_eq!(names, ["a/f", "a/g", "a/m", "old/k"]);
    assert_eq!(parts[1].moves, Some(Moves::Rename));
    assert_eq!((parts[2].old_mode, parts[2].new_mode), (Some(Mode::Regular), Some(Mode::Executable)));
    assert_eq!(header(text.as_bytes()).as_bstr(), &text[..text.find("Index:").unwrap()]);
}

#[test]
fn indented_and_windows_diffs_are_read() {
    let plain = "--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n x\n-a\n+b\n";
    let lines = |part: Part| part.hunks.into_iter().flat_map(|hunk| hunk.lines).collect::<Vec<_>>();
    let expected = lines(one(plain));
    let indented: String = plain.lines().map(|line| format!("    {line}\n")).collect();
    assert_eq!(lines(one(&indented)), expected);
    assert_eq!(lines(one(&plain.replace('\n', "\r\n"))), expected);
    // Only the content is from Windows.
    let content = one("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\r\n+b\r\n");
    assert_eq!(content.hunks[0].lines[0].text, "a\r\n");
}

#[test]
fn context_diffs_are_read() {
    let text = concat!(
        "*** a/f\t2020-01-01\n--- b/f\t2020-01-02\n***************\n*** 1,5 ****\n  one\n! two\n  three\n- four\n  5\n",
        "--- 1,5 ----\n  one\n! TWO\n+ new\n  three\n  5\n***************\n*** 8,9 ****\n--- 8,10 ----\n  eight\n+ in\n  nine\n",
    );
    let part = one(text);
    assert_eq!((part.old.unwrap(), part.new.unwrap()), ("a/f".into(), "b/f".into()));
    let placed = place(b"one\ntwo\nthree\nfour\n5\n6\n7\neight\nnine\n", &part.hunks, 0).unwrap();
    assert_eq!(placed.bytes.as_bstr(), "one\nTWO\nnew\nthree\n5\n6\n7\neight\nin\nnine\n");
    let created = one("*** /dev/null\n--- b/f\n***************\n*** 0 ****\n--- 1,2 ----\n+ a\n+ b\n");
    assert_eq!((created.old_absent, created.hunks[0].lines.len()), (Absent::Yes, 2));
}

#[test]
fn what_cannot_be_read_names_its_line() {
    let error = |text: &str| parse(text.as_bytes()).unwrap_err().to_string();
    assert!(error("--- a/f\n+++ b/f\n@@ -1,5 +1,5 @@\n a\n").starts_with("line 5: the file ends"));
    assert!(error("--- a/f\n+++ b/f\n@@ -1 +1 @@\n-a\n+b").contains("no newline"));
    assert!(error("--- a/f\n+++ b/f\n@@ -1,3 +1,3 @@\n a\nb\n").starts_with("line 5: the hunk is malformed"));
    assert!(error("text\n@@ -1 +1 @@\n-a\n+b\n").starts_with("line 2: a hunk whose file"));
    assert!(error("1c1\n< a\n---\n> b\n").contains("plain `diff`"));
}

#[test]
fn a_hunk_goes_to_the_nearest_place_further_down_first() {
    let pre = "x\na\nx\n1\n2\nx\na\nx\n";
    let diff = |line| format!("@@ -{line},3 +{line},3 @@\n x\n-a\n+b\n x\n");
    let at = |line| applied(pre, &diff(line), 0).unwrap().1[0].clone();
    assert_eq!((at(4).at, at(4).look_alikes), (6, vec![1]));
    assert_eq!((at(3).at, at(3).look_alikes), (1, vec![6]));
    // Where it says it is, nobody has to look.
    assert_eq!((at(6).at, at(6).look_alikes), (6, vec![]));
}

#[test]
fn later_hunks_move_along() {
    let pre = format!("new\nnew\n{}", lines(1..=30));
    let diff = "@@ -3,3 +3,3 @@\n 3\n-4\n+four\n 5\n@@ -20,3 +20,3 @@\n 20\n-21\n+twenty-one\n 22\n";
    let (text, hunks) = applied(&pre, diff, 0).unwrap();
    assert!(text.contains("\nfour\n") && text.contains("\ntwenty-one\n"));
    assert_eq!(hunks.iter().map(|hunk| (hunk.stated, hunk.at)).collect::<Vec<_>>(), [(3, 5), (20, 22)]);
}

#[test]
fn fuzz_gives_up_outer_context_and_keeps_the_files_lines() {
    let pre = "1\nother\n3\n4\n5\n6\n7\n";
    let diff = "@@ -1,7 +1,7 @@\n 1\n 2\n 3\n-4\n+four\n 5\n 6\n 7\n";
    let error = applied(pre, diff, 0).unwrap_err();
    assert_eq!((error[0].hunk, error[0].with_fuzz), (1, Some((2, 1))));
    assert!(applied(pre, diff, 1).is_err());
    let (text, hunks) = applied(pre, diff, 2).unwrap();
    assert_eq!((text.as_str(), hunks[0].fuzz), ("1\nother\n3\nfour\n5\n6\n7\n", 2));
}

#[test]
fn the_ends_of_a_file_are_kept_to() {
    let diff = "@@ -1,2 +1,3 @@\n+top\n 1\n 2\n";
    assert!(applied(&lines(1..=5), diff, 0).is_ok());
    assert!(applied(&format!("0\n{}", lines(1..=5)), diff, 0).is_err());
    let end = "@@ -4,2 +4,3 @@\n 4\n 5\n+bottom\n";
    assert_eq!(applied(&lines(1..=5), end, 0).unwrap().1[0].at, 4);
    assert!(applied(&lines(1..=6), end, 0).is_err());
}

#[test]
fn what_is_there_already_is_noticed() {
    let error = applied("1\nnew\n2\n", "@@ -1,2 +1,3 @@\n 1\n+new\n 2\n", 0).unwrap_err();
    assert!(error[0].is_there);
}

#[test]
fn every_hunk_that_does_not_fit_is_named_and_the_others_are_looked_for() {
    let hunk = |at: u32, old: &str| format!("@@ -{at},3 +{at},3 @@\n {}\n-{old}\n+new\n {}\n", at, at + 2);
    let diff = [hunk(2, "3"), hunk(8, "x"), hunk(14, "15"), hunk(20, "y")].concat();
    let error = applied(&lines(1..=30), &diff, 0).unwrap_err();
    assert_eq!(error.iter().map(|it| (it.hunk, it.line, it.stated)).collect::<Vec<_>>(), [(2, 8, 8), (4, 18, 20)]);
}

/// Scenario 14: the look-alike above stands exactly where the hunk says it is, so not even an offset tells; the name of the function does.
#[test]
fn a_look_alike_in_another_function_is_reported() {
    let function = |name: &str| format!("void {name}(void)\n{{\n\tlock();\n\trun();\n\tunlock();\n}}\n\n");
    let old: String = ["one", "two", "three"].map(function).concat();
    let new: String = ["zero", "one", "two", "three"].map(function).concat();
    let diff = "@@ -10,3 +10,3 @@ void two(void)\n \tlock();\n-\trun();\n+\trun_two();\n \tunlock();\n";
    assert!(applied(&old, diff, 0).unwrap().1[0].look_alikes.is_empty());
    let (text, hunks) = applied(&new, diff, 0).unwrap();
    assert!(text.contains("void one(void)\n{\n\tlock();\n\trun_two();"), "as patch(1) does it: {text}");
    assert_eq!((hunks[0].at, &hunks[0].look_alikes[..]), (10, &[3, 17, 24][..]));
}

#[test]
fn the_reverse_of_the_reverse_is_the_diff() {
    let part = one("--- a/f\n+++ b/g\n@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n e\n");
    assert_eq!(part.clone().reversed().reversed(), part);
    let placed = place(b"a\nc\nd\ne\n", &part.reversed().hunks, 0).unwrap();
    assert_eq!(placed.bytes.as_bstr(), "a\nb\ne\n");
}
