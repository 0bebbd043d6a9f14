//! Bytes to model and back, exactly.

pub mod manifest;
