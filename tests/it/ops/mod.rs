//! Use cases, on real repositories built in process.

mod audit;
mod audit_by_hand;
mod edits;
mod forecast;
mod generated;
mod index;
mod init;
mod kill;
mod landings;
mod log;
mod marks;
mod micro;
mod news;
mod outcomes;
mod paths;
mod position;
mod repick;
mod resolve;
mod resolve_clones;
mod resolve_kill;
mod reverts;
mod selectors;
mod status;
mod traps;
mod why;
mod worktree;
