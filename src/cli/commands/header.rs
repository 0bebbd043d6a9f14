//! `pq header NAME`

use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::Command;

use bstr::{BString, ByteSlice};

use crate::Result;
use crate::cli::error::Error;
use crate::cli::{Ctx, Exit, env};
use crate::ops::edit::set_message;
use crate::ops::header::{HeaderReport, dep3, header};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen};

/// Show or change what a patch says: author, date, subject and message
///
/// Author and date stay as they are. With `--edit`, the message is opened in $VISUAL, $EDITOR or vi.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("change")))]
pub struct Args {
    /// The patch
    #[arg(value_hint = clap::ValueHint::Other)]
    name: String,
    /// Take the whole message from a file; `-` is standard input
    #[arg(short, long, value_name = "FILE", group = "change")]
    replace: Option<PathBuf>,
    /// Add to the end of the message: a trailer to its trailers, anything else as a paragraph
    #[arg(short, long, value_name = "TEXT", group = "change")]
    append: Option<String>,
    /// Edit the message
    #[arg(short, long, group = "change")]
    edit: bool,
    /// Add the DEP-3 fields that are missing, made of what pq.toml knows; with `--edit` before the editor opens
    #[arg(long, conflicts_with_all = ["replace", "append"])]
    dep3: bool,
}

pub fn run(args: Args, ctx: &Ctx) -> Result<Exit> {
    let bench = ctx.open(Access::Read)?;
    let before = header(&bench, &args.name)?;
    let start = if args.dep3 { dep3(&bench, &args.name, ctx.today())? } else { before.message.clone() };
    drop(bench);
    let message = match (&args.replace, &args.append) {
        (Some(file), _) => read(file, &ctx.cwd)?,
        (_, Some(text)) => appended(&before.message, text.as_bytes()),
        _ if args.edit => edited(&start, &ctx.cwd)?,
        // Nothing but the fields may change.
        _ if args.dep3 => return set(&before, start, ctx),
        _ => return ctx.emit(&before),
    };
    set(&before, cleaned(&message), ctx)
}

fn set(before: &HeaderReport, message: BString, ctx: &Ctx) -> Result<Exit> {
    if message.is_empty() {
        return Err(Error::EmptyMessage.into());
    }
    if message == before.message {
        return ctx.emit(before);
    }
    // The editor may have been open for long: only now nobody else may change the queue, and nobody may have.
    let bench = ctx.open(Access::Write)?;
    if header(&bench, before.name.as_str())? != *before {
        return Err(Error::ChangedMeanwhile(before.name.clone()).into());
    }
    ctx.emit(&set_message(&bench, before.name.as_str(), message, ctx.when(), ctx.watch())?)
}

impl Report for HeaderReport {
    const KIND: &'static str = "header/1";

    fn human(&self, screen: &mut Screen) {
        screen.block("", &self.lines());
    }
}

pub fn read(file: &Path, cwd: &Path) -> Result<BString, Error> {
    let failed = |source| Error::ReadMessage { path: file.to_owned(), source };
    if file == Path::new("-") {
        let mut text = Vec::new();
        io::stdin().lock().read_to_end(&mut text).map_err(failed)?;
        return Ok(text.into());
    }
    fs_err::read(cwd.join(file)).map(BString::from).map_err(failed)
}

/// A trailer goes right under the trailers that are there; any other text is a paragraph of its own.
fn appended(message: &[u8], text: &[u8]) -> BString {
    let message = message.trim_end();
    let last = message.rsplit_once_str("\n\n").map(|(_, last)| last);
    let is_block = last.is_some_and(|last| last.lines().all(is_trailer));
    let gap: &[u8] = if is_block && text.lines().all(is_trailer) { b"\n" } else { b"\n\n" };
    [message, gap, text].concat().into()
}

/// `Signed-off-by: …` and the like.
fn is_trailer(line: &[u8]) -> bool {
    let token = line.split_once_str(": ").map(|(token, _)| token);
    token.is_some_and(|token| {
        !token.is_empty() && token.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    })
}

/// Without empty lines at both ends, and with one newline at the end, as `git commit` leaves it. Lines that start with `#` stay: many
/// messages have them.
fn cleaned(message: &[u8]) -> BString {
    let blank: usize = message.lines_with_terminator().take_while(|line| line.trim().is_empty()).map(<[u8]>::len).sum();
    let text = message[blank..].trim_end();
    if text.is_empty() { BString::default() } else { [text, b"\n"].concat().into() }
}

/// The message as the person left it in the editor.
fn edited(message: &[u8], cwd: &Path) -> Result<BString, Error> {
    let failed = |source| Error::ReadMessage { path: "the file for the editor".into(), source };
    let directory = tempfile::tempdir().map_err(failed)?;
    let file = directory.path().join("PATCH_MESSAGE");
    fs_err::write(&file, message).map_err(failed)?;
    let editor = env::editor(|name| std::env::var_os(name));
    let status = command(&editor, &file).current_dir(cwd).status();
    match status {
        Ok(status) if status.success() => fs_err::read(&file).map(BString::from).map_err(failed),
        Ok(status) => Err(Error::Editor { editor, why: io::Error::other(status.to_string()) }),
        Err(why) => Err(Error::Editor { editor, why }),
    }
}

/// The editor is a command line, such as `code --wait`; git gives it to the shell as well.
#[cfg(unix)]
fn command(editor: &OsString, file: &Path) -> Command {
    let mut script = editor.clone();
    script.push(" \"$@\"");
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).arg(editor).arg(file);
    command
}

#[cfg(not(unix))]
fn command(editor: &OsString, file: &Path) -> Command {
    let mut command = Command::new(editor);
    command.arg(file);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_in_one_newline_and_begins_with_text() {
        assert_eq!(cleaned(b"\n \nsubject\n\n  body \n\n\n"), "subject\n\n  body\n");
        assert_eq!(cleaned(b"# kept"), "# kept\n");
        assert_eq!(cleaned(b" \n\n"), "");
    }

    #[test]
    fn trailers_are_appended_to_trailers() {
        assert_eq!(appended(b"s\n\nA: b\n", b"C: d"), "s\n\nA: b\nC: d");
        assert_eq!(appended(b"s\n", b"C: d"), "s\n\nC: d");
        assert_eq!(appended(b"s\n\nA: b\n", b"text"), "s\n\nA: b\n\ntext");
    }
}
