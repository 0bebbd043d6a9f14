//! The shim that runs quilt's own test suite on pq (`tests/quilt-shim`, docs/dev/quilt-suite.md) still speaks pq's language.

use std::path::Path;
use std::process::{Command, Stdio};

/// Runs commands of quilt in a directory: what they print.
fn quilt(directory: &Path, args: &[&str]) -> Option<String> {
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/quilt-shim/quilt");
    let project = directory.join("project");
    let mut command = Command::new("python3");
    command.arg(shim).args(args).current_dir(project).stdin(Stdio::null());
    command.env("PQ", env!("CARGO_BIN_EXE_pq")).env("PQ_QUILT_STATE", directory.join("state"));
    for name in ["QUILT_PATCHES", "QUILT_SERIES", "QUILT_PC", "GIT_DIR", "GIT_WORK_TREE", "PQ_DIR"] {
        command.env_remove(name);
    }
    let output = command.output().ok()?;
    Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn a_patch_is_made_popped_and_pushed() {
    let is_there = Command::new("python3").arg("--version").stdout(Stdio::null()).status();
    if !is_there.is_ok_and(|status| status.success()) {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let project = directory.path().join("project");
    std::fs::create_dir_all(project.join("patches")).unwrap();
    std::fs::write(project.join("f"), "old\n").unwrap();
    let run = |args: &[&str]| quilt(directory.path(), args).unwrap();
    assert_eq!(run(&["new", "a.diff"]), "Patch patches/a.diff is now on top\n");
    assert_eq!(run(&["add", "f"]), "File f added to patch patches/a.diff\n");
    std::fs::write(project.join("f"), "new\n").unwrap();
    assert!(run(&["pop"]).starts_with("Patch patches/a.diff does not remove cleanly"));
    assert_eq!(run(&["refresh"]), "Refreshed patch patches/a.diff\n");
    let text = std::fs::read_to_string(project.join("patches/a.diff")).unwrap();
    assert!(text.ends_with("@@ -1 +1 @@\n-old\n+new\n"), "{text}");
    assert_eq!(run(&["pop", "-q"]), "Removing patch patches/a.diff\nNo patches applied\n");
    assert_eq!(std::fs::read_to_string(project.join("f")).unwrap(), "old\n");
    // A base that moved, and the text applied on it.
    std::fs::write(project.join("f"), "else\n").unwrap();
    assert!(run(&["push", "-q"]).ends_with("Patch patches/a.diff does not apply (enforce with -f)\n"));
    std::fs::write(project.join("f"), "old\nmore\n").unwrap();
    assert_eq!(run(&["push", "-q"]), "Applying patch patches/a.diff\nNow at patch patches/a.diff\n");
    assert_eq!(std::fs::read_to_string(project.join("f")).unwrap(), "new\nmore\n");
}
