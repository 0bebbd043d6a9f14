//! Recorded resolutions: where they come back, where they must not, and git's own as the baseline.

use std::path::Path;
use std::process::Command;

use pq::model::{ConflictKind, Outcome, Silent};
use pq::ops::rebase::PatchReport;
use pq::ops::resolve;
use pq::ops::{resolutions, undo, verify};

use super::outcomes::{base, release};
use super::resolve::{done, held, in_tree, opened, start, tree, write};
use crate::support::{Fork, Patches, files_below, git, lines_with};

/// The files of the answers.
fn recorded(fork: &Fork) -> Vec<String> {
    files_below(&fork.queue()).into_keys().filter(|path| path.starts_with("resolutions/")).collect()
}

/// Settles a patch by giving files their content.
fn settle(fork: &Fork, name: &str, files: &[(&str, &str)]) {
    start(fork, name).unwrap();
    files.iter().for_each(|(path, text)| write(fork, path, text));
    in_tree(fork, &["add", "-A"]);
    done(fork).unwrap();
}

/// Takes back the last commands: everything is as in front of the rebase, but for what is recorded.
fn back(fork: &Fork, commands: usize) {
    (0..commands).for_each(|_| drop(undo::undo(&fork.open(), 30).unwrap()));
}

fn rebased(fork: &Fork, name: &str, onto: &str) -> PatchReport {
    fork.rebase(onto).patch(name).clone()
}

/// A fork whose branch is checked out in `tree`, after a rebase to v1.1.0; `next` is what v1.2.0 has more.
fn rebased_fork<A, B, C>(ours: impl Fn(&Fork) -> A, up: impl Fn(&Fork) -> B, next: impl Fn(&Fork) -> C) -> Fork {
    let fork = base();
    ours(&fork);
    up(&fork);
    release(&fork, "v1.1.0");
    next(&fork);
    release(&fork, "v1.2.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    fork
}

/// A patch and upstream that changed line 5 of a.txt.
fn five<A>(next: impl Fn(&Fork) -> A) -> Fork {
    rebased_fork(
        |fork| fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five"),
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("Upstream five"),
        next,
    )
}

/// git merges the same, with a recorded answer for v1.1.0: whether it takes it on `v1.2.0`.
pub fn rerere_knows(fork: &Fork, answer: &str) -> bool {
    let dir = tempfile::tempdir_in(fork.dir()).unwrap();
    let run = |args: &[&str]| {
        let mut command = Command::new("git");
        command.args(["-c", "rerere.enabled=true", "-c", "rerere.autoUpdate=true", "-c", "user.name=U"]).args(args);
        command.args::<[&str; 0], &str>([]).current_dir(dir.path()).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", dir.path());
        command.env("GIT_AUTHOR_EMAIL", "u@example.com").env("GIT_COMMITTER_EMAIL", "u@example.com");
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    git(dir.path(), &["init", "-q"]);
    git(dir.path(), &["fetch", "-q", "../upstream", "refs/heads/ours:ours", "refs/tags/*:refs/tags/*"]);
    run(&["checkout", "-q", "v1.1.0"]);
    assert!(!run(&["cherry-pick", "ours"]).0);
    std::fs::write(dir.path().join("a.txt"), answer).unwrap();
    run(&["add", "a.txt"]);
    assert!(run(&["-c", "core.editor=true", "cherry-pick", "--continue"]).0);
    // It does know it where it is the same.
    run(&["checkout", "-q", "v1.1.0"]);
    run(&["cherry-pick", "ours"]);
    assert_eq!(std::fs::read_to_string(dir.path().join("a.txt")).unwrap(), answer, "git rerere itself works");
    run(&["reset", "-q", "--hard"]);
    run(&["checkout", "-q", "v1.2.0"]);
    run(&["cherry-pick", "ours"]);
    !std::fs::read_to_string(dir.path().join("a.txt")).unwrap().contains("<<<<<<<")
}

#[test]
fn starting_over_brings_no_settled_conflict_back() {
    let fork = five(|_| {});
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "both 5")]))]);
    let tip = fork.tip("fork");
    assert_eq!(recorded(&fork).len(), 1);
    let text = String::from_utf8(files_below(&fork.queue())[&recorded(&fork)[0]].clone()).unwrap();
    let expected = "pq resolution 1\nkind: hunk\npath: a.txt\npatch: five\nfrom: v1.0.0\nonto: v1.1.0\n\n|line 5\n<theirs 5\n>ours 5\n=both 5\nend\n";
    assert_eq!(text, expected);
    back(&fork, 2);
    assert_eq!(recorded(&fork).len(), 1, "what was taken back is still known");
    let report = fork.checked_rebase("v1.1.0");
    let five = report.patch("five");
    assert_eq!((five.outcome, &five.resolutions), (Outcome::Resolved, &recorded(&fork)));
    assert_eq!(report.tip.tree, fork.tree(tip));
    assert_eq!(report.summary["resolved"], 1);
    // Offered, not imposed.
    back(&fork, 1);
    let mut bench = fork.open();
    bench.refuses_resolutions = true;
    let options = fork.options("v1.1.0", pq::ops::rebase::Mode::DryRun);
    let report = pq::ops::rebase::rebase(&bench, &options, &Silent).unwrap();
    assert_eq!(report.patch("five").outcome, Outcome::Conflict);
    drop(bench);
    // A forecast knows it too.
    let releases = [("v1.1.0".to_owned(), fork.repo().resolve("v1.1.0").unwrap())];
    let report = pq::ops::forecast::forecast(&fork.open(), &releases, pq::ops::rebase::Repick::Try, &Silent).unwrap();
    assert_eq!(report.releases[0].patches[0].patch.outcome, Outcome::Resolved);
}

#[test]
fn a_change_on_a_neighbouring_line_where_rerere_fails() {
    let fork = five(|fork| fork.on("main").edit("a.txt", "line 6\n", "theirs 6\n").commit("Neighbour"));
    let answer = lines_with(40, &[(5, "both 5")]);
    settle(&fork, "five", &[("a.txt", &answer)]);
    back(&fork, 2);
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.patch("five").outcome, Outcome::Resolved);
    assert_eq!(fork.content(report.tip.commit, "a.txt"), lines_with(40, &[(5, "both 5"), (6, "theirs 6")]));
    assert!(!rerere_knows(&fork, &answer), "git's own answer is as good by now");
}

#[test]
fn one_more_conflict_in_the_file_where_rerere_fails() {
    let fork = rebased_fork(
        |fork| {
            fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").edit("a.txt", "line 30\n", "ours 30\n").commit("Five")
        },
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").commit("Upstream five"),
        |fork| fork.on("main").edit("a.txt", "line 30\n", "theirs 30\n").commit("Upstream thirty"),
    );
    let answer = lines_with(40, &[(5, "both 5"), (30, "ours 30")]);
    settle(&fork, "five", &[("a.txt", &answer)]);
    back(&fork, 2);
    let five = rebased(&fork, "five", "v1.2.0");
    assert_eq!(five.outcome, Outcome::Conflict);
    let regions = five.conflicts[0].regions.unwrap();
    assert_eq!((regions.known, regions.total, regions.disagreements), (1, 2, 0));
    let report = start(&fork, "five").unwrap();
    assert_eq!(report.conflicts[0].resolutions, recorded(&fork));
    let shown = std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap();
    assert!(shown.contains("line 4\nboth 5\nline 6\n"), "{shown}");
    assert_eq!(shown.matches("<<<<<<<").count(), 1);
    assert!(!rerere_knows(&fork, &answer));
    // Settled once more, both are known.
    write(&fork, "a.txt", &lines_with(40, &[(5, "both 5"), (30, "both 30")]));
    in_tree(&fork, &["add", "-A"]);
    done(&fork).unwrap();
    assert_eq!(recorded(&fork).len(), 2);
    back(&fork, 2);
    assert_eq!(rebased(&fork, "five", "v1.2.0").outcome, Outcome::Resolved);
}

#[test]
fn the_last_word_counts_and_two_that_disagree_do_not() {
    let fork = five(|_| {});
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "first answer")]))]);
    let (first, kept) = (recorded(&fork), files_below(&fork.queue()));
    back(&fork, 1);
    // It is filled in, and a person says otherwise.
    start(&fork, "five").unwrap();
    let shown = std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap();
    assert_eq!(shown, lines_with(40, &[(5, "first answer")]));
    write(&fork, "a.txt", &lines_with(40, &[(5, "second answer")]));
    in_tree(&fork, &["add", "-A"]);
    done(&fork).unwrap();
    assert_eq!(recorded(&fork).len(), 1);
    assert_ne!(recorded(&fork), first);
    // Both of them, as a merge of two clones gives them.
    std::fs::write(fork.queue().join(&first[0]), &kept[&first[0]]).unwrap();
    back(&fork, 2);
    let five = rebased(&fork, "five", "v1.1.0");
    assert_eq!(five.outcome, Outcome::Conflict);
    assert_eq!(five.conflicts[0].regions.unwrap().disagreements, 1);
    assert_eq!(five.conflicts[0].disputed, recorded(&fork));
    assert_eq!(start(&fork, "five").unwrap().conflicts[0].disputed, recorded(&fork));
}

#[test]
fn edits_elsewhere_are_never_lost() {
    let fork = five(|fork| fork.on("main").edit("b.txt", "line 9\n", "theirs 9\n").commit("Elsewhere"));
    let files = [("a.txt", lines_with(40, &[(5, "both 5"), (20, "because of 5")])), ("new.txt", "new\n".to_owned())];
    settle(&fork, "five", &files.each_ref().map(|(path, text)| (*path, text.as_str())));
    let tip = fork.tip("fork");
    let kinds: Vec<&str> =
        resolutions::list(&fork.open()).unwrap().resolutions.iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(
        {
            let mut kinds = kinds;
            kinds.sort();
            kinds
        },
        ["partial", "whole"]
    );
    back(&fork, 2);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("five").outcome, Outcome::Resolved);
    assert_eq!(report.tip.tree, fork.tree(tip));
    // On another release the same conflict comes with another file: the hunk alone would lose the rest.
    back(&fork, 1);
    fork.on("main").edit("a.txt", "line 35\n", "theirs 35\n").commit("Same file");
    release(&fork, "v1.3.0");
    let five = rebased(&fork, "five", "v1.3.0");
    assert_eq!(five.outcome, Outcome::Conflict);
    assert_eq!(five.conflicts[0].regions.unwrap().known, 1);
    start(&fork, "five").unwrap();
    let shown = std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap();
    assert_eq!(shown, lines_with(40, &[(5, "both 5"), (35, "theirs 35")]), "filled in, for a person to go on");
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "UU a.txt", "and to say that it is settled");
}

#[test]
fn other_conflicts_are_answered_as_a_whole() {
    let fork = opened(
        |fork| {
            fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Deleted");
            fork.on("ours").write("bin", b"ours\0").commit("Binary");
        },
        |fork| fork.on("main").remove("a.txt").write("bin", b"theirs\0").commit("up"),
    );
    assert_eq!(held(&fork), ["deleted", "binary"]);
    settle(&fork, "deleted", &[("a.txt", "what is left\n")]);
    settle(&fork, "binary", &[("bin", "both\0"), ("b.txt", &lines_with(40, &[(1, "and b")]))]);
    let tip = fork.tip("fork");
    back(&fork, 3);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.count(Outcome::Resolved), 2);
    assert_eq!(report.tip.tree, fork.tree(tip));
    // Upstream's side is another one by now: nothing is known of it.
    back(&fork, 1);
    fork.on("main").write("bin", b"other\0").commit("up again");
    release(&fork, "v1.2.0");
    let report = fork.rebase("v1.2.0");
    assert_eq!(report.patch("binary").outcome, Outcome::Conflict);
    assert_eq!(report.patch("binary").conflicts[0].kind, ConflictKind::AddAdd);
}

#[test]
fn carriage_returns_and_missing_newlines_come_back() {
    let texts = |five: &str, end: &str| format!("one\r\n{five}\r\nthree\r\nfour\r\n{end}");
    let fork = Fork::new();
    fork.tag("v1.0.0", fork.on("main").write("a.txt", texts("five", "last")).commit("base"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").write("a.txt", texts("ours", "our last")).commit("Five");
    fork.on("main").write("a.txt", texts("theirs", "their last")).commit("up");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    settle(&fork, "five", &[("a.txt", &texts("both", "no newline either"))]);
    let tip = fork.tip("fork");
    back(&fork, 2);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.patch("five").outcome, Outcome::Resolved);
    assert_eq!(report.tip.tree, fork.tree(tip));
}

#[test]
fn a_file_that_was_renamed_is_still_known() {
    let fork = five(|fork| fork.on("main").rename("a.txt", "dir/renamed.txt").commit("Moved"));
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "both 5")]))]);
    back(&fork, 2);
    let report = fork.checked_rebase("v1.2.0");
    assert_eq!(report.patch("five").outcome, Outcome::Resolved);
    assert_eq!(fork.content(report.tip.commit, "dir/renamed.txt"), lines_with(40, &[(5, "both 5")]));
}

#[test]
fn a_bad_file_is_named_with_a_remedy() {
    let fork = five(|_| {});
    std::fs::create_dir_all(fork.queue().join("resolutions")).unwrap();
    std::fs::write(fork.queue().join("resolutions/bad.txt"), "pq resolution 1\nkind: hunk\npath: a\n\n?\nend\n")
        .unwrap();
    back(&fork, 1);
    let options = fork.options("v1.1.0", pq::ops::rebase::Mode::DryRun);
    let error = pq::ops::rebase::rebase(&fork.open(), &options, &Silent).unwrap_err();
    assert!(error.to_string().contains("resolutions/bad.txt: line 5: "), "{error}");
    assert!(error.hint().unwrap().contains("--no-resolutions"));
    let findings = verify::verify(&fork.open(), &Silent).unwrap().findings;
    assert!(findings.iter().any(|finding| finding.text.contains("resolutions/bad.txt: line 5")), "{findings:?}");
    assert_eq!(resolutions::list(&fork.open()).unwrap().broken.len(), 1);
}

#[test]
fn what_git_recorded_is_taken_over() {
    let fork = five(|_| {});
    let cache = fork.upstream().join(".git/rr-cache/0123");
    std::fs::create_dir_all(&cache).unwrap();
    let preimage = lines_with(40, &[(5, "<<<<<<<\nours 5\n=======\ntheirs 5\n>>>>>>>")]);
    std::fs::write(cache.join("preimage"), preimage).unwrap();
    std::fs::write(cache.join("postimage"), lines_with(40, &[(5, "git's 5")])).unwrap();
    let report = resolutions::import(&fork.open(), None, false).unwrap();
    assert_eq!((report.resolutions.len(), report.resolutions[0].kind), (1, "imported"));
    assert_eq!(resolutions::import(&fork.open(), None, false).unwrap().resolutions.len(), 0, "once");
    let report = resolve::all_trivial(&fork.open(), 5, &Silent).unwrap();
    assert_eq!(report.held.len(), 0);
    assert_eq!(report.patches[0].outcome, Outcome::Resolved);
    assert_eq!(fork.content(fork.tip("fork"), "a.txt"), lines_with(40, &[(5, "git's 5")]));
    assert_eq!(resolutions::prune(&fork.open(), false, 50).unwrap().resolutions.len(), 0, "it knows no patch");
}

#[test]
fn those_of_patches_that_left_can_be_thrown_away() {
    let fork = five(|_| {});
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "both 5")]))]);
    let [file] = &recorded(&fork)[..] else { panic!() };
    let name = file.trim_start_matches("resolutions/");
    assert!(resolutions::show(&fork.open(), &name[..8]).unwrap().text.unwrap().contains("=both 5\n"));
    assert!(resolutions::show(&fork.open(), "nothing").is_err());
    assert_eq!(resolutions::prune(&fork.open(), false, 50).unwrap().resolutions.len(), 0);
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["five"]), 1, &Silent).unwrap();
    assert_eq!(resolutions::prune(&fork.open(), true, 50).unwrap().resolutions.len(), 1);
    assert_eq!(recorded(&fork).len(), 1, "a dry run deletes nothing");
    resolutions::prune(&fork.open(), false, 50).unwrap();
    assert_eq!(recorded(&fork).len(), 0);
}

#[test]
fn what_is_recorded_goes_with_a_patch() {
    let fork = rebased_fork(
        |fork| {
            fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").commit("Five");
            fork.on("ours").write("bin", b"ours\0").commit("Binary");
        },
        |fork| fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").write("bin", b"theirs\0").commit("up"),
        |_| {},
    );
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "both 5")]))]);
    settle(&fork, "binary", &[("bin", "both\0")]);
    let tip = fork.tree(fork.tip("fork"));
    back(&fork, 3);
    for (old, new) in [("five", "5"), ("binary", "bits")] {
        pq::ops::edit::rename(&fork.open(), old, new, 7).unwrap();
    }
    assert_eq!(resolutions::prune(&fork.open(), false, 50).unwrap().resolutions.len(), 0);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.count(Outcome::Resolved), 2, "the answer to a whole patch too");
    assert_eq!(report.tip.tree, tip);
    let both = pq::ops::chosen::Chosen::of(&["5", "bits"]);
    pq::ops::squash::squash(&fork.open(), &both, Some("all"), 9, &Silent).unwrap();
    assert_eq!(resolutions::prune(&fork.open(), false, 50).unwrap().resolutions.len(), 0, "the edits are still made");
}

/// What an attribute forbids to merge by lines is remembered as it was settled; what a driver merged is no answer of a person.
#[test]
fn rules_of_attributes_are_the_same_when_a_conflict_comes_back() {
    let fork = rebased_fork(
        |fork| {
            fork.on("ours").edit("a.txt", "line 5\n", "ours 5\n").edit("b.txt", "line 5\n", "ours 5\n").commit("Both");
        },
        |fork| {
            let work = fork.on("main").edit("a.txt", "line 5\n", "theirs 5\n").edit("b.txt", "line 9\n", "theirs 9\n");
            work.write(".gitattributes", "a.txt merge=union\nb.txt -merge\n").commit("up");
        },
        |_| {},
    );
    let report = start(&fork, "both").unwrap();
    assert_eq!(report.conflicts.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["b.txt"]);
    assert_eq!(report.merged_by.iter().map(|one| one.path.as_str()).collect::<Vec<_>>(), ["a.txt"]);
    write(&fork, "b.txt", &lines_with(40, &[(5, "ours 5"), (9, "theirs 9")]));
    in_tree(&fork, &["add", "-u"]);
    done(&fork).unwrap();
    let tip = fork.tree(fork.tip("fork"));
    assert!(recorded(&fork).iter().all(|file| !file.contains("a.txt")), "{:?}", recorded(&fork));
    back(&fork, 2);
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!((report.count(Outcome::Resolved), report.tip.tree), (1, tip));
}

/// Two clones settle the same patch each in its own way, and git merges the queue as text.
#[test]
fn two_clones_keep_both_answers() {
    let answers = |answer: &str| {
        let fork = five(|_| {});
        settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, answer)]))]);
        let files = files_below(&fork.queue());
        (recorded(&fork).remove(0), files[&recorded(&fork)[0]].clone())
    };
    let [one, same, other] = ["one", "one", "other"].map(answers);
    assert_eq!(one, same, "the same answer is the same file");
    assert_ne!(one.0, other.0, "another one is another file");
    assert_eq!(one.0[..28], other.0[..28], "which stands beside it");
}

/// So many random queues; more by hand.
const ROUNDS: u32 = 12;

/// Random conflicts, settled at random: starting over gives the same tree. With one more conflict far away, the recorded ones are known.
#[test]
fn starting_over_gives_the_same_tree() {
    let mut seed = 11_u32;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 8) % below
    };
    let mut resolved = 0;
    for round in 0..ROUNDS {
        let mut edit = |side: &str| {
            let mut lines: Vec<String> = (1..=40).map(|n| format!("line {n}\n")).collect();
            for _ in 0..1 + random(5) {
                let at = random(38) as usize;
                match random(3) {
                    0 => lines[at] = String::new(),
                    1 => lines[at] = format!("{side} {at}\n"),
                    _ => lines[at] = format!("{side}\nsame\n{}", lines[at]),
                }
            }
            lines.concat()
        };
        let (one, two, upstream) = (edit("one"), edit("two"), edit("up"));
        let fork = base();
        fork.on("ours").write("a.txt", one).commit("One");
        fork.on("ours").write("a.txt", two).commit("Two");
        fork.on("main").write("a.txt", upstream).commit("up");
        release(&fork, "v1.1.0");
        fork.init("v1.0.0", "ours");
        fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
        fork.rebase("v1.1.0");
        let mut commands = 1;
        while let Some(name) = held(&fork).first().cloned() {
            start(&fork, &name).unwrap();
            let shown = std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap();
            let mut settled = taken(&shown, || random(4));
            if random(3) == 0 {
                settled = settled.replacen("line 40\n", "an edit elsewhere\n", 1);
            }
            write(&fork, "a.txt", &settled);
            in_tree(&fork, &["add", "-A"]);
            match done(&fork) {
                Ok(_) => commands += 1,
                Err(_) => {
                    resolve::abort(&fork.open(), 6).unwrap();
                    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&[name]), 6, &Silent).unwrap();
                    commands += 1;
                }
            }
        }
        let (tip, left) = (fork.tip("fork"), fork.open().manifest().patches.len());
        if left < 2 {
            continue;
        }
        back(&fork, commands);
        let report = fork.checked_rebase("v1.1.0");
        assert_eq!(held(&fork), [""; 0], "{round}");
        assert_eq!(report.tip.tree, fork.tree(tip), "{round}");
        resolved += report.count(Outcome::Resolved);
    }
    assert!(resolved as u32 >= ROUNDS / 2, "{resolved}: the rounds try too little");
}

/// A text with marks, of which each conflict is settled.
fn taken(text: &str, mut choose: impl FnMut() -> u32) -> String {
    let (mut out, mut part, mut choice) = (String::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        part = match &line[..line.len().min(7)] {
            "<<<<<<<" => {
                choice = choose();
                1
            }
            "|||||||" => 2,
            "=======" => 3,
            ">>>>>>>" => {
                out.push_str(if choice == 3 { "another answer\n" } else { "" });
                0
            }
            _ => {
                let is_taken = matches!((part, choice), (0, _) | (1, 0 | 2) | (3, 1 | 2));
                out.push_str(if is_taken { line } else { "" });
                part
            }
        };
    }
    out
}

#[test]
fn another_line_of_the_workspace_knows_it_too() {
    let fork = five(|_| {});
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "both 5")]))]);
    back(&fork, 2);
    let root = fork.dir().join("lines");
    let copy = |name: &str| {
        std::fs::create_dir_all(root.join(name)).unwrap();
        for (path, bytes) in files_below(&fork.queue()) {
            let file = root.join(name).join(path);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
    };
    copy("one");
    copy("two");
    std::fs::write(root.join("pq.toml"), "schema = 1\n\n[workspace]\nlines = [\"one\", \"two\"]\n").unwrap();
    let fix = |name: &str| {
        let file = root.join(name).join("pq.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text
            .replace("\"../upstream\"", "\"../../upstream\"")
            .replace("name = \"line\"", &format!("name = \"{name}\""));
        std::fs::write(file, text.replace("branch = \"fork\"", &format!("branch = \"{name}\""))).unwrap();
    };
    fix("one");
    fix("two");
    std::fs::remove_dir_all(root.join("two/resolutions")).unwrap();
    let place = pq::ops::workbench::Where { start: root.join("two"), queue: None, line: None };
    let bench = pq::ops::workbench::Workbench::open(place.line().unwrap(), pq::ops::workbench::Access::Read).unwrap();
    let options = fork.options("v1.1.0", pq::ops::rebase::Mode::DryRun);
    let report = pq::ops::rebase::rebase(&bench, &options, &Silent).unwrap();
    assert_eq!(report.patch("five").outcome, Outcome::Resolved);
    assert!(report.patch("five").resolutions[0].starts_with("one: resolutions/a.txt-"));
    assert!(Path::new(&root).is_dir());
}

/// Equal lines of another function are another conflict: their answer may be another one.
#[test]
fn an_answer_for_one_function_is_not_taken_for_another() {
    let fork = base();
    let function = |name: &str| format!("{name} {{\n\treturn 0;\n}}\n\n{}", crate::support::lines(12));
    fork.on("main").write("f.c", [function("alpha"), function("beta")].concat()).commit("functions");
    release(&fork, "v1.0.1");
    let functions = fork.tip("main");
    let both = [function("alpha"), function("beta")].concat().replace("return 0", "return -1");
    fork.branch("mine", functions);
    fork.on("mine").write("f.c", &both).commit("Minus one");
    fork.init("v1.0.1", "mine");
    fork.on("main").edit("f.c", "alpha {\n\treturn 0;", "alpha {\n\treturn 5;").commit("five");
    release(&fork, "v1.1.0");
    fork.on("main").edit("f.c", "beta {\n\treturn 0;", "beta {\n\treturn 5;").commit("five, too");
    release(&fork, "v1.2.0");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    start(&fork, "minus-one").unwrap();
    let settled = both.replacen("return -1", "return alpha()", 1);
    write(&fork, "f.c", &settled);
    in_tree(&fork, &["add", "-u"]);
    done(&fork).unwrap();
    let tree = fork.tree(fork.tip("fork"));
    let report = fork.rebase("v1.2.0");
    assert_eq!(report.patch("minus-one").outcome, Outcome::Conflict, "beta is not alpha");
    for _ in 0..3 {
        pq::ops::undo::undo(&fork.open(), 9).unwrap();
    }
    fork.rebase("v1.1.0");
    assert_eq!(fork.tree(fork.tip("fork")), tree, "the same conflict is settled as it was");
}

#[test]
fn what_is_pruned_comes_back() {
    let fork = five(|_| {});
    settle(&fork, "five", &[("a.txt", &lines_with(40, &[(5, "both 5")]))]);
    let before = files_below(&fork.queue());
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["five"]), 1, &Silent).unwrap();
    let dropped = files_below(&fork.queue());
    resolutions::prune(&fork.open(), false, 50).unwrap();
    let pruned = files_below(&fork.queue());
    assert!(recorded(&fork).is_empty());
    let undone = undo::undo(&fork.open(), 51).unwrap();
    assert_eq!(undone.operation.what, "resolutions prune");
    assert_eq!(files_below(&fork.queue()), dropped);
    back(&fork, 1);
    assert_eq!(files_below(&fork.queue()), before, "answer and patch");
    undo::redo(&fork.open(), 52).unwrap();
    undo::redo(&fork.open(), 53).unwrap();
    assert_eq!(files_below(&fork.queue()), pruned);
    // Only the log knows it, and keeps it from git's garbage collection; what is recorded anew is nobody's to delete.
    fork.git(&["gc", "-q", "--prune=now"]);
    back(&fork, 1);
    assert_eq!(files_below(&fork.queue()), dropped);
    let answer = recorded(&fork).remove(0);
    std::fs::write(fork.queue().join(&answer), "mine").unwrap();
    undo::redo(&fork.open(), 54).unwrap();
    assert_eq!(std::fs::read(fork.queue().join(&answer)).unwrap(), b"mine");
}
