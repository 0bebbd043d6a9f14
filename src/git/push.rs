//! The user's own git, for what needs their remotes, keys and hooks: looking at a remote, and pushing.

use std::process::{Command, Output, Stdio};

use bstr::{BString, ByteSlice};

use super::{GitError, Repo};
use crate::model::Oid;

/// A ref of a remote that is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteEdit {
    /// The full name.
    pub name: String,
    /// What it must be now; `None`: it must not exist.
    pub old: Option<Oid>,
    /// What it becomes.
    pub new: Oid,
}

impl Repo {
    /// The refs of a remote that match one of the patterns, by full name, with what they stand for: a tag's commit, not the tag.
    ///
    /// # Errors
    /// git cannot reach it.
    pub fn remote_refs(&self, remote: &str, patterns: &[&str]) -> Result<Vec<(String, Oid)>, GitError> {
        let args = [&["ls-remote", "--quiet", "--", remote][..], patterns].concat();
        let output = self.user_git(&args)?;
        let mut refs: Vec<(String, Oid)> = Vec::new();
        for line in output.stdout.lines() {
            let Some((id, name)) = line.split_once_str("\t") else { continue };
            let (Ok(id), Ok(name)) = (Oid::from_hex(id), name.to_str()) else { continue };
            match name.strip_suffix("^{}").and_then(|tag| refs.iter_mut().find(|(name, _)| name == tag)) {
                Some(tag) => tag.1 = id,
                None => refs.push((name.to_owned(), id)),
            }
        }
        Ok(refs)
    }

    /// Sets refs of a remote, all or none, each only from the value that is expected there.
    ///
    /// # Errors
    /// git cannot reach it, or it refuses: somebody moved a ref, a hook says no.
    pub fn push(&self, remote: &str, edits: &[RemoteEdit]) -> Result<(), GitError> {
        let mut args = vec!["push".to_owned(), "--quiet".to_owned(), "--no-follow-tags".to_owned()];
        args.push("--recurse-submodules=no".to_owned());
        if edits.len() > 1 {
            args.push("--atomic".to_owned());
        }
        for edit in edits {
            let old = edit.old.map(|old| old.to_string()).unwrap_or_default();
            args.push(format!("--force-with-lease={}:{old}", edit.name));
        }
        args.extend(["--".to_owned(), remote.to_owned()]);
        args.extend(edits.iter().map(|edit| format!("{}:{}", edit.new, edit.name)));
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        self.user_git(&args).map(drop)
    }

    fn user_git(&self, args: &[&str]) -> Result<Output, GitError> {
        let failed =
            |how: String, said: &[u8]| GitError::UserGit { what: args[0].to_owned(), how, said: last_lines(said) };
        let directory = self.common_dir();
        let mut command = Command::new(gix::path::env::exe_invocation());
        command.args(args).env("GIT_DIR", &directory).current_dir(&directory).stdin(Stdio::inherit());
        let output = command.output().map_err(|error| failed(error.to_string(), b""))?;
        match output.status.success() {
            true => Ok(output),
            false => Err(failed(output.status.to_string(), &output.stderr)),
        }
    }
}

/// What git said last, for people.
fn last_lines(said: &[u8]) -> String {
    const MANY: usize = 6;
    let lines: Vec<&[u8]> = said.lines().filter(|line| !line.trim().is_empty()).collect();
    let lines = &lines[lines.len().saturating_sub(MANY)..];
    let text: Vec<String> = lines.iter().map(|line| crate::model::text::visible(&BString::from(*line))).collect();
    text.join("\n")
}
