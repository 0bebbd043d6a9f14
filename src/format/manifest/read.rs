//! Typed access to parsed TOML that reports every wrong key and type with its place, instead of stopping at the first.

use std::ops::Range;

use toml_edit::{Document, Item, Table, TableLike, Value};

use super::error::{Problems, did_you_mean, shown};

/// A text value, and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Text<'a> {
    pub(super) value: &'a str,
    pub(super) at: Range<usize>,
}

/// A table, what messages call it, and where it starts.
pub(super) struct Section<'a> {
    pub(super) label: String,
    pub(super) table: &'a dyn TableLike,
    pub(super) at: Range<usize>,
}

/// The TOML of a text; reports an unresolved merge and wrong syntax.
pub(super) fn toml<'t>(text: &'t str, problems: &mut Problems<'_>) -> Option<Document<&'t str>> {
    if report_merge_markers(text, problems) {
        return None;
    }
    Document::parse(text).map_err(|error| report_syntax(text, &error, problems)).ok()
}

/// Reports the lines that a merge left, if there are at least two of them; TOML has no lines of its own that start so.
fn report_merge_markers(text: &str, problems: &mut Problems<'_>) -> bool {
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|newline| newline + 1));
    let is_marker = |at: &usize| text[*at..].starts_with("<<<<<<<") || text[*at..].starts_with(">>>>>>>");
    let markers: Vec<usize> = starts.filter(is_marker).collect();
    if markers.len() < 2 {
        return false;
    }
    for at in markers.into_iter().filter(|at| text[*at..].starts_with('<')) {
        let hint = "settle the merge: keep the lines of both sides where they differ, and delete the marker lines";
        problems.report(&(at..at), "the file has an unresolved merge", hint);
    }
    true
}

fn report_syntax(text: &str, error: &toml_edit::TomlError, problems: &mut Problems<'_>) {
    let at = error.span().unwrap_or(0..0);
    let message = error.message();
    let hint = if message.starts_with("duplicate key") {
        Some("a key or table stands once: put the two together, or delete one")
    } else if message.starts_with("missing comma") {
        Some("end every line of a list with a comma")
    } else if message.starts_with("invalid unquoted key") && is_header(text, at.start) {
        Some("quote a name that holds other characters: [patch.\"feature/x\"]")
    } else {
        None
    };
    problems.report_maybe(&at, format!("not valid TOML: {}", shown(message)), hint.map(str::to_owned));
}

fn is_header(text: &str, offset: usize) -> bool {
    let start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    text[start..].trim_start().starts_with('[')
}

impl<'a> Section<'a> {
    /// The whole file.
    pub(super) fn root(table: &'a Table) -> Self {
        Section { label: "the file".to_owned(), table, at: 0..0 }
    }

    /// Reports the keys that are not known, with the one that was probably meant.
    pub(super) fn check_keys(&self, known: &[&str], problems: &mut Problems<'_>) {
        for (key, item) in self.table.iter().filter(|(key, _)| !known.contains(key)) {
            let hint = match did_you_mean(key, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            problems.report(
                &self.key_place(key, item),
                format!("unknown key `{}` in {}", shown(key), self.label),
                hint,
            );
        }
    }

    /// A table inside this one.
    pub(super) fn section(&self, key: &str, label: &str, problems: &mut Problems<'_>) -> Option<Section<'a>> {
        let item = self.table.get(key)?;
        let at = self.key_place(key, item);
        let Some(table) = item.as_table_like() else {
            let hint = format!("write it as a table of its own, under the line {}", shown(label));
            problems.report(&at, wrong_type(key, item, "a table"), hint);
            return None;
        };
        let at = item.as_table().and_then(Table::span).unwrap_or(at);
        Some(Section { label: label.to_owned(), table, at })
    }

    /// The tables of `[[key]]`.
    pub(super) fn sections(&self, key: &str, problems: &mut Problems<'_>) -> Vec<Section<'a>> {
        let Some(item) = self.table.get(key) else {
            return Vec::new();
        };
        let label = format!("[[{key}]]");
        let place = self.key_place(key, item);
        let tables: Option<Vec<Section<'a>>> = match item {
            Item::ArrayOfTables(tables) => {
                let section = |table: &'a Table| Section {
                    label: label.clone(),
                    table,
                    at: table.span().unwrap_or(place.clone()),
                };
                Some(tables.iter().map(section).collect())
            }
            Item::Value(Value::Array(values)) => values
                .iter()
                .map(|value| {
                    let table: &'a dyn TableLike = value.as_inline_table()?;
                    Some(Section { label: label.clone(), table, at: value.span().unwrap_or(place.clone()) })
                })
                .collect(),
            _ => None,
        };
        tables.unwrap_or_else(|| {
            let hint = format!("write a line {label} above each of them");
            problems.report(&place, wrong_type(key, item, "a list of tables"), hint);
            Vec::new()
        })
    }

    /// The text at a key, if there is one.
    pub(super) fn text(&self, key: &str, problems: &mut Problems<'_>) -> Option<Text<'a>> {
        let item = self.table.get(key)?;
        let at = item.span().unwrap_or_else(|| self.key_place(key, item));
        if item.as_str().is_none() {
            problems.report(&at, wrong_type(key, item, "a text"), format!("write {key} = \"…\""));
        }
        item.as_str().map(|value| Text { value, at })
    }

    /// The text at a key that must be there and not empty.
    pub(super) fn required(&self, key: &str, problems: &mut Problems<'_>) -> Option<Text<'a>> {
        if !self.table.contains_key(key) {
            self.report_missing(key, &format!("write {key} = \"…\""), problems);
        }
        let text = self.text(key, problems)?;
        if text.value.trim().is_empty() {
            problems.report(&text.at, format!("`{key}` is empty"), format!("write {key} = \"…\""));
            return None;
        }
        Some(text)
    }

    /// The list of texts at a key, if there is one.
    pub(super) fn list(&self, key: &str, problems: &mut Problems<'_>) -> Option<Vec<Text<'a>>> {
        let item = self.table.get(key)?;
        let Some(array) = item.as_array() else {
            let at = item.span().unwrap_or_else(|| self.key_place(key, item));
            problems.report(&at, wrong_type(key, item, "a list of texts"), format!("write {key} = [\"…\"]"));
            return None;
        };
        let mut texts = Vec::with_capacity(array.len());
        for value in array {
            let at = value.span().unwrap_or_default();
            match value.as_str() {
                Some(value) => texts.push(Text { value, at }),
                None => {
                    let message = format!("`{key}` holds {}, but every entry is a text", article(value.type_name()));
                    problems.report(&at, message, "write it in quotes");
                }
            }
        }
        Some(texts)
    }

    /// Reports that a key is missing.
    pub(super) fn report_missing(&self, key: &str, hint: &str, problems: &mut Problems<'_>) {
        problems.report(&self.at, format!("`{key}` is missing in {}", self.label), hint);
    }

    /// Where a key stands.
    pub(super) fn key_place(&self, key: &str, item: &Item) -> Range<usize> {
        self.table.key(key).and_then(toml_edit::Key::span).or_else(|| item.span()).unwrap_or_else(|| self.at.clone())
    }
}

fn wrong_type(key: &str, item: &Item, wanted: &str) -> String {
    format!("`{}` is {}, but must be {wanted}", shown(key), article(item.type_name()))
}

fn article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}
