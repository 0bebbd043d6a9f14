//! The queue on many releases at once, and the commits that break patches: against rebases, and against a walk by git itself.

use pq::model::{Oid, Outcome, Silent};
use pq::ops::commits::CommitReport;
use pq::ops::forecast::{ForecastReport, PatchForecast, forecast, newer};
use proptest::prelude::*;

use super::outcomes::{base, release};
use crate::support::{Fork, git_succeeds, lines};

fn on(fork: &Fork, releases: &[&str]) -> ForecastReport {
    let releases: Vec<(String, Oid)> =
        releases.iter().map(|name| ((*name).to_owned(), fork.repo().resolve(name).unwrap())).collect();
    forecast(&fork.open(), &releases, pq::ops::rebase::Repick::Try, &Silent).unwrap()
}

/// Where a patch breaks on the branch `main`.
fn breaks_at(fork: &Fork, name: &str) -> Option<CommitReport> {
    find(&on(fork, &["main"]), name).breaks_at.clone()
}

fn find<'a>(report: &'a ForecastReport, name: &str) -> &'a PatchForecast {
    report.releases[0].patches.iter().find(|it| it.patch.name.as_str() == name).unwrap()
}

#[test]
fn a_forecast_is_what_rebases_would_report_and_writes_nothing() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("First");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours five\n").commit("Second");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Other");
    fork.on("main").edit("b.txt", "line 30\n", "theirs 30\n").commit("upstream 1");
    release(&fork, "v1.0.1");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("upstream 2");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    let before = fork.snapshot();
    let report = on(&fork, &["v1.1.0", "v1.0.1", "main", "v1.0.0"]);
    assert!(fork.snapshot() == before);
    assert!(report.holds());
    for release in &report.releases {
        let rebase = fork.dry_run(&release.to.release);
        assert_eq!((&release.to, release.tip, &release.summary), (&rebase.to, rebase.tip, &rebase.summary));
        let patches: Vec<_> = release.patches.iter().map(|it| serde_json::to_value(&it.patch).unwrap()).collect();
        let expected: Vec<_> = rebase.patches.iter().map(|it| serde_json::to_value(it).unwrap()).collect();
        assert_eq!(patches, expected);
    }
    assert_eq!(report.releases[1].count(Outcome::Merged), 1);
    assert_eq!(report.releases[0].count(Outcome::Blocked), 1);
    assert!(!on(&fork, &["v1.0.1"]).holds());
}

#[test]
fn the_breaking_commit_is_described_and_is_the_culprit_of_its_paths_only() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").edit("b.txt", "line 5\n", "ours 5\n").commit("Both");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("early");
    let early = fork.tip("main");
    fork.on("main").edit("b.txt", "line 5\n", "theirs 5\n").commit("second");
    fork.on("main").edit("a.txt", "line 30\n", "theirs 30\n").commit("harmless");
    fork.init("v1.0.0", "ours");
    let report = on(&fork, &["main"]);
    let both = find(&report, "both");
    let culprits: Vec<_> = both.patch.conflicts.iter().map(|it| (it.path.as_str(), it.culprits.as_slice())).collect();
    assert_eq!(culprits, [("a.txt", &[early][..]), ("b.txt", &[][..])]);
    let broken = both.breaks_at.clone().unwrap();
    assert_eq!((broken.commit, broken.subject.as_str(), broken.pr), (early, "early", None));
    // The patch as a whole applies again only when both are healed.
    fork.on("main").edit("a.txt", "theirs 5\n", "line 5\n").commit("heal the first");
    assert_eq!(breaks_at(&fork, "both").unwrap().commit, early);
    fork.on("main").edit("b.txt", "theirs 5\n", "line 5\n").commit("heal the second");
    let work = fork.on("main").edit("b.txt", "line 5\n", "theirs 5\n");
    let late = work.author("B R\x07eaker").commit("late (#1) (#12)\n\nmore");
    let broken = breaks_at(&fork, "both").unwrap();
    assert_eq!((broken.commit, broken.pr), (late, Some(12)));
    assert_eq!(broken.author, "B R\u{7}eaker <author@example.com>");
    assert_eq!(broken.date, fork.git(&["log", "-1", "--format=%at", &late.to_string()]).parse::<i64>().unwrap());
}

#[test]
fn a_break_that_healed_does_not_count() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("breaks");
    fork.on("main").edit("a.txt", "theirs 5\n", "line 5\n").commit("heals");
    fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("breaks again");
    let again = fork.tip("main");
    fork.on("main").edit("a.txt", "theirs 5\n", "theirs five\n").commit("still broken");
    fork.init("v1.0.0", "ours");
    assert_eq!(breaks_at(&fork, "five").unwrap().commit, again);
}

#[test]
fn what_was_broken_where_the_lines_part_has_no_breaking_commit() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("ours").edit("a.txt", "ours 5\n", "ours five\n").commit("Better");
    fork.on("main").edit("b.txt", "line 5\n", "theirs 5\n").edit("a.txt", "line 5\n", "theirs 5\n").commit("breaks");
    fork.init("v1.0.0", "ours");
    let report = on(&fork, &["main"]);
    assert!(find(&report, "five").breaks_at.is_some());
    let better = find(&report, "better");
    assert_eq!((better.patch.outcome, &better.breaks_at), (Outcome::Blocked, &None));
}

#[test]
fn a_file_is_followed_through_its_renames() {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.on("main").rename("a.txt", "dir/b.txt").commit("rename");
    fork.on("main").rename("dir/b.txt", "c.txt").commit("rename again");
    fork.on("main").edit("c.txt", "line 5\n", "theirs 5\n").commit("breaks");
    let breaks = fork.tip("main");
    fork.on("main").rename("c.txt", "d.txt").commit("and again");
    fork.init("v1.0.0", "ours");
    let report = on(&fork, &["main"]);
    let five = find(&report, "five");
    assert_eq!(five.breaks_at.as_ref().unwrap().commit, breaks);
    let conflict = &five.patch.conflicts[0];
    assert_eq!((conflict.path.as_str(), &conflict.culprits[..]), ("d.txt", &[breaks][..]));
}

#[test]
fn newer_releases_are_final_and_in_their_order() {
    let fork = base();
    fork.on("main").edit("b.txt", "line 5\n", "theirs 5\n").commit("upstream");
    for version in ["v1.10.0", "v1.2.0", "v1.2.1-rc1", "v0.9.0", "1.3.0", "v1.0.1"] {
        release(&fork, version);
    }
    fork.init("v1.0.0", "ours");
    let names: Vec<String> = newer(&fork.open()).unwrap().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["v1.0.1", "v1.2.0", "v1.10.0"]);
}

/// What a commit of upstream does.
#[derive(Debug, Clone)]
enum Act {
    /// Sets a line of a file; 0 is what it was.
    Set { file: usize, line: usize, value: u8 },
    /// The same, in a merge of something that does not matter.
    Merge { file: usize, line: usize, value: u8 },
    /// Renames a file, or back.
    Rename(usize),
    /// Deletes a file, or brings it back as it was.
    Delete(usize),
}

const WORDS: [&str; FILES] = ["this", "other"];
const FILES: usize = 2;
const LINES: [usize; 3] = [3, 5, 20];

fn act() -> impl Strategy<Value = Act> {
    let set = || (0..FILES, 0..LINES.len(), 0u8..3);
    prop_oneof![
        10 => set().prop_map(|(file, line, value)| Act::Set { file, line, value }),
        2 => set().prop_map(|(file, line, value)| Act::Merge { file, line, value }),
        1 => (0..FILES).prop_map(Act::Rename),
        1 => (0..FILES).prop_map(Act::Delete),
    ]
}

/// What stands on upstream's branch: name and content of each file.
type Files = Vec<Option<(String, String)>>;

fn start() -> Files {
    // Files that resemble each other would be renamed to each other.
    (0..FILES).map(|n| Some((format!("{n}.txt"), lines(24).replace("line", WORDS[n])))).collect()
}

fn apply(fork: &Fork, files: &mut Files, nth: usize, act: &Act) {
    let before: Vec<String> = files.iter().flatten().map(|(name, _)| name.clone()).collect();
    match act {
        Act::Set { file, line, value } | Act::Merge { file, line, value } => {
            if let Some((_, text)) = &mut files[*file] {
                set(text, WORDS[*file], LINES[*line], *value);
            }
        }
        Act::Rename(file) => {
            if let Some((name, _)) = &mut files[*file] {
                *name = if name.contains("moved") { format!("{file}.txt") } else { format!("moved/{file}") };
            }
        }
        Act::Delete(file) => {
            files[*file] = if files[*file].is_some() { None } else { start().swap_remove(*file) };
        }
    }
    let side = matches!(act, Act::Merge { .. }).then(|| fork.after(&[fork.tip("root")]).commit(&format!("side {nth}")));
    let mut work = before.iter().fold(fork.on("main"), |work, path| work.remove(path));
    work = files.iter().flatten().fold(work, |work, (name, text)| work.write(name, text));
    side.into_iter().fold(work, |work, side| work.merge(side)).commit(&format!("upstream {nth}"));
}

fn set(text: &mut String, word: &str, line: usize, value: u8) {
    let mut all: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    all[line] = if value == 0 { format!("{word} {}\n", line + 1) } else { format!("upstream {value}\n") };
    *text = all.concat();
}

/// A queue with one patch for each of these lines, on the root of `main`, or on a release beside it.
fn history(ours: &[(usize, usize)], theirs: &[Act], is_beside: bool) -> Fork {
    let fork = Fork::new();
    let mut files = start();
    let root = files.iter().flatten().fold(fork.on("main"), |work, (name, text)| work.write(name, text)).commit("root");
    fork.branch("root", root);
    let base = if is_beside { fork.after(&[root]).write("VERSION", "1\n").commit("v1") } else { root };
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    for (nth, (file, line)) in ours.iter().enumerate() {
        let path = format!("{file}.txt");
        let mut text = fork.content(fork.tip("ours"), &path);
        set(&mut text, WORDS[*file], LINES[*line], 10 + nth as u8);
        fork.on("ours").write(&path, text).commit(&format!("ours {nth}"));
    }
    theirs.iter().enumerate().for_each(|(nth, act)| apply(&fork, &mut files, nth, act));
    fork.init("v1.0.0", "ours");
    fork
}

/// Tries the patch on every commit of the line with git, and goes by what it says.
fn brute_force(fork: &Fork, patch: &str) -> Option<String> {
    let list = fork.git(&["rev-list", "--first-parent", "--reverse", "v1.0.0..main"]);
    let commits: Vec<&str> = list.lines().collect();
    let base = format!("--merge-base={patch}^");
    let applies = |commit: &str| {
        let merge = ["-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", &base, commit, patch];
        git_succeeds(&fork.upstream(), &merge)
    };
    let mut applied = applies(&format!("{}^", commits.first()?));
    let mut broken = None;
    for commit in commits {
        let now = applies(commit);
        match (applied, now) {
            (true, false) => broken = Some(commit.to_owned()),
            (_, true) => broken = None,
            (false, false) => {}
        }
        applied = now;
    }
    broken
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn breaking_commits_are_those_of_a_walk_by_git(
        ours in prop::collection::vec((0..FILES, 0..LINES.len()), 1..4),
        theirs in prop::collection::vec(act(), 1..14),
        is_beside in any::<bool>(),
    ) {
        let fork = history(&ours, &theirs, is_beside);
        let report = on(&fork, &["main"]);
        let commits = fork.git(&["rev-list", "--reverse", "v1.0.0..fork"]);
        for (it, commit) in report.releases[0].patches.iter().zip(commits.lines()) {
            let found = it.breaks_at.as_ref().map(|it| it.commit.to_string());
            let expected = match it.patch.outcome {
                Outcome::Conflict => brute_force(&fork, commit),
                _ => None,
            };
            prop_assert_eq!(found, expected, "{:#?}", it);
        }
    }
}
