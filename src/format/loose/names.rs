//! The names and dates on the header lines of diffs.

use bstr::{BString, ByteSlice};
use jiff::{Timestamp, Zoned, civil::DateTime, tz::TimeZone};

use crate::format::quote::unquote;

/// A name and what is said of its time.
pub(super) struct Named {
    /// `None` for `/dev/null`.
    pub(super) name: Option<BString>,
    /// Whether the date is that of a file which does not exist: the beginning of time.
    pub(super) is_epoch: bool,
}

/// What stands behind `--- `, `+++ `, `*** ` or `Index: `: a name up to the first blank, or up to the tab in front of a date.
pub(super) fn named(value: &[u8]) -> Option<Named> {
    let value = value.trim_end_with(|c| c == '\n' || c == '\r').trim_start();
    let (name, rest) = match unquote(value) {
        Some((name, len)) => (name, &value[len..]),
        None if value.first() == Some(&b'"') => return None,
        None => {
            // Blanks belong to the name only if a tab divides it from the date.
            let end = value.find_byte(b'\t').or_else(|| value.find(b" ")).unwrap_or(value.len());
            (value[..end].trim_end().into(), &value[end..])
        }
    };
    if name.is_empty() {
        return None;
    }
    if name == "/dev/null" {
        return Some(Named { name: None, is_epoch: true });
    }
    Some(Named { name: Some(name), is_epoch: is_epoch(rest.trim()) })
}

/// Both names of a `diff --git` line; patch(1) does not know names with blanks there unless they are quoted.
pub(super) fn git_names(value: &[u8]) -> Option<(BString, BString)> {
    let mut rest = value.trim();
    let mut next = || {
        let (name, len) = match unquote(rest) {
            Some(found) => found,
            None => {
                let end = rest.find_byteset(b" \t").unwrap_or(rest.len());
                (rest[..end].into(), end)
            }
        };
        rest = rest[len..].trim_start();
        (!name.is_empty()).then_some(name)
    };
    let names = (next()?, next()?);
    rest.is_empty().then_some(names)
}

/// Whether a date is the beginning of time, by which diff(1) says that a file does not exist.
fn is_epoch(text: &[u8]) -> bool {
    let Ok(text) = text.to_str() else { return false };
    if !text.contains("1970") && !text.contains("1969") {
        return false;
    }
    let zoned = ["%Y-%m-%d %H:%M:%S%.f %z", "%a %b %d %H:%M:%S %Y %z", "%a, %d %b %Y %H:%M:%S %z"];
    let found = zoned.iter().find_map(|format| Zoned::strptime(format, text).ok()).map(|zoned| zoned.timestamp());
    let plain = ["%Y-%m-%d %H:%M:%S%.f", "%a %b %d %H:%M:%S %Y", "%Y-%m-%d"];
    let found = found.or_else(|| {
        let civil = plain.iter().find_map(|format| DateTime::strptime(format, text).ok())?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    });
    found == Some(Timestamp::UNIX_EPOCH)
}

/// A name without its first parts, as `-pN` takes them away; `None` if it has not that many.
pub fn strip(name: &[u8], parts: u32) -> Option<BString> {
    let mut rest = name;
    for _ in 0..parts {
        let slash = rest.find_byte(b'/')?;
        rest = rest[slash..].trim_start_with(|c| c == '/');
    }
    // `./a//b` is `a/b`.
    let parts = rest.split(|byte| *byte == b'/').filter(|part| !part.is_empty() && *part != b".");
    let plain = bstr::join("/", parts);
    let root: &[u8] = if rest.starts_with(b"/") { b"/" } else { b"" };
    (!plain.is_empty()).then(|| [root, &plain].concat().into())
}
