//! Integration tests: one binary, so that there is one link.

mod codec;
