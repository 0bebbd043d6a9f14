//! A fork in a temporary directory: upstream's repository, built in process with a fixed identity and clock, and a queue beside it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use pq::git::commit::Actor;
use pq::git::{Commit, Entry, Kind, Objects, RefEdit, Repo, Tree};
use pq::model::{Mode, Oid, Outcome, Silent};
use pq::ops::init::{self, InitReport};
use pq::ops::rebase::{self, Duplicates, Foreign, PatchReport, RebaseReport, Repick};
use pq::ops::status::{self, StatusReport};
use pq::ops::workbench::{Access, Where, Workbench};

use super::git;

/// The moment at which everything begins; each commit comes a minute after the one before.
const EPOCH: i64 = 1_600_000_000;

pub struct Fork {
    dir: tempfile::TempDir,
    repo: RefCell<Repo>,
    objects: RefCell<Objects>,
    minutes: Cell<i64>,
}

/// A commit in the making.
pub struct Work<'a> {
    fork: &'a Fork,
    branch: Option<String>,
    parents: Vec<Oid>,
    tree: Tree,
    author: String,
    email: String,
    minutes: Option<i64>,
}

/// Every file of the queue and every ref of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub files: BTreeMap<String, Vec<u8>>,
    pub refs: BTreeMap<String, Oid>,
}

impl Fork {
    /// An empty repository, nothing of which is checked out.
    pub fn new() -> Fork {
        let dir = tempfile::tempdir().unwrap();
        let git_dir = dir.path().join("upstream/.git");
        std::fs::create_dir_all(git_dir.join("objects/pack")).unwrap();
        std::fs::create_dir_all(git_dir.join("refs/heads")).unwrap();
        std::fs::write(git_dir.join("HEAD"), "ref: refs/heads/nothing\n").unwrap();
        std::fs::write(git_dir.join("config"), "[core]\n\trepositoryformatversion = 0\n\tbare = false\n").unwrap();
        let repo = Repo::open(&dir.path().join("upstream")).unwrap();
        let objects = RefCell::new(repo.objects());
        Fork { dir, repo: RefCell::new(repo), objects, minutes: Cell::new(0) }
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    pub fn upstream(&self) -> PathBuf {
        self.dir().join("upstream")
    }

    pub fn queue(&self) -> PathBuf {
        self.dir().join("queue")
    }

    pub fn repo(&self) -> Repo {
        self.repo.borrow().clone()
    }

    /// Writes what is in memory. Every commit is a pack, and an open repository has room for some dozens: so it is opened anew.
    fn flush(&self) {
        let mut objects = self.objects.borrow_mut();
        self.repo().write_objects(&mut objects).unwrap();
        *self.repo.borrow_mut() = Repo::open(&self.upstream()).unwrap();
        *objects = self.repo().objects();
    }

    /// Runs git in upstream's repository.
    pub fn git(&self, args: &[&str]) -> String {
        git(&self.upstream(), args).trim_end().to_owned()
    }

    /// The next commit on a branch, which is made if it is not there.
    pub fn on(&self, branch: &str) -> Work<'_> {
        let tip = self.repo().read_ref(&format!("refs/heads/{branch}")).unwrap();
        Work { branch: Some(branch.to_owned()), ..self.after(&tip.into_iter().collect::<Vec<_>>()) }
    }

    /// A commit with these parents, on no branch; its tree starts as the first one's.
    pub fn after(&self, parents: &[Oid]) -> Work<'_> {
        let tree = match parents.first() {
            Some(parent) => self.tree(*parent),
            None => self.objects.borrow_mut().write(Kind::Tree, Vec::new()),
        };
        let (author, email) = ("A U Thor".to_owned(), "author@example.com".to_owned());
        Work {
            fork: self,
            branch: None,
            parents: parents.to_vec(),
            tree: Tree::new(tree),
            author,
            email,
            minutes: None,
        }
    }

    pub fn set_ref(&self, name: &str, new: Option<Oid>) {
        let old = self.repo().read_ref(name).unwrap();
        self.repo().update_refs(&[RefEdit { name: name.to_owned(), old, new }], "test").unwrap();
    }

    pub fn branch(&self, name: &str, commit: Oid) {
        self.set_ref(&format!("refs/heads/{name}"), Some(commit));
    }

    pub fn tag(&self, name: &str, commit: Oid) {
        self.set_ref(&format!("refs/tags/{name}"), Some(commit));
    }

    pub fn read_ref(&self, name: &str) -> Option<Oid> {
        self.repo().read_ref(name).unwrap()
    }

    pub fn tip(&self, branch: &str) -> Oid {
        self.read_ref(&format!("refs/heads/{branch}")).unwrap_or_else(|| panic!("no branch {branch}"))
    }

    pub fn tree(&self, commit: Oid) -> Oid {
        Commit::read(&self.objects.borrow(), commit).unwrap().tree
    }

    /// What stands at a path of a commit.
    pub fn entry(&self, commit: Oid, path: &str) -> Option<Entry> {
        let tree = self.tree(commit);
        Tree::new(tree).get(&self.objects.borrow(), path.as_bytes().as_bstr()).unwrap().file()
    }

    /// The content of a file of a commit.
    pub fn content(&self, commit: Oid, path: &str) -> String {
        let entry = self.entry(commit, path).unwrap_or_else(|| panic!("{path} is not there"));
        self.objects.borrow().blob(entry.id).unwrap().to_str_lossy().into_owned()
    }

    /// Makes a branch a queue on that base, published as `fork`.
    pub fn init(&self, base: &str, from: &str) -> InitReport {
        self.try_init(&self.queue(), base, Some(from)).unwrap()
    }

    pub fn try_init(&self, dir: &Path, base: &str, from: Option<&str>) -> pq::Result<InitReport> {
        init::init(&self.init_options(dir, base, from), &Silent)
    }

    pub fn init_options(&self, dir: &Path, base: &str, from: Option<&str>) -> init::Options {
        init::Options {
            dir: dir.to_owned(),
            upstream: self.upstream(),
            base: base.to_owned(),
            from: from.map(str::to_owned),
            name: Some("line".to_owned()),
            branch: Some("fork".to_owned()),
            when: EPOCH,
        }
    }

    pub fn open(&self) -> Workbench {
        self.try_open(Access::Write).unwrap()
    }

    pub fn try_open(&self, access: Access) -> pq::Result<Workbench> {
        Workbench::open(Where { start: self.queue(), queue: None, line: None }.line()?, access)
    }

    pub fn status(&self) -> StatusReport {
        self.try_status(false).unwrap()
    }

    pub fn try_status(&self, quick: bool) -> pq::Result<StatusReport> {
        let options = status::Options { today: "2030-06-15".parse().unwrap(), quick, topics: Vec::new() };
        status::status(&self.open(), &options, &Silent)
    }

    /// The status of the patches of some topics.
    pub fn status_of(&self, topics: &[&str]) -> pq::Result<StatusReport> {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let options = status::Options { today: "2030-06-15".parse().unwrap(), quick: false, topics };
        status::status(&self.open(), &options, &Silent)
    }

    pub fn options(&self, onto: &str, mode: rebase::Mode) -> rebase::Options {
        let commit = self.repo().resolve(onto).unwrap();
        rebase::Options {
            onto: onto.to_owned(),
            commit,
            mode,
            duplicates: Duplicates::Hold,
            repick: Repick::Try,
            drivers: pq::git::drivers::Drivers::Run,
            foreign: Foreign::Refuse,
            when: EPOCH,
        }
    }

    pub fn rebase(&self, onto: &str) -> RebaseReport {
        rebase::rebase(&self.open(), &self.options(onto, rebase::Mode::Write), &Silent).unwrap()
    }

    pub fn dry_run(&self, onto: &str) -> RebaseReport {
        rebase::rebase(&self.open(), &self.options(onto, rebase::Mode::DryRun), &Silent).unwrap()
    }

    /// A rebase, after which what is on disk is checked against itself and by git.
    pub fn checked_rebase(&self, onto: &str) -> RebaseReport {
        let report = self.rebase(onto);
        assert_eq!(self.tip("fork"), report.tip.commit);
        assert_eq!(self.tree(report.tip.commit), report.tip.tree);
        self.check();
        report
    }

    /// The queue on disk gives the published branch: applied by pq without its memory, and by `git am`.
    pub fn check(&self) {
        let tip = self.forgotten_tip();
        assert_eq!(self.tip("fork"), tip, "the branch is not what the files give");
        assert_eq!(self.am().1, self.tree(tip), "git am gives another tree");
    }

    /// The same without `git am`, which cannot take every message.
    pub fn check_branch(&self) {
        assert_eq!(self.tip("fork"), self.forgotten_tip(), "the branch is not what the files give");
    }

    /// The end of the queue as its files give it, with nothing remembered.
    pub fn forgotten_tip(&self) -> Oid {
        let bench = self.open();
        pq::ops::materialize::forget(&bench).unwrap();
        let mut objects = bench.repo.objects();
        pq::ops::materialize::materialize(&bench, &mut objects, &Silent).unwrap().tip()
    }

    /// Applies the patch files with `git am` on the base: how many there were, and the tree that came out. Empty patches are kept.
    pub fn am(&self) -> (usize, Oid) {
        let bench = self.open();
        let worktree = tempfile::tempdir_in(self.dir()).unwrap();
        let git = |args: &[&str]| git(worktree.path(), args).trim_end().to_owned();
        git(&["init", "-q"]);
        let alternates = worktree.path().join(".git/objects/info/alternates");
        std::fs::write(alternates, format!("{}\n", self.upstream().join(".git/objects").display())).unwrap();
        git(&["reset", "-q", "--hard", &bench.manifest().line.base_commit.to_string()]);
        let files: Vec<String> = bench
            .manifest()
            .applied()
            .map(|patch| self.queue().join(patch.name.file()).display().to_string())
            .collect();
        if !files.is_empty() {
            let mut args = vec!["am", "-q", "--keep-cr", "--empty=keep", "--no-gpg-sign", "--whitespace=nowarn"];
            args.extend(files.iter().map(String::as_str));
            git(&args);
        }
        (files.len(), git(&["rev-parse", "HEAD^{tree}"]).parse().unwrap())
    }

    pub fn snapshot(&self) -> Snapshot {
        Snapshot { files: files_below(&self.queue()), refs: self.refs() }
    }

    pub fn refs(&self) -> BTreeMap<String, Oid> {
        let refs = self.repo().refs_under("refs/").unwrap();
        refs.into_iter().map(|(name, id)| (name.to_string(), id)).collect()
    }

    pub fn patch_file(&self, name: &str) -> String {
        let bytes = std::fs::read(self.queue().join(format!("patches/{name}.patch"))).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn manifest_text(&self) -> String {
        std::fs::read_to_string(self.queue().join("pq.toml")).unwrap()
    }

    /// Edits `pq.toml` as a person would.
    pub fn edit_manifest(&self, edit: impl FnOnce(String) -> String) {
        std::fs::write(self.queue().join("pq.toml"), edit(self.manifest_text())).unwrap();
    }

    /// Adds metadata to a patch that has none.
    pub fn set_meta(&self, name: &str, keys: &str) {
        self.edit_manifest(|text| format!("{text}\n[patch.{name}]\n{keys}\n"));
    }
}

impl Work<'_> {
    pub fn write(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let id = self.fork.objects.borrow_mut().write(Kind::Blob, content.as_ref().to_vec());
        let mode = self.existing(path).filter(|entry| entry.mode.is_file()).map_or(Mode::Regular, |entry| entry.mode);
        self.put(path, Some(Entry { mode, id }));
        self
    }

    pub fn mode(mut self, path: &str, mode: Mode) -> Self {
        let id = self.existing(path).unwrap().id;
        self.put(path, Some(Entry { mode, id }));
        self
    }

    pub fn symlink(mut self, path: &str, target: &str) -> Self {
        let id = self.fork.objects.borrow_mut().write(Kind::Blob, target.as_bytes().to_vec());
        self.put(path, Some(Entry { mode: Mode::Symlink, id }));
        self
    }

    pub fn submodule(mut self, path: &str, digit: char) -> Self {
        let id = digit.to_string().repeat(40).parse().unwrap();
        self.put(path, Some(Entry { mode: Mode::Submodule, id }));
        self
    }

    pub fn remove(mut self, path: &str) -> Self {
        assert!(self.existing(path).is_some(), "{path}");
        self.put(path, None);
        self
    }

    pub fn rename(mut self, old: &str, new: &str) -> Self {
        let entry = self.existing(old).unwrap_or_else(|| panic!("{old}"));
        self.put(old, None);
        self.put(new, Some(entry));
        self
    }

    /// Replaces a text in a file.
    pub fn edit(self, path: &str, old: &str, new: &str) -> Self {
        let id =
            self.tree.clone().get(&self.fork.objects.borrow(), path.as_bytes().as_bstr()).unwrap().file().unwrap().id;
        let text = self.fork.objects.borrow().blob(id).unwrap().to_str_lossy().into_owned();
        assert!(text.contains(old), "{path} has no {old:?}:\n{text}");
        self.write(path, text.replacen(old, new, 1))
    }

    /// Starts from the tree of another commit.
    pub fn tree_of(mut self, commit: Oid) -> Self {
        self.tree = Tree::new(self.fork.tree(commit));
        self
    }

    /// Joins another commit.
    pub fn merge(mut self, other: Oid) -> Self {
        self.parents.push(other);
        self
    }

    pub fn author(mut self, name: &str) -> Self {
        self.author = name.to_owned();
        self
    }

    pub fn email(mut self, address: &str) -> Self {
        self.email = address.to_owned();
        self
    }

    /// At that minute, instead of after all commits so far.
    pub fn at(mut self, minutes: i64) -> Self {
        self.minutes = Some(minutes);
        self
    }

    pub fn commit(mut self, message: &str) -> Oid {
        let mut objects = self.fork.objects.borrow_mut();
        let tree = self.tree.write(&mut objects);
        let minutes = self.minutes.unwrap_or(self.fork.minutes.get() + 1);
        self.fork.minutes.set(minutes.max(self.fork.minutes.get()));
        let actor = Actor {
            name: self.author.into(),
            email: self.email.into(),
            seconds: EPOCH + 60 * minutes,
            offset: "+0200".into(),
        };
        let message = format!("{}\n", message.trim_end_matches('\n')).into();
        let commit =
            Commit { tree, parents: self.parents, author: actor.clone(), committer: actor, encoding: None, message };
        let id = objects.write(Kind::Commit, commit.to_bytes());
        drop(objects);
        self.fork.flush();
        if let Some(branch) = &self.branch {
            self.fork.branch(branch, id);
        }
        id
    }

    fn existing(&mut self, path: &str) -> Option<Entry> {
        self.tree.get(&self.fork.objects.borrow(), path.as_bytes().as_bstr()).unwrap().file()
    }

    fn put(&mut self, path: &str, entry: Option<Entry>) {
        self.tree.set(&self.fork.objects.borrow(), path.as_bytes().as_bstr(), entry).unwrap();
    }
}

/// Lines of a report about one patch.
pub trait Patches {
    fn patch(&self, name: &str) -> &PatchReport;
    fn outcomes(&self) -> Vec<(String, Outcome)>;
}

impl Patches for RebaseReport {
    fn patch(&self, name: &str) -> &PatchReport {
        self.patches.iter().find(|patch| patch.name.as_str() == name).unwrap_or_else(|| panic!("no {name}: {self:#?}"))
    }

    fn outcomes(&self) -> Vec<(String, Outcome)> {
        self.patches.iter().map(|patch| (patch.name.to_string(), patch.outcome)).collect()
    }
}

/// The lines `line 1` to `line n`.
pub fn lines(n: usize) -> String {
    (1..=n).map(|n| format!("line {n}\n")).collect()
}

/// The same, with some of them other than usual.
pub fn lines_with(n: usize, changed: &[(usize, &str)]) -> String {
    let line = |n| match changed.iter().find(|(at, _)| *at == n) {
        Some((_, text)) => format!("{text}\n"),
        None => format!("line {n}\n"),
    };
    (1..=n).map(line).collect()
}

/// Every file below a directory, by its relative path.
pub fn files_below(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    files
}
