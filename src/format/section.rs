//! The parser of diffs: from the first `diff --git` or `---`/`+++` pair to the end of the file.
//!
//! Strict where git-apply(1) is lax: what would be skipped or guessed is an error with its line.

use std::collections::HashSet;

use bstr::{BString, ByteSlice};

use super::diff::{Action, Body, FileDiff, Hunk, Malformed, ParseError};
use super::quote;

mod headers;
mod hunk;

use headers::{Headers, parse_headers};
use hunk::{parse_binary, parse_hunk};

/// A place in a file, at the start of a line.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    data: &'a [u8],
    /// The byte.
    pub pos: usize,
    /// The line, from 1.
    pub line: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of the data.
    pub fn new(data: &'a [u8]) -> Self {
        Cursor { data, pos: 0, line: 1 }
    }

    /// The line here, with its newline; empty at the end.
    pub fn peek(&self) -> &'a [u8] {
        let rest = &self.data[self.pos..];
        &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)]
    }

    /// The line here; the cursor moves behind it. `None` at the end.
    pub fn advance(&mut self) -> Option<&'a [u8]> {
        let line = self.peek();
        self.pos += line.len();
        self.line += 1;
        (!line.is_empty()).then_some(line)
    }

    fn error(&self, why: impl Into<Malformed>) -> ParseError {
        ParseError { line: self.line, why: why.into() }
    }

    fn second(mut self) -> &'a [u8] {
        self.advance();
        self.peek()
    }

    /// Whether a section starts here.
    pub fn at_section(&self) -> bool {
        let line = self.peek();
        line.starts_with(b"diff --git ") || line.starts_with(b"--- ") && self.second().starts_with(b"+++ ")
    }
}

/// The line without its newline and the carriage return before it.
pub fn trim_eol(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads the sections from `cursor` on, which stands at the first one. Also returns where the last one ends; what follows there
/// belongs to none (a mail's signature).
pub fn parse_sections<'a>(mut cursor: Cursor<'a>) -> Result<(Vec<FileDiff>, Cursor<'a>), ParseError> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut starts = Vec::new();
    let mut seen = Seen::default();
    let mut end = cursor;
    while cursor.pos < cursor.data.len() {
        if cursor.at_section() {
            starts.push(cursor.pos);
            let file = parse_section(&mut cursor)?;
            seen.add(&file).map_err(|why| ParseError { line: file.line, why })?;
            files.push(file);
            end = cursor;
            skip_between(&mut cursor)?;
        } else {
            cursor.advance();
        }
    }
    let ends = starts.iter().skip(1).chain(std::iter::once(&end.pos));
    for ((file, start), end) in files.iter_mut().zip(&starts).zip(ends) {
        file.raw = cursor.data[*start..*end].into();
    }
    Ok((files, end))
}

/// Moves behind what stands between sections: a signature, blank lines, headers of other tools. Lines that look like part of a hunk are errors.
fn skip_between(cursor: &mut Cursor) -> Result<(), ParseError> {
    let mut in_signature = false;
    while !cursor.at_section() && cursor.pos < cursor.data.len() {
        let line = cursor.peek();
        in_signature |= is_signature(line);
        match line[0] {
            b' ' | b'+' | b'-' if !in_signature => return Err(cursor.error(Malformed::TooManyLines)),
            b'\\' if !in_signature => return Err(cursor.error(Malformed::NoNewline)),
            b'@' if line.starts_with(b"@@ -") => return Err(cursor.error(Malformed::StrayHunk)),
            b'G' if line.starts_with(b"GIT binary patch") => return Err(cursor.error(Malformed::StrayHunk)),
            b'F' if is_mbox_line(line) => return Err(cursor.error(Malformed::SecondPatch)),
            _ => cursor.advance(),
        };
    }
    Ok(())
}

fn is_signature(line: &[u8]) -> bool {
    matches!(trim_eol(line), b"-- " | b"--")
}

/// The line with which git-format-patch(1) begins a mail: `From`, an object id, a fixed date.
pub fn is_mbox_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let id = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
    matches!(id.len(), 40 | 64) && id.iter().all(u8::is_ascii_hexdigit)
}

/// The paths that were taken from and written to so far.
#[derive(Default)]
struct Seen {
    taken: HashSet<BString>,
    written: HashSet<BString>,
}

impl Seen {
    fn add(&mut self, file: &FileDiff) -> Result<(), Malformed> {
        let takes = file.old_path.as_ref().filter(|_| !file.is_copy());
        if let Some(path) = takes.filter(|path| !self.taken.insert((*path).clone())) {
            return Err(Malformed::DuplicatePath(quote::display(path.as_bstr())));
        }
        if let Some(path) = &file.new_path
            && !self.written.insert(path.clone())
        {
            return Err(Malformed::DuplicatePath(quote::display(path.as_bstr())));
        }
        match &file.old_path {
            Some(path) if file.action == Action::Delete && self.written.contains(path) => {
                Err(Malformed::DuplicatePath(quote::display(path.as_bstr())))
            }
            _ => Ok(()),
        }
    }
}

fn parse_section(cursor: &mut Cursor) -> Result<FileDiff, ParseError> {
    let start = *cursor;
    let headers = parse_headers(cursor)?;
    let body = parse_body(cursor, &headers)?;
    let mut file = headers.into_file(body).map_err(|why| start.error(why))?;
    file.line = start.line;
    check_file(&file).map_err(|why| start.error(why))?;
    Ok(file)
}

fn check_file(file: &FileDiff) -> Result<(), Malformed> {
    for path in [&file.old_path, &file.new_path].into_iter().flatten() {
        let unsafe_path = |why| Malformed::UnsafePath { path: quote::display(path.as_bstr()), why };
        quote::check_path(path).map_err(unsafe_path)?;
    }
    if file.action == Action::Modify && file.body == Body::None && file.new_mode.is_none() {
        return Err(Malformed::ChangesNothing(quote::display(file.path())));
    }
    let (has_old, has_new) = (|hunk: &Hunk| hunk.old_len > 0, |hunk: &Hunk| hunk.new_len > 0);
    match file.action {
        Action::Create if file.hunks().iter().any(has_old) => {
            Err(Malformed::Contradiction("a new file has lines before the change"))
        }
        Action::Delete if file.hunks().iter().any(has_new) => {
            Err(Malformed::Contradiction("a deleted file has lines after the change"))
        }
        _ => Ok(()),
    }
}

fn parse_body(cursor: &mut Cursor, headers: &Headers) -> Result<Body, ParseError> {
    if headers.plus.is_some() {
        let mut hunks = Vec::new();
        while cursor.peek().starts_with(b"@@ -") {
            hunks.push(parse_hunk(cursor)?);
        }
        return if hunks.is_empty() { Err(cursor.error(Malformed::NoHunk)) } else { Ok(Body::Text(hunks)) };
    }
    match trim_eol(cursor.peek()) {
        b"GIT binary patch" => parse_binary(cursor).map(Body::Binary),
        _ => Ok(Body::None),
    }
}

#[cfg(test)]
mod tests;
