//! The head of a patch file, up to the `---` line, both ways.

use bstr::{BString, ByteSlice};

use super::{Author, Date, Message};
use crate::format::charset;
use crate::format::diff::{Malformed, ParseError};
use crate::format::mail::{self, Headers};
use crate::format::quote;
use crate::format::section::{Cursor, is_mbox_line, trim_eol};

const NO_NEWLINE: &[u8] = b"\\ No newline at end of message\n";

/// The text before the diff or a `---` line, without author.
pub(super) fn read_plain(cursor: &mut Cursor) -> Message {
    let mut text = BString::default();
    while !cursor.at_section() {
        let line = cursor.peek();
        if line.is_empty() || line.starts_with(b"Index: ") || line.starts_with(b"diff -") {
            break;
        }
        cursor.advance();
        if trim_eol(line) == b"---" {
            break;
        }
        text.extend_from_slice(line);
    }
    Message { text, ..Message::default() }
}

/// What the headers and the body of a mail say; the cursor moves behind the `---` line.
pub(super) fn read_mail(cursor: &mut Cursor, mut headers: Headers) -> Result<Message, ParseError> {
    if let Some(encoding) = headers.get("content-transfer-encoding") {
        let is_raw = [&b"8bit"[..], b"7bit", b"binary"].iter().any(|raw| encoding.eq_ignore_ascii_case(raw));
        if !is_raw {
            let why = Malformed::TransferEncoding(quote::display(encoding.as_bstr()));
            return Err(ParseError { line: 1, why });
        }
    }
    let broken = |what| ParseError { line: 1, why: Malformed::Verbatim(what) };
    let body_line = cursor.line;
    let is_latin1 = headers.is_latin1_mail();
    let mut body = read_body(cursor);
    if is_latin1 {
        body = charset::latin1_to_utf8(&body);
    }
    let is_verbatim = headers.get("x-pq-verbatim").is_some_and(|parts| parts == "message");
    let mut text = match is_verbatim {
        true => from_bars(&body).ok_or(ParseError { line: body_line, why: Malformed::Verbatim("the message") })?,
        false => plain_text(&mut headers, &body),
    };
    if headers.get("x-pq-final-newline").is_some_and(|value| value == "none") && text.ends_with(b"\n") {
        text.pop();
    }
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
        None => headers.charset().filter(|charset| !is_latin1 && !charset::is_utf8(charset)),
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
                cursor.advance();
            }
            return body;
        }
        body.extend_from_slice(line);
        cursor.advance();
    }
}

/// Subject and body as `git am` joins them, without the empty lines around the body. Headers at the start of the body override those of the mail.
fn plain_text(headers: &mut Headers, body: &[u8]) -> BString {
    let mut rest = skip_blank_lines(body);
    let mut cursor = Cursor::new(rest);
    while let Some((name, value)) = mail::in_body_field(trim_eol(cursor.peek())) {
        headers.set(name, value.trim_ascii());
        cursor.advance();
        rest = &rest[cursor.pos..];
        cursor = Cursor::new(rest);
    }
    let body = trim_blank_lines(skip_blank_lines(rest));
    let subject = headers.get("subject").map(|value| mail::without_prefix(&mail::decode_words(value)));
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

/// Everything up to and with the `---` line, in the plainest form that reads back as the same.
pub(super) fn render_head(message: &Message) -> BString {
    let plain = Exact { open_end: !message.text.is_empty() && !message.text.ends_with(b"\n"), ..Exact::default() };
    let form = render_form(message, &plain);
    let Some((read, is_whole)) = read_back(&form) else { return render_form(message, &Exact::all()) };
    let text = read.text != message.text || !is_whole || has_false_start(&message.text);
    let exact = Exact {
        author: read.author != message.author,
        date: read.date != message.date,
        encoding: read.encoding != message.encoding,
        text,
        open_end: plain.open_end && !text,
    };
    let form = render_form(message, &exact);
    let is_exact = read_back(&form).is_some_and(|(read, is_whole)| is_whole && read == *message);
    if is_exact { form } else { render_form(message, &Exact::all()) }
}

/// What a head says, and whether its message ends where it should.
fn read_back(head: &[u8]) -> Option<(Message, bool)> {
    let mut cursor = Cursor::new(head);
    let headers = Headers::read(&mut cursor)?;
    let message = read_mail(&mut cursor, headers).ok()?;
    Some((message, cursor.pos == head.len()))
}

/// A line that a mailbox would be divided at.
fn has_false_start(text: &[u8]) -> bool {
    text.lines().any(is_mbox_line)
}

/// Which values are said in a form that is exact for any bytes.
#[derive(Default)]
struct Exact {
    author: bool,
    date: bool,
    encoding: bool,
    text: bool,
    /// The text is plain but for its last newline, which is missing.
    open_end: bool,
}

impl Exact {
    fn all() -> Self {
        Exact { author: true, date: true, encoding: true, text: true, open_end: false }
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
    // Mail tools want one; what pq reads are then the lines behind bars.
    let subject = if exact.text { message.subject() } else { subject.into() };
    push_header(&mut out, "Subject", &one_line(&subject));
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
    if !out.ends_with(b"\n") {
        out.push(b'\n');
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
    if exact.open_end {
        push_header(out, "X-Pq-Final-Newline", b"none");
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
