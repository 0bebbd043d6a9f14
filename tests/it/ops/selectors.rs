//! How patches are named, and what goes with those that are chosen.

use pq::model::Silent;
use pq::ops::chosen::{Chosen, Dependents};
use pq::ops::diff;
use pq::ops::edit;
use pq::ops::position::{self, Edits, Which};
use pq::ops::undo;

use super::outcomes::{base, release};
use crate::support::{Fork, git};

/// `b` stands on `a`, `c` on `b`; `d` and `fix-one` and `fix-two` on nobody.
pub fn queue() -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a\n").edit("b.txt", "line 30\n", "a\n").commit("A");
    fork.on("ours").edit("a.txt", "a\nline 6\n", "a\nb\n").edit("b.txt", "a\n", "b\n").commit("B");
    fork.on("ours").edit("a.txt", "b\nline 7\n", "b\nc\n").commit("C");
    fork.on("ours").edit("b.txt", "line 5\n", "d\nd\n").commit("D");
    fork.on("ours").edit("b.txt", "line 15\n", "one\n").commit("Fix one");
    fork.on("ours").edit("b.txt", "line 20\n", "two\n").commit("Fix two");
    fork.init("v1.0.0", "ours");
    fork
}

fn one(fork: &Fork, text: &str) -> Result<String, String> {
    fork.open().patch(text).map(|patch| patch.name.to_string()).map_err(|error| error.to_string())
}

fn many(fork: &Fork, texts: &[&str], topics: &[&str]) -> String {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let names = fork.open().select(&owned(texts), &owned(topics));
    names.map_or_else(|error| format!("error: {error}"), |names| joined(&names))
}

fn joined(names: &[pq::model::PatchName]) -> String {
    names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn one_patch_is_named_in_many_ways() {
    let fork = queue();
    for (text, name) in [
        ("a", "a"),
        ("fix-o", "fix-one"),
        ("3", "c"),
        ("@top", "fix-two"),
        ("@top^", "fix-one"),
        ("^", "fix-one"),
        ("~5", "a"),
        ("c^", "b"),
        ("c^^", "a"),
        ("fix-t~3", "c"),
        ("6^", "fix-one"),
    ] {
        assert_eq!(one(&fork, text).as_deref(), Ok(name), "{text}");
    }
    for (text, words) in [
        ("fix", "could be fix-one or fix-two"),
        ("7", "there is no patch 7: the series has 6"),
        ("0", "no patch is named"),
        ("c~3", "is below the first patch: only 2 are below c"),
        ("a..c", "names several patches"),
        ("", "no patch is named"),
        ("zzz^", "no patch is named \"zzz\""),
    ] {
        let error = one(&fork, text).unwrap_err();
        assert!(error.contains(words), "{text}: {error}");
    }
    let hint = fork.open().patch("fixone").unwrap_err().hint().unwrap();
    assert!(hint.contains("did you mean fix-one"), "{hint}");
    // A patch of that very name goes before the number.
    edit::rename(&fork.open(), "d", "3", 1).unwrap();
    assert_eq!(one(&fork, "3").as_deref(), Ok("3"));
    edit::rename(&fork.open(), "3", "0002-d", 1).unwrap();
    assert_eq!(one(&fork, "0002").as_deref(), Ok("0002-d"), "a zero in front: no number");
    assert_eq!(one(&fork, "2").as_deref(), Ok("b"));
}

#[test]
fn the_top_is_that_of_the_worktree() {
    let fork = queue();
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let which = Which { here: fork.dir().join("tree"), named: None };
    position::go(&fork.open(), &which, &position::Target::Patch("c".into()), Edits::Refuse, &Silent).unwrap();
    let mut bench = fork.open();
    assert_eq!(bench.patch("@top").unwrap().name.as_str(), "fix-two", "no worktree is meant");
    bench.which = Some(which.clone());
    assert_eq!((bench.patch("@top").unwrap().name.as_str(), bench.patch("^").unwrap().name.as_str()), ("c", "b"));
    git(&which.here, &["checkout", "-q", "v1.0.0"]);
    assert!(bench.patch("@top").unwrap_err().to_string().contains("no patch is applied"));
    git(&which.here, &["checkout", "-q", "-b", "elsewhere"]);
    assert_eq!(bench.patch("@top").unwrap().name.as_str(), "fix-two", "a branch of somebody else is no place");
}

#[test]
fn several_patches() {
    let fork = queue();
    fork.set_meta("a", "topic = \"lines\"");
    fork.set_meta("fix-one", "topic = \"fixes\"");
    fork.set_meta("fix-two", "topic = \"fixes\"");
    for (texts, topics, names) in [
        (&["b..d"][..], &[][..], "b c d"),
        (&["..b"], &[], "a b"),
        (&["fix-o.."], &[], "fix-one fix-two"),
        (&["2..3", "a", "b"], &[], "b c a"),
        (&[".."], &[], "a b c d fix-one fix-two"),
        (&["^..@top"], &[], "fix-one fix-two"),
        (&["d"], &["fixes"], "d fix-one fix-two"),
        (&[], &["fixs"], "error: no patch has the topic \"fixs\""),
        (&["d..b"], &[], "error: \"d..b\" is empty: b comes before d in the series"),
        (&["a..zzz"], &[], "error: no patch is named \"zzz\""),
    ] {
        assert_eq!(many(&fork, texts, topics), names, "{texts:?} {topics:?}");
    }
}

pub fn order(fork: &Fork) -> String {
    let names: Vec<_> = fork.open().manifest().patches.iter().map(|patch| patch.name.clone()).collect();
    joined(&names)
}

pub fn with_dependents(names: &[&str]) -> Chosen {
    Chosen { dependents: Dependents::Take, ..Chosen::of(names) }
}

#[test]
fn a_refusal_names_every_line_and_dependents_go_along_if_asked() {
    let fork = queue();
    let before = fork.snapshot();
    let error = edit::drop(&fork.open(), &Chosen::of(&["a"]), 1, &Silent).unwrap_err();
    assert!(error.to_string().contains("b needs a (line 5 of a.txt; line 30 of b.txt)"), "{error}");
    assert!(error.hint().unwrap().contains("--with-dependents"));
    assert_eq!(fork.snapshot(), before);
    let report = edit::drop(&fork.open(), &with_dependents(&["a"]), 1, &Silent).unwrap();
    assert_eq!((joined(&report.patches).as_str(), order(&fork).as_str()), ("a b c", "d fix-one fix-two"));
    assert!(report.held.is_empty());
    fork.check();
    undo::undo(&fork.open(), 2).unwrap();
    assert_eq!(fork.snapshot().files, before.files);
}

#[test]
fn stated_needs_of_held_patches_go_along_too() {
    let fork = queue();
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.set_meta("fix-one", "requires = [\"d\"]");
    fork.checked_rebase("v1.1.0");
    assert!(fork.open().manifest().held().count() >= 2);
    assert!(edit::drop(&fork.open(), &Chosen::of(&["d"]), 1, &Silent).is_err());
    let report = edit::drop(&fork.open(), &with_dependents(&["d"]), 1, &Silent).unwrap();
    assert_eq!(joined(&report.patches), "d fix-one");
    fork.check();
}

#[test]
fn differences_are_patches_that_git_applies() {
    let fork = queue();
    fork.set_meta("fix-two", "topic = \"t\"");
    fork.set_meta("d", "topic = \"t\"");
    let text = |chosen: &Chosen| diff::patches(&fork.open(), chosen, &Silent).unwrap().text.to_string();
    assert_eq!(text(&Chosen::of(&["b..c"])), format!("{}\n", fork.git(&["diff", "--full-index", "fork~5", "fork~3"])));
    assert_eq!(text(&Chosen::default()), format!("{}\n", fork.git(&["diff", "--full-index", "v1.0.0", "fork"])));
    let topic = text(&Chosen { topics: vec!["t".into()], ..Chosen::default() });
    let lines = |sign: char| topic.lines().filter(|line| line.starts_with(sign) && !line.starts_with("+++")).count();
    assert_eq!((lines('+'), topic.contains("+d\n+d\n") && topic.contains("+two\n")), (3, true), "{topic}");
    let error = diff::patches(&fork.open(), &Chosen::of(&["a", "c"]), &Silent).unwrap_err().to_string();
    assert!(error.contains("c changes what patches between them wrote: a.txt"), "{error}");
    // Since an operation, by how many it is ago and by its id.
    edit::drop(&fork.open(), &Chosen::of(&["d"]), 1, &Silent).unwrap();
    edit::rename(&fork.open(), "c", "cc", 2).unwrap();
    let log = undo::log(&fork.open()).unwrap();
    let since = |operation: &str| diff::since(&fork.open(), operation, &Silent).map(|report| report.text.to_string());
    assert_eq!((since("0").unwrap(), since("1").unwrap()), (String::new(), String::new()), "a rename changes no file");
    assert!(since("2").unwrap().contains("-d\n-d\n+line 5\n"));
    assert!(since(&log.operations[0].id.short()).unwrap().is_empty());
    assert!(since("9").is_err() && since("ffffffff").is_err());
}
