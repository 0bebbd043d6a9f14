//! Patches in another order.

use pq::model::Silent;
use pq::ops::chosen::Chosen;
use pq::ops::edit::{self, Target};

use crate::ops::selectors::{order, queue, with_dependents};

#[test]
fn s31_a_reorder_without_conflict_gives_the_same_tree() {
    let fork = queue();
    let tree = fork.tree(fork.tip("fork"));
    let moves = [
        (Chosen::of(&["fix-one", "fix-two"]), Target::First, "fix-one fix-two a b c d"),
        (Chosen::of(&["a..c"]), Target::Last, "fix-one fix-two d a b c"),
        (Chosen::of(&["fix-two", "fix-one"]), Target::After("a".into()), "d a fix-one fix-two b c"),
        (with_dependents(&["c"]), Target::First, "a b c d fix-one fix-two"),
        (with_dependents(&["a"]), Target::After("d".into()), "d a b c fix-one fix-two"),
        (with_dependents(&["b"]), Target::Before("d".into()), "a b d c fix-one fix-two"),
    ];
    for (chosen, target, now) in moves {
        let report = edit::move_to(&fork.open(), &chosen, &target, 1, &Silent).unwrap();
        assert!(report.held.is_empty(), "{chosen:?}");
        assert_eq!(order(&fork), now, "{chosen:?} {target:?}");
        assert_eq!(fork.tree(fork.tip("fork")), tree);
        fork.check();
    }
}

#[test]
fn s32_an_order_that_breaks_a_dependency_is_refused_with_the_lines() {
    let fork = queue();
    let before = fork.snapshot();
    let error =
        edit::move_to(&fork.open(), &Chosen::of(&["b..c"]), &Target::First, 1, &Silent).unwrap_err().to_string();
    assert!(error.contains("b needs a (line 5 of a.txt; line 30 of b.txt)"), "{error}");
    // What it should go in front of would have to go along.
    let error = edit::move_to(&fork.open(), &with_dependents(&["c"]), &Target::Before("b".into()), 1, &Silent);
    assert!(error.unwrap_err().to_string().contains("b cannot move relative to itself"));
    assert_eq!(fork.snapshot(), before);
}
