//! What a command is given beside its own arguments.

use std::path::PathBuf;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::args::Global;
use super::error::Error;
use super::{Exit, env, interrupt};
use crate::model::Watch;
use crate::ops::OpError;
use crate::ops::position::Which;
use crate::ops::workbench::{Access, Where, Workbench};
use crate::store::QueueDir;
use crate::ui::{Progress, Report, Ui, Volume};

/// Where a command runs, and how it talks.
#[derive(Debug)]
pub struct Ctx {
    /// The directory that it was started in, or `-C`; absolute.
    pub cwd: PathBuf,
    /// The directory of the queue, if `--queue` or `PQ_DIR` names it; absolute.
    pub queue: Option<PathBuf>,
    /// The line, if `--line` names it.
    pub line: Option<String>,
    /// When the command was started: the only look at the clock.
    pub now: Timestamp,
    ui: Ui,
    progress: Progress,
}

impl Ctx {
    /// From the options, the current directory and the clock.
    ///
    /// # Errors
    /// `-C` names no directory, or there is no current one.
    pub(super) fn new(global: Global, ui: Ui) -> crate::Result<Ctx> {
        let started = std::env::current_dir().map_err(Error::CurrentDirectory)?;
        let cwd = match global.directory {
            Some(directory) => started.join(directory),
            None => started,
        };
        if !cwd.is_dir() {
            return Err(Error::NotADirectory(cwd).into());
        }
        let is_wanted = !global.no_progress && ui.volume != Volume::Quiet;
        let is_drawn = is_wanted && ui.can_draw() && env::can_redraw(|name| std::env::var_os(name));
        Ok(Ctx {
            queue: global.queue.map(|queue| cwd.join(queue)),
            line: global.line,
            now: Timestamp::now(),
            progress: Progress::new(is_drawn, interrupt::flag()),
            cwd,
            ui,
        })
    }

    /// What a long job tells how far it is, and asks whether to go on.
    pub fn watch(&self) -> &dyn Watch {
        &self.progress
    }

    /// Where to look for the queue.
    pub fn place(&self) -> Where {
        Where { start: self.cwd.clone(), queue: self.queue.clone(), line: self.line.clone() }
    }

    /// The time of the command, in seconds since 1970: what the log of operations records.
    pub fn when(&self) -> i64 {
        self.now.as_second()
    }

    /// The offset from UTC at the place of the command, as git writes it: `+0100`.
    pub fn offset(&self) -> String {
        let seconds = self.now.to_zoned(TimeZone::system()).offset().seconds();
        let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
        format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }

    /// The day of the command, by which what is written in pq.toml expires: in UTC, so that it is the same for everybody.
    pub fn today(&self) -> Date {
        self.now.to_zoned(TimeZone::UTC).date()
    }

    /// Opens the line that is meant.
    ///
    /// # Errors
    /// There is none, or several and none is chosen; or it cannot be read.
    pub fn open(&self, access: Access) -> crate::Result<Workbench> {
        self.open_line(self.place().line()?, access)
    }

    /// Opens a line that was found.
    ///
    /// # Errors
    /// It is not the one that is meant, or it cannot be read.
    pub fn open_line(&self, dir: QueueDir, access: Access) -> crate::Result<Workbench> {
        let mut bench = Workbench::open(dir, access)?;
        bench.which = Some(Which { here: self.cwd.clone(), named: None });
        let here = &bench.manifest().line.name;
        match &self.line {
            Some(asked) if asked != here => Err(OpError::OtherLine { asked: asked.clone(), here: here.clone() }.into()),
            _ => Ok(bench),
        }
    }

    /// Shows the report; the last line of a command.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn emit<R: Report>(&self, report: &R) -> crate::Result<Exit> {
        self.progress.finish();
        Ok(self.ui.emit(report)?.into())
    }

    /// Writes text of our own that is no report, such as a completion script, as it is.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, bytes: &[u8]) -> crate::Result<Exit> {
        self.progress.finish();
        self.ui.write(bytes)?;
        Ok(Exit::Fine)
    }
}
