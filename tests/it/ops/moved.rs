//! Files and directories that upstream moved: followed in both directions, said, written down.

use bstr::ByteSlice;
use pq::model::{ConflictKind, Oid, Outcome, Silent};
use pq::ops::pick::{Conflicts, Mode, Options, PickReport, Sources, pick};
use pq::ops::rebase::{self, RebaseReport, rebase};
use pq::ops::undo::undo;

use super::outcomes::{base, release};
use crate::support::{Fork, Patches, lines};

/// A file that keeps its first ten lines of forty: less than what git takes for the same file.
fn rewritten() -> String {
    (1..=40).map(|n| if n <= 10 { format!("line {n}\n") } else { format!("rewritten {n}\n") }).collect()
}

/// A chart of four files, released as v1.0.0; in v1.1.0 it is somewhere else, and the first file is another one for the most part.
fn history(ours: impl FnOnce(&Fork)) -> Fork {
    let fork = base();
    let work = fork.on("main").write("install/chart/values.yaml", lines(40)).write("install/chart/README", "read me\n");
    let work = work.write("install/chart/templates/a.yaml", lines(40).replace("line", "a"));
    let start = work.write("install/chart/templates/b.yaml", lines(40).replace("line", "b")).commit("chart");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    ours(&fork);
    let work = fork.on("main").remove("install/chart/values.yaml").write("charts/main/values.yaml", rewritten());
    let work = work.rename("install/chart/README", "charts/main/README");
    let work = work.rename("install/chart/templates/a.yaml", "charts/main/templates/a.yaml");
    let work = work.rename("install/chart/templates/b.yaml", "charts/main/templates/b.yaml");
    work.edit("a.txt", "line 30\n", "theirs 30\n").commit("The chart has a new home");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    fork
}

const CHART: (&str, &str) = ("install/chart", "charts/main");

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(from, to)| ((*from).to_owned(), (*to).to_owned())).collect()
}

fn state(fork: &Fork, moved: &[(&str, &str)]) {
    let text: String = moved.iter().map(|(from, to)| format!("\n[[moved]]\nfrom = {from:?}\nto = {to:?}\n")).collect();
    fork.edit_manifest(|old| old + &text);
}

fn rebase_with(fork: &Fork, onto: &str, moved: &[(&str, &str)]) -> RebaseReport {
    let mut bench = fork.open();
    bench.state_moved(&pairs(moved)).unwrap();
    rebase(&bench, &fork.options(onto, rebase::Mode::Write), &Silent).unwrap()
}

/// What git merges if the paths of base and patch are written as they are in the target: the tree.
fn git_merge(fork: &Fork, base: Oid, target: &str, patch: Oid, map: &[(&str, &str)]) -> String {
    let rewritten = |commit: Oid| {
        let tree = fork.git(&["ls-tree", "-r", &commit.to_string()]);
        let mut work = fork.after(&[]).tree_of(commit);
        for path in tree.lines().filter_map(|line| line.split_once('\t')).map(|(_, path)| path) {
            for (old, new) in map {
                if let Some(rest) = path.strip_prefix(old) {
                    work = work.rename(path, &format!("{new}{rest}"));
                }
            }
        }
        work.commit("rewritten").to_string()
    };
    let (base, patch) = (rewritten(base), rewritten(patch));
    fork.git(&["merge-tree", "--write-tree", "--merge-base", &base, target, &patch]).trim().to_owned()
}

#[test]
fn a_rebase_follows_a_directory_as_git_would_if_it_knew() {
    let fork = history(|fork| {
        fork.on("ours")
            .edit("install/chart/values.yaml", "line 5\n", "ours 5\n")
            .edit("install/chart/templates/a.yaml", "a 5\n", "ours 5\n")
            .write("install/chart/templates/new.yaml", "new\n")
            .remove("install/chart/README")
            .commit("Ours");
        fork.on("ours").edit("install/chart/templates/new.yaml", "new\n", "newer\n").commit("More");
    });
    let [start, ours] = ["ours~2", "ours~1"].map(|revision| fork.repo().resolve(revision).unwrap());
    let before = fork.dry_run("v1.1.0");
    assert_eq!(before.patch("ours").conflicts[0].kind, ConflictKind::ModifyDelete, "nothing is stated");
    state(&fork, &[CHART]);
    let report = fork.checked_rebase("v1.1.0");
    let patch = report.patch("ours");
    assert_eq!(patch.outcome, Outcome::Merged);
    let moved: Vec<(&str, &str)> = patch.moved.iter().map(|one| (one.was.as_str(), one.path.as_str())).collect();
    let chart = |name: &str| (format!("install/chart/{name}"), format!("charts/main/{name}"));
    let wanted = ["README", "templates/a.yaml", "templates/new.yaml", "values.yaml"].map(chart);
    assert_eq!(moved, wanted.iter().map(|(was, path)| (was.as_str(), path.as_str())).collect::<Vec<_>>());
    assert_eq!((patch.moved[0].by[0].from.as_str(), patch.moved[0].by[0].to.as_str()), CHART);
    assert_eq!(report.patch("more").moved.len(), 1);
    let oracle = git_merge(&fork, start, "v1.1.0", ours, &[CHART]);
    assert_eq!(fork.tree(fork.repo().resolve("fork~1").unwrap()).to_string(), oracle);
    assert_eq!(fork.content(report.tip.commit, "charts/main/templates/new.yaml"), "newer\n");
    let text = fork.patch_file("ours");
    assert!(text.contains("--- a/charts/main/values.yaml") && !text.contains("install/chart"), "{text}");
    // From now on the patch has the new paths itself.
    let again = fork.checked_rebase("v1.1.0");
    assert_eq!((again.patch("ours").outcome, again.patch("ours").moved.len()), (Outcome::Unchanged, 0));
    // And back again.
    let back = fork.checked_rebase("v1.0.1");
    assert_eq!(fork.tree(back.tip.commit), fork.tree(fork.tip("ours")));
}

fn options(revisions: &[Oid]) -> Options {
    Options {
        revisions: revisions.iter().map(Oid::to_string).collect(),
        pulls: Vec::new(),
        topic: None,
        after: None,
        prerequisites: None,
        followups: false,
        sources: Sources::Nearest,
        conflicts: Conflicts::Leave,
        mode: Mode::Write,
        when: 7,
    }
}

fn pick_with(fork: &Fork, options: &Options, moved: &[(&str, &str)]) -> PickReport {
    let mut bench = fork.open();
    bench.state_moved(&pairs(moved)).unwrap();
    pick(&bench, options, &Silent).unwrap()
}

#[test]
fn a_pick_of_a_newer_commit_goes_to_the_older_place_and_writes_it_down() {
    let fork = history(|fork| {
        fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    });
    let work = fork.on("main").edit("charts/main/values.yaml", "line 5\n", "picked 5\n");
    let one = work.write("charts/main/crds/x.yaml", "x\n").commit("One");
    let two = fork.on("main").edit("charts/main/crds/x.yaml", "x\n", "y\n").commit("Two");
    let before = fork.snapshot();
    let plain = pick_with(&fork, &options(&[one]), &[]);
    assert_eq!(plain.failed[0].conflicts[0].kind, ConflictKind::ModifyDelete);
    assert_eq!(fork.snapshot(), before);
    let tried = pick_with(&fork, &Options { mode: Mode::Try, ..options(&[one, two]) }, &[CHART]);
    assert_eq!(fork.snapshot(), before);
    let report = pick_with(&fork, &options(&[one, two]), &[CHART]);
    assert_eq!(tried.tip, report.tip, "a trial tells the truth");
    assert!(report.failed.is_empty());
    assert_eq!(report.picked[0].moved.len(), 2);
    assert_eq!(fork.content(report.tip.commit, "install/chart/crds/x.yaml"), "y\n");
    fork.check();
    let text = fork.manifest_text();
    assert!(text.contains("\n[[moved]]\nfrom = \"install/chart\"\nto = \"charts/main\"\n"), "{text}");
    // The next one knows it, and so does the way forward.
    let three = fork.on("main").edit("charts/main/templates/a.yaml", "a 20\n", "picked 20\n").commit("Three");
    let report = pick_with(&fork, &options(&[three]), &[]);
    assert_eq!(report.picked[0].moved[0].path, "install/chart/templates/a.yaml");
    assert_eq!(fork.manifest_text().matches("[[moved]]").count(), 1);
    let forward = fork.checked_rebase("v1.1.0");
    assert_eq!(forward.held(), 0);
    let wanted = fork.tree(fork.tip("main")).to_string();
    let ours = fork.git(&["diff", "--name-only", &wanted, &report_tree(&forward)]);
    assert_eq!(ours.trim(), "b.txt", "all else is what upstream has");
    for _ in 0..3 {
        undo(&fork.open(), 9).unwrap();
    }
    assert_eq!(fork.snapshot().files, before.files);
}

fn report_tree(report: &RebaseReport) -> String {
    report.tip.tree.to_string()
}

#[test]
fn a_rebase_with_a_move_writes_it_in_the_same_operation() {
    let fork = history(|fork| {
        fork.on("ours").edit("install/chart/values.yaml", "line 5\n", "ours 5\n").commit("Ours");
    });
    let before = fork.snapshot();
    let report = rebase_with(&fork, "v1.1.0", &[CHART]);
    assert_eq!(report.patch("ours").outcome, Outcome::Merged);
    assert!(fork.manifest_text().contains("from = \"install/chart\""));
    fork.check();
    undo(&fork.open(), 9).unwrap();
    assert_eq!(fork.snapshot().files, before.files);
}

#[test]
fn a_held_patch_is_settled_where_the_files_are() {
    let fork = history(|fork| {
        let work = fork.on("ours").edit("install/chart/values.yaml", "line 20\n", "ours 20\n");
        work.edit("install/chart/templates/b.yaml", "b 5\n", "ours 5\n").commit("Ours");
    });
    let report = fork.rebase("v1.1.0");
    assert_eq!(report.patch("ours").conflicts[0].kind, ConflictKind::ModifyDelete);
    // What is stated later counts for what is held already.
    let report = rebase_with(&fork, "v1.1.0", &[CHART]);
    let conflicts = &report.patch("ours").conflicts;
    assert_eq!((conflicts[0].path.as_str(), conflicts[0].kind), ("charts/main/values.yaml", ConflictKind::Content));
    assert_eq!(conflicts.len(), 1);
    assert_eq!(report.patch("ours").moved.len(), 2, "it is still said");
    assert_eq!(fork.open().manifest().held().count(), 1);
}

#[test]
fn each_file_of_a_split_goes_where_it_is() {
    let fork = base();
    let start = ["crd", "pod"]
        .iter()
        .fold(fork.on("main"), |work, name| work.write(&format!("chart/{name}.yaml"), lines(40).replace("line", name)));
    let start = start.commit("chart");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    let work =
        fork.on("ours").edit("chart/crd.yaml", "crd 5\n", "ours 5\n").edit("chart/pod.yaml", "pod 5\n", "ours 5\n");
    work.commit("Ours");
    let head = |name: &str| -> String {
        (1..=40).map(|n| format!("{}\n", if n < 10 { format!("{name} {n}") } else { format!("other {n}") })).collect()
    };
    let work = fork.on("main").remove("chart/crd.yaml").remove("chart/pod.yaml");
    work.write("charts/crds/crd.yaml", head("crd")).write("charts/main/pod.yaml", head("pod")).commit("split");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    fork.edit_manifest(|text| text + "\n[[moved]]\nfrom = \"chart\"\nto = [\"charts/main\", \"charts/crds\"]\n");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("ours").outcome, Outcome::Merged);
    let files = fork.git(&["diff", "--name-only", "v1.1.0", "fork"]);
    assert_eq!(files.lines().collect::<Vec<_>>(), ["charts/crds/crd.yaml", "charts/main/pod.yaml"]);
}

#[test]
fn the_commit_that_makes_the_move_is_picked_as_it_is() {
    let fork = history(|fork| {
        fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    });
    let report = pick_with(&fork, &options(&[fork.tip("main")]), &[CHART]);
    assert!(report.failed.is_empty());
    assert!(report.picked[0].moved.is_empty(), "{:?}", report.picked[0].moved);
    let left = fork.git(&["diff", "--name-only", "main", "fork"]);
    assert_eq!(left.trim(), "b.txt");
}

#[test]
fn what_git_follows_by_itself_stays_where_git_finds_it() {
    let fork = base();
    let start = fork.on("main").write("old/x.txt", lines(40)).commit("x");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    fork.on("ours").edit("old/x.txt", "line 5\n", "ours 5\n").commit("Ours");
    // The file went elsewhere, and another one of its name is where the entry leads.
    fork.on("main").rename("old/x.txt", "third/y.txt").write("new/x.txt", "something else\n").commit("moved");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    let plain = fork.dry_run("v1.1.0");
    state(&fork, &[("old", "new")]);
    let stated = fork.checked_rebase("v1.1.0");
    assert_eq!(stated.tip.tree, plain.tip.tree);
    assert!(stated.patch("ours").moved.is_empty());
    assert!(fork.entry(stated.tip.commit, "third/y.txt").is_some());
}

#[test]
fn an_entry_that_concerns_nothing_changes_nothing() {
    let fork = history(|fork| {
        fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").write("dir/new.txt", "new\n").commit("Ours");
    });
    let plain = fork.dry_run("v1.1.0");
    state(&fork, &[CHART, ("dir", "elsewhere"), ("a.txt", "b.txt")]);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.tip, plain.tip);
    assert_eq!(fork.patch_file("ours").as_bytes().find("elsewhere"), None);
}

/// From, to, how many of how many.
fn proposals(it: &Option<pq::ops::moves::Proposed>) -> Vec<(&str, &str, usize, usize)> {
    let moves = it.iter().flat_map(|it| &it.moves);
    moves.map(|one| (one.from.as_str(), one.to.as_str(), one.moved, one.files)).collect()
}

#[test]
fn what_moved_is_found_and_tried() {
    let fork = history(|fork| {
        fork.on("ours").edit("install/chart/values.yaml", "line 5\n", "ours 5\n").commit("Ours");
        fork.on("ours").edit("install/chart/values.yaml", "line 20\n", "ours 20\n").commit("Far");
        fork.on("ours").edit("a.txt", "line 30\n", "ours 30\n").commit("Elsewhere");
    });
    let before = fork.snapshot();
    let report = fork.dry_run("v1.1.0");
    assert_eq!(fork.snapshot(), before);
    let proposed = &report.patch("ours").proposed;
    assert_eq!(proposals(proposed), [("install/chart", "charts/main", 4, 4)]);
    assert!(proposed.as_ref().unwrap().applies);
    assert_eq!(report.patch("elsewhere").proposed, None);
    // A pick the other way round.
    let one = fork.on("main").edit("charts/main/values.yaml", "line 5\n", "picked 5\n").commit("One");
    let failed = pick_with(&fork, &options(&[one]), &[]).failed.remove(0);
    assert_eq!(proposals(&failed.proposed), [("install/chart", "charts/main", 4, 4)]);
    // Confirmed, it is proposed no more.
    let report = rebase_with(&fork, "v1.1.0", &[CHART]);
    assert!(report.patches.iter().all(|patch| patch.proposed.is_none()));
}

#[test]
fn a_split_is_found_part_by_part_and_a_chance_is_none() {
    let fork = base();
    let names = ["one", "two", "three", "four", "five", "six"];
    let old = |name: &str| lines(40).replace("line", name);
    let start = names.iter().fold(fork.on("main"), |work, name| work.write(&format!("chart/{name}.yaml"), old(name)));
    let start = start.write("gone/doc.go", lines(40)).write("gone/other.go", lines(40)).commit("start");
    fork.tag("v1.0.1", start);
    fork.branch("ours", start);
    fork.on("ours").edit("chart/one.yaml", "one 5\n", "ours 5\n").commit("Ours");
    fork.on("ours").edit("gone/doc.go", "line 5\n", "ours 5\n").commit("Gone");
    let head = |name: &str| old(name).replace(&format!("{name} 3"), "other 3").replace(&format!("{name} 2"), "other 2");
    let mut work = fork.on("main").remove("gone/doc.go").remove("gone/other.go");
    for (at, name) in names.iter().enumerate() {
        let to = if at % 2 == 0 { "charts/a" } else { "charts/b" };
        let text = if at == 0 { head(name) } else { old(name) };
        work = work.remove(&format!("chart/{name}.yaml")).write(&format!("{to}/{name}.yaml"), text);
    }
    // Names alone prove nothing.
    let other: String = (1..=40).map(|n| format!("new {n}\n")).collect();
    work.write("fresh/doc.go", other.clone()).write("fresh/other.go", other).commit("split");
    release(&fork, "v1.1.0");
    fork.init("v1.0.1", "ours");
    let report = fork.dry_run("v1.1.0");
    assert_eq!(proposals(&report.patch("ours").proposed), [("chart", "charts/a", 3, 6), ("chart", "charts/b", 3, 6)]);
    assert_eq!(report.patch("gone").proposed, None);
    let report = rebase_with(&fork, "v1.1.0", &[("chart", "charts/a"), ("chart", "charts/b")]);
    assert_eq!(report.patch("ours").outcome, Outcome::Merged);
    assert!(fork.manifest_text().contains("to = [\"charts/a\", \"charts/b\"]"));
}

/// git stops there (`CONFLICT (file location)`): a file that is new has no old place that could be followed.
#[test]
fn a_new_file_for_a_directory_that_moved_is_proposed_there() {
    let fork = history(|fork| {
        fork.on("ours").write("install/chart/crds/x.yaml", "x\n").commit("Ours");
        fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Other");
    });
    let report = fork.dry_run("v1.1.0");
    assert_eq!(report.patch("ours").outcome, pq::model::Outcome::Unchanged);
    let proposed = report.patch("ours").proposed.as_ref().unwrap();
    assert!(proposed.applies);
    assert_eq!((proposed.moves[0].from.as_str(), proposed.moves[0].to.as_str()), CHART);
    assert!(report.patch("other").proposed.is_none());
    let report = rebase_with(&fork, "v1.1.0", &[CHART]);
    assert_eq!(fork.content(report.tip.commit, "charts/main/crds/x.yaml"), "x\n");
    assert!(fork.entry(report.tip.commit, "install/chart/crds/x.yaml").is_none());
    let back = pick_with(&fork, &options(&[fork.on("main").write("charts/main/crds/y.yaml", "y\n").commit("Y")]), &[]);
    assert!(back.picked[0].proposed.is_none(), "what the base has needs no move");
}
