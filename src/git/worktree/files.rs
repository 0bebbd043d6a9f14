//! One file of a worktree: what is there, writing it, taking it away.
//!
//! Contents are converted as git does it for this worktree. Nothing is written through a symlink, into `.git`, or outside.

use std::io::{ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bstr::{BStr, ByteSlice};
use fs_err as fs;
use gix::filter::plumbing::pipeline::convert::ToGitOutcome;

use super::filters::Filters;
use super::{Worktree, WorktreeError, shown};
use crate::git::{Entry, GitError, Kind, Objects};
use crate::model::Mode;

/// How the names of temporary files start.
pub(super) const TEMPORARY: &str = ".pq-tmp-";

/// Reads and writes single files of a worktree.
pub(super) struct Files<'a> {
    worktree: &'a Worktree,
    pipeline: gix::filter::Pipeline<'a>,
    index: gix::worktree::IndexPersistedOrInMemory,
    has_modes: bool,
    has_symlinks: bool,
}

/// What stands at a path.
enum Present {
    /// Nothing, or it leads through something that is no directory.
    Nothing,
    Directory,
    Symlink,
    File,
    /// A socket or the like.
    Other,
}

impl Worktree {
    pub(super) fn files(&self) -> Result<Files<'_>, GitError> {
        let (pipeline, index) = self.repo.filter_pipeline(None).map_err(GitError::gix("read the attributes"))?;
        let config = self.repo.config_snapshot();
        let is_set = |key: &str| config.boolean(key).unwrap_or(true);
        let (has_modes, has_symlinks) = (cfg!(unix) && is_set("core.fileMode"), is_set("core.symlinks"));
        Ok(Files { worktree: self, pipeline, index, has_modes, has_symlinks })
    }

    /// Where a path is on the disk.
    pub(super) fn place(&self, path: &BStr) -> Result<PathBuf, GitError> {
        let bad = || WorktreeError::BadPath { path: shown([path]).concat() };
        crate::format::quote::check_path(path).map_err(|_| bad())?;
        let relative = path.to_path().map_err(|_| bad())?;
        Ok(self.root.join(relative))
    }

    /// Whether every directory above a path is there and is one.
    fn has_parents(&self, place: &Path) -> bool {
        let above = place.ancestors().skip(1).take_while(|above| *above != self.root);
        above.into_iter().all(|above| fs::symlink_metadata(above).is_ok_and(|meta| meta.is_dir()))
    }

    fn look(&self, place: &Path) -> Present {
        let meta = fs::symlink_metadata(place).ok().filter(|_| self.has_parents(place));
        match meta.map(|meta| meta.file_type()) {
            None => Present::Nothing,
            Some(kind) if kind.is_dir() => Present::Directory,
            Some(kind) if kind.is_symlink() => Present::Symlink,
            Some(kind) if kind.is_file() => Present::File,
            Some(_) => Present::Other,
        }
    }
}

impl Files<'_> {
    /// Whether exactly this stands at a path. A directory is as good as nothing: only what is in it counts.
    pub fn is(&mut self, path: &BStr, entry: Option<Entry>) -> Result<bool, GitError> {
        let place = self.worktree.place(path)?;
        Ok(match (self.worktree.look(&place), entry) {
            (Present::Nothing, entry) => entry.is_none(),
            (Present::Directory, entry) => entry.is_none_or(|entry| entry.mode == Mode::Submodule),
            (Present::Symlink, Some(entry)) => entry.mode == Mode::Symlink && has_id(&link_target(&place)?, entry),
            (Present::File, Some(entry)) if entry.mode.is_file() => {
                self.has_mode(&place, entry.mode)? && has_id(&self.content(path, &place)?, entry)
            }
            (Present::File, Some(entry)) if entry.mode == Mode::Symlink && !self.has_symlinks => {
                has_id(&read(&place)?, entry)
            }
            (Present::Symlink | Present::File | Present::Other, _) => false,
        })
    }

    /// What stands at a path, as git would store it; none if that is nothing which git stores. Submodules are not looked into.
    pub fn take(&mut self, objects: &mut Objects, path: &BStr, known: Entry) -> Result<Option<Entry>, GitError> {
        let place = self.worktree.place(path)?;
        let (mode, bytes) = match self.worktree.look(&place) {
            Present::Directory if known.mode == Mode::Submodule => return Ok(Some(known)),
            Present::Symlink => (Mode::Symlink, link_target(&place)?),
            Present::File if known.mode == Mode::Symlink && !self.has_symlinks => (Mode::Symlink, read(&place)?),
            Present::File => (self.mode(&place, known.mode)?, self.content(path, &place)?),
            Present::Nothing | Present::Directory | Present::Other => return Ok(None),
        };
        Ok(Some(Entry { mode, id: objects.write(Kind::Blob, bytes) }))
    }

    fn mode(&self, place: &Path, known: Mode) -> Result<Mode, GitError> {
        Ok(match self.has_modes {
            true if is_executable(place)? => Mode::Executable,
            false if known == Mode::Executable => Mode::Executable,
            _ => Mode::Regular,
        })
    }

    fn has_mode(&self, place: &Path, mode: Mode) -> Result<bool, GitError> {
        Ok(self.mode(place, mode)? == mode)
    }

    /// The content of a file as git stores it.
    fn content(&mut self, path: &BStr, place: &Path) -> Result<Vec<u8>, GitError> {
        let relative = path.to_path().unwrap_or(place);
        let file = fs::File::open(place).map_err(at(place))?;
        let converted = self.pipeline.convert_to_git(file, relative, &self.index);
        let mut bytes = Vec::new();
        match converted.map_err(GitError::gix("convert a file of the worktree"))? {
            ToGitOutcome::Unchanged(mut file) => file.read_to_end(&mut bytes).map(drop).map_err(at(place))?,
            ToGitOutcome::Process(mut output) => output.read_to_end(&mut bytes).map(drop).map_err(at(place))?,
            ToGitOutcome::Buffer(buffer) => bytes.extend_from_slice(buffer),
        }
        Ok(bytes)
    }

    /// Puts a file where it belongs, whole, in place of what is there. False if something is in the way.
    pub fn put(
        &self,
        filters: &mut Filters<'_>,
        objects: &Objects,
        path: &BStr,
        entry: Entry,
    ) -> Result<bool, GitError> {
        let place = self.worktree.place(path)?;
        if !self.make_parents(&place)? {
            return Ok(false);
        }
        let is_directory = matches!(self.worktree.look(&place), Present::Directory);
        if entry.mode == Mode::Submodule {
            return Ok(is_directory || fs::create_dir(&place).is_ok());
        }
        if is_directory && fs::remove_dir(&place).is_err() {
            return Ok(false);
        }
        let bytes = objects.blob(entry.id)?;
        let temporary = temporary(&place);
        if entry.mode == Mode::Symlink && self.has_symlinks {
            let target = bytes.to_path().map_err(|_| WorktreeError::BadPath { path: shown([&bytes]).concat() })?;
            gix::fs::symlink::create(target, &temporary).map_err(at(&place))?;
        } else {
            let bytes = if entry.mode.is_file() { filters.convert(path, &bytes)? } else { bytes.to_vec() };
            create(&temporary, &bytes, entry.mode == Mode::Executable && self.has_modes).map_err(at(&place))?;
        }
        fs::rename(&temporary, &place).map_err(at(&place))?;
        Ok(true)
    }

    /// Makes the directories above a path. False if something that is no directory is in the way.
    fn make_parents(&self, place: &Path) -> Result<bool, GitError> {
        let above: Vec<&Path> = place.ancestors().skip(1).take_while(|above| *above != self.worktree.root).collect();
        for directory in above.into_iter().rev() {
            match fs::symlink_metadata(directory) {
                Ok(meta) if meta.is_dir() => {}
                Ok(_) => return Ok(false),
                Err(_) => fs::create_dir(directory).map_err(at(directory))?,
            }
        }
        Ok(true)
    }

    /// Takes a file away, and the directories that get empty. A submodule's files stay.
    pub fn remove(&self, path: &BStr) -> Result<(), GitError> {
        let place = self.worktree.place(path)?;
        match self.worktree.look(&place) {
            Present::Symlink | Present::File => fs::remove_file(&place).map_err(at(&place))?,
            Present::Directory | Present::Nothing | Present::Other => {}
        }
        // What is not empty stays, and so does what is above it.
        let mut directories = place.ancestors().take_while(|above| *above != self.worktree.root);
        let _ =
            directories.try_for_each(|directory| if directory.exists() { fs::remove_dir(directory) } else { Ok(()) });
        Ok(())
    }

    /// Takes away what a killed process left beside a file.
    pub fn clean(&self, path: &BStr) -> Result<(), GitError> {
        let place = self.worktree.place(path)?;
        let Some(directory) = place.parent().filter(|_| self.worktree.has_parents(&place)) else { return Ok(()) };
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(TEMPORARY.as_bytes())) {
            fs::remove_file(entry.path()).map_err(at(&place))?;
        }
        Ok(())
    }
}

/// The error for a file that cannot be read or written.
pub(super) fn at(place: &Path) -> impl FnOnce(std::io::Error) -> GitError {
    let path = place.to_owned();
    move |source| GitError::Write { path, source }
}

fn read(place: &Path) -> Result<Vec<u8>, GitError> {
    fs::read(place).map_err(at(place))
}

fn link_target(place: &Path) -> Result<Vec<u8>, GitError> {
    let target = fs::read_link(place).map_err(at(place))?;
    Ok(target.into_os_string().into_encoded_bytes())
}

fn has_id(bytes: &[u8], entry: Entry) -> bool {
    Objects::id_of(Kind::Blob, bytes) == entry.id
}

fn is_executable(place: &Path) -> Result<bool, GitError> {
    let meta = fs::symlink_metadata(place).map_err(at(place))?;
    Ok(gix::fs::is_executable(&meta))
}

/// A name beside the file.
fn temporary(place: &Path) -> PathBuf {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let nth = COUNTER.fetch_add(1, Ordering::Relaxed);
    place.with_file_name(format!("{TEMPORARY}{}-{nth}", std::process::id()))
}

fn create(place: &Path, bytes: &[u8], is_executable: bool) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use fs_err::os::unix::fs::OpenOptionsExt;
        options.mode(if is_executable { 0o777 } else { 0o666 });
    }
    #[cfg(not(unix))]
    let _ = is_executable;
    let mut file = match options.open(place) {
        // Only a killed process of the same number can have left it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(place)?;
            options.open(place)?
        }
        opened => opened?,
    };
    file.write_all(bytes)
}
