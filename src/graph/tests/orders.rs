//! Building, asking and ordering.

use super::*;
use crate::error::{Hint, Kind};

#[test]
fn questions_are_answered_directly_and_through_others() {
    let graph = explicit(6, &[(1, 0), (2, 1), (4, 1), (4, 2), (5, 3)]);
    assert_eq!((graph.needs(4), graph.needed_by(1)), (vec![1, 2], vec![2, 4]));
    assert_eq!((graph.all_needs(4), graph.all_needed_by(0)), (vec![0, 1, 2], vec![1, 2, 4]));
    assert_eq!((graph.roots(), graph.leaves()), (vec![0, 3], vec![4, 5]));
    assert_eq!(graph.components(), [vec![0, 1, 2, 4], vec![3, 5]]);
    assert_eq!(explicit(3, &[]).components(), [[0], [1], [2]]);
}

#[test]
fn the_strongest_reason_stays() {
    let at = Some(Place { path: "x".into(), lines: 1..2 });
    let hunk = Dependency { from: 1, to: 0, reason: Reason::Hunk, at };
    let upstream = Dependency { reason: Reason::Upstream, at: None, ..hunk.clone() };
    let names = names(&["a", "b"]);
    let requires: [&[PatchName]; 2] = [&[], &names[..1]];
    assert_eq!(build(&names, &requires, &[upstream.clone(), hunk.clone()]).unwrap().edges(), [hunk]);
    assert_eq!(build(&names, &requires, &[upstream]).unwrap().edges()[0].reason, Reason::Explicit);
}

#[test]
fn requiring_what_is_not_there_is_the_persons_error_with_a_remedy() {
    let names = names(&["helm-hubble-tls", "b"]);
    let requires = ["helm-huble-tls".parse().unwrap()];
    let error = build(&names, &[&[], &requires], &[]).unwrap_err();
    assert_eq!(error.kind(), Kind::User);
    assert_eq!(error.to_string(), "patch `b` requires `helm-huble-tls`, which is not in the series");
    let hint = error.hint().unwrap();
    assert_eq!(hint, "did you mean `helm-hubble-tls`? correct `requires` of [patch.b] in pq.toml");
    let strange = ["zzz".parse().unwrap()];
    assert!(build(&names, &[&[], &strange], &[]).unwrap_err().hint().unwrap().starts_with("add `zzz`"));
}

#[test]
fn dependencies_of_another_queue_are_refused() {
    let foreign = Dependency { from: 7, to: 0, reason: Reason::Path, at: None };
    assert_eq!(build(&names(&["a"]), &[], &[foreign]).unwrap_err().kind(), Kind::Bug);
}

#[test]
fn the_series_order_stays_where_nothing_forbids_it() {
    assert_eq!(explicit(5, &[(1, 0), (4, 2)]).order().unwrap(), [0, 1, 2, 3, 4]);
    assert_eq!(explicit(5, &[(0, 2)]).order().unwrap(), [1, 2, 0, 3, 4]);
    assert_eq!(explicit(5, &[(0, 3), (1, 0)]).order().unwrap(), [2, 3, 0, 1, 4]);
    assert_eq!(explicit(0, &[]).order().unwrap(), [0; 0]);
}

#[test]
fn a_circle_is_named_in_full() {
    let names = names(&["a", "b", "c", "d"]);
    let requires: [&[PatchName]; 4] = [&names[1..2], &[], &names[3..4], &[]];
    let mut patches: [&[Touch]; 4] = [&[], &[], &[], &[]];
    let (a, b) = ([lines("x.c", &[edit(2, 1, 2, 3)])], [lines("x.c", &[edit(3, 1, 3, 1)])]);
    (patches[0], patches[1]) = (&a, &b);
    let cycle = build(&names, &requires, &infer(&patches)).unwrap().order().unwrap_err();
    let text = "patches need one another in a circle: a needs b (requires), b needs a (lines 3-5 of x.c)";
    assert_eq!(cycle.to_string(), text);
    assert_eq!(cycle.hint().unwrap(), "take `b` out of `requires` of [patch.a] in pq.toml");
}

#[test]
fn the_shortest_circle_is_named_even_if_a_longer_one_is_there() {
    let graph = explicit(6, &[(1, 2), (2, 3), (3, 1), (2, 1), (0, 1), (5, 5)]);
    let steps: Vec<_> = graph.order().unwrap_err().needs.iter().map(|need| (need.from, need.to)).collect();
    assert_eq!(steps, [(1, 2), (2, 1)]);
    let own = explicit(2, &[(1, 1)]).order().unwrap_err();
    assert_eq!(own.to_string(), "patches need one another in a circle: b needs b (requires)");
}

#[test]
fn what_an_order_breaks_is_named_with_the_reason() {
    let graph = explicit(4, &[(1, 0), (2, 1), (3, 0)]);
    assert_eq!(graph.check_order(&[0, 3, 1, 2]), []);
    let broken = |order: &[usize]| graph.check_order(order).iter().map(Broken::to_string).collect::<Vec<_>>();
    assert_eq!(broken(&[1, 0, 2, 3]), ["b needs a (requires)"]);
    assert_eq!(broken(&[3, 2, 1, 0]), ["b needs a (requires)", "c needs b (requires)", "d needs a (requires)"]);
    assert_eq!(broken(&[0, 2, 3]), ["c needs b (requires)"], "a patch that is left out is missed");
}
