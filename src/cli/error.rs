//! What can go wrong before or beside the use cases.

use std::io;
use std::path::PathBuf;

use crate::error::{Hint, Kind};

/// An error of the command line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process has no current directory.
    #[error("cannot tell the current directory")]
    CurrentDirectory(#[source] io::Error),
    /// `-C` names no directory.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// A manual page cannot be written.
    #[error("cannot write the manual page {}", .path.display())]
    WriteManual {
        /// The file, or the directory that it should be in.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Hint for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::NotADirectory(_) => Kind::User,
            Error::CurrentDirectory(_) | Error::WriteManual { .. } => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::CurrentDirectory(_) => "change to a directory that exists: cd ~".to_owned(),
            Error::NotADirectory(_) => "give -C a directory that exists".to_owned(),
            Error::WriteManual { .. } => "give a directory that you can write to: pq man ./man1".to_owned(),
        })
    }
}
