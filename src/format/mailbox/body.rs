//! The text of a mail: headers in the body, message, notes, diff.

use bstr::{BString, ByteSlice};

use super::mime::{Part, is_continued};
use crate::format::charset;
use crate::format::mail;
use crate::format::section::trim_eol;

/// What a body says.
#[derive(Debug, Default)]
pub(super) struct Text {
    /// Headers that override those of the mail.
    headers: Vec<(&'static str, BString)>,
    /// The message without its subject, in UTF-8.
    pub(super) message: BString,
    /// What stands between the message and the diff.
    pub(super) notes: BString,
    /// The diff and what follows it, byte for byte.
    pub(super) diff: BString,
    /// Whether the message had to be converted.
    pub(super) is_converted: bool,
}

impl Text {
    /// A header in the body; the last of several.
    pub(super) fn header(&self, name: &str) -> Option<&BString> {
        self.headers.iter().rev().find(|(field, _)| *field == name).map(|(_, value)| value)
    }
}

/// Where the reader is.
#[derive(PartialEq, Eq)]
enum At {
    /// At the start: blank lines go, headers count.
    Start,
    /// Behind a header in the body: the next one, or a blank line.
    Headers,
    Message,
    Notes,
    Diff,
}

/// Reads the texts of a mail one after the other.
pub(super) fn read(parts: &[Part], scissors: bool, is_exact: bool) -> Text {
    let mut text = Text::default();
    let mut at = At::Start;
    for part in parts {
        for line in part.bytes.lines_with_terminator() {
            at = text.take(line, at, part.charset.as_ref(), scissors);
        }
    }
    if !is_exact {
        text.message = tidy(&text.message);
    } else {
        text.message = text.message.trim_end_with(|c| c == '\n').into();
    }
    text
}

impl Text {
    fn take(&mut self, line: &[u8], at: At, charset: Option<&BString>, scissors: bool) -> At {
        let is_blank = line.trim().is_empty();
        match at {
            At::Diff => {
                self.diff.extend_from_slice(line);
                At::Diff
            }
            At::Notes if starts_diff(line) => self.take(line, At::Diff, charset, scissors),
            At::Notes => {
                self.notes.extend_from_slice(line);
                At::Notes
            }
            At::Start if is_blank => At::Start,
            At::Headers if is_blank => At::Message,
            At::Headers if is_continued(line) => {
                if let Some((_, value)) = self.headers.last_mut() {
                    value.extend_from_slice(&[b" ", line.trim()].concat());
                }
                At::Headers
            }
            At::Start | At::Headers => match header(line) {
                Some((name, value)) => {
                    let value = self.converted(value.trim(), charset);
                    self.headers.push((name, value));
                    At::Headers
                }
                None => self.take(line, At::Message, charset, scissors),
            },
            At::Message if scissors && is_scissors(line) => {
                self.message.clear();
                self.headers.clear();
                At::Start
            }
            At::Message if mail::is_break(line) => match trim_eol(line).trim_ascii_end() == b"---" {
                true => At::Notes,
                false => self.take(line, At::Diff, charset, scissors),
            },
            At::Message => {
                let line = self.converted(line, charset);
                self.message.extend_from_slice(&line);
                At::Message
            }
        }
    }

    fn converted(&mut self, line: &[u8], name: Option<&BString>) -> BString {
        let Some(name) = name.filter(|name| !charset::is_utf8(name) && !line.is_ascii()) else { return line.into() };
        self.is_converted = true;
        charset::to_utf8(name, line).unwrap_or_else(|| line.into())
    }
}

/// A header in the body; also a subject without its name.
fn header(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let line = trim_eol(line);
    if line.strip_prefix(b"[PATCH]").is_some_and(|rest| rest.first().is_some_and(u8::is_ascii_whitespace)) {
        return Some(("subject", line));
    }
    mail::in_body_field(line)
}

fn starts_diff(line: &[u8]) -> bool {
    line.starts_with(b"diff -") || line.starts_with(b"Index: ") || line.starts_with(b"--- ") && mail::is_break(line)
}

/// A line that is mostly dashes and scissors, `8<`, `>8`, `8%` or `%8`; it may say something, such as `cut here`.
fn is_scissors(line: &[u8]) -> bool {
    let line = line.trim();
    let (mut marks, mut cuts, mut at) = (0, 0, 0);
    let mut is_in = false;
    while at < line.len() {
        let is_cut = [&b"8<"[..], b">8", b"%<", b">%"].iter().any(|cut| line[at..].starts_with(cut));
        let step = if is_cut { 2 } else { 1 };
        cuts += usize::from(is_cut);
        let is_mark = is_cut || line[at] == b'-' || is_in && line[at] == b' ';
        marks += if is_mark { step } else { 0 };
        is_in = is_mark;
        at += step;
    }
    cuts > 0 && line.len() >= 8 && line.len() < marks * 3
}

/// As git tidies a message: no blanks at the ends of lines, one blank line between paragraphs, none around them.
pub(super) fn tidy(text: &[u8]) -> BString {
    let mut out = BString::default();
    let mut is_open = false;
    for line in text.lines() {
        let line = line.trim_end_with(|c| c.is_ascii_whitespace());
        if line.is_empty() {
            is_open = !out.is_empty();
            continue;
        }
        if is_open {
            out.push(b'\n');
        }
        is_open = false;
        out.extend_from_slice(&[line, b"\n"].concat());
    }
    out.trim_end_with(|c| c == '\n').into()
}
