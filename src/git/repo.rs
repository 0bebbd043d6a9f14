//! The upstream repository: opening it, names of revisions, releases, ranges.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use bstr::BString;

use super::objects::{Fresh, from_gix, to_gix};
use super::user::UserView;
use super::{GitError, Objects};
use crate::model::Oid;

/// How much of the packs each thread may keep unpacked. Without it, gix keeps no more than 64 objects, and versions of one file are unpacked
/// again and again.
const DELTA_CACHE: &str = "core.deltaBaseCacheLimit=48m";

/// How many bytes of objects a reader remembers that walks along history.
const OBJECT_CACHE: usize = 32 << 20;

/// The fork's clone.
#[derive(Clone)]
pub struct Repo {
    shared: gix::ThreadSafeRepository,
    user: UserView,
}

/// One commit of a range and its parents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The commit.
    pub id: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
}

impl Repo {
    /// Opens the repository at `path`: a worktree, a bare repository or a linked worktree. The user's own git configuration is not read,
    /// so that nothing depends on it; see `user.rs` for what does.
    pub fn open(path: &Path) -> Result<Repo, GitError> {
        let options = gix::open::Options::isolated().config_overrides([DELTA_CACHE]);
        let shared =
            options.open(path).map_err(|source| GitError::Open { path: path.to_owned(), source: Box::new(source) })?;
        Ok(Repo { shared, user: UserView::default() })
    }

    /// Makes a bare repository at `path` and the directories above it. Its HEAD is the branch `main`, whatever the user's
    /// git configuration says.
    ///
    /// # Errors
    /// The directory is not empty, or cannot be written.
    pub fn init_bare(path: &Path) -> Result<Repo, GitError> {
        fs_err::create_dir_all(path).map_err(|source| GitError::Write { path: path.to_owned(), source })?;
        let (create, open) = (gix::create::Options::default(), gix::open::Options::isolated());
        let made = gix::ThreadSafeRepository::init_opts(path, gix::create::Kind::Bare, create, open);
        let shared = made.map_err(GitError::gix("make a repository"))?;
        Ok(Repo { shared, user: UserView::default() })
    }

    /// A reader for this thread.
    pub fn objects(&self) -> Objects {
        Objects::new(self.shared.to_thread_local(), self.user.clone())
    }

    /// A reader for this thread that remembers what it read: for walks along history, where each commit shares most with the one before.
    pub fn remembering_objects(&self) -> Objects {
        let mut repo = self.shared.to_thread_local();
        repo.object_cache_size(OBJECT_CACHE);
        Objects::new(repo, self.user.clone())
    }

    /// A reader for this thread that also sees objects which another one has in memory. It does not write those again.
    pub fn objects_over(&self, fresh: &HashMap<Oid, Fresh>) -> Objects {
        Objects::over(self.shared.to_thread_local(), self.user.clone(), fresh)
    }

    /// Name and address of the person who works here, from their git configuration and environment.
    pub fn identity(&self) -> Option<(BString, BString)> {
        let repo = gix::open(self.common_dir()).ok()?;
        let author = repo.author()?.ok()?;
        Some((author.name.to_owned(), author.email.to_owned()))
    }

    pub(super) fn gix(&self) -> gix::Repository {
        self.shared.to_thread_local()
    }

    /// The directory that all worktrees share: where refs and objects are.
    pub fn common_dir(&self) -> PathBuf {
        self.gix().common_dir().to_owned()
    }

    /// Where pq keeps what it can make again: below the repository's own directory.
    pub fn cache_dir(&self) -> PathBuf {
        self.common_dir().join("pq")
    }

    /// Whether history ends early.
    pub fn is_shallow(&self) -> bool {
        self.gix().is_shallow().unwrap_or(false)
    }

    /// The commit that a revision names, as git reads revisions; annotated tags are followed.
    pub fn resolve(&self, revision: &str) -> Result<Oid, GitError> {
        let repo = self.gix();
        let spec = format!("{revision}^{{commit}}");
        match repo.rev_parse_single(spec.as_str()) {
            Ok(id) => Ok(from_gix(&id)),
            Err(error) => Err(self.unresolved(&repo, revision, &error)),
        }
    }

    fn unresolved(&self, repo: &gix::Repository, revision: &str, error: &gix::Error) -> GitError {
        if error.iter_errors().any(|error| error.to_string().contains("ambiguous")) {
            return GitError::Ambiguous { revision: revision.to_owned() };
        }
        if let Ok(id) = revision.parse::<Oid>()
            && self.is_shallow()
        {
            return GitError::Missing { id, repo: repo.git_dir().to_owned(), shallow: true };
        }
        GitError::NoSuchRevision { revision: revision.to_owned(), repo: repo.git_dir().to_owned() }
    }

    /// The commit that a hexadecimal id of 7 digits or more names; `None` if there is none, or more than one.
    pub fn commit_by_prefix(&self, objects: &Objects, hex: &str) -> Option<Oid> {
        if let Ok(id) = hex.parse::<Oid>() {
            return self.is_commit(objects, id).then_some(id);
        }
        let prefix = gix::hash::Prefix::from_hex(hex).ok()?;
        let mut candidates = HashSet::new();
        let found = objects.gix().objects.lookup_prefix(prefix, Some(&mut candidates)).ok()??;
        if let Ok(id) = found {
            candidates.insert(id);
        }
        let mut commits = candidates.iter().map(|id| from_gix(id)).filter(|id| self.is_commit(objects, *id));
        commits.next().filter(|_| commits.next().is_none())
    }

    /// The blob that a hexadecimal id of 7 digits or more names; `None` if there is none, or more than one.
    pub fn blob_by_prefix(&self, objects: &Objects, hex: &str) -> Option<Oid> {
        let prefix = gix::hash::Prefix::from_hex(hex).ok()?;
        let mut candidates = HashSet::new();
        let found = objects.gix().objects.lookup_prefix(prefix, Some(&mut candidates)).ok()??;
        candidates.extend(found);
        let is_blob = |id: &Oid| {
            objects.gix().find_header(to_gix(*id)).is_ok_and(|header| header.kind() == gix::objs::Kind::Blob)
        };
        let mut blobs = candidates.iter().map(|id| from_gix(id)).filter(is_blob);
        blobs.next().filter(|_| blobs.next().is_none())
    }

    fn is_commit(&self, objects: &Objects, id: Oid) -> bool {
        // A repository knows ids of one length only.
        id.as_bytes().len() == objects.gix().object_hash().len_in_bytes()
            && objects.gix().find_header(to_gix(id)).is_ok_and(|header| header.kind() == gix::objs::Kind::Commit)
    }

    /// Every tag with the commit that it stands for; tags of anything else are left out.
    pub fn tags(&self) -> Result<Vec<(BString, Oid)>, GitError> {
        self.refs_under("refs/tags/")
    }

    /// Every ref that starts with `prefix`, by its name without it, with its commit.
    pub fn refs_under(&self, prefix: &str) -> Result<Vec<(BString, Oid)>, GitError> {
        self.each_under(prefix, |name, reference| Some((name, from_gix(&reference.peel_to_id().ok()?))))
    }

    /// The names alone: to find the commit of each ref takes longer than to list them.
    pub fn names_under(&self, prefix: &str) -> Result<Vec<BString>, GitError> {
        self.each_under(prefix, |name, _| Some(name))
    }

    fn each_under<T>(
        &self,
        prefix: &str,
        keep: impl Fn(BString, &mut gix::Reference<'_>) -> Option<T>,
    ) -> Result<Vec<T>, GitError> {
        let repo = self.gix();
        let platform = repo.references().map_err(GitError::gix("list the refs"))?;
        let found = platform.prefixed(prefix).map_err(GitError::gix("list the refs"))?;
        let name = |reference: &gix::Reference<'_>| {
            reference.name().as_bstr().strip_prefix(prefix.as_bytes()).unwrap_or_default().into()
        };
        Ok(found.flatten().filter_map(|mut reference| keep(name(&reference), &mut reference)).collect())
    }

    /// The commits that can be reached from `tips` and not from `hidden`, newest first by commit time; parents never come before children of a
    /// linear history.
    pub fn range(&self, tips: &[Oid], hidden: &[Oid]) -> Result<Vec<Step>, GitError> {
        let repo = self.gix();
        let newest_first = gix::traverse::commit::simple::CommitTimeOrder::NewestFirst;
        let walk = repo
            .rev_walk(tips.iter().map(|id| to_gix(*id)))
            .sorting(gix::revision::walk::Sorting::ByCommitTime(newest_first))
            .with_hidden(hidden.iter().map(|id| to_gix(*id)))
            .all()
            .map_err(GitError::gix("walk the history"))?;
        let step = |info: Result<gix::revision::walk::Info<'_>, gix::Error>| {
            let info = info.map_err(|source| self.broken_history(source))?;
            let parents = info.parent_ids.iter().map(|id| from_gix(id)).collect();
            Ok(Step { id: from_gix(&info.id), parents })
        };
        walk.map(step).collect()
    }

    fn broken_history(&self, source: gix::Error) -> GitError {
        let repo = self.common_dir();
        match self.is_shallow() {
            true => GitError::Shallow { repo, what: "the range that is needed".to_owned() },
            false => GitError::Gix { what: "walk the history", source: Box::new(source) },
        }
    }

    /// The best common ancestor of two commits, if there is one.
    pub fn merge_base(&self, a: Oid, b: Oid) -> Result<Option<Oid>, GitError> {
        let repo = self.gix();
        match repo.merge_base(to_gix(a), to_gix(b)) {
            Ok(id) => Ok(id.map(|id| from_gix(&id))),
            Err(error) => Err(self.broken_history(error)),
        }
    }
}
