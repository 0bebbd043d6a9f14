//! `pq try REV...`

use super::pick::What;
use crate::cli::{Ctx, Exit};

/// Say what `pq pick` would come to; nothing is kept
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    what: What,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    args.what.attempt(ctx)
}
