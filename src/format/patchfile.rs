//! A whole patch file: mail header, message, notes, diff, and what follows.
//!
//! Every byte of a file that was parsed survives: [`PatchFile::to_bytes`] gives it back, and parts are replaced in place. A file that pq
//! writes is text for `git am`: `From`, `Date`, `Subject`, an empty line, the message, `---`, an empty line, the diff; without a diff it
//! ends with the message. Values that would not come back exactly as they are from that form are said explicitly in headers that mail tools pass over:
//!
//! | header | meaning |
//! |---|---|
//! | `X-Pq-Author: "NAME" "EMAIL"` | the author, quoted as git quotes paths; without values: there is none |
//! | `X-Pq-Date: SECONDS "OFFSET"` | the author's date, as in the commit; without a value: there is none |
//! | `X-Pq-Encoding: "NAME"` | the encoding of the commit; without a value: there is none |
//! | `X-Pq-Final-Newline: none` | the message has no newline at its end |
//! | `X-Pq-Verbatim: message` | the body is the whole message, each line behind a bar; `\ No newline at end of message` takes the last newline away |

use bstr::{BString, ByteSlice};

use super::diff::{Body, FileDiff, Malformed, ParseError};
use super::mail::Headers;
use super::section::{Cursor, parse_sections};

mod head;

use head::{read_mail, read_plain, render_head};

/// A patch file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchFile {
    /// Who, when, what for.
    pub message: Message,
    /// Free text between the `---` line and the first section, for example a diffstat.
    pub notes: BString,
    /// What it does, file by file.
    pub files: Vec<FileDiff>,
    /// The bytes up to the `---` line, that included.
    head: BString,
    /// The bytes behind the last section.
    tail: BString,
}

/// What a commit says beside its tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// The author; none of a plain diff.
    pub author: Option<Author>,
    /// When it was written; none of a plain diff.
    pub date: Option<Date>,
    /// The encoding that the commit names; none for UTF-8.
    pub encoding: Option<BString>,
    /// The whole message, byte for byte.
    pub text: BString,
}

/// An author.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// The name.
    pub name: BString,
    /// The address, without angle brackets.
    pub email: BString,
}

/// A date as a commit holds it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Date {
    /// Seconds since 1970.
    pub seconds: i64,
    /// The offset of the author's clock, as written: `+0200`.
    pub offset: BString,
}

impl Message {
    /// The first paragraph, its lines joined by blanks: what `git log --oneline` shows.
    pub fn subject(&self) -> BString {
        let lines = self.text.lines().skip_while(|line| line.trim_ascii().is_empty());
        let lines: Vec<_> = lines.map(|line| line.trim_ascii()).take_while(|line| !line.is_empty()).collect();
        lines.join(&b' ').into()
    }
}

impl PatchFile {
    /// Reads a patch file: what pq, `git format-patch`, `git diff`, quilt or a person wrote.
    pub fn parse(bytes: &[u8]) -> Result<PatchFile, ParseError> {
        let mut cursor = Cursor::new(bytes);
        let headers = Headers::read(&mut cursor);
        let has_headers = headers.is_some();
        let message = match headers {
            Some(headers) => read_mail(&mut cursor, headers)?,
            None => read_plain(&mut cursor),
        };
        let head_end = cursor.pos;
        while cursor.pos < bytes.len() && !cursor.at_section() {
            cursor.advance();
        }
        let (start, line) = (cursor.pos, cursor.line);
        let (files, end) = parse_sections(cursor)?;
        if !has_headers && files.is_empty() {
            return Err(ParseError { line: line.min(1), why: Malformed::NotAPatch });
        }
        let end = if files.is_empty() { start } else { end.pos };
        let part = |from: usize, to: usize| BString::from(&bytes[from..to]);
        Ok(PatchFile {
            message,
            notes: part(head_end, start),
            files,
            head: part(0, head_end),
            tail: part(end, bytes.len()),
        })
    }

    /// The bytes above the diff: the head, and the notes below it.
    pub fn above_diff(&self) -> BString {
        [&self.head[..], &self.notes[..]].concat().into()
    }

    /// The same file with other notes between its message and its diff, of which it has one.
    pub fn with_notes(&self, notes: &[u8]) -> Result<PatchFile, ParseError> {
        let sections = self.files.iter().flat_map(|file| file.raw.iter().copied()).collect::<Vec<u8>>();
        PatchFile::parse(&[&self.head[..], notes, &sections, &self.tail].concat())
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + self.notes.len() + self.tail.len());
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&self.notes);
        self.files.iter().for_each(|file| out.extend_from_slice(&file.raw));
        out.extend_from_slice(&self.tail);
        out
    }

    /// A new file with a message and the sections of a diff, as `render_file` gives them. An error if they cannot be parsed: two for one
    /// path, or a path that no patch may write.
    pub fn new(message: Message, sections: Vec<Vec<u8>>) -> Result<PatchFile, ParseError> {
        let head = render_head(&message);
        let empty = PatchFile { message, notes: "\n".into(), files: Vec::new(), head, tail: BString::default() };
        Ok(empty.with_sections(sections.into_iter().map(BString::from).collect())?.bare())
    }

    /// Whether the message ends in a `---` line.
    fn has_line(&self) -> bool {
        self.head.lines().next_back().is_some_and(|line| line.starts_with(b"---"))
    }

    /// Without the `---` line if nothing comes after it: only then `git am --empty=keep` knows an empty patch as one.
    fn bare(mut self) -> PatchFile {
        let is_empty = self.files.is_empty() && self.notes.trim_ascii().is_empty() && self.tail.is_empty();
        if let Some(head) = self.head.strip_suffix(b"---\n").filter(|_| is_empty) {
            self.head = head.into();
            self.notes.clear();
        }
        self
    }

    /// The same file with other sections, everything around them byte for byte; only the `---` line goes with the last section. The sections must be a diff that can be parsed: those of
    /// this file and of `render_file` are.
    pub fn with_sections(&self, sections: Vec<BString>) -> Result<PatchFile, ParseError> {
        let diff = BString::from(sections.concat());
        let mut file = self.clone();
        if !diff.is_empty() && self.files.is_empty() && !self.has_line() && !self.head.is_empty() {
            // An empty patch that gets something to do gets the line that ends its message, too.
            file = PatchFile { head: render_head(&self.message), notes: "\n".into(), ..file };
        } else if !diff.is_empty() {
            file.end_line();
        }
        let mut cursor = Cursor::new(&diff);
        cursor.line += newlines(&file.head) + newlines(&file.notes);
        let start = cursor.line;
        (file.files, _) = parse_sections(cursor)?;
        match file.files.is_empty() && !diff.is_empty() {
            true => Err(ParseError { line: start, why: Malformed::NotAPatch }),
            false if file.files.len() < self.files.len() => Ok(file.bare()),
            false => Ok(file),
        }
    }

    /// Ends the last line before the diff, so that the diff can follow.
    fn end_line(&mut self) {
        let before = if self.notes.is_empty() { &mut self.head } else { &mut self.notes };
        if !before.is_empty() && !before.ends_with(b"\n") {
            before.push(b'\n');
        }
    }

    /// The same file with another message, the diff and what is around it byte for byte. The same message changes nothing.
    pub fn with_message(&self, message: Message) -> PatchFile {
        if message == self.message {
            return self.clone();
        }
        let head = render_head(&message);
        let notes = if self.has_line() { self.notes.clone() } else { [&b"\n"[..], &self.notes[..]].concat().into() };
        let mut file = PatchFile { message, head, notes, ..self.clone() };
        let before = newlines(&self.head) + newlines(&self.notes);
        let after = newlines(&file.head) + newlines(&file.notes);
        file.files.iter_mut().for_each(|file| shift_lines(file, before, after));
        file.bare()
    }
}

fn newlines(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

fn shift_lines(file: &mut FileDiff, before: usize, after: usize) {
    file.line = file.line + after - before;
    if let Body::Text(hunks) = &mut file.body {
        hunks.iter_mut().for_each(|hunk| hunk.line = hunk.line + after - before);
    }
}

#[cfg(test)]
mod tests;
