//! Styles by meaning. Colour never carries meaning alone: the words say it too.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};

/// What a piece of text is; the theme says how that looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// It went well.
    Good,
    /// Somebody should look at it.
    Warn,
    /// It failed, or waits for a person.
    Bad,
    /// Beside the point.
    Dim,
    /// The name of a patch, a line or a branch.
    Name,
    /// The id of a commit or a tree, or a release.
    Id,
    /// The title of what follows.
    Heading,
}

impl Tone {
    /// How it looks where there is colour.
    pub fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Warn => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Name => Style::new().bold(),
            Tone::Id => AnsiColor::Cyan.on_default(),
            Tone::Heading => Style::new().bold().underline(),
        }
    }
}

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// What the place that text goes to can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// Whether to colour.
    pub color: bool,
    /// The columns of the terminal; `None` if it is none, or does not know: nothing is cut then.
    pub width: Option<usize>,
    /// Whether the text of a patch goes out byte for byte, for `git apply` to read: not on a terminal, nor inside another notation.
    pub is_exact: bool,
}

impl Look {
    /// No colour, no cut: a file, a pipe.
    pub const PLAIN: Look = Look { color: false, width: None, is_exact: true };

    /// What standard output can show.
    pub fn of_stdout(color: Color) -> Look {
        let width = terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0.into());
        Look::new(color, std::io::stdout().is_terminal(), width)
    }

    /// What standard error can show.
    pub fn of_stderr(color: Color) -> Look {
        let width = terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| width.0.into());
        Look::new(color, std::io::stderr().is_terminal(), width)
    }

    fn new(color: Color, is_terminal: bool, width: Option<usize>) -> Look {
        let color = match color {
            Color::Auto => is_terminal,
            Color::Always => true,
            Color::Never => false,
        };
        Look { color, width: width.filter(|_| is_terminal), is_exact: !is_terminal }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_follows_the_terminal_unless_told_otherwise() {
        let has_color = |color, is_terminal| Look::new(color, is_terminal, Some(80)).color;
        assert!(has_color(Color::Auto, true));
        assert!(!has_color(Color::Auto, false));
        assert!(has_color(Color::Always, false));
        assert!(!has_color(Color::Never, true));
    }

    #[test]
    fn only_a_terminal_has_a_width_and_only_other_things_get_exact_bytes() {
        let terminal = Look::new(Color::Auto, true, Some(80));
        assert_eq!((terminal.width, terminal.is_exact), (Some(80), false));
        assert_eq!(Look::new(Color::Always, false, Some(80)), Look { color: true, ..Look::PLAIN });
    }
}
