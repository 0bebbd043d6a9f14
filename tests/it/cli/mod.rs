//! The binary: wiring, text, exit codes.

mod completions;
mod help;
mod man;
mod reference;
mod streams;
