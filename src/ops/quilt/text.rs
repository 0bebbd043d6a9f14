//! The text of a change that quilt, which lets patch(1) do the work, applies to the same tree.

use std::collections::{BTreeSet, HashSet};

use bstr::{BString, ByteSlice};

use super::report::Skipped;
use crate::Result;
use crate::format::lines::is_binary;
use crate::format::loose;
use crate::format::patchfile::PatchFile;
use crate::format::quote::quote_always;
use crate::git::loose::{Rules, apply_loose};
use crate::git::sections::{content, section};
use crate::git::{Change, Objects, Tree, diff_trees};
use crate::model::{Mode, Oid};
use crate::ops::text::places;

/// The patches of an export, as far as they are written.
pub(super) struct Writer<'a> {
    pub(super) objects: &'a mut Objects,
    /// The tree that the patches so far give: the queue's, but for what was left out.
    pub(super) tree: Oid,
    /// Paths that were left out of a patch: later changes to them go, too.
    pub(super) lost: HashSet<BString>,
}

/// A patch as quilt takes it.
pub(super) struct Written {
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// What it leaves out.
    pub(super) skipped: Vec<Skipped>,
}

impl Writer<'_> {
    /// The patch that makes of `before` what is in `after`, below a header: its files in the order that the queue's text has them in.
    pub(super) fn write(&mut self, header: &[u8], file: &PatchFile, before: Oid, after: Oid) -> Result<Written> {
        let mut changes = diff_trees(self.objects, before, after)?;
        let places = places(file);
        changes.sort_by_key(|change| places.get(change.path()).copied().unwrap_or(usize::MAX));
        let paths: BTreeSet<BString> = changes.iter().map(|change| change.path().to_owned()).collect();
        let mut tree = Tree::new(self.tree);
        let mut diff = Vec::new();
        let mut skipped = Vec::new();
        for change in &changes {
            let path = change.path().to_owned();
            let why = match self.obstacle(change)? {
                None if clashes(&path, &paths) => Some("a file and a directory change places"),
                why => why,
            };
            if let Some(why) = why {
                self.lost.insert(path.clone());
                skipped.push(Skipped { path, why });
                continue;
            }
            diff.extend(quoted_names(&section(self.objects, change)?, &path));
            tree.set(self.objects, path.as_bstr(), change.new.as_ref().map(|new| new.entry))?;
        }
        if diff.is_empty() && !header.trim_ascii().is_empty() {
            // Only an empty file may have no diff: anything else patch(1) calls garbage.
            if skipped.is_empty() {
                skipped.push(Skipped { path: BString::default(), why: "a message without a change" });
            }
            return Ok(Written { bytes: Vec::new(), skipped });
        }
        let bytes = [header, &diff].concat();
        let tree = tree.write(self.objects);
        if !self.gives(&bytes, tree)? {
            // The header holds what patch(1) takes for a diff: behind a bar it is none.
            let header: Vec<u8> = header.lines_with_terminator().flat_map(|line| [b"| ", line].concat()).collect();
            let bytes = [&header[..], &diff].concat();
            if self.gives(&bytes, tree)? {
                self.tree = tree;
                return Ok(Written { bytes, skipped });
            }
            let why = "patch(1) would read its text in another way";
            let all = changes.iter().map(|change| Skipped { path: change.path().to_owned(), why });
            self.lost.extend(changes.iter().map(|change| change.path().to_owned()));
            return Ok(Written { bytes: header, skipped: all.collect() });
        }
        self.tree = tree;
        Ok(Written { bytes, skipped })
    }

    /// Why quilt cannot hold a change.
    fn obstacle(&self, change: &Change) -> Result<Option<&'static str>> {
        if self.lost.contains(change.path()) {
            return Ok(Some("an earlier change to it was left out"));
        }
        for place in [&change.old, &change.new].into_iter().flatten() {
            if place.entry.mode == Mode::Submodule {
                return Ok(Some("a submodule"));
            }
            let is_same = change.old.as_ref().map(|old| old.entry.id) == change.new.as_ref().map(|new| new.entry.id);
            if !is_same && is_binary(&content(self.objects, Some(place))?) {
                return Ok(Some("binary content"));
            }
        }
        Ok(None)
    }

    /// Whether patch(1) would make this tree of the one so far, without looking for a place.
    fn gives(&mut self, bytes: &[u8], wanted: Oid) -> Result<bool> {
        let Ok(parts) = loose::parse(bytes) else { return Ok(false) };
        let mut tree = Tree::new(self.tree);
        let applied = apply_loose(self.objects, &mut tree, &parts, Rules { strip: 1, fuzz: 0 })?;
        Ok(applied.is_ok() && tree.write(self.objects) == wanted)
    }
}

/// Whether one of the paths is a directory of this one, or the other way.
fn clashes(path: &BString, paths: &BTreeSet<BString>) -> bool {
    let directory = BString::from([&path[..], b"/"].concat());
    let below = paths.range(directory.clone()..).next().is_some_and(|next| next.starts_with(&directory));
    below || path.find_iter("/").any(|slash| paths.contains(path[..slash].as_bstr()))
}

/// patch(1) reads names with blanks on a `diff --git` line only between quotes.
fn quoted_names(section: &[u8], path: &BString) -> Vec<u8> {
    if !path.contains(&b' ') {
        return section.to_vec();
    }
    let name = |prefix: &[u8]| quote_always(&[prefix, path].concat());
    let line = [b"diff --git ", &name(b"a/")[..], b" ", &name(b"b/"), b"\n"].concat();
    let lines = section.lines_with_terminator();
    let lines = lines.map(|text| if text.starts_with(b"diff --git ") { line.as_slice() } else { text });
    lines.flatten().copied().collect()
}
