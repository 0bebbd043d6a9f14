//! Use cases, on real repositories built in process.

mod edits;
mod init;
mod log;
mod outcomes;
mod paths;
mod reverts;
