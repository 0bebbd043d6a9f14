//! What can go wrong before or beside the use cases.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::model::PatchName;

/// An error of the command line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process has no current directory.
    #[error("cannot tell the current directory")]
    CurrentDirectory(#[source] io::Error),
    /// `-C` names no directory.
    #[error("{} is not a directory", .0.display())]
    NotADirectory(PathBuf),
    /// Nobody is configured as the author of new patches.
    #[error("git does not know who you are")]
    NoIdentity,
    /// A manual page cannot be written.
    #[error("cannot write the manual page {}", .path.display())]
    WriteManual {
        /// The file, or the directory that it should be in.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A message cannot be read.
    #[error("cannot read {}", .path.display())]
    ReadMessage {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A message has no text.
    #[error("the message is empty: nothing was changed")]
    EmptyMessage,
    /// The patch was changed while its message was edited.
    #[error("{0} was changed by another command in the meantime: nothing was changed")]
    ChangedMeanwhile(PatchName),
    /// The editor failed.
    #[error("the editor {} failed: nothing was changed", .editor.display())]
    Editor {
        /// The command line of the editor.
        editor: OsString,
        /// Why.
        #[source]
        why: io::Error,
    },
}

impl Hint for Error {
    fn kind(&self) -> Kind {
        match self {
            Error::NoIdentity
            | Error::NotADirectory(_)
            | Error::EmptyMessage
            | Error::ChangedMeanwhile(_)
            | Error::ReadMessage { .. } => Kind::User,
            Error::Editor { .. } | Error::CurrentDirectory(_) | Error::WriteManual { .. } => Kind::Environment,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Error::CurrentDirectory(_) => "change to a directory that exists: cd ~".to_owned(),
            Error::NotADirectory(_) => "give -C a directory that exists".to_owned(),
            Error::ReadMessage { .. } => "name a file that you can read, or `-` for standard input".to_owned(),
            Error::NoIdentity => "`git config --global user.name NAME` and `… user.email ADDRESS`".to_owned(),
            Error::EmptyMessage => "write at least a subject".to_owned(),
            Error::ChangedMeanwhile(patch) => format!("look at it with `pq header {patch}`, and run the command again"),
            Error::Editor { .. } => "set VISUAL or EDITOR to a command that works, or use --replace".to_owned(),
            Error::WriteManual { .. } => "give a directory that you can write to: pq man ./man1".to_owned(),
        })
    }
}
