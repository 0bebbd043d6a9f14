//! What differs between two trees, looking only into directories whose ids differ.

use bstr::{BStr, BString, ByteSlice};

use super::tree::{RawEntry, entries};
use super::{GitError, Kind, Objects};
use crate::model::{Mode, Oid};

/// What stands at a path: kind of file and id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// The kind of file.
    pub mode: Mode,
    /// The blob, or the commit of a submodule.
    pub id: Oid,
}

/// An entry and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The path, with forward slashes.
    pub path: BString,
    /// What stands there.
    pub entry: Entry,
}

/// One path that differs. `old` and `new` have different paths in a rename or copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Before; `None` if the path was created.
    pub old: Option<Place>,
    /// After; `None` if it was deleted.
    pub new: Option<Place>,
    /// Whether `old` stays where it is although `new` has another path.
    pub is_copy: bool,
}

impl Change {
    /// The path after the change, or before it if it is gone after.
    pub fn path(&self) -> &BStr {
        let place = self.new.as_ref().or(self.old.as_ref());
        place.map(|place| place.path.as_bstr()).unwrap_or_default()
    }

    /// Whether nothing is left at the old path: it was deleted or moved.
    pub fn leaves_old_path(&self) -> bool {
        let new_path = self.new.as_ref().map(|new| &new.path);
        !self.is_copy && self.old.as_ref().is_some_and(|old| Some(&old.path) != new_path)
    }
}

/// Every path that differs between two trees, in order. Renames are not looked for.
pub fn diff_trees(objects: &Objects, old: Oid, new: Oid) -> Result<Vec<Change>, GitError> {
    let mut changes = Vec::new();
    walk(objects, Some(old), Some(new), &mut |path, old, new| {
        let place = |entry: Option<Entry>| entry.map(|entry| Place { path: path.into(), entry });
        changes.push(Change { old: place(old), new: place(new), is_copy: false });
    })?;
    Ok(changes)
}

/// Is told a path and what stands there on both sides.
pub type Visit<'a> = dyn FnMut(&BStr, Option<Entry>, Option<Entry>) + 'a;

/// Tells `visit` every path that differs. `None` is the empty tree.
pub fn walk(objects: &Objects, old: Option<Oid>, new: Option<Oid>, visit: &mut Visit<'_>) -> Result<(), GitError> {
    let mut path = BString::default();
    Walk { objects, visit }.directory(old, new, &mut path)
}

struct Walk<'a> {
    objects: &'a Objects,
    visit: &'a mut Visit<'a>,
}

impl Walk<'_> {
    fn directory(&mut self, old: Option<Oid>, new: Option<Oid>, path: &mut BString) -> Result<(), GitError> {
        if old == new {
            return Ok(());
        }
        let (old_bytes, new_bytes) = (self.read(old)?, self.read(new)?);
        let mut olds = Items::new(&old_bytes, old);
        let mut news = Items::new(&new_bytes, new);
        loop {
            let (old, new) = match (olds.peek()?, news.peek()?) {
                (None, None) => return Ok(()),
                (Some(old), Some(new)) => match compare(&old, &new) {
                    std::cmp::Ordering::Less => (Some(old), None),
                    std::cmp::Ordering::Equal => (Some(old), Some(new)),
                    std::cmp::Ordering::Greater => (None, Some(new)),
                },
                one_side => one_side,
            };
            if old.is_some() {
                olds.advance();
            }
            if new.is_some() {
                news.advance();
            }
            self.pair(old, new, path)?;
        }
    }

    fn read(&self, id: Option<Oid>) -> Result<Vec<u8>, GitError> {
        let mut bytes = Vec::new();
        if let Some(id) = id {
            self.objects.read_into(id, Kind::Tree, &mut bytes)?;
        }
        Ok(bytes)
    }

    /// Two entries of the same name and sort (file or directory), or one alone.
    fn pair(
        &mut self,
        old: Option<RawEntry<'_>>,
        new: Option<RawEntry<'_>>,
        path: &mut BString,
    ) -> Result<(), GitError> {
        if let (Some(old), Some(new)) = (&old, &new)
            && old.id == new.id
            && old.mode == new.mode
        {
            return Ok(());
        }
        let Some(either) = new.or(old) else { return Ok(()) };
        let len = path.len();
        if len > 0 {
            path.push(b'/');
        }
        path.extend_from_slice(either.name);
        let next = match either.is_directory() {
            true => self.directory(old.map(|e| e.id), new.map(|e| e.id), path),
            false => self.file(old, new, path),
        };
        path.truncate(len);
        next
    }

    fn file(&mut self, old: Option<RawEntry<'_>>, new: Option<RawEntry<'_>>, path: &BString) -> Result<(), GitError> {
        let entry = |raw: Option<RawEntry<'_>>| raw.map(|raw| to_entry(&raw)).transpose();
        let (old, new) = (entry(old)?, entry(new)?);
        if old == new {
            // The octal digits differ in bits that mean nothing to a patch.
            return Ok(());
        }
        (self.visit)(path.as_bstr(), old, new);
        Ok(())
    }
}

fn to_entry(raw: &RawEntry<'_>) -> Result<Entry, GitError> {
    let mode = Mode::from_octal(raw.mode).ok_or(GitError::Malformed { id: raw.id, expected: "tree entry" })?;
    Ok(Entry { mode, id: raw.id })
}

/// Git's order of tree entries: a directory's name counts with a slash behind it.
fn compare(a: &RawEntry<'_>, b: &RawEntry<'_>) -> std::cmp::Ordering {
    let key = |entry: &RawEntry<'_>| entry.is_directory().then_some(b'/');
    a.name.bytes().chain(key(a)).cmp(b.name.bytes().chain(key(b)))
}

struct Items<'a> {
    rest: &'a [u8],
    head: Option<RawEntry<'a>>,
    id: Oid,
}

impl<'a> Items<'a> {
    fn new(bytes: &'a [u8], id: Option<Oid>) -> Self {
        let id = id.unwrap_or_else(|| Oid::from_bytes(&[0; 20]).expect("twenty bytes are an id"));
        Items { rest: bytes, head: None, id }
    }

    fn peek(&mut self) -> Result<Option<RawEntry<'a>>, GitError> {
        if self.head.is_none() && !self.rest.is_empty() {
            let malformed = GitError::Malformed { id: self.id, expected: "tree" };
            let entry = entries(self.rest, self.id.as_bytes().len()).next().flatten().ok_or(malformed)?;
            let len = entry.mode.len() + 1 + entry.name.len() + 1 + self.id.as_bytes().len();
            self.rest = &self.rest[len..];
            self.head = Some(entry);
        }
        Ok(self.head)
    }

    fn advance(&mut self) {
        self.head = None;
    }
}
