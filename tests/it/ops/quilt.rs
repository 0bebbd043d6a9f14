//! Series of quilt, in and out. The trees that quilt leaves are fixed in the tests; where quilt is installed, it is run as well.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pq::model::{Mode as FileMode, Oid, Silent};
use pq::ops::chosen::Chosen;
use pq::ops::edit::{self, Target};
use pq::ops::quilt::{ExportOptions, ExportReport, Flavor, ImportOptions, ImportReport, Mode, Placing, export, import};
use pq::ops::undo::undo;

use crate::support::{Fork, git, lines};

pub const BASE: &str = "v1.0.0";

/// An upstream with some files and an empty queue on it.
pub fn fork() -> Fork {
    let fork = Fork::new();
    let start = fork
        .on("main")
        .write("a.txt", lines(20))
        .write("b.txt", lines(20))
        .write("gone.txt", "one\ntwo\n")
        .write("sub/c.txt", lines(20))
        .write("sp ace.txt", "x\n")
        .write("crlf.txt", "a\r\nb\r\nc\r\n")
        .write("empty.txt", "")
        .symlink("link", "a.txt")
        .commit("Start");
    fork.tag(BASE, start);
    fork.try_init(&fork.queue(), BASE, None).unwrap();
    fork
}

pub fn change(file: &str, line: usize, new: &str) -> String {
    let around = format!("--- a/{file}\n+++ b/{file}\n@@ -{},3 +{},3 @@\n", line - 1, line - 1);
    format!("{around} line {}\n-line {line}\n+{new}\n line {}\n", line - 1, line + 1)
}

/// Writes a directory of patches.
pub fn patches(fork: &Fork, series: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let dir = fork.dir().join("patches");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("series"), series).unwrap();
    for (name, bytes) in files {
        std::fs::create_dir_all(dir.join(name).parent().unwrap()).unwrap();
        std::fs::write(dir.join(name), bytes).unwrap();
    }
    dir
}

pub fn options(source: &Path) -> ImportOptions {
    let (target, mode) = (Target::Last, Mode::Write);
    ImportOptions { source: source.to_owned(), fuzz: 0, guards: None, target, mode, when: 1_700_000_000 }
}

pub fn try_import(fork: &Fork, options: &ImportOptions) -> pq::Result<ImportReport> {
    import(&fork.open(), options, &Silent)
}

/// Imports, and demands what holds of every import.
pub fn imported(fork: &Fork, source: &Path) -> ImportReport {
    let report = try_import(fork, &options(source)).unwrap();
    assert!(report.proof.equal);
    assert_eq!(fork.tree(fork.tip("fork")), report.tip.tree);
    fork.check();
    if let Some(tree) = pushed(fork, source) {
        assert_eq!(tree, report.proof.source_tree, "quilt push -a");
    }
    report
}

pub fn refused(fork: &Fork, source: &Path) -> String {
    let before = fork.snapshot();
    let error = try_import(fork, &options(source)).unwrap_err();
    assert_eq!(fork.snapshot(), before, "nothing is written");
    format!("{error}\n{}", error.hint().unwrap_or_default())
}

/// The tree that quilt leaves when it pushes all patches on the base; nothing where it is not installed.
pub fn pushed(fork: &Fork, patches: &Path) -> Option<Oid> {
    Command::new("quilt").arg("--version").stdin(Stdio::null()).output().ok()?;
    let dir = tempfile::tempdir().unwrap();
    let worktree = dir.path().join("tree");
    std::fs::create_dir(&worktree).unwrap();
    git(&worktree, &["init", "-q"]);
    let alternates = worktree.join(".git/objects/info/alternates");
    std::fs::write(alternates, format!("{}\n", fork.upstream().join(".git/objects").display())).unwrap();
    let base = fork.git(&["rev-parse", BASE]);
    git(&worktree, &["reset", "-q", "--hard", &base]);
    let mut command = Command::new("quilt");
    command.args(["push", "-a"]).current_dir(&worktree).stdin(Stdio::null()).env("QUILT_PATCHES", patches);
    command.env("QUILT_PC", dir.path().join("pc")).env("QUILT_PATCH_OPTS", "--fuzz=0").env("LC_ALL", "C");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    git(&worktree, &["add", "-A", "-f"]);
    Some(git(&worktree, &["write-tree"]).trim().parse().unwrap())
}

pub fn try_export(fork: &Fork, flavor: Flavor, edit: impl FnOnce(&mut ExportOptions)) -> pq::Result<ExportReport> {
    let directory = fork.dir().join("out");
    let mut options =
        ExportOptions { directory, flavor, patches: Default::default(), skip_unsupported: false, force: false };
    edit(&mut options);
    export(&fork.open(), &options, &Silent)
}

/// Exports everything, and demands that quilt makes the queue's tree of it.
pub fn exported(fork: &Fork, flavor: Flavor) -> (ExportReport, BTreeMap<String, Vec<u8>>) {
    let report = try_export(fork, flavor, |_| {}).unwrap();
    assert_eq!(report.tree, fork.tree(fork.tip("fork")));
    if let Some(tree) = pushed(fork, &report.directory) {
        assert_eq!(tree, report.tree, "quilt push -a");
    }
    let files = crate::support::files_below(&report.directory);
    (report, files)
}

pub fn content(fork: &Fork, path: &str) -> String {
    fork.content(fork.tip("fork"), path)
}

#[test]
fn escaping_patches_and_unknown_options_are_errors_with_their_line() {
    let fork = fork();
    let dir = patches(&fork, "a.patch\n# c\nnone.patch\n../x.patch\n", &[("a.patch", b"")]);
    let error = refused(&fork, &dir);
    assert!(error.contains("line 3: none.patch is missing"), "{error}");
    assert!(error.contains("line 4: ../x.patch leads out of the directory"), "{error}");
    patches(&fork, "a.patch --fuzz=9\n", &[]);
    assert!(refused(&fork, &dir).contains("line 1: --fuzz=9"));
    assert!(refused(&fork, &fork.dir().join("nowhere")).contains("no series file"));
}

/// Scenario 14: the place is chosen as quilt chooses it, and said.
#[test]
fn a_look_alike_is_reported() {
    let fork = Fork::new();
    let function = |name: &str| format!("int {name}(void)\n{{\n\tlock();\n\trun();\n\tunlock();\n}}\n\n");
    let source: String = ["zero", "one", "two", "three"].map(function).concat();
    fork.tag(BASE, fork.on("main").write("f.c", source).commit("Start"));
    fork.try_init(&fork.queue(), BASE, None).unwrap();
    // Made before `zero` was there: what was `two` is `one` now, at the very line.
    let hunk = |line: u32, name: &str| {
        format!(
            "--- a/f.c\n+++ b/f.c\n@@ -{line},3 +{line},3 @@ int {name}(void)\n \tlock();\n-\trun();\n+\tgo();\n \tunlock();\n"
        )
    };
    let texts = [hunk(10, "two"), hunk(22, "x")];
    let dir =
        patches(&fork, "two.patch\nx.patch\n", &[("two.patch", texts[0].as_bytes()), ("x.patch", texts[1].as_bytes())]);
    let report = imported(&fork, &dir);
    assert_eq!(report.summary.look_alikes, 2);
    let found = &report.patches[0].moved[0];
    assert_eq!((found.at, found.stated, &found.look_alikes[..]), (10, 10, &[3, 17, 24][..]));
    let found = &report.patches[1].moved[0];
    assert_eq!((found.at, found.stated, &found.look_alikes[..]), (24, 22, &[3, 17][..]));
}

#[test]
fn fuzz_is_asked_for_and_said() {
    let fork = fork();
    let text = change("a.txt", 5, "new").replace(" line 4", " line four");
    let dir = patches(&fork, "a.patch\n", &[("a.patch", text.as_bytes())]);
    let error = refused(&fork, &dir);
    assert!(error.contains("a.txt: hunk 1 does not apply near line 4; with fuzz 1 it would go to line 4"), "{error}");
    assert!(error.contains("--fuzz 1"), "{error}");
    let report = try_import(&fork, &ImportOptions { fuzz: 1, ..options(&dir) }).unwrap();
    assert_eq!((report.patches[0].placement, report.patches[0].moved[0].fuzz), (Placing::Fuzz, 1));
    assert!(content(&fork, "a.txt").contains("line 4\nnew\nline 6\n"));
}

/// What `quilt push` says of the hunks that fail: the file, which of its hunks, and the line; nothing where it is not installed.
fn failed(fork: &Fork, patches: &Path) -> Option<Vec<(String, usize, usize)>> {
    Command::new("quilt").arg("--version").stdin(Stdio::null()).output().ok()?;
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.txt", "b.txt"] {
        std::fs::write(dir.path().join(name), fork.content(fork.repo().resolve(BASE).unwrap(), name)).unwrap();
    }
    let mut command = Command::new("quilt");
    command.args(["push", "-a"]).current_dir(dir.path()).stdin(Stdio::null()).env("QUILT_PATCHES", patches);
    let output = command.env("QUILT_PATCH_OPTS", "--fuzz=0").env("LC_ALL", "C").output().unwrap();
    assert!(!output.status.success());
    let (mut file, mut found) = (String::new(), Vec::new());
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        if let Some(name) = line.strip_prefix("patching file ") {
            file = name.to_owned();
        } else if let Some((hunk, line)) = line.strip_prefix("Hunk #").and_then(|rest| rest.split_once(" FAILED at ")) {
            found.push((file.clone(), hunk.parse().unwrap(), line.trim_end_matches('.').parse().unwrap()));
        }
    }
    Some(found)
}

#[test]
fn every_hunk_that_fails_is_named_as_quilt_push_does() {
    let fork = fork();
    let hunk = |line: usize, old: &str| {
        let around = format!("@@ -{},3 +{},3 @@\n line {}\n", line - 1, line - 1, line - 1);
        format!("{around}-{old}\n+new {line}\n line {}\n", line + 1)
    };
    let text = |bad: &str| {
        let one = [hunk(3, "line 3"), hunk(7, bad), hunk(12, "line 12"), hunk(16, bad)].concat();
        format!("--- a/a.txt\n+++ b/a.txt\n{one}--- a/b.txt\n+++ b/b.txt\n{}{}", hunk(3, bad), hunk(9, "line 9"))
    };
    let dir = patches(&fork, "bad.patch\n", &[("bad.patch", text("other").as_bytes())]);
    let error = refused(&fork, &dir);
    let names =
        ["line 8: a.txt: hunk 2 does not apply near line 6", "line 18: a.txt: hunk 4 does not apply near line 15"];
    for words in names.into_iter().chain(["line 25: b.txt: hunk 1 does not apply near line 2"]) {
        assert!(error.contains(&format!("\nbad.patch: {words}\n")), "{words}: {error}");
    }
    assert_eq!(error.matches("does not apply near").count(), 3, "{error}");
    let wanted = [("a.txt", 2, 6), ("a.txt", 4, 15), ("b.txt", 1, 2)];
    let wanted: Vec<_> = wanted.map(|(file, hunk, line)| (file.to_owned(), hunk, line)).into();
    assert_eq!(failed(&fork, &dir).unwrap_or_else(|| wanted.clone()), wanted);
    // A file that is missing is named beside them.
    let gone = format!("{}{}", change("none.txt", 3, "x"), text("other"));
    let dir = patches(&fork, "bad.patch\n", &[("bad.patch", gone.as_bytes())]);
    let error = refused(&fork, &dir);
    assert!(error.contains("none of the files that it names exists: none.txt"), "{error}");
    assert_eq!(error.matches("does not apply near").count(), 3, "{error}");
}

#[test]
fn fuzz_is_advised_only_where_it_is_enough_for_all_hunks() {
    let fork = fork();
    let near = change("a.txt", 5, "new").replace(" line 4", " line four");
    let far = change("b.txt", 5, "new").replace("-line 5", "-nothing like it");
    let fuzzy = change("b.txt", 5, "new").replace(" line 6", " line six");
    let dir = patches(&fork, "a.patch\n", &[("a.patch", [&near[..], &far[..]].concat().as_bytes())]);
    assert!(!refused(&fork, &dir).contains("--fuzz"));
    let dir = patches(&fork, "a.patch\n", &[("a.patch", [&near[..], &fuzzy[..]].concat().as_bytes())]);
    assert!(refused(&fork, &dir).contains("--fuzz 1"));
    assert!(try_import(&fork, &ImportOptions { fuzz: 1, ..options(&dir) }).is_ok());
}

/// Scenarios 11 and 12 of an import: nothing of a queue that does not apply is written.
#[test]
fn what_does_not_apply_is_named() {
    let fork = fork();
    let gone = change("none.txt", 3, "x");
    let there = "--- a/a.txt\n+++ b/a.txt\n@@ -2,2 +2,3 @@\n line 2\n+new\n line 3\n";
    let files: &[(&str, &[u8])] =
        &[("there.patch", there.as_bytes()), ("again.patch", there.as_bytes()), ("gone.patch", gone.as_bytes())];
    let dir = patches(&fork, "there.patch\nagain.patch\n", files);
    let error = refused(&fork, &dir);
    assert!(error.contains("again.patch (line 2 of the series) does not apply on v1.0.0 and there.patch"), "{error}");
    assert!(error.contains("what it adds is there already"), "{error}");
    patches(&fork, "gone.patch\n", &[]);
    assert!(refused(&fork, &dir).contains("line 1: none of the files that it names exists: none.txt"));
    let bad: &[(&str, &str, &str)] = &[
        ("--- a/../x\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n", "not safe", "dots"),
        ("--- /dev/null\n+++ b/a.txt/x\n@@ -0,0 +1 @@\n+x\n", "leads through a file", "through"),
        ("--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1 @@\n+x\n", "but it exists", "exists"),
        ("--- a/gone.txt\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n", "not all of its lines", "leaves"),
        (
            "diff --git a/x b/x\nnew file mode 100644\nindex 0..1\nGIT binary patch\nliteral 1\nIcmZQz0000\n\n",
            "binary",
            "binary",
        ),
        ("--- a/link\n+++ b/link\n@@ -1 +1 @@\n-a.txt\n+b.txt\n", "Symlink", "type"),
        ("1c1\n< a\n---\n> b\n", "plain `diff`", "normal"),
    ];
    for (text, expected, name) in bad {
        let dir = patches(&fork, "bad.patch\n", &[("bad.patch", text.as_bytes())]);
        let error = refused(&fork, &dir);
        assert!(error.contains(expected), "{name}: {error}");
    }
}

/// Scenarios 19 and 20, without what quilt cannot hold; scenario 7's names.
#[test]
fn what_quilt_can_hold_goes_in_and_out() {
    let fork = fork();
    let git_kinds = "diff --git a/a.txt b/a.txt\nold mode 100644\nnew mode 100755\n\
        diff --git a/link b/link\nindex 1..2 120000\n--- a/link\n+++ b/link\n@@ -1 +1 @@\n-a.txt\n\\ No newline at end of file\n\
        +b.txt\n\\ No newline at end of file\n\
        diff --git a/new.link b/new.link\nnew file mode 120000\nindex 0..1\n--- /dev/null\n+++ b/new.link\n@@ -0,0 +1 @@\n+x\n\
        \\ No newline at end of file\n\
        diff --git a/none.txt b/none.txt\nnew file mode 100644\nindex 0000000..e69de29\n\
        diff --git a/empty.txt b/empty.txt\ndeleted file mode 100644\nindex e69de29..0000000\n\
        diff --git a/run b/run\nnew file mode 100755\nindex 0..1\n--- /dev/null\n+++ b/run\n@@ -0,0 +1 @@\n+#!/bin/sh\n\
        diff --git a/sub/c.txt b/sub/d.txt\nsimilarity index 100%\nrename from sub/c.txt\nrename to sub/d.txt\n";
    let plain = "--- a/gone.txt\t2020-01-01 00:00:00 +0000\n+++ b/gone.txt\t1970-01-01 00:00:00 +0000\n@@ -1,2 +0,0 @@\n-one\n-two\n\
        --- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,3 +1,3 @@\n a\r\n-b\r\n+B\r\n c\r\n\
        --- a/sp ace.txt\t2020-01-01\n+++ b/sp ace.txt\t2020-01-02\n@@ -1 +0,0 @@\n-x\n\
        --- /dev/null\n+++ \"b/q\\\"\\303\\244\\377\"\n@@ -0,0 +1 @@\n+q\n\\ No newline at end of file\n";
    let dir = patches(
        &fork,
        "git.patch\nplain.patch\n",
        &[("git.patch", git_kinds.as_bytes()), ("plain.patch", plain.as_bytes())],
    );
    imported(&fork, &dir);
    let tip = fork.tip("fork");
    let mode = |path: &str| fork.entry(tip, path).map(|entry| entry.mode);
    assert_eq!(mode("a.txt"), Some(FileMode::Executable));
    assert_eq!(mode("new.link"), Some(FileMode::Symlink));
    assert_eq!(mode("run"), Some(FileMode::Executable));
    assert_eq!((mode("none.txt"), mode("empty.txt"), mode("sub/c.txt")), (Some(FileMode::Regular), None, None));
    assert_eq!((mode("sub/d.txt"), mode("gone.txt")), (Some(FileMode::Regular), None));
    // Emptied is not deleted: neither a date nor /dev/null says that it goes.
    assert_eq!(content(&fork, "sp ace.txt"), "");
    assert_eq!(content(&fork, "crlf.txt"), "a\r\nB\r\nc\r\n");
    assert_eq!(
        fork.git(&["-c", "core.quotePath=true", "ls-tree", "--name-only", "fork"])
            .lines()
            .filter(|l| l.starts_with('"'))
            .count(),
        1
    );
    assert!(fork.patch_file("git").contains("rename from sub/c.txt"));
    // A mode alone of a name with a blank: patch(1) reads it between quotes only.
    let tree = Oid::from_hex(fork.git(&["rev-parse", "fork^{tree}"]).as_bytes()).unwrap();
    assert_eq!(exported(&fork, Flavor::Quilt).0.tree, tree);
}

#[test]
fn a_mode_of_a_name_with_a_blank_is_quoted() {
    let fork = Fork::new();
    fork.tag(BASE, fork.on("main").write("sp ace.txt", "x\n").commit("Start"));
    let start = fork.tip("main");
    fork.branch("ours", start);
    fork.on("ours").mode("sp ace.txt", FileMode::Executable).commit("Run");
    fork.init(BASE, "ours");
    exported(&fork, Flavor::Quilt);
}

/// Scenario 20: what it cannot hold is an error, or a named loss.
#[test]
fn what_quilt_cannot_hold_is_refused_or_named() {
    let fork = Fork::new();
    let start = fork.on("main").write("a.txt", lines(20)).write("d", "file\n").write("bin", b"\0a").commit("Start");
    fork.tag(BASE, start);
    fork.branch("ours", start);
    fork.on("ours").write("bin", b"\0b").edit("a.txt", "line 3\n", "three\n").commit("Binary");
    fork.on("ours").remove("d").write("d/x", "x\n").submodule("sub", '1').commit("Shapes");
    fork.on("ours").remove("bin").edit("a.txt", "line 9\n", "nine\n").commit("Later");
    fork.init(BASE, "ours");
    let error = try_export(&fork, Flavor::Quilt, |_| {}).unwrap_err().to_string();
    for expected in ["binary: bin: binary content", "shapes: d: a file and a directory", "shapes: sub: a submodule"] {
        assert!(error.contains(expected), "{error}");
    }
    assert!(!fork.dir().join("out").exists());
    let report = try_export(&fork, Flavor::Quilt, |options| options.skip_unsupported = true).unwrap();
    let skipped: Vec<(&str, String)> = report
        .patches
        .iter()
        .flat_map(|patch| patch.skipped.iter().map(|one| (patch.name.as_str(), one.path.to_string())))
        .collect();
    let expected = [("binary", "bin"), ("shapes", "d"), ("shapes", "d/x"), ("shapes", "sub"), ("later", "bin")];
    assert_eq!(skipped, expected.map(|(patch, path)| (patch, path.to_owned())));
    assert_ne!(report.tree, report.queue_tree);
    assert_eq!(pushed(&fork, &report.directory).unwrap_or(report.tree), report.tree);
}

/// Scenario 40: the same bytes twice; and an export replaces only what one wrote.
#[test]
fn an_export_is_repeated_and_replaces_only_its_own() {
    let fork = fork();
    let files = [("a.patch", change("a.txt", 3, "A")), ("b.patch", change("b.txt", 3, "B"))];
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    imported(&fork, &patches(&fork, "a.patch\nb.patch\n", &files));
    let (report, first) = exported(&fork, Flavor::Quilt);
    std::fs::write(report.directory.join("README"), "mine\n").unwrap();
    let (_, mut second) = exported(&fork, Flavor::Quilt);
    assert_eq!(second.remove("README").unwrap(), b"mine\n");
    assert_eq!(first, second);
    edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&["a"]), 1_700_000_000, &Silent).unwrap();
    let (_, third) = exported(&fork, Flavor::Quilt);
    assert_eq!(third.keys().collect::<Vec<_>>(), ["README", "b.patch", "series"]);
    edit::rename(&fork.open(), "b", "README", 1_700_000_000).unwrap();
    fork.edit_manifest(|text| text + "\n[patch.README]\nquilt = \"README\"\n");
    let error = try_export(&fork, Flavor::Quilt, |_| {}).unwrap_err().to_string();
    assert!(error.contains("README exists, and no export wrote it"), "{error}");
    let other = fork.dir().join("patches");
    let error = try_export(&fork, Flavor::Quilt, |options| options.directory = other.clone()).unwrap_err();
    assert!(error.to_string().contains("no export of pq wrote"), "{error}");
    try_export(&fork, Flavor::Quilt, |options| (options.directory, options.force) = (other, true)).unwrap();
}

#[test]
fn patches_go_where_they_are_wanted_and_undo_takes_them_out() {
    let fork = fork();
    let first = [("a.patch", change("a.txt", 3, "A")), ("z.patch", change("a.txt", 6, "Z"))];
    let first: Vec<(&str, &[u8])> = first.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let dir = patches(&fork, "a.patch\nz.patch\n", &first);
    imported(&fork, &dir);
    let before = fork.snapshot();
    let insert = "--- a/a.txt\n+++ b/a.txt\n@@ -4,2 +4,3 @@\n line 4\n+between\n line 5\n";
    patches(&fork, "m.patch\n", &[("m.patch", insert.as_bytes())]);
    let place = ImportOptions { target: Target::Before("z".to_owned()), ..options(&dir) };
    let dry = try_import(&fork, &ImportOptions { mode: Mode::DryRun, ..place.clone() }).unwrap();
    assert_eq!((dry.dry_run, fork.snapshot() == before), (true, true));
    let report = try_import(&fork, &place).unwrap();
    assert_eq!((dry.tip, dry.proof.clone()), (report.tip, report.proof.clone()));
    assert_eq!(report.rewritten.iter().map(|name| name.as_str()).collect::<Vec<_>>(), ["z"]);
    let names: Vec<String> = fork.open().manifest().patches.iter().map(|patch| patch.name.to_string()).collect();
    assert_eq!(names, ["a", "m", "z"]);
    fork.check();
    undo(&fork.open(), 1_700_000_000).unwrap();
    assert_eq!(fork.snapshot().files, before.files);
    // What is in the way is named, and nothing is written.
    let clash = change("a.txt", 6, "clash");
    patches(&fork, "c.patch\n", &[("c.patch", clash.as_bytes())]);
    let error = try_import(&fork, &place).unwrap_err().to_string();
    assert!(error.contains("makes z conflict: a.txt"), "{error}");
    // A name that is taken gets a number.
    patches(&fork, "a.patch\n", &[("a.patch", change("b.txt", 6, "other").as_bytes())]);
    assert_eq!(try_import(&fork, &options(&dir)).unwrap().patches[0].name.as_str(), "a-2");
}

#[test]
fn debian_gets_the_fields_that_are_known() {
    let fork = Fork::new();
    let start = fork.on("main").write("a.txt", lines(20)).commit("Start");
    fork.tag(BASE, start);
    fork.branch("ours", start);
    for (at, message) in ["One\n\nText.\n", "Two\n", "Three\n"].iter().enumerate() {
        fork.on("ours").edit("a.txt", &format!("line {}\n", 3 + at * 4), "new\n").commit(message);
    }
    fork.init(BASE, "ours");
    fork.set_meta("one", "upstream = [\"1a2b3c4d5e6f\"]\n");
    fork.set_meta("two", "kind = \"pending\"\npr = \"https://x.org/pull/7\"\n");
    fork.set_meta("three", "upstream = []\n");
    let (_, files) = exported(&fork, Flavor::Debian);
    let text = |name: &str| String::from_utf8(files[name].clone()).unwrap();
    let one = text("one.patch");
    assert!(one.contains("From: A U Thor <author@example.com>\nDate: "), "{one}");
    assert!(
        one.contains(
            "\nSubject: One\n\nText.\n\nOrigin: backport, commit:1a2b3c4d5e6f\nLast-Update: 2020-09-13\n---\n"
        ),
        "{one}"
    );
    assert!(text("two.patch").contains("\nForwarded: https://x.org/pull/7\n"));
    assert!(text("three.patch").contains("\nForwarded: not-needed\n"));
    // Some alone, carried onto the base.
    let some = Chosen::of(&["three"]);
    let out = fork.dir().join("some");
    let report =
        try_export(&fork, Flavor::Quilt, |options| (options.patches, options.directory) = (some, out)).unwrap();
    assert_eq!(report.summary.total, 1);
    assert_eq!(pushed(&fork, &report.directory).unwrap_or(report.tree), report.tree);
}

#[test]
fn the_files_of_a_patch_keep_their_order_there_and_back() {
    let fork = fork();
    let order = ["sub/c.txt", "b.txt", "a.txt"];
    let text: String = order.iter().map(|file| change(file, 5, "new")).collect();
    imported(&fork, &patches(&fork, "p.patch\n", &[("p.patch", text.as_bytes())]));
    let heads = |text: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix("+++ b/")).map(str::to_owned).collect()
    };
    assert_eq!(heads(&fork.patch_file("p")), order);
    let (_, files) = exported(&fork, Flavor::Quilt);
    assert_eq!(heads(&String::from_utf8_lossy(&files["p.patch"])), order);
}
