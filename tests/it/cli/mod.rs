//! The binary: wiring, text, exit codes.

mod audit;
mod bad_input;
mod completions;
mod edit;
mod forecast;
mod fork;
mod fsck;
mod help;
mod init;
mod interrupt;
mod json;
mod look;
mod man;
mod pick;
mod quilt;
mod quilt_shim;
mod rebase;
mod reference;
mod refresh;
mod resolve;
mod status;
mod streams;
mod undo;
mod verify;
mod why;
