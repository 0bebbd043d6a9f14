//! The scenarios that the test suites of quilt, StGit, MQ and TopGit taught, by their numbers: `s14_…` is scenario 14.
//!
//! Without a test here, and why:
//! - 30 (a command per patch during a rebase): pq runs nothing that a queue names. A script that goes from patch to patch with `pq push` and
//!   stops where a build fails needs no state of pq's.
//! - 37, the half of it that merges into a patch of the same name on the other line: `pq carry` says that the patch is there already. Dropping it
//!   and carrying it again is the way, and tested.
//! - 45, signatures and notes: the commits of a queue are a pure function of its files (decision 3), so a signature would have to be made anew
//!   for each and would change their ids, and notes belong to commits that are replaced. What is tested is that hooks and `commit.gpgSign` have
//!   no say, and that the committer is the author.
//! - 47 (300 patches under a second): a matter of the release build; `benches/replay.rs` measures it.

mod adopted;
mod back;
mod carry;
mod editing;
mod exchange;
mod order;
mod series;
mod upstream;
mod worktrees;
