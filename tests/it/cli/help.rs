use insta::assert_snapshot;

use crate::support::Pq;

#[test]
fn the_help_lists_the_commands_in_groups() {
    assert_snapshot!(Pq::new().run(&["--help"]), @"
    exit: 0
    -- stdout
    Keeps a fork's patches as an ordered queue and carries them to every upstream release

    Usage: pq [OPTIONS] <COMMAND>

    Start:
      init         Make a queue, empty or from a fork's branch
      demo         Set up an example queue with its upstream, carry it, and explain what is seen

    Look:
      status       Where the line stands: base, newer releases, held patches, problems
      series       List the patches in order
      show         Show a patch: what is known of it, and its text
      why          Tell the whole story of a patch: its origin, what a release has of it, and why
      diff         Show what a patch, a run of patches or the whole queue changes
      files        List the files that a patch or the whole queue touches, and who touches them
      graph        Show which patch needs which, and why
      log          List what was done to the queue, the last command first

    Upstream:
      forecast     What would become of the queue on these releases; nothing is written
      audit        Find upstream commits that concern what you have and that you lack

    Carry:
      rebase       Carry the queue to another release
      resolve      Settle a held patch, or list what is held
      resolutions  Look at what is recorded of settled conflicts, or clear it up
      undo         Take the last command back: files, branch and refs
      redo         Do again what was taken back last

    Edit, as in quilt:
      header       Show or change what a patch says: author, date, subject and message
      move         Move a patch to another place in the series
      rename       Give a patch another name; its text and its commit stay what they are
      drop         Take patches out of the queue

    CI:
      refresh      Make again what derives from the queue, or check that it is as it should be
      verify       Check from scratch everything that the queue promises

    House:
      completions  Print the completion script of a shell
      man          Print the manual, or write its pages into a directory
      fsck         Check what pq keeps beside the patches: log, refs, memory

    Options:
          --queue <DIR>      The directory of the queue, in place of the pq.toml that is found from here
                             upwards [env: PQ_DIR]
          --line <NAME>      The line to work on, where the queue is a workspace of several
      -C <DIR>               Run as if started in DIR
          --format <FORMAT>  The notation of the report; `github` is text with annotations for GitHub
                             Actions [default: text] [possible values: text, json, github, markdown]
          --color <WHEN>     When to colour; `auto` also heeds NO_COLOR and CLICOLOR_FORCE [default:
                             auto] [possible values: auto, always, never]
      -q, --quiet            No text, only errors and what programs read
      -v, --verbose          More details
          --no-progress      No line of progress on the terminal
      -h, --help             Print help
      -V, --version          Print version

    `pq help COMMAND` says more about one command.
    -- stderr
    ");
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
    assert_snapshot!(Pq::new().run(&["complections", "bash"]), @"
    exit: 2
    -- stdout
    -- stderr
    error: unrecognized subcommand 'complections'

      tip: some similar subcommands exist: 'resolutions', 'completions'

    Usage: pq [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
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
