//! The content of a section: hunks, or a binary patch.

use bstr::{BStr, BString, ByteSlice};

use super::{Cursor, trim_eol};
use crate::format::binary::{self, BinaryError, BinaryHunk, BinaryPatch};
use crate::format::diff::{Hunk, HunkLine, LineKind, Malformed, ParseError};

/// One hunk, at its `@@` line.
pub(super) fn parse_hunk(cursor: &mut Cursor) -> Result<Hunk, ParseError> {
    let start = *cursor;
    let mut hunk = parse_hunk_header(cursor.peek()).ok_or_else(|| cursor.error(Malformed::HunkHeader))?;
    hunk.line = start.line;
    cursor.advance();
    let (mut old, mut new) = (hunk.old_len, hunk.new_len);
    while old > 0 || new > 0 {
        let kind = hunk_line_kind(cursor, &hunk, old, new)?;
        if kind != LineKind::Add {
            old = old.checked_sub(1).ok_or_else(|| cursor.error(too_many("old", hunk.old_len)))?;
        }
        if kind != LineKind::Remove {
            new = new.checked_sub(1).ok_or_else(|| cursor.error(too_many("new", hunk.new_len)))?;
        }
        hunk.lines.push(read_hunk_line(cursor, kind)?);
    }
    check_no_newline(&hunk).map_err(|why| start.error(why))?;
    hunk.raw = cursor.data[start.pos..cursor.pos].into();
    Ok(hunk)
}

fn too_many(side: &'static str, stated: u32) -> Malformed {
    Malformed::LineCount { side, stated, found: stated.saturating_add(1) }
}

fn hunk_line_kind(cursor: &Cursor, hunk: &Hunk, old: u32, new: u32) -> Result<LineKind, ParseError> {
    match cursor.peek().first() {
        Some(b' ' | b'\n') => Ok(LineKind::Context),
        Some(b'-') => Ok(LineKind::Remove),
        Some(b'+') => Ok(LineKind::Add),
        Some(b'\\') => Err(cursor.error(Malformed::NoNewline)),
        None => Err(cursor.error(Malformed::TruncatedHunk(old.max(new)))),
        Some(_) if old > 0 => {
            Err(cursor.error(Malformed::LineCount { side: "old", stated: hunk.old_len, found: hunk.old_len - old }))
        }
        Some(_) => {
            Err(cursor.error(Malformed::LineCount { side: "new", stated: hunk.new_len, found: hunk.new_len - new }))
        }
    }
}

/// Reads one line of a hunk and the `\ No newline` that may follow it.
fn read_hunk_line(cursor: &mut Cursor, kind: LineKind) -> Result<HunkLine, ParseError> {
    let line = cursor.peek();
    if !line.ends_with(b"\n") {
        return Err(cursor.error(Malformed::TruncatedLine));
    }
    cursor.advance();
    let mut text = BStr::new(if line == b"\n" { line } else { &line[1..] });
    if cursor.peek().starts_with(b"\\ ") {
        text = text[..text.len() - 1].as_bstr();
        cursor.advance();
    }
    Ok(HunkLine { kind, text: text.to_owned() })
}

/// A line without a newline is the last of its side, and every hunk changes something.
fn check_no_newline(hunk: &Hunk) -> Result<(), Malformed> {
    if hunk.lines.iter().all(|line| line.kind == LineKind::Context) {
        return Err(Malformed::EmptyHunk);
    }
    let (mut old_ended, mut new_ended) = (false, false);
    for line in &hunk.lines {
        let (in_old, in_new) = (line.kind != LineKind::Add, line.kind != LineKind::Remove);
        if in_old && old_ended || in_new && new_ended || line.text.is_empty() {
            return Err(Malformed::NoNewline);
        }
        let ends = !line.text.ends_with(b"\n");
        old_ended |= in_old && ends;
        new_ended |= in_new && ends;
    }
    Ok(())
}

/// `@@ -1,2 +3,4 @@ section`
fn parse_hunk_header(line: &[u8]) -> Option<Hunk> {
    let rest = line.strip_prefix(b"@@ -")?;
    let (old_start, old_len, rest) = parse_range(rest)?;
    let (new_start, new_len, rest) = parse_range(rest.strip_prefix(b" +")?)?;
    let section = rest.strip_prefix(b" @@")?;
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    let section = section.strip_prefix(b" ").unwrap_or(section).into();
    Some(Hunk { old_start, old_len, new_start, new_len, section, lines: Vec::new(), raw: BString::default(), line: 0 })
}

fn parse_range(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (start, rest) = parse_number(text)?;
    let (len, rest) = match rest.strip_prefix(b",") {
        Some(rest) => parse_number(rest)?,
        None => (1, rest),
    };
    start.checked_add(len)?;
    Some((start, len, rest))
}

fn parse_number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((text[..digits].to_str().ok()?.parse().ok()?, &text[digits..]))
}

/// Both directions of a binary patch, at the line `GIT binary patch`.
pub(super) fn parse_binary(cursor: &mut Cursor) -> Result<BinaryPatch, ParseError> {
    cursor.advance();
    let forward = parse_binary_hunk(cursor)?;
    let has_reverse = binary::parse_header(trim_eol(cursor.peek())).is_ok();
    let reverse = if has_reverse { Some(parse_binary_hunk(cursor)?) } else { None };
    Ok(BinaryPatch { forward, reverse })
}

fn parse_binary_hunk(cursor: &mut Cursor) -> Result<BinaryHunk, ParseError> {
    let start = *cursor;
    let (encoding, size) = binary::parse_header(trim_eol(cursor.peek())).map_err(|why| cursor.error(why))?;
    cursor.advance();
    let mut deflated = Vec::new();
    loop {
        let line = cursor.peek();
        if !line.ends_with(b"\n") {
            return Err(cursor.error(BinaryError::Truncated));
        }
        let letters = trim_eol(line);
        if letters.is_empty() {
            cursor.advance();
            break;
        }
        binary::decode_base85(letters, &mut deflated).map_err(|why| cursor.error(why))?;
        cursor.advance();
    }
    BinaryHunk::inflate(encoding, size, &deflated).map_err(|why| start.error(why))
}
