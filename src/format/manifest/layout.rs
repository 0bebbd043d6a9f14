//! A `pq.toml` as blocks of lines, so that an edit touches the lines of what it changes and no others.
//!
//! toml_edit's own editable document is not used for that: it writes every line end as LF, ties the comment behind an
//! entry of an array to the next entry, and groups dotted keys anew. Its parser says where everything stands; the lines
//! are kept as they are.

use super::blocks::{self, Block, Entry, Written};
use super::list::List;
use super::write::{Field, Keyed, held_fields, meta_fields, moved_fields};
use crate::model::{Manifest, MovedPath, PatchMeta};

/// The whole file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    blocks: Vec<Block>,
    /// The lines behind the last key or header.
    tail: String,
    newline: &'static str,
}

impl Layout {
    /// Of a text that is valid TOML and means `manifest`. Metadata in any notation but `[patch.NAME]` becomes tables.
    pub(super) fn of(text: &str, manifest: &Manifest) -> Layout {
        let is_crlf = text.split_inclusive('\n').next().is_some_and(|line| line.ends_with("\r\n"));
        let newline = if is_crlf { "\r\n" } else { "\n" };
        let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}{newline}") };
        let (blocks, tail) = blocks::parse(&text, newline);
        let mut layout = Layout { blocks, tail, newline };
        if layout.remove_loose() {
            let mut before = None;
            for patch in &manifest.patches {
                layout.set_patch(patch.name.as_str(), before, &patch.meta, &patch.meta);
                before = if patch.meta == PatchMeta::default() { before } else { Some(patch.name.as_str()) };
            }
        }
        layout
    }

    /// The file.
    pub(super) fn render(&self) -> String {
        let mut text = String::new();
        self.blocks.iter().for_each(|block| block.render(&mut text));
        text.push_str(&self.tail);
        text
    }

    /// Gives a key of `[line]` another value.
    pub(super) fn set_line(&mut self, key: &str, value: &str) {
        let newline = self.newline;
        if let Some(entry) = self.line_entry(key) {
            entry.set(&Field::Text(value.into()), newline);
        }
    }

    /// The series.
    pub(super) fn series(&mut self) -> &mut List {
        match self.line_entry("series").map(|entry| &mut entry.value) {
            Some(Written::Series(list)) => list,
            _ => unreachable!("a file without a series does not become a document"),
        }
    }

    /// The entry of a key of `[line]`, under that header or dotted.
    fn line_entry(&mut self, key: &str) -> Option<&mut Entry> {
        let is_it = |block: &[String], entry: &Entry| block.iter().chain(&entry.path).eq(["line", key]);
        self.blocks.iter_mut().find_map(|block| {
            let path = &block.path;
            block.entries.iter_mut().find(|entry| is_it(path, entry))
        })
    }

    /// Changes the tables of a patch from what they say to what they are to say. A new table goes behind those of the
    /// patch `before`.
    pub(super) fn set_patch(&mut self, name: &str, before: Option<&str>, was: &PatchMeta, now: &PatchMeta) {
        let behind = before.and_then(|before| self.last_of(before)).map_or(self.blocks.len(), |at| at + 1);
        let own = ["patch", name];
        let at = self.blocks.iter().position(|block| block.path.starts_with(&own.map(str::to_owned))).unwrap_or(behind);
        self.set_table(&own, at, pairs(meta_fields(was), meta_fields(now)));
        let behind = before.and_then(|before| self.last_of(before)).map_or(self.blocks.len(), |at| at + 1);
        // The header of the patch itself stays when it is settled. So two people can settle patches whose tables follow one another: git merges
        // what both take away only if a line between stays.
        let is_new = was.held.is_none() && now.held.is_some();
        if is_new && !self.blocks.iter().any(|block| block.is(&own)) {
            let at = self.blocks.iter().position(|block| is_of(block, name)).unwrap_or(behind);
            self.add_block(Block::with_header(&own, self.newline), at);
        }
        let at = self.last_of(name).map_or(behind, |at| at + 1);
        let (was, now) = (held_fields(was.held.as_ref()), held_fields(now.held.as_ref()));
        self.set_table(&["patch", name, "held"], at, pairs(was, now));
    }

    /// Changes one table; makes it at the place if it is needed, drops it when its last key goes.
    fn set_table(&mut self, path: &[&str], place: usize, fields: Vec<(Keyed<'_>, Keyed<'_>)>) {
        let found = self.blocks.iter().position(|block| block.is(path));
        let is_wanted = fields.iter().any(|(_, (_, now))| now.is_some());
        let at = match found {
            Some(at) => at,
            None if is_wanted => self.add_block(Block::with_header(path, self.newline), place),
            None => return,
        };
        self.blocks[at].set(&fields, self.newline);
        let had_keys = fields.iter().any(|((_, was), _)| was.is_some());
        if self.blocks[at].entries.is_empty() && had_keys {
            self.drop_block(at);
        }
    }

    /// Changes the tables `[[moved]]` from what they say to what they are to say. A new one goes behind the last of them, else behind the last
    /// of the other lists of tables, else to the end.
    pub(super) fn set_moved(&mut self, was: &[MovedPath], now: &[MovedPath]) {
        // In braces there is no table to change.
        let is_inline = |block: &Block, entry: &Entry| block.path.iter().chain(&entry.path).eq(["moved"]);
        for block in &mut self.blocks {
            while let Some(at) = block.entries.iter().position(|entry| is_inline(block, entry)) {
                block.remove(at, self.newline);
            }
        }
        let places: Vec<usize> = (0..self.blocks.len()).filter(|at| self.blocks[*at].is(&["moved"])).collect();
        let was = if places.is_empty() { &[] } else { was };
        let wanted = |one: &MovedPath| now.iter().find(|other| other.from == one.from);
        for (at, one) in places.into_iter().zip(was).rev() {
            match wanted(one) {
                Some(other) => {
                    self.blocks[at].set(&pairs(moved_fields(Some(one)), moved_fields(Some(other))), self.newline)
                }
                None => self.drop_block(at),
            }
        }
        let mut order: Vec<&str> =
            was.iter().filter(|one| wanted(one).is_some()).map(|one| one.from.as_str()).collect();
        for one in now.iter().filter(|one| was.iter().all(|other| other.from != one.from)) {
            let mut block = Block::in_list("moved", self.newline);
            block.set(&pairs(moved_fields(None), moved_fields(Some(one))), self.newline);
            let lists = |name: &'static str| move |block: &Block| block.is(&[name]);
            let last = self.blocks.iter().rposition(lists("moved"));
            let others =
                || ["generated", "ignore"].iter().filter_map(|name| self.blocks.iter().rposition(lists(name))).max();
            let at = last.or_else(others).map_or(self.blocks.len(), |at| at + 1);
            self.add_block(block, at);
            order.push(&one.from);
        }
        self.sort_moved(&order, now);
    }

    /// Puts the tables, which stand in the order of `from`, in that of `now`.
    fn sort_moved(&mut self, from: &[&str], now: &[MovedPath]) {
        let rank = |name: &str| now.iter().position(|one| one.from == name);
        if from.is_sorted_by_key(|name| rank(name)) {
            return;
        }
        let places: Vec<usize> = (0..self.blocks.len()).filter(|at| self.blocks[*at].is(&["moved"])).collect();
        let taken = places.iter().map(|at| std::mem::take(&mut self.blocks[*at]));
        let mut blocks: Vec<(&str, Block)> = from.iter().copied().zip(taken).collect();
        blocks.sort_by_key(|(name, _)| rank(name));
        for (at, (_, block)) in places.into_iter().zip(blocks) {
            self.blocks[at] = block;
        }
    }

    /// Removes the tables of a patch, with the comments that stand directly above them.
    pub(super) fn remove_patch(&mut self, name: &str) {
        while let Some(at) = self.last_of(name) {
            self.drop_block(at);
        }
    }

    /// Renames the tables of a patch.
    pub(super) fn rename_patch(&mut self, old: &str, new: &str) {
        for block in self.blocks.iter_mut().filter(|block| is_of(block, old)) {
            let end = header_end(&block.header);
            let indent = block.header.len() - block.header.trim_start().len();
            block.path[1] = new.to_owned();
            block.header = format!("{}{}{}", &block.header[..indent], block.header_text(), &block.header[end..]);
        }
    }

    fn last_of(&self, name: &str) -> Option<usize> {
        self.blocks.iter().rposition(|block| is_of(block, name))
    }

    /// Comments at the end of the file stay above a block that is added there, and do not become its own.
    fn add_block(&mut self, mut block: Block, at: usize) -> usize {
        if at == self.blocks.len() && !self.tail.trim().is_empty() {
            block.lead.insert_str(0, &std::mem::take(&mut self.tail));
        }
        self.blocks.insert(at, block);
        at
    }

    /// Removes a block. Comments above it that a blank line divides from its header stay.
    fn drop_block(&mut self, at: usize) {
        let block = self.blocks.remove(at);
        let mut kept = detached(&block.lead).to_owned();
        if kept.trim().is_empty() {
            return;
        }
        let below = self.blocks.get_mut(at).map_or(&mut self.tail, |next| &mut next.lead);
        if below.lines().next().is_none_or(|line| line.trim().is_empty()) {
            kept.truncate(kept.trim_end().len());
            kept.push_str(self.newline);
        }
        below.insert_str(0, &kept);
    }

    /// Removes metadata of patches that is written as dotted keys or in braces; whether there was any.
    fn remove_loose(&mut self) -> bool {
        let mut found = false;
        for block in &mut self.blocks {
            while let Some(at) = block.entries.iter().position(|entry| is_loose(&block.path, entry)) {
                block.remove(at, self.newline);
                found = true;
            }
        }
        found
    }
}

fn pairs<'a>(was: Vec<Keyed<'a>>, now: Vec<Keyed<'a>>) -> Vec<(Keyed<'a>, Keyed<'a>)> {
    was.into_iter().zip(now).collect()
}

fn is_of(block: &Block, name: &str) -> bool {
    matches!(block.path.as_slice(), [patch, of, ..] if patch == "patch" && of == name)
}

fn is_loose(block: &[String], entry: &Entry) -> bool {
    let is_patch = block.iter().chain(&entry.path).next().is_some_and(|first| first == "patch");
    let is_plain = match (block.len(), entry.path.as_slice()) {
        (2, [key]) => key != "held",
        (3, [_]) => true,
        _ => false,
    };
    is_patch && !is_plain
}

/// The lines above a header up to and including the last blank one.
fn detached(lead: &str) -> &str {
    let mut end = 0;
    let mut at = 0;
    for line in lead.split_inclusive('\n') {
        at += line.len();
        if line.trim().is_empty() {
            end = at;
        }
    }
    &lead[..end]
}

/// Where the bracket of a header closes: names in quotes may hold brackets.
fn header_end(header: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in header.char_indices() {
        match quote {
            Some('"') if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c == ']' => return at + 1,
            None => {}
        }
    }
    header.len()
}
