use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Runs the binary in a temporary directory of its own, with an empty environment but for what is set here.
pub struct Pq {
    dir: tempfile::TempDir,
    vars: Vec<(String, String)>,
}

/// What a run left behind. Its text has the exit code and both streams, with the temporary directory as `$DIR`.
pub struct Output {
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    dir: PathBuf,
}

impl Pq {
    /// In an empty directory.
    pub fn new() -> Pq {
        Pq { dir: tempfile::tempdir().unwrap(), vars: vec![("NO_COLOR".to_owned(), "1".to_owned())] }
    }

    /// With one more variable, or another value for one; an empty value is as good as none.
    pub fn env(mut self, name: &str, value: &str) -> Pq {
        self.vars.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The directory that it runs in.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A command ready to run, for tests that look at its streams themselves.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pq"));
        command.args(args).current_dir(self.dir()).stdin(Stdio::null());
        clean(&mut command, self.dir());
        command.envs(self.vars.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs it to the end.
    pub fn run(&self, args: &[&str]) -> Output {
        self.finish(&mut self.command(args))
    }

    /// Runs it in a directory below its own.
    pub fn run_in(&self, directory: &str, args: &[&str]) -> Output {
        self.finish(self.command(args).current_dir(self.dir().join(directory)))
    }

    /// Runs it and demands that all is well.
    pub fn ok(&self, args: &[&str]) -> Output {
        let output = self.run(args);
        assert_eq!(output.code, Some(0), "pq {args:?}\n{output}");
        output
    }

    fn finish(&self, command: &mut Command) -> Output {
        let output = command.output().unwrap();
        let (stdout, stderr) = (output.stdout, output.stderr);
        Output { code: output.status.code(), stdout, stderr, dir: self.dir().to_owned() }
    }
}

impl Output {
    /// Standard output as text.
    pub fn stdout(&self) -> String {
        String::from_utf8(self.stdout.clone()).unwrap()
    }

    /// Standard error as text.
    pub fn stderr(&self) -> String {
        String::from_utf8(self.stderr.clone()).unwrap()
    }

    /// Standard output as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self}"))
    }
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or("killed".to_owned(), |code| code.to_string());
        writeln!(f, "exit: {code}")?;
        for (name, bytes) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            let text = String::from_utf8_lossy(bytes).replace(&*self.dir.to_string_lossy(), "$DIR");
            writeln!(f, "-- {name}")?;
            f.write_str(&text)?;
        }
        Ok(())
    }
}

/// Runs git, which must succeed, and returns its standard output. Nobody's configuration counts; identity and clock are fixed.
pub fn git(dir: &Path, args: &[&str]) -> String {
    let output = git_output(dir, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "git {args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// Runs git, which succeeds or says no with exit code 1.
pub fn git_succeeds(dir: &Path, args: &[&str]) -> bool {
    let output = git_output(dir, args);
    assert!(matches!(output.status.code(), Some(0 | 1)), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.status.success()
}

/// Runs git, whatever comes of it.
pub fn git_output(dir: &Path, args: &[&str]) -> std::process::Output {
    let mut command = Command::new("git");
    command.args(args).current_dir(dir).stdin(Stdio::null());
    clean(&mut command, dir);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "A U Thor").env(format!("GIT_{who}_EMAIL"), "author@example.com");
        command.env(format!("GIT_{who}_DATE"), "2020-02-02T12:00:00 +0000");
    }
    command.output().unwrap()
}

/// An environment without the user's: only the search path is kept, and where coverage data and the system's own parts are.
fn clean(command: &mut Command, home: &Path) {
    command.env_clear();
    for name in ["PATH", "SystemRoot", "LLVM_PROFILE_FILE"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command.env("HOME", home).env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_CEILING_DIRECTORIES", home.parent().unwrap_or(home));
}
