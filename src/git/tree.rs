//! A tree that can be edited path by path: directories are read when they are looked into and written when they changed.

use bstr::{BStr, BString, ByteSlice};

use super::{Entry, GitError, Kind, Objects};
use crate::model::{Mode, Oid};

/// The octal mode of a directory.
const DIRECTORY: &[u8] = b"40000";

/// A directory and all below it, as far as it has been looked at.
#[derive(Debug, Clone)]
pub struct Tree {
    root: Node,
}

#[derive(Debug, Clone)]
struct Node {
    /// The object; `None` once something below changed.
    id: Option<Oid>,
    /// The entries; `None` until somebody looks.
    items: Option<Vec<Item>>,
}

#[derive(Debug, Clone)]
struct Item {
    name: BString,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    /// A file of any kind. The mode's octal digits are kept as they are: old histories have some that no patch can make.
    File {
        mode: Vec<u8>,
        id: Oid,
    },
    Directory(Node),
}

/// What stands at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum At {
    /// Nothing.
    Nothing,
    /// A file, symlink or submodule.
    File(Entry),
    /// A directory.
    Directory,
    /// Something that is not a directory stands where a directory of the path would have to be.
    Blocked,
}

impl At {
    /// The entry, if a file is there.
    pub fn file(self) -> Option<Entry> {
        match self {
            At::File(entry) => Some(entry),
            _ => None,
        }
    }
}

impl Tree {
    /// The tree of that id. Nothing is read yet.
    pub fn new(id: Oid) -> Self {
        Tree { root: Node { id: Some(id), items: None } }
    }

    /// What stands at `path`.
    pub fn get(&mut self, objects: &Objects, path: &BStr) -> Result<At, GitError> {
        let mut node = &mut self.root;
        let mut parts = path.split_str("/").peekable();
        while let Some(name) = parts.next() {
            let Some(item) = node.find(objects, name)? else { return Ok(At::Nothing) };
            match (&mut item.what, parts.peek()) {
                (What::File { mode, id }, None) => return file_at(mode, *id),
                (What::File { .. }, Some(_)) => return Ok(At::Blocked),
                (What::Directory(_), None) => return Ok(At::Directory),
                (What::Directory(child), Some(_)) => node = child,
            }
        }
        Ok(At::Directory)
    }

    /// The object of the directory at `path`, if one is there and nothing below it has changed.
    pub fn directory(&mut self, objects: &Objects, path: &BStr) -> Result<Option<Oid>, GitError> {
        let mut node = &mut self.root;
        for name in path.split_str("/") {
            match node.find(objects, name)?.map(|item| &mut item.what) {
                Some(What::Directory(child)) => node = child,
                _ => return Ok(None),
            }
        }
        Ok(node.id)
    }

    /// Puts an entry at `path`, or takes away what is there. Directories come and go with their content.
    pub fn set(&mut self, objects: &Objects, path: &BStr, entry: Option<Entry>) -> Result<(), GitError> {
        match entry {
            Some(entry) => self.root.insert(objects, path, entry),
            None => self.root.remove(objects, path),
        }
    }

    /// Writes what changed and returns the id of the whole.
    pub fn write(&mut self, objects: &mut Objects) -> Oid {
        self.root.write(objects)
    }
}

pub(super) fn file_at(mode: &[u8], id: Oid) -> Result<At, GitError> {
    let mode = Mode::from_octal(mode).ok_or(GitError::Malformed { id, expected: "tree entry" })?;
    Ok(At::File(Entry { mode, id }))
}

impl Node {
    fn empty() -> Self {
        Node { id: None, items: Some(Vec::new()) }
    }

    /// The entries, read if need be.
    fn items(&mut self, objects: &Objects) -> Result<&mut Vec<Item>, GitError> {
        if self.items.is_none() {
            let id = self.id.expect("a node that was not read has an id");
            let bytes = objects.read(id, Kind::Tree)?;
            self.items = Some(parse(&bytes, id)?);
        }
        Ok(self.items.as_mut().expect("just read"))
    }

    fn find(&mut self, objects: &Objects, name: &[u8]) -> Result<Option<&mut Item>, GitError> {
        let items = self.items(objects)?;
        Ok(position(items, name).map(|at| &mut items[at]))
    }

    fn insert(&mut self, objects: &Objects, path: &BStr, entry: Entry) -> Result<(), GitError> {
        let (name, rest) = split(path);
        let items = self.items(objects)?;
        let found = position(items, name);
        match (rest, found) {
            (Some(rest), Some(at)) if matches!(items[at].what, What::Directory(_)) => {
                if let What::Directory(child) = &mut items[at].what {
                    child.insert(objects, rest, entry)?;
                }
            }
            (rest, found) => {
                found.map(|at| items.remove(at));
                let what = Item::made(objects, rest, entry)?;
                let item = Item { name: name.into(), what };
                let at = items.partition_point(|other| other.key().lt(item.key()));
                items.insert(at, item);
            }
        }
        self.id = None;
        Ok(())
    }

    fn remove(&mut self, objects: &Objects, path: &BStr) -> Result<(), GitError> {
        let (name, rest) = split(path);
        let items = self.items(objects)?;
        let Some(at) = position(items, name) else { return Ok(()) };
        match (&mut items[at].what, rest) {
            (What::Directory(child), Some(rest)) => {
                child.remove(objects, rest)?;
                if child.items.as_ref().is_some_and(Vec::is_empty) {
                    items.remove(at);
                }
            }
            (What::File { .. }, Some(_)) => return Ok(()),
            (_, None) => {
                items.remove(at);
            }
        }
        self.id = None;
        Ok(())
    }

    fn write(&mut self, objects: &mut Objects) -> Oid {
        if let Some(id) = self.id {
            return id;
        }
        let mut bytes = Vec::new();
        for item in self.items.as_mut().expect("a changed node was read") {
            let (mode, id) = match &mut item.what {
                What::File { mode, id } => (mode.as_slice(), *id),
                What::Directory(child) => (DIRECTORY, child.write(objects)),
            };
            bytes.extend_from_slice(mode);
            bytes.push(b' ');
            bytes.extend_from_slice(&item.name);
            bytes.push(0);
            bytes.extend_from_slice(id.as_bytes());
        }
        let id = objects.write(Kind::Tree, bytes);
        self.id = Some(id);
        id
    }
}

impl Item {
    /// The file itself, or the directories that lead to it.
    fn made(objects: &Objects, rest: Option<&BStr>, entry: Entry) -> Result<What, GitError> {
        let Some(rest) = rest else {
            return Ok(What::File { mode: entry.mode.as_octal().into(), id: entry.id });
        };
        let mut child = Node::empty();
        child.insert(objects, rest, entry)?;
        Ok(What::Directory(child))
    }

    /// Git orders directories as if their names ended in a slash.
    fn key(&self) -> impl Iterator<Item = u8> {
        let slash = matches!(self.what, What::Directory(_)).then_some(b'/');
        self.name.bytes().chain(slash)
    }
}

fn split(path: &BStr) -> (&[u8], Option<&BStr>) {
    match path.split_once_str("/") {
        Some((name, rest)) => (name, Some(rest.as_bstr())),
        None => (path, None),
    }
}

/// Where `name` stands among items in git's order, as a file or as a directory.
fn position(items: &[Item], name: &[u8]) -> Option<usize> {
    let as_file = items.partition_point(|item| item.key().lt(name.iter().copied()));
    if items.get(as_file).is_some_and(|item| item.name == name) {
        return Some(as_file);
    }
    let as_directory = items.partition_point(|item| item.key().lt(name.iter().copied().chain(Some(b'/'))));
    items.get(as_directory).is_some_and(|item| item.name == name).then_some(as_directory)
}

fn parse(bytes: &[u8], id: Oid) -> Result<Vec<Item>, GitError> {
    let mut items = Vec::with_capacity(bytes.len() / 40);
    for entry in entries(bytes, id.as_bytes().len()) {
        let entry = entry.ok_or(GitError::Malformed { id, expected: "tree" })?;
        let what = match entry.is_directory() {
            true => What::Directory(Node { id: Some(entry.id), items: None }),
            false => What::File { mode: entry.mode.to_vec(), id: entry.id },
        };
        items.push(Item { name: entry.name.into(), what });
    }
    Ok(items)
}

/// One entry of a tree object.
#[derive(Clone, Copy)]
pub(super) struct RawEntry<'a> {
    pub mode: &'a [u8],
    pub name: &'a BStr,
    pub id: Oid,
}

impl RawEntry<'_> {
    pub fn is_directory(&self) -> bool {
        self.mode == DIRECTORY || self.mode == b"040000"
    }
}

/// The entries of a tree object (gitformat: mode, blank, name, NUL, raw id); `None` where the format is broken, and then the end.
pub(super) fn entries(bytes: &[u8], id_len: usize) -> impl Iterator<Item = Option<RawEntry<'_>>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let entry = parse_entry(rest, id_len);
        rest = entry.map_or(&[], |(_, rest)| rest);
        Some(entry.map(|(entry, _)| entry))
    })
}

fn parse_entry(bytes: &[u8], id_len: usize) -> Option<(RawEntry<'_>, &[u8])> {
    let blank = bytes.iter().take(8).position(|byte| *byte == b' ')?;
    let (mode, bytes) = (&bytes[..blank], &bytes[blank + 1..]);
    let nul = memchr::memchr(0, bytes)?;
    let (name, bytes) = (bytes[..nul].as_bstr(), &bytes[nul + 1..]);
    let (id, rest) = bytes.split_at_checked(id_len)?;
    let id = Oid::from_bytes(id).ok()?;
    Some((RawEntry { mode, name, id }, rest))
}
