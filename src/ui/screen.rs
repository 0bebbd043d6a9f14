//! Where a report writes what people read.

use bstr::ByteSlice;

use super::escape::escape_lines;
use super::table::{Table, Tree};
use super::text::{Show, Text, dim, heading, name, shell, text};
use super::theme::{Look, Tone};

/// Collects a report as text. All text comes in as [`Text`], which is escaped, or is escaped here; there is no way to write raw bytes but
/// [`Screen::patch`], and that one only where no terminal reads them.
#[derive(Debug)]
pub struct Screen {
    look: Look,
    is_verbose: bool,
    out: Vec<u8>,
}

impl Screen {
    /// An empty one.
    pub fn new(look: Look, is_verbose: bool) -> Screen {
        Screen { look, is_verbose, out: Vec::new() }
    }

    /// Whether `-v` was given: details that most people do not need.
    pub fn is_verbose(&self) -> bool {
        self.is_verbose
    }

    /// One line, cut to the width of the terminal if there is one.
    pub fn line(&mut self, text: impl Into<Text>) {
        let text = text.into();
        let fitting = match self.look.width {
            Some(width) => text.cut(width),
            None => std::borrow::Cow::Borrowed(&text),
        };
        self.write_line(&fitting);
    }

    /// One line, whole however long it is: the terminal wraps it. For what people copy or must not miss.
    pub fn sentence(&mut self, text: impl Into<Text>) {
        self.write_line(&text.into());
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.out.push(b'\n');
    }

    /// The title of what follows, after an empty line unless it is the first.
    pub fn heading(&mut self, title: impl Show) {
        if !self.out.is_empty() {
            self.blank();
        }
        self.line(heading(title));
    }

    /// A table.
    pub fn table(&mut self, table: &Table) {
        table.lines().into_iter().for_each(|line| self.line(line));
    }

    /// A tree.
    pub fn tree(&mut self, tree: &Tree) {
        tree.lines().into_iter().for_each(|line| self.line(line));
    }

    /// Text of many lines from anywhere, such as a commit message, each line behind `indent`.
    pub fn block(&mut self, indent: &str, bytes: &[u8]) {
        for line in bytes.lines() {
            self.out.extend(indent.as_bytes());
            self.write_escaped(line, Tone::Plain);
            self.out.push(b'\n');
        }
    }

    /// The text of a patch or a diff: on a terminal escaped and coloured, elsewhere byte for byte, so that `git apply` can read it.
    pub fn patch(&mut self, bytes: &[u8]) {
        if self.look.is_exact {
            self.out.extend(bytes);
            return;
        }
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, end) = line.split_at(line.len() - usize::from(line.ends_with(b"\n")));
            self.write_escaped(text, diff_tone(text));
            self.out.extend(end);
        }
    }

    /// What to do next, at the end of a report: the words of a command, which are quoted so that it can be copied, and what it is for.
    pub fn next(&mut self, command: &[&str], what_for: &str) {
        let mut line = text![dim("next: "), name(shell(command))];
        if !what_for.is_empty() {
            line.push(dim(format!("  ({what_for})")));
        }
        self.sentence(line);
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn write_line(&mut self, text: &Text) {
        self.out.extend(text.render(self.look.color).bytes());
        self.out.push(b'\n');
    }

    /// Writes one line's text with its tabs, coloured if there is colour.
    fn write_escaped(&mut self, line: &[u8], tone: Tone) {
        let shown = escape_lines(line).to_string();
        let style = if self.look.color { tone.style() } else { anstyle::Style::new() };
        self.out.extend(format!("{style}{shown}{style:#}").bytes());
    }
}

/// How a line of a diff looks.
fn diff_tone(line: &[u8]) -> Tone {
    let is_header = ["diff --git ", "--- ", "+++ ", "index "].iter().any(|start| line.starts_with(start.as_bytes()));
    match line.first() {
        _ if is_header => Tone::Name,
        Some(b'+') => Tone::Good,
        Some(b'-') => Tone::Bad,
        Some(b'@') => Tone::Id,
        _ => Tone::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::bad;
    use super::*;

    const TERMINAL: Look = Look { color: false, width: Some(10), is_exact: false };

    fn shown(look: Look, write: impl FnOnce(&mut Screen)) -> String {
        let mut screen = Screen::new(look, false);
        write(&mut screen);
        String::from_utf8(screen.into_bytes()).unwrap()
    }

    #[test]
    fn lines_are_cut_on_a_terminal_only_and_sentences_never() {
        let write = |screen: &mut Screen| {
            screen.line(text!["0123456789", bad("abc")]);
            screen.sentence("0123456789abc");
        };
        assert_eq!(shown(TERMINAL, write), "012345678…\n0123456789abc\n");
        assert_eq!(shown(Look::PLAIN, write), "0123456789abc\n0123456789abc\n");
    }

    #[test]
    fn headings_and_the_next_command_stand_apart() {
        let write = |screen: &mut Screen| {
            screen.heading("held");
            screen.block("    ", b"fix\x1b[0m\n\n\tit\n");
            screen.heading("more");
            screen.next(&["pq", "resolve", "it's a"], "settles it");
        };
        assert_eq!(
            shown(Look::PLAIN, write),
            "held\n    fix\\x1b[0m\n    \n    \tit\n\nmore\nnext: pq resolve 'it'\\''s a'  (settles it)\n"
        );
    }

    #[test]
    fn a_patch_is_exact_in_a_pipe_and_harmless_on_a_terminal() {
        let patch = b"--- a/x\n+\x1b]0;title\x07\tb\r\n-\xff";
        let mut pipe = Screen::new(Look { color: true, ..Look::PLAIN }, false);
        pipe.patch(patch);
        assert_eq!(pipe.into_bytes(), patch);
        assert_eq!(shown(TERMINAL, |s| s.patch(patch)), "--- a/x\n+\\x1b]0;title\\x07\tb\\r\n-\\xff");
        let colored = shown(Look { color: true, ..TERMINAL }, |s| s.patch(b"+a\n b\n"));
        assert_eq!(colored, "\x1b[32m+a\x1b[0m\n b\n");
    }
}
