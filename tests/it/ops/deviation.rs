//! How backports differ from upstream's commits: on record, required, shown.

use pq::model::Silent;
use pq::ops::chosen::Chosen;
use pq::ops::deviation::{DeviationReport, Extent, deviations};
use pq::ops::look::dependencies;
use pq::ops::pick::prospect;
use pq::ops::status::{Rule, StatusReport};

use super::outcomes::base;
use crate::support::Fork;

/// Four backports: as upstream has it, with a word why not, without one, and of a file that a program makes; and a patch of the fork's own.
fn fork() -> Fork {
    let fork = base();
    let text = "line 5\n";
    let same = fork.on("main").edit("a.txt", text, "five\n").commit("Same");
    let said = fork.on("main").edit("a.txt", "line 15\n", "fifteen\n").commit("Said");
    let silent = fork.on("main").edit("b.txt", text, "five\n").commit("Silent");
    let made = fork.on("main").edit("b.txt", "line 15\n", "15\n").write("gen.txt", "1\n").commit("Made");
    let of = |id| format!("\n\n[ upstream commit {id} ]");
    fork.on("ours").edit("a.txt", text, "five\n").commit(&format!("Same{}", of(same)));
    let note = format!("Said{}\n\n[ Backporter's notes: the release has no 15. ]", of(said));
    fork.on("ours").edit("a.txt", "line 15\n", "fifteen, as it was\n").commit(&note);
    fork.on("ours").edit("b.txt", text, "5\n").commit(&format!("Silent{}", of(silent)));
    fork.on("ours").edit("b.txt", "line 15\n", "15\n").write("gen.txt", "2\n").commit(&format!("Made{}", of(made)));
    fork.on("ours").edit("a.txt", "line 25\n", "ours\n").commit("Own");
    fork.init("v1.0.0", "ours");
    fork.edit_manifest(|text| format!("{text}\n[[generated]]\npaths = [\"gen.txt\"]\nregenerate = \"make\"\n"));
    fork
}

/// Says something of a patch of which something is said already.
fn state(fork: &Fork, name: &str, line: &str) {
    fork.edit_manifest(|text| text.replace(&format!("[patch.{name}]\n"), &format!("[patch.{name}]\n{line}\n")));
}

fn told(fork: &Fork, names: &[&str]) -> DeviationReport {
    deviations(&fork.open(), &Chosen::of(names), &Silent).unwrap()
}

fn names(report: &DeviationReport) -> Vec<&str> {
    report.patches.iter().map(|one| one.patch.as_str()).collect()
}

#[test]
fn those_that_differ_are_listed_with_what_is_said_of_them() {
    let fork = fork();
    let report = told(&fork, &[]);
    assert_eq!(names(&report), ["said", "silent"], "not what is the same, generated, or ours");
    let [said, silent] = &report.patches[..] else { panic!() };
    assert!(said.stated.iter().any(|why| why.contains("the release has no 15")), "{:?}", said.stated);
    assert_eq!(silent.stated, Vec::<String>::new());
    assert_eq!(silent.difference.as_ref().unwrap().extent, Extent::Differs);
    assert_eq!(silent.upstream[0].subject, "Silent");
    let report = told(&fork, &["same", "own"]);
    assert_eq!(names(&report), ["same", "own"], "what is named is shown");
    assert_eq!(report.patches[0].difference.as_ref().unwrap().extent, Extent::Identical);
    assert_eq!(report.patches[1].difference, None);
}

#[test]
fn status_counts_them_and_a_policy_wants_a_word() {
    let fork = fork();
    let StatusReport { upstream, breaches, .. } = fork.status();
    let found = upstream.unwrap().deviations.unwrap();
    assert_eq!((found.compared, found.differ, breaches.len()), (4, 2, 0));
    assert_eq!(found.silent, ["silent".parse().unwrap()]);
    fork.edit_manifest(|text| format!("{text}\n[policy]\nrequire = [\"deviation\"]\n"));
    let breaches = fork.status().breaches;
    let [breach] = &breaches[..] else { panic!("{breaches:?}") };
    assert_eq!((breach.patch.as_str(), breach.rule), ("silent", Rule::Deviation));
    state(&fork, "silent", "deviation = \"five has another name\"");
    assert_eq!(fork.status().breaches, []);
    assert_eq!(told(&fork, &["silent"]).patches[0].stated, ["five has another name"]);
}

#[test]
fn a_topic_is_looked_at_by_itself() {
    let fork = fork();
    state(&fork, "said", "topic = \"fifteen\"");
    let graph = dependencies(&fork.open(), &Chosen { topics: vec!["fifteen".into()], ..Chosen::default() }, &Silent);
    let graph = graph.unwrap();
    assert!(graph.patches.iter().any(|name| name.as_str() == "said"));
    assert!(graph.edges.iter().all(|edge| edge.from.as_str() == "said" || edge.to.as_str() == "said"));
    assert!(
        graph.patches.len() < 5 && !graph.patches.iter().any(|name| name.as_str() == "made"),
        "{:?}",
        graph.patches
    );
    let report = fork.status_of(&["fifteen"]).unwrap();
    assert_eq!((report.summary.total, report.patches[0].name.as_str()), (1, "said"));
    assert!(fork.status_of(&["fifty"]).is_err());
}

#[test]
fn an_upstream_commit_is_tried_and_nothing_is_written() {
    let fork = fork();
    let fits = fork.on("main").edit("b.txt", "line 25\n", "25\n").commit("Fits");
    let need = fork.on("main").edit("b.txt", "line 35\n", "thirty\nfive\n").commit("Need");
    let lacks = fork.on("main").edit("b.txt", "five\n", "FIVE\n").edit("b.txt", "thirty\n", "30\n").commit("Lacks");
    let before = fork.snapshot();
    let on = |id| prospect(&[fork.open()], &format!("{id}"), &Silent).unwrap().lines.remove(0);
    let line = on(fits);
    assert_eq!((line.base.as_str(), line.pick.picked.len(), line.pick.has_conflict()), ("v1.0.0", 1, false));
    let line = on(lacks);
    assert!(line.pick.has_conflict());
    assert!(line.pick.failed[0].candidates.iter().any(|one| one.commit.commit == need));
    let have = prospect(&[fork.open()], "main~6", &Silent).unwrap();
    assert_eq!(have.commit.subject, "Same");
    assert_eq!(have.lines[0].pick.failed[0].by.as_deref(), Some("same"));
    assert!(fork.snapshot() == before, "something was written");
}

/// Nobody can say that a backport is what a commit did that is not there.
#[test]
fn a_backport_of_a_commit_that_is_not_there_is_listed() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "one\n").commit("One");
    fork.on("ours").edit("a.txt", "line 15\n", "own\n").commit("Own");
    fork.init("v1.0.0", "ours");
    fork.set_meta("one", &format!("upstream = [\"{}\"]", "ab".repeat(20)));
    let report = pq::ops::deviation::deviations(&fork.open(), &Default::default(), &Silent).unwrap();
    let names: Vec<&str> = report.patches.iter().map(|it| it.patch.as_str()).collect();
    assert_eq!(names, ["one"]);
    assert!(report.patches[0].difference.is_none());
}

/// A backport of the last commit of `main`, as the fork made it: how much it differs.
fn backport(fork: &Fork, ours: impl FnOnce(&Fork, &str)) -> (Extent, Vec<String>) {
    let said = format!("Pick\n\n(cherry picked from commit {})", fork.tip("main"));
    ours(fork, &said);
    fork.init("v1.0.0", "ours");
    let report = told(fork, &["pick"]);
    let found = report.patches[0].difference.clone().unwrap();
    (found.extent, found.files.iter().map(|file| file.path.to_string()).collect())
}

#[test]
fn the_same_change_in_another_file_is_another_change() {
    let fork = base();
    fork.on("main").edit("a.txt", "line 5\n", "five\n").commit("Pick");
    let (extent, files) = backport(&fork, |fork, said| {
        fork.on("ours").edit("b.txt", "line 5\n", "five\n").commit(said);
    });
    assert_eq!((extent, files), (Extent::Differs, vec!["b.txt".to_owned(), "a.txt".to_owned()]));
    assert_eq!(names(&told(&fork, &[])), ["pick"]);
    assert_eq!(fork.status().upstream.unwrap().deviations.unwrap().differ, 1);
}

#[test]
fn a_new_file_at_another_place_than_upstreams_is_another_change() {
    let fork = base();
    fork.on("main").write("dir/new.txt", crate::support::lines(9)).commit("Pick");
    let (extent, _) = backport(&fork, |fork, said| {
        fork.on("ours").write("dir/mew.txt", crate::support::lines(9)).commit(said);
    });
    assert_eq!(extent, Extent::Differs);
}

#[test]
fn a_file_that_gets_another_name_than_upstreams_is_another_change() {
    let fork = base();
    fork.on("main").rename("b.txt", "c.txt").edit("c.txt", "line 5\n", "five\n").commit("Pick");
    let (extent, files) = backport(&fork, |fork, said| {
        fork.on("ours").rename("b.txt", "d.txt").edit("d.txt", "line 5\n", "five\n").commit(said);
    });
    assert_eq!((extent, files), (Extent::Differs, vec!["d.txt".to_owned(), "c.txt".to_owned()]));
}

#[test]
fn a_backport_to_where_the_release_has_the_files_is_the_same_change() {
    let fork = base();
    fork.on("main").rename("dir/c.txt", "new/sub/c.txt").rename("b.txt", "moved.txt").commit("Move");
    let work = fork.on("main").edit("new/sub/c.txt", "line 5\n", "five\n").edit("moved.txt", "line 5\n", "five\n");
    work.write("new/sub/n.txt", crate::support::lines(9)).rename("a.txt", "new/a.txt").commit("Pick");
    let found = backport(&fork, |fork, said| {
        let work = fork.on("ours").edit("dir/c.txt", "line 5\n", "five\n").edit("b.txt", "line 5\n", "five\n");
        work.write("dir/n.txt", crate::support::lines(9)).rename("a.txt", "new/a.txt").commit(said);
    });
    assert_eq!(found, (Extent::Identical, Vec::new()));
}

/// Two commits that rewrite the same lines, one that makes a file and one that takes it away; the fork has them in one patch.
#[test]
fn a_squash_is_compared_with_what_its_commits_come_to() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "five\n").write("new.txt", "1\n").commit("One");
    fork.on("main").edit("b.txt", "line 5\n", "not ours\n").commit("Between");
    let two = fork.on("main").edit("a.txt", "five\n", "5\n").remove("new.txt").write("x.txt", "x\n").commit("Two");
    let said = format!("\n\n(cherry picked from commit {one})\n(cherry picked from commit {two})");
    let squash = |line: &str| fork.on("ours").edit("a.txt", "line 5\n", line).write("x.txt", "x\n");
    squash("5\n").commit(&format!("Clean{said}"));
    fork.init("v1.0.0", "ours");
    let extent = || told(&fork, &["clean"]).patches[0].difference.as_ref().unwrap().extent;
    assert_eq!(extent(), Extent::Identical);
    fork.edit_manifest(|text| text.replace(&format!("\"{one}\", \"{two}\""), &format!("\"{two}\", \"{one}\"")));
    assert_eq!(fork.open().manifest().patches[0].meta.upstream(), [two.to_string(), one.to_string()]);
    assert_eq!(extent(), Extent::Identical, "in whatever order they are recorded");
}

#[test]
fn a_squash_that_leaves_something_out_differs_by_that_alone() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "five\n").commit("One");
    let two = fork.on("main").edit("a.txt", "five\n", "5\n").edit("b.txt", "line 5\n", "5\n").commit("Two");
    let said = format!("\n\n(cherry picked from commit {one})\n(cherry picked from commit {two})");
    fork.on("ours").edit("a.txt", "line 5\n", "5\n").commit(&format!("Half{said}"));
    fork.init("v1.0.0", "ours");
    let report = told(&fork, &["half"]);
    let found = report.patches[0].difference.as_ref().unwrap();
    assert_eq!(found.files.iter().map(|file| file.path.to_string()).collect::<Vec<_>>(), ["b.txt"]);
}
