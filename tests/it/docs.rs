//! What the documentation shows is what happens: its commands are run, and their output is compared with what stands there.
//!
//! `PQ_UPDATE_DOCS=1 cargo test docs` writes the output anew.

use std::path::{Path, PathBuf};

use crate::support::{Pq, git};

/// How the pages call the directory that everything runs in.
const HOME: &str = "/home/you";

fn page(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Runs commands one after the other, as somebody at a prompt would.
struct Session {
    pq: Pq,
    directory: String,
}

impl Session {
    fn new() -> Session {
        Session { pq: Pq::new(), directory: ".".to_owned() }
    }

    /// What is seen of a command: its output, what it has to say, and its exit code if that is not 0.
    fn run(&mut self, line: &str) -> String {
        let words = words(line);
        let (program, args) = words.split_first().unwrap();
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        match program.as_str() {
            "cd" => self.directory = Path::new(&self.directory).join(args[0]).to_string_lossy().into_owned(),
            "git" => return self.home(&git(&self.pq.dir().join(&self.directory), &args)),
            "cat" => return std::fs::read_to_string(self.pq.dir().join(&self.directory).join(args[0])).unwrap(),
            "pq" => {
                let output = self.pq.run_in(&self.directory, &args);
                let code = output.code.filter(|code| *code != 0).map(|code| format!("(exit code {code})\n"));
                return self.home(&(output.stdout() + &output.stderr() + &code.unwrap_or_default()));
            }
            other => panic!("the documentation runs {other}"),
        }
        String::new()
    }

    fn home(&self, text: &str) -> String {
        text.replace(&*self.pq.dir().to_string_lossy(), HOME)
    }
}

/// The words of a command, with quotes, up to a comment.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut is_open) = (Vec::new(), String::new(), None, false);
    for c in line.chars() {
        match (quote, c) {
            (None, '#') if !is_open => break,
            (None, ' ') => words.extend(std::mem::take(&mut is_open).then(|| std::mem::take(&mut word))),
            (None, '\'' | '"') => (quote, is_open) = (Some(c), true),
            (Some(mark), c) if c == mark => quote = None,
            _ => {
                word.push(c);
                is_open = true;
            }
        }
    }
    words.extend(is_open.then_some(word));
    words
}

/// The page with the output of every command in its `console` blocks as it is now.
fn played(text: &str, session: &mut Session) -> String {
    let (mut out, mut is_console) = (String::new(), false);
    for line in text.lines() {
        match line {
            "```console" => is_console = true,
            "```" => is_console = false,
            _ => {}
        }
        let command = line.strip_prefix("$ ").filter(|_| is_console);
        if !is_console || command.is_some() || line == "```console" {
            out += &format!("{line}\n");
        }
        if let Some(command) = command {
            let shown = session.run(command);
            // Blanks at the ends of lines are no part of what is shown.
            out.extend(shown.lines().map(|line| format!("{}\n", line.trim_end())));
        }
    }
    out
}

#[test]
fn the_tutorial_shows_what_happens() {
    let file = page("docs/tutorial.md");
    let text = std::fs::read_to_string(&file).unwrap();
    let now = played(&text, &mut Session::new());
    if std::env::var_os("PQ_UPDATE_DOCS").is_some() {
        std::fs::write(&file, &now).unwrap();
    } else {
        let differs = now.lines().zip(text.lines()).find(|(now, text)| now != text);
        assert!(now == text, "docs/tutorial.md is out of date: PQ_UPDATE_DOCS=1 cargo test docs\n{differs:?}");
    }
}

/// The tour of the README works on a fork: here the demo's, as somebody would have it who does not know pq yet.
#[test]
fn the_tour_of_the_readme_works() {
    let text = std::fs::read_to_string(page("README.md")).unwrap();
    let tour = text.split("```sh tour\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let mut session = Session::new();
    for line in ["pq demo", "pq -C pq-demo/queue undo", "git clone -q pq-demo/upstream fork"] {
        let shown = session.run(line);
        assert!(!shown.contains("exit code"), "{line}\n{shown}");
    }
    session.run("git -C fork branch our-1.0 origin/fw/v1.0");
    let commands: Vec<&str> = tour.lines().filter(|line| !words(line).is_empty()).collect();
    assert!(commands.len() >= 7, "{commands:?}");
    let shown: Vec<String> = commands.iter().map(|line| session.run(line)).collect();
    let seen = |start: &str| {
        let at = commands.iter().position(|line| line.starts_with(start)).unwrap();
        shown[at].as_str()
    };
    assert!(shown.iter().all(|text| !text.contains("error:")), "{shown:#?}");
    assert!(seen("pq init").contains("13 patches"), "{shown:#?}");
    assert!(seen("pq rebase v1.1.0 --dry-run").contains("exit code 1"), "two patches are held: {shown:#?}");
    // After the undo nothing is held any more.
    assert!(session.run("pq status").contains("v1.0.0"));
    assert!(!session.run("pq status --check").contains("exit code"));
}

#[test]
fn words_are_split_as_a_shell_does() {
    assert_eq!(words("pq show 'a b' \"c\" # why"), ["pq", "show", "a b", "c"]);
    assert_eq!(words("# nothing").len(), 0);
}
