//! Headers, parts and transfer encodings.

use bstr::{BString, ByteSlice};

use super::MailError;
use crate::format::section::{Cursor, trim_eol};

/// Header fields, in order.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<(BString, BString)>);

impl Fields {
    /// Reads fields up to the empty line, and the empty line; or up to the first line that is none.
    pub(super) fn read(cursor: &mut Cursor) -> Fields {
        let mut fields = Fields::default();
        while let Some((name, value)) = field(trim_eol(cursor.peek())) {
            let mut value = BString::from(value.trim_ascii());
            cursor.advance();
            while is_continued(cursor.peek()) {
                value.push(b' ');
                value.extend_from_slice(cursor.peek().trim_ascii());
                cursor.advance();
            }
            fields.0.push((name.into(), value));
        }
        if trim_eol(cursor.peek()).is_empty() {
            cursor.advance();
        }
        fields
    }

    /// The first field of a name in lower case.
    pub(super) fn get(&self, name: &str) -> Option<&BString> {
        self.0.iter().find(|(field, _)| field.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
    }

    /// All fields as text, but for one.
    pub(super) fn without(&self, name: &str) -> Vec<u8> {
        let kept = self.0.iter().filter(|(field, _)| !field.eq_ignore_ascii_case(name.as_bytes()));
        kept.flat_map(|(field, value)| [&field[..], b": ", value, b"\n"].concat()).collect()
    }

    fn kind(&self) -> BString {
        let value = self.get("content-type").map(|value| &value[..]).unwrap_or(b"text/plain");
        value.split(|byte| *byte == b';').next().unwrap_or_default().trim().to_ascii_lowercase().into()
    }

    /// A parameter of the `Content-Type`.
    fn parameter(&self, name: &str) -> Option<BString> {
        let value = self.get("content-type")?;
        let mut rest = value.split_once_str(";")?.1;
        loop {
            let (key, after) = rest.split_once_str("=")?;
            let after = after.trim_start();
            let (found, behind) = match after.strip_prefix(b"\"") {
                Some(quoted) => quoted.split_once_str("\"").unwrap_or((quoted, b"")),
                None => {
                    let end = after.find_byteset(";").unwrap_or(after.len());
                    (after[..end].trim(), &after[end..])
                }
            };
            if key.trim().eq_ignore_ascii_case(name.as_bytes()) {
                return Some(found.into());
            }
            rest = behind.split_once_str(";")?.1;
        }
    }
}

/// `Name: value`
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (name, value) = line.split_once_str(":")?;
    let is_name = !name.is_empty() && name.iter().all(|c| c.is_ascii_graphic());
    is_name.then_some((name, value))
}

/// Whether a line goes on with the header above it.
pub(super) fn is_continued(line: &[u8]) -> bool {
    line.first().is_some_and(|c| matches!(c, b' ' | b'\t')) && !line.trim().is_empty()
}

/// A part that is text, without its transfer encoding.
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    pub(super) charset: Option<BString>,
}

/// What a body has.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) texts: Vec<Part>,
    /// Whether there are parts that are no text.
    pub(super) has_others: bool,
}

/// How deep parts may be nested: real mails stay below five.
const DEPTH: usize = 20;

/// The parts of a body.
pub(super) fn parts(fields: &Fields, body: &[u8]) -> Result<Parts, MailError> {
    let mut parts = Parts::default();
    collect(fields, body, DEPTH, &mut parts)?;
    Ok(parts)
}

fn collect(fields: &Fields, body: &[u8], depth: usize, out: &mut Parts) -> Result<(), MailError> {
    let kind = fields.kind();
    if let Some(boundary) = fields.parameter("boundary").filter(|_| kind.starts_with(b"multipart/") && depth > 0) {
        for part in divided(body, &boundary) {
            let mut cursor = Cursor::new(part);
            let fields = Fields::read(&mut cursor);
            collect(&fields, &part[cursor.pos..], depth - 1, out)?;
        }
        return Ok(());
    }
    if !kind.starts_with(b"text/") || kind == "text/html" {
        out.has_others = true;
        return Ok(());
    }
    let encoding = fields.get("content-transfer-encoding").map(|value| value.to_ascii_lowercase());
    let bytes = match encoding.as_deref() {
        Some(b"quoted-printable") => quoted_printable(body),
        Some(b"base64") => base64(body).ok_or_else(|| MailError::Encoding("base64".to_owned()))?,
        _ => body.to_vec(),
    };
    out.texts.push(Part { bytes, charset: fields.parameter("charset") });
    Ok(())
}

/// What stands between the lines of a boundary. The newline in front of such a line belongs to it.
fn divided<'a>(body: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let (mut parts, mut start, mut at) = (Vec::new(), None, 0);
    for line in body.lines_with_terminator() {
        let here = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(b"--").and_then(|rest| rest.strip_prefix(boundary)) else { continue };
        let is_last = rest.starts_with(b"--");
        if !is_last && !rest.trim().is_empty() {
            continue;
        }
        parts.extend(start.map(|start: usize| &body[start..here.max(start)]));
        start = (!is_last).then_some(at);
        if is_last {
            break;
        }
    }
    parts.extend(start.map(|start| &body[start..]));
    parts
}

/// RFC 2045, 6.7. What is no escape stays as it is.
pub(super) fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        let hex = rest.get(1..3).and_then(|hex| u8::from_str_radix(hex.to_str().ok()?, 16).ok());
        match (rest[0], hex) {
            (b'=', Some(byte)) if rest[1].is_ascii_hexdigit() => {
                out.push(byte);
                at += 3;
            }
            (b'=', _) if rest[1..].starts_with(b"\n") => at += 2,
            (b'=', _) if rest[1..].starts_with(b"\r\n") => at += 3,
            (byte, _) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// RFC 2045, 6.8. Each line is decoded for itself, since some mailers pad each; what belongs to no alphabet is passed over.
fn base64(body: &[u8]) -> Option<Vec<u8>> {
    let digits: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let mut out = Vec::with_capacity(digits.len() * 3 / 4);
    let (mut bits, mut len) = (0u32, 0);
    for byte in digits {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => {
                (bits, len) = (0, 0);
                continue;
            }
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        len += 6;
        if len >= 8 {
            len -= 8;
            out.push((bits >> len) as u8);
            bits &= (1 << len) - 1;
        }
    }
    Some(out)
}
