//! Where the queue is.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

use globset::{Glob, GlobBuilder};

use super::StoreError;
use super::queue_dir::{MANIFEST, QueueDir, read_text};
use crate::format::manifest::{Document, Root, Workspace, parse_root, peek};

/// The directory beside a worktree's files that may hold the queue.
const HIDDEN: &str = ".pq";

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Located {
    /// One queue.
    Line(QueueDir),
    /// Several: one has to be chosen. [`locate`] with the chosen directory gives its queue.
    Workspace {
        /// The directory of the workspace.
        root: PathBuf,
        /// The name and the directory of each line.
        lines: Vec<(String, PathBuf)>,
    },
}

/// Finds the queue: the one that is named (`--queue`, `PQ_DIR`), or the first upwards from `start`, in the directory
/// itself or in its `.pq`.
///
/// # Errors
/// There is none; or its `pq.toml` is not valid TOML or does not say where upstream is.
pub fn locate(start: &Path, named: Option<&Path>) -> Result<Located, StoreError> {
    let start = std::path::absolute(start)?;
    let root = match named {
        Some(named) => named_root(&start.join(named))?,
        None => root_above(&start)?,
    };
    let file = root.join(MANIFEST);
    let text = read_text(&file)?;
    let seen = peek(&text, &file.display().to_string())?;
    if seen.is_workspace {
        let lines = members(&root, &workspace_of(&root, &text)?)?;
        return Ok(Located::Workspace { root, lines });
    }
    let (workspace, from) = workspace_above(&root)?.unzip();
    let inherited = workspace.as_ref().and_then(|workspace| workspace.upstream.as_ref()).zip(from);
    let repo = match (seen.repo, inherited) {
        (Some(repo), _) => root.join(repo),
        (None, Some((upstream, from))) => from.join(&upstream.repo),
        (None, None) => return Err(no_upstream(&text, &file)),
    };
    Ok(Located::Line(QueueDir::new(root, repo, workspace)))
}

/// What is wrong with a file that does not say where upstream is.
fn no_upstream(text: &str, file: &Path) -> StoreError {
    match Document::parse(text, &file.display().to_string(), None) {
        Err(error) => error.into(),
        Ok(_) => unreachable!("a line without [upstream].repo is not valid"),
    }
}

/// The directory that was named, by itself or by its `pq.toml`, without `..`: the way up from it leads to its
/// workspace.
fn named_root(named: &Path) -> Result<PathBuf, StoreError> {
    let root = match named.parent() {
        Some(parent) if named.ends_with(MANIFEST) && !named.is_dir() => parent,
        _ => named,
    };
    let goes_up = root.components().any(|part| part == Component::ParentDir);
    Ok(if goes_up && root.is_dir() { fs_err::canonicalize(root)? } else { root.to_owned() })
}

fn root_above(start: &Path) -> Result<PathBuf, StoreError> {
    for directory in start.ancestors() {
        for root in [directory.to_owned(), directory.join(HIDDEN)] {
            if has_manifest(&root)? {
                return Ok(root);
            }
        }
    }
    Err(StoreError::NothingFound { start: start.to_owned() })
}

fn has_manifest(directory: &Path) -> Result<bool, StoreError> {
    match fs_err::symlink_metadata(directory.join(MANIFEST)) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The directories of the other lines of the workspace that a queue belongs to, with their names.
///
/// # Errors
/// The files of the workspace cannot be read.
pub fn siblings(dir: &QueueDir) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let root = std::path::absolute(dir.root())?;
    let Some((workspace, above)) = workspace_above(&root)? else { return Ok(Vec::new()) };
    let mut lines = members(&above, &workspace)?;
    lines.retain(|(_, directory)| *directory != root);
    Ok(lines)
}

/// The workspace that a line belongs to, and its directory.
fn workspace_above(member: &Path) -> Result<Option<(Workspace, PathBuf)>, StoreError> {
    for root in member.ancestors().skip(1) {
        if !has_manifest(root)? {
            continue;
        }
        let file = root.join(MANIFEST);
        let text = read_text(&file)?;
        if !peek(&text, &file.display().to_string())?.is_workspace {
            continue;
        }
        let workspace = workspace_of(root, &text)?;
        if workspace.lines.iter().any(|pattern| names(pattern, root, member)) {
            return Ok(Some((workspace, root.to_owned())));
        }
    }
    Ok(None)
}

fn workspace_of(root: &Path, text: &str) -> Result<Workspace, StoreError> {
    match parse_root(text, &root.join(MANIFEST).display().to_string())? {
        Root::Workspace(workspace) => Ok(*workspace),
        Root::Line(_) => unreachable!("the file has [workspace]"),
    }
}

fn glob(pattern: &str) -> Glob {
    let glob = GlobBuilder::new(pattern).literal_separator(true).build();
    glob.expect("the patterns of a workspace are checked when it is read")
}

fn names(pattern: &str, root: &Path, member: &Path) -> bool {
    member.strip_prefix(root).is_ok_and(|member| glob(pattern).compile_matcher().is_match(member))
}

/// The lines of a workspace by directory, with their names.
fn members(root: &Path, workspace: &Workspace) -> Result<Vec<(String, PathBuf)>, StoreError> {
    let mut found = BTreeMap::new();
    for pattern in &workspace.lines {
        let is_plain = !pattern.contains(['*', '?', '[', '{']);
        for directory in expand(root, pattern)? {
            if has_manifest(&directory)? {
                found.insert(directory.clone(), line_name(root, &directory)?);
            } else if is_plain {
                return Err(StoreError::NoMember { root: root.to_owned(), member: pattern.clone() });
            }
        }
    }
    Ok(found.into_iter().map(|(directory, name)| (name, directory)).collect())
}

/// The name that a line gives itself, or its directory while its file cannot be read: that is an error only for who
/// chooses it.
fn line_name(root: &Path, directory: &Path) -> Result<String, StoreError> {
    let file = directory.join(MANIFEST);
    let text = read_text(&file).ok();
    let name = text.and_then(|text| peek(&text, &file.display().to_string()).ok()?.line);
    let relative = directory.strip_prefix(root).unwrap_or(directory);
    Ok(name.unwrap_or_else(|| relative.display().to_string()))
}

/// The directories that a pattern names, one component after the other.
fn expand(root: &Path, pattern: &str) -> Result<Vec<PathBuf>, StoreError> {
    let mut directories = vec![root.to_owned()];
    for part in pattern.split('/') {
        let mut below = Vec::new();
        for directory in &directories {
            if part.contains(['*', '?', '[', '{']) {
                below.extend(matching(directory, part)?);
            } else {
                below.push(directory.join(part));
            }
        }
        directories = below;
    }
    Ok(directories)
}

fn matching(directory: &Path, pattern: &str) -> Result<Vec<PathBuf>, StoreError> {
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    let matcher = glob(pattern).compile_matcher();
    let mut found = Vec::new();
    for entry in fs_err::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() && matcher.is_match(entry.file_name()) {
            found.push(entry.path());
        }
    }
    Ok(found)
}
