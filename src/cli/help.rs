//! `pq --help`: the commands in groups, and what is said about a command line that is wrong.

use std::fmt::Write;

use super::Exit;
use crate::ui::{Color, Format, Ui, Volume};

/// The groups of commands, in the order of the help. Every command is in exactly one; a group without commands is not shown.
pub const GROUPS: &[(&str, &[&str])] = &[
    ("Start", &["init", "demo"]),
    ("Look", &["status", "series", "show", "why", "diff", "files", "find", "annotate", "graph", "log"]),
    ("Upstream", &["forecast", "audit", "pick", "try", "carry"]),
    ("Carry", &["rebase", "resolve", "resolutions", "undo", "redo"]),
    (
        "Edit, as in quilt",
        &[
            "new",
            "push",
            "pop",
            "goto",
            "edit",
            "top",
            "next",
            "prev",
            "applied",
            "unapplied",
            "absorb",
            "fold",
            "squash",
            "split",
            "header",
            "move",
            "rename",
            "drop",
        ],
    ),
    ("Exchange", &["import", "export", "publish"]),
    ("CI", &["refresh", "verify"]),
    ("House", &["completions", "man", "merge-driver", "fsck"]),
];

/// The template of the help of `pq` itself.
pub fn template(command: &clap::Command) -> String {
    format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{}{header}Options:{header:#}\n{{options}}\n\n{}",
        groups(command),
        "`pq help COMMAND` says more about one command.",
        header = command.get_styles().get_header(),
    )
}

fn groups(command: &clap::Command) -> String {
    let width = command.get_subcommands().map(|sub| sub.get_name().len()).max().unwrap_or(0);
    let (header, literal) = (command.get_styles().get_header(), command.get_styles().get_literal());
    let mut text = String::new();
    for (title, names) in GROUPS.iter().filter(|(_, names)| !names.is_empty()) {
        writeln!(text, "{header}{title}:{header:#}").expect("a String takes everything");
        for sub in names.iter().filter_map(|name| command.find_subcommand(name)) {
            let (name, about) = (sub.get_name(), sub.get_about().map(ToString::to_string).unwrap_or_default());
            writeln!(text, "  {literal}{name:width$}{literal:#}  {about}").expect("a String takes everything");
        }
        text.push('\n');
    }
    text
}

/// Says what clap has to say: help and version are data, mistakes are not.
pub fn say(error: &clap::Error, color: Color) -> Exit {
    let ui = Ui::new(Format::Text, Volume::Normal, color);
    let styled = error.render();
    if error.use_stderr() {
        ui.usage(&styled.to_string());
        return Exit::Usage;
    }
    let text = if ui.stdout.color { styled.ansi().to_string() } else { styled.to_string() };
    match ui.write(text.as_bytes()).map_err(crate::Error::from) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            ui.error(&error);
            error.kind().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    #[test]
    fn every_command_is_in_exactly_one_group_and_says_what_it_does() {
        let command = args::command();
        let mut listed: Vec<_> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        listed.sort_unstable();
        let is_shown = |sub: &&clap::Command| !sub.is_hide_set() && sub.get_name() != "help";
        let mut existing: Vec<_> = command.get_subcommands().filter(is_shown).collect();
        existing.sort_unstable_by_key(|sub| sub.get_name());
        assert_eq!(listed, existing.iter().map(|sub| sub.get_name()).collect::<Vec<_>>());
        for sub in existing {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            assert!((10..=80).contains(&about.len()), "{}: {about:?}", sub.get_name());
        }
    }
}
