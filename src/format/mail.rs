//! Mail headers as `git format-patch` and people write them: folding (RFC 5322), encoded words (RFC 2047), authors, dates.

use bstr::{BString, ByteSlice};
use jiff::{Timestamp, fmt::rfc2822, tz::Offset};

use super::charset::{self, is_latin1};
use super::patchfile::{Author, Date};
use super::section::{Cursor, is_mbox_line, trim_eol};

/// The headers at the start of a mail.
#[derive(Debug, Default)]
pub struct Headers {
    fields: Vec<(BString, BString)>,
}

impl Headers {
    /// Reads headers up to the empty line or the first line that is none; the cursor moves behind them and behind the empty line. `None` if
    /// the text does not start as a mail of a patch does: with mbox's `From ` line, or with headers among which there is `From` or `Subject`.
    pub fn read(cursor: &mut Cursor) -> Option<Self> {
        let mut at = *cursor;
        let is_mbox = is_mbox_line(at.peek());
        if at.peek().starts_with(b"From ") {
            at.advance();
        }
        let mut headers = Headers::default();
        while let Some((name, value)) = field(trim_eol(at.peek())) {
            let mut value = BString::from(value.trim_ascii());
            at.advance();
            while at.peek().first().is_some_and(|c| matches!(c, b' ' | b'\t')) && !at.peek().trim_ascii().is_empty() {
                value.push(b' ');
                value.extend_from_slice(at.peek().trim_ascii());
                at.advance();
            }
            headers.fields.push((name.to_ascii_lowercase().into(), value));
        }
        let is_patch = headers.get("from").is_some() || headers.get("subject").is_some();
        let is_ended = trim_eol(at.peek()).is_empty() || is_break(at.peek());
        if !(is_mbox || is_patch && is_ended) {
            return None;
        }
        if trim_eol(at.peek()).is_empty() {
            at.advance();
        }
        *cursor = at;
        Some(headers)
    }

    /// The value of a header, by its name in lower case; the first of several.
    pub fn get(&self, name: &str) -> Option<&BString> {
        self.fields.iter().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// Sets a header that the body of the mail overrides.
    pub fn set(&mut self, name: &str, value: &[u8]) {
        self.fields.retain(|(field, _)| field != name);
        self.fields.push((name.into(), value.into()));
    }

    /// Whether another tool wrote the mail in Latin-1: its headers are encoded words, which are read as UTF-8, so its body must be too. A
    /// mail of ours has no encoded words where it names a charset.
    pub fn is_latin1_mail(&self) -> bool {
        let is_encoded = |name| self.get(name).is_some_and(|value| decode_words(value) != *value);
        let is_latin1 = self.charset().is_some_and(|charset| is_latin1(&charset));
        is_latin1 && self.get("x-pq-encoding").is_none() && ["from", "subject"].into_iter().any(is_encoded)
    }

    /// The charset of the `Content-Type`.
    pub fn charset(&self) -> Option<BString> {
        let value = self.get("content-type")?;
        let at = value.to_ascii_lowercase().find("charset=")?;
        let value = value[at + "charset=".len()..].split(|byte| *byte == b';').next()?.trim_ascii();
        Some(value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value).into())
    }
}

/// `Name: value`
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let is_name = !name.is_empty() && name.iter().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_'));
    is_name.then_some((name, value))
}

/// A line in the body that overrides a header, as git-mailinfo(1) takes it: which, and its value.
pub fn in_body_field(line: &[u8]) -> Option<(&'static str, &[u8])> {
    let (name, value) = field(line)?;
    let value = value.strip_prefix(b" ").unwrap_or(value);
    ["from", "date", "subject"]
        .into_iter()
        .find(|known| name.eq_ignore_ascii_case(known.as_bytes()))
        .map(|name| (name, value))
}

/// Whether a mail tool takes the line for the end of the message: a diff, an index, or dashes (git-am(1), "Discussion").
pub fn is_break(line: &[u8]) -> bool {
    let is_dashes = |rest: &[u8]| {
        matches!(rest, [b' ', c, ..] if !c.is_ascii_whitespace())
            || rest.iter().all(|c| c.is_ascii_whitespace() || *c == 0x0b)
    };
    line.starts_with(b"diff -") || line.starts_with(b"Index: ") || line.strip_prefix(b"---").is_some_and(is_dashes)
}

/// `NAME <EMAIL>`; also the other forms that mails have: `"NAME" <EMAIL>`, `EMAIL (NAME)`, `EMAIL`.
pub fn author(value: &[u8]) -> Author {
    let close = value.rfind_byte(b'>');
    let open = close.and_then(|close| value[..close].rfind_byte(b'<'));
    let (name, email) = match (open, close) {
        (Some(open), Some(close)) => (value[..open].trim_ascii(), &value[open + 1..close]),
        _ => bare_author(value),
    };
    Author { name: decode_words(&unquote_name(name)), email: email.into() }
}

fn bare_author(value: &[u8]) -> (&[u8], &[u8]) {
    let mut words = value.splitn(2, |byte| *byte == b' ');
    let email = words.next().unwrap_or_default();
    let name = words.next().unwrap_or_default().trim_ascii();
    let name = name.strip_prefix(b"(").and_then(|name| name.strip_suffix(b")")).unwrap_or(name);
    match email.contains(&b'@') {
        true if name.is_empty() => (email, email),
        true => (name, email),
        false => (value, b""),
    }
}

/// A quoted string of RFC 5322 without its quotes and backslashes.
fn unquote_name(name: &[u8]) -> BString {
    let inner = match name {
        [b'"', inner @ .., b'"'] => inner,
        _ => return name.into(),
    };
    let mut out = BString::default();
    let mut bytes = inner.iter();
    while let Some(byte) = bytes.next() {
        let byte = if *byte == b'\\' { bytes.next().unwrap_or(byte) } else { byte };
        out.push(*byte);
    }
    out
}

/// A subject without `[PATCH 3/7]` and the like at its start; other brackets belong to the subject.
pub fn without_prefix(subject: &[u8]) -> BString {
    let mut rest = subject.trim_ascii();
    while let Some((tag, after)) = rest.strip_prefix(b"[").and_then(|rest| rest.split_once_str("]")) {
        if !tag.contains_str("PATCH") {
            break;
        }
        rest = after.trim_ascii_start();
    }
    rest.into()
}

/// Decodes the encoded words of RFC 2047, `=?charset?q?text?=`; blanks between two of them go. What cannot be decoded stays.
pub fn decode_words(value: &[u8]) -> BString {
    let mut out = BString::default();
    let mut rest = value;
    let mut after_word = false;
    while let Some(start) = rest.find("=?") {
        let (text, here) = rest.split_at(start);
        match encoded_word(here) {
            Some((word, len)) => {
                if !(after_word && text.trim_ascii().is_empty()) {
                    out.extend_from_slice(text);
                }
                out.extend_from_slice(&word);
                rest = &here[len..];
                after_word = true;
            }
            None => {
                out.extend_from_slice(text);
                out.extend_from_slice(b"=?");
                rest = &here[2..];
                after_word = false;
            }
        }
    }
    out.extend_from_slice(rest);
    out
}

/// The longest encoded word that is read: far more than the 75 bytes of the standard, and short enough to search for its end each time.
const MAX_WORD: usize = 1000;

/// An encoded word at the start of the text, as UTF-8, and how many bytes it took.
fn encoded_word(text: &[u8]) -> Option<(BString, usize)> {
    let text = &text[..text.len().min(MAX_WORD)];
    let (charset, rest) = text.strip_prefix(b"=?")?.split_once_str("?")?;
    let (encoding, rest) = rest.split_once_str("?")?;
    let (data, rest) = rest.split_once_str("?=")?;
    let bytes = match encoding {
        b"q" | b"Q" => decode_q(data)?,
        b"b" | b"B" => decode_base64(data)?,
        _ => return None,
    };
    Some((to_utf8(charset, bytes)?, text.len() - rest.len()))
}

fn decode_q(data: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < data.len() {
        match data[at] {
            b'_' => out.push(b' '),
            b'=' => {
                let digits = data.get(at + 1..at + 3)?.to_str().ok()?;
                out.push(u8::from_str_radix(digits, 16).ok()?);
                at += 2;
            }
            b' ' => return None,
            byte => out.push(byte),
        }
        at += 1;
    }
    Some(out)
}

fn decode_base64(data: &[u8]) -> Option<Vec<u8>> {
    let data = data.trim_end_with(|c| c == '=');
    let mut out = Vec::new();
    let (mut bits, mut len) = (0u32, 0);
    for byte in data {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        len += 6;
        if len >= 8 {
            len -= 8;
            out.push((bits >> len) as u8);
        }
    }
    Some(out)
}

/// The charset of an encoded word may have a language behind a star (RFC 2231).
fn to_utf8(charset: &[u8], bytes: Vec<u8>) -> Option<BString> {
    charset::to_utf8(charset.split(|byte| *byte == b'*').next().unwrap_or_default(), &bytes)
}

/// A date of RFC 5322, with the offset as it stands there if that is a number.
pub fn parse_date(value: &[u8]) -> Option<Date> {
    let text = value.to_str().ok()?.trim();
    let parser = rfc2822::DateTimeParser::new().relaxed_weekday(true);
    let seconds =
        parser.parse_zoned(text).map(|zoned| zoned.timestamp().as_second()).or_else(|_| parse_iso(text)).ok()?;
    let last = text.rsplit(' ').next().unwrap_or_default();
    let offset = if is_offset(last.as_bytes()) { last } else { "+0000" };
    Some(Date { seconds, offset: offset.into() })
}

fn parse_iso(text: &str) -> Result<i64, jiff::Error> {
    let zoned = jiff::Zoned::strptime("%Y-%m-%d %H:%M:%S %z", text)?;
    Ok(zoned.timestamp().as_second())
}

/// A date of RFC 5322: `Mon, 3 Apr 2023 10:00:00 +0200`. `None` if it cannot be said so.
pub fn render_date(date: &Date) -> Option<String> {
    let offset = &date.offset;
    if !is_offset(offset) {
        return None;
    }
    let number = |digits: &[u8]| digits.to_str().ok()?.parse::<i32>().ok();
    let seconds = number(&offset[1..3])? * 3600 + number(&offset[3..5])? * 60;
    let seconds = if offset[0] == b'-' { -seconds } else { seconds };
    let zone = Offset::from_seconds(seconds).ok()?.to_time_zone();
    let zoned = Timestamp::from_second(date.seconds).ok()?.to_zoned(zone);
    Some(format!("{} {offset}", zoned.strftime("%a, %-d %b %Y %H:%M:%S")))
}

fn is_offset(text: &[u8]) -> bool {
    text.len() == 5 && matches!(text[0], b'+' | b'-') && text[1..].iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests;
