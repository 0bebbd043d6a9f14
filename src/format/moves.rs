//! Where a path may be in a tree of another time, by what `[[moved]]` says.
//!
//! An entry is used in both directions: a tree that is newer than a move has what stood under `from` under one of `to`, an older one the other
//! way round. Entries are put one behind the other, so what moved twice is found, too.

use bstr::{BStr, BString, ByteSlice};

use super::quote::check_path;
use crate::model::MovedPath;

/// What is known of moves. Empty by default.
#[derive(Debug, Clone, Default)]
pub struct Moves {
    rules: Vec<Rule>,
}

/// One of the ways of an entry: from one place to one other.
#[derive(Debug, Clone)]
struct Rule {
    from: BString,
    to: BString,
}

/// Another place of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The path there.
    pub path: BString,
    /// How much of the path's end is the same by these moves, in bytes: the part below the moved directories; nothing if the path itself moved.
    pub tail: usize,
    /// The moves that lead there, as entries state them: older and newer place.
    pub by: Vec<(BString, BString)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Newer,
    Older,
}

impl Moves {
    /// What `[[moved]]` says.
    pub fn stated(moved: &[MovedPath]) -> Moves {
        let one = |moved: &MovedPath| {
            let from = BString::from(moved.from.as_str());
            moved.to.iter().map(|to| Rule { from: from.clone(), to: to.as_str().into() }).collect::<Vec<_>>()
        };
        Moves { rules: moved.iter().flat_map(one).collect() }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Every other place of a path: those by more exact entries first, then as stated.
    pub fn candidates(&self, path: &BStr) -> Vec<Candidate> {
        let start = Candidate { path: path.to_owned(), tail: path.len(), by: Vec::new() };
        let mut found = Vec::new();
        self.follow(&start, Direction::Newer, &mut found);
        self.follow(&start, Direction::Older, &mut found);
        found.retain(|one: &Candidate| one.path != path);
        found.sort_by_key(|one| (one.by.len(), one.tail));
        found
    }

    fn follow(&self, start: &Candidate, direction: Direction, found: &mut Vec<Candidate>) {
        for rule in &self.rules {
            let by = (rule.from.clone(), rule.to.clone());
            let (here, there) = match direction {
                Direction::Newer => (&rule.from, &rule.to),
                Direction::Older => (&rule.to, &rule.from),
            };
            let Some(tail) = below(start.path.as_ref(), here.as_ref()) else { continue };
            // A directory that moved into itself would be entered for ever.
            if start.by.contains(&by) {
                continue;
            }
            let path = BString::from([there.as_bytes(), tail].concat());
            let by = start.by.iter().cloned().chain([by]).collect();
            let next = Candidate { path, tail: tail.len().min(start.tail), by };
            if found.iter().all(|other| other.path != next.path) {
                found.push(next.clone());
                self.follow(&next, direction, found);
            }
        }
    }
}

/// The rest of a path below a place, with its leading `/`; empty if it is the place itself.
fn below<'p>(path: &'p BStr, place: &BStr) -> Option<&'p [u8]> {
    let rest = path.strip_prefix(place.as_bytes())?;
    (rest.is_empty() || rest[0] == b'/').then_some(rest)
}

/// Why `FROM=TO` cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadMove {
    /// There is no `=`.
    #[error("{0:?} has no `=` between the older and the newer place")]
    NoPlaces(String),
    /// A part of it is no path.
    #[error("{0:?} is not a path in the repository")]
    NoPath(String),
}

/// Reads `FROM=TO`, as it is typed. A slash at the end of a directory may stand there.
///
/// # Errors
/// One of the two is no path.
pub fn read_pair(typed: &str) -> Result<(String, String), BadMove> {
    let (from, to) = typed.split_once('=').ok_or_else(|| BadMove::NoPlaces(typed.to_owned()))?;
    let path = |text: &str| {
        let text = text.strip_suffix('/').unwrap_or(text);
        check_path(text.as_bytes()).map_err(|_| BadMove::NoPath(text.to_owned()))?;
        Ok(text.to_owned())
    };
    Ok((path(from)?, path(to)?))
}

/// The entries, with pairs put in: one whose older place is known extends that entry.
pub fn with_pairs(moved: &[MovedPath], pairs: &[(String, String)]) -> Vec<MovedPath> {
    let mut moved = moved.to_vec();
    for (from, to) in pairs {
        match moved.iter_mut().find(|one| one.from == *from) {
            Some(one) if one.to.contains(to) => {}
            Some(one) => one.to.push(to.clone()),
            None => moved.push(MovedPath { from: from.clone(), to: vec![to.clone()], why: None }),
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(pairs: &[(&str, &str)]) -> Moves {
        let pairs: Vec<_> = pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect();
        Moves::stated(&with_pairs(&[], &pairs))
    }

    fn places(moves: &Moves, path: &str) -> Vec<String> {
        moves.candidates(path.into()).into_iter().map(|one| one.path.to_string()).collect()
    }

    #[test]
    fn both_directions_whole_names_and_the_more_exact_entry_first() {
        let moves = moves(&[("a", "x"), ("a/b", "y"), ("f.c", "g.c")]);
        assert_eq!(places(&moves, "a/b/c"), ["y/c", "x/b/c"]);
        assert_eq!(places(&moves, "x/b"), ["a/b"]);
        assert_eq!(places(&moves, "f.c"), ["g.c"]);
        assert_eq!(places(&moves, "g.c"), ["f.c"]);
        for nowhere in ["ab/c", "f.cc", "z", "", "xa"] {
            assert!(places(&moves, nowhere).is_empty(), "{nowhere}");
        }
    }

    #[test]
    fn a_split_has_several_places_and_moves_go_on() {
        let moves = moves(&[("a", "x"), ("a", "y"), ("x", "z")]);
        assert_eq!(places(&moves, "a/f"), ["x/f", "y/f", "z/f"]);
        assert_eq!(places(&moves, "z/f"), ["x/f", "a/f"]);
        assert_eq!(moves.candidates("z/f".into())[1].by.len(), 2);
    }

    #[test]
    fn a_directory_that_moved_into_itself_ends() {
        let moves = moves(&[("a", "a/b"), ("p/q", "p")]);
        assert_eq!(places(&moves, "a/f"), ["a/b/f"]);
        assert_eq!(places(&moves, "a/b/f"), ["a/f", "a/b/b/f"]);
        assert_eq!(places(&moves, "p/f"), ["p/q/f"]);
    }

    #[test]
    fn what_is_typed_is_two_paths() {
        assert_eq!(read_pair("a/=b"), Ok(("a".into(), "b".into())));
        for bad in ["a", "=b", "a=", "/a=b", "a=../b", "a=b//c", "a=.git/x"] {
            assert!(read_pair(bad).is_err(), "{bad}");
        }
    }
}
