//! `pq` keeps a fork's changes as an ordered patch queue in TOML and carries the whole queue to each new upstream release.
//!
//! This file is the map of the modules. Dependencies point downwards only (a test reads the `use` lines and enforces it):
//!
//! | module | what lives there | may use |
//! |---|---|---|
//! | [`cli`] | clap, environment, Ctrl-C, exit codes; one file per command | everything below |
//! | [`ui`] | the only module that writes to a terminal | `model` |
//! | [`ops`] | use cases: options in, report out | `git`, `store`, `graph`, `format`, `model` |
//! | [`git`] | the only module that knows gix | `graph`, `format`, `model` |
//! | [`store`] | the only module that touches the queue's files | `graph`, `format`, `model` |
//! | [`graph`] | petgraph: who needs whom | `model` |
//! | [`mod@format`] | bytes to model and back, exactly | `model` |
//! | [`model`] | plain values; no disk, no clock, no terminal | nothing |
//!
//! The main job in one line: parse → resolve → load → order → plan → replay → materialize → render.
//! `docs/dev/architecture.md` walks through it.

pub mod cli;
pub mod error;
pub mod format;
pub mod git;
pub mod graph;
pub mod model;
pub mod ops;
pub mod store;
pub mod ui;

pub use error::{Error, Hint, Kind, Result};
