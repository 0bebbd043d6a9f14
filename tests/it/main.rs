//! Integration tests: one binary, so that there is one link.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do, and clippy knows tests only by their attribute"
)]

mod architecture;
mod baseline;
mod cli;
mod codec;
mod docs;
mod ops;
mod ops_demo;
mod prop;
mod scenarios;
mod support;
