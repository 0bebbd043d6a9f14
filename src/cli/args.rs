//! What can be typed: the options of every command. Those of one command are in its file.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::error::ErrorKind;
use clap::{ArgAction, Args, CommandFactory, FromArgMatches, Parser, ValueEnum};

use super::commands::Command;
use super::help;
use crate::ui::{Color, Format, Volume};

/// Keeps a fork's patches as an ordered queue and carries them to every upstream release
#[derive(Debug, Parser)]
#[command(name = "pq", version, propagate_version = false, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Of every command.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// The options of every command, before and after its name. Their ids have a prefix, because clap would silently take an argument of a
/// command with the same id for one of them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The directory of the queue, in place of the pq.toml that is found from here upwards
    #[arg(
        id = "global.queue",
        long = "queue",
        global = true,
        value_name = "DIR",
        env = "PQ_DIR",
        hide_env_values = true
    )]
    pub queue: Option<PathBuf>,

    /// The line to work on, where the queue is a workspace of several
    #[arg(id = "global.line", long = "line", global = true, value_name = "NAME")]
    pub line: Option<String>,

    /// Run as if started in DIR
    #[arg(id = "global.directory", short = 'C', global = true, value_name = "DIR")]
    pub directory: Option<PathBuf>,

    /// The notation of the report; `github` is text with annotations for GitHub Actions
    #[arg(id = "global.format", long = "format", global = true, value_name = "FORMAT", default_value = "text")]
    pub format: Format,

    /// When to colour; `auto` also heeds NO_COLOR and CLICOLOR_FORCE
    #[arg(id = "global.color", long = "color", global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,

    /// No text, only errors and what programs read
    #[arg(id = "global.quiet", short = 'q', long = "quiet", global = true, conflicts_with = "global.verbose")]
    pub quiet: bool,

    /// More details
    #[arg(id = "global.verbose", short = 'v', long = "verbose", global = true, action = ArgAction::SetTrue)]
    pub verbose: bool,

    /// No line of progress on the terminal
    #[arg(id = "global.no_progress", long = "no-progress", global = true)]
    pub no_progress: bool,
}

impl Global {
    /// How much to say.
    pub fn volume(&self) -> Volume {
        match (self.quiet, self.verbose) {
            (true, _) => Volume::Quiet,
            (_, true) => Volume::Verbose,
            _ => Volume::Normal,
        }
    }
}

/// The whole command line as clap knows it, with the help of our own.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let template = help::template(&command);
    command.help_template(template)
}

/// Reads the command line. An error is what clap has to say: about a mistake, or because somebody asked for help or the version.
pub fn parse(argv: &[OsString]) -> Result<Cli, clap::Error> {
    let mut matches = command().try_get_matches_from(argv)?;
    let cli = Cli::from_arg_matches_mut(&mut matches)?;
    if cli.global.format == Format::Dot && !matches!(cli.command, Command::Graph(_)) {
        return Err(
            command().error(ErrorKind::ValueValidation, "`--format dot` is for `pq graph`: nothing else is a graph")
        );
    }
    Ok(cli)
}

/// What `--color` says, whatever else the command line says: it must hold for clap's errors and help too.
pub fn color_in(argv: &[OsString]) -> Color {
    let words = || argv.iter().skip(1).map_while(|word| word.to_str()).take_while(|word| *word != "--");
    let joined = words().filter_map(|word| word.strip_prefix("--color="));
    let apart = words().zip(words().skip(1)).filter(|(option, _)| *option == "--color").map(|(_, value)| value);
    joined.chain(apart).find_map(|value| Color::from_str(value, false).ok()).unwrap_or_default()
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &[Format::Text, Format::Json, Format::Github, Format::Markdown, Format::Dot]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        // Only the help of the one command that takes it speaks of it.
        let is_special = *self == Format::Dot;
        let value = PossibleValue::new(match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Github => "github",
            Format::Markdown => "markdown",
            Format::Dot => "dot",
        });
        Some(value.hide(is_special))
    }
}

impl ValueEnum for Color {
    fn value_variants<'a>() -> &'a [Self] {
        &[Color::Auto, Color::Always, Color::Never]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            Color::Auto => "auto",
            Color::Always => "always",
            Color::Never => "never",
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn argv(line: &str) -> Vec<OsString> {
        line.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn the_declaration_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_and_after_the_command() {
        for line in ["pq --format json -C x -q completions bash", "pq completions bash --format json -C x -q"] {
            let global = parse(&argv(line)).unwrap().global;
            assert_eq!((global.format, global.volume()), (Format::Json, Volume::Quiet));
            assert_eq!(global.directory, Some(PathBuf::from("x")));
        }
    }

    #[test]
    fn the_wish_for_colour_is_known_before_anything_is_parsed() {
        assert_eq!(color_in(&argv("pq --color never bogus")), Color::Never);
        assert_eq!(color_in(&argv("pq bogus --color=always")), Color::Always);
        assert_eq!(color_in(&argv("pq --color purple")), Color::Auto);
        assert_eq!(color_in(&argv("pq x -- --color=never")), Color::Auto);
    }
}
