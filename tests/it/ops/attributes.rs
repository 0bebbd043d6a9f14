//! gitattributes(5) in merges: what git makes of the same change with the same attributes and the same configuration is the oracle.

use pq::format::union::union;
use pq::git::drivers::Drivers;
use pq::model::{ConflictKind, Outcome, Silent};
use pq::ops::rebase::{self, Mode};

use super::outcomes::release;
use crate::support::{Fork, Patches, Pq, git, git_output, lines, lines_with};

const ATTRIBUTES: &str = "[attr]ours-alone merge=mine\n*.bin binary\n*.lock -merge\n*.md merge=union\n*.odd merge=nowhere\n\
                          *.gen merge=mine\nnamed ours-alone\nwide.txt conflict-marker-size=12\nplain.md merge\n";

/// Files of all kinds, each changed by both sides: far from each other in `far`, and in the same line in `near`.
fn fork(attributes: &str) -> Fork {
    let fork = Fork::new();
    let files =
        ["a.bin", "a.lock", "a.md", "a.odd", "a.gen", "named", "wide.txt", "plain.md", "sub/a.lock", "sub/b.md"];
    let mut work = fork.on("main").write(".gitattributes", attributes).write("other", "x\n");
    for file in files {
        work = work.write(file, lines(40));
    }
    let start = work.write("sub/.gitattributes", "*.lock merge\nb.md !merge\n").commit("start");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    for file in files {
        let name = file.replace(['.', '/'], "-");
        fork.on("ours").edit(file, "line 5\n", "ours 5\n").commit(&format!("far {name}"));
        fork.on("ours").edit(file, "line 30\n", "ours 30\nmore 30\n").commit(&format!("near {name}"));
    }
    fork.on("ours").write("both.md", "ours\n").commit("both md");
    let mut work = fork.on("main").write("both.md", "theirs\n");
    for file in files {
        work = work.edit(file, "line 18\n", "theirs 18\n").edit(file, "line 30\n", "theirs 30\n");
    }
    work.commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork
}

/// What git makes of the commits of `ours`, one after the other, on v1.1.0: the titles of those that conflict, and the tree in the end.
fn picked(fork: &Fork) -> (Vec<String>, String) {
    fork.git(&["worktree", "add", "-q", "--detach", "../picked", "v1.1.0"]);
    let dir = fork.dir().join("picked");
    let mut conflicts = Vec::new();
    for id in fork.git(&["rev-list", "--reverse", "v1.0.0..ours"]).lines() {
        let output = git_output(&dir, &["cherry-pick", "--keep-redundant-commits", id]);
        if !output.status.success() {
            conflicts.push(git(&dir, &["log", "-1", "--format=%f", id]).trim().to_lowercase());
            git(&dir, &["cherry-pick", "--abort"]);
        }
    }
    (conflicts, git(&dir, &["rev-parse", "HEAD^{tree}"]).trim().to_owned())
}

fn held(report: &rebase::RebaseReport) -> Vec<String> {
    let held = report.patches.iter().filter(|patch| patch.outcome.is_held());
    held.map(|patch| patch.name.to_string()).collect()
}

/// Each conflict on its own: what is blocked in pq because it needs a held patch is a conflict for git as well.
fn check(fork: &Fork) -> rebase::RebaseReport {
    let (conflicts, tree) = picked(fork);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(held(&report), conflicts);
    assert_eq!(report.tip.tree.to_string(), tree);
    report
}

#[test]
fn built_in_drivers_are_those_of_git() {
    let fork = fork(ATTRIBUTES);
    let report = check(&fork);
    let kind = |name: &str| report.patch(name).conflicts.first().map(|conflict| conflict.kind);
    assert_eq!(kind("far-a-lock"), Some(ConflictKind::Binary), "far enough for a text, but it is none");
    assert_eq!(kind("far-a-bin"), Some(ConflictKind::Binary));
    assert_eq!(kind("far-sub-a-lock"), None, "the nearer file wins");
    assert_eq!(kind("near-sub-b-md"), Some(ConflictKind::Content));
    assert_eq!(kind("near-a-odd"), Some(ConflictKind::Content), "an unknown driver means text");
    assert_eq!(kind("near-a-gen"), Some(ConflictKind::Content));
    assert_eq!(report.patch("near-a-md").outcome, Outcome::Merged);
    let text = fork.content(report.tip.commit, "a.md");
    assert!(text.contains("theirs 30\nours 30\nmore 30\n"), "{text}");
    // Both lines are there because nobody decided: a person should look.
    let seen: Vec<_> = report.patches.iter().filter(|patch| !patch.merged_by.is_empty()).collect();
    let names: Vec<_> = seen.iter().map(|patch| patch.name.as_str()).collect();
    assert_eq!(names, ["near-a-md", "both-md"]);
    assert_eq!(seen[0].merged_by[0].driver, "union");
}

#[test]
fn without_attributes_everything_is_text() {
    let report = check(&fork(""));
    assert!(
        report.patches.iter().all(|patch| patch.outcome.is_held() == patch.name.as_str().starts_with("near")
            || patch.name.as_str() == "both-md")
    );
}

#[test]
fn the_default_driver_is_the_users() {
    let fork = fork(ATTRIBUTES);
    fork.git(&["config", "merge.default", "binary"]);
    let report = check(&fork);
    assert_eq!(report.patch("far-sub-b-md").outcome, Outcome::Conflict);
    assert_eq!(report.patch("far-plain-md").outcome, Outcome::Merged, "set means text");
}

#[test]
fn attributes_beside_the_tree_count_as_in_git() {
    let fork = fork(ATTRIBUTES);
    std::fs::create_dir_all(fork.upstream().join(".git/info")).unwrap();
    std::fs::write(fork.upstream().join(".git/info/attributes"), "a.odd -merge\n").unwrap();
    std::fs::write(fork.dir().join("mine"), "wide.txt -merge\na.md -merge\n").unwrap();
    fork.git(&["config", "core.attributesFile", fork.dir().join("mine").to_str().unwrap()]);
    let report = check(&fork);
    assert_eq!(report.patch("far-a-odd").conflicts[0].kind, ConflictKind::Binary);
    assert_eq!(report.patch("far-wide-txt").conflicts[0].kind, ConflictKind::Binary);
    assert_eq!(report.patch("far-a-md").outcome, Outcome::Merged, "the tree's file is stronger than the user's");
}

/// A driver that notes what it was called with, and takes the first lines of ours and all that theirs has.
fn define(fork: &Fork, command: &str) {
    fork.git(&["config", "merge.mine.driver", command]);
}

#[test]
fn a_driver_that_the_user_defines_merges() {
    let fork = fork(ATTRIBUTES);
    let log = fork.dir().join("log");
    let command = format!("echo %L %P %% $(head -c 4 %O) >> {} && cat %A %B > tmp && cat tmp > %A", log.display());
    define(&fork, &command);
    let report = check(&fork);
    assert_eq!(report.patch("near-a-gen").outcome, Outcome::Merged);
    assert_eq!(report.patch("near-named").merged_by[0].driver, "mine");
    assert_eq!(report.patch("near-named").merged_by[0].path, "named");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.lines().all(|line| line == "7 a.gen % line" || line == "7 named % line"), "{log}");
    assert_eq!(
        fork.git(&["-C", "../picked", "status", "--porcelain"]),
        "?? tmp",
        "git has its files there, pq elsewhere"
    );
}

#[test]
fn a_driver_may_find_a_conflict() {
    let fork = fork(ATTRIBUTES);
    define(&fork, "grep -q 'ours 30' %B && exit 1; git merge-file -q %A %O %B");
    let report = check(&fork);
    assert_eq!(report.patch("far-a-gen").outcome, Outcome::Merged);
    assert_eq!(report.patch("near-a-gen").conflicts[0].kind, ConflictKind::Content);
}

#[test]
fn a_driver_that_fails_stops_everything() {
    let fork = fork(ATTRIBUTES);
    define(&fork, "echo one >&2; printf 'a \\033[31mred word\\n' >&2; exit 129");
    let before = fork.snapshot();
    let error = rebase::rebase(&fork.open(), &fork.options("v1.1.0", Mode::Write), &Silent).unwrap_err();
    let error = error.to_string();
    assert!(error.contains("mine") && error.contains("a.gen") && error.contains("red word"), "{error}");
    let shown = Pq::new().run(&["--queue", fork.queue().to_str().unwrap(), "rebase", "v1.1.0"]).stderr();
    assert!(shown.contains("red word") && !shown.contains('\u{1b}'), "{shown:?}");
    assert_eq!(fork.snapshot(), before);
    let options = rebase::Options { drivers: Drivers::Ignore, ..fork.options("v1.1.0", Mode::DryRun) };
    let report = rebase::rebase(&fork.open(), &options, &Silent).unwrap();
    assert_eq!(report.patch("near-a-gen").conflicts[0].kind, ConflictKind::Content, "as text");
}

/// `driver = true` says: ours stays. Nobody has shown that upstream has the change, so the patch does not vanish.
#[test]
fn a_driver_that_keeps_ours_does_not_drop_the_patch() {
    let fork = fork(ATTRIBUTES);
    define(&fork, "true");
    let report = check(&fork);
    for name in ["far-a-gen", "near-named"] {
        assert_eq!(report.patch(name).outcome, Outcome::Merged, "{name}");
        assert_eq!(report.patch(name).merged_by.len(), 1, "{name}");
    }
}

/// The name comes from upstream, the command from the user: a tree that brings a configuration of its own has no say.
#[test]
fn no_tree_defines_a_driver() {
    let fork = Fork::new();
    let evil = "[merge \"mine\"]\n\tdriver = touch ../../evil; exit 0\n[include]\n\tpath = .gitconfig\n";
    let start = fork.on("main").write(".gitattributes", ATTRIBUTES).write("a.gen", lines(40));
    let start = start.write(".gitconfig", evil).write("config", evil).write(".git-config", evil).commit("start");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    fork.on("ours").edit("a.gen", "line 5\n", "ours 5\n").commit("far");
    fork.on("main").edit("a.gen", "line 18\n", "theirs 18\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    std::fs::write(fork.queue().join(".gitconfig"), evil).unwrap();
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("far").outcome, Outcome::Merged);
    assert!(report.patch("far").merged_by.is_empty());
    assert!(!fork.dir().join("evil").exists() && !fork.dir().parent().unwrap().join("evil").exists());
}

/// Through the program, with the user's own configuration.
#[test]
fn the_users_global_configuration_defines_drivers() {
    let fork = fork(ATTRIBUTES);
    let config = fork.dir().join("gitconfig");
    std::fs::write(&config, "[merge \"mine\"]\n\tdriver = \"cat %B >> %A\"\n").unwrap();
    let queue = fork.queue();
    let args = ["--queue", queue.to_str().unwrap(), "rebase", "v1.1.0", "--dry-run"];
    let mine = || Pq::new().env("GIT_CONFIG_GLOBAL", config.to_str().unwrap());
    let json = mine().run(&[&args[..], &["--format", "json"]].concat()).json();
    let find = |json: &serde_json::Value, name: &str| {
        let patches = json["patches"].as_array().unwrap().clone();
        patches.into_iter().find(|patch| patch["name"] == name).unwrap()
    };
    let one = find(&json, "near-a-gen");
    assert_eq!(one["outcome"], "merged");
    assert_eq!(one["merged_by"], serde_json::json!([{ "path": "a.gen", "driver": "mine" }]));
    let text = mine().run(&args).stdout();
    assert!(text.contains("merged by a driver: to review") && text.contains("a.gen (mine)"), "{text}");
    for json in [
        mine().run(&[&args[..], &["--format", "json", "--no-drivers"]].concat()).json(),
        Pq::new().run(&[&args[..], &["--format", "json"]].concat()).json(),
    ] {
        let one = find(&json, "near-a-gen");
        assert_eq!(one["outcome"], "conflict");
        assert!(one.get("merged_by").is_none());
    }
}

/// A small generator, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn edited(&mut self, lines: &[String]) -> Vec<String> {
        let mut lines = lines.to_vec();
        for _ in 0..1 + self.roll(4) {
            let at = self.roll(lines.len() as u64 + 1) as usize;
            match self.roll(3) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 if at < lines.len() => lines[at] = format!("new {}", self.roll(4)),
                _ => lines.insert(at, format!("more {}", self.roll(3))),
            }
        }
        lines
    }
}

#[test]
fn a_union_is_that_of_git() {
    let dir = tempfile::tempdir().unwrap();
    let mut dice = Dice(11);
    let (mut conflicts, mut differ) = (0, Vec::new());
    for case in 0..300 {
        let base: Vec<String> = (0..3 + dice.roll(14)).map(|n| format!("line {n}")).collect();
        let (ours, theirs) = (dice.edited(&base), dice.edited(&base));
        let newline = if case % 6 == 0 { "\r\n" } else { "\n" };
        let end = |last: u64| if last == 0 { "" } else { newline };
        let sides = [&ours, &base, &theirs].map(|lines| lines.join(newline) + end(dice.roll(5)));
        for (name, side) in ["ours", "base", "theirs"].iter().zip(&sides) {
            std::fs::write(dir.path().join(name), side).unwrap();
        }
        let merge = |how: &[&str]| {
            let args = [&["merge-file", "-p", "--diff-algorithm=histogram"], how, &["ours", "base", "theirs"]].concat();
            git_output(dir.path(), &args)
        };
        let wanted = merge(&["--union"]).stdout;
        conflicts += usize::from(merge(&["-q"]).status.code() != Some(0));
        let found = union(sides[1].as_bytes(), sides[0].as_bytes(), sides[2].as_bytes());
        if found != wanted {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            differ.push(format!("{case} {sides:?}\n--- git\n{}\n--- pq\n{}", text(&wanted), text(&found)));
        }
    }
    assert!(conflicts > 80, "{conflicts}");
    // One of them repeats lines so that two diffs of the conflict are equally good, and git prefers the other.
    let first = differ.first().cloned().unwrap_or_default();
    assert!(differ.len() <= 1, "{} differ; the first is {first}", differ.len());
}

#[test]
fn markers_are_as_wide_as_the_file_wants() {
    let fork = fork(ATTRIBUTES);
    fork.checked_rebase("v1.1.0");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let which = pq::ops::position::Which { here: fork.dir().to_owned(), named: Some(fork.dir().join("tree")) };
    pq::ops::resolve::start(&fork.open(), "near-wide-txt", &which, &Silent).unwrap();
    let file = fork.dir().join("tree/wide.txt");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains("<<<<<<<<<<<< v1.1.0") && text.contains("\n============\n"), "{text}");
    git(&fork.dir().join("tree"), &["add", "wide.txt"]);
    let error = pq::ops::resolve::done(&fork.open(), 1, &Silent).unwrap_err().to_string();
    assert!(error.contains("<<<<<<<<<<<<"), "{error}");
    std::fs::write(&file, lines_with(40, &[(18, "<<<<<<< a line of the file"), (30, "both")])).unwrap();
    git(&fork.dir().join("tree"), &["add", "wide.txt"]);
    pq::ops::resolve::done(&fork.open(), 1, &Silent).unwrap();
}

#[test]
fn a_file_that_is_not_merged_stays_as_ours() {
    let fork = fork(ATTRIBUTES);
    fork.checked_rebase("v1.1.0");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let which = pq::ops::position::Which { here: fork.dir().to_owned(), named: Some(fork.dir().join("tree")) };
    pq::ops::resolve::start(&fork.open(), "far-a-lock", &which, &Silent).unwrap();
    let text = std::fs::read_to_string(fork.dir().join("tree/a.lock")).unwrap();
    assert_eq!(text, fork.content(fork.tip("fork"), "a.lock"));
    assert_eq!(fork.git(&["-C", "../tree", "status", "--porcelain"]), "UU a.lock");
}
