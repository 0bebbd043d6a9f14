//! Mails with patches, as git-am(1) and git-mailinfo(1) read them: mailboxes, transfer encodings (RFC 2045), parts (RFC 2046), encoded words
//! (RFC 2047), headers in the body, scissors.
//!
//! The message of a mail is what `git am --keep-non-patch` makes of it. A mail that pq wrote says with headers that mail tools pass over what
//! would be lost on that way:
//!
//! | header | meaning |
//! |---|---|
//! | `X-Pq-Name: NAME` | the name of the patch |
//! | `X-Pq-Blanks: exact` | blanks at the ends of lines and several blank lines in a row belong to the message |
//! | `X-Pq-Commit-Encoding: NAME` | author and message are in that encoding in the commit; here they are UTF-8 |
//!
//! and with those of [`patchfile`](super::patchfile), where even that is not enough.

mod body;
mod mime;
mod split;
mod write;

use bstr::{BString, ByteSlice};

use super::diff::ParseError;
use super::mail;
use super::patchfile::{Author, Date, Message, PatchFile};
use super::section::Cursor;
use super::{charset, quote};
use body::Text;
use mime::Fields;

pub use split::split;
pub use write::{Numbering, write};

/// How mails are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rules {
    /// Carriage returns at the ends of lines belong to the patch.
    pub keep_cr: bool,
    /// What stands above a line of scissors is no part of the message.
    pub scissors: bool,
    /// `>From ` at the start of a line stands for `From `.
    pub mboxrd: bool,
}

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// The patch: its message and its diff, which may be empty.
    pub file: PatchFile,
    /// The name that pq gave it.
    pub name: Option<BString>,
    /// What it is.
    pub kind: Kind,
    /// Whether something stands between the message and the diff that is more than git's own summary.
    pub has_notes: bool,
    /// Whether it has parts that are no text.
    pub has_attachments: bool,
    /// Whether its message was written in another charset than UTF-8, and nothing says that the commit's was.
    pub is_converted: bool,
}

/// What a mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has a diff.
    Patch,
    /// It has none, and is a patch all the same: its subject says so.
    Empty,
    /// `[PATCH 0/n]`: it introduces a series.
    Cover,
    /// Something else: an answer, a pull request.
    Talk,
}

/// Why a mail cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It does not begin with headers.
    #[error("it does not begin with the headers of a mail")]
    NoHeaders,
    /// Its body cannot be decoded.
    #[error("its body is no {0}")]
    Encoding(String),
    /// Its diff cannot be read.
    #[error(transparent)]
    Diff(#[from] ParseError),
}

/// Reads a mail, which starts with its headers or with mbox's `From ` line.
///
/// # Errors
/// It is none, or its diff is broken.
pub fn read(bytes: &[u8], rules: Rules) -> Result<Mail, MailError> {
    let bytes = split::lines_as_sent(bytes, rules);
    let mut cursor = Cursor::new(&bytes);
    if cursor.peek().starts_with(b"From ") {
        cursor.advance();
    }
    let fields = Fields::read(&mut cursor);
    if fields.get("from").is_none() && fields.get("subject").is_none() {
        return Err(MailError::NoHeaders);
    }
    let parts = mime::parts(&fields, &bytes[cursor.pos..])?;
    let has_attachments = parts.has_others;
    let name = fields.get("x-pq-name").cloned();
    if is_exact(&fields) {
        return exact(&fields, &parts.texts, name);
    }
    let is_exact_blanks = fields.get("x-pq-blanks").is_some_and(|value| value == "exact");
    let text = body::read(&parts.texts, rules.scissors, is_exact_blanks);
    let encoding = fields.get("x-pq-commit-encoding");
    let file = PatchFile::new(message(&fields, &text, encoding), Vec::new())?;
    let file = if text.diff.is_empty() { file } else { with_diff(file, &text.diff)? };
    let kind = kind(&fields, &text, file.files.is_empty());
    Ok(Mail { kind, name, has_attachments, has_notes: has_notes(&text), is_converted: text.is_converted, file })
}

/// Whether pq says things that only it understands.
fn is_exact(fields: &Fields) -> bool {
    let own = ["x-pq-author", "x-pq-date", "x-pq-encoding", "x-pq-final-newline", "x-pq-verbatim"];
    own.iter().any(|name| fields.get(name).is_some())
}

/// A patch file of pq's own that went through the mail.
fn exact(fields: &Fields, texts: &[mime::Part], name: Option<BString>) -> Result<Mail, MailError> {
    let body: Vec<u8> = texts.iter().flat_map(|part| part.bytes.iter().copied()).collect();
    let file = PatchFile::parse(&[&fields.without("content-transfer-encoding")[..], b"\n", &body].concat())?;
    let kind = if file.files.is_empty() { Kind::Empty } else { Kind::Patch };
    Ok(Mail { file, name, kind, has_notes: false, has_attachments: false, is_converted: false })
}

fn with_diff(file: PatchFile, diff: &[u8]) -> Result<PatchFile, ParseError> {
    let parsed = PatchFile::parse(diff)?;
    file.with_sections(parsed.files.into_iter().map(|section| section.raw).collect())
}

fn message(fields: &Fields, text: &Text, encoding: Option<&BString>) -> Message {
    let value = |name: &str| text.header(name).or_else(|| fields.get(name)).map(|value| unfold(value));
    let author = value("from").map(|value| sane(mail::author(&value)));
    let date = value("date").and_then(|value| mail::parse_date(&value));
    let subject = value("subject").map(|value| mail::decode_words(&value)).unwrap_or_default();
    let message = joined(&without_tags(&subject), &text.message);
    let plain = Message { author, date, encoding: None, text: message };
    encoding.and_then(|name| in_charset(&plain, name)).unwrap_or(plain)
}

/// Subject and body as a commit has them.
fn joined(subject: &[u8], body: &[u8]) -> BString {
    let parts = [subject, body];
    let mut text = BString::from(bstr::join("\n\n", parts.iter().filter(|part| !part.is_empty())));
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text
}

/// The message in the encoding that its commit names.
fn in_charset(message: &Message, name: &[u8]) -> Option<Message> {
    let (encoding, _) = quote::unquote(name)?;
    let back = |text: &BString| charset::from_utf8(&encoding, text.to_str().ok()?);
    let author = match &message.author {
        Some(author) => Some(Author { name: back(&author.name)?, email: back(&author.email)? }),
        None => None,
    };
    let date: Option<Date> = message.date.clone();
    Some(Message { author, date, text: back(&message.text)?, encoding: Some(encoding) })
}

/// Runs of blanks become one.
fn unfold(value: &[u8]) -> BString {
    bstr::join(" ", value.fields()).into()
}

/// git takes the address for the name if the name could not be one.
fn sane(author: Author) -> Author {
    let is_odd = author.name.is_empty() || author.name.len() > 60 || author.name.find_byteset("<>@").is_some();
    if is_odd { Author { name: author.email.clone(), ..author } } else { author }
}

/// A subject without `Re:` and `[PATCH v2 3/7]`; other brackets belong to it.
fn without_tags(subject: &[u8]) -> BString {
    let (mut kept, mut rest) = (BString::default(), subject);
    loop {
        rest = rest.trim_start_with(|c| matches!(c, ' ' | '\t' | ':'));
        let tag = rest.strip_prefix(b"[").and_then(|inner| inner.split_once_str("]"));
        match tag {
            _ if rest.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"re:")) => rest = &rest[3..],
            Some((inner, behind)) if is_tag(inner) => rest = behind,
            Some((inner, behind)) => {
                kept.extend_from_slice(&[b"[", inner, b"] "].concat());
                rest = behind;
            }
            None => break,
        }
    }
    kept.extend_from_slice(rest.trim_ascii());
    kept.trim_ascii().into()
}

fn is_tag(inner: &[u8]) -> bool {
    inner.contains_str("PATCH")
}

fn kind(fields: &Fields, text: &Text, is_empty: bool) -> Kind {
    let subject = text.header("subject").or_else(|| fields.get("subject"));
    let subject = subject.map(|value| mail::decode_words(&unfold(value))).unwrap_or_default();
    let tags: Vec<&[u8]> =
        subject.split_str("[").skip(1).filter_map(|rest| Some(rest.split_once_str("]")?.0)).collect();
    let tag = tags.iter().find(|inner| is_tag(inner));
    let is_cover =
        tag.is_some_and(|inner| inner.fields().any(|word| word.starts_with(b"0/") || word.starts_with(b"00")));
    let is_answer = subject.get(..3).is_some_and(|start| start.eq_ignore_ascii_case(b"re:"));
    match () {
        () if !is_empty => Kind::Patch,
        () if is_cover => Kind::Cover,
        () if !is_answer && (tag.is_some() || fields.get("x-pq-name").is_some()) => Kind::Empty,
        () => Kind::Talk,
    }
}

/// Whether a person wrote something below the message: git's own summary of files is none.
fn has_notes(text: &Text) -> bool {
    let is_summary = |line: &[u8]| {
        let line = line.trim();
        let is_counted = line.contains_str(" | ") || line.contains_str("changed, ") || line.ends_with(b" changed");
        let starts: [&[u8]; 7] =
            [b"create mode ", b"delete mode ", b"mode change ", b"rename ", b"copy ", b"rewrite ", b"..."];
        line.is_empty() || is_counted || starts.iter().any(|start| line.starts_with(start))
    };
    text.notes.lines().any(|line| !is_summary(line))
}

#[cfg(test)]
mod tests;
