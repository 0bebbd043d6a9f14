//! Objects: read through gix, written to memory first.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use gix::objs::{Exists as _, Find as _};

use super::GitError;
use super::user::UserView;
use crate::model::Oid;

/// The kinds of objects that pq writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The content of a file.
    Blob,
    /// A directory.
    Tree,
    /// A commit.
    Commit,
}

impl Kind {
    fn to_gix(self) -> gix::objs::Kind {
        match self {
            Kind::Blob => gix::objs::Kind::Blob,
            Kind::Tree => gix::objs::Kind::Tree,
            Kind::Commit => gix::objs::Kind::Commit,
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Blob => "blob",
            Kind::Tree => "tree",
            Kind::Commit => "commit",
        }
    }
}

/// An object that is not in the repository yet.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub bytes: Arc<[u8]>,
    /// A fresh object of the same kind that it resembles, written before it: the pack stores the difference.
    pub like: Option<Oid>,
}

/// A reader of the repository's objects with new ones on top, for one thread.
pub struct Objects {
    repo: gix::Repository,
    user: UserView,
    fresh: HashMap<Oid, Fresh>,
    order: Vec<Oid>,
}

impl Objects {
    pub(super) fn new(repo: gix::Repository, user: UserView) -> Self {
        Objects { repo, user, fresh: HashMap::new(), order: Vec::new() }
    }

    pub(super) fn over(repo: gix::Repository, user: UserView, fresh: &HashMap<Oid, Fresh>) -> Self {
        Objects { repo, user, fresh: fresh.clone(), order: Vec::new() }
    }

    /// The content of a blob.
    pub fn blob(&self, id: Oid) -> Result<Arc<[u8]>, GitError> {
        self.read(id, Kind::Blob)
    }

    /// The raw content of an object, which must be of the given kind.
    pub fn read(&self, id: Oid, kind: Kind) -> Result<Arc<[u8]>, GitError> {
        let mut buffer = Vec::new();
        self.read_into(id, kind, &mut buffer)?;
        Ok(buffer.into())
    }

    /// The same, into a buffer that is used again.
    pub fn read_into(&self, id: Oid, kind: Kind, buffer: &mut Vec<u8>) -> Result<(), GitError> {
        if let Some(fresh) = self.fresh.get(&id) {
            expect_kind(id, fresh.kind.to_gix(), kind)?;
            buffer.clear();
            buffer.extend_from_slice(&fresh.bytes);
            return Ok(());
        }
        if id.as_bytes().len() != self.repo.object_hash().len_in_bytes() {
            return Err(self.missing(id));
        }
        let found = self.repo.objects.try_find(&to_gix(id), buffer);
        let found = found.map_err(|source| GitError::Unreadable { id, source: Box::new(source) })?;
        let Some(data) = found else { return Err(self.missing(id)) };
        expect_kind(id, data.kind, kind)
    }

    /// Whether the object is there, in memory or in the repository.
    pub fn has(&self, id: Oid) -> bool {
        self.fresh.contains_key(&id) || self.repo.objects.exists(&to_gix(id))
    }

    /// The id that an object has, without keeping it.
    pub fn id_of(kind: Kind, bytes: &[u8]) -> Oid {
        let id = gix::objs::compute_hash(gix::hash::Kind::Sha1, kind.to_gix(), bytes);
        from_gix(id.expect("only input made to collide has no hash").as_ref())
    }

    /// Keeps a new object in memory and returns its id.
    pub fn write(&mut self, kind: Kind, bytes: impl Into<Arc<[u8]>>) -> Oid {
        let bytes = bytes.into();
        let id = Objects::id_of(kind, &bytes);
        self.insert(id, Fresh { kind, bytes, like: None });
        id
    }

    /// Keeps a new object whose id is known.
    pub fn insert(&mut self, id: Oid, fresh: Fresh) {
        // Without a refresh: else every new object would make gix read the object directory again.
        let is_known = self.fresh.contains_key(&id) || self.repo.objects.exists_without_refresh(&to_gix(id));
        if !is_known {
            self.order.push(id);
            self.fresh.insert(id, fresh);
        }
    }

    /// The new objects, for readers of other threads: see [`super::Repo::objects_over`].
    pub fn snapshot(&self) -> HashMap<Oid, Fresh> {
        self.fresh.clone()
    }

    /// The new objects, in the order in which they came.
    pub fn fresh(&self) -> impl Iterator<Item = (Oid, &Fresh)> {
        self.order.iter().map(|id| (*id, &self.fresh[id]))
    }

    /// Forgets the new objects: they have been written.
    pub(super) fn forget_fresh(&mut self) {
        self.fresh.clear();
        self.order.clear();
    }

    /// The handle to gix, for what goes beyond single objects.
    pub(super) fn gix(&self) -> &gix::Repository {
        &self.repo
    }

    /// The repository with the user's configuration.
    pub(super) fn user(&self) -> Result<gix::Repository, GitError> {
        self.user.get(self.repo.git_dir())
    }

    /// The error for an object that is not there.
    pub(super) fn missing(&self, id: Oid) -> GitError {
        let repo: PathBuf = self.repo.git_dir().to_owned();
        GitError::Missing { id, repo, shallow: self.repo.is_shallow().unwrap_or(false) }
    }

    /// The size in bytes of an object, without reading it whole.
    pub fn size(&self, id: Oid) -> Result<u64, GitError> {
        if let Some(fresh) = self.fresh.get(&id) {
            return Ok(fresh.bytes.len() as u64);
        }
        let header = self.repo.find_header(to_gix(id)).map_err(|_| self.missing(id))?;
        Ok(header.size())
    }
}

fn expect_kind(id: Oid, actual: gix::objs::Kind, expected: Kind) -> Result<(), GitError> {
    if actual == expected.to_gix() {
        return Ok(());
    }
    let actual = match actual {
        gix::objs::Kind::Blob => "blob",
        gix::objs::Kind::Tree => "tree",
        gix::objs::Kind::Commit => "commit",
        gix::objs::Kind::Tag => "tag",
    };
    Err(GitError::WrongKind { id, actual, expected: expected.as_str() })
}

/// Into gix's type.
pub(super) fn to_gix(id: Oid) -> gix::ObjectId {
    gix::ObjectId::from_bytes_or_panic(id.as_bytes())
}

/// From gix's type.
pub(super) fn from_gix(id: &gix::oid) -> Oid {
    Oid::from_bytes(id.as_bytes()).expect("gix has the two lengths that there are")
}
