//! What can go wrong with the files of a queue.

use std::io;
use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::format::manifest::ManifestError;

/// Why files could not be found, read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no queue where the command was started.
    #[error("found no pq.toml in {} or above it", .start.display())]
    NothingFound {
        /// Where the search began.
        start: PathBuf,
    },
    /// The directory that was named has no queue.
    #[error("{} has no pq.toml", .directory.display())]
    NotAQueue {
        /// The directory.
        directory: PathBuf,
    },
    /// A workspace names a line that is not there.
    #[error("the workspace {} names {member:?}, which has no pq.toml", .root.display())]
    NoMember {
        /// The directory of the workspace.
        root: PathBuf,
        /// The line, as the workspace names it.
        member: String,
    },
    /// `pq.toml` says something wrong.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// `pq.toml` is not text.
    #[error("{} is not valid UTF-8: byte {at} does not belong there", .file.display())]
    NotUtf8 {
        /// The file.
        file: PathBuf,
        /// The first wrong byte, from 0.
        at: usize,
    },
    /// Files of patches are missing or are no files.
    #[error("{}", listed(.directory, .files))]
    Files {
        /// The directory of the queue.
        directory: PathBuf,
        /// Each file, relative to the directory, and what is wrong with it.
        files: Vec<(String, BadFile)>,
    },
    /// A key of a change does not stay in the directory.
    #[error("{path:?} does not name a file inside the queue's directory")]
    Outside {
        /// The key.
        path: String,
    },
    /// There is no series of another tool.
    #[error("found no series file in {}, nor in patches or debian/patches below it", .place.display())]
    NoSeries {
        /// Where it was looked for.
        place: PathBuf,
    },
    /// The directory holds something that no export wrote.
    #[error("{} holds files that no export of pq wrote", .directory.display())]
    NotAnExport {
        /// The directory.
        directory: PathBuf,
    },
    /// Another process works on the queue.
    #[error("another pq{} is working on this queue ({} is locked)", process(*.holder), .file.display())]
    Locked {
        /// The file of the lock.
        file: PathBuf,
        /// The process that holds it.
        holder: Option<u32>,
    },
    /// The disk or the system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFile {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// A directory has its name.
    #[error("is a directory")]
    Directory,
    /// A file has the name of a directory.
    #[error("needs a directory where there is a file")]
    NotADirectory,
    /// It points somewhere else.
    #[error("is a symlink, or behind one: it could lead out of the directory")]
    Symlink,
    /// A device, a pipe, a socket.
    #[error("is not a file")]
    NotAFile,
    /// Its name cannot be written down.
    #[error("has a name that is not valid UTF-8")]
    Name,
    /// Its name leads out of the directory.
    #[error("leads out of the directory")]
    Outside,
    /// It is there, and is not ours to replace.
    #[error("exists, and no export wrote it")]
    Taken,
    /// It could not be read.
    #[error("cannot be read: {0}")]
    Unreadable(String),
}

fn listed(directory: &std::path::Path, files: &[(String, BadFile)]) -> String {
    let lines: Vec<String> =
        files.iter().map(|(file, bad)| format!("{} {bad}", directory.join(file).display())).collect();
    lines.join("\n")
}

fn process(holder: Option<u32>) -> String {
    holder.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl Hint for StoreError {
    fn kind(&self) -> Kind {
        match self {
            StoreError::Manifest(error) => error.kind(),
            StoreError::Io(_) | StoreError::Locked { .. } => Kind::Environment,
            StoreError::Files { files, .. } if files.iter().any(|(_, bad)| bad.is_environment()) => Kind::Environment,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            StoreError::NothingFound { .. } => "run `pq init`, or name the directory with --queue".to_owned(),
            StoreError::NotAQueue { .. } => "run `pq init` there, or name another directory with --queue".to_owned(),
            StoreError::NoMember { .. } => {
                "correct `lines` in the workspace's pq.toml, or run `pq init` there".to_owned()
            }
            StoreError::Manifest(error) => return error.hint(),
            StoreError::NotUtf8 { .. } => "save the file as UTF-8".to_owned(),
            StoreError::Files { files, .. } => files_hint(files),
            StoreError::NoSeries { .. } => {
                "name the directory that holds the series file, for example debian/patches".to_owned()
            }
            StoreError::NotAnExport { .. } => "name a new directory, or overwrite with --force".to_owned(),
            StoreError::Outside { .. } => "use a relative path without `..`, with forward slashes".to_owned(),
            StoreError::Locked { holder: Some(pid), .. } => {
                format!("wait until it ends; if it hangs, end process {pid}")
            }
            StoreError::Locked { holder: None, .. } => "wait until it ends, then run the command again".to_owned(),
            StoreError::Io(error) => return io_hint(error).map(str::to_owned),
        })
    }
}

impl BadFile {
    fn is_environment(&self) -> bool {
        matches!(self, BadFile::Unreadable(_))
    }

    fn hint(&self) -> &'static str {
        match self {
            BadFile::Missing => "restore what is missing with git, or take the patches out of `series` with `pq drop`",
            BadFile::Outside => "write a relative path without `..` into the series",
            BadFile::Taken => "move the file away, or overwrite it with --force",
            BadFile::Symlink => "put the file itself in the place of a symlink",
            BadFile::Unreadable(_) => "look at the permissions, and whether the disk is healthy",
            BadFile::Directory | BadFile::NotADirectory | BadFile::NotAFile | BadFile::Name => {
                "move what does not belong there out of the queue's directory, or rename it"
            }
        }
    }
}

/// The remedies of all files, each of them once.
fn files_hint(files: &[(String, BadFile)]) -> String {
    let mut hints: Vec<&str> = Vec::new();
    for hint in files.iter().map(|(_, bad)| bad.hint()) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints.join("; ")
}

fn io_hint(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Some("give yourself the right to read and write the queue's directory"),
        io::ErrorKind::StorageFull => Some("make room on the disk, then run the command again"),
        io::ErrorKind::ReadOnlyFilesystem => Some("the file system is mounted read-only: use a clone elsewhere"),
        _ => None,
    }
}
