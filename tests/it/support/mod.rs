//! Runs `pq` and `git` so that nothing of the machine or its user has a say.

mod fork;
pub mod kill;
mod run;

pub use fork::{Fork, Patches, Snapshot, Work, files_below, lines, lines_with};
pub use run::{Output, Pq, git, git_output, git_succeeds};

/// Identity and clock are fixed, so ids are too.
#[test]
fn git_does_not_know_who_runs_it() {
    let pq = Pq::new();
    git(pq.dir(), &["init", "-q", "-b", "main"]);
    git(pq.dir(), &["commit", "-q", "--allow-empty", "-m", "one"]);
    assert_eq!(git(pq.dir(), &["rev-parse", "HEAD"]), "8bac8ca0a64a1117e2ca123067165f15f5a9f810\n");
}
