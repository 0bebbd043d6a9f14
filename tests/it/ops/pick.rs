//! Upstream commits into the queue: which, from where, in what order, after what, and what they say of it.

use pq::model::{Oid, Outcome, Silent};
use pq::ops::pick::{Conflicts, Mode, Options, PickReport, Sources, Why, pick};
use pq::ops::resolve;
use pq::ops::undo::undo;

use super::outcomes::{base, release};
use crate::support::{Fork, Patches, git, lines_with};

pub fn options(revisions: &[&str]) -> Options {
    Options {
        revisions: revisions.iter().map(|it| (*it).to_owned()).collect(),
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

fn run(fork: &Fork, options: &Options) -> pq::Result<PickReport> {
    pick(&fork.open(), options, &Silent)
}

fn hex(ids: &[Oid]) -> Vec<String> {
    ids.iter().map(Oid::to_string).collect()
}

fn names(fork: &Fork) -> Vec<String> {
    fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect()
}

/// A queue of one patch on v1.0.0; `main` goes on with whatever a test makes.
fn fork() -> Fork {
    let fork = base();
    fork.on("ours").edit("b.txt", "line 5\n", "ours\n").commit("Ours");
    fork.init("v1.0.0", "ours");
    assert_eq!(fork.open().manifest().upstream.mainline.as_deref(), Some("main"));
    fork
}

#[test]
fn picks_stand_in_upstreams_order_with_author_date_and_origin() {
    let fork = fork();
    let one = fork
        .on("main")
        .author("Zoë")
        .edit("a.txt", "line 5\n", "one\n")
        .commit("One\n\nBody.\n\nSigned-off-by: Z <z@example.com>\n");
    let two = fork.on("main").edit("a.txt", "one\n", "two\n").commit("Two");
    let three = fork.on("main").edit("a.txt", "line 30\n", "three\n").commit("Three");
    let report = run(&fork, &options(&[&three.to_string(), &two.to_string(), &one.to_string()])).unwrap();
    assert!(report.failed.is_empty());
    assert_eq!(names(&fork), ["ours", "one", "two", "three"]);
    fork.check();
    assert_eq!(fork.content(fork.tip("fork"), "a.txt"), lines_with(40, &[(5, "two"), (30, "three")]));
    assert_eq!(report.tip.commit, fork.tip("fork"));
    let said = fork.git(&["log", "-1", "--format=%an %ad%n%B", "fork~2"]);
    let theirs = fork.git(&["log", "-1", "--format=%an %ad", &one.to_string()]);
    assert!(said.starts_with(&theirs), "{said}");
    assert!(said.contains(&format!("Signed-off-by: Z <z@example.com>\n(cherry picked from commit {one})")), "{said}");
    assert!(fork.manifest_text().contains(&format!("upstream = [\"{one}\"]")));
    assert_eq!(fork.dry_run("v1.0.0").summary["total"], 4);
    undo(&fork.open(), 9).unwrap();
    assert_eq!(names(&fork), ["ours"]);
}

#[test]
fn a_range_and_a_trial() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    let two = fork.on("main").edit("a.txt", "line 30\n", "two\n").commit("Two");
    let range = format!("{one}^..{two}");
    let before = fork.snapshot();
    let tried = run(&fork, &Options { mode: Mode::Try, ..options(&[&range]) }).unwrap();
    assert_eq!(fork.snapshot(), before);
    assert!(tried.dry_run);
    let report = run(&fork, &Options { topic: Some("t".into()), ..options(&[&range]) }).unwrap();
    assert_eq!(tried.tip, report.tip, "a trial tells the truth");
    assert_eq!(report.picked.iter().map(|one| one.upstream[0]).collect::<Vec<_>>(), [one, two]);
    assert!(fork.manifest_text().matches("topic = \"t\"").count() == 2);
    fork.check();
}

#[test]
fn what_is_there_already_is_left_out_with_what_has_it() {
    let fork = fork();
    let old = fork.read_ref("refs/tags/v1.0.0").unwrap();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    run(&fork, &options(&[&one.to_string()])).unwrap();
    let again = run(&fork, &options(&[&one.to_string()])).unwrap();
    assert_eq!((again.failed[0].why, again.failed[0].by.as_deref()), (Why::InQueue, Some("one")));
    let work = fork.on("main").edit("a.txt", "line 20\n", "two\n").edit("b.txt", "line 5\n", "ours\n");
    let two = work.commit("Two");
    // Upstream's own backport of it is part of the next release of the old version.
    let backport = fork.after(&[old]).edit("a.txt", "line 20\n", "two\n");
    let backport = backport.commit(&format!("Two\n\n[ upstream commit {two} ]\n"));
    fork.tag("v1.0.1", backport);
    fork.rebase("v1.0.1");
    let report = run(&fork, &options(&[&two.to_string()])).unwrap();
    assert_eq!((report.failed[0].why, &report.failed[0].by), (Why::InBase, &Some(backport.to_string())));
    // The same change in another commit, of which nobody says that it is one.
    let same = fork.after(&[old]).edit("b.txt", "line 5\n", "ours\n").commit("The same as ours");
    let report = run(&fork, &options(&[&same.to_string()])).unwrap();
    assert_eq!(report.failed[0].why, Why::Empty);
    fork.check();
}

#[test]
fn a_pick_that_lacks_a_commit_names_it_and_takes_it_along() {
    let fork = fork();
    let need = fork.on("main").edit("a.txt", "line 10\n", "first\nsecond\n").commit("Need");
    fork.on("main").edit("a.txt", "line 30\n", "unrelated\n").commit("Unrelated");
    let pick = fork.on("main").edit("a.txt", "second\n", "2nd\n").commit("Pick");
    let before = fork.snapshot();
    let report = run(&fork, &options(&[&pick.to_string()])).unwrap();
    assert_eq!(fork.snapshot(), before);
    let failed = &report.failed[0];
    assert_eq!((failed.why, failed.makes_it_clean), (Why::Conflict, true));
    assert_eq!(failed.prerequisites, [need]);
    assert_eq!(failed.candidates.len(), 1, "what is unrelated is none");
    let report = run(&fork, &Options { prerequisites: Some(3), ..options(&[&pick.to_string()]) }).unwrap();
    assert_eq!(names(&fork), ["ours", "need", "pick"]);
    assert_eq!(report.picked[0].needed_by, Some(pick));
    fork.check();
    assert!(fork.content(fork.tip("fork"), "a.txt").contains("first\n2nd\n"));
}

/// A chain: the prerequisite needs one itself; a declared one counts although no line shows it.
#[test]
fn prerequisites_have_prerequisites() {
    let fork = fork();
    let first = fork.on("main").write("lib.txt", "one\ntwo\nthree\n").commit("First");
    let second = fork.on("main").edit("lib.txt", "two\n", "2\n").commit("Second");
    let third = fork.on("main").edit("lib.txt", "2\n", "2!\n").commit("Third");
    let report = run(&fork, &options(&[&third.to_string()])).unwrap();
    assert_eq!(report.failed[0].prerequisites, [first, second]);
    assert!(report.failed[0].makes_it_clean);
    run(&fork, &Options { prerequisites: Some(1), ..options(&[&third.to_string()]) }).unwrap();
    assert_eq!(names(&fork), ["ours"], "more than one is not what was allowed");
    run(&fork, &Options { prerequisites: Some(2), ..options(&[&third.to_string()]) }).unwrap();
    assert_eq!(names(&fork), ["ours", "first", "second", "third"]);
    fork.check();
}

#[test]
fn where_nothing_helps_nothing_is_promised() {
    let fork = fork();
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("Theirs");
    let pick = fork.on("main").edit("b.txt", "theirs\n", "more\n").commit("Pick");
    let report = run(&fork, &options(&[&pick.to_string()])).unwrap();
    let failed = &report.failed[0];
    assert!(failed.prerequisites.is_empty() && !failed.makes_it_clean, "ours changed these lines, not upstream");
    assert_eq!(failed.candidates.len(), 1);
    assert!(!failed.candidates[0].applies);
}

#[test]
fn a_conflict_can_be_held_and_settled_by_hand() {
    let fork = fork();
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("Theirs");
    let pick = fork.on("main").edit("b.txt", "theirs\n", "more\n").edit("a.txt", "line 5\n", "a\n").commit("Pick");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let report = run(&fork, &Options { conflicts: Conflicts::Hold, ..options(&[&pick.to_string()]) }).unwrap();
    assert_eq!(report.picked[0].outcome, Outcome::Conflict);
    assert_eq!(report.picked[0].conflicts[0].path, "b.txt");
    assert_eq!(fork.status().summary.held, 1);
    fork.check_branch();
    let tree = fork.dir().join("tree");
    let which = pq::ops::position::Which { here: tree.clone(), named: None };
    resolve::start(&fork.open(), "pick", &which, &Silent).unwrap();
    assert!(std::fs::read_to_string(tree.join("b.txt")).unwrap().contains(">>>>>>> pick"));
    std::fs::write(tree.join("b.txt"), lines_with(40, &[(5, "ours and more")])).unwrap();
    git(&tree, &["add", "b.txt"]);
    resolve::done(&fork.open(), 8, &Silent).unwrap();
    assert_eq!(fork.status().summary.held, 0);
    fork.check();
    assert!(fork.content(fork.tip("fork"), "a.txt").contains("a\n"));
}

#[test]
fn what_a_person_should_know_is_said_and_fixes_come_along() {
    let fork = fork();
    let bad = fork.on("main").edit("a.txt", "line 5\n", "bad\n").commit("Bad");
    let fix = fork.on("main").edit("a.txt", "bad\n", "good\n").commit(&format!("Fix\n\nFixes: {bad} (\"Bad\")\n"));
    let gone = fork.on("main").edit("a.txt", "line 30\n", "gone\n").commit("Gone");
    let back = fork
        .on("main")
        .edit("a.txt", "gone\n", "line 30\n")
        .commit(&format!("Revert \"Gone\"\n\nThis reverts commit {gone}.\n"));
    let ids = hex(&[bad, gone]);
    let report = run(&fork, &Options { mode: Mode::Try, ..options(&[&ids[0], &ids[1]]) }).unwrap();
    assert_eq!(report.picked[0].about.followups[0].commit, fix);
    assert_eq!(report.picked[0].about.on_mainline, Some(true));
    assert_eq!(report.picked[1].about.reverted_by.as_ref().map(|by| by.commit), Some(back));
    let report = run(&fork, &Options { followups: true, ..options(&[&ids[0]]) }).unwrap();
    assert_eq!(report.picked.iter().map(|one| one.upstream[0]).collect::<Vec<_>>(), [bad, fix]);
    fork.check();
}

#[test]
fn the_nearest_text_that_applies_is_taken_and_recorded() {
    let fork = fork();
    let old = fork.read_ref("refs/tags/v1.0.0").unwrap();
    fork.on("main").edit("a.txt", "line 10\n", "new line 10\n").commit("Context");
    let pick = fork.on("main").edit("a.txt", "new line 10\nline 11\n", "new line 10\npicked\n").commit("Pick");
    fork.branch("v1.1", old);
    let backport = fork.on("v1.1").edit("a.txt", "line 11\n", "picked\n");
    let backport = backport.commit(&format!("Pick\n\n[ upstream commit {pick} ]\n"));
    fork.edit_manifest(|text| text.replace("[upstream]\n", "[upstream]\nstable = \"v{major}.{minor}\"\n"));
    let mainline =
        run(&fork, &Options { sources: Sources::Mainline, mode: Mode::Try, ..options(&[&pick.to_string()]) });
    assert_eq!(mainline.unwrap().failed.len(), 1);
    let report = run(&fork, &options(&[&pick.to_string()])).unwrap();
    let source = report.picked[0].source.as_ref().unwrap();
    assert_eq!((source.commit, source.branch.as_str()), (backport, "refs/heads/v1.1"));
    assert!(fork.manifest_text().contains(&format!("upstream = [\"{pick}\"]")));
    fork.check();
}

#[test]
fn pull_requests_are_found_by_merge_by_number_and_by_the_projects_file() {
    let fork = fork();
    let start = fork.tip("main");
    let one = fork.after(&[start]).edit("a.txt", "line 5\n", "one\n").commit("One");
    let two = fork.after(&[one]).edit("a.txt", "line 20\n", "two\n").commit("Two");
    fork.on("main").edit("a.txt", "line 30\n", "main\n").commit("Main");
    let merge = fork.on("main").tree_of(two).edit("a.txt", "line 30\n", "main\n").merge(two);
    merge.commit("Merge pull request #12 from somebody/branch");
    let squashed = fork.on("main").edit("a.txt", "line 35\n", "squashed\n").commit("Squashed (#13)");
    let mapped = fork.on("main").edit("a.txt", "line 38\n", "mapped\n").commit("Mapped");
    let by = |pull: &str| Options { pulls: vec![pull.to_owned()], mode: Mode::Try, ..options(&[]) };
    let picked =
        |pull: &str| -> Vec<Oid> { run(&fork, &by(pull)).unwrap().picked.iter().map(|one| one.upstream[0]).collect() };
    assert_eq!(picked("12"), [one, two]);
    assert_eq!(picked("https://example.com/a/b/pull/13"), [squashed]);
    assert!(run(&fork, &by("14")).unwrap_err().to_string().contains("14"));
    assert!(run(&fork, &by("x")).unwrap_err().to_string().contains("no number"));
    std::fs::write(fork.queue().join("pulls.txt"), format!("# ours\n14: {mapped}\n")).unwrap();
    fork.edit_manifest(|text| text.replace("[upstream]\n", "[upstream]\npull-requests = \"pulls.txt\"\n"));
    assert_eq!(picked("#14"), [mapped]);
    std::fs::write(fork.queue().join("pulls.txt"), "x y\n").unwrap();
    let error = run(&fork, &by("14")).unwrap_err().to_string();
    assert!(error.contains("pulls.txt:1"), "{error}");
}

#[test]
fn what_cannot_be_picked_is_refused_before_anything_is_written() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    let side = fork.after(&[one]).edit("a.txt", "line 20\n", "side\n").commit("Side");
    let merge = fork.on("main").tree_of(side).merge(side).commit("Merge");
    let root = fork.after(&[]).write("x", "x\n").commit("Root");
    let other = fork.after(&[one]).edit("a.txt", "line 30\n", "other\n").commit("Other");
    let before = fork.snapshot();
    for (typed, words) in [
        (merge.to_string(), "is a merge"),
        (root.to_string(), "first commit of its history"),
        ("nonsense".to_owned(), "nonsense"),
        ("0123456789".repeat(4), "0123456789"),
        (format!("{side}..{other}"), "is not in the history"),
        (format!("{one}..{one}"), "contains no commit"),
    ] {
        let error = run(&fork, &options(&[&typed])).unwrap_err();
        assert!(error.to_string().contains(words), "{typed}: {error}");
        assert!(error.hint().is_some(), "{error}");
    }
    let twice = run(&fork, &options(&[&one.to_string(), &one.to_string()])).unwrap_err().to_string();
    assert!(twice.contains("twice"), "{twice}");
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn the_projects_own_style_is_used() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One\n\nBody.\n");
    fork.edit_manifest(|text| text.replace("[upstream]\n", "[upstream]\nprovenance-style = \"upstream-commit\"\n"));
    run(&fork, &options(&[&one.to_string()])).unwrap();
    assert!(fork.patch_file("one").contains(&format!("[ upstream commit {one} ]\n\nBody.\n")));
    // Without a stated style the next pick is written as the queue's patches are.
    fork.edit_manifest(|text| text.replace("provenance-style = \"upstream-commit\"\n", ""));
    let two = fork.on("main").edit("a.txt", "line 20\n", "two\n").commit("Two");
    run(&fork, &options(&[&two.to_string()])).unwrap();
    assert!(fork.patch_file("two").contains(&format!("[ upstream commit {two} ]")));
    fork.check();
}

#[test]
fn a_pick_in_the_middle_holds_what_conflicts_above_it() {
    let fork = fork();
    let pick_b = fork.on("main").edit("b.txt", "line 6\n", "theirs\n").commit("Theirs");
    let first = fork.on("main").edit("a.txt", "line 5\n", "a\n").commit("First");
    run(&fork, &options(&[&first.to_string()])).unwrap();
    let report = run(&fork, &Options { after: Some("ours".into()), ..options(&[&pick_b.to_string()]) }).unwrap();
    assert!(report.picked.is_empty() && report.failed.len() == 1, "ours stands next to it");
    let free = fork.on("main").edit("b.txt", "line 30\n", "free\n").commit("Free");
    run(&fork, &Options { after: Some("ours".into()), ..options(&[&free.to_string()]) }).unwrap();
    assert_eq!(names(&fork), ["ours", "free", "first"]);
    fork.check();
}

/// Rebased to a release that has them, picks go as they came.
#[test]
fn a_release_that_has_the_picks_takes_them_out_again() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    run(&fork, &options(&[&one.to_string()])).unwrap();
    release(&fork, "v1.1.0");
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("one").outcome, Outcome::Upstreamed);
}

/// Whoever changes a backport says why, or `pq verify` asks.
#[test]
fn a_backport_that_is_not_upstreams_change_is_found() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    run(&fork, &options(&[&one.to_string()])).unwrap();
    let findings = || {
        let report = pq::ops::verify::verify(&fork.open(), &Silent).unwrap();
        report.findings.into_iter().map(|finding| finding.text).collect::<Vec<_>>()
    };
    assert_eq!(findings(), [""; 0]);
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let file = fork.dir().join("tree/a.txt");
    std::fs::write(&file, lines_with(40, &[(5, "one"), (30, "more")])).unwrap();
    let which = pq::ops::position::Which { here: fork.dir().join("tree"), named: None };
    let options = pq::ops::amend::Options { name: Some("one".into()), paths: Vec::new(), which, when: 5 };
    pq::ops::amend::amend(&fork.open(), &options, &Silent).unwrap();
    let found = findings();
    assert!(found.len() == 1 && found[0].contains("a.txt") && found[0].contains("nothing says why"), "{found:?}");
    fork.edit_manifest(|text| text.replace("[patch.one]\n", "[patch.one]\ndeviation = \"the other line, too\"\n"));
    assert_eq!(findings(), [""; 0]);
}

/// Two lines of one workspace, on v1.0.0 and on v1.1.0.
pub fn lines_of(fork: &Fork) -> std::path::PathBuf {
    lines_from(fork, &[("old", "v1.0.0", None), ("new", "v1.1.0", None)])
}

/// Lines of a workspace: their names, bases, and branches with what is carried.
pub fn lines_from(fork: &Fork, lines: &[(&str, &str, Option<&str>)]) -> std::path::PathBuf {
    let root = fork.dir().join("space");
    for (line, base, from) in lines.iter().copied() {
        let mut options = fork.init_options(&root.join("lines").join(line), base, from);
        (options.name, options.branch) = (Some(line.to_owned()), Some(format!("fork-{line}")));
        pq::ops::init::init(&options, &Silent).unwrap();
        let file = root.join("lines").join(line).join("pq.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let (start, end) = (text.find("[upstream]").unwrap(), text.find("[line]").unwrap());
        std::fs::write(&file, format!("{}{}", &text[..start], &text[end..])).unwrap();
    }
    let upstream = "[upstream]\nrepo = \"../upstream\"\nreleases = \"v{version}\"\nmainline = \"main\"\n";
    std::fs::write(root.join("pq.toml"), format!("schema = 1\n\n[workspace]\nlines = [\"lines/*\"]\n\n{upstream}"))
        .unwrap();
    root
}

#[test]
fn patches_go_from_line_to_line_in_the_best_text() {
    use pq::ops::pick::{Across, across};
    use pq::ops::workbench::{Access, Where, Workbench};
    let fork = base();
    fork.on("main").edit("a.txt", "line 10\n", "new 10\n").commit("Context");
    release(&fork, "v1.1.0");
    let one = fork.on("main").edit("a.txt", "line 30\n", "one\n").commit("One");
    let two = fork.on("main").edit("a.txt", "new 10\nline 11\n", "new 10\ntwo\n").commit("Two");
    let root = lines_of(&fork);
    let open = |line: &str, access| {
        let place = Where { start: root.clone(), queue: None, line: Some(line.to_owned()) };
        Workbench::open(place.line().unwrap(), access).unwrap()
    };
    let ids = hex(&[one, two]);
    pick(&open("old", Access::Write), &options(&[&ids[0]]), &Silent).unwrap();
    // On the old line the second was adapted by hand: as a patch of its own text.
    let held = Options { conflicts: Conflicts::Hold, ..options(&[&ids[1]]) };
    let report = pick(&open("old", Access::Write), &held, &Silent).unwrap();
    assert_eq!(report.picked[0].outcome, Outcome::Conflict);
    let all = |names: &[&str]| Across {
        names: names.iter().map(|it| (*it).to_owned()).collect(),
        mode: Mode::Write,
        when: 9,
    };
    let error = across(&open("old", Access::Read), &open("new", Access::Write), &all(&["two"]), &Silent).unwrap_err();
    assert!(error.to_string().contains("held"), "{error}");
    let report = across(&open("old", Access::Read), &open("new", Access::Write), &all(&["one"]), &Silent).unwrap();
    assert_eq!(report.from.as_deref(), Some("old"));
    assert_eq!(report.picked[0].source.as_ref().unwrap().branch, "line old");
    let there = open("new", Access::Read);
    assert_eq!(there.manifest().patches[0].meta.upstream(), &ids[..1]);
    assert!(fork.content(fork.tip("fork-new"), "a.txt").contains("one\n"));
    drop(there);
    let seen = |names: &[&str]| {
        let benches = names.iter().map(|line| open(line, Access::Read)).collect();
        pq::ops::lines::lines(benches, &Silent).unwrap()
    };
    let report = seen(&["new", "old"]);
    assert_eq!(report.lines.iter().map(|line| line.name.as_str()).collect::<Vec<_>>(), ["old", "new"]);
    use pq::ops::lines::On;
    assert_eq!(report.patches[0].on, [On::Patch, On::Patch]);
    assert_eq!(report.patches[1].on, [On::Held, On::Missing]);
    assert_eq!(report.lost().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["two"]);
    let again = across(&open("old", Access::Read), &open("new", Access::Write), &all(&["one"]), &Silent).unwrap();
    assert_eq!(again.failed[0].why, Why::InQueue);
    // Back: what is newer than the old line knows goes by its own text where that applies.
    pick(&open("new", Access::Write), &options(&[&ids[1]]), &Silent).unwrap();
    let back = across(&open("new", Access::Read), &open("old", Access::Write), &all(&["two"]), &Silent).unwrap();
    assert_eq!(back.failed[0].why, Why::InQueue, "it waits there");
    let sibling = open("old", Access::Read).sibling("new", Access::Read).unwrap();
    assert_eq!(sibling.manifest().line.name, "new");
    assert!(open("old", Access::Read).sibling("none", Access::Read).is_err());
    let same = across(&open("old", Access::Read), &open("old", Access::Read), &all(&["one"]), &Silent).unwrap_err();
    assert!(same.to_string().contains("is the line that the patches are in"), "{same}");
}

/// A file that a program makes does not stand in the way.
#[test]
fn generated_files_do_not_stop_a_pick() {
    let fork = fork();
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("Theirs");
    let pick = fork.on("main").edit("b.txt", "theirs\n", "more\n").edit("a.txt", "line 5\n", "a\n").commit("Pick");
    fork.edit_manifest(|text| format!("{text}\n[[generated]]\npaths = [\"b.txt\"]\nregenerate = \"make b\"\n"));
    let report = run(&fork, &options(&[&pick.to_string()])).unwrap();
    assert_eq!(report.picked[0].generated, ["b.txt"]);
    assert_eq!(report.regenerate, ["make b"]);
    fork.check();
    assert!(fork.content(fork.tip("fork"), "b.txt").contains("ours\n"));
}

/// What is advised is tried without looking whether it is there already in another place; when that comes out, the pick is given up.
#[test]
fn a_prerequisite_that_is_there_already_is_taken_for_no_help_once() {
    let fork = base();
    let new = "fn new() {\n  do it\n  do more\n}\n";
    let on_top = format!("{new}{}", lines_with(40, &[]));
    let ours = fork.on("main").write("a.txt", &on_top).commit("On top");
    fork.tag("v1.0.1", ours);
    fork.branch("side", fork.read_ref("refs/tags/v1.0.0").unwrap());
    let there = fork.on("side").edit("a.txt", "line 15\n", &format!("line 15\n{new}")).commit("Add");
    let more = fork.on("side").edit(
        "a.txt",
        "line 15\nfn new() {\n  do it\n  do more\n",
        "line 15\nfn new() {\n  do it\n  do much more\n",
    );
    let pick = more.commit("More");
    fork.branch("ours", ours);
    fork.init("v1.0.1", "ours");
    fork.edit_manifest(|text| text.replace("mainline = \"main\"", "mainline = \"side\""));
    let report = run(&fork, &Options { prerequisites: Some(5), ..options(&[&pick.to_string()]) }).unwrap();
    assert!(report.picked.is_empty());
    assert_eq!(report.failed.iter().map(|it| it.upstream).collect::<Vec<_>>(), [pick], "{there} was not asked for");
}

#[test]
fn a_fix_that_was_chosen_too_is_taken_once_and_in_its_place() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    let between = fork.on("main").edit("a.txt", "line 20\n", "between\n").commit("Between");
    let fix = fork.on("main").edit("a.txt", "one\n", "one!\n").commit(&format!("Fix\n\nFixes: {one}\n"));
    let other = fork.on("main").edit("a.txt", "line 30\n", "other\n").commit(&format!("Other\n\nFixes: {between}\n"));
    let asked = hex(&[one, between, fix]);
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let report = run(&fork, &Options { followups: true, ..options(&asked) }).unwrap();
    assert!(report.failed.is_empty(), "{:?}", report.failed[0].why);
    let picked: Vec<Oid> = report.picked.iter().map(|one| one.upstream[0]).collect();
    assert_eq!(picked, [one, between, fix, other]);
    assert_eq!(report.picked[2].needed_by, None);
    assert_eq!(report.picked[3].needed_by, Some(between));
}

#[test]
fn what_the_base_lost_again_can_be_picked() {
    let fork = base();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    let back = format!("Revert \"One\"\n\nThis reverts commit {one}.\n");
    let back = fork.on("main").edit("a.txt", "one\n", "line 5\n").commit(&back);
    fork.tag("v1.0.1", back);
    fork.init("v1.0.1", "v1.0.1");
    let report = run(&fork, &options(&[&one.to_string()])).unwrap();
    assert_eq!(report.picked.len(), 1, "{:?}", report.failed.first().map(|it| it.why));
}

/// Forms of a change that name no commit, or name the one that both come from.
#[test]
fn another_form_of_what_is_there_is_not_picked() {
    let fork = base();
    let start = fork.read_ref("refs/tags/v1.0.0").unwrap();
    let message = "Gerrit\n\nChange-Id: I0123456789012345678901234567890123456789\n";
    let gerrit = fork.on("main").edit("a.txt", "line 5\n", "gerrit\n").commit(message);
    let dated = fork.on("main").at(3).edit("a.txt", "line 15\n", "dated\n").commit("Dated");
    let origin = fork.on("main").edit("a.txt", "line 25\n", "origin\n").commit("Origin");
    fork.branch("v1.0", start);
    fork.on("v1.0").edit("a.txt", "line 5\n", "Gerrit otherwise\n").commit(&message.replace("Gerrit", "Adapted"));
    fork.on("v1.0").at(3).edit("a.txt", "line 15\n", "dated otherwise\n").commit("Dated");
    fork.on("v1.0")
        .edit("a.txt", "line 25\n", "ours\n")
        .commit(&format!("Origin\n\n(cherry picked from commit {origin})\n"));
    fork.tag("v1.0.1", fork.tip("v1.0"));
    fork.branch("v1.1", fork.tip("main"));
    let sibling = fork.on("v1.1").edit("b.txt", "line 5\n", "x\n").at(9);
    let sibling = sibling.commit(&format!("Sibling\n\n(cherry picked from commit {origin})\n"));
    fork.init("v1.0.1", "v1.0.1");
    let asked = hex(&[gerrit, dated, origin]);
    for id in asked.iter().chain([&sibling.to_string()]) {
        let report = run(&fork, &options(&[id])).unwrap();
        assert_eq!(report.failed.first().map(|it| it.why), Some(Why::InBase), "{id}");
    }
}

#[test]
fn a_backport_that_keeps_the_number_is_not_what_a_pull_request_brought() {
    let fork = fork();
    let squashed = fork.on("main").edit("a.txt", "line 35\n", "squashed\n").commit("Squashed (#13)");
    fork.branch("v1.1", fork.read_ref("refs/tags/v1.0.0").unwrap());
    fork.on("v1.1").edit("a.txt", "line 35\n", "squashed\n").commit("Squashed (#13)");
    fork.edit_manifest(|text| {
        text.replace("[upstream]\n", "[upstream]\nstable = \"v{major}.{minor}\"\nprovenance-style = \"openshift\"\n")
    });
    let report = run(&fork, &Options { pulls: vec!["13".into()], ..options(&[]) }).unwrap();
    assert_eq!(report.picked.iter().map(|it| it.upstream[0]).collect::<Vec<_>>(), [squashed]);
    assert_eq!(fork.open().manifest().patches[1].meta.pr.as_deref(), Some("#13"));
}

#[test]
fn the_file_with_pull_requests_must_make_sense_as_a_whole() {
    let fork = fork();
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    fork.edit_manifest(|text| text.replace("[upstream]\n", "[upstream]\npull-requests = \"pulls.txt\"\n"));
    let said = |text: String| {
        std::fs::write(fork.queue().join("pulls.txt"), text).unwrap();
        run(&fork, &Options { pulls: vec!["14".into()], mode: Mode::Try, ..options(&[]) }).unwrap_err().to_string()
    };
    assert_eq!(said(format!("14 {one}\n14 {one}\n")), "pulls.txt:2: 14 stands in line 1 already");
    assert_eq!(said(format!("14 {one}\n15\n")), "pulls.txt:2: no commit stands behind 15");
    assert_eq!(said("14\n".to_owned()), "pulls.txt:1: no commit stands behind 14");
}

#[test]
fn ranges_that_lead_nowhere_name_one_that_does() {
    let fork = fork();
    let start = fork.tip("main");
    let one = fork.on("main").edit("a.txt", "line 5\n", "one\n").commit("One");
    let side = fork.after(&[start]).edit("a.txt", "line 20\n", "side\n").commit("Side");
    let merge = fork.on("main").tree_of(side).edit("a.txt", "line 5\n", "one\n").merge(side).commit("Merge");
    let hint = |typed: &str| run(&fork, &options(&[typed])).unwrap_err().hint().unwrap();
    let range = |from: Oid, to: String| format!("{}..{to}", from.short());
    assert!(hint(&merge.to_string()).contains(&range(start, format!("{}^2", merge.short()))));
    assert!(hint(&format!("{one}..{side}")).contains(&range(start, side.short())));
    assert!(hint(&format!("{one}..{start}")).contains(&range(start, one.short())));
    for typed in [format!("{start}..{merge}^2"), format!("{start}..{side}"), format!("{start}..{one}")] {
        assert!(run(&fork, &Options { mode: Mode::Try, ..options(&[&typed]) }).unwrap().failed.is_empty(), "{typed}");
    }
}
