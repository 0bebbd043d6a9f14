//! The reference of the command line, as Markdown, from what clap knows.

use std::fmt::Write;

use clap::{Arg, Command};

use super::{args, help};

const HEAD: &str = "\
# The command line

<!-- Generated from the program: PQ_UPDATE_DOCS=1 cargo test reference -->

Exit codes: 0 fine · 1 a check failed, or patches are held · 2 usage or bad input · 3 it could not be done (disk, repository) ·
70 a bug in pq · 130 interrupted.

";

/// `docs/reference/cli.md`: every command with its options.
pub fn reference() -> String {
    let mut command = args::command().term_width(100);
    command.build();
    let mut page = HEAD.to_owned();
    page.push_str("## Options of every command\n\n");
    page.push_str(&list(command.get_arguments().filter(|arg| arg.is_global_set())));
    for (title, names) in help::GROUPS.iter().filter(|(_, names)| !names.is_empty()) {
        write!(page, "\n## {title}\n").expect("a String takes everything");
        names.iter().filter_map(|name| command.find_subcommand(name)).for_each(|sub| page.push_str(&section(sub)));
    }
    page
}

fn section(command: &Command) -> String {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let own = || command.get_arguments().filter(|arg| !arg.is_global_set() && !is_usual(arg));
    let mut text = format!("\n### {name}\n\n{about}\n\n```\n{}\n```\n", usage(command));
    if own().next().is_some() {
        text.push('\n');
        text.push_str(&list(own()));
    }
    let subs = command.get_subcommands().filter(|sub| sub.get_name() != "help" && !sub.is_hide_set());
    subs.fold(text, |text, sub| text + &section(sub))
}

fn usage(command: &Command) -> String {
    let usage = command.clone().render_usage().to_string();
    usage.trim_start_matches("Usage: ").trim().to_owned()
}

/// Options that every program has.
fn is_usual(arg: &Arg) -> bool {
    matches!(arg.get_id().as_str(), "help" | "version") || arg.is_hide_set()
}

fn list<'a>(args: impl Iterator<Item = &'a Arg>) -> String {
    args.map(|arg| format!("- `{}`: {}\n", spelling(arg), meaning(arg))).collect()
}

/// How it is typed: `-q, --quiet`, `--line <NAME>`, `<SHELL>`.
fn spelling(arg: &Arg) -> String {
    let short = arg.get_short().map(|short| format!("-{short}"));
    let long = arg.get_long().map(|long| format!("--{long}"));
    let mut words = vec![short.into_iter().chain(long).collect::<Vec<_>>().join(", ")];
    if arg.get_action().takes_values() {
        let names = arg.get_value_names().unwrap_or_default();
        words.extend(names.iter().map(|name| format!("<{name}>")));
    }
    words.join(" ").trim().to_owned()
}

/// What it does, and what it takes.
fn meaning(arg: &Arg) -> String {
    let help = arg.get_long_help().or(arg.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut parts = vec![help];
    if arg.get_action().takes_values() {
        let values = arg.get_possible_values();
        let values = values.iter().filter(|value| !value.is_hide_set());
        let values = values.map(|value| format!("`{}`", value.get_name())).collect::<Vec<_>>();
        let defaults = arg.get_default_values().iter().map(|value| format!("`{}`", value.to_string_lossy()));
        let defaults = defaults.collect::<Vec<_>>();
        parts.extend((!values.is_empty()).then(|| format!("one of {}", values.join(", "))));
        parts.extend((!defaults.is_empty()).then(|| format!("default {}", defaults.join(", "))));
        parts.extend(arg.get_env().map(|name| format!("environment `{}`", name.to_string_lossy())));
    }
    parts.join("; ")
}
