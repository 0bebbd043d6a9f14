use insta::assert_snapshot;

use crate::support::Pq;

#[test]
fn the_page_of_pq_goes_to_standard_output() {
    let page = Pq::new().ok(&["man"]).stdout();
    assert!(page.contains(".TH pq 1"), "{page}");
    assert!(page.contains("pq\\-completions(1)"), "{page}");
}

#[test]
fn a_directory_gets_a_page_per_command() {
    let pq = Pq::new();
    assert_snapshot!(pq.run(&["man", "share/man1"]), @"
    exit: 0
    -- stdout
    wrote 27 pages to $DIR/share/man1
    next: man -l $DIR/share/man1/pq.1
    -- stderr
    ");
    let page = std::fs::read_to_string(pq.dir().join("share/man1/pq-man.1")).unwrap();
    assert!(page.contains(".TH pq-man 1") && page.contains("Print the manual"), "{page}");
}

#[test]
fn relative_paths_start_where_pq_does() {
    let pq = Pq::new();
    std::fs::create_dir_all(pq.dir().join("a/b")).unwrap();
    let outputs =
        [pq.run(&["-C", "a/b", "man", "d", "--format=json"]), pq.run_in("a/b", &["man", "d", "--format=json"])];
    for output in outputs {
        assert_eq!(output.json()["directory"], pq.dir().join("a/b/d").to_string_lossy().as_ref());
    }
}

#[test]
fn the_report_has_every_notation() {
    let pq = Pq::new();
    assert_snapshot!(pq.run(&["man", "d", "--format", "json"]), @r#"
    exit: 0
    -- stdout
    {
      "kind": "man/1",
      "directory": "$DIR/d",
      "pages": [
        "pq.1",
        "pq-audit.1",
        "pq-completions.1",
        "pq-demo.1",
        "pq-diff.1",
        "pq-drop.1",
        "pq-files.1",
        "pq-forecast.1",
        "pq-fsck.1",
        "pq-graph.1",
        "pq-header.1",
        "pq-init.1",
        "pq-log.1",
        "pq-man.1",
        "pq-move.1",
        "pq-rebase.1",
        "pq-redo.1",
        "pq-refresh.1",
        "pq-rename.1",
        "pq-resolutions.1",
        "pq-resolve.1",
        "pq-series.1",
        "pq-show.1",
        "pq-status.1",
        "pq-undo.1",
        "pq-verify.1",
        "pq-why.1"
      ]
    }
    -- stderr
    "#);
    assert_snapshot!(pq.run(&["--format=markdown", "man", "d"]), @"
    exit: 0
    -- stdout
    ```text
    wrote 27 pages to $DIR/d
    next: man -l $DIR/d/pq.1
    ```
    -- stderr
    ");
    assert_snapshot!(pq.run(&["man", "d", "-q"]), @"
    exit: 0
    -- stdout
    -- stderr
    ");
}

#[test]
fn a_place_that_cannot_be_written_is_the_environments_fault() {
    let pq = Pq::new();
    std::fs::write(pq.dir().join("file"), "").unwrap();
    assert_snapshot!(pq.run(&["man", "file"]), @"
    exit: 3
    -- stdout
    -- stderr
    error: cannot write the manual page $DIR/file
    caused by: failed to create directory `$DIR/file`: File exists (os error 17)
    hint: give a directory that you can write to: pq man ./man1
    ");
    assert_snapshot!(pq.run(&["man", "file/\u{1b}[1m\n::error::x", "--format=github"]), @r#"
    exit: 3
    -- stdout
    ::error title=pq::cannot write the manual page $DIR/file/\x1b[1m%0A::error::x: failed to create directory `$DIR/file/\x1b[1m%0A::error::x`: Not a directory (os error 20)
    -- stderr
    error: cannot write the manual page $DIR/file/\x1b[1m
      \x3a:error::x
    caused by: failed to create directory `$DIR/file/\x1b[1m
      \x3a:error::x`: Not a directory (os error 20)
    hint: give a directory that you can write to: pq man ./man1
    "#);
}
