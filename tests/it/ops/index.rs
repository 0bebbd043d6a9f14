//! The index of upstream's commits: it saves reading and changes no answer.

use std::path::PathBuf;
use std::sync::Mutex;

use pq::model::{Generated, Oid, Silent, Watch};
use pq::ops::upstream::Index;

use super::outcomes::{base, release};
use crate::support::{Fork, lines};

/// Counts the commits that are read.
#[derive(Default)]
struct Reads(Mutex<u64>);

impl Watch for Reads {
    fn phase(&self, name: &'static str, total: Option<u64>) {
        if name == "reading upstream's commits" {
            *self.0.lock().unwrap() += total.unwrap();
        }
    }

    fn step(&self, _: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn history(commits: usize) -> Fork {
    let fork = base();
    for n in 0..commits {
        fork.on("main")
            .edit("a.txt", &format!("line {}\n", n + 1), &format!("new {n}\n"))
            .commit(&format!("Change {n}"));
    }
    fork
}

/// The subjects of a range, and how many commits were read for it.
fn subjects(fork: &Fork, generated: &[Generated], tip: Oid, hidden: Oid) -> (Vec<String>, u64) {
    let (repo, reads) = (fork.repo(), Reads::default());
    let facts = Index::open(&repo, generated).range(&repo, &[tip], &[hidden], &reads).unwrap();
    let read = *reads.0.lock().unwrap();
    (facts.iter().map(|facts| facts.subject.to_string()).collect(), read)
}

/// The files of the index and their sizes.
fn files(fork: &Fork) -> Vec<(PathBuf, u64)> {
    let entries = std::fs::read_dir(fork.repo().cache_dir()).unwrap().map(|entry| entry.unwrap());
    let index = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("upstream-"));
    let mut files: Vec<_> = index.map(|entry| (entry.path(), entry.metadata().unwrap().len())).collect();
    files.sort();
    files
}

#[test]
fn only_new_commits_are_read_and_those_that_are_kept_need_no_objects() {
    let fork = history(5);
    let start = fork.read_ref("refs/tags/v1.0.0").unwrap();
    assert_eq!(subjects(&fork, &[], fork.tip("main"), start).1, 5);
    assert_eq!(subjects(&fork, &[], fork.tip("main"), start).1, 0);
    let size = files(&fork)[0].1;
    fork.on("main").edit("b.txt", "line 1\n", "x\n").commit("Another");
    let (subjects_now, read) = subjects(&fork, &[], fork.tip("main"), start);
    assert_eq!((subjects_now.len(), read), (6, 1));
    assert_eq!(subjects_now, ["Another", "Change 4", "Change 3", "Change 2", "Change 1", "Change 0"]);
    assert!(files(&fork)[0].1 > size);
    assert_eq!(subjects(&fork, &[], fork.tip("main"), start), (subjects_now.clone(), 0));
    // A part of what is known, too.
    assert_eq!(
        subjects(&fork, &[], fork.tip("main"), fork.repo().resolve("main~2").unwrap()),
        (subjects_now[..2].to_vec(), 0)
    );
}

#[test]
fn other_excluded_paths_have_an_index_of_their_own() {
    let fork = history(3);
    let start = fork.read_ref("refs/tags/v1.0.0").unwrap();
    let generated = [Generated { paths: vec!["a.txt".to_owned()], regenerate: None }];
    let repo = fork.repo();
    let with = |generated: &[Generated]| {
        let facts = Index::open(&repo, generated).range(&repo, &[fork.tip("main")], &[start], &Silent).unwrap();
        facts.iter().map(|facts| facts.change.clone().unwrap()).collect::<Vec<_>>()
    };
    let (all, without) = (with(&[]), with(&generated));
    assert_eq!(files(&fork).len(), 2);
    assert!(
        all.iter().all(|change| change.signature.count() == 2 && !change.has_excluded && change.patch_id.is_some())
    );
    assert!(
        without.iter().all(|change| change.signature.count() == 0 && change.has_excluded && change.patch_id.is_none())
    );
    assert_eq!((with(&[]), with(&generated)), (all, without));
    // How the patterns are put does not matter.
    let twice = [generated[0].clone(), generated[0].clone()];
    with(&twice);
    assert_eq!(files(&fork).len(), 2);
}

#[test]
fn an_index_that_is_damaged_or_from_another_version_is_made_again() {
    let fork = history(4);
    let start = fork.read_ref("refs/tags/v1.0.0").unwrap();
    let (want, _) = subjects(&fork, &[], fork.tip("main"), start);
    let path = files(&fork)[0].0.clone();
    let good = std::fs::read(&path).unwrap();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let head = good.iter().position(|byte| *byte == b'\n').unwrap();
    let other_version = [b"pq upstream index 1 0.0.0", &good[head..]].concat();
    let other_format = [b"pq upstream index 999 ", &good[20..]].concat();
    for bad in
        [flipped, other_version, other_format, good[..good.len() / 2].to_vec(), Vec::new(), b"\xff\0rubbish".to_vec()]
    {
        std::fs::write(&path, &bad).unwrap();
        assert_eq!(subjects(&fork, &[], fork.tip("main"), start), (want.clone(), 4));
        assert_eq!(std::fs::read(&path).unwrap(), good);
    }
    // One that cannot be written, or read, only costs time.
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert_eq!(subjects(&fork, &[], fork.tip("main"), start), (want, 4));
}

#[test]
fn several_at_once_do_not_disturb_each_other() {
    let fork = history(12);
    let start = fork.read_ref("refs/tags/v1.0.0").unwrap();
    let upstream = fork.upstream();
    let tips: Vec<Oid> = (0..8).map(|n| fork.repo().resolve(&format!("main~{n}")).unwrap()).collect();
    std::thread::scope(|scope| {
        for (n, tip) in tips.iter().enumerate() {
            let upstream = &upstream;
            scope.spawn(move || {
                for _ in 0..5 {
                    let repo = pq::git::Repo::open(upstream).unwrap();
                    let facts = Index::open(&repo, &[]).range(&repo, &[*tip], &[start], &Silent).unwrap();
                    assert_eq!(facts.len(), 12 - n);
                }
            });
        }
    });
    // Whoever wrote last, the file is whole.
    let bytes = std::fs::read(&files(&fork)[0].0).unwrap();
    let facts = pq::format::upstream_index::parse(&bytes, &pq::format::excluded::Excluded::of(&[])).unwrap();
    assert!(facts.len() >= 5, "{}", facts.len());
    assert_eq!(subjects(&fork, &[], fork.tip("main"), start).0.len(), 12);
}

/// What a rebase says does not depend on what the index holds.
#[test]
fn a_rebase_says_the_same_with_and_without_it() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 20\n", "fix 20\n").commit("Fix twenty");
    fork.on("main").edit("b.txt", "line 2\n", "2\n").commit("More");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 20\n", "fix 20\n").commit("Ours");
    fork.on("ours").write("c.txt", lines(3)).commit("New");
    fork.init("v1.0.0", "ours");
    let report = || serde_json::to_value(fork.dry_run("v1.1.0")).unwrap();
    let first = report();
    assert_eq!(report(), first);
    for (path, _) in files(&fork) {
        std::fs::write(path, "rubbish").unwrap();
    }
    assert_eq!(report(), first);
}
