//! Whose line is it: find, annotate, absorb.

use std::path::PathBuf;

use pq::model::Silent;
use pq::ops::absorb::{self, AbsorbReport, Why};
use pq::ops::find::{self, Options};
use pq::ops::position::{self, Edits, Target, Which};
use pq::ops::undo;

use super::outcomes::base;
use crate::support::{Fork, git, lines_with};

/// `a` and `b` write lines of `a.txt`, `b` one between two of `a`; `move` renames it to `moved.txt`; `c` writes there and adds a file.
fn fork() -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a 1\na 2\na 3\na 4\n").commit("A");
    fork.on("ours").edit("a.txt", "a 2\n", "b\n").edit("b.txt", "line 9\n", "").commit("B");
    fork.on("ours").rename("a.txt", "moved.txt").commit("Move");
    fork.on("ours").edit("moved.txt", "line 30\n", "c\n").write("new.txt", "1\n2\n3\n").commit("C");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

fn which(fork: &Fork) -> Which {
    Which { here: tree(fork), named: None }
}

fn options(fork: &Fork, file: &str, lines: Option<(u32, u32)>) -> Options {
    Options { file: file.into(), lines, here: fork.dir().to_owned() }
}

fn find(fork: &Fork, file: &str, lines: Option<(u32, u32)>) -> String {
    let report = find::find(&fork.open(), &options(fork, file, lines), &Silent);
    let report = match report {
        Ok(report) => report,
        Err(error) => return format!("error: {error}"),
    };
    let one = |owner: &find::Owner| format!("{} {:?}", owner.name, owner.lines);
    report.patches.iter().map(one).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_line_has_one_owner_through_renames() {
    let fork = fork();
    assert_eq!(find(&fork, "moved.txt", None), "a [(5, 5), (7, 8)], b [(6, 6)], move [], c [(33, 33)]");
    assert_eq!(find(&fork, "moved.txt", Some((6, 6))), "b [(6, 6)]");
    assert_eq!(find(&fork, "moved.txt", Some((4, 7))), "a [(5, 5), (7, 7)], b [(6, 6)]");
    assert_eq!(find(&fork, "moved.txt", Some((1, 3))), "");
    assert_eq!(find(&fork, "a.txt", None), "a [], b [], move []", "gone: up to where it went");
    assert_eq!(find(&fork, "new.txt", None), "c [(1, 3)]");
    assert_eq!(find(&fork, "b.txt", None), "b []", "it only deleted");
    assert_eq!(find(&fork, "dir/c.txt", None), "");
    assert_eq!(find(&fork, "moved.txt", Some((44, 44))), "error: moved.txt has 43 lines, not 44");
    assert_eq!(find(&fork, "nothing", None), "error: there is no file nothing at c, and no patch touches one");
}

/// Beside `git blame` over the materialized commits.
#[test]
fn annotate_says_what_git_blame_says() {
    let fork = fork();
    for (path, rev) in [("moved.txt", "fork"), ("new.txt", "fork"), ("b.txt", "fork")] {
        let report = find::annotate(&fork.open(), &options(&fork, path, None), &Silent).unwrap();
        let subjects = |name: &str| match name {
            "a" => "A",
            "b" => "B",
            "c" => "C",
            other => panic!("{other}"),
        };
        let ours: Vec<(String, String)> = report
            .lines
            .iter()
            .map(|line| {
                (line.patch.as_ref().map_or("base", |it| subjects(it.as_str())).to_owned(), line.text.to_string())
            })
            .collect();
        let blame = fork.git(&["blame", "--line-porcelain", rev, "--", path]);
        let word = |line: &str, key: &str| line.strip_prefix(key).map(str::to_owned);
        let summaries = blame.lines().filter_map(|line| word(line, "summary "));
        let texts = blame.lines().filter_map(|line| word(line, "\t"));
        assert_eq!(ours, summaries.zip(texts).collect::<Vec<_>>(), "{path}");
    }
}

#[test]
fn the_file_is_looked_at_where_the_worktree_stands() {
    let fork = fork();
    position::go(&fork.open(), &which(&fork), &Target::Patch("a".into()), Edits::Refuse, &Silent).unwrap();
    let mut bench = fork.open();
    bench.which = Some(which(&fork));
    let here = Options { file: "../tree/a.txt".into(), lines: None, here: tree(&fork).join("dir/..") };
    let report =
        find::find(&bench, &Options { file: "c.txt".into(), here: tree(&fork).join("dir"), ..here.clone() }, &Silent);
    assert_eq!(report.unwrap().path, "dir/c.txt", "from the current directory");
    let report = find::find(&bench, &Options { file: "a.txt".into(), here: tree(&fork), ..here }, &Silent).unwrap();
    assert_eq!((report.top.unwrap().as_str(), report.patches.len(), report.base_lines), ("a", 1, 39));
    assert_eq!(report.patches[0].lines, [(5, 8)]);
}

fn write(fork: &Fork, path: &str, text: &str) {
    std::fs::write(tree(fork).join(path), text).unwrap();
}

fn text(fork: &Fork, path: &str) -> String {
    std::fs::read_to_string(tree(fork).join(path)).unwrap()
}

fn replace(fork: &Fork, path: &str, old: &str, new: &str) {
    let text = text(fork, path);
    assert!(text.contains(old), "{path} has {old:?}");
    write(fork, path, &text.replacen(old, new, 1));
}

fn absorb(fork: &Fork, paths: &[&str], dry_run: bool) -> AbsorbReport {
    let paths = paths.iter().map(PathBuf::from).collect();
    let options = absorb::Options { paths, which: which(fork), dry_run, when: 5 };
    absorb::absorb(&fork.open(), &options, &Silent).unwrap()
}

fn absorbed(report: &AbsorbReport) -> Vec<String> {
    report.absorbed.iter().map(|one| format!("{} {} {:?}", one.patch, one.path, one.lines)).collect()
}

fn stayed(report: &AbsorbReport) -> Vec<String> {
    let one = |it: &absorb::Stayed| format!("{} {:?} {:?} {:?}", it.path, it.lines, it.why, it.patches.len());
    report.stayed.iter().map(one).collect()
}

/// Every file that is not git's, and where symlinks lead.
fn files(fork: &Fork) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut files, mut open) = (Vec::new(), vec![tree(fork)]);
    while let Some(path) = open.pop() {
        let meta = std::fs::symlink_metadata(&path).unwrap();
        match () {
            () if path.ends_with(".git") => {}
            () if meta.is_dir() => open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path())),
            () if meta.is_symlink() => {
                files.push((path.clone(), std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()))
            }
            () => files.push((path.clone(), std::fs::read(&path).unwrap())),
        }
    }
    files.sort();
    files
}

/// What the worktree has more than HEAD, and what the index has not.
fn open_edits(fork: &Fork) -> String {
    git(&tree(fork), &["diff", "HEAD", "-U0", "--no-prefix", "--format="])
}

#[test]
fn every_hunk_goes_to_its_patch_and_the_files_stay() {
    let fork = fork();
    replace(&fork, "moved.txt", "a 1\n", "a one\n");
    replace(&fork, "moved.txt", "b\n", "b!\n");
    replace(&fork, "moved.txt", "c\n", "c!\n");
    replace(&fork, "new.txt", "2\n", "2\n2.5\n");
    let before = files(&fork);
    let snapshot = fork.snapshot();
    let dry = absorb(&fork, &[], true);
    assert_eq!((fork.snapshot(), files(&fork)), (snapshot, before.clone()));
    let report = absorb(&fork, &[], false);
    assert_eq!((absorbed(&report), stayed(&report)), (absorbed(&dry), stayed(&dry)));
    // `a one` and `b!` are one hunk of lines that two patches wrote.
    assert_eq!(stayed(&report), ["moved.txt Some((5, 2)) Several 2"]);
    assert_eq!(absorbed(&report), ["c moved.txt (33, 1)", "c new.txt (3, 0)"]);
    assert_eq!(files(&fork), before);
    assert_eq!(open_edits(&fork).lines().filter(|line| line.starts_with(['+', '-'])).count(), 6);
    fork.check();
    git(&tree(&fork), &["checkout", "-q", "moved.txt"]);
    assert!(text(&fork, "moved.txt").contains("c!\n"));
}

#[test]
fn hunks_pass_renames_and_other_patches() {
    let fork = fork();
    replace(&fork, "moved.txt", "a 4\n", "a four\n");
    replace(&fork, "moved.txt", "c\n", "c!\n");
    let before = files(&fork);
    let report = absorb(&fork, &[], false);
    assert_eq!(absorbed(&report), ["a moved.txt (8, 1)", "c moved.txt (33, 1)"]);
    assert_eq!((files(&fork), open_edits(&fork)), (before, String::new()));
    assert_eq!(git(&tree(&fork), &["status", "--porcelain"]), "");
    fork.check();
    assert_eq!(
        fork.content(fork.git(&["rev-parse", "fork~3"]).parse().unwrap(), "a.txt").lines().nth(7),
        Some("a four")
    );
}

#[test]
fn what_belongs_to_nobody_stays_with_the_reason() {
    let fork = fork();
    replace(&fork, "moved.txt", "line 20\n", "mine\n");
    replace(&fork, "moved.txt", "a 3\na 4\n", "a 3\nin between\na 4\n");
    write(&fork, "added.txt", "added\n");
    git(&tree(&fork), &["add", "added.txt"]);
    std::fs::remove_file(tree(&fork).join("run.sh")).unwrap();
    let before = files(&fork);
    let report = absorb(&fork, &[], false);
    assert_eq!(absorbed(&report), ["a moved.txt (8, 0)"]);
    assert_eq!(stayed(&report), ["added.txt None Whole 0", "moved.txt Some((23, 1)) Base 0", "run.sh None Whole 0"]);
    assert_eq!(files(&fork), before);
    let status = git(&tree(&fork), &["status", "--porcelain"]);
    assert_eq!(status, "A  added.txt\n M moved.txt\n D run.sh\n");
    assert!(open_edits(&fork).contains("-line 20\n+mine\n"));
    fork.check();
    // Taking it back is refused while there are edits, and fine afterwards.
    assert!(undo::undo(&fork.open(), 9).is_err());
    git(&tree(&fork), &["reset", "-q", "--hard"]);
    undo::undo(&fork.open(), 9).unwrap();
    fork.check();
}

/// `b` rewrote the line beside it: what `a` gets there does not come through.
#[test]
fn a_hunk_that_does_not_commute_stays() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a 1\na 2\n").commit("A");
    fork.on("ours").edit("a.txt", "a 2\n", "b\n").commit("B");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    replace(&fork, "a.txt", "a 1\n", "a one\n");
    replace(&fork, "a.txt", "line 30\n", "mine\n");
    let before = fork.snapshot();
    let report = absorb(&fork, &[], false);
    assert_eq!(report.stayed.iter().map(|it| it.why).collect::<Vec<_>>(), [Why::Between, Why::Base]);
    assert_eq!(report.stayed[0].patches[0].as_str(), "b");
    assert!(report.absorbed.is_empty() && report.edit.is_none());
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn what_conflicts_above_the_worktree_is_held() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a\n").commit("A");
    fork.on("ours").edit("a.txt", "a\n", "b\n").commit("B");
    fork.on("ours").edit("a.txt", "line 30\n", "c\n").commit("C");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    position::go(&fork.open(), &which(&fork), &Target::Patch("a".into()), Edits::Refuse, &Silent).unwrap();
    replace(&fork, "a.txt", "a\n", "other\n");
    let report = absorb(&fork, &[], false);
    assert_eq!(absorbed(&report), ["a a.txt (5, 1)"]);
    assert_eq!(report.edit.unwrap().held.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(text(&fork, "a.txt"), lines_with(40, &[(5, "other")]));
    assert_eq!(open_edits(&fork), "");
    fork.check();
}

#[test]
fn only_the_files_that_are_named() {
    let fork = fork();
    replace(&fork, "moved.txt", "c\n", "c!\n");
    replace(&fork, "new.txt", "2\n", "two\n");
    let report = absorb(&fork, &["new.txt"], false);
    assert_eq!((absorbed(&report), stayed(&report)), (vec!["c new.txt (2, 1)".to_owned()], Vec::new()));
    assert_eq!(git(&tree(&fork), &["status", "--porcelain"]), " M moved.txt\n");
}
