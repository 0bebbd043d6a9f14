//! Integration tests: one binary, so that there is one link.

#[cfg(test)]
mod codec;
