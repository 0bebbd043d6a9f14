//! `pq completions SHELL`

use clap_complete::Shell;

use crate::cli::{Ctx, Exit, args};

/// Print the completion script of a shell
///
/// For bash: `pq completions bash > ~/.local/share/bash-completion/completions/pq`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell that will read it
    shell: Shell,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut args::command(), "pq", &mut script);
    ctx.write(&script)
}
