//! A TOML array as lines: one entry a line, each with its comment, so that an edit touches one line.

use std::ops::Range;

use toml_edit::Document;

use super::write::quoted;

/// An array of texts with its comments and blanks.
///
/// An array that has one entry a line renders to the bytes it was made of; any other layout becomes one entry a line.
#[derive(Debug, Clone)]
pub(super) struct List {
    /// The rest of the line of the opening bracket.
    head: String,
    items: Vec<Item>,
    /// The lines behind the last entry.
    tail: String,
    /// What stands before the closing bracket on its line.
    close: String,
    newline: &'static str,
}

#[derive(Debug, Clone)]
struct Item {
    /// The lines above: comments and blank lines.
    lead: String,
    indent: String,
    text: String,
    value: String,
    /// Between the text and its comma.
    gap: String,
    /// The rest of the line behind the comma.
    rest: String,
}

const INDENT: &str = "  ";

impl List {
    /// From the text of an array, from bracket to bracket.
    pub(super) fn parse(text: &str, newline: &'static str) -> List {
        let entries = entries(text);
        let mut list =
            List { head: newline.to_owned(), items: Vec::new(), tail: String::new(), close: String::new(), newline };
        let end = text.len() - 1;
        let first = entries.first().map_or(end, |(at, _)| at.start);
        let (head, mut lead, mut indent) = split_gap(&text[1..first]);
        list.head = head.unwrap_or_else(|| newline.to_owned());
        for (nth, (at, value)) in entries.iter().enumerate() {
            let next = entries.get(nth + 1).map_or(end, |(at, _)| at.start);
            let (gap, stranded, after) = split_comma(&text[at.end..next], newline);
            let (rest, mut below, next_indent) = split_gap(after);
            below.insert_str(0, &stranded);
            list.items.push(Item {
                lead: std::mem::replace(&mut lead, below),
                indent: std::mem::replace(&mut indent, next_indent).unwrap_or_else(|| INDENT.to_owned()),
                text: text[at.clone()].to_owned(),
                value: value.clone(),
                gap,
                rest: rest.unwrap_or_else(|| newline.to_owned()),
            });
        }
        list.tail = lead;
        list.close = indent.unwrap_or_default();
        list
    }

    /// The array as TOML.
    pub(super) fn render(&self, into: &mut String) {
        into.push('[');
        into.push_str(&self.head);
        for item in &self.items {
            let comma = ",";
            for part in [&item.lead, &item.indent, &item.text, &item.gap, comma, &item.rest] {
                into.push_str(part);
            }
        }
        into.push_str(&self.tail);
        into.push_str(&self.close);
        into.push(']');
    }

    /// Adds a text, on the line below the one before it.
    pub(super) fn insert(&mut self, at: usize, value: &str) {
        let rest = self.newline.to_owned();
        let item = Item {
            lead: String::new(),
            indent: self.items.first().map_or(INDENT, |first| &first.indent).to_owned(),
            text: quoted(value),
            value: value.to_owned(),
            gap: String::new(),
            rest,
        };
        self.put(at, item);
    }

    /// Removes an entry with the comment behind it. The lines above it stay.
    pub(super) fn remove(&mut self, at: usize) {
        self.take(at);
    }

    /// Moves an entry with the comment behind it. The lines above it stay where they are: they may be a heading.
    pub(super) fn move_to(&mut self, from: usize, to: usize) {
        if from != to {
            let item = self.take(from);
            self.put(to, item);
        }
    }

    /// Gives an entry another text.
    pub(super) fn rename(&mut self, at: usize, value: &str) {
        let item = &mut self.items[at];
        item.text = quoted(value);
        item.value = value.to_owned();
    }

    /// The comments that have lines of their own.
    pub(super) fn comments(&self) -> String {
        let lines = self.items.iter().map(|item| &item.lead).chain([&self.tail]);
        lines.flat_map(|lines| lines.split_inclusive('\n')).filter(|line| !line.trim().is_empty()).collect()
    }

    /// Makes the list hold exactly these texts, in this order, and keeps the lines of those that it holds already.
    pub(super) fn set(&mut self, wanted: &[&str]) {
        for at in (0..self.items.len()).rev() {
            if !wanted.contains(&self.items[at].value.as_str()) {
                self.remove(at);
            }
        }
        for (at, value) in wanted.iter().enumerate() {
            let found = self.items[at..].iter().position(|item| item.value == **value);
            match found {
                Some(behind) => self.move_to(at + behind, at),
                None => self.insert(at, value),
            }
        }
        while self.items.len() > wanted.len() {
            self.remove(wanted.len());
        }
    }

    fn put(&mut self, at: usize, mut item: Item) {
        let first = self.items.first_mut().filter(|_| at == 0);
        let lines_above = first.map(|first| &mut first.lead);
        let above_all = match lines_above {
            Some(lead) => Some(lead),
            None => self.items.is_empty().then_some(&mut self.tail),
        };
        item.lead = above_all.map(std::mem::take).unwrap_or_default();
        self.items.insert(at, item);
    }

    fn take(&mut self, at: usize) -> Item {
        let mut item = self.items.remove(at);
        let below = self.items.get_mut(at).map_or(&mut self.tail, |next| &mut next.lead);
        below.insert_str(0, &std::mem::take(&mut item.lead));
        item
    }
}

/// The entries of an array: where they stand, and their texts.
fn entries(text: &str) -> Vec<(Range<usize>, String)> {
    const KEY: &str = "a=";
    let document = format!("{KEY}{text}");
    let document = Document::parse(document.as_str()).expect("the text of an array that was parsed before");
    let array = document.get("a").and_then(toml_edit::Item::as_array);
    let entry = |value: &toml_edit::Value| {
        let at = value.span().expect("a parsed value has a place");
        (at.start - KEY.len()..at.end - KEY.len(), value.as_str().unwrap_or_default().to_owned())
    };
    array.into_iter().flatten().map(entry).collect()
}

/// The text between two entries, in three: the rest of the line, whole lines, and what stands before the next entry on
/// its line. On one line there is neither the first nor the last.
fn split_gap(gap: &str) -> (Option<String>, String, Option<String>) {
    let Some(newline) = gap.find('\n') else {
        return (None, String::new(), None);
    };
    let (rest, lines) = gap.split_at(newline + 1);
    let indent = lines.rfind('\n').map_or(0, |newline| newline + 1);
    let (lead, indent) = lines.split_at(indent);
    (Some(rest.to_owned()), lead.to_owned(), Some(indent.to_owned()))
}

/// The text behind an entry: what stands before its comma, comments that stand there on lines of their own, and what
/// follows the comma.
fn split_comma<'a>(gap: &'a str, newline: &str) -> (String, String, &'a str) {
    let (before, after) = match comma(gap) {
        Some(at) => (&gap[..at], &gap[at + 1..]),
        None => ("", gap),
    };
    if !before.contains('\n') {
        return (before.to_owned(), String::new(), after);
    }
    let comments = before.lines().map(str::trim).filter(|line| !line.is_empty());
    (String::new(), comments.map(|line| format!("{INDENT}{line}{newline}")).collect(), after)
}

/// Where the comma stands, outside comments.
fn comma(gap: &str) -> Option<usize> {
    let mut in_comment = false;
    gap.bytes().position(|byte| {
        in_comment = byte == b'#' || in_comment && byte != b'\n';
        byte == b',' && !in_comment
    })
}
