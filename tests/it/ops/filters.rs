//! Contents as a worktree shows them: what `git checkout` of the same commits leaves in another worktree is the oracle.

use std::collections::BTreeMap;
use std::path::PathBuf;

use pq::model::{Mode, Silent};
use pq::ops::{rebase, undo};

use super::outcomes::{base, release};
use crate::support::{Fork, Pq, files_below, git, lines};

const ATTRIBUTES: &str = "* text=auto\n*.crlf text eol=crlf\n*.lf text eol=lf\n*.raw -text\n*.id ident\n*.rot filter=rot\n*.proc filter=nobody\n\
    *.le text working-tree-encoding=UTF-16LE eol=crlf\n*.be text working-tree-encoding=UTF-16BE eol=lf\n\
    *.u16 text working-tree-encoding=UTF-16\n*.latin text working-tree-encoding=ISO-8859-1 eol=lf\n";

const FILES: [&str; 11] =
    ["a.auto", "a.crlf", "a.lf", "a.raw", "a.id", "a.rot", "a.proc", "a.le", "a.be", "a.u16", "a.latin"];

fn content(file: &str, version: &str) -> String {
    format!("$Id$\n$Id:\n$Idle $Id$\nthe {version} caf\u{e9}\n{}of {file}\n", lines(8))
}

/// v1.1.0 has attributes and files of all kinds, v1.2.0 changes all files, v1.3.0 the attributes as well, and v1.4.0 has hardly any. Files that
/// do not change keep their attributes: git, too, writes only what changes, and would find the others changed.
fn fork() -> Fork {
    let fork = base();
    let write = |attributes: Option<&str>, version: &str| {
        let mut work = fork.on("main");
        work = match attributes {
            Some(attributes) => work.write(".gitattributes", attributes).write("sub/.gitattributes", "*.lf eol=crlf\n"),
            None => work.write(".gitattributes", "* text=auto\n").remove("sub/.gitattributes"),
        };
        for file in FILES {
            work = work.write(file, content(file, version)).write(&format!("sub/{file}"), content(file, version));
        }
        work = work.mode("a.lf", if version == "v1.2.0" { Mode::Executable } else { Mode::Regular });
        work.symlink("link", if version == "v1.2.0" { "a.lf" } else { "a.raw" }).commit(version);
        release(&fork, version);
    };
    write(Some(ATTRIBUTES), "v1.1.0");
    write(Some(ATTRIBUTES), "v1.2.0");
    write(Some("* text=auto\n*.auto -text\n*.raw text eol=crlf\n*.rot text\n*.lf ident filter=rot\n"), "v1.3.0");
    write(None, "v1.4.0");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.init("v1.0.0", "ours");
    fork
}

fn files(dir: PathBuf) -> BTreeMap<String, Vec<u8>> {
    files_below(&dir).into_iter().filter(|(path, _)| path != ".git").collect()
}

/// Carries the queue from release to release, and back by undo. A sibling worktree makes the same way by `git checkout`.
fn check(config: &[(&str, &str)]) {
    let fork = fork();
    for (key, value) in config {
        fork.git(&["config", key, value]);
    }
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    // On a branch of its own: pq leaves it alone.
    fork.git(&["worktree", "add", "-q", "-b", "oracle", "../oracle", "fork"]);
    let compare = |what: &str| {
        git(&fork.dir().join("oracle"), &["checkout", "-q", "-B", "oracle", "fork"]);
        let (found, wanted) = (files(fork.dir().join("tree")), files(fork.dir().join("oracle")));
        let differ: Vec<_> =
            wanted.keys().chain(found.keys()).filter(|path| found.get(*path) != wanted.get(*path)).collect();
        assert!(
            differ.is_empty(),
            "{what}, {config:?}: {differ:?}\n{:?}\n{:?}",
            differ.first().map(|path| String::from_utf8_lossy(&found[*path]).into_owned()),
            differ.first().map(|path| String::from_utf8_lossy(&wanted[*path]).into_owned())
        );
        for tree in ["tree", "oracle"] {
            let dir = fork.dir().join(tree);
            assert_eq!(git(&dir, &["status", "--porcelain"]), "", "{what}, {config:?}: {tree}");
            // Not by the times of the files alone.
            git(&dir, &["update-index", "-q", "--really-refresh"]);
            assert_eq!(git(&dir, &["status", "--porcelain"]), "", "{what}, {config:?}: {tree}, read again");
        }
    };
    for release in ["v1.1.0", "v1.2.0", "v1.3.0", "v1.2.0", "v1.4.0", "v1.2.0"] {
        fork.rebase(release);
        compare(release);
    }
    for _ in 0..2 {
        undo::undo(&fork.open(), 9).unwrap();
        compare("undo");
    }
}

const ROT: [(&str, &str); 2] = [("filter.rot.smudge", "tr a-z n-za-m"), ("filter.rot.clean", "tr n-za-m a-z")];

#[test]
fn files_are_those_of_a_checkout() {
    check(&ROT);
}

#[test]
fn no_filter_that_nobody_defines_is_run() {
    check(&[]);
}

#[test]
fn the_users_line_ends_count() {
    check(&[&ROT[..], &[("core.autocrlf", "true")]].concat());
    check(&[("core.eol", "crlf"), ("core.safecrlf", "true")]);
    check(&[("core.autocrlf", "input")]);
}

#[test]
fn file_systems_without_modes_and_symlinks() {
    check(&[("core.symlinks", "false"), ("core.fileMode", "false")]);
}

#[test]
fn a_filter_that_fails_stands_in_the_way_before_anything_is_written() {
    let fork = fork();
    fork.rebase("v1.1.0");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.git(&["config", "filter.rot.smudge", "exit 3"]);
    fork.git(&["config", "filter.rot.required", "true"]);
    let state = || (fork.snapshot(), files(fork.dir().join("tree")));
    let before = state();
    let error = rebase::rebase(&fork.open(), &fork.options("v1.2.0", rebase::Mode::Write), &Silent).unwrap_err();
    assert!(error.to_string().contains("a.rot"), "{error}");
    assert!(error.hint().is_some());
    assert_eq!(state(), before);
    fork.git(&["config", "filter.rot.required", "false"]);
    fork.rebase("v1.2.0");
    let text = std::fs::read_to_string(fork.dir().join("tree/a.rot")).unwrap();
    assert_eq!(text, content("a.rot", "v1.2.0"), "as git does with a filter that may fail");
}

#[test]
fn an_encoding_that_cannot_be_written_stands_in_the_way() {
    let fork = base();
    let attributes = "*.odd text working-tree-encoding=UTF-16LE-BOM\n";
    fork.on("main").write(".gitattributes", attributes).write("x.odd", "1\n").commit("odd");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("b.txt", "line 5\n", "ours 5\n").commit("Five");
    fork.init("v1.0.0", "ours");
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let before = fork.snapshot();
    let error = rebase::rebase(&fork.open(), &fork.options("v1.1.0", rebase::Mode::Write), &Silent).unwrap_err();
    assert!(error.to_string().contains("UTF-16LE-BOM"), "{error}");
    assert_eq!(fork.snapshot(), before);
}

/// Through the program, with filters and line ends from the user's own file.
#[test]
fn the_users_global_configuration_counts() {
    let fork = fork();
    let config = fork.dir().join("gitconfig");
    std::fs::write(
        &config,
        "[filter \"rot\"]\n\tsmudge = tr a-z n-za-m\n\tclean = tr n-za-m a-z\n[core]\n\tautocrlf = true\n",
    )
    .unwrap();
    let config = config.to_str().unwrap();
    let pq = Pq::new().env("GIT_CONFIG_GLOBAL", config);
    let add = |name: &str| {
        let mut git = std::process::Command::new("git");
        git.args(["worktree", "add", "-q", "-b", &format!("at{}", name.trim_start_matches("..")), name, "fork"])
            .current_dir(fork.upstream());
        assert!(git.env("GIT_CONFIG_GLOBAL", config).env("GIT_CONFIG_NOSYSTEM", "1").status().unwrap().success());
    };
    add("../tree");
    fork.git(&["-C", "../tree", "-c", "core.autocrlf=true", "switch", "-q", "fork"]);
    for release in ["v1.1.0", "v1.2.0"] {
        pq.ok(&["--queue", fork.queue().to_str().unwrap(), "rebase", release]);
        add(&format!("../{release}"));
        assert!(files(fork.dir().join("tree")) == files(fork.dir().join(release)), "{release}");
    }
    let text = std::fs::read_to_string(fork.dir().join("tree/a.rot")).unwrap();
    assert!(text.contains("gur i1.2.0") && text.contains("\r\n"), "{text}");
}

/// What a person has changed is seen through the conversions, when a patch is settled too.
#[test]
fn a_conflict_is_settled_in_converted_files() {
    let fork = Fork::new();
    let start = fork.on("main").write(".gitattributes", "*.rot filter=rot text eol=crlf\n").write("a.rot", lines(20));
    let start = start.commit("start");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    fork.on("ours").edit("a.rot", "line 5\n", "ours 5\n").commit("Five");
    fork.on("main").edit("a.rot", "line 5\n", "theirs 5\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    ROT.iter().for_each(|(key, value)| drop(fork.git(&["config", key, value])));
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    fork.rebase("v1.1.0");
    let tree = fork.dir().join("tree");
    let which = pq::ops::position::Which { here: tree.clone(), named: Some(tree.clone()) };
    pq::ops::resolve::start(&fork.open(), "five", &which, &Silent).unwrap();
    let text = std::fs::read_to_string(tree.join("a.rot")).unwrap();
    assert!(text.contains("bhef 5\r\n") && text.contains("gurvef 5\r\n"), "{text}");
    std::fs::write(
        tree.join("a.rot"),
        lines(20).replace("line 5\n", "both 5\n").replace("line", "yvar").replace("both", "obgu"),
    )
    .unwrap();
    assert!(pq::ops::resolve::done(&fork.open(), 1, &Silent).is_err(), "it is not in the index");
    git(&tree, &["add", "a.rot"]);
    pq::ops::resolve::done(&fork.open(), 1, &Silent).unwrap();
    assert!(fork.content(fork.tip("fork"), "a.rot").contains("both 5\n"));
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    let text = std::fs::read_to_string(tree.join("a.rot")).unwrap();
    assert!(text.contains("obgu 5\nyvar"), "what a person wrote stays: {text}");
}
