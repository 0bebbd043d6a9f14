//! `pq publish [REMOTE]`

use super::parts::names;
use crate::cli::{Ctx, Exit};
use crate::ops::publication::{Options, PublishReport, publish};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, good, id, name, text, warn};

/// Push the line's branch, and a tag, to a remote
///
/// Only that branch and that tag are touched, through your own git, and the branch only from where pq put it before. With
/// publish = "merging-rebase" in [line], a merge joins what the remote had, so that those who follow it fast-forward.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The remote; `publish-remote` of [line] without
    remote: Option<String>,
    /// Publish although patches are held
    #[arg(long)]
    allow_held: bool,
    /// Set no tag
    #[arg(long)]
    no_tag: bool,
    /// Replace that commit of the remote, which pq did not put there
    #[arg(long, value_name = "COMMIT")]
    replace: Option<String>,
    /// Only tell what would be done
    #[arg(long)]
    dry_run: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let options = Options {
        remote: args.remote,
        allow_held: args.allow_held,
        tag: !args.no_tag,
        replace: args.replace,
        dry_run: args.dry_run,
        when: ctx.when(),
    };
    let access = if args.dry_run { Access::Read } else { Access::Write };
    ctx.emit(&publish(&ctx.open(access)?, &options, ctx.watch())?)
}

impl Report for PublishReport {
    const KIND: &'static str = "publish/1";

    fn human(&self, screen: &mut Screen) {
        let place = text![name(&self.branch), " of ", &self.remote];
        match (self.up_to_date, self.dry_run) {
            (true, _) => screen.line(text![good("up to date: "), self.to, " is "].with(place)),
            (false, true) => screen.line(text![self.to, " would become "].with(place)),
            (false, false) => screen.line(text![good("published: "), self.to, " is "].with(place)),
        }
        if let Some(tag) = &self.tag {
            screen.line(text!["tag: ", id(tag)]);
        }
        if self.merged {
            screen.line(text!["it joins what was there and ", self.tip.commit, ", whose files it has"]);
        }
        if !self.held.is_empty() {
            screen.line(text![warn("held, and not in it: "), names(&self.held)]);
        }
    }
}
