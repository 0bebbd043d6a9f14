//! Three-way merges of texts in which both sides have a say where they disagree: ours first, then theirs, without markers.
//!
//! The rules are those of git's `merge=union`: what both sides have in common inside of a conflict stands there once, and conflicts with three
//! lines or less between them are one.

use std::ops::Range;

use super::lines::Lines;
use super::marks::has_returns;
use super::merge::{Group, Texts, edits, groups, side};
use crate::model::Edit;

/// Conflicts with so few lines between them are one.
const NEAR: u32 = 3;

/// Lines of ours in whose place something else may come.
struct Hunk {
    kind: Kind,
    ours: Range<u32>,
    theirs: Range<u32>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// They stay: only we changed them, or both did in the same way.
    Ours,
    /// Theirs take their place.
    Theirs,
    /// Theirs follow them.
    Both,
}

/// Merges the change `base` → `theirs` into `ours`. Nothing conflicts.
pub fn union(base: &[u8], ours: &[u8], theirs: &[u8]) -> Vec<u8> {
    let texts = Texts { base: Lines::of(base), ours: Lines::of(ours), theirs: Lines::of(theirs) };
    let hunks = joined(hunks(&texts, &edits(base, ours), &edits(base, theirs)));
    let mut out = Vec::with_capacity(ours.len() + theirs.len().saturating_sub(base.len()));
    let mut done = 0;
    for hunk in hunks.iter().filter(|hunk| hunk.kind != Kind::Ours) {
        out.extend_from_slice(texts.ours.slice(done..hunk.ours.start));
        if hunk.kind == Kind::Both {
            let text = texts.ours.slice(hunk.ours.clone());
            out.extend_from_slice(text);
            if !text.is_empty() && !text.ends_with(b"\n") {
                out.extend_from_slice(if has_returns(&texts, &hunk.ours, &hunk.theirs) { b"\r\n" } else { b"\n" });
            }
        }
        out.extend_from_slice(texts.theirs.slice(hunk.theirs.clone()));
        done = hunk.ours.end;
    }
    out.extend_from_slice(texts.ours.slice(done..texts.ours.count()));
    out
}

fn hunks(texts: &Texts<'_>, our_edits: &[Edit], their_edits: &[Edit]) -> Vec<Hunk> {
    let mut hunks = Vec::new();
    // How far ours is from the base behind the groups so far.
    let mut offset = 0;
    for group in groups(our_edits, their_edits) {
        let range = group.range();
        let at = |line: u32| (i64::from(line) + offset) as u32;
        let here = at(range.start)..at(range.end);
        match (group.ours.is_empty(), group.theirs.is_empty()) {
            (_, true) => {
                let ours = side(group.ours, &range);
                hunks.push(Hunk { kind: Kind::Ours, ours, theirs: 0..0 });
            }
            (true, false) => {
                hunks.push(Hunk { kind: Kind::Theirs, ours: here, theirs: side(group.theirs, &range) });
            }
            (false, false) => hunks.extend(clash(texts, &group, &range)),
        }
        offset = group.ours.last().map_or(offset, |edit| i64::from(edit.new_end()) - i64::from(edit.old_end()));
    }
    hunks
}

/// What differs between the two sides of a conflict. The same single change on both sides is none.
fn clash(texts: &Texts<'_>, group: &Group<'_>, range: &Range<u32>) -> Vec<Hunk> {
    let (ours, theirs) = (side(group.ours, range), side(group.theirs, range));
    let both = |ours, theirs| Hunk { kind: Kind::Both, ours, theirs };
    if ours.is_empty() && theirs.is_empty() {
        return Vec::new();
    }
    if ours.is_empty() || theirs.is_empty() {
        return vec![both(ours, theirs)];
    }
    let found = edits(texts.ours.slice(ours.clone()), texts.theirs.slice(theirs.clone()));
    if found.is_empty() {
        let is_single = group.ours.len() == 1 && group.theirs.len() == 1;
        return if is_single { Vec::new() } else { vec![Hunk { kind: Kind::Ours, ours, theirs }] };
    }
    let inside = |edit: &Edit| {
        both(
            ours.start + edit.old_start..ours.start + edit.old_end(),
            theirs.start + edit.new_start..theirs.start + edit.new_end(),
        )
    };
    found.iter().map(inside).collect()
}

/// Conflicts that are near one another become one.
fn joined(hunks: Vec<Hunk>) -> Vec<Hunk> {
    let mut joined: Vec<Hunk> = Vec::with_capacity(hunks.len());
    for hunk in hunks {
        match joined.last_mut() {
            Some(last)
                if last.kind == Kind::Both
                    && hunk.kind == Kind::Both
                    && hunk.ours.start.saturating_sub(last.ours.end) <= NEAR =>
            {
                last.ours.end = hunk.ours.end;
                last.theirs.end = hunk.theirs.end;
            }
            _ => joined.push(hunk),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> String {
        String::from_utf8(union(base.as_bytes(), ours.as_bytes(), theirs.as_bytes())).unwrap()
    }

    #[test]
    fn both_sides_have_a_say() {
        assert_eq!(merged("1\n2\n", "1\na\n2\n", "1\nb\n2\n"), "1\na\nb\n2\n");
        assert_eq!(merged("1\n", "1\na", "1\nb"), "1\na\nb");
        assert_eq!(merged("", "a\n", "b\n"), "a\nb\n");
    }

    #[test]
    fn what_only_one_side_changed_is_merged() {
        assert_eq!(merged("1\n2\n3\n4\n5\n", "a\n2\n3\n4\n5\n", "1\n2\n3\n4\nb\n"), "a\n2\n3\n4\nb\n");
    }
}
