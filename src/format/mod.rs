//! (being built)

pub mod provenance;
