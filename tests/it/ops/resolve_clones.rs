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
    let dir = fork.dir().join(name);
    std::fs::create_dir(&dir).unwrap();
    git(&dir, &["clone", "-q", "../queue", "queue"]);
    git(&dir, &["init", "-q", "upstream"]);
    let mut args = vec!["fetch", "-q", "../../upstream", "refs/tags/*:refs/tags/*", "refs/pq/fork/*:refs/pq/fork/*"];
    args.extend(branch.then_some("refs/heads/fork:refs/heads/fork"));
    git(&dir.join("upstream"), &args);
    dir
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
    let queue = fork.queue();
    git(&queue, &["init", "-q", "-b", "main"]);
    git(&queue, &["add", "-A"]);
    git(&queue, &["commit", "-qm", "On v1.1.0"]);
    let (one, two, three) = (clone(&fork, "one", true), clone(&fork, "two", true), clone(&fork, "three", false));
    settle(&one, "five", "a.txt", &lines_with(40, &[(5, "both a")]));
    settle(&two, "bee", "b.txt", &lines_with(40, &[(5, "both b")]));
    for colleague in ["one", "two"] {
        git(
            &three.join("queue"),
            &["pull", "-q", "--no-rebase", "--no-edit", &format!("../../{colleague}/queue"), "main"],
        );
    }
    let bench = open(&three);
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
    let queue = fork.queue();
    git(&queue, &["init", "-q", "-b", "main"]);
    git(&queue, &["add", "-A"]);
    git(&queue, &["commit", "-qm", "On v1.1.0"]);
    let (one, two, three) = (clone(&fork, "one", true), clone(&fork, "two", true), clone(&fork, "three", false));
    settle(&one, "five", "a.txt", &lines_with(40, &[(5, "both a")]));
    settle(&two, "cee", "dir/c.txt", &lines_with(40, &[(5, "both c")]));
    for colleague in ["one", "two"] {
        git(
            &three.join("queue"),
            &["pull", "-q", "--no-rebase", "--no-edit", &format!("../../{colleague}/queue"), "main"],
        );
    }
    let bench = open(&three);
    let held: Vec<_> = bench.manifest().held().map(|patch| patch.name.as_str()).collect();
    assert_eq!(held, ["bee"]);
}
