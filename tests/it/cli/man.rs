use insta::assert_snapshot;

use crate::support::Pq;

/// The commands that a help lists.
fn listed(words: &[&str]) -> Vec<String> {
    let help = Pq::new().ok(&[words, &["--help"]].concat()).stdout();
    let lines = help.lines().take_while(|line| *line != "Options:" && *line != "Global options:");
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").map(str::to_owned).collect()
}

/// A page for `pq`, for every command and for those below it, in order.
fn pages() -> Vec<String> {
    let mut pages = vec!["pq.1".to_owned()];
    let mut commands = listed(&[]);
    commands.sort();
    for command in commands {
        pages.push(format!("pq-{command}.1"));
        if command == "import" || command == "export" {
            pages.extend(listed(&[&command]).iter().map(|below| format!("pq-{command}-{below}.1")));
        }
    }
    pages
}

#[test]
fn the_page_of_pq_goes_to_standard_output() {
    let page = Pq::new().ok(&["man"]).stdout();
    assert!(page.contains(".TH pq 1"), "{page}");
    assert!(page.contains("pq\\-completions(1)"), "{page}");
}

#[test]
fn a_directory_gets_a_page_per_command() {
    let pq = Pq::new();
    let said = pq.ok(&["man", "share/man1"]).stdout();
    assert!(said.starts_with(&format!("wrote {} pages to ", pages().len())), "{said}");
    assert!(said.contains("next: man -l "), "{said}");
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
    let report = pq.ok(&["man", "d", "--format", "json"]).json();
    assert_eq!(report["kind"], "man/1");
    let pages: Vec<&str> = report["pages"].as_array().unwrap().iter().map(|page| page.as_str().unwrap()).collect();
    assert_eq!(pages, self::pages());
    let said = pq.ok(&["--format=markdown", "man", "d"]).stdout();
    assert!(said.starts_with("```text\nwrote ") && said.ends_with("```\n"), "{said}");
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
