//! Through the queue and back in a worktree, and edits made on the way. git is the oracle: it finds nothing to complain of.

use std::path::PathBuf;

use pq::format::patchfile::{Author, Date};
use pq::model::Silent;
use pq::ops::amend::{self, NewPatch};
use pq::ops::edit;
use pq::ops::position::{self, Edits, PositionReport, Target, Which};
use pq::ops::undo::undo;

use super::outcomes::{base, release};
use crate::support::{Fork, git, lines_with};

/// `b` stands on `a`; `c` and `d` on nobody; `d` adds a file and makes another executable. The branch is checked out in `tree`.
pub fn fork() -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a\n").commit("A");
    fork.on("ours").edit("a.txt", "a\nline 6\n", "a\nb\n").commit("B");
    fork.on("ours").edit("a.txt", "line 30\n", "c\n").commit("C");
    let work = fork.on("ours").write("new/deep", "new\n").remove("b.txt");
    work.mode("run.sh", pq::model::Mode::Executable).commit("D");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork
}

pub fn tree(fork: &Fork) -> PathBuf {
    fork.dir().join("tree")
}

pub fn which(fork: &Fork) -> Which {
    Which { here: tree(fork), named: None }
}

pub fn go(fork: &Fork, target: Target) -> pq::Result<PositionReport> {
    position::go(&fork.open(), &which(fork), &target, Edits::Refuse, &Silent)
}

pub fn at(fork: &Fork) -> PositionReport {
    position::position(&fork.open(), &which(fork), &Silent).unwrap()
}

pub fn write(fork: &Fork, path: &str, text: &str) {
    let path = tree(fork).join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

pub fn replace(fork: &Fork, path: &str, old: &str, new: &str) {
    let text = std::fs::read_to_string(tree(fork).join(path)).unwrap();
    assert!(text.contains(old), "{path} has {old:?}");
    write(fork, path, &text.replacen(old, new, 1));
}

pub fn in_tree(fork: &Fork, args: &[&str]) -> String {
    git(&tree(fork), args).trim_end().to_owned()
}

pub fn refresh(fork: &Fork, name: Option<&str>, paths: &[&str]) -> pq::Result<edit::EditReport> {
    let paths = paths.iter().map(PathBuf::from).collect();
    let options = amend::Options { name: name.map(str::to_owned), paths, which: which(fork), when: 5 };
    amend::amend(&fork.open(), &options, &Silent)
}

/// git has nothing to say, and HEAD is the n-th commit of the branch.
pub fn check(fork: &Fork, n: usize) {
    assert_eq!(in_tree(fork, &["status", "--porcelain=v2"]), "");
    let count = fork.open().manifest().applied().count();
    assert_eq!(in_tree(fork, &["rev-parse", "HEAD"]), fork.git(&["rev-parse", &format!("fork~{}", count - n)]));
    assert_eq!(at(fork).at, n);
    in_tree(fork, &["diff-files", "--quiet"]);
}

pub fn top(fork: &Fork) -> String {
    at(fork).top.map(|name| name.to_string()).unwrap_or_default()
}

#[test]
fn push_pop_and_goto_go_where_quilt_goes() {
    let fork = fork();
    check(&fork, 4);
    assert_eq!(in_tree(&fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork");
    for (target, n) in [
        (Target::Pop(1), 3),
        (Target::Pop(2), 1),
        (Target::Push(1), 2),
        (Target::Up("d".into()), 4),
        (Target::Down("b".into()), 2),
        (Target::Base, 0),
        (Target::Patch("c".into()), 3),
        (Target::Patch("a".into()), 1),
        (Target::End, 4),
    ] {
        let report = go(&fork, target.clone()).unwrap();
        assert_eq!(report.at, n, "{target:?}");
        check(&fork, n);
    }
    assert_eq!(in_tree(&fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork", "at the end the branch is checked out");
    go(&fork, Target::Patch("b".into())).unwrap();
    let report = at(&fork);
    let names = |names: &[pq::model::PatchName]| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    assert_eq!((names(&report.applied), names(&report.unapplied)), ("a b".into(), "c d".into()));
    assert_eq!(report.previous.unwrap().as_str(), "a");
    assert_eq!(report.next.unwrap().as_str(), "c");
}

#[test]
fn where_there_is_nothing_to_go_to_nothing_is_done() {
    let fork = fork();
    let fails = |target: Target, words: &str| {
        let error = go(&fork, target).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(error.hint().is_some(), "{error}");
    };
    fails(Target::Push(1), "all patches are applied: the last one is d");
    fails(Target::End, "all patches are applied");
    fails(Target::Pop(9), "only 4 patches below");
    fails(Target::Up("a".into()), "a is below HEAD");
    fails(Target::Patch("zzz".into()), "no patch is named");
    go(&fork, Target::Base).unwrap();
    fails(Target::Base, "no patch is applied");
    fails(Target::Pop(1), "no patch is applied");
    fails(Target::Down("b".into()), "b is above HEAD");
    check(&fork, 0);
}

#[test]
fn an_edit_in_the_way_is_refused_and_kept_if_it_is_asked_for() {
    let fork = fork();
    replace(&fork, "a.txt", "line 20\n", "mine\n");
    let error = go(&fork, Target::Pop(1)).unwrap_err().to_string();
    assert!(error.contains("a.txt"), "{error}");
    let keep = |target| position::go(&fork.open(), &which(&fork), &target, Edits::Keep, &Silent);
    let report = keep(Target::Patch("a".into())).unwrap();
    assert_eq!(report.kept, ["a.txt"]);
    assert_eq!(in_tree(&fork, &["diff", "HEAD", "--stat", "--format="]).lines().count(), 2);
    assert!(std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap().contains("mine\n"));
    assert!(!tree(&fork).join("new").exists());
    keep(Target::End).unwrap();
    replace(&fork, "a.txt", "b\n", "mine too\n");
    let before = crate::support::files_below(&tree(&fork));
    let error = keep(Target::Patch("a".into())).unwrap_err().to_string();
    assert!(error.contains("do not fit") && error.contains("a.txt"), "{error}");
    assert_eq!(crate::support::files_below(&tree(&fork)), before);
    in_tree(&fork, &["checkout", "-q", "HEAD", "."]);
    write(&fork, "b.txt", "a file that git does not know\n");
    let error = go(&fork, Target::Patch("a".into())).unwrap_err().to_string();
    assert!(error.contains("b.txt"), "{error}");
}

#[test]
fn what_a_person_committed_is_not_overwritten() {
    let fork = fork();
    replace(&fork, "a.txt", "line 20\n", "mine\n");
    in_tree(&fork, &["-c", "user.name=x", "-c", "user.email=y", "commit", "-qam", "mine"]);
    let mine = in_tree(&fork, &["rev-parse", "HEAD"]);
    let error = go(&fork, Target::Pop(1)).unwrap_err().to_string();
    assert!(error.contains("no commit of the queue"), "{error}");
    assert!(refresh(&fork, None, &[]).is_err());
    go(&fork, Target::Patch("b".into())).unwrap();
    assert_eq!(fork.tip("fork").to_string(), mine, "the branch stays");
}

#[test]
fn edits_go_into_the_top_patch_wherever_the_worktree_stands() {
    let fork = fork();
    replace(&fork, "a.txt", "line 20\n", "top\n");
    write(&fork, "fresh", "fresh\n");
    in_tree(&fork, &["add", "fresh"]);
    let report = refresh(&fork, None, &[]).unwrap();
    assert_eq!(report.patches[0].as_str(), "d");
    check(&fork, 4);
    fork.check();
    assert!(fork.patch_file("d").contains("+top") && fork.patch_file("d").contains("+fresh"));
    let untouched = ["a", "b"].map(|name| fork.patch_file(name));
    go(&fork, Target::Patch("c".into())).unwrap();
    replace(&fork, "a.txt", "line 35\n", "middle\n");
    refresh(&fork, None, &[]).unwrap();
    check(&fork, 3);
    assert_eq!(top(&fork), "c");
    fork.check();
    go(&fork, Target::End).unwrap();
    check(&fork, 4);
    let text = lines_with(40, &[(5, "a"), (6, "b"), (20, "top"), (30, "c"), (35, "middle")]);
    assert_eq!(std::fs::read_to_string(tree(&fork).join("a.txt")).unwrap(), text);
    assert_eq!(untouched, ["a", "b"].map(|name| fork.patch_file(name)), "patches below keep their text");
    let tip = fork.tip("fork");
    let report = refresh(&fork, None, &[]).unwrap();
    assert!(report.done.contains("nothing"), "{}", report.done);
    assert_eq!(fork.tip("fork"), tip);
    for _ in 0..2 {
        undo(&fork.open(), 9).unwrap();
    }
    check(&fork, 4);
    assert!(!fork.patch_file("d").contains("+top"));
}

#[test]
fn edits_go_into_a_patch_further_down_and_the_worktree_stays() {
    let fork = fork();
    replace(&fork, "a.txt", "line 20\n", "for a\n");
    refresh(&fork, Some("a"), &[]).unwrap();
    check(&fork, 4);
    fork.check();
    assert!(fork.patch_file("a").contains("+for a") && !fork.patch_file("d").contains("for a"));
    let error = refresh(&fork, Some("zz"), &[]).unwrap_err().to_string();
    assert!(error.contains("zz"), "{error}");
    // What `b` wrote cannot go in front of it.
    replace(&fork, "a.txt", "b\n", "B\n");
    let before = (fork.snapshot(), crate::support::files_below(&tree(&fork)));
    let error = refresh(&fork, Some("a"), &[]).unwrap_err().to_string();
    assert!(error.contains("a.txt") || error.contains('b'), "{error}");
    assert_eq!((fork.snapshot(), crate::support::files_below(&tree(&fork))), before);
    refresh(&fork, Some("b"), &[]).unwrap();
    check(&fork, 4);
    fork.check();
    go(&fork, Target::Patch("a".into())).unwrap();
    replace(&fork, "a.txt", "line 9\n", "nine\n");
    let error = refresh(&fork, Some("c"), &[]).unwrap_err().to_string();
    assert!(error.contains("c is not applied"), "{error}");
}

#[test]
fn paths_choose_what_is_taken() {
    let fork = fork();
    replace(&fork, "a.txt", "line 20\n", "taken\n");
    write(&fork, "dir/c.txt", "left\n");
    write(&fork, "unknown", "left too\n");
    assert!(refresh(&fork, None, &["unknown"]).unwrap_err().hint().unwrap().contains("git add"));
    assert!(refresh(&fork, None, &["../other"]).is_err());
    refresh(&fork, None, &["a.txt"]).unwrap();
    fork.check_branch();
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), " M dir/c.txt\n?? unknown");
    assert!(fork.patch_file("d").contains("+taken") && !fork.patch_file("d").contains("left"));
    refresh(&fork, Some("b"), &["dir"]).unwrap();
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "?? unknown");
    assert!(fork.patch_file("b").contains("+left"));
    fork.check();
}

#[test]
fn what_conflicts_above_an_edit_is_held_and_comes_back() {
    let fork = fork();
    go(&fork, Target::Patch("a".into())).unwrap();
    replace(&fork, "a.txt", "line 6\n", "six\n");
    let report = refresh(&fork, None, &[]).unwrap();
    assert_eq!(report.held.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["b"]);
    assert_eq!(top(&fork), "a");
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
    fork.check_branch();
    assert_eq!(at(&fork).unapplied.len(), 2, "a held patch is not in the way of those above");
    replace(&fork, "a.txt", "six\n", "line 6\n");
    let report = refresh(&fork, None, &[]).unwrap();
    assert!(report.held.is_empty());
    assert_eq!(fork.status().summary.held, 0, "taken back, it applies again");
    fork.check();
    go(&fork, Target::End).unwrap();
    check(&fork, 4);
}

#[test]
fn a_new_patch_stands_where_the_worktree_stands() {
    let fork = fork();
    let patch = |name: &str| NewPatch {
        name: name.to_owned(),
        message: None,
        author: Author { name: "A".into(), email: "a@example.com".into() },
        date: Date { seconds: 1_700_000_000, offset: "+0100".into() },
        after: None,
    };
    go(&fork, Target::Patch("b".into())).unwrap();
    replace(&fork, "a.txt", "line 20\n", "later\n");
    amend::new(&fork.open(), &patch("team/fresh"), &which(&fork), 5, &Silent).unwrap();
    assert_eq!(top(&fork), "team/fresh");
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), " M a.txt", "edits are still there");
    fork.check();
    refresh(&fork, None, &[]).unwrap();
    check(&fork, 3);
    fork.check();
    assert!(fork.patch_file("team/fresh").contains("+later"));
    go(&fork, Target::End).unwrap();
    amend::new(&fork.open(), &patch("last"), &which(&fork), 5, &Silent).unwrap();
    check(&fork, 6);
    assert_eq!(in_tree(&fork, &["symbolic-ref", "HEAD"]), "refs/heads/fork");
    for (bad, words) in [("last", "already"), ("LAST", "already"), ("../x", "cannot name"), ("", "cannot name")] {
        let error = amend::new(&fork.open(), &patch(bad), &which(&fork), 5, &Silent).unwrap_err().to_string();
        assert!(error.contains(words), "{bad}: {error}");
    }
    let after = NewPatch { after: Some("a".into()), ..patch("second") };
    amend::new(&fork.open(), &after, &Which { here: fork.dir().to_owned(), named: None }, 5, &Silent).unwrap();
    let order: Vec<String> = fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect();
    assert_eq!(order, ["a", "second", "b", "team/fresh", "c", "d", "last"]);
    fork.check();
    assert_eq!(in_tree(&fork, &["status", "--porcelain"]), "");
}

#[test]
fn a_worktree_at_a_patch_follows_edits_of_the_queue() {
    let fork = fork();
    go(&fork, Target::Patch("c".into())).unwrap();
    edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["b"]), 1, &Silent).unwrap();
    check(&fork, 2);
    assert_eq!(top(&fork), "c");
    edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["c"]), 1, &Silent).unwrap();
    check(&fork, 1);
    assert_eq!(top(&fork), "a", "the next one below");
    let before = fork.snapshot();
    replace(&fork, "a.txt", "line 20\n", "mine\n");
    assert!(
        edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["d"]), 1, &Silent).is_err(),
        "edits are in the way"
    );
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn an_unmerged_worktree_is_refused() {
    let fork = fork();
    in_tree(&fork, &["checkout", "-q", "-b", "side", "fork~3"]);
    replace(&fork, "a.txt", "a\n", "other\n");
    in_tree(&fork, &["-c", "user.name=x", "-c", "user.email=y", "commit", "-qam", "other"]);
    in_tree(&fork, &["checkout", "-q", "fork"]);
    assert!(!crate::support::git_succeeds(&tree(&fork), &["cherry-pick", "side"]));
    let before = fork.snapshot();
    assert!(refresh(&fork, None, &[]).is_err());
    assert!(go(&fork, Target::Pop(1)).is_err());
    assert_eq!(fork.snapshot(), before);
}

fn order(fork: &Fork, name: &str) -> Vec<String> {
    let text = fork.patch_file(name);
    let heads = text.lines().filter_map(|line| line.strip_prefix("diff --git a/"));
    heads.map(|head| head.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn the_files_of_a_patch_keep_their_order_and_new_ones_come_last() {
    let fork = fork();
    assert_eq!(order(&fork, "d"), ["b.txt", "new/deep", "run.sh"]);
    let text = fork.patch_file("d");
    let parts: Vec<&str> = text.split_inclusive('\n').collect();
    let starts: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].starts_with("diff --git")).collect();
    let section = |nth: usize| parts[starts[nth]..starts.get(nth + 1).copied().unwrap_or(parts.len())].concat();
    let turned = [parts[..starts[0]].concat(), section(2), section(0), section(1)].concat();
    std::fs::write(fork.queue().join("patches/d.patch"), turned).unwrap();
    replace(&fork, "new/deep", "new\n", "newer\n");
    replace(&fork, "a.txt", "line 20\n", "twenty\n");
    refresh(&fork, None, &[]).unwrap();
    assert_eq!(order(&fork, "d"), ["run.sh", "b.txt", "new/deep", "a.txt"]);
    check(&fork, 4);
    fork.check();
    // So they do where a patch is carried to another release.
    fork.on("main").edit("a.txt", "line 19\n", "nineteen\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.checked_rebase("v1.1.0");
    assert_eq!(order(&fork, "d"), ["run.sh", "b.txt", "new/deep", "a.txt"]);
}

/// Also where the files of the patch are in git's order, in which a new one would not stand last.
#[test]
fn a_new_file_does_not_come_between_others() {
    let fork = fork();
    replace(&fork, "a.txt", "line 20\n", "twenty\n");
    refresh(&fork, None, &[]).unwrap();
    assert_eq!(order(&fork, "d"), ["b.txt", "new/deep", "run.sh", "a.txt"]);
    fork.check();
}
