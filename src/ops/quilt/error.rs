//! What can be wrong with another tool's series, or with a queue that has to fit into one.

use std::path::PathBuf;

use crate::error::{Hint, Kind};
use crate::format::loose::LooseError;
use crate::format::quilt::SeriesError;
use crate::git::loose::NotApplied;
use crate::model::Oid;
use crate::store::BadFile;

/// Why a series cannot be imported, or a queue not be exported.
#[derive(Debug, thiserror::Error)]
pub enum QuiltError {
    /// A line of the series.
    #[error("{}: {source}", file.display())]
    Series {
        /// The series file.
        file: PathBuf,
        /// Where and why.
        source: SeriesError,
    },
    /// Files that the series names.
    #[error("{}", files.iter().map(|(line, name, bad)| format!("{}: line {line}: {name} {bad}", file.display())).collect::<Vec<_>>().join("\n"))]
    Files {
        /// The series file.
        file: PathBuf,
        /// Its line, the patch, and what is wrong.
        files: Vec<(usize, String, BadFile)>,
    },
    /// A packed patch.
    #[error("{patch} cannot be unpacked: {why}")]
    Packed {
        /// The patch.
        patch: String,
        /// Why.
        why: String,
    },
    /// A patch that cannot be read.
    #[error("{patch}: {source}")]
    Unreadable {
        /// The patch.
        patch: String,
        /// Where and why.
        source: LooseError,
    },
    /// A patch that does not apply. All that is wrong with it is a part of the message, and no cause behind it.
    #[error("{patch} (line {line} of the series) does not apply on {behind}{}", why.0.iter().map(|it| format!("\n{patch}: {it}")).collect::<String>())]
    DoesNotApply {
        /// The patch.
        patch: String,
        /// Its line of the series.
        line: usize,
        /// What it was tried on.
        behind: String,
        /// Where and why.
        why: NotApplied,
    },
    /// A patch whose change pq cannot write down.
    #[error("{patch}: {source}")]
    Unwritable {
        /// The patch.
        patch: String,
        /// Why.
        source: crate::format::diff::ParseError,
    },
    /// The text that was written does not give the tree that the patches gave.
    #[error("{patch} gives the tree {found}, but its file gave {wanted}")]
    NotEqual {
        /// The patch.
        patch: String,
        /// What the patches gave.
        wanted: Oid,
        /// What the queue gives.
        found: Oid,
    },
    /// Changes that quilt cannot hold.
    #[error("quilt cannot hold all of the queue:\n{}", .0.join("\n"))]
    Unsupported(Vec<String>),
    /// Patches are held.
    #[error("{} held, and an export would leave out what waits: {}", if .0.len() == 1 { "a patch is" } else { "patches are" }, .0.join(", "))]
    Held(Vec<String>),
}

impl Hint for QuiltError {
    fn kind(&self) -> Kind {
        match self {
            QuiltError::NotEqual { .. } => Kind::Bug,
            QuiltError::Held(_) => Kind::Conflict,
            _ => Kind::User,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            QuiltError::Series { source, .. } => source.hint(),
            QuiltError::Files { .. } => {
                Some("restore the files, or take their lines out of the series: quilt would stop there, too".to_owned())
            }
            QuiltError::Packed { .. } => Some("unpack it, and write the new name into the series".to_owned()),
            QuiltError::Unreadable { source, .. } => source.hint(),
            QuiltError::DoesNotApply { why, .. } => why.hint(),
            QuiltError::Unwritable { source, .. } => source.hint(),
            QuiltError::Unsupported(_) => {
                Some("leave them out with --skip-unsupported: the report names what is lost".to_owned())
            }
            QuiltError::Held(_) => Some("settle them with `pq resolve`, or choose others with --patches".to_owned()),
            QuiltError::NotEqual { .. } => None,
        }
    }
}
