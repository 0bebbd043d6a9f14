use std::process::Command;

use crate::support::Pq;

#[test]
fn every_shell_has_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = Pq::new().ok(&["completions", shell]).stdout();
        for word in ["completions", "man", "no-progress"] {
            assert!(script.contains(word), "{word} in the script of {shell}");
        }
    }
}

/// Shells that are installed must at least be able to read their script.
#[test]
fn the_shells_can_read_their_scripts() {
    let pq = Pq::new();
    for shell in ["bash", "zsh", "fish"] {
        let file = pq.dir().join(shell);
        std::fs::write(&file, pq.ok(&["completions", shell]).stdout).unwrap();
        match Command::new(shell).arg("-n").arg(&file).output() {
            Ok(output) => assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr)),
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::NotFound),
        }
    }
}

#[test]
fn bash_completes_a_command() {
    let pq = Pq::new();
    let script = pq.dir().join("script");
    std::fs::write(&script, pq.ok(&["completions", "bash"]).stdout).unwrap();
    let ask = r#". "$0"; COMP_WORDS=(pq comp); COMP_CWORD=1; _pq pq comp pq; printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash").args(["--norc", "-c", ask]).arg(&script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "completions\n", "{output:?}");
}
