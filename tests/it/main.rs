//! Integration tests: one binary, so that there is one link.

mod architecture;
mod cli;
mod codec;
mod ops;
mod support;
