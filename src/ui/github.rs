//! Workflow commands of GitHub Actions, which make annotations out of lines of a log.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>

use std::fmt::Write;

use bstr::ByteSlice;

/// How an annotation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// `::error`
    Error,
    /// `::warning`
    Warning,
    /// `::notice`
    Notice,
}

/// A remark that GitHub shows beside a run, or beside a line of a file of the checked out repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// How it is shown.
    pub severity: Severity,
    /// The file that it is about, and the line in it, from 1.
    pub place: Option<(String, Option<usize>)>,
    /// A few words.
    pub title: String,
    /// The text.
    pub message: String,
}

impl Annotation {
    /// One without a place.
    pub fn new(severity: Severity, title: impl Into<String>, message: impl Into<String>) -> Annotation {
        Annotation { severity, place: None, title: title.into(), message: message.into() }
    }

    /// About a file, and a line in it if one is given.
    #[must_use]
    pub fn at(mut self, file: impl Into<String>, line: Option<usize>) -> Annotation {
        self.place = Some((file.into(), line));
        self
    }

    /// The workflow command, without a newline.
    pub fn command(&self) -> String {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Notice => "notice",
        };
        let mut command = format!("::{word} title={}", property(&self.title));
        if let Some((file, line)) = &self.place {
            write!(command, ",file={}", property(file)).expect("a String takes everything");
            line.iter().for_each(|line| command.push_str(&format!(",line={line}")));
        }
        format!("{command}::{}", data(&self.message))
    }
}

/// The text of a command: what would end the line, and the sign of escapes itself, are percent-encoded. Other control characters become
/// visible, as everywhere.
fn data(text: &str) -> String {
    let visible = super::escape::escape_lines(text.as_bytes()).to_string();
    visible.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property: also what would end it.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Keeps text from being read as commands: a subject that starts with `::` must not set a variable of somebody's workflow. A command is
/// a line that starts with `::` after blanks, or, in the older form, has `##[` anywhere.
pub fn disarm(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let start = line.len() - line.trim_start().len();
        let is_command = line[start..].starts_with(b"::");
        let line = line.replace("##[", "#\\x23[");
        if is_command {
            out.extend(&line[..start]);
            out.extend(b"\\x3a");
            out.extend(&line[start + 1..]);
        } else {
            out.extend(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_escaped_so_that_nothing_can_end_them() {
        let message = "100%\n::set-output name=x::y\r";
        let annotation = Annotation::new(Severity::Error, "a:b,c\n", message).at("p,q", Some(3));
        assert_eq!(
            annotation.command(),
            "::error title=a%3Ab%2Cc%0A,file=p%2Cq,line=3::100%25%0A::set-output name=x::y\\r"
        );
        assert_eq!(Annotation::new(Severity::Notice, "t", "m").command(), "::notice title=t::m");
    }

    #[test]
    fn text_cannot_be_a_command() {
        let text = b"a ::b\n  ::add-mask::x\n::error::y\nz ##[error]\n";
        assert_eq!(disarm(text).as_bstr(), "a ::b\n  \\x3a:add-mask::x\n\\x3a:error::y\nz #\\x23[error]\n");
    }
}
