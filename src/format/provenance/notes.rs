//! What a message says about its differences from the original.

use bstr::{BString, ByteSlice};

use super::Found;
use super::tokens::{number, pull, strip, strip_any};
use crate::model::Provenance;

/// The longest note, in lines: a bracket that is never closed must not swallow the message.
const LONGEST: usize = 200;

/// `[ Backporter's notes: … ]`, in all its spellings, over several lines.
pub(super) fn backporter_notes(found: &Found<'_>, out: &mut Provenance) -> usize {
    match after_backporter_notes(found.rest) {
        Some(note) => bracket(found, note, out),
        None => 0,
    }
}

/// `Backporter's notes:` without a bracket, up to the next empty line.
pub(super) fn bare_backporter_notes(found: &Found<'_>, out: &mut Provenance) -> usize {
    let line = found.text.line(found.at).trim_start();
    match after_backporter_notes(line) {
        Some(note) if line[..line.len() - note.len()].contains(&b':') => paragraph(found, note, out),
        _ => 0,
    }
}

/// What follows `Backporter's notes:` (`backport note`, `backporter notes`, …).
fn after_backporter_notes(text: &[u8]) -> Option<&[u8]> {
    let text = strip(text, "backport")?;
    let text = strip_any(text, &["ers", "er", "ing"]).unwrap_or(text);
    let text = strip_any(text, &["'s", "\u{2019}s", "s'", "`s", "'"]).unwrap_or(text);
    let text = strip(text.trim_start_with(|c| c == ' ' || c == '-'), "note")?;
    let text = strip(text, "s").unwrap_or(text);
    let is_whole = text.first().is_none_or(|byte| b": ]".contains(byte));
    is_whole.then(|| text.trim_start_with(|c| c == ':' || c == ' '))
}

/// Takes a note from `first`, which stands in an open bracket on the line, to the closing bracket; to the next empty line without one.
pub(super) fn bracket(found: &Found<'_>, first: &[u8], out: &mut Provenance) -> usize {
    let mut depth = 1;
    let more = found.text.lines[found.at + 1..].iter().take(LONGEST).map(|line| line.trim());
    let mut note: Vec<&[u8]> = Vec::new();
    for line in std::iter::once(first).chain(more) {
        if let Some(end) = closing(line, &mut depth) {
            note.push(&line[..end]);
            let is_heading = note.iter().all(|line| line.trim().is_empty());
            keep(&note, out);
            return if is_heading { paragraph(found, b"", out) } else { note.len() };
        }
        note.push(line);
    }
    paragraph(found, first, out)
}

/// Where the bracket closes on a line, if it does.
fn closing(line: &[u8], depth: &mut u32) -> Option<usize> {
    line.iter().position(|byte| {
        match byte {
            b'[' => *depth += 1,
            b']' => *depth -= 1,
            _ => {}
        }
        *depth == 0
    })
}

/// Takes a note from `first` to the next empty line. If nothing stands on the first line, an empty one may follow it: a heading.
fn paragraph(found: &Found<'_>, first: &[u8], out: &mut Provenance) -> usize {
    let below = &found.text.lines[found.at + 1..];
    let is_heading = first.is_empty() && below.first().is_some_and(|line| line.is_empty());
    let gap = usize::from(is_heading && below.get(1).is_some_and(|line| !is_signature(line)));
    let block = below[gap..].iter().take_while(|line| !line.is_empty()).take(LONGEST);
    let block = block.map(|line| line.trim_start().strip_prefix(b"#").unwrap_or(line).trim());
    let note: Vec<&[u8]> = std::iter::once(first).chain(block).collect();
    keep(&note, out);
    gap + note.len()
}

/// `Signed-off-by: …` and the like: the end of a message.
fn is_signature(line: &[u8]) -> bool {
    line.find_byte(b':').is_some_and(|colon| line[..colon].ends_with(b"-by"))
}

fn keep(note: &[&[u8]], out: &mut Provenance) {
    let note = bstr::join("\n", note);
    let note = note.trim();
    if !note.is_empty() {
        out.deviations.push(BString::from(note));
    }
}

/// `Conflicts:` or `# Conflicts:` alone on the line, and the block below.
pub(super) fn conflicts(found: &Found<'_>, out: &mut Provenance) -> usize {
    if found.rest.is_empty() { paragraph(found, b"", out) } else { 0 }
}

/// `upstream-diff …`, up to the next empty line or the next of CIQ's fields.
pub(super) fn upstream_diff(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_field = |line: &[u8]| strip_any(line, &["jira ", "cve ", "commit-author ", "commit "]).is_some();
    let more = found.text.lines[found.at + 1..].iter().take_while(|line| !line.is_empty() && !is_field(line));
    let first = found.rest.trim_start_with(|c| c == ':' || c == ' ');
    let note: Vec<&[u8]> = std::iter::once(first).chain(more.map(|line| line.trim())).collect();
    keep(&note, out);
    note.len()
}

/// A code block of pull request numbers.
pub(super) fn upstream_prs(found: &Found<'_>, out: &mut Provenance) -> usize {
    let below = found.text.lines[found.at + 1..].iter();
    let block: Vec<&[u8]> =
        below.map(|line| line.trim()).take_while(|line| !line.starts_with(b"```")).take(LONGEST).collect();
    let words = block.iter().flat_map(|line| line.split(|byte| !byte.is_ascii_alphanumeric()));
    let numbers = words.filter_map(number).map(|(number, _)| number);
    out.prs.extend(numbers.map(|number| found.pull((None, number))));
    1 + block.len()
}

/// `- [x] #123 (@author) :warning: resolved conflicts`, `* #123 -- title (@author)`.
pub(super) fn listed_pull(found: &Found<'_>, out: &mut Provenance) -> usize {
    let Some(pull) = pull(found.rest).filter(|_| found.rest.starts_with(b"#")) else { return 0 };
    if !found.rest.contains_str("(@") {
        return 0;
    }
    out.prs.push(found.pull(pull));
    if let Some((_, warning)) = found.rest.split_once_str(":warning:") {
        keep(&[warning], out);
    }
    1
}
