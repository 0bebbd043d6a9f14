//! Which line of a workspace has what.

use pq::model::{Oid, Silent};
use pq::ops::lines::{LinesReport, On, lines};
use pq::ops::workbench::{Access, Where, Workbench};

use super::outcomes::{base, release};
use super::pick::lines_from;
use crate::support::Fork;

/// The lines, read from inside the first of them.
fn seen(fork: &Fork, queues: &[(&str, &str, Option<&str>)]) -> LinesReport {
    let root = lines_from(fork, queues);
    let place = Where { start: root.join("lines").join(queues[0].0), queue: None, line: None };
    let dirs = place.workspace().unwrap();
    assert_eq!(dirs.len(), queues.len(), "all lines are seen from one");
    assert_eq!(place.lines().unwrap().len(), 1);
    let benches = dirs.into_iter().map(|dir| Workbench::open(dir, Access::Read).unwrap()).collect();
    lines(benches, &Silent).unwrap()
}

fn on(report: &LinesReport) -> Vec<(&str, &[On], bool)> {
    report.patches.iter().map(|one| (one.name.as_str(), &one.on[..], one.is_lost)).collect()
}

fn picked(id: Oid, title: &str) -> String {
    format!("{title}\n\n(cherry picked from commit {id})\n")
}

#[test]
fn a_name_alone_is_no_change_and_the_same_text_is_one_under_any_name() {
    let fork = base();
    release(&fork, "v1.1.0");
    fork.branch("older", fork.tip("ours"));
    fork.branch("newer", fork.tip("main"));
    fork.on("older").edit("a.txt", "line 3\n", "AA\n").commit("Own");
    fork.on("older").edit("a.txt", "line 20\n", "BB\n").commit("Twenty");
    fork.on("newer").at(500).edit("b.txt", "line 9\n", "ZZ\n").commit("Own");
    fork.on("newer").at(501).edit("a.txt", "line 20\n", "BB\n").commit("Twenty by another name");
    let report = seen(&fork, &[("old", "v1.0.0", Some("older")), ("new", "v1.1.0", Some("newer"))]);
    let wanted: [(&str, &[On], bool); 3] = [
        ("own", &[On::Patch, On::Missing], true),
        ("twenty", &[On::Patch, On::Patch], false),
        ("own", &[On::Missing, On::Patch], false),
    ];
    assert_eq!(on(&report), wanted);
}

#[test]
fn the_forms_of_one_upstream_commit_are_one_change() {
    let fork = base();
    let start = fork.tip("main");
    release(&fork, "v1.1.0");
    let fix = fork.on("main").edit("a.txt", "line 5\n", "fix\n").commit("Fix");
    fork.branch("v1.0", start);
    let stable = fork.on("v1.0").edit("a.txt", "line 5\n", "fix\n").commit(&picked(fix, "Fix"));
    fork.branch("older", fork.tip("ours"));
    fork.on("older").edit("a.txt", "line 5\n", "fix\n").commit(&picked(stable, "Backport by us"));
    fork.branch("newer", fork.read_ref("refs/tags/v1.1.0").unwrap());
    fork.on("newer").edit("a.txt", "line 5\n", "other\n").commit(&picked(fix, "Another title"));
    // What a third has without a word.
    fork.branch("silent", fork.read_ref("refs/tags/v1.1.0").unwrap());
    let silent = fork.on("silent").at(700).edit("a.txt", "line 5\n", "fix\n").commit("No word");
    fork.tag("v1.2.0", silent);
    let queues = [("old", "v1.0.0", Some("older")), ("new", "v1.1.0", Some("newer")), ("last", "v1.2.0", None)];
    let report = seen(&fork, &queues);
    assert_eq!(on(&report), [("backport-by-us", &[On::Patch, On::Drifted, On::Base][..], false)]);
}

#[test]
fn a_patch_of_two_commits_is_on_a_line_that_has_both() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    release(&fork, "v1.1.0");
    let two = fork.on("main").edit("a.txt", "line 30\n", "two\n").commit("Two");
    release(&fork, "v1.2.0");
    fork.branch("older", fork.tip("ours"));
    let both = fork.on("older").edit("a.txt", "line 5\n", "one\n").edit("a.txt", "line 30\n", "two\n");
    both.commit(&format!("Both\n\n(cherry picked from commit {one})\n(cherry picked from commit {two})\n"));
    let report = seen(&fork, &[("old", "v1.0.0", Some("older")), ("new", "v1.1.0", None), ("last", "v1.2.0", None)]);
    assert_eq!(on(&report), [("both", &[On::Patch, On::Missing, On::Base][..], true)]);
}

#[test]
fn lines_on_one_base_are_of_one_age_and_the_mainline_is_newer() {
    let fork = base();
    release(&fork, "v1.1.0");
    let fix = fork.on("main").edit("a.txt", "line 5\n", "fix\n").commit("Fix");
    fork.on("main").edit("b.txt", "line 5\n", "later\n").commit("Later");
    fork.branch("ours-a", fork.read_ref("refs/tags/v1.1.0").unwrap());
    fork.on("ours-a").edit("a.txt", "line 5\n", "fix\n").commit(&picked(fix, "Fix"));
    let queues = [("dev", "main", None), ("a", "v1.1.0", Some("ours-a")), ("b", "v1.1.0", None)];
    let report = seen(&fork, &queues);
    assert_eq!(report.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["a", "b", "dev"]);
    assert_eq!(on(&report), [("fix", &[On::Patch, On::Missing, On::Base][..], false)]);
}
