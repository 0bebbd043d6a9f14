//! A small upstream with a fork's branch, and a queue made of it.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::support::{Output, Pq, git};

/// A directory with `upstream/`, a repository, and, once it is asked for, `queue/`.
///
/// Upstream has `v1.0.0`; `v1.0.1`, which touches nothing of the fork; and `v1.1.0`, which has the fork's first patch itself and changes the
/// line of the second. `fork` has four patches on v1.0.0: `log-say-more` (upstream's, with its id), `limit-allow-20`, `limit-name-the-unit`
/// (the line of the one before) and `net-retry`.
pub struct Fork {
    pub pq: Pq,
}

impl Fork {
    /// Without a queue. It is built once and copied for every test.
    pub fn upstream() -> Fork {
        static BUILT: OnceLock<Fork> = OnceLock::new();
        let fork = Fork { pq: Pq::new() };
        copy(&BUILT.get_or_init(Fork::build).repo(), &fork.repo());
        fork
    }

    fn build() -> Fork {
        let fork = Fork { pq: Pq::new() };
        let dir = fork.repo();
        std::fs::create_dir(&dir).unwrap();
        git(&dir, &["init", "-q", "-b", "main"]);
        for name in ["limit", "log", "net"] {
            fork.file(&format!("{name}.c"), &lines(name));
        }
        fork.commit("Start");
        git(&dir, &["tag", "v1.0.0"]);
        fork.file("README", "stile\n");
        fork.commit("Say what it is");
        git(&dir, &["tag", "v1.0.1"]);
        fork.replace("log.c", "log 3\n", "log more\n");
        fork.commit("log: say more");
        git(&dir, &["tag", "landed"]);
        fork.replace("limit.c", "limit 5\n", "limit 10\n");
        fork.commit("limit: allow 10");
        git(&dir, &["tag", "v1.1.0"]);
        git(&dir, &["checkout", "-q", "-b", "fork", "v1.0.0"]);
        git(&dir, &["cherry-pick", "-x", "landed"]);
        git(&dir, &["tag", "-d", "landed"]);
        fork.replace("limit.c", "limit 5\n", "limit 20\n");
        fork.commit("limit: allow 20");
        fork.replace("limit.c", "limit 20\n", "limit 20 kB\n");
        fork.commit("limit: name the unit");
        fork.replace("net.c", "net 8\n", "net 8 again\n");
        fork.commit("net: retry");
        git(&dir, &["checkout", "-q", "main"]);
        fork
    }

    /// With the queue of the fork's branch in `queue/`.
    pub fn queue() -> Fork {
        let fork = Fork::upstream();
        let from = ["--base", "v1.0.0", "--from", "fork"];
        fork.pq.ok(&[&["init", "queue", "--upstream", "upstream"][..], &from[..]].concat());
        fork
    }

    /// The repository.
    pub fn repo(&self) -> PathBuf {
        self.pq.dir().join("upstream")
    }

    /// The queue's directory.
    pub fn dir(&self) -> PathBuf {
        self.pq.dir().join("queue")
    }

    /// Runs pq in the queue.
    pub fn run(&self, args: &[&str]) -> Output {
        self.pq.run_in("queue", args)
    }

    /// Runs pq in the queue, which must go well.
    pub fn ok(&self, args: &[&str]) -> Output {
        let output = self.run(args);
        assert_eq!(output.code, Some(0), "pq {args:?}\n{output}");
        output
    }

    /// Runs pq in the queue, which must fail with this code and change nothing; neither stream may hold a control character.
    pub fn refuses(&self, code: i32, args: &[&str]) -> Output {
        let before = self.state();
        let output = self.run(args);
        assert_eq!(output.code, Some(code), "pq {args:?}\n{output}");
        assert!(output.stderr().contains("hint: "), "a remedy is missing\n{output}");
        assert!(self.state() == before, "pq {args:?} changed something\n{output}");
        assert_clean(&output);
        output
    }

    /// Runs git in the repository.
    pub fn git(&self, args: &[&str]) -> String {
        git(&self.repo(), args).trim_end().to_owned()
    }

    /// Everything that a command could change: the queue's files and the refs.
    pub fn state(&self) -> (Vec<(PathBuf, Vec<u8>)>, String) {
        let mut files = Vec::new();
        collect(&self.dir(), &mut files);
        (files, self.git(&["for-each-ref"]))
    }

    /// Changes a file of the queue.
    pub fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) {
        let path = self.dir().join(file);
        let text = std::fs::read_to_string(&path).unwrap();
        let edited = edit(text.clone());
        assert_ne!(text, edited, "the edit does nothing");
        std::fs::write(path, edited).unwrap();
    }

    /// Writes a file of the repository's worktree.
    pub fn file(&self, name: &str, text: &str) {
        std::fs::write(self.repo().join(name), text).unwrap();
    }

    fn replace(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.repo().join(name)).unwrap();
        assert!(text.contains(old));
        self.file(name, &text.replace(old, new));
    }

    /// Commits the worktree as it is.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }
}

fn lines(name: &str) -> String {
    (1..=10).map(|n| format!("{name} {n}\n")).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        match path.is_dir() {
            true => copy(&path, &to),
            false => drop(std::fs::copy(&path, &to).unwrap()),
        }
    }
}

fn collect(dir: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        match path.is_dir() && !path.is_symlink() {
            true => collect(&path, files),
            false => files.push((path.clone(), std::fs::read(&path).unwrap_or_default())),
        }
    }
}

/// No control character but newline and tab, and nothing that is not text.
pub fn assert_clean(output: &Output) {
    for stream in [output.stdout(), output.stderr()] {
        let is_clean = |c: char| matches!(c, '\n' | '\t') || !c.is_control() && c != '\u{202e}';
        assert!(stream.chars().all(is_clean), "{stream:?}");
    }
}
