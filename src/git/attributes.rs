//! What gitattributes(5) say of a path of a tree, as far as merges go.
//!
//! They are read from the `.gitattributes` files of the tree, from `$GIT_DIR/info/attributes`, and from the files that the user and the system
//! have, in git's order. Only paths that both sides changed are asked about.

use std::collections::HashMap;

use bstr::{BStr, BString, ByteSlice};
use gix::attrs::StateRef;
use gix::worktree::stack::state::attributes::Source;

use super::drivers::{Driver, Drivers};
use super::objects::to_gix;
use super::user::is_trusted;
use super::{GitError, Kind, Objects, Tree};
use crate::model::{Mode, Oid};

const FILE: &str = ".gitattributes";

/// How many characters a conflict marker has, if no attribute says otherwise.
pub const MARKER_WIDTH: usize = 7;

/// Wider markers than that are nobody's wish.
const WIDEST: usize = 1000;

/// How both sides' changes of a file become one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rule {
    /// Line by line.
    Text,
    /// Not at all: each time it is a conflict.
    Binary,
    /// Line by line, and where both changed the same lines, both have a say.
    Union,
    /// By a program of the user's.
    Driver(Driver),
}

/// The attributes of trees, each set of files read once.
#[derive(Default)]
pub struct Attributes {
    /// By the `.gitattributes` files that count.
    stacks: HashMap<Vec<(BString, Oid)>, gix::worktree::Stack>,
    user: Option<gix::Repository>,
}

/// The two attributes as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    merge: State,
    width: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Unspecified,
    Set,
    Unset,
    Value(BString),
}

impl Attributes {
    /// How changes of both sides are merged at a path of a tree: by the names that git has built in, or by a driver that the user's
    /// configuration defines. A name that neither knows means text.
    ///
    /// # Errors
    /// The tree, an attributes file or the configuration cannot be read.
    pub fn rule(
        &mut self,
        objects: &Objects,
        tree: &mut Tree,
        path: &BStr,
        drivers: Drivers,
    ) -> Result<Rule, GitError> {
        let found = self.find(objects, tree, path)?;
        let name = match found.merge {
            State::Set => return Ok(Rule::Text),
            State::Unset => return Ok(Rule::Binary),
            State::Value(name) => name,
            State::Unspecified => match self.default_driver(objects)? {
                Some(name) => name,
                None => return Ok(Rule::Text),
            },
        };
        if drivers == Drivers::Run
            && let Some(command) = self.command(objects, name.as_ref())?
        {
            return Ok(Rule::Driver(Driver { name, command, width: found.width }));
        }
        Ok(match name.as_slice() {
            b"binary" => Rule::Binary,
            b"union" => Rule::Union,
            _ => Rule::Text,
        })
    }

    /// How wide the markers of conflicts are in a file.
    ///
    /// # Errors
    /// As [`Attributes::rule`].
    pub fn marker_width(&mut self, objects: &Objects, tree: &mut Tree, path: &BStr) -> Result<usize, GitError> {
        Ok(self.find(objects, tree, path)?.width)
    }

    fn user(&mut self, objects: &Objects) -> Result<&gix::Repository, GitError> {
        if self.user.is_none() {
            self.user = Some(objects.user()?);
        }
        Ok(self.user.as_ref().expect("just set"))
    }

    fn default_driver(&mut self, objects: &Objects) -> Result<Option<BString>, GitError> {
        Ok(self.user(objects)?.config_snapshot().plumbing().string_filter("merge.default", is_trusted))
    }

    /// The command of a driver.
    fn command(&mut self, objects: &Objects, name: &BStr) -> Result<Option<BString>, GitError> {
        let config = self.user(objects)?.config_snapshot();
        let command = config.plumbing().string_filter_by("merge", Some(name), "driver", is_trusted);
        Ok(command.filter(|command| !command.trim().is_empty()))
    }

    fn find(&mut self, objects: &Objects, tree: &mut Tree, path: &BStr) -> Result<Found, GitError> {
        let files = files_above(objects, tree, path)?;
        if !self.stacks.contains_key(&files) {
            let stack = stack(self.user(objects)?, &files)?;
            self.stacks.insert(files.clone(), stack);
        }
        let stack = self.stacks.get_mut(&files).expect("just put there");
        let mut outcome = stack.selected_attribute_matches(["merge", "conflict-marker-size"]);
        let unreadable = |source| GitError::Gix { what: "read the attributes", source: Box::new(source) };
        let at = stack.at_entry(path, Some(gix::index::entry::Mode::FILE), &Reader(objects)).map_err(unreadable)?;
        at.matching_attributes(&mut outcome);
        let mut states = outcome.iter_selected().map(|found| State::of(found.assignment.state));
        let (merge, width) = (states.next().unwrap_or(State::Unspecified), states.next());
        Ok(Found { merge, width: width.and_then(|state| state.number()).unwrap_or(MARKER_WIDTH) })
    }
}

impl State {
    fn of(state: StateRef<'_>) -> State {
        match state {
            StateRef::Set => State::Set,
            StateRef::Unset => State::Unset,
            StateRef::Value(value) => State::Value(value.as_bstr().to_owned()),
            StateRef::Unspecified => State::Unspecified,
        }
    }

    /// A width; git takes anything else for none.
    fn number(&self) -> Option<usize> {
        let State::Value(value) = self else { return None };
        value.to_str().ok()?.parse().ok().filter(|width| (1..=WIDEST).contains(width))
    }
}

/// The `.gitattributes` of the directories that lead to a path, the root's first. Symlinks do not count.
pub(super) fn files_above(objects: &Objects, tree: &mut Tree, path: &BStr) -> Result<Vec<(BString, Oid)>, GitError> {
    let mut files = Vec::new();
    for end in std::iter::once(0).chain(path.find_iter("/").map(|slash| slash + 1)) {
        let file = BString::from([&path[..end], FILE.as_bytes()].concat());
        let entry = tree.get(objects, file.as_ref())?.file();
        files.extend(entry.filter(|entry| entry.mode != Mode::Symlink).map(|entry| (file, entry.id)));
    }
    Ok(files)
}

/// The attributes of these files and of those that stand outside of the tree.
fn stack(user: &gix::Repository, files: &[(BString, Oid)]) -> Result<gix::worktree::Stack, GitError> {
    let index = index_of(user, files);
    let stack = user.attributes_only(&index, Source::IdMapping).map_err(GitError::gix("read the attributes"))?;
    Ok(stack.detach())
}

/// An index with nothing but these files: where gix looks for them.
pub(super) fn index_of<'f>(
    repo: &gix::Repository,
    files: impl IntoIterator<Item = &'f (BString, Oid)>,
) -> gix::index::State {
    let mut index = gix::index::State::new(repo.object_hash());
    for (path, id) in files {
        let (stat, flags) = (gix::index::entry::Stat::default(), gix::index::entry::Flags::empty());
        index.dangerously_push_entry(stat, to_gix(*id), flags, gix::index::entry::Mode::FILE, path.as_ref());
    }
    index.sort_entries();
    index
}

/// The blobs, new ones too.
pub(super) struct Reader<'a>(pub &'a Objects);

impl gix::objs::Find for Reader<'_> {
    fn try_find<'b>(&self, id: &gix::oid, buffer: &'b mut Vec<u8>) -> gix::Result<Option<gix::objs::Data<'b>>> {
        let read = self.0.read_into(super::objects::from_gix(id), Kind::Blob, buffer);
        read.map_err(gix::Error::from_error)?;
        Ok(Some(gix::objs::Data { kind: gix::objs::Kind::Blob, object_hash: id.kind(), data: buffer }))
    }
}
