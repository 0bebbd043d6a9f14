//! From the text of a `pq.toml` to blocks of lines, and back.

use toml_edit::{Document, Item, Table};

use super::list::List;
use super::write::{Field, Keyed};

/// A header and the keys under it; the first one has no header.
#[derive(Debug, Clone, Default)]
pub(super) struct Block {
    pub(super) path: Vec<String>,
    /// Comments and blank lines above the header.
    pub(super) lead: String,
    /// The header with the rest of its line.
    pub(super) header: String,
    pub(super) entries: Vec<Entry>,
    /// Comments right below the last key.
    pub(super) trail: String,
}

/// A key and its value, with the lines that they take.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// Comments and blank lines above.
    pub(super) lead: String,
    /// The key under its header; more than one part if it is dotted.
    pub(super) path: Vec<String>,
    /// The line up to the value.
    pub(super) start: String,
    pub(super) value: Written,
    /// The rest of the line behind the value.
    pub(super) rest: String,
}

/// A value as it is written.
#[derive(Debug, Clone)]
pub(super) enum Written {
    Text(String),
    /// The series, which is edited by line.
    Series(List),
}

/// A header or a key with its value, by where they stand in the text.
struct Expression {
    path: Vec<String>,
    /// Where its first line starts.
    start: usize,
    /// The start and end of the value; of the header if it is one.
    value: (usize, usize),
    is_header: bool,
}

/// The blocks of a text that is valid TOML, and the lines behind the last of them.
pub(super) fn parse(text: &str, newline: &'static str) -> (Vec<Block>, String) {
    let toml = Document::parse(text).expect("the text was parsed before");
    let mut expressions = Vec::new();
    collect(text, toml.as_table(), &mut Vec::new(), &mut expressions);
    expressions.sort_by_key(|expression| expression.start);
    let mut blocks = vec![Block::default()];
    let mut end = 0;
    for expression in expressions {
        let lead = &text[end..expression.start];
        end = line_end(text, expression.value.1);
        let lines = &text[expression.start..end];
        let block = blocks.last_mut().expect("there is always the block without a header");
        if expression.is_header {
            let (trail, lead) = split_trail(lead);
            block.trail = trail.to_owned();
            let (path, lead, header) = (expression.path, lead.to_owned(), lines.to_owned());
            blocks.push(Block { path, lead, header, ..Block::default() });
        } else {
            block.entries.push(Entry::new(text, &expression, block.path.len(), lead, end, newline));
        }
    }
    (blocks, text[end..].to_owned())
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// All headers and keys below a table.
fn collect(text: &str, table: &Table, path: &mut Vec<String>, found: &mut Vec<Expression>) {
    for (key, item) in table {
        path.push(key.to_owned());
        match item {
            Item::Value(value) => {
                let key = table.key(key).and_then(toml_edit::Key::span).expect("a parsed key has a place");
                let value = value.span().expect("a parsed value has a place");
                let (start, value) = (line_start(text, key.start), (value.start, value.end));
                found.push(Expression { path: path.clone(), start, value, is_header: false });
            }
            Item::Table(inner) => collect_table(text, inner, path, found),
            Item::ArrayOfTables(tables) => tables.iter().for_each(|inner| collect_table(text, inner, path, found)),
            Item::None => {}
        }
        path.pop();
    }
}

fn collect_table(text: &str, table: &Table, path: &mut Vec<String>, found: &mut Vec<Expression>) {
    let has_header = !table.is_dotted() && !table.is_implicit();
    if let Some(at) = table.span().filter(|_| has_header) {
        let start = line_start(text, at.start);
        found.push(Expression { path: path.clone(), start, value: (at.start, at.end), is_header: true });
    }
    collect(text, table, path, found);
}

/// The lines between two headers in two: comments that stand directly below the last key belong to it if a blank line
/// follows them.
fn split_trail(lead: &str) -> (&str, &str) {
    let mut end = 0;
    for line in lead.split_inclusive('\n') {
        if line.trim().is_empty() {
            return lead.split_at(end);
        }
        end += line.len();
    }
    ("", lead)
}

impl Entry {
    fn new(text: &str, expression: &Expression, depth: usize, lead: &str, end: usize, newline: &'static str) -> Entry {
        let (from, to) = expression.value;
        let value = &text[from..to];
        let is_series = expression.path == ["line", "series"];
        Entry {
            lead: lead.to_owned(),
            path: expression.path[depth..].to_vec(),
            start: text[expression.start..from].to_owned(),
            value: if is_series {
                Written::Series(List::parse(value, newline))
            } else {
                Written::Text(value.to_owned())
            },
            rest: text[to..end].to_owned(),
        }
    }

    /// Gives the key another value. Comments inside a list stay with their entries.
    pub(super) fn set(&mut self, field: &Field<'_>, newline: &'static str) {
        let written = match (self.list(newline), field) {
            (Some(mut list), Field::List(texts)) => {
                list.set(texts);
                let mut text = String::new();
                list.render(&mut text);
                text
            }
            _ => field.to_toml().replace('\n', newline),
        };
        self.value = Written::Text(written);
    }

    /// The value as lines, if it is a list that has lines.
    fn list(&self, newline: &'static str) -> Option<List> {
        match &self.value {
            Written::Text(text) if text.starts_with('[') && text.contains('\n') => Some(List::parse(text, newline)),
            _ => None,
        }
    }

    fn render(&self, into: &mut String) {
        into.push_str(&self.lead);
        into.push_str(&self.start);
        match &self.value {
            Written::Text(text) => into.push_str(text),
            Written::Series(list) => list.render(into),
        }
        into.push_str(&self.rest);
    }
}

impl Block {
    /// A block with a header and nothing below it.
    pub(super) fn with_header(path: &[&str], newline: &str) -> Block {
        let path = path.iter().map(|part| (*part).to_owned()).collect();
        let mut block = Block { path, lead: newline.to_owned(), ..Block::default() };
        block.header = format!("{}{newline}", block.header_text());
        block
    }

    /// One of a list of tables, with nothing below it.
    pub(super) fn in_list(name: &str, newline: &str) -> Block {
        let header = format!("[[{name}]]{newline}");
        Block { path: vec![name.to_owned()], lead: newline.to_owned(), header, ..Block::default() }
    }

    /// The header of the path.
    pub(super) fn header_text(&self) -> String {
        let parts: Vec<_> = self.path.iter().map(|part| super::write::key(part)).collect();
        format!("[{}]", parts.join("."))
    }

    /// Whether the block has this path.
    pub(super) fn is(&self, path: &[&str]) -> bool {
        self.path == path
    }

    /// Adds, changes and removes keys: each as it was, and as it is to be. All are listed, in the order in which new
    /// ones are written.
    pub(super) fn set(&mut self, fields: &[(Keyed<'_>, Keyed<'_>)], newline: &'static str) {
        for (nth, ((key, was), (_, now))) in fields.iter().enumerate() {
            match (self.position(key), now) {
                (Some(at), Some(now)) if was.as_ref() != Some(now) => self.entries[at].set(now, newline),
                (Some(at), None) if was.is_some() => self.remove(at, newline),
                (None, Some(now)) => {
                    let earlier = |entry: &Entry| fields[..nth].iter().any(|((key, _), _)| entry.path == [*key]);
                    let at = self.entries.iter().rposition(earlier).map_or(0, |at| at + 1);
                    self.entries.insert(at, new_entry(key, now, newline));
                }
                _ => {}
            }
        }
    }

    /// Removes a key. The lines above it stay, and so do the comments that have lines of their own inside its list.
    pub(super) fn remove(&mut self, at: usize, newline: &'static str) {
        let entry = self.entries.remove(at);
        let below = self.entries.get_mut(at).map_or(&mut self.trail, |next| &mut next.lead);
        if let Some(list) = entry.list(newline) {
            below.insert_str(0, &list.comments());
        }
        below.insert_str(0, &entry.lead);
    }

    fn position(&self, key: &str) -> Option<usize> {
        self.entries.iter().position(|entry| entry.path == [key])
    }

    /// The lines of the block.
    pub(super) fn render(&self, into: &mut String) {
        into.push_str(&self.lead);
        into.push_str(&self.header);
        self.entries.iter().for_each(|entry| entry.render(into));
        into.push_str(&self.trail);
    }
}

fn new_entry(key: &str, value: &Field<'_>, newline: &'static str) -> Entry {
    let value = Written::Text(value.to_toml().replace('\n', newline));
    let start = format!("{key} = ");
    Entry { lead: String::new(), path: vec![key.to_owned()], start, value, rest: newline.to_owned() }
}
