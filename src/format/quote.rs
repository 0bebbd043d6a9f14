//! C-style quoting of paths, as git writes them in patches (git-config(1), `core.quotePath`), and which paths a patch may name.
//!
//! Valid UTF-8 stays as it is; control characters, `"`, `\` and bytes that are not UTF-8 are escaped, and then the whole path stands
//! between double quotes.

use bstr::{BStr, BString, ByteSlice};

/// Why a path of a patch is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsafePath {
    /// Nothing is left of it.
    #[error("it is empty")]
    Empty,
    /// It starts with a slash.
    #[error("it is absolute")]
    Absolute,
    /// `a//b` or a slash at the end.
    #[error("it has an empty part")]
    EmptyPart,
    /// `.` or `..`.
    #[error("it has a part that is `.` or `..`")]
    Dots,
    /// `.git`, in any spelling that some file system takes for it.
    #[error("it leads into `.git`")]
    DotGit,
    /// A NUL byte.
    #[error("it holds a NUL")]
    Nul,
}

/// The path as it stands in a patch: quoted if it has to be.
pub fn quote(path: &[u8]) -> BString {
    match needs_quotes(path) {
        true => quote_always(path),
        false => path.into(),
    }
}

/// The text between double quotes, whether it needs them or not.
pub fn quote_always(text: &[u8]) -> BString {
    let mut out = BString::from("\"");
    for (start, end, c) in text.char_indices() {
        let bytes = &text[start..end];
        if c == char::REPLACEMENT_CHARACTER && bytes != "\u{fffd}".as_bytes() {
            bytes.iter().for_each(|byte| push_octal(&mut out, *byte));
        } else if bytes.len() == 1 {
            push_escaped(&mut out, bytes[0]);
        } else {
            out.extend_from_slice(bytes);
        }
    }
    out.push(b'"');
    out
}

fn needs_quotes(path: &[u8]) -> bool {
    path.iter().any(|byte| *byte < 0x20 || matches!(byte, 0x7f | b'"' | b'\\')) || path.to_str().is_err()
}

fn push_escaped(out: &mut BString, byte: u8) {
    let letter = match byte {
        0x07 => b'a',
        0x08 => b'b',
        b'\t' => b't',
        b'\n' => b'n',
        0x0b => b'v',
        0x0c => b'f',
        b'\r' => b'r',
        b'"' | b'\\' => byte,
        0..0x20 | 0x7f => return push_octal(out, byte),
        _ => return out.push(byte),
    };
    out.extend_from_slice(&[b'\\', letter]);
}

fn push_octal(out: &mut BString, byte: u8) {
    out.extend_from_slice(&[b'\\', b'0' + (byte >> 6), b'0' + (byte >> 3 & 7), b'0' + (byte & 7)]);
}

/// Reads a quoted text that starts with `"`: the text, and how many bytes it took. `None` if it is not well formed.
pub fn unquote(text: &[u8]) -> Option<(BString, usize)> {
    if text.first() != Some(&b'"') {
        return None;
    }
    let mut out = BString::default();
    let mut at = 1;
    loop {
        match *text.get(at)? {
            b'"' => return Some((out, at + 1)),
            b'\\' => at += unescape(text.get(at + 1..)?, &mut out)? + 1,
            b'\n' => return None,
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

/// What follows a backslash; how many bytes it took.
fn unescape(text: &[u8], out: &mut BString) -> Option<usize> {
    let byte = match *text.first()? {
        b'a' => 0x07,
        b'b' => 0x08,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 0x0b,
        b'f' => 0x0c,
        b'r' => b'\r',
        byte @ (b'"' | b'\\') => byte,
        b'0'..=b'3' => {
            let digit = |at: usize| text.get(at).filter(|d| (b'0'..=b'7').contains(*d)).map(|d| d - b'0');
            out.push(digit(0)? << 6 | digit(1)? << 3 | digit(2)?);
            return Some(3);
        }
        _ => return None,
    };
    out.push(byte);
    Some(1)
}

/// Whether a patch may write to the path: relative, no empty part, no `.` or `..`, and nothing that a file system could take for `.git`.
pub fn check_path(path: &[u8]) -> Result<(), UnsafePath> {
    match path {
        [] => Err(UnsafePath::Empty),
        [b'/', ..] => Err(UnsafePath::Absolute),
        _ if path.contains(&0) => Err(UnsafePath::Nul),
        _ => path.split(|byte| *byte == b'/').try_for_each(check_part),
    }
}

fn check_part(part: &[u8]) -> Result<(), UnsafePath> {
    match part {
        b"" => Err(UnsafePath::EmptyPart),
        b"." | b".." => Err(UnsafePath::Dots),
        _ if is_dot_git(part) => Err(UnsafePath::DotGit),
        _ => Ok(()),
    }
}

/// `.git` as NTFS (`git~1`, blanks and dots at the end, `:stream`, a backslash as divider) and HFS+ (ignorable characters) understand it.
fn is_dot_git(part: &[u8]) -> bool {
    part.split(|byte| *byte == b'\\').any(|piece| {
        let stem = piece.split(|byte| *byte == b':').next().unwrap_or_default();
        let stem = stem.trim_end_with(|c| c == ' ' || c == '.');
        stem.eq_ignore_ascii_case(b".git") || stem.eq_ignore_ascii_case(b"git~1") || is_hfs_dot_git(piece)
    })
}

/// HFS+ drops these code points when it compares names (git-config(1), `core.protectHFS`).
fn is_hfs_dot_git(part: &[u8]) -> bool {
    if part.is_ascii() {
        return false;
    }
    let ignored = |c: &char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}');
    part.chars().filter(|c| !ignored(c)).map(|c| c.to_ascii_lowercase()).eq(".git".chars())
}

/// The path as git quotes it, for messages: never a raw control character.
pub fn display(path: &BStr) -> String {
    quote(path).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_paths_stay_and_odd_ones_are_quoted_as_git_does() {
        let quoted = |path: &[u8]| quote(path).to_string();
        assert_eq!(quoted("ä b/c".as_bytes()), "ä b/c");
        assert_eq!(quoted(b"a\tb\"c\\d\n\x01\x7f"), r#""a\tb\"c\\d\n\001\177""#);
        assert_eq!(quoted(b"caf\xe9"), r#""caf\351""#);
        assert_eq!(quoted("\u{fffd}".as_bytes()), "\u{fffd}");
    }

    #[test]
    fn every_byte_survives_quoting() {
        let all: Vec<u8> = (0..=255).collect();
        let quoted = quote_always(&all);
        assert_eq!(unquote(&quoted), Some((all.into(), quoted.len())));
    }

    #[test]
    fn broken_quotes_are_refused() {
        for bad in [&b"\"abc"[..], b"\"a\\", b"\"a\\q\"", b"\"a\\47\"", b"\"\\400\"", b"abc", b"\"a\nb\""] {
            assert_eq!(unquote(bad), None, "{}", bad.as_bstr());
        }
    }

    #[test]
    fn unsafe_paths_are_refused() {
        for bad in [
            "",
            "/a",
            "a//b",
            "a/",
            "./a",
            "a/../b",
            "..",
            ".git/x",
            "a/.GIT/x",
            ".git ./x",
            "git~1/x",
            "GIT~1",
            "a\\.git\\x",
            ".git:x",
            ".g\u{200c}it/x",
            ".git\u{feff}",
            "a\0b",
        ] {
            assert!(check_path(bad.as_bytes()).is_err(), "{bad:?}");
        }
        for good in ["a", ".gitignore", "a/.github/x", "git~2", "...", "a b", "ä", ".gitx"] {
            assert_eq!(check_path(good.as_bytes()), Ok(()), "{good:?}");
        }
    }
}
