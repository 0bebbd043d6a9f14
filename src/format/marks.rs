//! Three-way merges of texts with markers around what conflicts, as `git merge-file --zdiff3` writes them.
//!
//! The lines of both sides that are equal at the start and the end of a conflict stand outside of the markers; those of the base stay inside.

use std::ops::Range;

use super::lines::Lines;
use super::merge::{Texts, merge_by, side};

/// What stands behind the markers.
#[derive(Debug, Clone, Copy)]
pub struct Labels<'a> {
    /// Behind `<<<<<<<`.
    pub ours: &'a str,
    /// Behind `|||||||`.
    pub base: &'a str,
    /// Behind `>>>>>>>`.
    pub theirs: &'a str,
}

/// Merges the change `base` → `theirs` into `ours`; what conflicts is there three times, between markers that are `width` characters wide.
pub fn marked(base: &[u8], ours: &[u8], theirs: &[u8], labels: Labels<'_>, width: usize) -> Vec<u8> {
    merge_by(base, ours, theirs, |texts, group, range, out| {
        let (ours, theirs) = (side(group.ours, &range), side(group.theirs, &range));
        Conflict { texts, base: range, ours, theirs }.write(labels, width, out);
    })
}

/// The lines of a text that are markers of a conflict of that width, or look like them, by number from 1.
pub fn markers(text: &[u8], width: usize) -> impl Iterator<Item = (usize, &[u8])> {
    let lines = super::lines::split(text).enumerate().map(|(at, line)| (at + 1, line.trim_ascii_end()));
    lines.filter(move |(_, line)| is_marker(line, width))
}

fn is_marker(line: &[u8], width: usize) -> bool {
    let marks = |sign: u8| line.len() >= width && line[..width].iter().all(|byte| *byte == sign);
    b"<|>".iter().any(|sign| marks(*sign) && line.get(width) == Some(&b' ')) || marks(b'=') && line.len() == width
}

/// Lines of all three texts.
pub(super) struct Conflict<'a> {
    pub texts: &'a Texts<'a>,
    pub base: Range<u32>,
    pub ours: Range<u32>,
    pub theirs: Range<u32>,
}

impl Conflict<'_> {
    /// How many lines both sides share at the start, and at the end of what is left.
    pub fn shared(&self) -> (u32, u32) {
        let Texts { ours, theirs, .. } = self.texts;
        let same = |(a, b): &(u32, u32)| ours.line(*a) == theirs.line(*b);
        let start = self.ours.clone().zip(self.theirs.clone()).take_while(same).count() as u32;
        let rest =
            (self.ours.start + start..self.ours.end).rev().zip((self.theirs.start + start..self.theirs.end).rev());
        (start, rest.take_while(same).count() as u32)
    }

    pub fn write(&self, labels: Labels<'_>, width: usize, out: &mut Vec<u8>) {
        let Texts { base, ours, theirs } = self.texts;
        let (start, end) = self.shared();
        let inside = |range: &Range<u32>| range.start + start..range.end - end;
        let newline: &[u8] = if has_returns(self.texts, &self.ours, &self.theirs) { b"\r\n" } else { b"\n" };
        out.extend_from_slice(ours.slice(self.ours.start..self.ours.start + start));
        let mut marker = |sign: u8, label: &str, text: &[u8]| {
            out.extend(std::iter::repeat_n(sign, width));
            if !label.is_empty() {
                out.push(b' ');
                out.extend_from_slice(label.as_bytes());
            }
            out.extend_from_slice(newline);
            out.extend_from_slice(text);
            if !text.is_empty() && !text.ends_with(b"\n") {
                out.extend_from_slice(newline);
            }
        };
        marker(b'<', labels.ours, ours.slice(inside(&self.ours)));
        marker(b'|', labels.base, base.slice(self.base.clone()));
        marker(b'=', "", theirs.slice(inside(&self.theirs)));
        marker(b'>', labels.theirs, b"");
        out.extend_from_slice(ours.slice(self.ours.end - end..self.ours.end));
    }
}

/// Whether the lines around a conflict end in carriage returns.
pub(super) fn has_returns(texts: &Texts<'_>, our_lines: &Range<u32>, their_lines: &Range<u32>) -> bool {
    let Texts { base, ours, theirs } = texts;
    let ends = [(ours, our_lines.start.saturating_sub(1)), (theirs, their_lines.start.saturating_sub(1)), (base, 0)];
    let known: Vec<bool> = ends.into_iter().filter_map(|(lines, at)| returns(lines, at)).collect();
    !known.is_empty() && known.into_iter().all(|returns| returns)
}

/// Whether a line ends in a carriage return; by the line before it, if it is the last one and has no end.
fn returns(lines: &Lines<'_>, at: u32) -> Option<bool> {
    let line = lines.line(at);
    match line.strip_suffix(b"\n") {
        Some(line) => Some(line.ends_with(b"\r")),
        None => lines.line(at.checked_sub(1)?).strip_suffix(b"\n").map(|line| line.ends_with(b"\r")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: Labels<'_> = Labels { ours: "ours", base: "base", theirs: "theirs" };

    #[test]
    fn only_what_differs_stands_between_the_markers() {
        let text = marked(b"1\n2\n3\n", b"1\nx\na\ny\n3\n", b"1\nx\nb\ny\n3\n", LABELS, 7);
        let expected = "1\nx\n<<<<<<< ours\na\n||||||| base\n2\n=======\nb\n>>>>>>> theirs\ny\n3\n";
        assert_eq!(String::from_utf8(text).unwrap(), expected);
    }

    #[test]
    fn markers_are_found_and_titles_are_not() {
        let text = b"<<<<<<< x\n=======\n========\n>>>>>>>y\n||||||| \n>>>>>>> y\r\n";
        let found = |width| markers(text, width).map(|(line, _)| line).collect::<Vec<_>>();
        assert_eq!(found(7), [1, 2, 6]);
        assert_eq!(found(8), [3], "the attribute of the file says how wide they are");
    }
}
