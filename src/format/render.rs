//! Writes a diff: git's format, pinned (histogram, three lines of context, `a/` and `b/`, full ids), whatever git's configuration says.

use std::ops::Range;

use bstr::{BStr, BString, ByteSlice};

use super::binary;
use super::lines::{Lines, is_binary, line_edits, similarity};
use super::quote::{quote, quote_always};
use crate::model::{Edit, Mode, Oid};

pub use super::refresh::refresh_file;

/// Lines of context around a change.
const CONTEXT: u32 = 3;

/// The longest section text of a hunk header, in bytes.
const HEADING: usize = 80;

/// One side of a change.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Where the file is.
    pub path: &'a BStr,
    /// What it is.
    pub mode: Mode,
    /// The id of its blob; of a submodule, its commit.
    pub id: Oid,
    /// Its content; ignored of a submodule.
    pub bytes: &'a [u8],
}

impl Side<'_> {
    /// The text that a diff shows: the content, or the line that stands for a submodule's commit.
    pub fn content(&self) -> BString {
        match self.mode {
            Mode::Submodule => submodule_text(self.id),
            _ => self.bytes.into(),
        }
    }
}

/// The line that stands for the commit of a submodule.
pub fn submodule_text(commit: Oid) -> BString {
    format!("Subproject commit {commit}\n").into()
}

/// The commit that [`submodule_text`] names.
pub fn submodule_commit(text: &[u8]) -> Option<Oid> {
    Oid::from_hex(text.strip_prefix(b"Subproject commit ")?.strip_suffix(b"\n")?).ok()
}

/// The section for one file, or nothing if nothing changes. Different paths make a rename, or a copy. Where the type of the file changes,
/// these are two sections: the deletion, then the creation.
pub fn render_file(old: Option<Side>, new: Option<Side>, is_copy: bool) -> Vec<u8> {
    match (&old, &new) {
        (Some(a), Some(b)) if !a.mode.same_type(b.mode) => {
            let mut out = if is_copy { Vec::new() } else { render_file(old, None, false) };
            out.extend(render_file(None, new, false));
            out
        }
        (None, None) => Vec::new(),
        _ => render_section(old.as_ref(), new.as_ref(), is_copy),
    }
}

fn render_section(old: Option<&Side>, new: Option<&Side>, is_copy: bool) -> Vec<u8> {
    let before = old.map(Side::content).unwrap_or_default();
    let after = new.map(Side::content).unwrap_or_default();
    let mut out = Vec::new();
    push_mode_lines(&mut out, old, new);
    if let (Some(a), Some(b)) = (old, new)
        && a.path != b.path
    {
        push_rename_lines(&mut out, a.path, b.path, similarity(&before, &after), is_copy);
    }
    let changes = before != after || old.is_none() || new.is_none();
    if changes {
        push_index_line(&mut out, old, new);
        push_body(&mut out, old, new, &before, &after);
    }
    if out.is_empty() {
        return out;
    }
    let (a, b) = (prefixed(b"a/", name_of(old.or(new))), prefixed(b"b/", name_of(new.or(old))));
    [b"diff --git ", &a[..], b" ", &b[..], b"\n", &out].concat()
}

fn name_of<'a>(side: Option<&Side<'a>>) -> &'a BStr {
    side.map(|side| side.path).unwrap_or_default()
}

fn prefixed(prefix: &[u8], path: &BStr) -> BString {
    quote(&[prefix, path].concat())
}

fn push_mode_lines(out: &mut Vec<u8>, old: Option<&Side>, new: Option<&Side>) {
    let lines = match (old, new) {
        (Some(old), Some(new)) if old.mode != new.mode => {
            format!("old mode {}\nnew mode {}\n", old.mode.as_octal(), new.mode.as_octal())
        }
        (None, Some(new)) => format!("new file mode {}\n", new.mode.as_octal()),
        (Some(old), None) => format!("deleted file mode {}\n", old.mode.as_octal()),
        _ => return,
    };
    out.extend_from_slice(lines.as_bytes());
}

fn push_rename_lines(out: &mut Vec<u8>, from: &BStr, to: &BStr, percent: u8, is_copy: bool) {
    let word: &[u8] = if is_copy { b"copy" } else { b"rename" };
    out.extend_from_slice(format!("similarity index {percent}%\n").as_bytes());
    out.extend_from_slice(&[word, b" from ", &quote_name(from)[..], b"\n"].concat());
    out.extend_from_slice(&[word, b" to ", &quote_name(to)[..], b"\n"].concat());
}

/// A name that stands alone on its line: blanks at its end would get lost, so it is quoted then too.
fn quote_name(path: &BStr) -> BString {
    if path.ends_with(b" ") { quote_always(path) } else { quote(path) }
}

fn push_index_line(out: &mut Vec<u8>, old: Option<&Side>, new: Option<&Side>) {
    let null = |other: Option<&Side>| "0".repeat(other.map_or(40, |side| side.id.as_bytes().len() * 2));
    let id = |side: Option<&Side>, other| side.map_or_else(|| null(other), |side| side.id.to_string());
    out.extend_from_slice(format!("index {}..{}", id(old, new), id(new, old)).as_bytes());
    if let (Some(old), Some(new)) = (old, new)
        && old.mode == new.mode
    {
        out.extend_from_slice(format!(" {}", new.mode.as_octal()).as_bytes());
    }
    out.push(b'\n');
}

fn push_body(out: &mut Vec<u8>, old: Option<&Side>, new: Option<&Side>, before: &[u8], after: &[u8]) {
    if before == after {
        return;
    }
    if is_binary(before) || is_binary(after) {
        out.extend(binary::render(before, after));
        return;
    }
    out.extend_from_slice(
        &[b"--- ", &file_line(b"a/", old)[..], b"\n+++ ", &file_line(b"b/", new)[..], b"\n"].concat(),
    );
    push_hunks(out, before, after);
}

/// The name in a `---` or `+++` line. One with a blank is followed by a tab, so that no tool takes the blank for its end.
fn file_line(prefix: &[u8], side: Option<&Side>) -> BString {
    let Some(side) = side else { return "/dev/null".into() };
    let mut name = prefixed(prefix, side.path);
    if name.contains(&b' ') {
        name.push(b'\t');
    }
    name
}

fn push_hunks(out: &mut Vec<u8>, before: &[u8], after: &[u8]) {
    let (old, new) = (Lines::of(before), Lines::of(after));
    let edits = line_edits(before, after);
    let mut heading = Heading::default();
    for group in edits.chunk_by(|a, b| b.old_start - a.old_end() <= 2 * CONTEXT) {
        push_hunk(out, &old, &new, group, &mut heading);
    }
}

fn push_hunk(out: &mut Vec<u8>, old: &Lines<'_>, new: &Lines<'_>, group: &[Edit], heading: &mut Heading) {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return };
    let lead = first.old_start.min(CONTEXT);
    let trail = (old.count() - last.old_end()).min(CONTEXT);
    let (old_start, old_end) = (first.old_start - lead, last.old_end() + trail);
    let (new_start, new_end) = (first.new_start - lead, last.new_end() + trail);
    let ranges = format!("@@ -{} +{} @@", range(old_start, old_end), range(new_start, new_end));
    out.extend_from_slice(ranges.as_bytes());
    heading.push(out, old, old_start);
    let mut at = old_start;
    for edit in group {
        push_lines(out, b' ', old, at..edit.old_start);
        push_lines(out, b'-', old, edit.old_start..edit.old_end());
        push_lines(out, b'+', new, edit.new_start..edit.new_end());
        at = edit.old_end();
    }
    push_lines(out, b' ', old, at..old_end);
}

/// A range of lines as hunk headers write it: from 1, the length only if it is not 1, an empty one by the line before it.
fn range(start: u32, end: u32) -> String {
    match end - start {
        0 => format!("{start},0"),
        1 => format!("{}", start + 1),
        len => format!("{},{len}", start + 1),
    }
}

fn push_lines(out: &mut Vec<u8>, sign: u8, lines: &Lines<'_>, range: Range<u32>) {
    for line in range.map(|at| lines.line(at)) {
        out.push(sign);
        out.extend_from_slice(line);
        if !line.ends_with(b"\n") {
            out.extend_from_slice(b"\n\\ No newline at end of file\n");
        }
    }
}

/// The text behind `@@`: the nearest line above the hunk that starts with a letter, `_` or `$`; it stays until a later one is found.
#[derive(Default)]
struct Heading {
    text: BString,
    searched: u32,
}

impl Heading {
    fn push(&mut self, out: &mut Vec<u8>, old: &Lines<'_>, start: u32) {
        let above = (self.searched.min(start)..start).rev().map(|at| old.line(at));
        let starts = |line: &&[u8]| line.first().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, b'_' | b'$'));
        if let Some(line) = above.into_iter().find(starts) {
            self.text = cut(line).into();
        }
        self.searched = start;
        if !self.text.is_empty() {
            out.push(b' ');
            out.extend_from_slice(&self.text);
        }
        out.push(b'\n');
    }
}

/// At most 80 bytes, not within a character, without blanks at the end.
fn cut(line: &[u8]) -> &[u8] {
    let end = line.char_indices().map(|(_, end, _)| end).take_while(|end| *end <= HEADING).last().unwrap_or(0);
    line[..end].trim_ascii_end()
}

#[cfg(test)]
mod tests;
