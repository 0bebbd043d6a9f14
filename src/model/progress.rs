//! What a long job tells whoever watches it, and the one thing it asks: whether to go on.

/// Is told how far a job is. Facts only: what they look like is not the job's affair.
pub trait Watch: Sync {
    /// A phase begins, and ends the one before it; `total` is how many steps it has, where that is known.
    fn phase(&self, name: &'static str, total: Option<u64>);
    /// `n` more steps of the phase are done.
    fn step(&self, n: u64);
    /// Whether somebody wants the job to stop. Jobs ask once per patch and per thousand commits.
    fn is_cancelled(&self) -> bool;
}

/// Nobody watches, nobody cancels.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Watch for Silent {
    fn phase(&self, _: &'static str, _: Option<u64>) {}

    fn step(&self, _: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}
