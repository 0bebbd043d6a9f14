//! `pq split PATCH --into NEW`

use std::ffi::OsString;

use bstr::{BString, ByteVec};

use crate::cli::{Ctx, Exit};
use crate::ops::split::{Options, split};
use crate::ops::workbench::Access;

/// Move some files or hunks of a patch into a new one; both together do what it did
///
/// `pq show --hunks` numbers the hunks. Author, date and metadata of the new patch are those of the old one.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).multiple(true)))]
pub struct Args {
    /// The patch
    #[arg(value_hint = clap::ValueHint::Other)]
    name: String,
    /// The name of the new patch
    #[arg(long, value_name = "NEW")]
    into: String,
    /// These files, or what is below these directories; paths from the top of the worktree
    #[arg(long, value_name = "PATH", num_args = 1.., group = "what")]
    file: Vec<OsString>,
    /// These hunks: the file, and which hunk of it, from 1
    #[arg(long, value_name = "PATH:N", num_args = 1.., group = "what", value_parser = hunk)]
    hunk: Vec<(String, usize)>,
    /// Put the new patch in front of the old one, in place of behind it
    #[arg(long)]
    before: bool,
    /// The message of the new patch, in place of its name
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// The topic of the new patch, in place of the old one's
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let options = Options {
        name: args.name,
        into: args.into,
        files: args.file.into_iter().map(|path| Vec::from_os_string(path).unwrap_or_default().into()).collect(),
        hunks: args.hunk.into_iter().map(|(path, n)| (BString::from(path), n)).collect(),
        before: args.before,
        message: args.message.map(|text| format!("{}\n", text.trim_end()).into()),
        topic: args.topic,
        when: ctx.when(),
    };
    ctx.emit(&split(&ctx.open(Access::Write)?, &options, ctx.watch())?)
}

fn hunk(text: &str) -> Result<(String, usize), String> {
    let parts = text.rsplit_once(':').and_then(|(path, n)| Some((path.to_owned(), n.parse().ok()?)));
    parts.ok_or_else(|| "a hunk is PATH:N, as `pq show --hunks` lists them".to_owned())
}
