//! The patch-file codec: properties, and git itself as the baseline.

mod git;
mod messages;
mod placement;
mod round_trip;
mod whole_patches;
