//! Programs of the user's that merge files: gitattributes(5), "Defining a custom merge driver".
//!
//! Which driver a file wants is a word in the tree's attributes, so it comes from upstream. What that word stands for is the user's own
//! configuration alone (decision 7).

use std::path::Path;
use std::process::{Command, Stdio};

use bstr::{BStr, BString, ByteSlice, ByteVec};
use fs_err as fs;

use super::{GitError, Objects};

/// A driver that the user's configuration defines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driver {
    /// Its name.
    pub name: BString,
    /// What the shell runs.
    pub command: BString,
    /// How wide the markers of conflicts should be.
    pub width: usize,
}

/// Whether programs of the user's are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drivers {
    /// They are.
    Run,
    /// A file that wants one is merged as if the user had none.
    Ignore,
}

/// The three versions of a file.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// The common ancestor's; nothing if both sides added the file.
    pub base: &'a [u8],
    /// Ours.
    pub ours: &'a [u8],
    /// Theirs.
    pub theirs: &'a [u8],
}

/// What the sides are called.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// The common ancestor.
    pub base: &'a str,
    /// Ours.
    pub ours: &'a str,
    /// Theirs.
    pub theirs: &'a str,
}

/// What a driver made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Driven {
    /// The text that it left.
    pub bytes: Vec<u8>,
    /// Whether it could not merge all of it.
    pub is_conflict: bool,
}

/// An exit status above this is no conflict but a failure.
const FAILURE: i32 = 128;

impl Driver {
    /// Runs it on three files in a directory of its own, which is gone afterwards.
    ///
    /// # Errors
    /// It cannot be started, or fails: an exit status above 128, or a signal.
    pub fn run(&self, objects: &Objects, path: &BStr, sides: Sides<'_>, names: Names<'_>) -> Result<Driven, GitError> {
        let directory = tempfile::Builder::new().prefix("pq-merge-").tempdir().map_err(|it| self.io(path, it))?;
        let place = directory.path();
        for (name, bytes) in [("base", sides.base), ("ours", sides.ours), ("theirs", sides.theirs)] {
            fs::write(place.join(name), bytes).map_err(|it| self.io(path, it))?;
        }
        let output = self.command(objects, place, path, names)?.output().map_err(|it| self.io(path, it))?;
        match output.status.code() {
            Some(code) if code <= FAILURE => {
                let bytes = fs::read(place.join("ours")).map_err(|it| self.io(path, it))?;
                Ok(Driven { bytes, is_conflict: code != 0 })
            }
            _ => Err(self.failed(path, output.status.to_string(), &output.stderr)),
        }
    }

    /// The shell, started as git starts it. What the program prints is no part of a report.
    fn command(&self, objects: &Objects, place: &Path, path: &BStr, names: Names<'_>) -> Result<Command, GitError> {
        let bad = |source: gix::Error| GitError::Gix { what: "start a merge driver", source: Box::new(source) };
        let script = Vec::from(self.filled(path, names)).into_os_string();
        let script = script.map_err(|_| self.failed(path, "its command is no text".to_owned(), b""))?;
        let prepared = gix::command::prepare(script).with_shell().stdin(Stdio::null()).stderr(Stdio::piped());
        let mut command = Command::try_from(prepared).map_err(bad)?;
        // The files are no worktree of the repository; what the program asks of git, it asks about this one.
        let git_dir = objects.gix().common_dir();
        let git_dir = fs::canonicalize(git_dir).unwrap_or_else(|_| git_dir.to_owned());
        command.current_dir(place).env("GIT_DIR", git_dir).env("GIT_WORK_TREE", place);
        Ok(command)
    }

    /// The command with its place holders filled in.
    fn filled(&self, path: &BStr, names: Names<'_>) -> BString {
        let mut script = BString::default();
        let mut bytes = self.command.iter().copied();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                script.push_byte(byte);
                continue;
            }
            match bytes.next() {
                Some(b'O') => script.push_str("base"),
                Some(b'A') => script.push_str("ours"),
                Some(b'B') => script.push_str("theirs"),
                Some(b'L') => script.push_str(self.width.to_string()),
                Some(b'P') => script.push_str(gix::quote::single(path)),
                Some(b'S') => script.push_str(gix::quote::single(names.base.into())),
                Some(b'X') => script.push_str(gix::quote::single(names.ours.into())),
                Some(b'Y') => script.push_str(gix::quote::single(names.theirs.into())),
                Some(b'%') => script.push_byte(b'%'),
                Some(other) => script.extend([b'%', other]),
                None => script.push_byte(b'%'),
            }
        }
        script
    }

    fn io(&self, path: &BStr, error: std::io::Error) -> GitError {
        self.failed(path, error.to_string(), b"")
    }

    fn failed(&self, path: &BStr, how: String, said: &[u8]) -> GitError {
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        GitError::Driver {
            name: crate::model::text::visible(&self.name),
            path: crate::format::quote::display(path),
            how: match last.is_empty() {
                true => how,
                false => format!("{how}: {}", crate::model::text::visible(last.as_bstr())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(command: &str, path: &str) -> String {
        let driver = Driver { name: "d".into(), command: command.into(), width: 9 };
        let names = Names { base: "v1", ours: "v2 + it's", theirs: "fix" };
        driver.filled(path.into(), names).to_string()
    }

    #[test]
    fn place_holders_are_filled_and_what_comes_from_upstream_is_quoted() {
        assert_eq!(filled("m %O %A %B %L %P", "a b"), "m base ours theirs 9 'a b'");
        assert_eq!(filled("m %S %X %Y", "a"), r"m 'v1' 'v2 + it'\''s' 'fix'");
        assert_eq!(filled("100%% %Z %", "a"), "100% %Z %");
        assert_eq!(filled("m %P", "';rm -rf $HOME;'"), r"m ''\'';rm -rf $HOME;'\'''");
    }
}
