//! The binary: wiring, text, exit codes.

mod completions;
mod fork;
mod help;
mod init;
mod look;
mod man;
mod rebase;
mod reference;
mod refresh;
mod status;
mod streams;
