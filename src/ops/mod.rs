//! Use cases: options in, report out. No clap, no printing, no environment, no clock.

pub mod amend;
pub mod audit;
pub mod breaks;
pub mod commits;
pub mod demo;
pub mod edit;
pub mod error;
pub mod evidence;
pub mod exchange;
pub mod follow;
pub mod forecast;
pub mod fsck;
pub mod header;
pub mod import;
pub mod init;
pub mod look;
pub mod materialize;
pub mod pick;
pub mod position;
pub mod publish;
pub mod quilt;
pub mod rebase;
pub mod refresh;
pub mod replay;
pub mod resolve;
pub mod rework;
pub mod status;
pub mod text;
pub mod transaction;
pub mod undo;
pub mod upstream;
pub mod verify;
pub mod why;
pub mod workbench;

pub use error::OpError;
