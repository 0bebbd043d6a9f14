//! Records that stand inside a conflict, and conflicts that stand inside a record.

use std::collections::BTreeSet;

use super::{Fill, Merge, Near, Offer};
use crate::format::lines::split;
use crate::format::merge::{Merged, merge};
use crate::format::resolution::Reach;

/// What a search found: nothing, one answer, or answers that disagree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found<T> {
    Nothing,
    One(T),
    Many,
}

impl<T> Found<T> {
    pub(super) fn or_else(self, other: impl FnOnce() -> Found<T>) -> Found<T> {
        match self {
            Found::Nothing => other(),
            found => found,
        }
    }
}

impl Found<Fill> {
    /// Both, if they give the same text.
    pub(super) fn and(self, other: Found<Fill>) -> Found<Fill> {
        match (self, other) {
            (Found::Nothing, found) | (found, Found::Nothing) => found,
            (Found::One(mut a), Found::One(b)) if a.text == b.text && a.units == b.units => {
                a.used.extend(b.used);
                a.is_enough &= b.is_enough;
                Found::One(a)
            }
            _ => Found::Many,
        }
    }
}

/// How many records in one conflict are tried.
const DEPTH: usize = 3;

/// More lines than this are not searched for a place of a side without lines.
const LONG: usize = 200;

/// So many common lines at the ends of a record are looked for outside of the conflict.
const COMMON: usize = 8;

/// Lines of the three texts.
type Sides<'a> = [&'a [&'a [u8]]; 3];

/// A record with its lines.
struct Lined<'a> {
    id: usize,
    offer: &'a Offer<'a>,
    sides: [Vec<&'a [u8]>; 3],
}

impl Merge<'_> {
    /// What records of the same file say of a conflict that none of them has exactly.
    pub(super) fn inferred(&self, at: usize, offers: &[Offer<'_>]) -> Found<Fill> {
        let near = offers.iter().enumerate().filter(|(_, it)| it.near <= Near::File && it.reach != Reach::Imported);
        let near: Vec<Lined<'_>> = near.map(|(id, offer)| Lined::of(id, offer)).collect();
        let inside = near.iter().map(|lined| self.inside_of(at, lined)).fold(Found::Nothing, Found::and);
        let placeable: Vec<&Lined<'_>> = near.iter().filter(|lined| self.is_placed(&lined.raw())).collect();
        let front = placeable.iter().map(|lined| lined.common().0).max().unwrap_or_default();
        let behind = placeable.iter().map(|lined| lined.common().1).max().unwrap_or_default();
        // The narrowest lines around the conflict that some record fits into.
        let windows = (0..=front).flat_map(|up| (0..=behind).map(move |down| (up, down)));
        for (up, down) in windows {
            let Some(units) = self.plain_around(at, up, down) else { continue };
            let sides = self.sides(&units).map(|side| split(side).map(AsRef::as_ref).collect::<Vec<&[u8]>>());
            let lines = [&sides[0][..], &sides[1][..], &sides[2][..]];
            let found = match by_records(lines, &placeable, DEPTH) {
                Found::Nothing => continue,
                Found::Many => Found::Many,
                Found::One(part) => {
                    let fill = Fill { units, text: part.text, used: part.used, is_enough: part.is_enough };
                    let inside = match inside {
                        Found::One(inside) => self
                            .widened(&inside, fill.units.clone())
                            .map_or(Found::Many, |text| Found::One(Fill { units: fill.units.clone(), text, ..inside })),
                        other => other,
                    };
                    return inside.and(Found::One(fill));
                }
            };
            return found;
        }
        inside
    }

    /// A conflict with so many lines around it, if these are the same in all three texts.
    fn plain_around(&self, at: usize, up: usize, down: usize) -> Option<std::ops::Range<usize>> {
        let units = at.checked_sub(up)?..(at + 1 + down);
        let around = self.units.get(units.clone())?;
        let is_plain = |unit: &super::Unit| unit.base.len() == 1 && unit.ours.len() == 1 && unit.theirs.len() == 1;
        let others = around.iter().enumerate().filter(|(n, _)| *n != up);
        others.into_iter().all(|(_, unit)| is_plain(unit) && self.clear(unit).is_some()).then_some(units)
    }

    /// Whether sides tell where they belong: see the module.
    fn is_placed(&self, sides: &[&[u8]; 3]) -> bool {
        sides.iter().zip(self.whole).all(|(side, text)| side.is_empty() || tells(side) && stands_once(side, text))
    }

    /// The conflict lies inside the recorded one.
    fn inside_of(&self, at: usize, lined: &Lined<'_>) -> Found<Fill> {
        let units = at..at + 1;
        let sides = self.sides(&units);
        if !self.is_placed(&sides) {
            return Found::Nothing;
        }
        let own = sides.map(|side| split(side).map(AsRef::as_ref).collect::<Vec<&[u8]>>());
        let mut all = Found::Nothing;
        let around = [&lined.sides[0][..], &lined.sides[1][..], &lined.sides[2][..]];
        for [b, o, t] in places([&own[0], &own[1], &own[2]], around) {
            let front = [&around[0][..b], &around[1][..o], &around[2][..t]];
            let rest = [b + own[0].len(), o + own[1].len(), t + own[2].len()];
            let behind = [&around[0][rest[0]..], &around[1][rest[1]..], &around[2][rest[2]..]];
            let (Some(front), Some(behind)) = (clean(front), clean(behind)) else { continue };
            let answer = &lined.offer.hunk.answer;
            let middle = answer.strip_prefix(&front[..]).and_then(|rest| rest.strip_suffix(&behind[..]));
            let is_whole = |text: &[u8]| text.is_empty() || text.ends_with(b"\n");
            let Some(middle) = middle.filter(|middle| is_whole(&front) && (behind.is_empty() || is_whole(middle)))
            else {
                continue;
            };
            let (text, used) = (middle.to_vec(), BTreeSet::from([lined.id]));
            all = all.and(Found::One(Fill { units: units.clone(), text, used, is_enough: lined.is_enough() }));
        }
        all
    }
}

impl<'a> Lined<'a> {
    fn of(id: usize, offer: &'a Offer<'a>) -> Lined<'a> {
        let [base, ours, theirs, _] = offer.hunk.sides();
        let lines = |side: &'a [u8]| split(side).map(AsRef::as_ref).collect();
        Lined { id, offer, sides: [lines(base), lines(ours), lines(theirs)] }
    }

    fn raw(&self) -> [&'a [u8]; 3] {
        [&self.offer.hunk.base, &self.offer.hunk.ours, &self.offer.hunk.theirs]
    }

    fn is_enough(&self) -> bool {
        self.offer.reach != Reach::Partial
    }

    /// How many lines all sides share at the start, and at the end.
    fn common(&self) -> (usize, usize) {
        let [base, ours, theirs] = &self.sides;
        let same = |((a, b), c): &((&&[u8], &&[u8]), &&[u8])| a == b && b == c;
        let front = base.iter().zip(ours).zip(theirs).take_while(same).count();
        let behind = base.iter().rev().zip(ours.iter().rev()).zip(theirs.iter().rev()).take_while(same).count();
        (front.min(COMMON), behind.min(COMMON))
    }
}

/// A text, and the records that it is from.
struct Part {
    text: Vec<u8>,
    used: BTreeSet<usize>,
    is_enough: bool,
}

/// What lines come to: merged if that goes, else by records that stand in them.
fn fill(lines: Sides<'_>, records: &[&Lined<'_>], depth: usize) -> Found<Part> {
    match clean(lines) {
        Some(text) => Found::One(Part { text, used: BTreeSet::new(), is_enough: true }),
        None => by_records(lines, records, depth),
    }
}

/// What lines come to by records that stand in them.
fn by_records(lines: Sides<'_>, records: &[&Lined<'_>], depth: usize) -> Found<Part> {
    let mut all: Option<Part> = None;
    if depth == 0 {
        return Found::Nothing;
    }
    for lined in records {
        for [b, o, t] in places([&lined.sides[0], &lined.sides[1], &lined.sides[2]], lines) {
            let end = [b + lined.sides[0].len(), o + lined.sides[1].len(), t + lined.sides[2].len()];
            let front = fill([&lines[0][..b], &lines[1][..o], &lines[2][..t]], records, depth - 1);
            let behind = fill([&lines[0][end[0]..], &lines[1][end[1]..], &lines[2][end[2]..]], records, depth - 1);
            let (front, behind) = match (front, behind) {
                (Found::One(front), Found::One(behind)) => (front, behind),
                (Found::Nothing, _) | (_, Found::Nothing) => continue,
                _ => return Found::Many,
            };
            let Some(text) = join(&[&front.text, &lined.offer.hunk.answer, &behind.text]) else { continue };
            let mut part = Part { text, used: front.used, is_enough: front.is_enough && behind.is_enough };
            part.is_enough &= lined.is_enough();
            part.used.extend(behind.used);
            part.used.insert(lined.id);
            match &mut all {
                None => all = Some(part),
                Some(known) if known.text == part.text => {
                    known.used.extend(part.used);
                    known.is_enough &= part.is_enough;
                }
                Some(_) => return Found::Many,
            }
        }
    }
    all.map_or(Found::Nothing, Found::One)
}

/// Where sides stand in others, each by itself.
fn places(sides: [&[&[u8]]; 3], inside: Sides<'_>) -> Vec<[usize; 3]> {
    let find = |at: usize| -> Vec<usize> {
        let (side, lines) = (sides[at], inside[at]);
        if side.is_empty() {
            return if lines.len() > LONG { Vec::new() } else { (0..=lines.len()).collect() };
        }
        (0..(lines.len() + 1).saturating_sub(side.len())).filter(|from| lines[*from..].starts_with(side)).collect()
    };
    let (base, ours, theirs) = (find(0), find(1), find(2));
    let mut all = Vec::new();
    for b in &base {
        for o in &ours {
            all.extend(theirs.iter().map(|t| [*b, *o, *t]));
        }
    }
    all
}

/// What lines come to without a person.
fn clean([base, ours, theirs]: Sides<'_>) -> Option<Vec<u8>> {
    match () {
        () if ours == base || ours == theirs => Some(theirs.concat()),
        () if theirs == base => Some(ours.concat()),
        () => match merge(&base.concat(), &ours.concat(), &theirs.concat()) {
            Merged::Clean(text) => Some(text),
            Merged::Conflict(_) => None,
        },
    }
}

/// Whether a side has a line with four letters or digits.
pub(super) fn tells(side: &[u8]) -> bool {
    // Bytes beyond ASCII are parts of letters, mostly.
    let is_letter = |byte: &&u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    side.is_empty() || split(side).any(|line| line.iter().filter(is_letter).count() >= 4)
}

/// Whether lines stand in a text once.
pub(super) fn stands_once(lines: &[u8], text: &[u8]) -> bool {
    let is_end = |at: usize| lines.ends_with(b"\n") || at + lines.len() == text.len();
    let found = memchr::memmem::find_iter(text, lines).filter(|at| (*at == 0 || text[at - 1] == b'\n') && is_end(*at));
    found.count() == 1
}

/// Pieces of a text one after the other; none if one would run into the next.
pub(super) fn join(parts: &[&[u8]]) -> Option<Vec<u8>> {
    let mut out: Vec<u8> = Vec::with_capacity(parts.iter().map(|part| part.len()).sum());
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if !out.is_empty() && !out.ends_with(b"\n") {
            return None;
        }
        out.extend_from_slice(part);
    }
    Some(out)
}
