//! `pq find FILE[:LINE]`

use std::path::PathBuf;

use bstr::ByteSlice;

use crate::cli::{Ctx, Exit};
use crate::format::quote::display;
use crate::ops::find::{FindReport, Options, find};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, dim, name, text};

/// Say which patches touch a file, or which one owns a line of it
///
/// The file is looked at where the worktree stands in the queue; at the end of the queue, if it stands nowhere. Renames are followed.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file, and a line or the first and the last of several: FILE, FILE:LINE, FILE:FIRST-LAST
    #[arg(value_name = "FILE[:LINE]")]
    file: PathBuf,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let (file, lines) = place(args.file);
    let options = Options { file, lines, here: ctx.cwd.clone() };
    ctx.emit(&find(&ctx.open(Access::Read)?, &options, ctx.watch())?)
}

/// A file's name may end in a colon and digits; whoever has such a file writes `FILE:1-9`.
fn place(typed: PathBuf) -> (PathBuf, Option<(u32, u32)>) {
    let parts = typed.to_str().and_then(|text| {
        let (file, lines) = text.rsplit_once(':')?;
        let (first, last) = lines.split_once('-').unwrap_or((lines, lines));
        Some((PathBuf::from(file), (first.parse().ok()?, last.parse().ok()?)))
    });
    match parts {
        Some((file, lines)) => (file, Some(lines)),
        None => (typed, None),
    }
}

impl Report for FindReport {
    const KIND: &'static str = "find/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new();
        for patch in &self.patches {
            let runs: Vec<String> = patch.lines.iter().map(|(first, last)| lines(*first, *last)).collect();
            let was =
                if patch.path == self.path { String::new() } else { format!(" ({})", display(patch.path.as_bstr())) };
            table.row([text![name(&patch.name)], text![runs.join(" "), dim(was)], text![dim(&patch.subject)]]);
        }
        screen.table(&table);
        match (self.patches.is_empty(), self.asked) {
            (true, Some(_)) => screen.line(text!["the base: no patch wrote that"]),
            (true, None) => screen.line(text!["no patch touches it"]),
            _ => {}
        }
    }
}

fn lines(first: u32, last: u32) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_stand_behind_a_colon() {
        for (typed, file, lines) in [
            ("a.c", "a.c", None),
            ("a.c:7", "a.c", Some((7, 7))),
            ("a.c:7-9", "a.c", Some((7, 9))),
            ("a:b.c", "a:b.c", None),
            ("a:1:7", "a:1", Some((7, 7))),
        ] {
            assert_eq!(place(typed.into()), (file.into(), lines), "{typed}");
        }
    }
}
