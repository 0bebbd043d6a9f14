//! Two people settle different held patches, each in a clone; a third has both.

use std::path::{Path, PathBuf};

use pq::model::Silent;
use pq::ops::position::Which;
use pq::ops::rebase::Foreign;
use pq::ops::refresh::{self, Mode};
use pq::ops::resolve;
use pq::ops::workbench::{Access, Where, Workbench};

use super::outcomes::{base, release};
use crate::support::{Fork, git, lines_with};

/// A clone of queue and repository, as `git` makes them: with the refs of held patches, without the log.
fn clone(fork: &Fork, name: &str, branch: bool) -> PathBuf {
    let refs = ["refs/pq/fork/*:refs/pq/fork/*", "refs/heads/fork:refs/heads/fork"];
    clone_of(fork, name, if branch { &refs } else { &refs[..1] })
}

/// With these refs beside the tags.
fn clone_of(fork: &Fork, name: &str, refs: &[&str]) -> PathBuf {
    let dir = fork.dir().join(name);
    std::fs::create_dir(&dir).unwrap();
    git(&dir, &["clone", "-q", "../queue", "queue"]);
    git(&dir, &["init", "-q", "upstream"]);
    let args = ["fetch", "-q", "../../upstream", "refs/tags/*:refs/tags/*"];
    git(&dir.join("upstream"), &[&args[..], refs].concat());
    dir
}

/// The queue as a repository of its own.
fn published(fork: &Fork) {
    let queue = fork.queue();
    git(&queue, &["init", "-q", "-b", "main"]);
    git(&queue, &["add", "-A"]);
    git(&queue, &["commit", "-qm", "On v1.1.0"]);
}

/// What colleagues did, merged by git as text.
fn pulled(dir: &Path, colleagues: &[&str]) -> Workbench {
    for colleague in colleagues {
        let from = format!("../../{colleague}/queue");
        git(&dir.join("queue"), &["pull", "-q", "--no-rebase", "--no-edit", &from, "main"]);
    }
    open(dir)
}

fn open(dir: &Path) -> Workbench {
    Workbench::open(Where { start: dir.join("queue"), ..Where::default() }.line().unwrap(), Access::Write).unwrap()
}

fn settle(dir: &Path, name: &str, file: &str, text: &str) {
    git(&dir.join("upstream"), &["worktree", "add", "-q", "../tree", "fork"]);
    let tree = dir.join("tree");
    resolve::start(&open(dir), name, &Which { here: tree.clone(), named: None }, &Silent).unwrap();
    std::fs::write(tree.join(file), text).unwrap();
    git(&tree, &["add", "-u"]);
    resolve::done(&open(dir), 2, &Silent).unwrap();
    git(&dir.join("queue"), &["add", "-A"]);
    git(&dir.join("queue"), &["commit", "-qm", &format!("Settle {name}")]);
}

#[test]
fn the_third_has_what_both_made() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("dir/c.txt", "line 5\n", "c\n").commit("Middle");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Bee");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").edit("b.txt", "line 5\n", "theirs 5\n").commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    // git merges the text of pq.toml: what both change must not touch.
    ["five", "middle", "bee"].iter().for_each(|name| fork.set_meta(name, "owner = \"net\""));
    fork.rebase("v1.1.0");
    published(&fork);
    let (one, two, three) = (clone(&fork, "one", true), clone(&fork, "two", true), clone(&fork, "three", false));
    settle(&one, "five", "a.txt", &lines_with(40, &[(5, "both a")]));
    settle(&two, "bee", "b.txt", &lines_with(40, &[(5, "both b")]));
    let bench = pulled(&three, &["one", "two"]);
    assert_eq!(bench.manifest().held().count(), 0);
    let options =
        refresh::Options { mode: Mode::Write, repick: pq::ops::rebase::Repick::Try, foreign: Foreign::Refuse, when: 3 };
    let report = refresh::refresh(&bench, &options, &Silent).unwrap();
    let show = |path: &str| git(&three.join("upstream"), &["show", &format!("{}:{path}", report.tip.commit)]);
    assert_eq!(show("a.txt"), lines_with(40, &[(5, "both a")]));
    assert_eq!(show("b.txt"), lines_with(40, &[(5, "both b")]));
    assert_eq!(show("dir/c.txt"), lines_with(40, &[(5, "c")]));
    // And knows how both were settled.
    let known = pq::ops::resolutions::list(&bench).unwrap().resolutions;
    assert_eq!(known.iter().map(|it| it.paths[0].as_str()).collect::<Vec<_>>(), ["a.txt", "b.txt"]);
}

/// The tables of held patches that stand one behind the other, as pq writes them, with nothing between them.
#[test]
fn neighbours_are_settled_in_two_clones() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("dir/c.txt", "line 5\n", "ours 5\n").commit("Cee");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Bee");
    let work = fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").edit("b.txt", "line 5\n", "theirs 5\n");
    work.edit("dir/c.txt", "line 5\n", "theirs 5\n").commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.rebase("v1.1.0");
    published(&fork);
    let (one, two, three) = (clone(&fork, "one", true), clone(&fork, "two", true), clone(&fork, "three", false));
    settle(&one, "five", "a.txt", &lines_with(40, &[(5, "both a")]));
    settle(&two, "cee", "dir/c.txt", &lines_with(40, &[(5, "both c")]));
    let bench = pulled(&three, &["one", "two"]);
    let held: Vec<_> = bench.manifest().held().map(|patch| patch.name.as_str()).collect();
    assert_eq!(held, ["bee"]);
}

/// A patch that waits for two others, each of which somebody settles.
#[test]
fn what_waits_for_both_goes_when_both_are_settled() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Bee");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours 5!\n").edit("b.txt", "ours 5\n", "ours 5!\n").commit("Both");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").edit("b.txt", "line 5\n", "theirs 5\n").commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.rebase("v1.1.0");
    published(&fork);
    let (one, two, three) = (clone(&fork, "one", true), clone(&fork, "two", true), clone(&fork, "three", false));
    settle(&one, "five", "a.txt", &lines_with(40, &[(5, "ours 5")]));
    settle(&two, "bee", "b.txt", &lines_with(40, &[(5, "ours 5")]));
    let waits = |dir: &Path| resolve::list(&open(dir)).unwrap().held.pop().unwrap().blocked_by;
    assert_eq!((waits(&one)[0].as_str(), waits(&one).len()), ("bee", 1), "settled ones are not named any more");
    let bench = pulled(&three, &["one", "two"]);
    let report = resolve::all_trivial(&bench, 3, &Silent).unwrap();
    assert_eq!(report.held.len(), 0);
    let show = |path: &str| git(&three.join("upstream"), &["show", &format!("fork:{path}")]);
    assert_eq!((show("a.txt"), show("b.txt")), (lines_with(40, &[(5, "ours 5!")]), lines_with(40, &[(5, "ours 5!")])));
}

/// A clone without the refs of held patches, which stand on others that were carried in the same files, and on one another.
#[test]
fn held_patches_are_made_again_from_the_files() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 20\n", "ours 20\n").commit("Before");
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Between");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours 5\nours 6\n").commit("Six");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Bee");
    let work = fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").edit("a.txt", "line 18\n", "theirs 18\n");
    work.edit("a.txt", "line 1\n", "line 0\nline 1\n").edit("b.txt", "line 5\n", "theirs 5\n").commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.rebase("v1.1.0");
    published(&fork);
    let one = clone(&fork, "one", true);
    let two = clone_of(&fork, "two", &["refs/heads/fork:refs/heads/fork"]);
    let commit = open(&two).manifest().patch("six").unwrap().meta.held.clone().unwrap().commit;
    assert!(!open(&two).repo.objects().has(commit), "the test would be none");
    assert_eq!(resolve::list(&open(&two)).unwrap().held.iter().filter(|one| one.fetch.is_some()).count(), 0);
    let findings = pq::ops::verify::verify(&open(&two), &Silent).unwrap().findings;
    assert!(!findings.iter().any(|finding| finding.text.contains("needs the commit")), "{findings:?}");
    settle(&one, "bee", "b.txt", &lines_with(40, &[(5, "ours 5")]));
    settle(
        &two,
        "five",
        "a.txt",
        &format!("line 0\n{}", lines_with(40, &[(5, "ours 5"), (18, "theirs 18"), (20, "ours 20")])),
    );
    assert_eq!(
        open(&two).manifest().held().map(|one| one.name.as_str()).collect::<Vec<_>>(),
        ["bee"],
        "six is carried"
    );
    let bench = pulled(&two, &["one"]);
    assert_eq!(bench.manifest().held().count(), 0);
    assert_eq!(
        pq::ops::verify::verify(&bench, &Silent).unwrap().findings.iter().filter(|it| it.is_open_error()).count(),
        1
    );
}
