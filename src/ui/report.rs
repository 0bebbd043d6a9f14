//! What a command hands over to be shown.

use super::github::{self, Annotation};
use super::screen::Screen;
use super::theme::Look;
use super::{json, markdown};

/// The result of a command. Its fields are the JSON contract: only ever add to them.
pub trait Report: serde::Serialize {
    /// The kind of the JSON document and its version: `rebase/1`.
    const KIND: &'static str;

    /// For people. Ends with the next useful command where there is one.
    fn human(&self, screen: &mut Screen);

    /// For comments and job summaries; without it, the text for people in a code block.
    fn markdown(&self) -> Option<String> {
        None
    }

    /// For Graphviz, under `--format dot`: of reports that are graphs.
    fn dot(&self) -> Option<String> {
        None
    }

    /// Remarks for GitHub to show beside the run, under `--format github`.
    fn annotations(&self) -> Vec<Annotation> {
        Vec::new()
    }

    /// Whether the command's process succeeds.
    fn verdict(&self) -> Verdict {
        Verdict::Fine
    }
}

/// Whether all is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Exit code 0.
    Fine,
    /// A check failed, or patches are held: exit code 1.
    Failed,
}

/// The notations of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document.
    Json,
    /// Text, and annotations for GitHub Actions.
    Github,
    /// Markdown.
    Markdown,
    /// Graphviz: for graphs only.
    Dot,
}

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Volume {
    /// No text for people; programs still get their documents.
    Quiet,
    /// What most people need.
    #[default]
    Normal,
    /// Details.
    Verbose,
}

/// The report in a notation.
///
/// # Errors
/// The report does not serialize: a bug.
pub fn render<R: Report>(report: &R, format: Format, look: Look, volume: Volume) -> Result<Vec<u8>, serde_json::Error> {
    let human = |look| {
        let mut screen = Screen::new(look, volume == Volume::Verbose);
        report.human(&mut screen);
        screen.into_bytes()
    };
    let inside = Look { is_exact: false, width: None, ..look };
    Ok(match format {
        Format::Dot => report.dot().unwrap_or_default().into_bytes(),
        Format::Text if volume == Volume::Quiet => Vec::new(),
        Format::Text => human(look),
        Format::Json => json::render(report)?,
        Format::Github if volume == Volume::Quiet => annotations(report),
        Format::Github => [github::disarm(&human(inside)), annotations(report)].concat(),
        Format::Markdown => match report.markdown() {
            Some(text) => text.into_bytes(),
            None => markdown::block(&human(Look { color: false, ..inside })).into_bytes(),
        },
    })
}

fn annotations(report: &impl Report) -> Vec<u8> {
    report.annotations().iter().map(|annotation| annotation.command() + "\n").collect::<String>().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::super::github::Severity;
    use super::super::text::{name, text};
    use super::*;

    #[derive(serde::Serialize)]
    struct Greeting {
        to: String,
        times: usize,
    }

    impl Report for Greeting {
        const KIND: &'static str = "greeting/1";

        fn human(&self, screen: &mut Screen) {
            screen.line(text!["hello ", name(&self.to)]);
            screen.line(&self.to);
            screen.patch(b"+\xff\n");
        }

        fn annotations(&self) -> Vec<Annotation> {
            vec![Annotation::new(Severity::Warning, "greeting", &*self.to)]
        }
    }

    fn shown(to: &str, format: Format, volume: Volume) -> String {
        let greeting = Greeting { to: to.to_owned(), times: 2 };
        let bytes = render(&greeting, format, Look { is_exact: false, ..Look::PLAIN }, volume).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn each_notation_has_its_form() {
        let shown = |format| shown("you", format, Volume::Normal);
        assert_eq!(shown(Format::Text), "hello you\nyou\n+\\xff\n");
        assert_eq!(shown(Format::Json), "{\n  \"kind\": \"greeting/1\",\n  \"to\": \"you\",\n  \"times\": 2\n}\n");
        assert_eq!(shown(Format::Github), "hello you\nyou\n+\\xff\n::warning title=greeting::you\n");
        assert_eq!(shown(Format::Markdown), "```text\nhello you\nyou\n+\\xff\n```\n");
    }

    #[test]
    fn quiet_leaves_what_programs_read() {
        assert_eq!(shown("you", Format::Text, Volume::Quiet), "");
        assert_eq!(shown("you", Format::Github, Volume::Quiet), "::warning title=greeting::you\n");
        assert!(shown("you", Format::Json, Volume::Quiet).contains("greeting/1"));
    }

    #[test]
    fn hostile_text_stays_text_in_every_notation() {
        let hostile = "::error::\x1b[2J\u{9b}31m\u{7f}\u{202e}\u{e0041}\n```\r";
        for format in [Format::Text, Format::Json, Format::Github, Format::Markdown] {
            let shown = shown(hostile, format, Volume::Normal);
            let is_clean = |c: char| c == '\n' || !super::super::escape::is_hidden(c);
            assert!(shown.chars().all(is_clean), "{format:?}: {shown:?}");
        }
        let json: serde_json::Value = serde_json::from_str(&shown(hostile, Format::Json, Volume::Normal)).unwrap();
        assert_eq!(json["to"], hostile, "escapes of JSON change nothing for a program");
        let github = shown(hostile, Format::Github, Volume::Normal);
        assert_eq!(github.lines().filter(|line| line.trim_start().starts_with("::")).count(), 1, "{github}");
    }
}
