//! Use cases, on real repositories built in process.

mod audit;
mod audit_by_hand;
mod edits;
mod forecast;
mod init;
mod kill;
mod log;
mod marks;
mod outcomes;
mod paths;
mod resolve;
mod resolve_clones;
mod resolve_kill;
mod reverts;
mod status;
mod worktree;
