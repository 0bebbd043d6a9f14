//! What can go wrong, by who has to do something about it.
//!
//! Every module has its own `thiserror` enum, whose variants are named after what failed to happen; [`Hint`] says of each what kind it
//! is and what to do. [`Error`] carries any of them to the command line.

use std::fmt;

/// Who has to act, and with which exit code the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The person: usage, or a queue, a patch or a revision that is wrong. Exit code 2.
    User,
    /// The person: something is held or a check failed. Exit code 1.
    Conflict,
    /// The machine: a disk, a repository, an object that cannot be read. Exit code 3.
    Environment,
    /// The person stopped it. Exit code 130.
    Interrupted,
    /// Us. Exit code 70.
    Bug,
}

/// An error that knows its kind and its remedy.
pub trait Hint: std::error::Error {
    /// Who has to act.
    fn kind(&self) -> Kind;
    /// What to do: a sentence or a command that can be typed.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Any error of any module.
pub struct Error(Box<dyn Hint + Send + Sync>);

/// The result of everything above the modules that have an error type of their own.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Who has to act.
    pub fn kind(&self) -> Kind {
        self.0.kind()
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// The message, then the messages of what caused it, outermost first.
    pub fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.0.to_string()];
        let mut source = self.0.source();
        while let Some(error) = source {
            messages.push(error.to_string());
            source = error.source();
        }
        messages
    }
}

impl<E: Hint + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Error(Box::new(error))
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.chain().join(": "))
    }
}
