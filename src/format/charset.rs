//! Charsets of mails and of old commits, to UTF-8 and back.
//!
//! Names are those of [IANA](https://www.iana.org/assignments/character-sets) as the WHATWG's Encoding Standard reads them, but for Latin-1, which
//! is what its name says and not Windows-1252.

use bstr::BString;
use encoding_rs::Encoding;

/// The text as UTF-8. `None` if nobody knows the charset, or the bytes are not written in it.
pub fn to_utf8(charset: &[u8], bytes: &[u8]) -> Option<BString> {
    if is_utf8(charset) {
        return Some(bytes.into());
    }
    if is_latin1(charset) {
        return Some(latin1_to_utf8(bytes));
    }
    let text = Encoding::for_label(charset)?.decode_without_bom_handling_and_without_replacement(bytes)?;
    Some(text.into_owned().into())
}

/// UTF-8 in another charset. `None` if nobody knows it, or it lacks a character, or reading it would not give the text back.
pub fn from_utf8(charset: &[u8], text: &str) -> Option<BString> {
    if is_latin1(charset) {
        let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        return bytes.map(BString::from);
    }
    let (bytes, used, is_lossy) = Encoding::for_label(charset)?.encode(text);
    let bytes = BString::from(bytes.into_owned());
    let is_same = used == Encoding::for_label(charset)? && to_utf8(charset, &bytes).is_some_and(|back| back == text);
    (!is_lossy && is_same).then_some(bytes)
}

/// Whether a charset is git's own: then a commit does not name it.
pub fn is_utf8(charset: &[u8]) -> bool {
    [&b"utf-8"[..], b"utf8", b"us-ascii", b"ascii"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

/// Whether it is Latin-1.
pub fn is_latin1(charset: &[u8]) -> bool {
    [&b"iso-8859-1"[..], b"iso8859-1", b"latin1", b"latin-1"].iter().any(|name| charset.eq_ignore_ascii_case(name))
}

/// Every byte is the code point of the same number.
pub fn latin1_to_utf8(bytes: &[u8]) -> BString {
    bytes.iter().map(|byte| char::from(*byte)).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_can_be_written() {
        for (charset, bytes, text) in [
            ("ISO-8859-1", &b"J\xf6rg \x80"[..], "Jörg \u{80}"),
            ("windows-1252", b"\x80", "€"),
            ("ISO-8859-15", b"\xa4", "€"),
            ("koi8-r", b"\xd0", "п"),
            ("shift_jis", b"\x83\x65", "テ"),
        ] {
            assert_eq!(to_utf8(charset.as_bytes(), bytes).unwrap(), text, "{charset}");
            assert_eq!(from_utf8(charset.as_bytes(), text).unwrap(), bytes, "{charset}");
        }
        assert_eq!(to_utf8(b"no-such", b"x"), None);
        assert_eq!(to_utf8(b"shift_jis", b"\x83"), None);
        assert_eq!(from_utf8(b"ISO-8859-1", "€"), None);
        assert_eq!(from_utf8(b"utf-16", "x"), None, "the standard writes it as UTF-8");
    }
}
