//! Where recorded answers settle the conflicts of a merge, and what is to be recorded of one that a person settled.
//!
//! A record says: where both sides started from these lines, upstream made those of them and the patch these, write that. It is looked for
//! in this order, and the first way that finds anything decides; all that it finds must then give the same text, or nothing is settled.
//!
//! 1. The three sides are exactly the recorded ones, in the same file, recorded for the same patch. That is the very question which was
//!    answered: a guess from a neighbouring record must not cast doubt on it.
//! 2. The same, recorded for another patch.
//! 3. The same in another file. Or in the same file: the recorded sides stand inside the conflict, and what is left in front of and behind
//!    them merges by itself or by other records; or the conflict lies inside the recorded one, the surplus there merges by itself, and the
//!    answer starts and ends with just that.
//! 4. Only the two sides are known, from git's own records.
//!
//! For 3 and 4 the sides must *tell* where they belong: every side that has lines has one with four letters or digits in it (a lone `}`,
//! `end` or blank line stands everywhere), and in 3 each stands once in its text, as a whole. So the place is determined by the text and not
//! by luck. Blanks count.
//!
//! Recording goes the other way: the merged text, with a mark for each conflict, is compared with what the person made. If an edit reaches
//! into lines around a mark, the record has these lines too.

mod alike;
mod record;
#[cfg(test)]
mod tests;
mod units;

use std::collections::BTreeSet;
use std::ops::Range;

use super::marks::{Conflict, Labels};
use super::merge::Texts;
use super::resolution::{Hunk, Reach};
use alike::{Found, join};
use units::{Taken, Unit, units};

/// A merge of three texts that conflicts.
pub struct Merge<'a> {
    whole: [&'a [u8]; 3],
    texts: Texts<'a>,
    units: Vec<Unit>,
}

/// A recorded answer that may fit.
#[derive(Debug, Clone, Copy)]
pub struct Offer<'o> {
    /// The record.
    pub hunk: &'o Hunk,
    /// How far it goes.
    pub reach: Reach,
    /// How near it was recorded.
    pub near: Near,
}

/// How near to a conflict something was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Near {
    /// In the same file, for the same patch.
    Patch,
    /// In the same file.
    File,
    /// Elsewhere.
    Elsewhere,
}

/// What becomes of the lines around one conflict or several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fill {
    units: Range<usize>,
    text: Vec<u8>,
    /// The offers that it is from, by number.
    pub used: BTreeSet<usize>,
    /// Whether none of them is partial.
    pub is_enough: bool,
}

/// What recorded answers make of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Settled {
    /// What they settle, in order.
    pub fills: Vec<Fill>,
    /// How many conflicts there are.
    pub conflicts: usize,
    /// How many of them are settled.
    pub known: usize,
    /// At how many the records disagree.
    pub disagreements: usize,
    /// The offers that have the very sides of such a conflict, by number.
    pub disputed: BTreeSet<usize>,
}

impl Settled {
    /// Whether nothing is left for a person.
    pub fn is_all(&self) -> bool {
        self.known == self.conflicts && self.fills.iter().all(|fill| fill.is_enough)
    }
}

/// So many units around a conflict may belong to a record of it.
const AROUND: usize = 64;

impl<'a> Merge<'a> {
    /// Of the change `base` → `theirs` into `ours`.
    pub fn of(base: &'a [u8], ours: &'a [u8], theirs: &'a [u8]) -> Merge<'a> {
        let texts = Texts::of(base, ours, theirs);
        Merge { whole: [base, ours, theirs], units: units(base, ours, theirs, &texts), texts }
    }

    fn conflicts(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.units.len()).filter(|at| self.units[*at].taken == Taken::Nothing)
    }

    /// The three sides of some units.
    fn sides(&self, units: &Range<usize>) -> [&'a [u8]; 3] {
        let (Some(first), Some(last)) = (self.units.get(units.start), self.units[..units.end].last()) else {
            return [b""; 3];
        };
        [
            self.texts.base.slice(first.base.start..last.base.end),
            self.texts.ours.slice(first.ours.start..last.ours.end),
            self.texts.theirs.slice(first.theirs.start..last.theirs.end),
        ]
    }

    /// What becomes of a unit without a person.
    fn clear(&self, unit: &Unit) -> Option<&'a [u8]> {
        match unit.taken {
            Taken::Ours => Some(self.texts.ours.slice(unit.ours.clone())),
            Taken::Theirs => Some(self.texts.theirs.slice(unit.theirs.clone())),
            Taken::Nothing => None,
        }
    }

    /// What becomes of the conflicts.
    pub fn settle(&self, offers: &[Offer<'_>]) -> Settled {
        let mut settled = Settled { conflicts: self.conflicts().count(), ..Settled::default() };
        for at in self.conflicts() {
            if settled.fills.last().is_some_and(|fill: &Fill| fill.units.contains(&at)) {
                settled.known += 1;
                continue;
            }
            match self.look(at, offers) {
                Found::One(fill) if settled.fills.last().is_some_and(|last| last.units.end > fill.units.start) => {
                    settled.disagreements += 1;
                }
                Found::One(fill) => {
                    settled.known += 1;
                    settled.fills.push(fill);
                }
                Found::Many => {
                    settled.disagreements += 1;
                    let offers = offers.iter().enumerate();
                    let about_it = offers.filter(|(id, offer)| !self.exact(at, *id, offer).is_empty());
                    settled.disputed.extend(about_it.map(|(id, _)| id));
                }
                Found::Nothing => {}
            }
        }
        settled
    }

    fn look(&self, at: usize, offers: &[Offer<'_>]) -> Found<Fill> {
        let exact = |near: Near| {
            let all = offers;
            let offers =
                offers.iter().enumerate().filter(move |(_, it)| it.near == near && it.reach != Reach::Imported);
            let found = offers.flat_map(move |(id, offer)| self.exact(at, id, offer));
            found.filter(move |fill| fill.used.iter().all(|id| self.is_one_place(all[*id].hunk)))
        };
        let imported = offers.iter().enumerate().filter(|(_, it)| it.reach == Reach::Imported);
        self.agreed(exact(Near::Patch).collect())
            .or_else(|| self.agreed(exact(Near::File).collect()))
            .or_else(|| {
                let elsewhere = exact(Near::Elsewhere).filter(|fill| {
                    fill.used.iter().all(|id| offers[*id].hunk.sides()[..3].iter().all(|side| alike::tells(side)))
                });
                match self.inferred(at, offers) {
                    Found::Many => Found::Many,
                    Found::One(fill) => self.agreed(elsewhere.chain([fill]).collect()),
                    Found::Nothing => self.agreed(elsewhere.collect()),
                }
            })
            .or_else(|| self.agreed(imported.flat_map(|(id, offer)| self.exact(at, id, offer)).collect()))
    }

    /// Whether what a record is about stands in one place only: the lines that both sides changed, or, where both only added, what upstream
    /// did. Equal lines in another function are another conflict, and their answer may be another one.
    fn is_one_place(&self, hunk: &Hunk) -> bool {
        let whole = |lines: &super::lines::Lines<'_>| lines.slice(0..lines.count()).to_vec();
        match hunk.base.is_empty() {
            false => alike::stands_once(&hunk.base, &whole(&self.texts.base)),
            true => hunk.ours.is_empty() || alike::stands_once(&hunk.ours, &whole(&self.texts.ours)),
        }
    }

    /// Wherever a record has exactly the sides of units around a conflict.
    fn exact(&self, at: usize, id: usize, offer: &Offer<'_>) -> Vec<Fill> {
        let hunk = offer.hunk;
        let is_imported = offer.reach == Reach::Imported;
        if is_imported && ![&hunk.ours, &hunk.theirs].iter().all(|side| alike::tells(side)) {
            return Vec::new();
        }
        let is_it = |[base, ours, theirs]: [&[u8]; 3]| match is_imported {
            true => (ours, theirs) == (&hunk.ours, &hunk.theirs) || (ours, theirs) == (&hunk.theirs, &hunk.ours),
            false => (base, ours, theirs) == (&hunk.base, &hunk.ours, &hunk.theirs),
        };
        let most = if is_imported { hunk.ours.len() + hunk.theirs.len() } else { hunk.ours.len() };
        let mut found = Vec::new();
        for start in (at.saturating_sub(AROUND)..=at).rev() {
            for end in at + 1..=(at + 1 + AROUND).min(self.units.len()) {
                let sides = self.sides(&(start..end));
                if sides[1].len() > most {
                    break;
                }
                if is_it(sides) {
                    let (text, used) = (hunk.answer.to_vec(), BTreeSet::from([id]));
                    found.push(Fill { units: start..end, text, used, is_enough: offer.reach != Reach::Partial });
                }
            }
        }
        found
    }

    /// One text, if all of them come to the same.
    fn agreed(&self, fills: Vec<Fill>) -> Found<Fill> {
        let Some(start) = fills.iter().map(|fill| fill.units.start).min() else { return Found::Nothing };
        let end = fills.iter().map(|fill| fill.units.end).max().unwrap_or(start);
        let mut all = Found::Nothing;
        for fill in fills {
            let Some(text) = self.widened(&fill, start..end) else { return Found::Many };
            all = all.and(Found::One(Fill { units: start..end, text, ..fill }));
        }
        all
    }

    /// The text of a fill with that of clear units around it.
    fn widened(&self, fill: &Fill, to: Range<usize>) -> Option<Vec<u8>> {
        let clear = |units: &[Unit]| units.iter().map(|unit| self.clear(unit)).collect::<Option<Vec<_>>>();
        let front = clear(&self.units[to.start..fill.units.start])?.concat();
        let behind = clear(&self.units[fill.units.end..to.end])?.concat();
        join(&[&front, &fill.text, &behind])
    }

    /// The merged text, with what records settle; none if a conflict is left or the lines do not fit together.
    pub fn text(&self, settled: &Settled) -> Option<Vec<u8>> {
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut fills = settled.fills.iter().peekable();
        let mut at = 0;
        while at < self.units.len() {
            match fills.next_if(|fill| fill.units.start == at) {
                Some(fill) => {
                    parts.push(&fill.text);
                    at = fill.units.end;
                }
                None => {
                    parts.push(self.clear(&self.units[at])?);
                    at += 1;
                }
            }
        }
        join(&parts)
    }

    /// The same with marks around the conflicts that are left.
    pub fn marked(&self, settled: &Settled, labels: Labels<'_>, width: usize) -> Vec<u8> {
        let mut out = Vec::new();
        let mut fills = settled.fills.iter().peekable();
        let mut at = 0;
        while at < self.units.len() {
            if let Some(fill) = fills.next_if(|fill| fill.units.start == at) {
                out.extend_from_slice(&fill.text);
                at = fill.units.end;
                continue;
            }
            let unit = &self.units[at];
            match self.clear(unit) {
                Some(text) => out.extend_from_slice(text),
                None => {
                    let Unit { base, ours, theirs, .. } = unit.clone();
                    Conflict { texts: &self.texts, base, ours, theirs }.write(labels, width, &mut out);
                }
            }
            at += 1;
        }
        out
    }
}
