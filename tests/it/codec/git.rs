//! Runs git where nothing of the machine's configuration reaches it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub struct Repo {
    dir: tempfile::TempDir,
}

impl Repo {
    pub fn new() -> Self {
        let repo = Repo { dir: tempfile::tempdir().unwrap() };
        repo.ok(&["init", "-q", "-b", "main"], b"");
        repo
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn run(&self, args: &[&str], input: &[u8]) -> Output {
        let mut child = Command::new("git")
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap())
            .env("HOME", self.path())
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_NAME"), "A U Thor")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_EMAIL"), "author@example.com")))
            .envs(["AUTHOR", "COMMITTER"].map(|who| (format!("GIT_{who}_DATE"), "1680508800 +0200")))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        output
    }

    /// Runs git, which must succeed; its output.
    pub fn ok(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let output = self.run(args, input);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    /// The output without its newline.
    pub fn line(&self, args: &[&str], input: &[u8]) -> String {
        String::from_utf8(self.ok(args, input)).unwrap().trim_end().to_owned()
    }

    /// Writes blobs in one go; their ids.
    pub fn blobs(&self, contents: &[&[u8]]) -> Vec<String> {
        let dir = tempfile::tempdir_in(self.path()).unwrap();
        let mut list = String::new();
        for (nth, content) in contents.iter().enumerate() {
            let file = dir.path().join(nth.to_string());
            std::fs::write(&file, content).unwrap();
            list.push_str(&format!("{}\n", file.display()));
        }
        let ids = self.ok(&["hash-object", "-w", "--no-filters", "--stdin-paths"], list.as_bytes());
        String::from_utf8(ids).unwrap().lines().map(str::to_owned).collect()
    }

    /// Makes the index hold exactly these entries (mode, id, path); the id of its tree.
    pub fn index(&self, entries: &[(&str, &str, &[u8])]) -> String {
        self.ok(&["read-tree", "--empty"], b"");
        let mut list = Vec::new();
        for (mode, id, path) in entries {
            list.extend_from_slice(format!("{mode} {id}\t").as_bytes());
            list.extend_from_slice(path);
            list.push(0);
        }
        self.ok(&["update-index", "-z", "--index-info"], &list);
        self.line(&["write-tree"], b"")
    }
}
