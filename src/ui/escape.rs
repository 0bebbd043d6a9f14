//! Makes visible what would act on a terminal or hide in it.
//!
//! Subjects, authors and paths of patches are written by strangers. A control character in one of them can move the cursor, rewrite what
//! stands above, or answer to the shell; a bidirectional override can show a line backwards ("Trojan Source", CVE-2021-42574). So all text
//! that is shown goes through here.

use std::fmt::{self, Display, Formatter, Write};

/// Which line structure of the text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// It is one line: newline and tab are escaped too.
    OneLine,
    /// Newline and tab stay.
    Lines,
}

/// Text on its way to a terminal; see [`escape`].
#[derive(Debug, Clone, Copy)]
pub struct Escaped<'a> {
    bytes: &'a [u8],
    layout: Layout,
}

/// One line of text with every control character (C0, DEL, C1), every invisible format character and every byte that is not UTF-8 as a
/// visible escape: `\n`, `\x1b`, `\u{202e}`, `\xff`.
pub fn escape(bytes: &[u8]) -> Escaped<'_> {
    Escaped { bytes, layout: Layout::OneLine }
}

/// The same for text of many lines: newline and tab stay as they are.
pub fn escape_lines(bytes: &[u8]) -> Escaped<'_> {
    Escaped { bytes, layout: Layout::Lines }
}

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for chunk in self.bytes.utf8_chunks() {
            chunk.valid().chars().try_for_each(|c| write_char(f, c, self.layout))?;
            chunk.invalid().iter().try_for_each(|byte| write!(f, "\\x{byte:02x}"))?;
        }
        Ok(())
    }
}

fn write_char(f: &mut Formatter<'_>, c: char, layout: Layout) -> fmt::Result {
    match c {
        '\n' | '\t' if layout == Layout::Lines => f.write_char(c),
        '\n' => f.write_str("\\n"),
        '\t' => f.write_str("\\t"),
        '\r' => f.write_str("\\r"),
        '\0'..='\x1f' | '\x7f' => write!(f, "\\x{:02x}", u32::from(c)),
        c if is_hidden(c) => write!(f, "\\u{{{:x}}}", u32::from(c)),
        c => f.write_char(c),
    }
}

/// Whether a character shows nothing of itself, or changes how its neighbours are shown: control characters, the format characters of
/// Unicode (category Cf), line and paragraph separators, blanks that pass for nothing, tags. Variation selectors 1 to 16, which belong to
/// ordinary emoji, do not count.
pub(super) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{600}'..='\u{605}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_safe(c: char) -> bool {
        !c.is_control() && !is_hidden(c)
    }

    #[test]
    fn no_control_character_survives_in_a_line() {
        for code in (0..0x20).chain(0x7f..0xa0) {
            let c = char::from_u32(code).unwrap();
            let shown = escape(format!("a{c}b").as_bytes()).to_string();
            assert!(shown.chars().all(is_safe), "U+{code:04X} came out as {shown:?}");
            assert!(shown.starts_with("a\\") && shown.ends_with('b'), "{shown:?}");
        }
    }

    #[test]
    fn no_byte_survives_raw_that_is_not_text() {
        for byte in 0x80..=0xff_u8 {
            assert_eq!(escape(&[b'a', byte, b'b']).to_string(), format!("a\\x{byte:02x}b"));
        }
        assert_eq!(escape(b"\xe2\x82").to_string(), "\\xe2\\x82", "a character that is cut off");
        assert_eq!(escape(b"\xc0\xaf").to_string(), "\\xc0\\xaf", "an overlong form");
    }

    #[test]
    fn overrides_and_other_invisible_characters_become_visible() {
        let hostile = "if \u{202e}admin\u{2066}\u{200b}\u{feff}\u{e0041}\u{2028}x";
        let shown = escape(hostile.as_bytes()).to_string();
        assert_eq!(shown, "if \\u{202e}admin\\u{2066}\\u{200b}\\u{feff}\\u{e0041}\\u{2028}x");
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        let text = "Größe: 統一 é ⚠\u{fe0f} \\n \"quoted\" 50%";
        assert_eq!(escape(text.as_bytes()).to_string(), text);
    }

    #[test]
    fn only_text_of_many_lines_keeps_its_newlines_and_tabs() {
        assert_eq!(escape(b"a\tb\r\nc").to_string(), "a\\tb\\r\\nc");
        assert_eq!(escape_lines(b"a\tb\r\nc\x1b[2J").to_string(), "a\tb\\r\nc\\x1b[2J");
    }
}
