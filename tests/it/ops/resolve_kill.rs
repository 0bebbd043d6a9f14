//! A killed `pq resolve` loses nothing that a person made, and the next command goes on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pq::git::worktree::{Head, Index};
use pq::model::Silent;
use pq::ops::position::Which;
use pq::ops::resolve::{self, Session};
use pq::ops::workbench::{Access, Where, Workbench};

use super::resolve::{check_home, held, in_tree, opened, start, tree, write};
use crate::support::{Fork, files_below, kill, lines_with};

const FILES: usize = 48;

/// How often each command is killed.
const KILLS: u32 = 34;

/// A patch that conflicts in one file and changes some dozens of others; one behind it.
fn fork() -> Fork {
    let file = |n: usize| format!("f{n:02}");
    let ours = move |fork: &Fork| {
        let work = (0..FILES).fold(fork.on("ours"), |work, n| work.write(&file(n), "ours\n"));
        work.edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
        fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Thirty");
    };
    opened(ours, |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("up"))
}

fn edit(fork: &Fork) {
    write(fork, "a.txt", &lines_with(40, &[(5, "both 5")]));
    in_tree(fork, &["add", "-u"]);
}

fn run(queue: &Path, operation: &str) -> pq::Result<()> {
    let bench = Workbench::open(Where { start: queue.to_owned(), ..Where::default() }.line()?, Access::Write)?;
    let worktree = Some(queue.with_file_name("tree"));
    match operation {
        "start" => {
            let which = Which { here: queue.to_owned(), named: worktree };
            resolve::start(&bench, "five", &which, &Silent).map(drop)
        }
        "done" => resolve::done(&bench, 2, &Silent).map(drop),
        "abort" => resolve::abort(&bench, 3).map(drop),
        other => panic!("{other}"),
    }
}

#[test]
#[ignore = "run by the test that kills it"]
fn child() {
    kill::child(run);
}

#[test]
fn killed_processes_lose_nothing() {
    let ready = |operation: &str| {
        let fork = fork();
        if operation != "start" {
            start(&fork, "five").unwrap();
            edit(&fork);
        }
        fork
    };
    for operation in ["start", "done", "abort"] {
        let mut moments = kill::Moments::new(kill::whole(&ready(operation), module_path!(), operation), KILLS);
        for n in 0..KILLS {
            let fork = ready(operation);
            moments.kill(kill::spawn(&fork, module_path!(), operation), n);
            kill::remove_locks(&fork.repo().common_dir().join("refs"));
            after(&fork, operation);
        }
        moments.check(operation);
    }
}

/// Looks at what a killed process left, and goes on from there.
fn after(fork: &Fork, operation: &str) -> &'static str {
    let session = Session::load(&fork.open()).unwrap();
    if held(fork).is_empty() {
        assert_eq!((operation, session.is_none()), ("done", true));
        fork.check();
        check_home(fork);
        assert!(fork.content(fork.tip("fork"), "a.txt").contains("both 5"));
        assert_eq!(recorded(fork), 1, "the answer is recorded with it");
        return "done";
    }
    let Some(_) = session else {
        check_home(fork);
        let saved = fork.refs().keys().any(|name| name.contains("aborted/five"));
        assert_eq!(saved, operation == "abort");
        return "home";
    };
    if operation == "start" {
        assert_eq!(in_tree(fork, &["status", "--porcelain"]).lines().filter(|line| line.starts_with("UU")).count(), 1);
        edit(fork);
    }
    assert_eq!(in_tree(fork, &["show", ":a.txt"]) + "\n", lines_with(40, &[(5, "both 5")]));
    run(&fork.queue(), "done").unwrap();
    assert_eq!(recorded(fork), 1);
    fork.check();
    check_home(fork);
    "open"
}

/// How many answers are recorded.
fn recorded(fork: &Fork) -> usize {
    std::fs::read_dir(fork.queue().join("resolutions")).map(Iterator::count).unwrap_or(0)
}

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// HEAD, the files of the worktree and its index, in the order in which a switch writes them.
fn disk(fork: &Fork) -> Files {
    let git = fork.upstream().join(".git/worktrees/tree");
    let mut files: Files =
        ["HEAD", "index"].map(|name| (git.join(name), std::fs::read(git.join(name)).unwrap())).into();
    let below = files_below(&tree(fork)).into_iter().filter(|(path, _)| path != ".git");
    files.extend(below.map(|(path, bytes)| (tree(fork).join(path), bytes)));
    files
}

fn put(path: &Path, bytes: Option<&Vec<u8>>) {
    match bytes {
        Some(_) if std::fs::symlink_metadata(path).is_ok_and(|meta| meta.is_symlink()) => {}
        Some(bytes) => std::fs::write(path, bytes).unwrap(),
        None => drop(std::fs::remove_file(path)),
    }
}

/// Every prefix of what a switch into a session or out of it writes is finished by the next command; a file that a person has written since
/// stays.
#[test]
fn every_prefix_of_a_switch_is_finished() {
    let fork = fork();
    let before = disk(&fork);
    start(&fork, "five").unwrap();
    let (inside, session) = (disk(&fork), Session::load(&fork.open()).unwrap().unwrap());
    let bench = fork.open();
    let home = session.home_layout(&bench, &mut bench.repo.objects()).unwrap();
    drop(bench);
    let heads = (session.home.clone(), Head::Commit(session.target));
    let into = session.follow(heads.clone(), home.clone(), session.scene.clone(), Index::Careful);
    let out = session.follow((heads.1, heads.0), session.scene.clone(), home, Index::Replace);
    let mut points = 0;
    for (follow, ends, old, new) in [(into, false, &before, &inside), (out, true, &inside, &before)] {
        let mut paths: Vec<&PathBuf> =
            old.keys().chain(new.keys()).filter(|path| old.get(*path) != new.get(*path)).collect();
        paths.sort_by_key(|path| (path.ends_with("index"), !path.ends_with("HEAD"), (*path).clone()));
        paths.dedup();
        points += paths.len() + 1;
        for count in 0..=paths.len() {
            for (at, path) in paths.iter().enumerate() {
                put(path, if at < count { new.get(*path) } else { old.get(*path) });
            }
            let mut killed = session.clone();
            killed.moving = Some(resolve::Moving { follow: follow.clone(), ends });
            killed
                .save(
                    &Workbench::open(Where { start: fork.queue(), ..Where::default() }.line().unwrap(), Access::Read)
                        .unwrap(),
                )
                .unwrap();
            let lock = fork.upstream().join(".git/worktrees/tree/index.lock");
            if count == paths.len() - 1 {
                std::fs::write(&lock, "half").unwrap();
                std::fs::write(tree(&fork).join(".pq-tmp-1-1"), "half").unwrap();
            }
            let mine = (count == 3).then(|| tree(&fork).join("f05"));
            mine.iter().for_each(|path| std::fs::write(path, "mine\n").unwrap());
            drop(fork.open());
            assert!(!lock.exists() && !tree(&fork).join(".pq-tmp-1-1").exists());
            if let Some(mine) = mine {
                assert_eq!(std::fs::read(&mine).unwrap(), b"mine\n");
                put(&mine, new.get(&mine));
            }
            let (now, wanted) = (disk(&fork), new);
            let differ = |path: &&PathBuf| now.get(*path) != wanted.get(*path) && !path.ends_with("index");
            let wrong: Vec<_> = now.keys().chain(wanted.keys()).filter(differ).collect();
            assert!(wrong.is_empty(), "{count} of {}: {wrong:?}", paths.len());
            let status = in_tree(&fork, &["status", "--porcelain"]);
            assert_eq!(status.is_empty(), ends, "{count}: {status}");
            assert_eq!(Session::load(&fork.open()).unwrap().is_none(), ends);
        }
    }
    assert!(points + 3 * KILLS as usize >= 200, "{points}");
}
