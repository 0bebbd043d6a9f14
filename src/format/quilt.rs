//! The `series` file of quilt(1), and what StGit, guilt and Mercurial's queues write into theirs.
//!
//! A line is a patch, options for patch(1), and a comment: `sub/name.patch -p0 -R  # why`. quilt takes `#` for a comment in the first column
//! and behind a blank; where it reads a line otherwise than everybody else, that is said ([`Remark`]). Guards, by which guilt, Mercurial
//! (`name #+guard #-guard`) and SUSE (`+guard name`) choose patches, decide only if somebody says which are on.

use bstr::{BStr, BString, ByteSlice};

use super::quote::display;
use crate::error::{Hint, Kind};

/// Headers of patches.
pub mod header;

/// A patch of a series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file, relative to the directory of the patches, as it stands there.
    pub name: BString,
    /// How many leading parts of its paths patch(1) takes away: `-p1` by default.
    pub strip: u32,
    /// Whether it is applied in reverse: `-R`.
    pub reverse: bool,
    /// The line of the series, from 1.
    pub line: usize,
}

/// A series as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Series {
    /// The patches, in order.
    pub entries: Vec<Entry>,
    /// Those that their guards keep out.
    pub guarded: Vec<Entry>,
    /// Lines that quilt reads in another way.
    pub remarks: Vec<Remark>,
}

/// A line that quilt reads in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The line, from 1.
    pub line: usize,
    /// What is different.
    pub what: String,
}

/// A line of a series that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct SeriesError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub why: BadLine,
}

/// What can be wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadLine {
    /// The patch stands there twice.
    #[error("{name} stands in line {first} already")]
    Twice {
        /// The patch.
        name: String,
        /// The line of the first one.
        first: usize,
    },
    /// An option that is not understood.
    #[error("{option} behind {name} is no option that an import knows")]
    Option {
        /// The option.
        option: String,
        /// The patch.
        name: String,
    },
    /// A guard, and nobody says which guards are on.
    #[error("{name} has the guard {guard}, and nobody says which guards are on")]
    Guard {
        /// The guard.
        guard: String,
        /// The patch.
        name: String,
    },
    /// A guard without a patch.
    #[error("a guard without a patch")]
    NoName,
}

impl Hint for SeriesError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match &self.why {
            BadLine::Twice { .. } => "delete one of the two lines: quilt would stop at the second".to_owned(),
            BadLine::Option { .. } => {
                "`-pN`, `-pab` and `-R` are known: bring the patch into that form with `quilt refresh`".to_owned()
            }
            BadLine::Guard { guard, .. } => format!(
                "say which are on: `--guards {}`, or `--guards ''` for none",
                guard.trim_start_matches(['+', '-', '!'])
            ),
            BadLine::NoName => "write the patch behind its guards, or delete the line".to_owned(),
        })
    }
}

/// Reads a series. `guards` are those that are on; `None`: a guard is an error.
///
/// # Errors
/// The first line that cannot be followed.
pub fn parse_series(text: &[u8], guards: Option<&[String]>) -> Result<Series, SeriesError> {
    let mut series = Series::default();
    for (at, raw) in text.lines().enumerate() {
        let line = at + 1;
        let bad = |why| SeriesError { line, why };
        let Some(found) = Line::read(raw, line, &mut series.remarks).map_err(bad)? else { continue };
        let is_on = found.is_on(guards).map_err(bad)?;
        let known = series.entries.iter().chain(&series.guarded).find(|entry| entry.name == found.entry.name);
        if let Some(first) = known.map(|entry| entry.line) {
            return Err(bad(BadLine::Twice { name: show(&found.entry.name), first }));
        }
        if is_on { series.entries.push(found.entry) } else { series.guarded.push(found.entry) }
    }
    Ok(series)
}

/// A series of these files, as quilt writes it.
pub fn render_series<'a>(names: impl IntoIterator<Item = &'a BStr>) -> BString {
    names.into_iter().flat_map(|name| [name.as_bytes(), b"\n"].concat()).collect::<Vec<u8>>().into()
}

/// The name of a patch without the suffixes that say what the file is.
pub fn stem(name: &[u8]) -> &[u8] {
    let strip = |name, suffixes: &[&str]| {
        suffixes.iter().find_map(|suffix| <[u8]>::strip_suffix(name, suffix.as_bytes())).unwrap_or(name)
    };
    strip(strip(name, &[".gz", ".bz2", ".xz", ".lzma", ".lz", ".zst"]), &[".patch", ".diff", ".dif"])
}

/// A line of a series that names a patch.
struct Line<'a> {
    entry: Entry,
    /// SUSE's, in front of the name: the last one that fits decides.
    before: Vec<&'a [u8]>,
    /// guilt's and Mercurial's, in the comment.
    behind: Vec<&'a [u8]>,
}

impl<'a> Line<'a> {
    fn read(raw: &'a [u8], line: usize, remarks: &mut Vec<Remark>) -> Result<Option<Line<'a>>, BadLine> {
        let text = raw.trim_end();
        if raw.starts_with(b"#") || text.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut remark = |what: &str| remarks.push(Remark { line, what: what.to_owned() });
        if text.trim_start().starts_with(b"#") {
            remark("an indented comment, which quilt takes for a patch named #");
            return Ok(None);
        }
        if raw != text && raw.ends_with(b"\r") {
            remark("a carriage return at its end, which quilt takes for a part of the line");
        }
        let (words, comment) = divide(text);
        let is_guard = |word: &&&[u8]| word.starts_with(b"+") || word.starts_with(b"-");
        let before: Vec<&[u8]> = words.iter().take_while(is_guard).copied().collect();
        if words.contains(&&b"-pab"[..]) {
            remark("-pab, which is for quilt's diffs: quilt push stops there; read as -p1");
        }
        let (name, options) = words[before.len()..].split_first().ok_or(BadLine::NoName)?;
        let mut entry = Entry { name: (*name).into(), strip: 1, reverse: false, line };
        read_options(&mut entry, options)?;
        Ok(Some(Line { entry, before, behind: comment_guards(comment) }))
    }

    /// Whether the guards let the patch in.
    fn is_on(&self, guards: Option<&[String]>) -> Result<bool, BadLine> {
        let Some(first) = self.before.first().or(self.behind.first()) else { return Ok(true) };
        let Some(on) = guards else {
            return Err(BadLine::Guard { guard: display(first.as_bstr()), name: show(&self.entry.name) });
        };
        let is_set = |guard: &[u8]| on.iter().any(|on| on.as_bytes() == guard);
        let (negative, positive): (Vec<&[u8]>, Vec<&[u8]>) = self.behind.iter().partition(|guard| guard[0] == b'-');
        let mut is_on = !negative.iter().any(|guard| is_set(&guard[1..]))
            && (positive.is_empty() || positive.iter().any(|guard| is_set(&guard[1..])));
        for guard in &self.before {
            match guard {
                [b'-'] => is_on = false,
                [sign, b'!', name @ ..] if !is_set(name) => is_on = *sign == b'+',
                [sign, name @ ..] if is_set(name) => is_on = *sign == b'+',
                _ => {}
            }
        }
        Ok(is_on)
    }
}

/// The words in front of the comment, and the comment.
fn divide(text: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let is_comment = |at: &usize| at.checked_sub(1).is_none_or(|before| text[before].is_ascii_whitespace());
    let at = memchr::memchr_iter(b'#', text).find(is_comment).unwrap_or(text.len());
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r');
    (text[..at].split(blank).filter(|word| !word.is_empty()).collect(), &text[at..])
}

/// `#+guard #-guard`
fn comment_guards(comment: &[u8]) -> Vec<&[u8]> {
    let words = comment.split(|byte| byte.is_ascii_whitespace());
    let guards = words.filter_map(|word| word.strip_prefix(b"#")).filter(|guard| match guard {
        [b'+' | b'-', first, rest @ ..] => !b"+-#".contains(first) && !rest.contains(&b'#'),
        _ => false,
    });
    guards.collect()
}

fn read_options(entry: &mut Entry, options: &[&[u8]]) -> Result<(), BadLine> {
    let mut options = options.iter();
    while let Some(option) = options.next() {
        let unknown = || BadLine::Option { option: show(option), name: show(&entry.name) };
        let depth = match option.strip_prefix(b"-p").or_else(|| option.strip_prefix(b"--strip=")) {
            Some(b"") => Some(*options.next().ok_or_else(unknown)?),
            depth => depth,
        };
        match depth {
            Some(b"ab") => entry.strip = 1,
            Some(digits) => entry.strip = digits.to_str().ok().and_then(|n| n.parse().ok()).ok_or_else(unknown)?,
            None if [&b"-R"[..], b"--reverse"].contains(option) => entry.reverse = true,
            None => return Err(unknown()),
        }
    }
    Ok(())
}

fn show(name: &[u8]) -> String {
    display(name.as_bstr())
}

#[cfg(test)]
mod tests;
