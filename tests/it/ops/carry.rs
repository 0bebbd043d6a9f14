//! Patches from one line of the fork to another: which text, what is left where it is, what helps.

use std::path::PathBuf;

use pq::model::{Oid, Outcome, Silent};
use pq::ops::pick::{Across, Mode, PickReport, Why, across};
use pq::ops::workbench::{Access, Where, Workbench};

use super::outcomes::{base, release};
use super::pick::lines_from;
use crate::support::{Fork, lines_with};

/// A workspace of the lines `old` on v1.0.0, from the branch `ours`, and `new` on v1.1.0.
struct Space {
    fork: Fork,
    root: PathBuf,
}

impl Space {
    fn of(fork: Fork) -> Space {
        let root = lines_from(&fork, &[("old", "v1.0.0", Some("ours")), ("new", "v1.1.0", None)]);
        Space { fork, root }
    }

    fn open(&self, line: &str, access: Access) -> Workbench {
        let place = Where { start: self.root.clone(), queue: None, line: Some(line.to_owned()) };
        Workbench::open(place.line().unwrap(), access).unwrap()
    }

    fn carry(&self, name: &str) -> PickReport {
        let what = Across { names: vec![name.to_owned()], mode: Mode::Write, when: 9 };
        across(&self.open("old", Access::Read), &self.open("new", Access::Write), &what, &Silent).unwrap()
    }

    fn set(&self, name: &str, keys: &str) {
        let file = self.root.join("lines/old/pq.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let head = format!("[patch.{name}]\n");
        let text = match text.contains(&head) {
            true => text.replace(&head, &format!("{head}{keys}\n")),
            false => format!("{text}\n{head}{keys}\n"),
        };
        std::fs::write(file, text).unwrap();
    }

    fn content(&self, path: &str) -> String {
        self.fork.content(self.fork.tip("fork-new"), path)
    }
}

fn picked(id: Oid, title: &str) -> String {
    format!("{title}\n\n(cherry picked from commit {id})\n")
}

#[test]
fn what_is_ours_alone_is_never_given_up_for_upstreams_text() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    release(&fork, "v1.1.0");
    let fix = fork.on("main").edit("a.txt", "line 11\n", "fix\n").commit("Fix");
    let ours = fork.on("ours").edit("a.txt", "line 11\n", "fix\n").edit("b.txt", "line 5\n", "our fence\n");
    ours.commit(&picked(fix, "Fix"));
    let space = Space::of(fork);
    let report = space.carry("fix");
    assert_eq!(report.failed[0].why, Why::Conflict);
    assert!(report.picked.is_empty());
}

#[test]
fn a_text_that_differs_on_purpose_is_not_replaced() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    release(&fork, "v1.1.0");
    let fix = fork.on("main").edit("a.txt", "line 11\n", "fix\n").commit("Fix");
    fork.on("ours").edit("a.txt", "line 11\n", "fixed otherwise\n").commit(&picked(fix, "Fix"));
    let space = Space::of(fork);
    space.set("fix", "deviation = \"for old compilers\"");
    assert_eq!(space.carry("fix").failed[0].why, Why::Conflict);
}

#[test]
fn another_text_than_ours_is_named_and_shown() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    release(&fork, "v1.1.0");
    let fix = fork.on("main").edit("a.txt", "line 11\n", "fix\n").commit("Fix");
    fork.on("ours").edit("a.txt", "line 11\n", "fixed otherwise\n").commit(&picked(fix, "Fix"));
    let space = Space::of(fork);
    let report = space.carry("fix");
    assert_eq!(report.picked[0].outcome, Outcome::Repicked);
    let other = report.picked[0].repicked.as_ref().unwrap();
    assert_eq!((other.commit, other.before.len(), other.after.len(), other.change.len()), (fix, 1, 0, 1));
    assert_eq!(space.content("a.txt"), lines_with(40, &[(10, "new 10"), (11, "fix")]));
    let findings = pq::ops::verify::verify(&space.open("new", Access::Read), &Silent).unwrap().findings;
    assert!(findings.is_empty(), "{findings:?}");
}

#[test]
fn the_text_of_a_stable_branch_says_so_in_pq_toml() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    release(&fork, "v1.1.0");
    fork.branch("v1.1", fork.tip("main"));
    fork.on("main").edit("a.txt", "line 12\n", "later 12\n").commit("Later");
    let fix = fork.on("main").edit("a.txt", "line 11\nlater 12\n", "fix\nlater 12\n").commit("Fix");
    let near = fork.on("v1.1").edit("a.txt", "line 11\n", "near\n").commit(&picked(fix, "Fix"));
    fork.on("ours").edit("a.txt", "line 11\n", "ours\n").commit(&picked(fix, "Fix"));
    let space = Space::of(fork);
    let stable =
        |text: String| text.replace("mainline = \"main\"\n", "mainline = \"main\"\nstable = \"v{major}.{minor}\"\n");
    let file = space.root.join("pq.toml");
    std::fs::write(&file, stable(std::fs::read_to_string(&file).unwrap())).unwrap();
    let report = space.carry("fix");
    assert_eq!(report.picked[0].source.as_ref().unwrap().commit, near);
    let there = space.open("new", Access::Read);
    let deviation = there.manifest().patches[0].meta.deviation.clone().unwrap();
    assert!(deviation.starts_with(&format!("the text of {}", near.short())), "{deviation}");
    assert!(pq::ops::verify::verify(&there, &Silent).unwrap().findings.is_empty());
}

/// Of a patch that came from several commits the base may have one.
#[test]
fn a_patch_of_two_commits_is_there_when_both_are() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    release(&fork, "v1.1.0");
    let two = fork.on("main").edit("a.txt", "line 30\n", "two\n").commit("Two");
    fork.on("ours").edit("a.txt", "line 5\n", "one\n").edit("a.txt", "line 30\n", "two\n").commit("One");
    let space = Space::of(fork);
    space.set("one", &format!("upstream = [\"{one}\", \"{two}\"]"));
    let report = space.carry("one");
    assert!(report.failed.is_empty(), "{:?}", report.failed[0].why);
    assert_eq!(space.content("a.txt"), lines_with(40, &[(5, "one"), (30, "two")]));
}

#[test]
fn what_upstreams_text_finds_there_already_is_no_conflict() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    let before = fork.tip("main");
    let fix = fork.on("main").edit("a.txt", "line 11\n", "fix\n").commit("Fix");
    fork.branch("side", before);
    let silent = fork.on("side").edit("a.txt", "line 11\n", "fix\n").commit("Something");
    fork.tag("v1.1.0", silent);
    fork.on("ours").edit("a.txt", "line 11\n", "adapted\n").commit(&picked(fix, "Fix"));
    assert_eq!(Space::of(fork).carry("fix").failed[0].why, Why::Empty);
}

#[test]
fn what_it_stands_on_is_named_and_what_it_requires_goes_along() {
    let fork = base();
    release(&fork, "v1.1.0");
    fork.on("ours").edit("a.txt", "line 5\n", "one\n").commit("One");
    fork.on("ours").edit("a.txt", "one\n", "two\n").commit("Two");
    fork.on("ours").edit("b.txt", "line 5\n", "three\n").commit("Three");
    let space = Space::of(fork);
    space.set("three", "requires = [\"one\"]");
    let report = space.carry("two");
    assert_eq!(report.failed[0].why, Why::Conflict);
    assert_eq!(report.failed[0].needs.iter().map(|it| it.as_str()).collect::<Vec<_>>(), ["one"]);
    assert!(!report.failed[0].about.is_upstream && report.failed[0].about.on_mainline.is_none());
    for name in ["one", "two", "three"] {
        assert!(space.carry(name).failed.is_empty(), "{name}");
    }
    let there = space.open("new", Access::Read);
    let last = there.manifest().patches.last().unwrap();
    assert_eq!(last.meta.requires.iter().map(|it| it.as_str()).collect::<Vec<_>>(), ["one"]);
}
