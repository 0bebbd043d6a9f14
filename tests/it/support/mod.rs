//! Runs `pq` and `git` so that nothing of the machine or its user has a say.

mod run;

pub use run::{Output, Pq, git};
