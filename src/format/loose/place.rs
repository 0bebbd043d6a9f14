//! Where hunks go in a file that is not quite the one they were made for: GNU patch's search.
//!
//! A hunk is tried at the line that its header states, moved by as much as the hunk before it was; then one line further down, one further
//! up, and so on. A hunk with less context in front than behind belongs to the start of the file, one with less behind to its end. With
//! fuzz, up to that many of the outer context lines are given up. Lines that an earlier hunk changed are not looked at again.

use bstr::{BStr, ByteSlice};

use crate::format::diff::{Hunk, LineKind};
use crate::format::lines;

/// A file with the hunks in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Where each hunk went.
    pub hunks: Vec<Placement>,
}

/// Where a hunk went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// The line of the patch on which it stands, from 1.
    pub line: usize,
    /// The line of the file that its header states, from 1.
    pub stated: u32,
    /// The line at which its lines were found, from 1.
    pub at: u32,
    /// How many context lines had to be given up at either end.
    pub fuzz: u32,
    /// Other lines of the file at which it would fit as well, if there is reason to doubt the choice: it is not at the line stated, or
    /// the place is not in the function that its header names.
    pub look_alikes: Vec<u32>,
}

/// A hunk that fits nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced {
    /// Which one, from 1.
    pub hunk: usize,
    /// The line of the patch on which it stands, from 1.
    pub line: usize,
    /// The line of the file that its header states.
    pub stated: u32,
    /// How much more fuzz would place it, and where; `None`: none would.
    pub with_fuzz: Option<(u32, u32)>,
    /// Whether it is in the file already.
    pub is_there: bool,
}

/// More fuzz than this is never of use: nobody writes hunks with more context.
const MOST: u32 = 9;

/// Puts the hunks of one file in their places, giving up at most `fuzz` lines of context.
///
/// # Errors
/// All hunks that do not fit, each looked for as if those before it that do not fit were not there.
pub fn place(pre: &[u8], hunks: &[Hunk], fuzz: u32) -> Result<Placed, Vec<Misplaced>> {
    let mut file = File { old: lines::split(pre).collect(), frozen: 0, shift: 0, out: Vec::new() };
    let (mut placements, mut misplaced) = (Vec::with_capacity(hunks.len()), Vec::new());
    for (nth, hunk) in hunks.iter().enumerate() {
        let pattern = Pattern::of(hunk);
        let found = (0..=fuzz.min(pattern.most_fuzz())).find_map(|fuzz| Some((fuzz, file.locate(&pattern, fuzz)?)));
        let Some((fuzz, at)) = found else {
            misplaced.push(file.misplaced(nth, hunk, &pattern, fuzz));
            continue;
        };
        let look_alikes = file.look_alikes(hunk, &pattern, fuzz, at);
        placements.push(Placement { line: hunk.line, stated: pattern.first as u32, at: at as u32, fuzz, look_alikes });
        file.shift = at as i64 - pattern.first as i64;
        file.put(hunk, at);
    }
    match misplaced.is_empty() {
        true => Ok(Placed { bytes: file.finish(), hunks: placements }),
        false => Err(misplaced),
    }
}

/// What a hunk looks for.
struct Pattern<'a> {
    lines: Vec<&'a BStr>,
    /// The line that the header states, from 1; of an insertion without context the line behind it.
    first: usize,
    /// How many context lines stand in front of the first change and behind the last one.
    context: (usize, usize),
}

impl<'a> Pattern<'a> {
    fn of(hunk: &'a Hunk) -> Pattern<'a> {
        let lines: Vec<&BStr> = hunk.old_lines().collect();
        let first = hunk.old_start as usize + usize::from(lines.is_empty());
        Pattern { lines, first, context: hunk.context() }
    }

    fn most_fuzz(&self) -> u32 {
        self.context.0.max(self.context.1) as u32
    }

    /// How many lines are given up in front and behind; negative: as many are missing to as much context as the other side has.
    fn given_up(&self, fuzz: u32) -> (i64, i64) {
        let (front, back) = (self.context.0 as i64, self.context.1 as i64);
        let most = front.max(back);
        (i64::from(fuzz) + front - most, i64::from(fuzz) + back - most)
    }
}

/// A file while hunks go into it.
struct File<'a> {
    old: Vec<&'a BStr>,
    /// How many of its lines are done with.
    frozen: usize,
    /// How far the hunk before was from where it was stated.
    shift: i64,
    out: Vec<&'a BStr>,
}

impl<'a> File<'a> {
    /// The line, from 1, at which the pattern goes.
    fn locate(&self, pattern: &Pattern, fuzz: u32) -> Option<usize> {
        let guess = pattern.first as i64 + self.shift;
        if pattern.lines.is_empty() {
            return usize::try_from(guess).ok().filter(|at| (1..=self.old.len() + 1).contains(at) && *at > self.frozen);
        }
        let (front, back) = pattern.given_up(fuzz);
        let (total, len) = (self.old.len() as i64, pattern.lines.len() as i64);
        if front < 0 && pattern.first <= 1 {
            let is_whole = back >= 0 || len == total;
            let is_free = self.frozen <= pattern.context.0;
            return (is_whole && is_free && self.fits(pattern, 1, 0, back.max(0))).then_some(1);
        }
        let front = front.max(0);
        if back < 0 {
            let at = total - len + 1;
            return (at > self.frozen as i64 && self.fits(pattern, at, front, 0)).then_some(at as usize);
        }
        let (lowest, highest) = (self.frozen as i64 + 1, total - (len - back) + 1);
        let reach = (highest - guess).max(guess - lowest);
        let places = (0..=reach.max(0)).flat_map(|by| [guess + by, guess - by]);
        let fits = |at: &i64| (lowest..=highest).contains(at) && self.fits(pattern, *at, front, back);
        places.into_iter().find(fits).map(|at| at as usize)
    }

    /// Whether the pattern, without what is given up at its ends, stands at the line `at`, from 1.
    fn fits(&self, pattern: &Pattern, at: i64, front: i64, back: i64) -> bool {
        let Ok(at) = usize::try_from(at - 1) else { return false };
        let (front, end) = (front as usize, pattern.lines.len().saturating_sub(back as usize));
        let Some(wanted) = pattern.lines.get(front..end) else { return false };
        self.old.get(at + front..at + end) == Some(wanted)
    }

    /// All other lines at which the hunk fits, if the one that was chosen is in doubt.
    fn look_alikes(&self, hunk: &Hunk, pattern: &Pattern, fuzz: u32, at: usize) -> Vec<u32> {
        let (front, back) = pattern.given_up(fuzz);
        if pattern.lines.is_empty() || front < 0 && pattern.first <= 1 || back < 0 {
            return Vec::new();
        }
        let last = self.old.len() as i64 - (pattern.lines.len() as i64 - back) + 1;
        let others = (1..=last).filter(|other| *other != at as i64 && self.fits(pattern, *other, front, back));
        let others: Vec<usize> = others.map(|other| other as usize).collect();
        let names = |at: usize| self.function(at).is_some_and(|line| starts_like(line, &hunk.section));
        let is_elsewhere = !hunk.section.is_empty() && !names(at) && others.iter().any(|other| names(*other));
        match at != pattern.first || is_elsewhere {
            true => others.into_iter().map(|other| other as u32).collect(),
            false => Vec::new(),
        }
    }

    /// The nearest line above that looks like the head of a function: diff(1) writes it into the header of a hunk.
    fn function(&self, at: usize) -> Option<&'a BStr> {
        let above = self.old[..at.saturating_sub(1).min(self.old.len())].iter().rev();
        let is_head = |line: &&&BStr| line.first().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, b'_' | b'$'));
        above.copied().find(|line| is_head(&line))
    }

    /// Takes the hunk in, at the line `at`, from 1.
    fn put(&mut self, hunk: &'a Hunk, at: usize) {
        let mut next = at - 1;
        for line in &hunk.lines {
            match line.kind {
                LineKind::Context => next += 1,
                LineKind::Remove => {
                    self.copy(next);
                    self.frozen = self.frozen.max(next + 1);
                    next += 1;
                }
                LineKind::Add => {
                    self.copy(next);
                    self.out.push(line.text.as_bstr());
                }
            }
        }
    }

    /// Passes old lines on until this many are done with.
    fn copy(&mut self, upto: usize) {
        let upto = upto.min(self.old.len());
        if self.frozen < upto {
            self.out.extend(&self.old[self.frozen..upto]);
            self.frozen = upto;
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.copy(self.old.len());
        let mut bytes: Vec<u8> = Vec::with_capacity(self.out.iter().map(|line| line.len() + 1).sum());
        for line in &self.out {
            // A line without a newline was the last one: now another follows.
            if bytes.last().is_some_and(|last| *last != b'\n') {
                bytes.push(b'\n');
            }
            bytes.extend_from_slice(line);
        }
        bytes
    }

    fn misplaced(&self, nth: usize, hunk: &Hunk, pattern: &Pattern, fuzz: u32) -> Misplaced {
        let more = fuzz + 1..=pattern.most_fuzz().min(MOST);
        let with_fuzz = more.into_iter().find_map(|fuzz| Some((fuzz, self.locate(pattern, fuzz)? as u32)));
        let after: Vec<&BStr> = hunk.new_lines().collect();
        let is_there = hunk.lines.iter().any(|line| line.kind == LineKind::Add)
            && !after.is_empty()
            && self.old.windows(after.len()).any(|window| window == after);
        Misplaced { hunk: nth + 1, line: hunk.line, stated: hunk.old_start, with_fuzz, is_there }
    }
}

/// Whether a line begins with the text of a hunk's header, which is cut.
fn starts_like(line: &[u8], section: &[u8]) -> bool {
    line.trim_end().starts_with(section.trim_end())
}
