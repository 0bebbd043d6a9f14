//! The only module that writes to a terminal.
//!
//! A command hands over a [`Report`]; [`Ui::emit`] shows it as text, JSON, Markdown or for GitHub. What a report writes for people goes
//! through [`Screen`], which takes [`Text`] only: everything in it was escaped when it was made, because patches are written by strangers.
//! Data goes to standard output; errors and progress go to standard error.

mod diagnostic;
pub mod escape;
mod github;
mod json;
pub mod markdown;
mod output;
mod progress;
mod report;
mod screen;
mod table;
mod text;
mod theme;

use std::io;

pub use diagnostic::install as install_hooks;
pub use github::{Annotation, Severity};
pub use progress::Progress;
pub use report::{Format, Report, Verdict, Volume};
pub use screen::Screen;
pub use table::{Table, Tree};
pub(crate) use text::text;
pub use text::{Show, Span, Text, bad, dim, good, heading, id, name, plural, shell, toned, warn};
pub use theme::{Color, Look, Tone};

use crate::error::{Hint, Kind};

/// What keeps a report from being shown.
#[derive(Debug, thiserror::Error)]
pub enum OutputError {
    /// Standard output takes nothing.
    #[error("cannot write to standard output")]
    Write(#[source] io::Error),
    /// The report has no JSON form.
    #[error("cannot write a {kind} report as JSON")]
    Serialize {
        /// The kind of the report.
        kind: &'static str,
        /// Why.
        source: serde_json::Error,
    },
}

impl Hint for OutputError {
    fn kind(&self) -> Kind {
        match self {
            OutputError::Write(_) => Kind::Environment,
            OutputError::Serialize { .. } => Kind::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            OutputError::Write(_) => Some("see whether the disk is full, and where the output goes to".to_owned()),
            OutputError::Serialize { .. } => None,
        }
    }
}

/// How to talk to whoever started pq.
#[derive(Debug, Clone, Copy)]
pub struct Ui {
    /// The notation of reports.
    pub format: Format,
    /// How much to say.
    pub volume: Volume,
    /// What standard output can show.
    pub stdout: Look,
    /// What standard error can show.
    pub stderr: Look,
}

impl Ui {
    /// With what the streams can show.
    pub fn new(format: Format, volume: Volume, color: Color) -> Ui {
        Ui { format, volume, stdout: Look::of_stdout(color), stderr: Look::of_stderr(color) }
    }

    /// Whether somebody sees a line of progress: standard error is a terminal.
    pub fn can_draw(&self) -> bool {
        !self.stderr.is_exact
    }

    /// Shows a report and returns its verdict.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn emit<R: Report>(&self, report: &R) -> Result<Verdict, OutputError> {
        let bytes = report::render(report, self.format, self.stdout, self.volume)
            .map_err(|source| OutputError::Serialize { kind: R::KIND, source })?;
        self.write(&bytes)?;
        Ok(report.verdict())
    }

    /// Writes our own text, such as a completion script, to standard output as it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, bytes: &[u8]) -> Result<(), OutputError> {
        output::data(bytes).map_err(OutputError::Write)
    }

    /// Says what went wrong on standard error; under `--format github` also as an annotation.
    pub fn error(&self, error: &crate::error::Error) {
        let text = diagnostic::render(error, self.stderr.color);
        if self.format != Format::Github {
            output::error(text.as_bytes());
        } else {
            output::error(&github::disarm(text.as_bytes()));
            let annotation = Annotation::new(Severity::Error, "pq", error.to_string());
            // The error has been said already; a second one about saying it helps nobody.
            output::data((annotation.command() + "\n").as_bytes()).ok();
        }
    }

    /// Says what is wrong with the command line, on standard error.
    pub fn usage(&self, text: &str) {
        output::error(escape::escape_lines(text.as_bytes()).to_string().as_bytes());
    }
}
