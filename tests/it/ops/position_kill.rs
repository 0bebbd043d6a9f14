//! A killed `pq push`, `pq pop` or `pq refresh` loses no line of a person's work, and the next command goes on.

use std::path::{Path, PathBuf};

use pq::model::Silent;
use pq::ops::amend;
use pq::ops::position::{self, Edits, Target, Which};
use pq::ops::workbench::{Access, Where, Workbench};

use super::outcomes::base;
use crate::support::{Fork, Snapshot, files_below, git, kill};

/// How many files each patch touches.
pub const FILES: usize = 24;

/// How often each operation is killed.
const KILLS: u32 = 20;

const OPERATIONS: [&str; 4] = ["push", "pop", "refresh", "refresh-below"];

/// Three patches, two of which write two dozen files; the branch is checked out in `tree`.
fn fork() -> Fork {
    let fork = base();
    let file = |n: usize| format!("f{n:02}");
    fork.on("ours").edit("a.txt", "line 5\n", "one\n").commit("One");
    (0..FILES).fold(fork.on("ours"), |work, n| work.write(&file(n), "two\n")).commit("Two");
    (0..FILES).fold(fork.on("ours"), |work, n| work.write(&file(n), "three\n")).commit("Three");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

pub fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

fn run(queue: &Path, operation: &str) -> pq::Result<()> {
    let bench = Workbench::open(Where { start: queue.to_owned(), ..Where::default() }.line()?, Access::Write)?;
    let which = Which { here: queue.with_file_name("tree"), named: None };
    let go = |target: Target| position::go(&bench, &which, &target, Edits::Refuse, &Silent).map(drop);
    let refresh = |name: Option<&str>| {
        let options =
            amend::Options { name: name.map(str::to_owned), paths: Vec::new(), which: which.clone(), when: 5 };
        amend::amend(&bench, &options, &Silent).map(drop)
    };
    match operation {
        "push" => go(Target::Patch("three".into())),
        "pop" => go(Target::Patch("one".into())),
        "refresh" => refresh(None),
        "refresh-below" => refresh(Some("one")),
        other => panic!("{other}"),
    }
}

/// Brings the fork to where the operation starts: an edit that a person made, for a refresh.
fn prepare(fork: &Fork, operation: &str) {
    match operation {
        "push" => run(&fork.queue(), "pop").unwrap(),
        "refresh" => (0..FILES).for_each(|n| std::fs::write(tree(fork).join(format!("f{n:02}")), "mine\n").unwrap()),
        "refresh-below" => {
            let file = tree(fork).join("a.txt");
            let text = std::fs::read_to_string(&file).unwrap();
            std::fs::write(&file, text.replace("line 30\n", "mine\n")).unwrap();
        }
        _ => {}
    }
}

#[test]
#[ignore = "run by the test that kills it"]
fn child() {
    kill::child(run);
}

/// An operation on a queue.
pub type Run = fn(&Path, &str) -> pq::Result<()>;

/// Queue, refs, HEAD and files.
type State = (Snapshot, String, std::collections::BTreeMap<String, Vec<u8>>);

fn state(fork: &Fork) -> State {
    let mut files = files_below(&tree(fork));
    files.remove(".git");
    let mut queue = fork.snapshot();
    // The log is named after the directory, which is another one each time.
    queue.refs.retain(|name, _| !name.starts_with("pq/"));
    (queue, git(&tree(fork), &["rev-parse", "HEAD"]), files)
}

#[test]
fn killed_processes_lose_nothing() {
    kill_all(module_path!(), &OPERATIONS, run, prepare);
}

/// Kills each operation many times: the next command finds the old state or the new one, and gets to the end.
pub fn kill_all(module: &str, operations: &[&str], run: Run, prepare: fn(&Fork, &str)) {
    let ready = |operation: &str| {
        let fork = fork();
        prepare(&fork, operation);
        fork
    };
    for operation in operations {
        let fork = ready(operation);
        let mut moments = kill::Moments::new(kill::whole(&fork, module, operation), KILLS);
        let after = state(&fork);
        for n in 0..KILLS {
            let fork = ready(operation);
            let before = state(&fork);
            moments.kill(kill::spawn(&fork, module, operation), n);
            check(&fork, operation, run, &before, &after);
        }
        moments.check(operation);
    }
}

/// The next command finds the old state or the new one, and gets to the end.
fn check(fork: &Fork, operation: &str, run: Run, before: &State, after: &State) {
    kill::remove_locks(&fork.repo().common_dir());
    drop(fork.open());
    let now = state(fork);
    let is_new = now == *after;
    assert!(
        is_new || now == *before,
        "{operation}: neither old nor new: HEAD {} of {} to {}",
        now.1,
        before.1,
        after.1
    );
    if !is_new {
        run(&fork.queue(), operation).unwrap();
        assert!(state(fork) == *after, "{operation}, run again");
    }
    assert_eq!(git(&tree(fork), &["status", "--porcelain", "--untracked-files=no"]), "");
    fork.check();
}
