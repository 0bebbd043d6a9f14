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
//! | `X-Pq-Verbatim: message` | the body is the whole message, each line behind a bar; `\ No newline at end of message` takes the last newline away |

use bstr::{BString, ByteSlice};

use super::diff::{FileDiff, Malformed, ParseError};
use super::mail::{self, Headers};
use super::quote;
use super::section::{Cursor, parse_sections, trim_eol};

const NO_NEWLINE: &[u8] = b"\\ No newline at end of message\n";

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
            cursor.next();
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

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.head.len() + self.notes.len() + self.tail.len());
        out.extend_from_slice(&self.head);
        out.extend_from_slice(&self.notes);
        self.files.iter().for_each(|file| out.extend_from_slice(&file.raw));
        out.extend_from_slice(&self.tail);
        out
    }

    /// A new file with a message and the sections of a diff, as `render_file` gives them.
    pub fn new(message: Message, sections: Vec<Vec<u8>>) -> PatchFile {
        let head = render_head(&message);
        let empty = PatchFile { message, notes: "\n".into(), files: Vec::new(), head, tail: BString::default() };
        match empty.with_sections(sections.into_iter().map(BString::from).collect()) {
            Ok(file) => file.bare(),
            Err(_) => empty.bare(),
        }
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

    /// The same file with other sections, everything around them byte for byte. The sections must be a diff that can be parsed: those of
    /// this file and of `render_file` are.
    pub fn with_sections(&self, sections: Vec<BString>) -> Result<PatchFile, ParseError> {
        let diff = BString::from(sections.concat());
        if !diff.is_empty() && self.files.is_empty() && !self.has_line() && !self.head.is_empty() {
            let file = PatchFile { head: render_head(&self.message), notes: "\n".into(), ..self.clone() };
            return file.with_sections(sections);
        }
        let mut cursor = Cursor::new(&diff);
        cursor.line += [&self.head, &self.notes].iter().map(|part| part.find_iter("\n").count()).sum::<usize>();
        let (files, end) = parse_sections(cursor)?;
        match files.is_empty() || end.pos == diff.len() {
            true => Ok(PatchFile { files, ..self.clone() }),
            false => Err(ParseError { line: end.line, why: Malformed::StrayHunk }),
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
        let before: usize = [&self.head, &self.notes].iter().map(|part| part.find_iter("\n").count()).sum();
        let after: usize = [&file.head, &file.notes].iter().map(|part| part.find_iter("\n").count()).sum();
        file.files.iter_mut().for_each(|file| shift_lines(file, before, after));
        file.bare()
    }
}

fn shift_lines(file: &mut FileDiff, before: usize, after: usize) {
    file.line = file.line + after - before;
    if let super::diff::Body::Text(hunks) = &mut file.body {
        hunks.iter_mut().for_each(|hunk| hunk.line = hunk.line + after - before);
    }
}

/// The text before the diff or a `---` line, without author.
fn read_plain(cursor: &mut Cursor) -> Message {
    let mut text = BString::default();
    while !cursor.at_section() {
        let line = cursor.peek();
        if line.is_empty() || line.starts_with(b"Index: ") || line.starts_with(b"diff -") {
            break;
        }
        cursor.next();
        if trim_eol(line) == b"---" {
            break;
        }
        text.extend_from_slice(line);
    }
    Message { text, ..Message::default() }
}

fn read_mail(cursor: &mut Cursor, mut headers: Headers) -> Result<Message, ParseError> {
    if let Some(encoding) = headers.get("content-transfer-encoding") {
        let is_raw = [&b"8bit"[..], b"7bit", b"binary"].iter().any(|raw| encoding.eq_ignore_ascii_case(raw));
        if !is_raw {
            let why = Malformed::TransferEncoding(quote::display(encoding.as_bstr()));
            return Err(ParseError { line: 1, why });
        }
    }
    let broken = |what| ParseError { line: 1, why: Malformed::Verbatim(what) };
    let body_line = cursor.line;
    let body = read_body(cursor);
    let is_verbatim = headers.get("x-pq-verbatim").is_some_and(|parts| parts == "message");
    let text = match is_verbatim {
        true => from_bars(&body).ok_or(ParseError { line: body_line, why: Malformed::Verbatim("the message") })?,
        false => plain_text(&mut headers, &body),
    };
    let author = match headers.get("x-pq-author") {
        Some(value) => exact_author(value).ok_or_else(|| broken("X-Pq-Author"))?,
        None => headers.get("from").map(|value| mail::author(value)),
    };
    let date = match headers.get("x-pq-date") {
        Some(value) => exact_date(value).ok_or_else(|| broken("X-Pq-Date"))?,
        None => headers.get("date").and_then(|value| mail::parse_date(value)),
    };
    let encoding = match headers.get("x-pq-encoding") {
        Some(value) => exact_encoding(value).ok_or_else(|| broken("X-Pq-Encoding"))?,
        None => headers.charset().filter(|charset| !mail::is_utf8(charset)),
    };
    Ok(Message { author, date, encoding, text })
}

/// The lines up to the one that ends the message; the cursor moves behind that line if it is the `---` that stands for nothing else.
fn read_body(cursor: &mut Cursor) -> BString {
    let mut body = BString::default();
    loop {
        let line = cursor.peek();
        if line.is_empty() || cursor.at_section() {
            return body;
        }
        if mail::is_break(line) {
            if trim_eol(line).trim_ascii_end() == b"---" {
                cursor.next();
            }
            return body;
        }
        body.extend_from_slice(line);
        cursor.next();
    }
}

/// Subject and body as `git am` joins them, without the empty lines around the body. Headers at the start of the body override those of the mail.
fn plain_text(headers: &mut Headers, body: &[u8]) -> BString {
    let mut rest = skip_blank_lines(body);
    let mut cursor = Cursor::new(rest);
    while let Some((name, value)) = mail::in_body_field(trim_eol(cursor.peek())) {
        headers.set(name, value.trim_ascii());
        cursor.next();
        rest = &rest[cursor.pos..];
        cursor = Cursor::new(rest);
    }
    let body = trim_blank_lines(skip_blank_lines(rest));
    let subject = headers.get("subject").map(|value| without_prefix(&mail::decode_words(value)));
    let parts = [subject.unwrap_or_default(), body.into()];
    let mut text = BString::from(bstr::join("\n\n", parts.iter().filter(|part| !part.is_empty())));
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text
}

fn skip_blank_lines(text: &[u8]) -> &[u8] {
    let blank = text.lines_with_terminator().take_while(|line| line.trim_ascii().is_empty()).map(<[u8]>::len).sum();
    &text[blank..]
}

fn trim_blank_lines(text: &[u8]) -> &[u8] {
    let end = text.trim_ascii_end().len();
    &text[..memchr::memchr(b'\n', &text[end..]).map_or(text.len(), |newline| end + newline + 1)]
}

/// Without `[PATCH 3/7]` and the like at its start; other brackets belong to the subject.
fn without_prefix(subject: &[u8]) -> BString {
    let mut rest = subject.trim_ascii();
    while let Some((tag, after)) = rest.strip_prefix(b"[").and_then(|rest| rest.split_once_str("]")) {
        if !tag.contains_str("PATCH") {
            break;
        }
        rest = after.trim_ascii_start();
    }
    rest.into()
}

/// Everything up to and with the `---` line.
fn render_head(message: &Message) -> BString {
    let plain = render_form(message, &Exact::default());
    match read_back(&plain) {
        Some(read) if read == *message => plain,
        Some(read) => {
            let exact = Exact {
                author: read.author != message.author,
                date: read.date != message.date,
                encoding: read.encoding != message.encoding,
                text: read.text != message.text || has_false_start(&message.text),
            };
            let form = render_form(message, &exact);
            if read_back(&form).as_ref() == Some(message) { form } else { render_form(message, &Exact::all()) }
        }
        None => render_form(message, &Exact::all()),
    }
}

fn read_back(head: &[u8]) -> Option<Message> {
    let mut cursor = Cursor::new(head);
    let headers = Headers::read(&mut cursor)?;
    let message = read_mail(&mut cursor, headers).ok()?;
    (cursor.pos == head.len()).then_some(message)
}

/// A line that a mailbox would be divided at.
fn has_false_start(text: &[u8]) -> bool {
    text.lines().any(super::section::is_mbox_line)
}

/// Which values are said in a form that is exact for any bytes.
#[derive(Default)]
struct Exact {
    author: bool,
    date: bool,
    encoding: bool,
    text: bool,
}

impl Exact {
    fn all() -> Self {
        Exact { author: true, date: true, encoding: true, text: true }
    }
}

fn render_form(message: &Message, exact: &Exact) -> BString {
    let mut out = BString::default();
    if let Some(author) = &message.author {
        push_header(
            &mut out,
            "From",
            &[&one_line(&author.name)[..], b" <", &one_line(&author.email)[..], b">"].concat(),
        );
    }
    if let Some(date) = message.date.as_ref().and_then(mail::render_date) {
        push_header(&mut out, "Date", date.as_bytes());
    }
    let (subject, body) = divide(&message.text);
    push_header(&mut out, "Subject", &one_line(if exact.text { skip_blank_lines(subject) } else { subject }));
    if let Some(encoding) = &message.encoding {
        push_header(&mut out, "MIME-Version", b"1.0");
        push_header(&mut out, "Content-Type", &[b"text/plain; charset=", &one_line(encoding)[..]].concat());
        push_header(&mut out, "Content-Transfer-Encoding", b"8bit");
    }
    push_exact(&mut out, message, exact);
    out.push(b'\n');
    match exact.text {
        true => push_bars(&mut out, &message.text),
        false => out.extend_from_slice(body),
    }
    out.extend_from_slice(b"---\n");
    out
}

fn push_exact(out: &mut BString, message: &Message, exact: &Exact) {
    let quoted = quote::quote_always;
    if exact.author {
        let value = message.author.as_ref().map(|a| [&quoted(&a.name)[..], b" ", &quoted(&a.email)[..]].concat());
        push_header(out, "X-Pq-Author", &value.unwrap_or_default());
    }
    if exact.date {
        let value = message.date.as_ref().map(|date| format!("{} {}", date.seconds, quoted(&date.offset)));
        push_header(out, "X-Pq-Date", value.unwrap_or_default().as_bytes());
    }
    if exact.encoding {
        push_header(out, "X-Pq-Encoding", &message.encoding.as_ref().map(|name| quoted(name)).unwrap_or_default());
    }
    if exact.text {
        push_header(out, "X-Pq-Verbatim", b"message");
    }
}

fn push_header(out: &mut BString, name: &str, value: &[u8]) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// The bytes without line breaks, for a header.
fn one_line(value: &[u8]) -> BString {
    value.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect::<Vec<u8>>().into()
}

/// The first line, and what follows the empty line behind it.
fn divide(text: &[u8]) -> (&[u8], &[u8]) {
    let (subject, rest) = text.split_once_str("\n").unwrap_or((text, b""));
    (subject, rest.strip_prefix(b"\n").unwrap_or(rest))
}

fn push_bars(out: &mut BString, text: &[u8]) {
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        out.push(b'|');
        out.extend_from_slice(line);
    }
    if !text.is_empty() && !text.ends_with(b"\n") {
        out.push(b'\n');
        out.extend_from_slice(NO_NEWLINE);
    }
}

fn from_bars(body: &[u8]) -> Option<BString> {
    let (body, is_open) = match body.strip_suffix(NO_NEWLINE).filter(|body| body.ends_with(b"\n")) {
        Some(body) => (body, true),
        None => (body, false),
    };
    let mut text = BString::default();
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        text.extend_from_slice(line.strip_prefix(b"|")?);
    }
    if is_open {
        text.pop();
    }
    Some(text)
}

/// `None` if the header is broken, `Some(None)` if it says that there is no author.
fn exact_author(value: &[u8]) -> Option<Option<Author>> {
    if value.is_empty() {
        return Some(None);
    }
    let (name, len) = quote::unquote(value)?;
    let email = exact_text(value.get(len..)?.strip_prefix(b" ")?)?;
    Some(Some(Author { name, email }))
}

fn exact_date(value: &[u8]) -> Option<Option<Date>> {
    if value.is_empty() {
        return Some(None);
    }
    let (seconds, offset) = value.split_once_str(" ")?;
    Some(Some(Date { seconds: seconds.to_str().ok()?.parse().ok()?, offset: exact_text(offset)? }))
}

fn exact_encoding(value: &[u8]) -> Option<Option<BString>> {
    if value.is_empty() { Some(None) } else { exact_text(value).map(Some) }
}

fn exact_text(value: &[u8]) -> Option<BString> {
    quote::unquote(value).filter(|(_, len)| *len == value.len()).map(|(text, _)| text)
}

#[cfg(test)]
mod tests;
