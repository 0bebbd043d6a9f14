//! A killed `pq split`, `squash`, `fold` or `undo` leaves the old queue or the new one, loses no file of a person's, and the next command goes on.

use std::path::Path;

use pq::model::Silent;
use pq::ops::chosen::Chosen;
use pq::ops::fold::fold;
use pq::ops::position::{self, Edits, Target, Which};
use pq::ops::split::{self, split};
use pq::ops::squash::squash;
use pq::ops::undo::undo;
use pq::ops::workbench::{Access, Where, Workbench};

use super::position_kill::{FILES, kill_all, tree};
use crate::support::{Fork, kill};

/// The first and the last in a worktree on the branch; those between in one that stands at the patch.
const OPERATIONS: [&str; 6] = ["split", "split-here", "undo-here", "squash", "fold-here", "fold"];

fn run(queue: &Path, operation: &str) -> pq::Result<()> {
    let mut bench = Workbench::open(Where { start: queue.to_owned(), ..Where::default() }.line()?, Access::Write)?;
    bench.which = Some(Which { here: queue.with_file_name("tree"), named: None });
    match operation {
        "split" | "split-here" => {
            let options = split::Options {
                name: "two".into(),
                into: "part".into(),
                files: (0..FILES / 2).map(|n| format!("f{n:02}").into()).collect(),
                hunks: Vec::new(),
                before: operation == "split",
                message: None,
                topic: None,
                when: 5,
            };
            split(&bench, &options, &Silent).map(drop)
        }
        "undo-here" => undo(&bench, 6).map(drop),
        "squash" => squash(&bench, &Chosen::of(&["one..two"]), Some("both"), 5, &Silent).map(drop),
        _ => {
            let section = |n| {
                format!(
                    "diff --git a/g{n:02} b/g{n:02}\nnew file mode 100644\n--- /dev/null\n+++ b/g{n:02}\n@@ -0,0 +1 @@\n+folded\n"
                )
            };
            let text: String = (0..FILES).map(section).collect();
            fold(&bench, ("text", &text.into()), 5, &Silent).map(drop)
        }
    }
}

/// Files that git does not know are there all the time.
fn prepare(fork: &Fork, operation: &str) {
    std::fs::write(tree(fork).join("notes"), "mine\n").unwrap();
    if operation.ends_with("-here") || operation == "squash" {
        let which = Which { here: tree(fork), named: None };
        position::go(&fork.open(), &which, &Target::Patch("two".into()), Edits::Refuse, &Silent).unwrap();
    }
    if operation == "undo-here" {
        run(&fork.queue(), "split-here").unwrap();
    }
}

#[test]
#[ignore = "run by the test that kills it"]
fn child() {
    kill::child(run);
}

#[test]
fn killed_processes_leave_the_old_queue_or_the_new_one() {
    kill_all(module_path!(), &OPERATIONS, run, prepare);
}
