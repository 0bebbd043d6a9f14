//! Text with meanings: spans that were escaped when they were made, so that nothing raw can reach a screen.

use std::borrow::Cow;

use bstr::{BStr, BString};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::escape;
use super::theme::Tone;
use crate::model::{Oid, PatchName};

/// A piece of text with one tone: one line, escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    shown: String,
    tone: Tone,
}

/// A line of text: spans one after the other. Made by the macro `text!`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    spans: Vec<Span>,
}

/// What can be part of a line. Every implementation escapes: bytes and strings from anywhere are safe to give.
pub trait Show {
    /// The text, escaped.
    fn show(&self) -> Span;
}

/// Makes a [`Text`] from anything that implements [`Show`](super::Show): `text!["carried ", name(&patch), " to ", id(&release)]`.
macro_rules! text {
    ($($part:expr),* $(,)?) => { $crate::ui::Text::new(vec![$($crate::ui::Show::show(&$part)),*]) };
}
pub(crate) use text;

impl Span {
    /// A span of the bytes, escaped.
    pub fn new(bytes: &[u8], tone: Tone) -> Span {
        Span { shown: escape(bytes).to_string(), tone }
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.shown.width()
    }

    fn write(&self, out: &mut String, color: bool) {
        let style = self.tone.style();
        if color && !style.is_plain() && !self.shown.is_empty() {
            out.push_str(&format!("{style}{}{style:#}", self.shown));
        } else {
            out.push_str(&self.shown);
        }
    }

    /// As much of its front as fits into `columns`.
    fn cut(&self, columns: usize) -> Span {
        let mut used = 0;
        let fits = |c: &char| {
            used += c.width().unwrap_or(0);
            used <= columns
        };
        Span { shown: self.shown.chars().take_while(fits).collect(), tone: self.tone }
    }
}

impl Text {
    /// From spans.
    pub fn new(spans: Vec<Span>) -> Text {
        Text { spans }
    }

    /// Adds to the end.
    pub fn push(&mut self, part: impl Show) {
        self.spans.push(part.show());
    }

    /// Adds another text to the end.
    pub fn append(&mut self, other: Text) {
        self.spans.extend(other.spans);
    }

    /// With another text behind it.
    #[must_use]
    pub fn with(mut self, other: Text) -> Text {
        self.append(other);
        self
    }

    /// Puts `separator` between texts.
    pub fn join(texts: impl IntoIterator<Item = Text>, separator: &str) -> Text {
        let mut joined = Text::default();
        for (at, text) in texts.into_iter().enumerate() {
            if at > 0 {
                joined.push(separator);
            }
            joined.append(text);
        }
        joined
    }

    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(Span::width).sum()
    }

    /// The line, with colours or without.
    pub fn render(&self, color: bool) -> String {
        let mut out = String::new();
        self.spans.iter().for_each(|span| span.write(&mut out, color));
        out
    }

    /// The text itself if it fits into `columns`, or its front and an ellipsis.
    pub fn cut(&self, columns: usize) -> Cow<'_, Text> {
        if self.width() <= columns {
            return Cow::Borrowed(self);
        }
        let mut left = columns.saturating_sub(1);
        let mut short = Text::default();
        for span in &self.spans {
            let part = span.cut(left);
            left -= part.width().min(left);
            let is_whole = part.width() == span.width();
            short.spans.push(part);
            if !is_whole {
                break;
            }
        }
        short.push("…");
        Cow::Owned(short)
    }
}

impl<T: Show> From<T> for Text {
    fn from(part: T) -> Text {
        Text::new(vec![part.show()])
    }
}

/// It went well.
pub fn good(text: impl Show) -> Span {
    toned(text, Tone::Good)
}

/// Somebody should look at it.
pub fn warn(text: impl Show) -> Span {
    toned(text, Tone::Warn)
}

/// It failed, or waits for a person.
pub fn bad(text: impl Show) -> Span {
    toned(text, Tone::Bad)
}

/// Beside the point.
pub fn dim(text: impl Show) -> Span {
    toned(text, Tone::Dim)
}

/// The name of a patch, a line or a branch.
pub fn name(text: impl Show) -> Span {
    toned(text, Tone::Name)
}

/// The id of a commit or a tree, or a release.
pub fn id(text: impl Show) -> Span {
    toned(text, Tone::Id)
}

/// The title of what follows.
pub fn heading(text: impl Show) -> Span {
    toned(text, Tone::Heading)
}

/// With any tone.
pub fn toned(text: impl Show, tone: Tone) -> Span {
    Span { tone, ..text.show() }
}

/// A number with its noun: `plural(1, "patch", "patches")` is "1 patch".
pub fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A command line of these words for a POSIX shell, with quotes where they are needed.
pub fn shell(words: &[&str]) -> String {
    words.iter().map(|word| shell_word(word)).collect::<Vec<_>>().join(" ")
}

fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:@%+,=".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

impl<T: Show + ?Sized> Show for &T {
    fn show(&self) -> Span {
        (**self).show()
    }
}

impl Show for Span {
    fn show(&self) -> Span {
        self.clone()
    }
}

impl Show for [u8] {
    fn show(&self) -> Span {
        Span::new(self, Tone::Plain)
    }
}

impl Show for str {
    fn show(&self) -> Span {
        self.as_bytes().show()
    }
}

impl Show for String {
    fn show(&self) -> Span {
        self.as_bytes().show()
    }
}

impl Show for BStr {
    fn show(&self) -> Span {
        let bytes: &[u8] = self;
        bytes.show()
    }
}

impl Show for BString {
    fn show(&self) -> Span {
        self.as_slice().show()
    }
}

impl Show for PatchName {
    fn show(&self) -> Span {
        self.as_str().show()
    }
}

/// The first twelve digits.
impl Show for Oid {
    fn show(&self) -> Span {
        self.short().show()
    }
}

impl Show for std::path::Path {
    fn show(&self) -> Span {
        self.as_os_str().as_encoded_bytes().show()
    }
}

impl Show for std::path::PathBuf {
    fn show(&self) -> Span {
        self.as_path().show()
    }
}

impl Show for usize {
    fn show(&self) -> Span {
        self.to_string().show()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_raw_gets_into_a_text() {
        let hostile = "x\x1b[31m\u{202e}\n";
        let text = text!["a ", name(hostile), BString::from("\r"), &b"\xff"[..], std::path::Path::new("\x07")];
        assert_eq!(text.render(false), "a x\\x1b[31m\\u{202e}\\n\\r\\xff\\x07");
    }

    #[test]
    fn colour_is_around_a_span_and_ends_with_it() {
        assert_eq!(text!["a", good("b"), "c"].render(true), "a\u{1b}[32mb\u{1b}[0mc");
        assert_eq!(text!["a", good("b"), "c"].render(false), "abc");
    }

    #[test]
    fn widths_count_columns_not_bytes() {
        assert_eq!(text!["統一", "é"].width(), 5);
        assert_eq!(text![good("統一")].render(true).len(), 6 + 9);
    }

    #[test]
    fn a_cut_text_ends_in_an_ellipsis_and_fits() {
        let text = text!["abc", bad("統一"), "d"];
        assert_eq!(text.cut(8).render(false), "abc統一d");
        assert_eq!(text.cut(7).render(false), "abc統…");
        assert_eq!(text.cut(4).render(false), "abc…");
        assert_eq!(text.cut(1).render(false), "…");
    }

    #[test]
    fn commands_are_quoted_where_a_shell_would_read_more_into_them() {
        assert_eq!(shell(&["pq", "show", "a/b:c.1"]), "pq show a/b:c.1");
        assert_eq!(shell(&["x", "", "a b", "$(y)", "it's", "~"]), r"x '' 'a b' '$(y)' 'it'\''s' '~'");
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        let patches = |n| plural(n, "patch", "patches");
        assert_eq!([patches(0), patches(1), patches(2)], ["0 patches", "1 patch", "2 patches"]);
    }
}
