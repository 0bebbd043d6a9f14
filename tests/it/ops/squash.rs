//! Patches that become one, one that becomes two, and texts that go into the top patch.

use std::path::PathBuf;

use bstr::BString;
use pq::model::Silent;
use pq::ops::chosen::Chosen;
use pq::ops::edit::EditReport;
use pq::ops::fold::fold;
use pq::ops::position::{self, Edits, Target, Which};
use pq::ops::split::{self, split};
use pq::ops::squash::squash;
use pq::ops::undo;

use super::outcomes::base;
use super::selectors::queue;
use crate::support::{Fork, git};

fn squash_patches(fork: &Fork, names: &[&str], new: Option<&str>) -> pq::Result<EditReport> {
    squash(&fork.open(), &Chosen::of(names), new, 1, &Silent)
}

fn order(fork: &Fork) -> String {
    fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect::<Vec<_>>().join(" ")
}

fn tree(fork: &Fork) -> pq::model::Oid {
    fork.tree(fork.tip("fork"))
}

#[test]
fn several_become_one_and_the_tree_stays() {
    let fork = queue();
    let before = tree(&fork);
    let report = squash_patches(&fork, &["a..c"], Some("lines")).unwrap();
    assert_eq!((report.patches[0].as_str(), order(&fork).as_str()), ("lines", "lines d fix-one fix-two"));
    assert_eq!(tree(&fork), before);
    fork.check();
    assert_eq!(fork.git(&["log", "-1", "--format=%B", "fork~3"]), "A\n\nB\n\nC");
    let author = "--format=%an <%ae> %ad";
    assert_eq!(fork.git(&["log", "-1", author, "fork~3"]), fork.git(&["log", "-1", author, "ours~5"]));
    let files = |names: &[&str]| {
        names.iter().map(|it| fork.queue().join(format!("patches/{it}.patch")).exists()).collect::<Vec<_>>()
    };
    assert_eq!(files(&["lines", "a", "b", "c"]), [true, false, false, false]);
    undo::undo(&fork.open(), 2).unwrap();
    assert_eq!(order(&fork), "a b c d fix-one fix-two");
    fork.check();
}

#[test]
fn what_stands_between_goes_behind_or_in_front() {
    let fork = queue();
    let before = tree(&fork);
    squash_patches(&fork, &["c", "fix-two"], None).unwrap();
    assert_eq!((order(&fork).as_str(), tree(&fork)), ("a b c d fix-one", before));
    fork.check();
    // `b` needs `a`, and `c` needs `b`: with `a` at the place of `c` it fits nowhere.
    let error = squash_patches(&fork, &["a", "c"], None).unwrap_err().to_string();
    assert!(error.contains("c needs b"), "{error}");
    // `c` needs `b`, so `d` and `c` come together behind it.
    pq::ops::edit::move_to(&fork.open(), &Chosen::of(&["d"]), &pq::ops::edit::Target::First, 1, &Silent).unwrap();
    squash_patches(&fork, &["d", "c"], Some("both")).unwrap();
    assert_eq!((order(&fork).as_str(), tree(&fork)), ("a b both fix-one", before));
    fork.check();
}

#[test]
fn metadata_is_joined_and_references_follow() {
    let fork = queue();
    let ids = ["1".repeat(40), "2".repeat(40)];
    fork.set_meta("d", &format!("upstream = [\"{}\"]\ntopic = \"t\"\nreason = \"one\"\ndrop-after = \"v9\"", ids[0]));
    fork.set_meta("fix-one", &format!("upstream = [\"{}\"]\ncve = [\"CVE-2024-1\"]\nreason = \"two\"", ids[1]));
    fork.set_meta("fix-two", "requires = [\"fix-one\", \"d\"]");
    squash_patches(&fork, &["d", "fix-one"], Some("both")).unwrap();
    fork.check();
    let bench = fork.open();
    let meta = &bench.manifest().patch("both").unwrap().meta;
    assert_eq!(
        (meta.upstream(), meta.topic.as_deref(), meta.reason.as_deref()),
        (&ids[..], Some("t"), Some("one; two"))
    );
    assert_eq!((meta.cve.len(), &meta.drop_after), (1, &None));
    let requires = &bench.manifest().patch("fix-two").unwrap().meta.requires;
    assert_eq!(requires.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["both"]);
}

#[test]
fn one_patch_or_a_taken_name_is_no_squash() {
    let fork = queue();
    let before = fork.snapshot();
    assert!(squash_patches(&fork, &["a"], None).unwrap_err().to_string().contains("at least two"));
    assert!(
        squash_patches(&fork, &["a", "b"], Some("d")).unwrap_err().to_string().contains("there is a patch named d")
    );
    assert!(squash_patches(&fork, &["a", "b"], Some("..")).is_err());
    assert_eq!(fork.snapshot(), before);
    squash_patches(&fork, &["a", "b"], Some("b")).unwrap();
    assert_eq!(order(&fork), "b c d fix-one fix-two");
    fork.check();
}

fn parts(name: &str, into: &str, files: &[&str], hunks: &[(&str, usize)], before: bool) -> split::Options {
    split::Options {
        name: name.into(),
        into: into.into(),
        files: files.iter().map(|path| BString::from(*path)).collect(),
        hunks: hunks.iter().map(|(path, n)| (BString::from(*path), *n)).collect(),
        before,
        message: None,
        topic: None,
        when: 1,
    }
}

/// One patch with two hunks in `a.txt`, a rename with an edit, a new file and a mode.
fn wide() -> Fork {
    let fork = base();
    let work = fork.on("ours").edit("a.txt", "line 5\n", "five\n").edit("a.txt", "line 30\n", "thirty\nmore\n");
    let work = work.rename("b.txt", "c.txt").edit("c.txt", "line 9\n", "nine\n").write("new", "new\n");
    work.mode("run.sh", pq::model::Mode::Executable).commit("Wide\n\nWhy it is wide.");
    fork.on("ours").edit("a.txt", "line 20\n", "twenty\n").commit("Above");
    fork.init("v1.0.0", "ours");
    fork
}

#[test]
fn a_patch_is_split_by_files_and_by_hunks() {
    for before in [false, true] {
        for (files, hunks) in [
            (&["new", "run.sh"][..], &[][..]),
            (&["c.txt"], &[]),
            (&[], &[("a.txt", 1)]),
            (&[], &[("a.txt", 2)]),
            (&["new"], &[("a.txt", 2), ("c.txt", 1)]),
        ] {
            let fork = wide();
            let (tip, untouched) = (tree(&fork), fork.patch_file("above"));
            split(&fork.open(), &parts("wide", "part", files, hunks, before), &Silent).unwrap();
            let names = if before { "part wide above" } else { "wide part above" };
            assert_eq!((order(&fork).as_str(), tree(&fork)), (names, tip), "{files:?} {hunks:?}");
            assert_eq!(fork.patch_file("above"), untouched);
            fork.check();
            let touched = fork.open();
            let touched = pq::ops::look::files(&touched, &Chosen::of(&["part"])).unwrap().files;
            for path in files.iter().chain(hunks.iter().map(|(path, _)| path)) {
                assert!(touched.contains_key(*path), "{path}: {touched:?}");
            }
            let other = fork.git(&["log", "-1", "--format=%an %ad %s", if before { "fork~2" } else { "fork~1" }]);
            assert_eq!(other, fork.git(&["log", "-1", "--format=%an %ad part", "ours~1"]));
        }
    }
}

#[test]
fn what_is_not_there_is_not_split_off() {
    let fork = wide();
    let before = fork.snapshot();
    for (options, words) in [
        (parts("wide", "part", &["b"], &[], false), "wide touches no file b"),
        (parts("wide", "part", &[], &[("a.txt", 3)], false), "wide has 2 hunks in a.txt, not 3"),
        (parts("wide", "part", &["a.txt", "c.txt", "new", "run.sh"], &[], false), "that is all that wide does"),
        (parts("wide", "above", &["new"], &[], false), "there is a patch named above"),
    ] {
        let error = split(&fork.open(), &options, &Silent).unwrap_err();
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{error}");
    }
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn texts_that_stay_keep_their_bytes() {
    let fork = wide();
    let texts = |name: &str| fork.patch_file(name);
    let before = texts("wide");
    split(&fork.open(), &parts("wide", "part", &["new"], &[], false), &Silent).unwrap();
    let head = |text: &str| text[..text.find("diff --git").unwrap()].to_owned();
    assert_eq!(head(&texts("wide")), head(&before), "the header keeps its bytes");
    squash_patches(&fork, &["wide", "part"], None).unwrap();
    let sections = |text: &str| text[text.find("diff --git").unwrap()..].to_owned();
    let sorted = |text: &str| {
        let mut all: Vec<String> = sections(text).split("diff --git").map(str::to_owned).collect();
        all.sort();
        all
    };
    assert_eq!(sorted(&texts("wide")), sorted(&before), "there and back again");
}

#[test]
fn a_text_is_folded_into_the_top_as_git_applies_it() {
    let fork = queue();
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let directory: PathBuf = fork.dir().join("tree");
    let which = Which { here: directory.clone(), named: None };
    position::go(&fork.open(), &which, &Target::Patch("d".into()), Edits::Refuse, &Silent).unwrap();
    // Made two lines further up: it applies with an offset.
    let text = "From: X <x@example.com>\nSubject: other words\n\n---\ndiff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n\
                @@ -33,3 +33,4 @@\n line 35\n line 36\n+folded\n line 37\ndiff --git a/new b/new\nnew file mode 100755\n\
                --- /dev/null\n+++ b/new\n@@ -0,0 +1 @@\n+new\n";
    std::fs::write(fork.dir().join("text"), text).unwrap();
    let oracle = fork.dir().join("oracle");
    fork.git(&["worktree", "add", "-q", "--detach", oracle.to_str().unwrap(), "fork~2"]);
    git(&oracle, &["apply", "--index", "../text"]);
    let expected = git(&oracle, &["write-tree"]);
    fork.git(&["worktree", "remove", "--force", "../oracle"]);
    let mut bench = fork.open();
    bench.which = Some(which.clone());
    let report = fold(&bench, ("text", &text.into()), 1, &Silent).unwrap();
    drop(bench);
    assert_eq!((report.done.as_str(), report.held.len()), ("fold text into d", 0));
    assert_eq!(git(&directory, &["rev-parse", "HEAD^{tree}"]), expected);
    assert_eq!(git(&directory, &["status", "--porcelain"]), "");
    assert_eq!(fork.git(&["log", "-1", "--format=%an %s", "fork~2"]), "A U Thor D");
    fork.check();
    for (text, words) in [
        ("hello\n", "line"),
        ("diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-nobody\n+x\n", "text:1: a.txt"),
        ("Subject: no diff\n\nWords.\n", "text"),
    ] {
        let error = fold(&fork.open(), ("text", &text.into()), 1, &Silent).unwrap_err();
        assert!(error.to_string().contains(words) && error.hint().is_some(), "{error}");
    }
}
