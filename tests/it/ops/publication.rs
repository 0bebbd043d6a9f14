//! The line on a remote: a bare repository beside the fork.

use pq::model::{Oid, Silent};
use pq::ops::publication::{Options, PublishReport, publish};
use pq::ops::undo::undo;

use super::outcomes::{base, release};
use crate::support::{Fork, git};

/// A queue of two patches, and a remote `origin`. The second one conflicts with v1.1.0.
fn fork(keys: &str) -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a\n").commit("A");
    fork.on("ours").edit("b.txt", "line 5\n", "b\n").commit("B");
    fork.on("main").edit("a.txt", "line 30\n", "theirs\n").commit("Upstream");
    release(&fork, "v1.0.1");
    fork.on("main").edit("b.txt", "line 5\n", "theirs\n").commit("More");
    release(&fork, "v1.1.0");
    fork.init("v1.0.0", "ours");
    git(fork.dir(), &["init", "-q", "--bare", "origin.git"]);
    fork.git(&["remote", "add", "origin", "../origin.git"]);
    fork.git(&["remote", "set-url", "origin", &fork.dir().join("origin.git").display().to_string()]);
    fork.edit_manifest(|text| text.replace("[line]\n", &format!("[line]\n{keys}")));
    fork
}

fn options() -> Options {
    Options {
        remote: Some("origin".into()),
        allow_held: false,
        tag: true,
        replace: None,
        dry_run: false,
        when: 1_700_000_000,
    }
}

fn published(fork: &Fork) -> PublishReport {
    publish(&fork.open(), &options(), &Silent).unwrap()
}

fn refused(fork: &Fork, options: &Options) -> String {
    let (before, there) = (fork.snapshot(), remote(fork));
    let error = publish(&fork.open(), options, &Silent).unwrap_err();
    assert_eq!((fork.snapshot(), remote(fork)), (before, there), "nothing is changed");
    format!("{error}\n{}", error.hint().unwrap_or_default())
}

/// Every ref of the remote.
fn remote(fork: &Fork) -> String {
    git(&fork.dir().join("origin.git"), &["for-each-ref", "--format=%(refname) %(objectname)"])
}

fn at(fork: &Fork, name: &str) -> Oid {
    git(&fork.dir().join("origin.git"), &["rev-parse", name]).trim().parse().unwrap()
}

#[test]
fn the_branch_is_replaced_and_nothing_else_is_touched() {
    let fork = fork("");
    let report = published(&fork);
    assert_eq!((report.from, report.to, report.merged, report.tag), (None, fork.tip("fork"), false, None));
    assert_eq!(remote(&fork), format!("refs/heads/fork {}\n", fork.tip("fork")));
    assert!(published(&fork).up_to_date);
    fork.rebase("v1.0.1");
    let report = published(&fork);
    assert_ne!(report.from, Some(report.to));
    assert_eq!(remote(&fork), format!("refs/heads/fork {}\n", fork.tip("fork")));
    undo(&fork.open(), 1).unwrap();
    published(&fork);
    assert_eq!(at(&fork, "fork"), fork.tip("fork"));
}

#[test]
fn what_somebody_else_pushed_stays() {
    let fork = fork("");
    published(&fork);
    let other = fork.on("other").tree_of(fork.tip("fork")).write("x", "x\n").commit("Somebody's");
    fork.git(&["push", "-q", "-f", "origin", "other:fork"]);
    fork.rebase("v1.0.1");
    let said = refused(&fork, &options());
    assert!(said.contains(&other.to_string()) && said.contains("--replace"), "{said}");
    refused(&fork, &Options { replace: Some("0000000".into()), ..options() });
    let replace = Options { replace: Some(other.to_string()[..12].into()), ..options() };
    publish(&fork.open(), &replace, &Silent).unwrap();
    assert_eq!(at(&fork, "fork"), fork.tip("fork"));
}

#[test]
fn held_patches_and_stale_branches_are_refused_and_a_dry_run_pushes_nothing() {
    let fork = fork("");
    assert!(refused(&fork, &Options { remote: None, ..options() }).contains("publish-remote"));
    let report = publish(&fork.open(), &Options { dry_run: true, ..options() }, &Silent).unwrap();
    assert!(!report.up_to_date && remote(&fork).is_empty());
    assert!(refused(&fork, &Options { remote: Some("nowhere".into()), ..options() }).contains("git ls-remote"));
    let text = fork.patch_file("a").replace("+a\n", "+other\n");
    std::fs::write(fork.queue().join("patches/a.patch"), &text).unwrap();
    assert!(refused(&fork, &options()).contains("pq refresh"));
    std::fs::write(fork.queue().join("patches/a.patch"), text.replace("+other\n", "+a\n")).unwrap();
    fork.rebase("v1.1.0");
    assert!(refused(&fork, &options()).contains("--allow-held"));
    let report = publish(&fork.open(), &Options { allow_held: true, ..options() }, &Silent).unwrap();
    assert_eq!(report.held.len(), 1);
}

#[test]
fn tags_count_up() {
    let fork = fork("publish-remote = \"origin\"\ntag = \"{base}-dd{n}\"\n");
    let by_file = || publish(&fork.open(), &Options { remote: None, ..options() }, &Silent).unwrap();
    assert_eq!(by_file().tag.as_deref(), Some("v1.0.0-dd1"));
    assert_eq!(by_file().tag, None, "the last tag stands there");
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["b"]), 1, &Silent).unwrap();
    assert_eq!(by_file().tag.as_deref(), Some("v1.0.0-dd2"));
    fork.rebase("v1.0.1");
    assert_eq!(by_file().tag.as_deref(), Some("v1.0.1-dd1"));
    let none = publish(&fork.open(), &Options { tag: false, ..options() }, &Silent).unwrap();
    assert!(none.up_to_date && at(&fork, "v1.0.1-dd1") == fork.tip("fork"));
    assert_eq!(fork.read_ref("refs/tags/v1.0.1-dd1"), None, "a tag of ours is no release of upstream's");
    for (keys, word) in
        [("tag = \"x\"", "{n}"), ("tag = \"a b{n}\"", "cannot be"), ("publish = \"x\"", "merging-rebase")]
    {
        let fork = self::fork(&format!("{keys}\n"));
        let Err(error) = fork.try_open(pq::ops::workbench::Access::Read) else { panic!("{keys}") };
        let said = format!("{error}\n{}", error.hint().unwrap_or_default());
        assert!(said.contains(word), "{said}");
    }
}

/// Those who follow the branch fast-forward, and the line's own branch stays what it is.
#[test]
fn a_merging_rebase_joins_what_was_there() {
    let fork = fork("publish = \"merging-rebase\"\ntag = \"v{n}\"\n");
    let first = published(&fork);
    assert!(!first.merged);
    let clone = fork.dir().join("clone");
    git(fork.dir(), &["clone", "-q", "-b", "fork", "origin.git", "clone"]);
    fork.rebase("v1.0.1");
    let second = published(&fork);
    assert!(second.merged && second.tip.commit == fork.tip("fork"));
    let parents =
        git(&clone.join("../upstream"), &["rev-parse", &format!("{}^1", second.to), &format!("{}^2", second.to)]);
    assert_eq!(parents, format!("{}\n{}\n", first.to, fork.tip("fork")));
    assert_eq!(fork.tree(second.to), fork.tree(fork.tip("fork")));
    assert!(published(&fork).up_to_date);
    pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["b"]), 1, &Silent).unwrap();
    published(&fork);
    git(&clone, &["pull", "-q", "--ff-only"]);
    assert_eq!(git(&clone, &["rev-parse", "HEAD^{tree}"]).trim(), fork.tree(fork.tip("fork")).to_string());
    fork.check();
    assert_eq!(at(&fork, "v3"), at(&fork, "fork"));
}
