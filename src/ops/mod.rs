//! Use cases: options in, report out. No clap, no printing, no environment, no clock.

pub mod replay;
