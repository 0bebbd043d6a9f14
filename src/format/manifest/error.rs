//! What is wrong in a `pq.toml`, and where.

use std::fmt;
use std::ops::Range;

use crate::error::{Hint, Kind};

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong. Holds no control characters.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

/// A `pq.toml` that cannot be used, with everything that is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ManifestError {
    /// The file, as the caller named it.
    pub file: String,
    /// At least one, in the order of the file.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hints_here = self.problems.len() > 1;
        for (at, problem) in self.problems.iter().enumerate() {
            let break_before = if at == 0 { "" } else { "\n" };
            write!(f, "{break_before}{}:{}:{}: {}", self.file, problem.line, problem.column, problem.message)?;
            if let Some(hint) = problem.hint.as_ref().filter(|_| hints_here) {
                write!(f, " ({hint})")?;
            }
        }
        Ok(())
    }
}

impl Hint for ManifestError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    /// The hint of the only problem. Several problems carry theirs in the message.
    fn hint(&self) -> Option<String> {
        match self.problems.as_slice() {
            [only] => only.hint.clone(),
            _ => None,
        }
    }
}

/// Collects what is wrong in a text, by position.
pub(super) struct Problems<'t> {
    text: &'t str,
    found: Vec<(usize, String, Option<String>)>,
}

impl<'t> Problems<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Problems { text, found: Vec::new() }
    }

    /// The text that is read.
    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// Something wrong at a place of the text, and what to do.
    pub(super) fn report(&mut self, at: &Range<usize>, message: impl Into<String>, hint: impl Into<String>) {
        self.found.push((at.start, message.into(), Some(hint.into())));
    }

    /// Something wrong, with a remedy only if there is one.
    pub(super) fn report_maybe(&mut self, at: &Range<usize>, message: impl Into<String>, hint: Option<String>) {
        self.found.push((at.start, message.into(), hint));
    }

    /// The line of a place, from 1.
    pub(super) fn line(&self, at: &Range<usize>) -> usize {
        place(self.text, at.start).0
    }

    /// Everything found, in the order of the file; nothing if nothing was.
    pub(super) fn into_error(mut self, file: &str) -> Option<ManifestError> {
        self.found.sort_by_key(|(at, ..)| *at);
        let text = self.text;
        let problem = |(at, message, hint)| {
            let (line, column) = place(text, at);
            Problem { line, column, message, hint }
        };
        let problems: Vec<Problem> = self.found.into_iter().map(problem).collect();
        (!problems.is_empty()).then(|| ManifestError { file: file.to_owned(), problems })
    }
}

/// Line and column of a byte offset, both from 1; the column counts characters.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let boundary = (0..=offset.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    let before = &text[..boundary.unwrap_or(0)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    (line, before[line_start..].trim_start_matches('\u{feff}').chars().count() + 1)
}

/// A text of the file, fit for a message: no control or invisible characters, and not too long.
pub(super) fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String = text.chars().take(LONGEST).flat_map(visible).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

fn visible(c: char) -> impl Iterator<Item = char> {
    let escaped = (c.is_control() || is_invisible(c)).then(|| c.escape_default());
    let plain = escaped.is_none().then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

/// Format characters that change how the text around them looks.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The known word that is closest to what was typed, if one is close.
pub(super) fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const CLOSE: f64 = 0.8;
    let scored = known.into_iter().map(|word| (strsim::jaro_winkler(typed, word), word));
    let best = scored.filter(|(score, _)| *score >= CLOSE).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, word)| word)
}
