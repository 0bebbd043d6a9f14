//! `pq demo [DIR]`

use std::path::PathBuf;

use crate::cli::{Ctx, Exit};
use crate::ops::demo::{DemoReport, Next, Options, demo, free_name};
use crate::ui::{Report, Screen, dim, name, shell, text};

/// Set up an example queue with its upstream, carry it, and explain what is seen
///
/// Nothing outside the directory is touched, and no network is needed. Delete the directory when you have seen enough.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory to fill; by default `pq-demo`, or `pq-demo-2` and so on if that exists
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let typed = args.directory.unwrap_or_else(|| free_name(&ctx.cwd));
    let directory = ctx.cwd.join(&typed);
    // The commands that the report shows are for where the person is, and `-C` is somewhere else.
    let is_here = std::env::current_dir().is_ok_and(|here| here == ctx.cwd);
    let shown = if is_here { typed } else { directory.clone() };
    ctx.emit(&demo(&Options { directory, shown, when: ctx.now.as_second() }, ctx.watch())?)
}

impl Report for DemoReport {
    const KIND: &'static str = "demo/1";

    fn human(&self, screen: &mut Screen) {
        for (at, step) in self.steps.iter().enumerate() {
            screen.heading(format!("{}. {}", at + 1, step.title));
            step.text.iter().for_each(|paragraph| screen.sentence(paragraph));
        }
        screen.heading("Try");
        let width = self.next.iter().map(|next| line(next).len()).max().unwrap_or(0);
        for next in &self.next {
            let gap = " ".repeat(width - line(next).len() + 2);
            screen.sentence(text!["  ", name(line(next)), gap, dim(&next.what_for)]);
        }
    }
}

fn line(next: &Next) -> String {
    shell(&next.command.iter().map(String::as_str).collect::<Vec<_>>())
}
