//! `pq man [DIR]`

use std::io;
use std::path::{Path, PathBuf};

use clap_mangen::Man;
use serde::Serialize;

use crate::cli::error::Error;
use crate::cli::{Ctx, Exit, args};
use crate::ui::{Report, Screen, name, plural, text};

/// Print the manual, or write its pages into a directory
///
/// Without a directory, the page of pq itself goes to standard output: `pq man | man -l -`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where to write one page per command; it is made if it does not exist
    directory: Option<PathBuf>,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    let command = manual();
    match args.directory {
        Some(directory) => ctx.emit(&write_all(&command, &ctx.cwd.join(directory))?),
        None => ctx.write(&page(&command)),
    }
}

/// The pages that were written.
#[derive(Debug, Serialize)]
struct Written {
    directory: String,
    pages: Vec<String>,
}

impl Report for Written {
    const KIND: &'static str = "man/1";

    fn human(&self, screen: &mut Screen) {
        let pages = plural(self.pages.len(), "page", "pages");
        screen.line(text!["wrote ", pages, " to ", name(&self.directory)]);
        screen.next(&["man", "-l", &format!("{}/pq.1", self.directory)], "");
    }
}

/// The commands with the names that their pages have: `pq-rebase`.
fn manual() -> clap::Command {
    let mut command = args::command().disable_help_subcommand(true);
    command.build();
    command
}

fn page(command: &clap::Command) -> Vec<u8> {
    let mut page = Vec::new();
    Man::new(command.clone()).manual("pq").render(&mut page).expect("a Vec takes everything");
    page
}

fn write_all(command: &clap::Command, directory: &Path) -> Result<Written, Error> {
    fs_err::create_dir_all(directory).map_err(failed(directory))?;
    let mut pages = vec![write_page(command, directory)?];
    let is_shown = |sub: &&clap::Command| !sub.is_hide_set();
    for sub in command.get_subcommands().filter(is_shown) {
        pages.push(write_page(sub, directory)?);
        for kind in sub.get_subcommands().filter(is_shown) {
            pages.push(write_page(kind, directory)?);
        }
    }
    Ok(Written { directory: directory.display().to_string(), pages })
}

fn write_page(command: &clap::Command, directory: &Path) -> Result<String, Error> {
    let file = Man::new(command.clone()).get_filename();
    let path = directory.join(&file);
    fs_err::write(&path, page(command)).map_err(failed(&path))?;
    Ok(file)
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    |source| Error::WriteManual { path: path.to_owned(), source }
}
