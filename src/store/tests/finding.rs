use super::*;

fn found(start: &Path, named: Option<&Path>) -> QueueDir {
    match locate(start, named).unwrap() {
        Located::Line(queue) => queue,
        other => panic!("{other:?}"),
    }
}

const ROOT: &str = "schema = 1\n[workspace]\nlines = [\"lines/*\", \"extra\"]\n[upstream]\nrepo = \"../fork\"\nreleases = \"v{version}\"\n";

fn member(name: &str) -> String {
    Document::create_member(&upstream(), &line(name)).to_text()
}

/// A workspace with the lines `one` and `two` and a directory that is none.
fn workspace() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let files = [("w/pq.toml", ROOT), ("w/lines/no/x", ""), ("w/extra/pq.toml", &member("three"))];
    put(&directory, &files);
    put(&directory, &[("w/lines/1/pq.toml", &member("one")), ("w/lines/2/pq.toml", &member("two"))]);
    directory
}

#[test]
fn the_queue_is_found_upwards_and_in_the_hidden_directory() {
    let (directory, queue) = queue(&["a/b"]);
    assert_eq!(found(&directory.path().join("patches/a"), None), queue);

    let fork = tempfile::tempdir().unwrap();
    put(&fork, &[(".pq/pq.toml", &manifest(&[])), ("src/x", "")]);
    let queue = found(&fork.path().join("src"), None);
    assert_eq!(queue.root(), fork.path().join(".pq"));
    assert_eq!(queue.repo_path(), fork.path().join(".pq/../fork"));
    put(&fork, &[("pq.toml", &manifest(&[]))]);
    assert_eq!(found(&fork.path().join("src"), None).root(), fork.path(), "the directory itself comes first");
}

#[test]
fn a_queue_can_be_named() {
    let (directory, queue) = queue(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    for named in [directory.path().to_owned(), directory.path().join("pq.toml")] {
        assert_eq!(found(elsewhere.path(), Some(&named)), queue);
    }
    fs_err::create_dir(directory.path().join("sub")).unwrap();
    let above = found(&directory.path().join("sub"), Some(Path::new("..")));
    assert_eq!(above.root(), fs_err::canonicalize(directory.path()).unwrap());
    let error = locate(directory.path(), Some(Path::new("sub"))).unwrap_err();
    assert_eq!(
        message(&error, &directory),
        "DIR/sub has no pq.toml\nrun `pq init` there, or name another directory with --queue"
    );
}

#[test]
fn nothing_found_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let error = locate(directory.path(), None).unwrap_err();
    assert_eq!(
        message(&error, &directory),
        "found no pq.toml in DIR or above it\nrun `pq init`, or name the directory with --queue"
    );
    assert_eq!(error.kind(), Kind::User);
}

#[test]
fn a_workspace_lists_its_lines() {
    let directory = workspace();
    let root = directory.path().join("w");
    let Located::Workspace { root: at, lines } = locate(&root.join("lines"), None).unwrap() else { panic!("a line") };
    assert_eq!(at, root);
    let line = |name: &str, path: &str| (name.to_owned(), root.join(path));
    assert_eq!(lines, [line("three", "extra"), line("one", "lines/1"), line("two", "lines/2")]);
}

#[test]
fn a_member_inherits_the_upstream_and_resolves_repo_from_there() {
    let directory = workspace();
    let queue = found(&directory.path().join("w/lines/1/"), None);
    assert_eq!(queue.repo_path(), directory.path().join("w/../fork"));
    assert_eq!(queue.load().unwrap().document.manifest().line.name, "one");
    assert_eq!(queue.load().unwrap().document.manifest().upstream, upstream());

    put(&directory, &[("w/lines/2/pq.toml", &manifest(&[]))]);
    let own = found(directory.path(), Some(&directory.path().join("w/lines/2")));
    assert_eq!(own.repo_path(), directory.path().join("w/lines/2/../fork"));
    assert_eq!(own.load().unwrap().document.manifest().upstream.repo, "../fork");
}

#[test]
fn a_directory_that_the_workspace_does_not_name_inherits_nothing() {
    let directory = workspace();
    put(&directory, &[("w/lines/1/deep/pq.toml", &member("deep"))]);
    let error = locate(&directory.path().join("w/lines/1/deep"), None).unwrap_err();
    let message = message(&error, &directory);
    assert!(message.starts_with("DIR/w/lines/1/deep/pq.toml:1:1: `upstream` is missing"), "{message}");
}

#[test]
fn a_line_that_is_named_but_absent_is_an_error() {
    let directory = workspace();
    fs_err::remove_file(directory.path().join("w/extra/pq.toml")).unwrap();
    let error = locate(&directory.path().join("w"), None).unwrap_err();
    assert!(message(&error, &directory).starts_with("the workspace DIR/w names \"extra\", which has no pq.toml\n"));
}

#[test]
fn a_broken_line_does_not_hide_the_others() {
    let directory = workspace();
    put(&directory, &[("w/lines/1/pq.toml", "schema = ")]);
    let Located::Workspace { lines, .. } = locate(&directory.path().join("w"), None).unwrap() else { panic!("a line") };
    assert_eq!(lines[1].0, "lines/1");
    let error = locate(&directory.path().join("w/lines/1"), None).unwrap_err();
    assert!(error.to_string().contains("not valid TOML"), "{error}");
}
