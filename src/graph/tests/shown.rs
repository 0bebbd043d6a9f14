//! The graph as text.

use super::*;

/// The tree drawn with blanks, `*` for references.
fn drawn(graph: &Graph) -> Vec<String> {
    let row = |row: TreeRow| {
        let mark = if row.is_reference { "*" } else { "" };
        format!("{}{}{mark}", "  ".repeat(row.depth), graph.names()[row.patch])
    };
    graph.tree().rows.into_iter().map(row).collect()
}

#[test]
fn the_tree_shows_each_patch_once_and_leaves_out_what_follows() {
    let graph = explicit(6, &[(1, 0), (2, 1), (2, 0), (4, 1), (4, 3)]);
    assert_eq!(drawn(&graph), ["a", "  b", "    c", "    e", "d", "  e*", "f"]);
}

#[test]
fn rows_know_their_parent_and_whether_they_are_the_last() {
    let rows = explicit(4, &[(1, 0), (2, 0)]).tree().rows;
    let facts: Vec<_> = rows.iter().map(|row| (row.patch, row.parent, row.is_last)).collect();
    assert_eq!(facts, [(0, None, false), (1, Some(0), false), (2, Some(0), true), (3, None, true)]);
}

#[test]
fn a_reference_does_not_repeat_what_stands_on_it() {
    let graph = explicit(4, &[(2, 0), (2, 1), (3, 2)]);
    assert_eq!(drawn(&graph), ["a", "  c", "    d", "b", "  c*"]);
}

#[test]
fn a_circle_does_not_keep_the_tree_from_being_drawn() {
    let graph = explicit(4, &[(1, 2), (2, 1), (3, 2)]);
    assert_eq!(drawn(&graph), ["a", "b", "  c", "    b*", "    d"]);
}

#[test]
fn a_long_chain_is_no_deep_recursion() {
    let names: Vec<PatchName> = (0..20_000).map(|n| format!("p{n}").parse().unwrap()).collect();
    let edge = |from| Dependency { from, to: from - 1, reason: Reason::Upstream, at: None };
    let graph = build(&names, &[], &(1..2_000).map(edge).collect::<Vec<_>>()).unwrap();
    assert_eq!(graph.tree().rows[1_999].depth, 1_999);
    assert_eq!(graph.all_needs(1_999).len(), 1_999);
}

#[test]
fn dot_holds_every_patch_and_every_reason() {
    let names = names(&["a", "b", "say \"hi\""]);
    let (a, b) = ([lines("d/x\\y.c", &[edit(2, 1, 2, 3)])], [lines("d/x\\y.c", &[edit(3, 1, 3, 1)])]);
    let graph = build(&names, &[&[], &[], &names[..1]], &infer(&[&a, &b])).unwrap();
    insta::assert_snapshot!(graph.to_dot(), @r#"
    digraph queue {
      rankdir=BT;
      node [shape=box];
      "a";
      "b";
      "say \"hi\"";
      "b" -> "a" [label="lines 3-5 of \"d/x\\\\y.c\""];
      "say \"hi\"" -> "a" [label="requires"];
    }
    "#);
}

#[test]
fn json_words_are_lower_case() {
    for reason in [Reason::Hunk, Reason::Path, Reason::Explicit, Reason::Upstream] {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.as_str());
    }
}

#[test]
fn dependencies_can_be_stored_and_read_back() {
    let stored = infer(&[&[created("x", 2)], &[deleted("x", 2)]]);
    let text = serde_json::to_string(&stored).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Dependency>>(&text).unwrap(), stored);
}
