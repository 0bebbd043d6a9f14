//! The example's repository and queue, from the files that are part of the program.

use std::collections::BTreeMap;
use std::path::Path;

use include_dir::{Dir, DirEntry, include_dir};

use crate::Result;
use crate::format::history::{self, Step};
use crate::format::patchfile::PatchFile;
use crate::git::apply::{Made, Stack};
use crate::git::{Objects, RefEdit, Repo};
use crate::model::{Oid, PatchName};
use crate::ops::error::OpError;
use crate::ops::transaction::{self, Changeset};
use crate::ops::workbench::State;
use crate::store::{Lock, QueueDir, canonical};

static EXAMPLE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/patches-example");

/// What was built of upstream.
pub struct History {
    /// How many commits.
    pub commits: usize,
    /// The branches, by name, with the commit and the tree at their tip.
    pub branches: BTreeMap<String, (Oid, Oid)>,
    /// The releases and their commits, in the order they were made.
    pub tags: Vec<(String, Oid)>,
}

/// Builds upstream's repository: bare, with the same ids wherever it is built.
pub fn upstream(path: &Path) -> Result<History> {
    let steps = history::parse(text("upstream/history.toml")).expect("the example's history is read by the tests");
    let repo = Repo::init_bare(path)?;
    let mut objects = repo.objects();
    let mut built = History { commits: 0, branches: BTreeMap::new(), tags: Vec::new() };
    for step in steps {
        match step {
            Step::Commit { file, branch } => {
                let made = commit(&mut objects, &file, built.branches.get(&branch))?;
                built.branches.insert(branch, (made.commit, made.tree));
                built.commits += 1;
            }
            Step::Tag { name, branch } => built.tags.push((name, built.branches[&branch].0)),
            Step::Branch { name, from } => drop(built.branches.insert(name, built.branches[&from])),
        }
    }
    repo.write_objects(&mut objects)?;
    let heads = built.branches.iter().map(|(name, (commit, _))| new_ref(format!("refs/heads/{name}"), *commit));
    let tags = built.tags.iter().map(|(name, commit)| new_ref(format!("refs/tags/{name}"), *commit));
    repo.update_refs(&heads.chain(tags).collect::<Vec<_>>(), "demo")?;
    Ok(built)
}

fn commit(objects: &mut Objects, file: &str, tip: Option<&(Oid, Oid)>) -> Result<Made> {
    let name: PatchName = file.trim_end_matches(".patch").parse().expect("the example's files are named after patches");
    let bad = |source| OpError::BadPatch { patch: name.clone(), source };
    let patch = PatchFile::parse(bytes(&format!("upstream/{file}"))).map_err(bad)?;
    let mut stack = match tip {
        Some((commit, tree)) => Stack::new(objects, *commit, *tree),
        None => Stack::root(objects),
    };
    Ok(stack.push(&name, &patch)?)
}

fn new_ref(name: String, commit: Oid) -> RefEdit {
    RefEdit { name, old: None, new: Some(commit) }
}

/// Writes the queue, as an operation of its own, and the files that go with it.
pub fn queue(directory: &Path, when: i64) -> Result<()> {
    let repo_path = directory.join("upstream");
    let repo = Repo::open(&repo_path)?;
    let (queue, beside): (Vec<_>, Vec<_>) =
        files(&EXAMPLE).into_iter().partition(|(path, _)| path.starts_with("queue/"));
    let beside = beside.into_iter().filter(|(path, _)| !path.starts_with("upstream/"));
    QueueDir::new(canonical(directory), repo_path.clone(), None).write(&beside.collect())?;
    let dir = QueueDir::new(canonical(&directory.join("queue")), repo_path, None);
    let _lock = Lock::acquire(&State::of(&repo, dir.root()).lock)?;
    let files = queue.into_iter().map(|(path, bytes)| (path["queue/".len()..].to_owned(), bytes)).collect();
    let changes = Changeset { what: "demo".to_owned(), when, files, ..Changeset::default() };
    transaction::run(&dir, &repo, &mut repo.objects(), changes)
}

/// Every file below a directory, by path with forward slashes.
fn files(dir: &Dir<'static>) -> BTreeMap<String, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(below) => found.extend(files(below)),
            DirEntry::File(file) => {
                let parts: Vec<_> = file.path().iter().map(|part| part.to_string_lossy()).collect();
                found.insert(parts.join("/"), Some(file.contents().to_vec()));
            }
        }
    }
    found
}

fn bytes(path: &str) -> &'static [u8] {
    EXAMPLE.get_file(path).expect("the example's history names files that are there: the tests build it").contents()
}

fn text(path: &str) -> &'static str {
    std::str::from_utf8(bytes(path)).expect("the example is UTF-8")
}
