use std::process::Command;

use super::fork::Fork;
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

#[test]
fn names_of_patches_are_completed() {
    let fork = Fork::queue();
    assert_eq!(
        fork.ok(&["completions", "--patches"]).stdout(),
        "log-say-more\nlimit-allow-20\nlimit-name-the-unit\nnet-retry\n@top\n"
    );
    let outside = fork.pq.run(&["completions", "--patches"]);
    assert_eq!((outside.code, outside.stdout(), outside.stderr()), (Some(0), String::new(), String::new()));
    let script = fork.pq.dir().join("script");
    std::fs::write(&script, fork.pq.ok(&["completions", "bash"]).stdout).unwrap();
    let complete = |words: &str, at: usize| {
        let ask = format!(
            r##"pq() {{ "{}" "$@"; }}; . "$0"; COMP_WORDS=({words}); COMP_CWORD={at}; _pq_with_patches pq "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"; printf '%s\n' "${{COMPREPLY[@]}}""##,
            env!("CARGO_BIN_EXE_pq")
        );
        let mut bash = Command::new("bash");
        let output = bash.args(["--norc", "-c", &ask]).arg(&script).current_dir(fork.dir()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(complete("pq show li", 2), "limit-allow-20\nlimit-name-the-unit\n");
    assert_eq!(complete("pq move net-retry --after @", 4), "@top\n");
    assert_eq!(complete("pq dr", 1), "drop\n");
    for shell in ["zsh", "fish"] {
        let script = fork.pq.ok(&["completions", shell]).stdout();
        assert!(script.contains("pq completions --patches"), "{shell}");
    }
    let zsh = fork.pq.ok(&["completions", "zsh"]).stdout();
    assert!(zsh.matches(":_pq_patches'").count() > 12, "{zsh}");
}
