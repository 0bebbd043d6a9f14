//! Use cases: options in, report out. No clap, no printing, no environment, no clock.

pub mod error;
pub mod materialize;
pub mod publish;
pub mod rebase;
pub mod replay;
pub mod text;
pub mod transaction;
pub mod workbench;

pub use error::OpError;
