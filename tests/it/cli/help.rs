use insta::assert_snapshot;

use crate::support::Pq;

/// The words of all commands are in the reference, which is made from the same source.
#[test]
fn the_help_lists_the_commands_in_groups() {
    let output = Pq::new().ok(&["--help"]).stdout();
    let titles: Vec<&str> = output.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
    let groups =
        ["Start:", "Look:", "Upstream:", "Carry:", "Edit, as in quilt:", "Exchange:", "CI:", "House:", "Options:"];
    assert_eq!(titles, groups);
    for line in [
        "Keeps a fork's patches as an ordered queue and carries them to every upstream release",
        "Usage: pq [OPTIONS] <COMMAND>",
        "  init          Make a queue, empty or from a fork's branch",
        "  rebase        Carry the queue to another release",
        "  -q, --quiet            No text, only errors and what programs read",
        "`pq help COMMAND` says more about one command.",
    ] {
        assert!(output.lines().any(|found| found == line), "{line:?} in\n{output}");
    }
    assert!(output.lines().all(|line| line.chars().count() <= 100), "{output}");
}

#[test]
fn no_command_at_all_is_a_mistake_that_shows_the_help() {
    let pq = Pq::new();
    let output = pq.run(&[]);
    assert_eq!(output.code, Some(2));
    assert_eq!(output.stderr(), pq.run(&["-h"]).stdout());
    assert_eq!(output.stdout(), "");
}

#[test]
fn the_version_is_the_packages() {
    assert_eq!(Pq::new().ok(&["--version"]).stdout(), concat!("pq ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn an_unknown_command_suggests_the_nearest() {
    let output = Pq::new().run(&["completionz", "bash"]);
    assert_eq!(output.code, Some(2));
    let said = output.stderr();
    assert!(said.contains("unrecognized subcommand 'completionz'") && said.contains("'completions'"), "{said}");
}

#[test]
fn a_mistake_cannot_write_to_the_terminal() {
    let output = Pq::new().run(&["\u{1b}[2Jx\u{9b}1m\r\u{202e}"]);
    assert_eq!(output.code, Some(2));
    let is_clean = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
    assert!(output.stderr().chars().all(is_clean), "{output}");
}

#[test]
fn a_directory_that_does_not_exist_is_a_mistake() {
    assert_snapshot!(Pq::new().run(&["-C", "nowhere", "man"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: $DIR/nowhere is not a directory
    hint: give -C a directory that exists
    ");
}
