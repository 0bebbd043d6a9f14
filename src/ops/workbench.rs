//! A line opened for work: its directory, its queue and the repository, under the lock where something will change.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::format::manifest::Document;
use crate::format::moves::with_pairs;
use crate::format::provenance::style::Style;
use crate::git::{Kind, Objects, Repo};
use crate::model::{Manifest, Oid, PatchName, ReleasePattern};
use crate::ops::error::OpError;
use crate::ops::position::Which;
use crate::ops::transaction;
use crate::store::{self, LoadedQueue, Located, Lock, QueueDir};
use crate::{Error, Result};

/// A line that is open.
pub struct Workbench {
    /// Its directory.
    pub dir: QueueDir,
    /// What was in it.
    pub queue: LoadedQueue,
    /// Whether recorded resolutions are to be left alone.
    pub refuses_resolutions: bool,
    positions: HashMap<PatchName, usize>,
    /// The upstream repository.
    pub repo: Repo,
    /// The worktree that is meant, if the command runs in one.
    pub which: Option<Which>,
    lock: Option<Lock>,
}

/// Where to look for the queue.
#[derive(Debug, Clone, Default)]
pub struct Where {
    /// The directory to start from.
    pub start: PathBuf,
    /// A directory that was named outright.
    pub queue: Option<PathBuf>,
    /// The line, in a workspace.
    pub line: Option<String>,
}

/// What a command is about that can look at several lines.
pub enum Meant {
    /// One line.
    Line(Box<QueueDir>),
    /// All lines of a workspace.
    Workspace(Vec<QueueDir>),
}

/// Whether a command will change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// It only looks.
    Read,
    /// It changes something: nobody else may at the same time.
    Write,
}

impl Where {
    /// The directories of the lines that are meant: one, or all of a workspace if none is chosen.
    pub fn lines(&self) -> Result<Vec<QueueDir>> {
        match store::locate(&self.start, self.queue.as_deref())? {
            Located::Line(dir) => Ok(vec![dir]),
            Located::Workspace { lines, .. } => {
                let chosen = |name: &str| self.line.as_deref().is_none_or(|line| line == name);
                let roots = lines.iter().filter(|(name, _)| chosen(name)).map(|(_, root)| root);
                let dirs = roots.map(|root| self.member(root)).collect::<Result<Vec<_>>>()?;
                match self.line.as_deref().filter(|_| dirs.is_empty()) {
                    Some(line) => Err(self.no_line(line, &lines)),
                    None => Ok(dirs),
                }
            }
        }
    }

    /// All lines of the workspace, from inside one of them, too, unless one is chosen.
    ///
    /// # Errors
    /// There is no queue here, or none of that name.
    pub fn workspace(&self) -> Result<Vec<QueueDir>> {
        let Located::Line(dir) = store::locate(&self.start, self.queue.as_deref())? else { return self.lines() };
        let above = dir.root().parent().filter(|_| self.line.is_none());
        let above = above.map(|above| Where { start: above.to_owned(), queue: None, line: None }.lines());
        match above {
            Some(Ok(dirs)) if dirs.iter().any(|other| other.root() == dir.root()) => Ok(dirs),
            _ => Ok(vec![dir]),
        }
    }

    /// The line may be one whose pq.toml cannot be read: then that is what is wrong.
    fn no_line(&self, line: &str, lines: &[(String, PathBuf)]) -> Error {
        let unread = lines.iter().find_map(|(_, root)| self.member(root).and_then(|dir| Ok(dir.load()?)).err());
        let names = || lines.iter().map(|(name, _)| name.clone()).collect();
        unread.unwrap_or_else(|| OpError::NoLine { line: line.to_owned(), lines: names() }.into())
    }

    fn member(&self, root: &Path) -> Result<QueueDir> {
        match store::locate(&self.start, Some(root))? {
            Located::Line(dir) => Ok(dir),
            Located::Workspace { root, .. } => {
                Err(OpError::Usage(format!("{} is a workspace inside a workspace", root.display())).into())
            }
        }
    }

    /// The one line that is meant, or all of a workspace if none is chosen.
    pub fn meant(&self) -> Result<Meant> {
        if self.line.is_some() {
            return Ok(Meant::Line(Box::new(self.line()?)));
        }
        match store::locate(&self.start, self.queue.as_deref())? {
            Located::Line(dir) => Ok(Meant::Line(Box::new(dir))),
            Located::Workspace { .. } => Ok(Meant::Workspace(self.lines()?)),
        }
    }

    /// The one line that is meant.
    pub fn line(&self) -> Result<QueueDir> {
        let mut dirs = self.lines()?;
        if dirs.len() == 1 {
            return Ok(dirs.remove(0));
        }
        let name = |dir: QueueDir| Ok(dir.load()?.document.manifest().line.name.clone());
        Err(OpError::WhichLine(dirs.into_iter().map(name).collect::<Result<_>>()?).into())
    }
}

impl Workbench {
    /// Major and minor number of a release, if its name is that of one.
    pub fn minor_of(&self, release: &str) -> Option<(u64, u64)> {
        let pattern = ReleasePattern::parse(&self.manifest().upstream.releases).ok()?;
        Some(pattern.version(release)?.minor())
    }

    /// Opens a line. What a killed process left half done is taken back first.
    pub fn open(dir: QueueDir, access: Access) -> Result<Workbench> {
        let repo = Repo::open(&store::canonical(&dir.repo_path()))?;
        let state = State::of(&repo, dir.root());
        let lock = match access == Access::Write || transaction::is_pending(&state)? {
            true => Some(Lock::acquire(&state.lock)?),
            false => None,
        };
        if lock.is_some() {
            transaction::recover(&dir, &repo, &state)?;
        }
        let before = repo.read_ref(&state.log)?;
        let queue = dir.load();
        if lock.is_none() && (transaction::is_pending(&state)? || repo.read_ref(&state.log)? != before) {
            // Another process changed files while they were read: what was read may be of two queues.
            return Workbench::open(dir, access);
        }
        let queue = queue?;
        let positions = queue.document.manifest().patches.iter().enumerate();
        let positions = positions.map(|(at, patch)| (patch.name.clone(), at)).collect();
        let lock = lock.filter(|_| access == Access::Write);
        let bench = Workbench { dir, queue, refuses_resolutions: false, positions, repo, which: None, lock };
        bench.check_circles()?;
        if bench.is_locked() {
            super::resolve::recover(&bench)?;
            super::position::recover(&bench)?;
        }
        Ok(bench)
    }

    /// Another line of the same workspace.
    ///
    /// # Errors
    /// There is no workspace, or no such line in it.
    pub fn sibling(&self, line: &str, access: Access) -> Result<Workbench> {
        let above = self.dir.root().parent().unwrap_or(self.dir.root()).to_owned();
        let place = Where { start: above, queue: None, line: Some(line.to_owned()) };
        Workbench::open(place.line()?, access)
    }

    /// An error if `requires` leads in a circle.
    fn check_circles(&self) -> Result<()> {
        let patches = &self.manifest().patches;
        if patches.iter().all(|patch| patch.meta.requires.is_empty()) {
            return Ok(());
        }
        let names: Vec<PatchName> = patches.iter().map(|patch| patch.name.clone()).collect();
        let requires: Vec<&[PatchName]> = patches.iter().map(|patch| patch.meta.requires.as_slice()).collect();
        crate::graph::build(&names, &requires, &[])?.order()?;
        Ok(())
    }

    /// What pq.toml says.
    pub fn manifest(&self) -> &Manifest {
        self.queue.document.manifest()
    }

    /// pq.toml, for editing a copy.
    pub fn document(&self) -> Document {
        self.queue.document.clone()
    }

    /// Says in pq.toml that upstream moved files, `from` and `to`. It counts from now on, and is written with whatever writes pq.toml next.
    ///
    /// # Errors
    /// It contradicts what stands there.
    pub fn state_moved(&mut self, pairs: &[(String, String)]) -> Result<()> {
        let moved = with_pairs(&self.manifest().moved, pairs);
        self.queue.document.set_moved(&moved);
        let parsed = Document::parse(&self.queue.document.to_text(), "pq.toml", self.dir.workspace());
        // The line and the column would be those of a text that nobody has.
        match parsed.err().and_then(|error| error.problems.into_iter().next()) {
            Some(problem) => Err(OpError::BadMove(problem).into()),
            None => Ok(()),
        }
    }

    /// How the project writes where a backport comes from, if pq.toml states it.
    pub fn provenance_style(&self) -> Option<Style> {
        self.manifest().upstream.provenance_style.as_deref().and_then(Style::parse)
    }

    /// The content of a patch's file.
    pub fn file(&self, name: &PatchName) -> &[u8] {
        self.positions.get(name).map_or(&[], |at| &self.queue.texts[*at])
    }

    /// An error if a patch stands in front of one that it requires. What the text of patches shows is in order by itself.
    pub fn check_order(&self) -> Result<()> {
        let positions = self.manifest().positions();
        let mut broken = Vec::new();
        for (at, patch) in self.manifest().patches.iter().enumerate() {
            let late = patch.meta.requires.iter().filter(|name| positions.get(name).is_some_and(|place| *place > at));
            broken.extend(late.map(|needed| (patch.name.clone(), needed.clone())));
        }
        let Some(first) = broken.first().cloned() else { return Ok(()) };
        let reasons = broken.iter().map(|(patch, needed)| format!("{patch} needs {needed} (requires)")).collect();
        Err(OpError::BrokenOrder { reasons, first }.into())
    }

    /// The base commit, checked against the repository.
    pub fn base(&self, objects: &Objects) -> Result<Oid> {
        let line = &self.manifest().line;
        if objects.read(line.base_commit, Kind::Commit).is_err() {
            return Err(OpError::NoBase {
                commit: line.base_commit,
                release: line.base.clone(),
                repo: self.repo.common_dir(),
                shallow: self.repo.is_shallow(),
            }
            .into());
        }
        Ok(line.base_commit)
    }

    /// What the base's tag points at, if that is not the commit that was recorded. The queue stands on what was recorded all the same; a
    /// base that was named by a branch is free to move.
    pub fn moved_base(&self) -> Option<Oid> {
        let line = &self.manifest().line;
        let actual = self.repo.resolve(&format!("refs/tags/{}", line.base)).ok()?;
        (actual != line.base_commit).then_some(actual)
    }

    /// The full name of the line's branch.
    pub fn branch_ref(&self) -> String {
        format!("refs/heads/{}", self.manifest().line.branch)
    }

    /// Where something is kept that can be made again.
    pub fn cache_file(&self, name: &str) -> PathBuf {
        self.state().directory.join(name)
    }

    /// Where the state of this queue is kept in the repository.
    pub fn state(&self) -> State {
        State::of(&self.repo, self.dir.root())
    }

    /// Whether this process may change the queue.
    pub fn is_locked(&self) -> bool {
        self.lock.is_some()
    }

    /// The ref that keeps what a held patch needs.
    pub fn held_ref(&self, name: &PatchName) -> String {
        held_ref(&self.manifest().line.branch, name)
    }
}

/// The ref that keeps what a held patch needs. A branch belongs to one queue; two queues may have lines of one name.
pub fn held_ref(branch: &str, name: &PatchName) -> String {
    format!("refs/pq/{}/held/{}", ref_part(branch), ref_part(name.as_str()))
}

/// The ref that keeps what a person had made of a held patch when a session was given up: the first time, the second, and so on.
pub fn aborted_ref(branch: &str, name: &str, count: usize) -> String {
    // No name of a patch has an `@` here: `ref_part` writes it otherwise.
    let nth = if count == 1 { String::new() } else { format!("@{count}") };
    format!("refs/pq/{}/aborted/{}{nth}", ref_part(branch), ref_part(name))
}

/// The ref that keeps what was published last to a remote.
pub fn published_ref(branch: &str, remote: &str) -> String {
    // An address may hold a password.
    let remote = if remote.contains(['/', ':', '@', '\\']) { "by-address" } else { remote };
    format!("refs/pq/{}/published/{}", ref_part(branch), ref_part(remote))
}

/// Every ref that keeps something for a held patch of the line, by full name.
pub fn held_refs(bench: &Workbench) -> Result<Vec<(String, Oid)>> {
    let prefix = format!("refs/pq/{}/held/", ref_part(&bench.manifest().line.branch));
    let refs = bench.repo.refs_under(&prefix)?;
    Ok(refs.into_iter().map(|(name, id)| (format!("{prefix}{name}"), id)).collect())
}

/// What pq keeps in the repository for one queue directory.
#[derive(Debug, Clone)]
pub struct State {
    /// Files below the repository's directory.
    pub directory: PathBuf,
    /// The lock.
    pub lock: PathBuf,
    /// The marker of an operation that is half done.
    pub pending: PathBuf,
    /// The ref of the last operation.
    pub log: String,
    /// The ref of the last operation that was undone.
    pub redo: String,
}

impl State {
    /// That of the queue in `root`.
    pub fn of(repo: &Repo, root: &Path) -> State {
        let root = store::canonical(root);
        let key = Objects::id_of(Kind::Blob, root.as_os_str().as_encoded_bytes()).short();
        let directory = repo.cache_dir().join(&key);
        State {
            lock: directory.join("lock"),
            pending: directory.join("pending"),
            log: format!("refs/pq/log/{key}"),
            redo: format!("refs/pq/redo/{key}"),
            directory,
        }
    }
}

/// A text as part of a ref's name: everything but letters, digits, `-` and `_` (and dots between them) is written as `%xx`.
fn ref_part(text: &str) -> String {
    let mut out = String::new();
    for (at, byte) in text.bytes().enumerate() {
        let is_inner_dot = byte == b'.' && at > 0 && text.as_bytes()[at - 1] != b'.' && at + 1 < text.len();
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => out.push(byte as char),
            b'.' if is_inner_dot => out.push('.'),
            _ => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_parts_of_refs() {
        assert_eq!(ref_part("v1.13-dd"), "v1.13-dd");
        assert_eq!(ref_part("a/b c..d."), "a%2fb%20c.%2ed%2e");
    }
}
