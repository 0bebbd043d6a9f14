//! The fields at the start of a patch's header: `Name: value`, continued by lines that begin with a blank (DEP-3, RFC 822).

mod complete;

use bstr::{BString, ByteSlice};

pub use complete::complete;

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name, as written.
    pub name: &'a [u8],
    /// All its lines, as written.
    pub raw: &'a [u8],
    /// The line on which it starts, from 0.
    pub line: usize,
}

impl<'a> Field<'a> {
    /// Whether it has that name, in any case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// The lines of its value, without the blank that continues it.
    pub fn lines(&self) -> impl Iterator<Item = &'a [u8]> {
        let value = &self.raw[self.name.len() + 1..];
        value.lines().enumerate().map(|(at, line)| match at {
            0 => line.trim(),
            _ => line.strip_prefix(b" ").or_else(|| line.strip_prefix(b"\t")).unwrap_or(line).trim_end(),
        })
    }

    /// Its value in one line.
    pub fn value(&self) -> BString {
        let lines: Vec<&[u8]> = self.lines().map(<[u8]>::trim).filter(|line| !line.is_empty()).collect();
        bstr::join(" ", lines).into()
    }
}

/// The fields at the start of a text, behind blank lines and the line that begins a mail in a mailbox; and what follows them.
pub fn fields(text: &[u8]) -> (Vec<Field<'_>>, &[u8]) {
    let mut fields: Vec<Field> = Vec::new();
    let (mut at, mut start) = (0, 0);
    for (number, line) in text.lines_with_terminator().enumerate() {
        let end = at + line.len();
        let is_more = matches!(line.first(), Some(b' ' | b'\t')) && !line.trim().is_empty();
        match name(line) {
            Some(name) => {
                fields.push(Field { name, raw: line, line: number });
                start = at;
            }
            None if is_more && !fields.is_empty() => {
                if let Some(last) = fields.last_mut() {
                    last.raw = &text[start..end];
                }
            }
            None if fields.is_empty() && (line.trim().is_empty() || crate::format::section::is_mbox_line(line)) => {}
            None => break,
        }
        at = end;
    }
    if fields.is_empty() { (fields, text) } else { (fields, &text[at..]) }
}

/// The name in front of a colon, if the line is a field.
fn name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', line)?;
    let (name, rest) = (&line[..colon], &line[colon + 1..]);
    let is_name = name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.iter().all(|c| c.is_ascii_alphanumeric() || *c == b'-');
    // `http://…` and `foo:bar` are no fields.
    (is_name && (rest.trim().is_empty() || rest.starts_with(b" ") || rest.starts_with(b"\t"))).then_some(name)
}

/// The fields that Debian's tools ask for, by whether a header has one of each group.
pub fn lacks(header: &[u8]) -> Vec<&'static str> {
    let all: Vec<&[u8]> = header.lines().filter_map(name).collect();
    let has =
        |names: &[&str]| all.iter().any(|name| names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes())));
    let mut lacks = Vec::new();
    if !has(&["Description", "Subject"]) {
        lacks.push("Description");
    }
    if !has(&["Origin", "Author", "From"]) {
        lacks.push("Origin");
    }
    lacks
}
