//! Exit codes.

use std::process::ExitCode;

use crate::error::Kind;
use crate::ui::Verdict;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// A check failed, or patches are held.
    Failed,
    /// The command line, the queue, a patch or a revision is wrong.
    Usage,
    /// A disk, a repository, an object could not be read or written.
    Environment,
    /// pq is wrong.
    Bug,
    /// Somebody stopped it.
    Interrupted,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Environment => 3,
            Exit::Bug => 70,
            Exit::Interrupted => 130,
        }
    }
}

impl From<Kind> for Exit {
    fn from(kind: Kind) -> Exit {
        match kind {
            Kind::User => Exit::Usage,
            Kind::Conflict => Exit::Failed,
            Kind::Environment => Exit::Environment,
            Kind::Interrupted => Exit::Interrupted,
            Kind::Bug => Exit::Bug,
        }
    }
}

impl From<Verdict> for Exit {
    fn from(verdict: Verdict) -> Exit {
        match verdict {
            Verdict::Fine => Exit::Fine,
            Verdict::Failed => Exit::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_error_has_its_code() {
        let kinds = [Kind::Conflict, Kind::User, Kind::Environment, Kind::Bug, Kind::Interrupted];
        assert_eq!(kinds.map(|kind| Exit::from(kind).code()), [1, 2, 3, 70, 130]);
        assert_eq!([Verdict::Fine, Verdict::Failed].map(|verdict| Exit::from(verdict).code()), [0, 1]);
    }
}
