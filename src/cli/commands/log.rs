//! `pq log [-n N]`

use jiff::Timestamp;

use crate::cli::{Ctx, Exit};
use crate::ops::undo::{LogReport, log};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Table, dim, id, text};

/// List what was done to the queue, the last command first
///
/// Times are in UTC. With `-v` also the refs that each command moved.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the last N commands
    #[arg(short = 'n', long, value_name = "N")]
    number: Option<usize>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let mut report = log(&ctx.open(Access::Read)?)?;
    report.operations.truncate(args.number.unwrap_or(usize::MAX));
    ctx.emit(&report)
}

impl Report for LogReport {
    const KIND: &'static str = "log/1";

    fn human(&self, screen: &mut Screen) {
        let mut table = Table::new();
        for operation in &self.operations {
            table.row([text![id(operation.id)], text![dim(time(operation.when))], text![&operation.what]]);
            let refs = operation.refs.iter().filter(|_| screen.is_verbose());
            refs.for_each(|edit| {
                let place = |id: Option<crate::model::Oid>| id.map_or("nothing".to_owned(), |id| id.short());
                table.row([
                    text![],
                    text![],
                    text![dim(format!("{}: {} → {}", edit.name, place(edit.old), place(edit.new)))],
                ]);
            });
        }
        screen.table(&table);
        if !self.operations.is_empty() {
            screen.next(&["pq", "undo"], "takes the first of these back");
        }
    }
}

/// The time in UTC, to the second.
fn time(seconds: i64) -> String {
    Timestamp::from_second(seconds)
        .map_or_else(|_| seconds.to_string(), |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string())
}
