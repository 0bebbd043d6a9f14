//! Use cases, on real repositories built in process.

mod outcomes;
mod paths;
