use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::support::Pq;

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let pq = Pq::new();
    let mut child = pq.command(&["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let pq = Pq::new();
    let output = pq.command(&["completions", "bash"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.starts_with("error: cannot write to standard output\ncaused by: "), "{stderr}");
    assert!(stderr.contains("\nhint: "), "{stderr}");
}

#[test]
fn colour_is_for_those_who_want_it() {
    let has_color = |pq: Pq, args: &[&str]| pq.run(args).stdout.contains(&0x1b);
    assert!(!has_color(Pq::new(), &["--help"]));
    assert!(!has_color(Pq::new().env("NO_COLOR", ""), &["--help"]), "a pipe");
    assert!(has_color(Pq::new(), &["--help", "--color=always"]), "the option beats NO_COLOR");
    assert!(has_color(Pq::new().env("NO_COLOR", "").env("CLICOLOR_FORCE", "1"), &["--help"]));
    assert!(!has_color(Pq::new().env("CLICOLOR_FORCE", "1"), &["--help"]), "NO_COLOR beats the force");
    assert!(has_color(Pq::new(), &["--color", "always", "man", "d"]), "a report");
    assert!(!has_color(Pq::new(), &["--color", "always", "--format", "json", "man", "d"]), "JSON");
}

/// The process hangs in a write to a pipe that is full, as a long job would.
#[cfg(target_os = "linux")]
#[test]
fn the_second_ctrl_c_ends_the_process_at_once() {
    const PIPE_CAPACITY: usize = 64 * 1024;
    let (_reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(&[0; PIPE_CAPACITY]).unwrap();
    let pq = Pq::new();
    let mut child = pq.command(&["completions", "bash"]).stdout(writer).spawn().unwrap();
    let press = |child: &Child| {
        std::thread::sleep(Duration::from_millis(300));
        let status = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(status.success());
    };
    press(&child);
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(child.try_wait().unwrap(), None, "the first one only asks");
    press(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}
