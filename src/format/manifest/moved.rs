//! `[[moved]]`: where upstream moved files and directories.

use toml_edit::Item;

use super::check::owned;
use super::error::{Problems, shown};
use super::keys;
use super::read::{Section, Text};
use crate::format::quote::check_path;
use crate::model::MovedPath;

/// An entry, and where its paths stand in the file.
struct Stated<'a> {
    from: Text<'a>,
    to: Vec<Text<'a>>,
}

/// Reads all of them. Each alone must name paths; together they must not contradict each other.
pub(super) fn read_moved(root: &Section<'_>, problems: &mut Problems<'_>) -> Vec<MovedPath> {
    let mut seen: Vec<Stated<'_>> = Vec::new();
    let mut moved = Vec::new();
    for section in root.sections("moved", problems) {
        section.check_keys(keys::MOVED, problems);
        let why = owned(section.text("why", problems));
        let from = section.required("from", problems).filter(|text| is_path(text, problems));
        let to = read_to(&section, problems);
        let (Some(from), Some(to)) = (from, to) else { continue };
        if is_news(&seen, &from, &to, problems) {
            let texts = to.iter().map(|text| text.value.to_owned()).collect();
            moved.push(MovedPath { from: from.value.to_owned(), to: texts, why });
            seen.push(Stated { from, to });
        }
    }
    moved
}

/// One path, or a list of several.
fn read_to<'a>(section: &Section<'a>, problems: &mut Problems<'_>) -> Option<Vec<Text<'a>>> {
    let texts = match section.table.get("to") {
        Some(item) if item.is_array() => {
            if item.as_array().is_some_and(toml_edit::Array::is_empty) {
                let at = item.span().unwrap_or_else(|| section.key_place("to", item));
                problems.report(&at, "`to` is empty", "name at least one place: to = [\"charts/main\"]");
                return None;
            }
            let count = item.as_array().map_or(0, toml_edit::Array::len);
            section.list("to", problems).filter(|texts| texts.len() == count)?
        }
        Some(Item::Value(value)) if !value.is_str() => {
            let hint = "write to = \"…\", or to = [\"…\", \"…\"] for a directory that was split";
            problems.report(&value.span().unwrap_or_default(), "`to` must be a text or a list of texts", hint);
            return None;
        }
        _ => vec![section.required("to", problems)?],
    };
    let are_paths = texts.iter().filter(|text| is_path(text, problems)).count() == texts.len();
    are_paths.then_some(texts)
}

fn is_path(text: &Text<'_>, problems: &mut Problems<'_>) -> bool {
    let is_fine = check_path(text.value.as_bytes()).is_ok();
    if !is_fine {
        let message = format!("`{}` is not a path in the repository", shown(text.value));
        let hint =
            "write it from the root of the repository, without `.`, `..` or a `/` at either end: \"install/chart\"";
        problems.report(&text.at, message, hint);
    }
    is_fine
}

/// Whether an entry can stand beside those above it.
fn is_news(seen: &[Stated<'_>], from: &Text<'_>, to: &[Text<'_>], problems: &mut Problems<'_>) -> bool {
    if let Some(first) = seen.iter().find(|other| other.from.value == from.value) {
        let line = problems.line(&first.from.at);
        let message = format!("`{}` is said to have moved in line {line} already", shown(from.value));
        problems.report(&from.at, message, "a directory that was split has one table: to = [\"…\", \"…\"]");
        return false;
    }
    for (at, text) in to.iter().enumerate() {
        let hint = if text.value == from.value {
            "delete it: what stays needs no table"
        } else if to[..at].iter().any(|other| other.value == text.value) {
            "delete one of them"
        } else if leads_to(seen, text.value, from.value) {
            "`from` is upstream's older place, `to` its newer one: delete the table that says it the other way round"
        } else {
            continue;
        };
        let message = match text.value == from.value {
            true => format!("`{}` moves to where it is", shown(text.value)),
            false if to[..at].iter().any(|other| other.value == text.value) => {
                format!("`{}` stands in `to` twice", shown(text.value))
            }
            false => format!("`{}` moves in a circle", shown(from.value)),
        };
        problems.report(&text.at, message, hint);
        return false;
    }
    true
}

/// Whether the entries lead from one path to another, in any number of moves.
fn leads_to(seen: &[Stated<'_>], start: &str, end: &str) -> bool {
    let mut open = vec![start];
    let mut done = Vec::new();
    while let Some(path) = open.pop() {
        if path == end {
            return true;
        }
        if !done.contains(&path) {
            done.push(path);
            let from_here = seen.iter().filter(|one| one.from.value == path);
            open.extend(from_here.flat_map(|one| &one.to).map(|text| text.value));
        }
    }
    false
}
