//! Integration tests: one binary, so that there is one link.

mod architecture;
mod baseline;
mod cli;
mod codec;
mod ops;
mod prop;
mod support;
