//! What is inferred from which touches.

use super::*;

const NOTHING: [&str; 0] = [];

#[test]
fn an_untouched_line_between_two_edits_keeps_them_apart() {
    let a = [lines("x", &[edit(10, 2, 10, 3)])];
    let beside = |at: u32| inferred(&[&a, &[lines("x", &[edit(at, 1, at, 1)])]]);
    assert_eq!(beside(8), NOTHING);
    assert_eq!(beside(9), ["1>0 lines 11-13 of x"]);
    assert_eq!(beside(11), ["1>0 lines 11-13 of x"]);
    assert_eq!(beside(13), ["1>0 lines 11-13 of x"]);
    assert_eq!(beside(14), NOTHING);
}

#[test]
fn an_insertion_touches_what_is_on_both_sides_of_its_point() {
    let a = [lines("x", &[edit(10, 1, 10, 1)])];
    let insert = |at: u32| inferred(&[&a, &[lines("x", &[edit(at, 0, at, 1)])]]).len();
    assert_eq!([9, 10, 11, 12].map(insert), [0, 1, 1, 0]);
}

#[test]
fn a_place_where_lines_were_deleted_is_remembered() {
    let a = [lines("x", &[edit(10, 4, 10, 0)])];
    let change = |at: u32| inferred(&[&a, &[lines("x", &[edit(at, 1, at, 1)])]]);
    assert_eq!(change(8), NOTHING);
    assert_eq!(change(9), ["1>0 lines deleted before line 11 of x"]);
    assert_eq!(change(10), ["1>0 lines deleted before line 11 of x"]);
    assert_eq!(change(11), NOTHING);
}

#[test]
fn lines_move_with_later_edits_above_them() {
    let a = [lines("x", &[edit(10, 1, 10, 1)])];
    let b = [lines("x", &[edit(2, 1, 2, 6), edit(5, 2, 10, 0)])];
    let c = [lines("x", &[edit(13, 1, 13, 1)])];
    let d = [lines("x", &[edit(10, 1, 10, 1)])];
    assert_eq!(inferred(&[&a, &b, &c, &d]), ["2>0 line 14 of x", "3>1 lines deleted before line 11 of x"]);
}

#[test]
fn what_was_cut_in_two_still_belongs_to_its_author_on_both_sides() {
    let a = [lines("x", &[edit(10, 0, 10, 9)])];
    let b = [lines("x", &[edit(14, 1, 14, 2)])];
    let c = [lines("x", &[edit(11, 1, 11, 1), edit(18, 1, 18, 1)])];
    assert_eq!(inferred(&[&a, &b, &c]), ["1>0 lines 11-19 of x", "2>0 lines 11-14 of x"]);
}

#[test]
fn two_edits_that_meet_the_same_run_give_one_edge_and_keep_the_rest() {
    let a = [lines("x", &[edit(0, 0, 0, 9)])];
    let b = [lines("x", &[edit(1, 1, 1, 1), edit(4, 1, 4, 0), edit(7, 2, 6, 2)])];
    let c = [lines("x", &[edit(2, 1, 2, 1)])];
    assert_eq!(inferred(&[&a, &b, &c]), ["1>0 lines 1-9 of x", "2>0 lines 3-4 of x", "2>1 line 2 of x"]);
}

#[test]
fn lines_follow_renames_and_copies() {
    let a = [lines("x", &[edit(10, 1, 10, 1)])];
    let touch = |path| [lines(path, &[edit(10, 1, 10, 1)])];
    assert_eq!(inferred(&[&a, &[renamed("x", "y")], &touch("y")]), ["2>0 line 11 of y", "2>1 path y"]);
    let after_copy = ["1>0 path x", "2>0 line 11 of y", "2>1 path y"];
    assert_eq!(inferred(&[&a, &[copied("x", "y")], &touch("y")]), after_copy);
    assert_eq!(inferred(&[&a, &[copied("x", "y")], &touch("x")]), ["1>0 path x", "2>0 line 11 of x"]);
}

#[test]
fn a_rename_does_not_need_who_changed_lines_but_who_put_the_file_there() {
    assert_eq!(inferred(&[&[lines("x", &[edit(1, 1, 1, 1)])], &[renamed("x", "y")]]), NOTHING);
    assert_eq!(inferred(&[&[created("x", 3)], &[renamed("x", "y")]]), ["1>0 path x"]);
    assert_eq!(inferred(&[&[created("x", 0)], &[lines("x", &[edit(0, 0, 0, 1)])]]), ["1>0 path x"]);
    assert_eq!(inferred(&[&[renamed("x", "y")], &[made_executable("y")]]), ["1>0 path y"]);
}

#[test]
fn a_deletion_needs_everybody_who_touched_the_file() {
    let a = [lines("x", &[edit(1, 1, 1, 1)])];
    let patches: [&[Touch]; 3] = [&a, &[made_executable("x")], &[deleted("x", 20)]];
    assert_eq!(inferred(&patches), ["2>0 line 2 of x", "2>1 path x"]);
}

#[test]
fn a_path_can_be_used_again_only_after_it_was_freed() {
    let patches: [&[Touch]; 3] = [&[deleted("x", 5)], &[created("x", 3)], &[deleted("x", 3)]];
    assert_eq!(inferred(&patches), ["1>0 path x", "2>1 lines 1-3 of x"]);
    assert_eq!(inferred(&[&[renamed("x", "y")], &[created("x", 3)]]), ["1>0 path x"]);
    assert_eq!(inferred(&[&[deleted("x", 5)], &[renamed("z", "x")]]), ["1>0 path x"]);
}

#[test]
fn a_file_needs_who_took_the_directory_away_and_the_other_way_round() {
    assert_eq!(inferred(&[&[deleted("d", 5)], &[created("d/x", 3)]]), ["1>0 path d/x"]);
    let emptied: [&[Touch]; 4] =
        [&[deleted("d/a", 5)], &[deleted("d/b/c", 5)], &[deleted("da", 5)], &[created("d", 1)]];
    assert_eq!(inferred(&emptied), ["3>0 path d", "3>1 path d"]);
    assert_eq!(inferred(&[&[deleted("d/a", 5)], &[created("d/b", 3)]]), NOTHING);
}

#[test]
fn modes_depend_on_modes_only() {
    let a = [lines("x", &[edit(1, 1, 1, 1)])];
    assert_eq!(inferred(&[&a, &[made_executable("x")], &a]), ["2>0 line 2 of x"]);
    assert_eq!(inferred(&[&[made_executable("x")], &[made_executable("x")]]), ["1>0 path x"]);
}

#[test]
fn a_whole_replacement_needs_all_before_and_is_needed_by_all_after() {
    let a = [lines("x", &[edit(1, 1, 1, 1)])];
    let b = [lines("x", &[edit(50, 1, 50, 1)])];
    let patches: [&[Touch]; 4] = [&a, &b, &[replaced("x")], &b];
    assert_eq!(inferred(&patches), ["2>0 path x", "2>1 path x", "3>2 path x"]);
    assert_eq!(inferred(&[&[replaced("x")], &[replaced("x")], &[replaced("x")]]), ["1>0 path x", "2>1 path x"]);
    let symlink = Touch { new_mode: Some(Mode::Symlink), ..lines("x", &[edit(0, 9, 0, 1)]) };
    assert_eq!(inferred(&[&a, &[symlink], &a]), ["1>0 line 2 of x", "2>1 path x"]);
}

#[test]
fn one_patch_may_swap_two_files_or_replace_one_by_another() {
    let a = [lines("x", &[edit(1, 1, 1, 1)])];
    let c = [lines("y", &[edit(1, 1, 1, 1)])];
    assert_eq!(inferred(&[&a, &[renamed("x", "y"), renamed("y", "x")], &c]), ["2>0 line 2 of y", "2>1 path y"]);
    let replacement = [deleted("y", 9), renamed("x", "y")];
    assert_eq!(inferred(&[&a, &replacement, &c]), ["2>0 line 2 of y", "2>1 path y"]);
    let copy_and_move = [renamed("x", "z"), copied("x", "y")];
    assert_eq!(inferred(&[&a, &copy_and_move, &c]), ["1>0 path x", "2>0 line 2 of y", "2>1 path y"]);
}

#[test]
fn a_kind_change_told_as_deletion_and_creation_is_one_file() {
    let kind_change = [deleted("x", 9), created("x", 1)];
    let patches: [&[Touch]; 2] = [&kind_change, &[lines("x", &[edit(0, 1, 0, 1)])]];
    assert_eq!(inferred(&patches), ["1>0 line 1 of x"]);
}

#[test]
fn nothing_raw_is_shown_of_a_path() {
    let odd = "a\u{1b}[31m\u{202e}\n";
    let shown = inferred(&[&[created(odd, 1)], &[renamed(odd, "x")]]);
    assert!(shown[0].chars().all(|c| c == ' ' || c.is_ascii_graphic()), "{shown:?}");
}
