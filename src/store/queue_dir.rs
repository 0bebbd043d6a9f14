//! The directory of a queue, and how it is read.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::tree::{Tree, inspect};
use super::{BadFile, StoreError, atomic};
use crate::format::manifest::{Document, Workspace};
use crate::model::PatchName;

pub(super) const MANIFEST: &str = "pq.toml";
pub(super) const PATCHES: &str = "patches";
pub(super) const RESOLUTIONS: &str = "resolutions";
/// How the name of a resolution's file ends.
const RESOLUTION: &str = ".txt";

/// The directory of one queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueDir {
    root: PathBuf,
    repo: PathBuf,
    workspace: Option<Box<Workspace>>,
}

/// A queue as it is on disk.
#[derive(Debug, Clone)]
pub struct LoadedQueue {
    /// `pq.toml`.
    pub document: Document,
    /// The patch files, in the order of the series; those of held patches too.
    pub texts: Vec<Vec<u8>>,
    /// Patch files that no series names, relative to the directory.
    pub strays: Vec<String>,
}

impl LoadedQueue {
    /// The file of a patch.
    pub fn text(&self, name: &PatchName) -> Option<&[u8]> {
        let at = self.document.manifest().patches.iter().position(|patch| patch.name == *name)?;
        self.texts.get(at).map(Vec::as_slice)
    }
}

impl QueueDir {
    /// A directory that is to become a queue: nothing is read. `repo` is the fork's clone, `workspace` what the
    /// directory belongs to.
    pub fn new(root: PathBuf, repo: PathBuf, workspace: Option<Workspace>) -> QueueDir {
        QueueDir { root, repo, workspace: workspace.map(Box::new) }
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The fork's clone: `repo` of `[upstream]`, seen from the file that states it.
    pub fn repo_path(&self) -> PathBuf {
        self.repo.clone()
    }

    /// The workspace that it belongs to: the queue takes from it what it does not state itself.
    pub fn workspace(&self) -> Option<&Workspace> {
        self.workspace.as_deref()
    }

    /// Reads the whole queue.
    ///
    /// # Errors
    /// `pq.toml` is wrong; or files are missing or cannot be read: all of them in one error.
    pub fn load(&self) -> Result<LoadedQueue, StoreError> {
        let file = self.root.join(MANIFEST);
        let document = Document::parse(&read_text(&file)?, &file.display().to_string(), self.workspace())?;
        let tree = Tree::below(&self.root, &[PATCHES])?;
        let wanted: Vec<String> = document.manifest().patches.iter().map(|patch| patch.name.file()).collect();
        let texts = self.read_all(&wanted, &tree)?;
        let named: HashSet<&String> = wanted.iter().collect();
        let strays = tree.files.into_keys().filter(|file| file.ends_with(".patch") && !named.contains(file)).collect();
        Ok(LoadedQueue { document, texts, strays })
    }

    /// A text file beside `pq.toml`.
    ///
    /// # Errors
    /// It is missing, or no text.
    pub fn read_text(&self, file: &str) -> Result<String, StoreError> {
        let tree = Tree { files: [(file.to_owned(), inspect(&self.root.join(file))?)].into(), ..Tree::default() };
        let bytes = self.read_all(&[file.to_owned()], &tree)?.remove(0);
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            StoreError::NotUtf8 { file: self.root.join(file), at }
        })
    }

    /// The bytes of `pq.toml` and of everything under `patches/`, by path with forward slashes.
    ///
    /// # Errors
    /// Something there is not a file, or cannot be read: all of them in one error.
    pub fn snapshot(&self) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let mut tree = Tree::below(&self.root, &[PATCHES])?;
        match inspect(&self.root.join(MANIFEST))? {
            Err(BadFile::Missing) => {}
            found => drop(tree.files.insert(MANIFEST.to_owned(), found)),
        }
        let files: Vec<String> = tree.files.keys().cloned().collect();
        let texts = self.read_all(&files, &tree)?;
        Ok(files.into_iter().zip(texts).collect())
    }

    /// The bytes of the recorded resolutions, by path with forward slashes. Other files beside them are not looked at.
    ///
    /// # Errors
    /// Something there cannot be read: all of it in one error.
    pub fn resolutions(&self) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
        let tree = Tree::below(&self.root, &[RESOLUTIONS])?;
        // The directory itself stands for all of it where it is no directory.
        let is_one = |path: &&String| path.ends_with(RESOLUTION) || *path == RESOLUTIONS;
        let files: Vec<String> = tree.files.keys().filter(is_one).cloned().collect();
        let texts = self.read_all(&files, &tree)?;
        Ok(files.into_iter().zip(texts).collect())
    }

    /// Where a resolution of that name stands.
    pub fn resolution_path(name: &str) -> String {
        format!("{RESOLUTIONS}/{name}")
    }

    /// Whether a path is below the directory of resolutions.
    pub fn is_resolution(path: &str) -> bool {
        path.strip_prefix(RESOLUTIONS).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The bytes of files that stand in the tree, or everything that is wrong with them.
    fn read_all(&self, files: &[String], tree: &Tree) -> Result<Vec<Vec<u8>>, StoreError> {
        let read = |file: &String| -> Result<Vec<u8>, BadFile> {
            match tree.files.get(file) {
                Some(found) => found.clone()?,
                None => return Err(self.why_absent(file)),
            }
            fs_err::read(self.root.join(file)).map_err(|error| BadFile::Unreadable(error.to_string()))
        };
        let results: Vec<_> = files.par_iter().map(|file| read(file).map_err(|bad| (file.clone(), bad))).collect();
        let (texts, files): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        if files.is_empty() {
            return Ok(texts.into_iter().flatten().collect());
        }
        let files = files.into_iter().filter_map(Result::err).collect();
        Err(StoreError::Files { directory: self.root.clone(), files })
    }

    /// Why a file is not in the tree: it, or a directory above it, is something else.
    fn why_absent(&self, file: &str) -> BadFile {
        let prefixes = file.match_indices('/').map(|(slash, _)| &file[..slash]).chain([file]);
        let bad = prefixes.filter_map(|prefix| match inspect(&self.root.join(prefix)) {
            Ok(Err(BadFile::Directory)) if prefix != file => None,
            Ok(Ok(())) if prefix != file => Some(BadFile::NotADirectory),
            Ok(found) => found.err(),
            Err(error) => Some(BadFile::Unreadable(error.to_string())),
        });
        bad.into_iter().next().unwrap_or(BadFile::Missing)
    }
}

/// The text of a `pq.toml`.
pub(super) fn read_text(file: &Path) -> Result<String, StoreError> {
    let directory = file.parent().unwrap_or(Path::new("."));
    match inspect(file)? {
        Ok(()) => {}
        Err(BadFile::Missing) => return Err(StoreError::NotAQueue { directory: directory.to_owned() }),
        Err(bad) => {
            let files = vec![(MANIFEST.to_owned(), bad)];
            return Err(StoreError::Files { directory: directory.to_owned(), files });
        }
    }
    let bytes = atomic::read_if_there(file)?.unwrap_or_default();
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        StoreError::NotUtf8 { file: file.to_owned(), at }
    })
}
