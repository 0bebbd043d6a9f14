//! Context diffs: each hunk has its old lines, then its new ones, with the context in both, or in one where the other has no change.

use bstr::BString;

use super::Part;
use super::parse::{BadDiff, LooseError, Reader, number, set_absent};
use crate::format::diff::{Hunk, HunkLine, LineKind};

/// A line of one half: its sign, and its text.
type Half = Vec<(u8, BString)>;

/// Reads the hunks from the first line of stars on.
pub(super) fn read_hunks(reader: &mut Reader<'_>, part: &mut Part) -> Result<(), LooseError> {
    while reader.peek().is_some_and(|line| line.starts_with(b"***************")) {
        let line = reader.at + 1;
        reader.at += 1;
        let old = half_range(reader, b"*** ", b" ****")?;
        let old_lines = read_half(reader, count(old))?;
        let new = half_range(reader, b"--- ", b" ----")?;
        let new_lines = read_half(reader, count(new))?;
        if part.hunks.is_empty() {
            set_absent(part, (old.0, count(old)), (new.0, count(new)));
        }
        let bad = LooseError { line, why: BadDiff::Hunk };
        let lines = join(old_lines, new_lines, count(old)).ok_or(bad)?;
        let (old_start, old_len) = (old.0, count(old));
        let (new_start, new_len) = (new.0, count(new));
        let (section, raw) = (BString::default(), BString::default());
        part.hunks.push(Hunk { old_start, old_len, new_start, new_len, section, lines, raw, line });
    }
    Ok(())
}

/// `*** 1,5 ****`: first and last line; `*** 0 ****`: none.
fn half_range(reader: &mut Reader<'_>, start: &[u8], end: &[u8]) -> Result<(u32, u32), LooseError> {
    let bad = reader.error(BadDiff::Hunk);
    let line = reader.peek().unwrap_or_default().trim_ascii_end();
    let range = line.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).ok_or(bad.clone())?;
    let (first, rest) = number(range).ok_or(bad.clone())?;
    let last = match rest.strip_prefix(b",") {
        Some(rest) => number(rest).filter(|(_, rest)| rest.is_empty()).ok_or(bad.clone())?.0,
        None if rest.is_empty() => first,
        None => return Err(bad),
    };
    if last < first {
        return Err(bad);
    }
    reader.at += 1;
    Ok((first, last))
}

fn count((first, last): (u32, u32)) -> u32 {
    if first == 0 { 0 } else { last - first + 1 }
}

/// The lines of one half, or none where the diff left it out.
fn read_half(reader: &mut Reader<'_>, count: u32) -> Result<Half, LooseError> {
    let mut lines = Half::new();
    while lines.len() < count as usize {
        let Some(line) = reader.peek() else { break };
        let sign = line[0];
        // A half without changes is left out: then the next header or the next hunk follows.
        let is_line = matches!(sign, b' ' | b'+' | b'-' | b'!') && !line.starts_with(b"--- ") || line == b"\n";
        if !is_line {
            break;
        }
        let text = reader.behind_sign(line);
        reader.at += 1;
        lines.push((if line == b"\n" { b' ' } else { sign }, reader.ended(text)));
    }
    match lines.is_empty() || lines.len() == count as usize {
        true => Ok(lines),
        false => Err(reader.error(BadDiff::Hunk)),
    }
}

/// Both halves as one list of lines.
fn join(old: Half, new: Half, old_len: u32) -> Option<Vec<HunkLine>> {
    let context = |lines: &Half| -> Half { lines.iter().filter(|(sign, _)| *sign == b' ').cloned().collect() };
    let (old, new) = match (old.is_empty() && old_len > 0, new.is_empty()) {
        (true, _) => (context(&new), new),
        (false, true) => (old.clone(), context(&old)),
        (false, false) => (old, new),
    };
    let mut lines = Vec::new();
    let (mut old, mut new) = (old.into_iter().peekable(), new.into_iter().peekable());
    loop {
        let changed = |half: &mut std::iter::Peekable<std::vec::IntoIter<(u8, BString)>>| {
            half.next_if(|(sign, _)| *sign != b' ').map(|(_, text)| text)
        };
        while let Some(text) = changed(&mut old) {
            lines.push(HunkLine { kind: LineKind::Remove, text });
        }
        while let Some(text) = changed(&mut new) {
            lines.push(HunkLine { kind: LineKind::Add, text });
        }
        match (old.next(), new.next()) {
            (None, None) => return Some(lines),
            (Some((_, a)), Some((_, b))) if a == b => lines.push(HunkLine { kind: LineKind::Context, text: a }),
            _ => return None,
        }
    }
}
