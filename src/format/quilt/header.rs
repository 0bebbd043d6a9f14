//! The free text above the diff of a quilt patch, as a message and back.
//!
//! A header is one of four: a mail (`From:`, `Date:`, `Subject:`), fields of
//! [DEP-3](https://dep-team.pages.debian.net/deps/dep3/), Mercurial's (`# HG changeset patch`), or plain text. `message` reads any of them. A mail is the head of the patch file
//! as it stands. Of the others, the header itself is kept between the message and the diff (`keep`), each line behind a bar; it is what an export gives
//! back, byte for byte, as long as the message says what it said when the header was read (`original`).

use bstr::{BStr, BString, ByteSlice};
use jiff::civil::Date as Day;

use crate::format::dep3::{self, Field};
use crate::format::diff::ParseError;
use crate::format::mail;
use crate::format::patchfile::{Author, Date, Message, PatchFile};

/// The line above a header that is kept.
const KEPT: &[u8] = b"Header of the quilt patch:\n";
const NO_NEWLINE: &[u8] = b"\\ No newline at end of header\n";

/// What a header says, as a commit says it.
pub fn message(header: &[u8]) -> Message {
    if header.starts_with(HG) {
        return from_hg(header);
    }
    let (fields, rest) = dep3::fields(header);
    match kind(&fields) {
        Form::Mail => from_mail(header),
        Form::Dep3 => from_fields(&fields, rest),
        Form::Plain => Message { text: trimmed(header), ..Message::default() },
    }
}

/// The first line of a patch that Mercurial wrote.
const HG: &[u8] = b"# HG changeset patch";

/// `# User`, `# Date SECONDS OFFSET` (the offset in seconds west of Greenwich), other lines that begin so, and the message.
fn from_hg(header: &[u8]) -> Message {
    let value = |name: &str| header.lines().find_map(|line| line.strip_prefix(name.as_bytes())).map(<[u8]>::trim);
    let date = |value: &[u8]| {
        let (seconds, west) = value.split_once_str(" ")?;
        let number = |digits: &[u8]| digits.trim().to_str().ok()?.parse::<i64>().ok();
        let minutes = -number(west)? / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let offset = format!("{sign}{:02}{:02}", minutes.abs() / 60, minutes.abs() % 60);
        Some(Date { seconds: number(seconds)?, offset: offset.into() })
    };
    let own: usize = header.lines_with_terminator().take_while(|line| line.starts_with(b"# ")).map(<[u8]>::len).sum();
    Message {
        author: value("# User ").map(mail::author),
        date: value("# Date ").and_then(date),
        encoding: None,
        text: trimmed(&header[own..]),
    }
}

/// What an empty patch says: its header as it is.
pub fn message_of_empty(header: &[u8]) -> Message {
    Message { text: header.into(), ..message(header) }
}

/// What a header is.
enum Form {
    Mail,
    Dep3,
    Plain,
}

fn kind(fields: &[Field]) -> Form {
    let is_any = |names: &[&str]| fields.iter().any(|field| names.iter().any(|name| field.is(name)));
    let is_foreign = |field: &&Field| !is_mails(field);
    match () {
        () if fields.is_empty() => Form::Plain,
        () if is_any(&["Subject"]) && fields.iter().find(is_foreign).is_none() => Form::Mail,
        () if is_any(&["Description", "Subject", "Origin", "Author", "From", "Forwarded", "Last-Update", "Bug"]) => {
            Form::Dep3
        }
        () => Form::Plain,
    }
}

/// Whether a field is one that mail tools understand or pass over.
fn is_mails(field: &Field) -> bool {
    let names = [
        "From",
        "Date",
        "Subject",
        "To",
        "Cc",
        "Message-Id",
        "In-Reply-To",
        "References",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Sender",
        "Reply-To",
        "Delivered-To",
        "Received",
        "Return-Path",
        "List-Id",
    ];
    names.iter().any(|name| field.is(name)) || field.name.to_ascii_lowercase().starts_with(b"x-")
}

fn from_mail(header: &[u8]) -> Message {
    match PatchFile::parse(header) {
        Ok(file) => file.message,
        // Base64 and the like: the text as it stands.
        Err(_) => Message { text: trimmed(header), ..Message::default() },
    }
}

/// The description as subject and body, then what follows the fields, then the fields that a commit has no place for.
fn from_fields(fields: &[Field], rest: &[u8]) -> Message {
    let first = |names: &[&str]| fields.iter().find(|field| names.iter().any(|name| field.is(name)));
    let author = first(&["From", "Author"]);
    let description = first(&["Subject", "Description"]);
    let date = first(&["Date"]);
    let used = [author, description, date].map(|field| field.map(|field| field.line));
    let others = fields.iter().filter(|field| !used.contains(&Some(field.line)));
    let others: BString = others.flat_map(|field| field.raw.iter().copied()).collect::<Vec<u8>>().into();
    let (subject, long) = description.map(|field| described(field)).unwrap_or_default();
    let free = trimmed(rest);
    let parts = [subject, long, trimmed(&until_break(&free)), trimmed(&others)];
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.trim_end()).filter(|part| !part.is_empty()).collect();
    let mut text = BString::from(bstr::join("\n\n", parts));
    if !text.is_empty() {
        text.push(b'\n');
    }
    let day = || first(&["Last-Update", "Last-Updated"]).and_then(|field| last_update(&field.value()));
    Message {
        author: author.map(|field| mail::author(&field.value())),
        date: date.and_then(|field| mail::parse_date(&field.value())).or_else(day),
        encoding: None,
        text,
    }
}

/// The first line of a description, and the others without the blank and the dot that continue it.
fn described(field: &Field) -> (BString, BString) {
    let mut lines = field.lines();
    let first = lines.next().unwrap_or_default();
    let subject = mail::without_prefix(&mail::decode_words(first));
    let long: Vec<&[u8]> = lines.map(|line| if line.trim() == b"." { b"" } else { line }).collect();
    let long = trimmed(&bstr::join("\n", long));
    match subject.is_empty() {
        // `Description:` alone on its line.
        true => (long, BString::default()),
        false => (subject, long),
    }
}

/// `2023-01-31`, at midnight.
fn last_update(value: &[u8]) -> Option<Date> {
    let day: Day = value.get(..10)?.to_str().ok()?.parse().ok()?;
    let seconds = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    Some(Date { seconds, offset: "+0000".into() })
}

/// The text up to the line of dashes that ends a header.
fn until_break(text: &[u8]) -> BString {
    let lines = text.lines_with_terminator().take_while(|line| line.trim_end() != b"---");
    lines.flatten().copied().collect::<Vec<u8>>().into()
}

/// Without blank lines around it, with one newline at its end.
fn trimmed(text: &[u8]) -> BString {
    let start: usize = text.lines_with_terminator().take_while(|line| line.trim().is_empty()).map(<[u8]>::len).sum();
    let text = text[start..].trim_end();
    if text.is_empty() { BString::default() } else { [text, b"\n"].concat().into() }
}

/// Notes of a patch file that keep a header.
pub fn keep(header: &[u8]) -> BString {
    let mut notes = BString::from("\n");
    notes.extend_from_slice(KEPT);
    for line in header.lines_with_terminator() {
        notes.push(b'|');
        notes.extend_from_slice(line);
    }
    if !header.is_empty() && !header.ends_with(b"\n") {
        notes.push(b'\n');
        notes.extend_from_slice(NO_NEWLINE);
    }
    notes.push(b'\n');
    notes
}

/// The header that notes keep, and the notes without it.
fn kept(notes: &BStr) -> Option<(BString, BString)> {
    let start = notes.find(KEPT).filter(|at| *at == 0 || notes[at - 1] == b'\n')?;
    let mut header = BString::default();
    let mut end = start + KEPT.len();
    for line in notes[end..].lines_with_terminator() {
        match line.strip_prefix(b"|") {
            Some(line) => header.extend_from_slice(line),
            None if line == NO_NEWLINE => drop(header.pop()),
            None => break,
        }
        end += line.len();
    }
    let rest = [&notes[..start], notes[end..].strip_prefix(b"\n").unwrap_or(&notes[end..])].concat();
    Some((header, if rest.trim().is_empty() { "\n".into() } else { rest.into() }))
}

/// The header that a patch came with, if its message still says the same.
pub fn original(file: &PatchFile) -> Option<BString> {
    let (header, said) = match file.files.is_empty() {
        true => (file.message.text.clone(), message_of_empty(&file.message.text)),
        false => match kept(file.notes.as_bstr()) {
            Some((header, _)) => {
                let said = message(&header);
                (header, said)
            }
            // Not as pq writes it, so it came like that.
            None => return (!is_own(file)).then(|| file.above_diff()),
        },
    };
    let mut said = said;
    if said.author.is_none() && is_unknown(&file.message) {
        said.author = file.message.author.clone();
    }
    if said.date.is_none() {
        said.date = file.message.date.clone();
    }
    (said == file.message).then_some(header)
}

/// The text above the diff as pq writes it, without what is kept of another, and without an author that nobody named.
///
/// # Errors
/// The patch cannot be written: see [`PatchFile::with_notes`].
pub fn written(file: &PatchFile) -> Result<BString, ParseError> {
    let file = match kept(file.notes.as_bstr()) {
        Some((_, rest)) => file.with_notes(&rest)?,
        None => file.clone(),
    };
    Ok(match is_unknown(&file.message) {
        true => file.with_message(Message { author: None, date: None, ..file.message.clone() }).above_diff(),
        false => file.above_diff(),
    })
}

/// Whether the text above the diff is what pq writes of the message.
fn is_own(file: &PatchFile) -> bool {
    let sections = file.files.iter().map(|file| file.raw.to_vec()).collect();
    PatchFile::new(file.message.clone(), sections).is_ok_and(|own| own.above_diff() == file.above_diff())
}

/// Whether nobody is named as the author.
pub fn is_unknown(message: &Message) -> bool {
    message.author.as_ref().is_none_or(|author| *author == unknown())
}

/// The author of a patch that names none: the one that its commit has. Mail tools take no patch without.
fn unknown() -> Author {
    Author { name: "unknown".into(), email: "unknown@localhost".into() }
}

/// The patch file of an imported patch: what its header says, the sections, and the header itself where pq would write another. A header
/// that states no date gets `date`.
///
/// # Errors
/// The sections are no diff.
pub fn patch_file(header: &[u8], sections: Vec<Vec<u8>>, date: &Date) -> Result<PatchFile, ParseError> {
    let said = if sections.is_empty() { message_of_empty(header) } else { message(header) };
    let author = Some(said.author.unwrap_or_else(unknown));
    let message = Message { author, date: Some(said.date.unwrap_or_else(|| date.clone())), ..said };
    if !sections.is_empty()
        && let Ok(file) = PatchFile::parse(&[header, &sections.concat()].concat())
        && file.message == message
    {
        // A mail: it is the head of a patch file as it stands.
        return Ok(file);
    }
    let file = PatchFile::new(message, sections)?;
    if file.files.is_empty() { Ok(file) } else { file.with_notes(&keep(header)) }
}

#[cfg(test)]
mod tests;
