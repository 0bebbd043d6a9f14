//! Noise stays out, meaning gets in.

use bstr::BStr;

use super::*;
use crate::model::Oid;

fn side<'a>(path: &'a str, bytes: &'a str) -> Side<'a> {
    let sum = bytes.bytes().fold(7u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    let id = Oid::from_bytes(&[sum; 20]).unwrap();
    Side { path: BStr::new(path), mode: Mode::Regular, id, bytes: bytes.as_bytes() }
}

fn section(old: Option<Side>, new: Option<Side>) -> FileDiff {
    let text = render_file(old, new, false);
    parse_sections(Cursor::new(&text)).unwrap().0.remove(0)
}

fn numbered(range: std::ops::Range<u32>) -> String {
    range.map(|n| format!("line {n}\n")).collect()
}

#[test]
fn a_section_that_still_gives_the_file_keeps_its_bytes() {
    let (old, new) = (numbered(0..30), numbered(0..30).replace("line 20\n", "changed\n"));
    let file = section(Some(side("x", &old)), Some(side("x", &new)));
    let (pre, post) = (format!("above\n{old}"), format!("above\n{new}"));
    assert_eq!(refresh_file(&file, Some(side("x", &pre)), Some(side("x", &post))), None);
}

#[test]
fn a_section_that_would_go_elsewhere_is_rewritten() {
    let (old, new) = ("x\nx\nx\na\nx\nx\nx\n", "x\nx\nx\nb\nx\nx\nx\n");
    let file = section(Some(side("x", old)), Some(side("x", new)));
    let (pre, post) = (format!("{old}--\n-\n-\n-\n{old}"), format!("{old}--\n-\n-\n-\n{new}"));
    let fresh = refresh_file(&file, Some(side("x", &pre)), Some(side("x", &post))).unwrap();
    let fresh = parse_sections(Cursor::new(&fresh)).unwrap().0.remove(0);
    assert!(gives(&fresh, Some(&side("x", &pre)), Some(&side("x", &post))));
}

#[test]
fn hunks_that_say_the_same_keep_their_bytes() {
    let old = numbered(0..60);
    let new = old.replace("line 10\n", "ten\n").replace("line 50\n", "fifty\n");
    let file = section(Some(side("x", &old)), Some(side("x", &new)));
    let (pre, post) = (format!("above\n{old}"), format!("above\n{new}").replace("ten\n", "TEN\n"));
    let fresh = refresh_file(&file, Some(side("x", &pre)), Some(side("x", &post))).unwrap();
    let fresh = parse_sections(Cursor::new(&fresh)).unwrap().0.remove(0);
    assert_eq!(fresh.hunks()[1].raw, file.hunks()[1].raw);
    assert_ne!(fresh.hunks()[0].raw, file.hunks()[0].raw);
    assert!(gives(&fresh, Some(&side("x", &pre)), Some(&side("x", &post))));
}

#[test]
fn paths_modes_and_binary_ids_are_meaning() {
    let file = section(Some(side("x", "a\n")), Some(side("x", "b\n")));
    let exec = Side { mode: Mode::Executable, ..side("x", "b\n") };
    assert!(refresh_file(&file, Some(side("x", "a\n")), Some(exec)).is_some());
    assert!(refresh_file(&file, Some(side("y", "a\n")), Some(side("y", "b\n"))).is_some());
    assert!(refresh_file(&file, None, Some(side("x", "b\n"))).is_some());
    let (old, new) = (side("x", "a\0"), side("x", "b\0"));
    let mut binary = section(Some(old), Some(new));
    (binary.old_id, binary.new_id) = (Some("1".into()), Some("2".into()));
    assert!(refresh_file(&binary, Some(old), Some(new)).is_some());
}

#[test]
fn a_refreshed_patch_keeps_its_order_and_what_is_right() {
    let files = [
        section(Some(side("z", "a\n")), Some(side("z", "b\n"))),
        section(Some(side("m", "a\n")), Some(side("m", "b\n"))),
        section(Some(side("gone", "a\n")), Some(side("gone", "b\n"))),
    ];
    let link = Side { mode: Mode::Symlink, ..side("b", "target") };
    let change = |pre, post| Change { pre, post, is_copy: false };
    let changes = [
        change(Some(side("b", "a\n")), Some(link)),
        change(Some(side("m", "a\n")), Some(side("m", "c\n"))),
        change(Some(side("z", "a\n")), Some(side("z", "b\n"))),
    ];
    let sections = refresh_sections(&files, &changes);
    let all = sections.concat();
    let paths: Vec<_> =
        parse_sections(Cursor::new(&all)).unwrap().0.iter().map(|file| file.path().to_string()).collect();
    assert_eq!(paths, ["b", "b", "z", "m"]);
    assert_eq!(sections[2], files[0].raw);
}
