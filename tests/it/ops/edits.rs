//! Drop, move, rename, words: the queue stays one that applies.

use pq::model::Silent;
use pq::ops::edit::{self, Target};

use super::outcomes::{base, release};
use crate::support::{Fork, Patches, lines_with};

/// `b` stands on `a`, `c` and `d` on nobody.
fn queue() -> Fork {
    let fork = base();
    fork.on("ours").edit("a.txt", "line 5\n", "a\n").commit("A");
    fork.on("ours").edit("a.txt", "a\nline 6\n", "a\nb\n").commit("B");
    fork.on("ours").edit("a.txt", "line 30\n", "c\n").commit("C");
    fork.on("ours").edit("b.txt", "line 5\n", "d\nd\n").commit("D");
    fork.init("v1.0.0", "ours");
    fork
}

fn series(fork: &Fork) -> Vec<String> {
    fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect()
}

fn drop_patches(fork: &Fork, names: &[&str]) -> pq::Result<edit::EditReport> {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&names), 1, &Silent)
}

fn move_patch(fork: &Fork, name: &str, target: &Target) -> pq::Result<edit::EditReport> {
    edit::move_to(&fork.open(), &pq::ops::chosen::Chosen::of(&[name]), target, 1, &Silent)
}

#[test]
fn dropping_what_nobody_needs_carries_the_rest() {
    let fork = queue();
    let texts = ["a", "b", "d"].map(|name| fork.patch_file(name));
    let report = drop_patches(&fork, &["c"]).unwrap();
    fork.check();
    assert_eq!(series(&fork), ["a", "b", "d"]);
    assert_eq!(report.tip.commit, fork.tip("fork"));
    assert_eq!(texts, ["a", "b", "d"].map(|name| fork.patch_file(name)));
    assert!(!fork.queue().join("patches/c.patch").exists());
    assert_eq!(fork.content(fork.tip("fork"), "a.txt"), lines_with(40, &[(5, "a"), (6, "b")]));
}

#[test]
fn dropping_what_is_needed_is_refused_with_the_lines() {
    let fork = queue();
    let before = fork.snapshot();
    let error = drop_patches(&fork, &["a"]).unwrap_err().to_string();
    assert!(error.contains("b needs a") || error.contains("b") && error.contains("a.txt"), "{error}");
    assert!(error.contains("a.txt"), "the path and lines are named: {error}");
    assert_eq!(fork.snapshot(), before);
    drop_patches(&fork, &["a", "b"]).unwrap();
    fork.check();
    assert_eq!(series(&fork), ["c", "d"]);
}

/// Whoever waited for a patch is tried without it.
#[test]
fn dropping_a_held_patch_carries_what_waited_for_it() {
    let fork = queue();
    fork.on("main").edit("a.txt", "line 5\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.on("ours").edit("b.txt", "line 20\n", "e\n").commit("E");
    fork.git(&["branch", "-D", "-q", "fork"]);
    std::fs::remove_dir_all(fork.queue()).unwrap();
    fork.init("v1.0.0", "ours");
    fork.set_meta("e", "requires = [\"b\"]");
    let report = fork.rebase("v1.1.0");
    assert!(["a", "b", "e"].iter().all(|name| report.patch(name).outcome.is_held()));
    fork.edit_manifest(|text| text.replace("requires = [\"b\"]\n", ""));
    let report = drop_patches(&fork, &["a", "b"]).unwrap();
    assert!(report.held.is_empty());
    fork.check();
    assert_eq!(fork.status().summary.held, 0);
    assert!(fork.content(fork.tip("fork"), "b.txt").contains("e\n"));
}

#[test]
fn a_pure_reorder_gives_the_same_tree() {
    let fork = queue();
    let tree = fork.tree(fork.tip("fork"));
    for (name, target, order) in [
        ("d", Target::First, ["d", "a", "b", "c"]),
        ("a", Target::After("d".into()), ["d", "a", "b", "c"]),
        ("c", Target::Before("a".into()), ["d", "c", "a", "b"]),
        ("d", Target::Last, ["c", "a", "b", "d"]),
    ] {
        move_patch(&fork, name, &target).unwrap();
        assert_eq!(series(&fork), order);
        assert_eq!(fork.tree(fork.tip("fork")), tree);
        fork.check();
    }
}

#[test]
fn a_move_across_a_dependency_is_refused() {
    let fork = queue();
    let before = fork.snapshot();
    for (name, target) in [("b", Target::First), ("a", Target::Last), ("a", Target::After("b".into()))] {
        let error = move_patch(&fork, name, &target).unwrap_err().to_string();
        assert!(error.contains("b needs a") || error.contains("a.txt"), "{error}");
    }
    assert!(move_patch(&fork, "a", &Target::Before("a".into())).is_err());
    assert!(move_patch(&fork, "a", &Target::Before("zzz".into())).is_err());
    assert_eq!(fork.snapshot(), before);
}

#[test]
fn stated_dependencies_count() {
    let fork = queue();
    fork.set_meta("d", "requires = [\"c\"]");
    assert!(drop_patches(&fork, &["c"]).is_err());
    assert!(move_patch(&fork, "d", &Target::First).is_err());
    drop_patches(&fork, &["d"]).unwrap();
    drop_patches(&fork, &["c"]).unwrap();
    fork.check();
}

#[test]
fn a_rename_leaves_the_commits() {
    let fork = queue();
    fork.set_meta("d", "requires = [\"a\"]");
    let (tip, text) = (fork.tip("fork"), fork.patch_file("a"));
    edit::rename(&fork.open(), "a", "team/first", 1).unwrap();
    assert_eq!((fork.tip("fork"), fork.patch_file("team/first")), (tip, text));
    assert!(fork.manifest_text().contains("requires = [\"team/first\"]"));
    assert!(!fork.queue().join("patches/a.patch").exists());
    fork.check();
    for bad in ["b", "B", "../x", "x.lock", "", "a/../b", ".git/x"] {
        assert!(edit::rename(&fork.open(), "team/first", bad, 1).is_err(), "{bad}");
    }
    edit::rename(&fork.open(), "team/first", "a", 1).unwrap();
    assert!(!fork.queue().join("patches/team").exists());
}

#[test]
fn other_words_keep_author_date_and_diff() {
    let fork = queue();
    let before = fork.patch_file("b");
    let message = "Words\n\nA line\n---\ndiff --git a/x b/x\n-- \nFrom 1234 Mon Sep 17\n";
    edit::set_message(&fork.open(), "b", message.into(), 1, &Silent).unwrap();
    fork.check_branch();
    assert_eq!(fork.git(&["log", "-1", "--format=%B", "fork~2"]), message.trim_end());
    let diff = |text: &str| text[text.rfind("diff --git a/a.txt").unwrap()..].to_owned();
    assert_eq!(diff(&fork.patch_file("b")), diff(&before));
    let dates = fork.git(&["log", "--format=%an %ae %ad", "-1", "fork~2"]);
    assert_eq!(dates, fork.git(&["log", "--format=%an %ae %ad", "-1", "ours~2"]));
}

#[test]
fn a_held_patch_is_renamed_with_its_ref_and_dropped_with_it() {
    let fork = queue();
    fork.on("main").edit("a.txt", "line 5\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    let report = fork.checked_rebase("v1.1.0");
    assert!(report.patch("a").outcome.is_held() && report.patch("b").outcome.is_held());
    edit::rename(&fork.open(), "a", "alpha", 1).unwrap();
    let held = |fork: &Fork| fork.refs().into_keys().filter(|name| name.contains("/held/")).collect::<Vec<_>>();
    assert_eq!(held(&fork), ["pq/fork/held/alpha", "pq/fork/held/b"]);
    fork.check();
    fork.checked_rebase("v1.0.0");
    assert!(held(&fork).is_empty());
    assert_eq!(fork.tree(fork.tip("fork")), fork.tree(fork.tip("ours")));
    fork.checked_rebase("v1.1.0");
    drop_patches(&fork, &["alpha", "b"]).unwrap();
    assert!(held(&fork).is_empty());
    fork.check();
}

#[test]
fn a_move_between_held_patches_leaves_them_held() {
    let fork = queue();
    fork.on("main").edit("a.txt", "line 5\n", "theirs\n").commit("upstream");
    release(&fork, "v1.1.0");
    fork.checked_rebase("v1.1.0");
    move_patch(&fork, "d", &Target::First).unwrap();
    fork.check();
    move_patch(&fork, "c", &Target::Before("b".into())).unwrap();
    fork.check();
    assert_eq!(series(&fork), ["d", "a", "c", "b"]);
    fork.checked_rebase("v1.0.0");
    assert_eq!(fork.tree(fork.tip("fork")), fork.tree(fork.tip("ours")));
}

/// Two lines of one workspace share what the workspace says of upstream.
#[test]
fn a_workspace_with_two_lines() {
    use pq::ops::workbench::{Access, Where, Workbench};
    let fork = queue();
    fork.on("main").edit("b.txt", "line 30\n", "x\n").commit("upstream");
    release(&fork, "v1.1.0");
    let root = fork.dir().join("space");
    for line in ["one", "two"] {
        let mut options = fork.init_options(&root.join("lines").join(line), "v1.0.0", Some("ours"));
        (options.name, options.branch) = (Some(line.to_owned()), Some(format!("fork-{line}")));
        pq::ops::init::init(&options, &Silent).unwrap();
        let file = root.join("lines").join(line).join("pq.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let (start, end) = (text.find("[upstream]").unwrap(), text.find("[line]").unwrap());
        std::fs::write(&file, format!("{}{}", &text[..start], &text[end..])).unwrap();
    }
    let text = "schema = 1\n\n[workspace]\nlines = [\"lines/*\"]\n\n[upstream]\nrepo = \"../upstream\"\nreleases = \"v{version}\"\n";
    std::fs::write(root.join("pq.toml"), text).unwrap();
    let place = |line: Option<&str>| Where { start: root.clone(), queue: None, line: line.map(str::to_owned) };
    assert_eq!(place(None).lines().unwrap().len(), 2);
    let error = place(None).line().unwrap_err();
    assert!(error.to_string().contains("one, two"), "{error}");
    assert!(place(Some("three")).line().is_err());
    let bench = Workbench::open(place(Some("two")).line().unwrap(), Access::Write).unwrap();
    let options = fork.options("v1.1.0", pq::ops::rebase::Mode::Write);
    pq::ops::rebase::rebase(&bench, &options, &Silent).unwrap();
    let (one, two) = (fork.tip("fork-one"), fork.tip("fork-two"));
    assert_ne!(one, two);
    assert!(!fork.content(one, "b.txt").contains("x\n"));
    assert!(fork.content(two, "b.txt").contains("x\n") && fork.content(two, "b.txt").contains("d\nd\n"));
    // From inside a line that line is meant.
    let inside = Where { start: root.join("lines/one/patches"), ..Where::default() };
    let bench = Workbench::open(inside.line().unwrap(), Access::Read).unwrap();
    assert_eq!(bench.manifest().line.name, "one");
    assert_eq!(bench.manifest().upstream.releases, "v{version}");
}
