//! Worktrees: whether one is clean, and switching it from what it shows to something else, touching only the files that differ.
//!
//! | file | what it does |
//! |---|---|
//! | `clean` | what stands against switching |
//! | `switch` | files and index, so that a killed switch can be finished |
//! | `files` | one file: what is there, writing it, taking it away |
//! | `filters` | what contents look like in the worktree |
//!
//! Switching never loses what a person wrote: a file is replaced only if it is what it was before, looked at right before it is replaced.

mod clean;
mod error;
mod files;
mod filters;
mod switch;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use bstr::{BString, ByteSlice};
use gix::refs::Target;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit as GixEdit, RefLog};
use serde::{Deserialize, Serialize};

use super::objects::{from_gix, to_gix};
use super::{Entry, GitError, Objects, Repo, Tree, user};
use crate::model::{Mode, Oid};
pub use error::WorktreeError;
pub use switch::Index;

/// A directory with files that are checked out.
pub struct Worktree {
    repo: gix::Repository,
    root: PathBuf,
}

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Head {
    /// A branch, by its full name.
    Branch(String),
    /// A commit, and no branch.
    Commit(Oid),
}

/// What the files and the index of a worktree hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    /// The files.
    pub tree: Oid,
    /// The stages of the paths that are not merged; every other path is in the index as it is in the tree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unmerged: Vec<Stage>,
}

/// One stage of a path that is not merged (git's `gitformat-index`: 1 the common ancestor, 2 ours, 3 theirs).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// The path.
    #[serde(with = "path_text")]
    pub path: BString,
    /// 1, 2 or 3.
    pub stage: u8,
    /// What stands there.
    pub entry: Entry,
}

impl Layout {
    /// A tree, all merged.
    pub fn of(tree: Oid) -> Layout {
        Layout { tree, unmerged: Vec::new() }
    }
}

impl Repo {
    /// The worktrees that have a branch (full name) checked out, or are in the middle of rebasing it.
    pub fn worktrees_on(&self, branch: &str) -> Result<Vec<Worktree>, GitError> {
        let repo = self.gix();
        let all = repo.worktrees_including_main().map_err(GitError::gix("list the worktrees"))?;
        let opened: Result<Vec<_>, GitError> = all.flatten().map(|repo| as_user(&repo)).collect();
        let on = opened?.into_iter().filter_map(Worktree::new);
        let has = |worktree: &Worktree| worktree.head().is_ok_and(|head| head == Head::Branch(branch.to_owned()));
        Ok(on.filter(|worktree| has(worktree) || worktree.rebases(branch)).collect())
    }

    /// The worktrees that have a commit checked out and no branch, with nothing half done in them.
    ///
    /// # Errors
    /// The worktrees cannot be listed.
    pub fn detached_worktrees(&self) -> Result<Vec<(Worktree, Oid)>, GitError> {
        let repo = self.gix();
        let all = repo.worktrees_including_main().map_err(GitError::gix("list the worktrees"))?;
        let idle = all.flatten().filter(|repo| repo.state().is_none()).filter_map(Worktree::new);
        let at = |worktree: Worktree| match worktree.head() {
            Ok(Head::Commit(id)) => Some((worktree, id)),
            _ => None,
        };
        Ok(idle.filter_map(at).collect())
    }

    /// The worktree that a directory is part of.
    ///
    /// # Errors
    /// The directory is part of no worktree of this repository.
    pub fn worktree_at(&self, directory: &Path) -> Result<Worktree, GitError> {
        let foreign = || WorktreeError::Foreign { directory: directory.to_owned(), repo: self.common_dir() };
        let (found, _) = gix::discover::upwards(directory).map_err(|_| foreign())?;
        let (git_dir, _) = found.into_repository_and_work_tree_directories();
        let opened = user::options().open(git_dir).map_err(|_| foreign())?.to_thread_local();
        let canonical = |path: &Path| fs_err::canonicalize(path).ok();
        let is_ours = canonical(opened.common_dir()) == canonical(&self.common_dir());
        Ok(Worktree::new(opened).filter(|_| is_ours).ok_or_else(foreign)?)
    }

    /// The main worktree; none if the repository is bare.
    ///
    /// # Errors
    /// The user's configuration cannot be read.
    pub fn main_worktree(&self) -> Result<Option<Worktree>, GitError> {
        let Ok(repo) = self.gix().main_repo() else { return Ok(None) };
        Ok(Worktree::new(as_user(&repo)?))
    }
}

impl Worktree {
    fn new(repo: gix::Repository) -> Option<Worktree> {
        let root = repo.workdir()?.to_owned();
        Some(Worktree { root: fs_err::canonicalize(&root).unwrap_or(root), repo })
    }

    /// Its directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What is checked out.
    pub fn head(&self) -> Result<Head, GitError> {
        let head = self.repo.head().map_err(GitError::gix("read HEAD"))?;
        match (head.referent_name(), head.id()) {
            (Some(name), _) => Ok(Head::Branch(name.as_bstr().to_string())),
            (None, Some(id)) => Ok(Head::Commit(from_gix(&id))),
            (None, None) => Err(GitError::BadRefName { name: "HEAD".to_owned() }),
        }
    }

    /// Checks out something else, as far as HEAD is concerned; `why` goes into its log.
    ///
    /// # Errors
    /// HEAD is not `from`.
    pub fn set_head(&self, from: &Head, to: &Head, why: &str) -> Result<(), GitError> {
        let log =
            LogChange { mode: RefLog::AndReference, force_create_reflog: false, message: format!("pq {why}").into() };
        let expected = PreviousValue::MustExistAndMatch(target(from)?);
        let name = "HEAD".try_into().expect("HEAD is the name of a ref");
        let edit = GixEdit { change: Change::Update { log, expected, new: target(to)? }, name, deref: false };
        let pq = gix::actor::SignatureRef { name: "pq".into(), email: "pq@localhost".into(), time: "0 +0000" };
        let moved = |source: gix::Error| GitError::RefMoved { name: "HEAD".to_owned(), source: Box::new(source) };
        self.repo.edit_references_as([edit], Some(pq)).map_err(moved)?;
        Ok(())
    }

    /// The tree of the index, which differs from `like`; of a path that is not merged, what stands in the worktree's commit.
    ///
    /// # Errors
    /// A tree cannot be read.
    pub fn index_tree(&self, objects: &mut Objects, like: Oid) -> Result<Oid, GitError> {
        use gix::index::entry::Stage::{Ours, Unconflicted};
        let index = self.index()?;
        let mut tree = Tree::new(like);
        for path in self.staged(like)? {
            let found = |stage| index.entry_by_path_and_stage(path.as_ref(), stage);
            let entry = found(Unconflicted).or_else(|| found(Ours)).and_then(entry_of);
            tree.set(objects, path.as_ref(), entry)?;
        }
        Ok(tree.write(objects))
    }

    /// The tree of the files that git knows, which differs from `like`.
    ///
    /// # Errors
    /// A file cannot be read.
    pub fn files_tree(&self, objects: &mut Objects, like: Oid) -> Result<Oid, GitError> {
        let mut tree = Tree::new(like);
        let mut files = self.files()?;
        let index = self.index()?;
        let mut paths = self.staged(like)?;
        paths.extend(self.unstaged()?);
        for path in paths {
            let known = index.entry_range(path.as_ref()).and_then(|range| entry_of(&index.entries()[range.start]));
            let known = known.or(tree.get(objects, path.as_ref())?.file());
            let entry = known.map(|known| files.take(objects, path.as_ref(), known)).transpose()?.flatten();
            tree.set(objects, path.as_ref(), entry)?;
        }
        Ok(tree.write(objects))
    }

    /// The paths that are not merged.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn unmerged(&self) -> Result<BTreeSet<BString>, GitError> {
        let index = self.index()?;
        let open = index.entries().iter().filter(|entry| entry.stage_raw() != 0);
        Ok(open.map(|entry| entry.path(&index).to_owned()).collect())
    }

    /// Whether git is in the middle of rebasing a branch there: HEAD is at a commit then.
    fn rebases(&self, branch: &str) -> bool {
        let files = ["rebase-merge/head-name", "rebase-apply/head-name"].map(|file| self.repo.path().join(file));
        files.iter().any(|file| fs_err::read(file).is_ok_and(|name| name.trim_ascii() == branch.as_bytes()))
    }

    fn index(&self) -> Result<gix::index::File, GitError> {
        let empty =
            || gix::index::File::from_state(gix::index::State::new(self.repo.object_hash()), self.repo.index_path());
        match self.repo.index_path().exists() {
            true => self.repo.open_index().map_err(GitError::gix("read the index")),
            false => Ok(empty()),
        }
    }
}

/// The same repository with the user's configuration: git must find the worktree as it would have left it.
fn as_user(repo: &gix::Repository) -> Result<gix::Repository, GitError> {
    let opened = user::options().open(repo.git_dir()).map_err(GitError::gix("read the git configuration"))?;
    Ok(opened.to_thread_local())
}

fn entry_of(entry: &gix::index::Entry) -> Option<Entry> {
    let mode = Mode::from_octal(format!("{:o}", entry.mode.bits()).as_bytes())?;
    Some(Entry { mode, id: from_gix(&entry.id) })
}

fn target(head: &Head) -> Result<Target, GitError> {
    Ok(match head {
        Head::Commit(id) => Target::Object(to_gix(*id)),
        Head::Branch(name) => {
            let bad = |_| GitError::BadRefName { name: name.clone() };
            Target::Symbolic(name.as_str().try_into().map_err(bad)?)
        }
    })
}

/// A path as text, for serde: bytes that are none are escaped as git does it.
pub mod path_text {
    use bstr::{BString, ByteSlice};
    use serde::{Deserialize, Deserializer, Serializer};

    /// Writes it, between double quotes of its own.
    pub fn serialize<S: Serializer>(path: &BString, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&crate::format::quote::quote_always(path).to_str_lossy())
    }

    /// Reads what [`serialize`] wrote.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BString, D::Error> {
        let text = String::deserialize(deserializer)?;
        let path = crate::format::quote::unquote(text.as_bytes());
        path.map(|(path, _)| path).ok_or_else(|| serde::de::Error::custom("not a quoted path"))
    }
}

/// Paths as errors show them.
fn shown<P: AsRef<[u8]>>(paths: impl IntoIterator<Item = P>) -> Vec<String> {
    paths.into_iter().map(|path| crate::format::quote::display(path.as_ref().as_bstr())).collect()
}
