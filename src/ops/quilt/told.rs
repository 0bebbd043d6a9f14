//! What is told of a patch that was imported.

use bstr::ByteSlice;

use super::report::{Loss, Moved};
use crate::format::compressed::plain_name;
use crate::format::dep3;
use crate::format::loose;
use crate::format::quilt::{Entry, header};
use crate::git::loose::Patched;

/// The address to which a header says that the patch was sent.
pub(super) fn forwarded(header: &[u8]) -> Option<String> {
    let value = header.lines().find_map(|line| line.strip_prefix(b"Forwarded:"))?.trim();
    let is_address = value.starts_with(b"https://") || value.starts_with(b"http://");
    value.to_str().ok().filter(|_| is_address).map(str::to_owned)
}

/// The hunks that a person may want to look at.
pub(super) fn moved(patched: &[Patched]) -> Vec<Moved> {
    let mut moved = Vec::new();
    for file in patched {
        for hunk in &file.hunks {
            if hunk.at != hunk.stated || hunk.fuzz > 0 || !hunk.look_alikes.is_empty() {
                moved.push(Moved {
                    path: file.path.clone(),
                    hunk: hunk.line,
                    stated: hunk.stated,
                    at: hunk.at,
                    fuzz: hunk.fuzz,
                    look_alikes: hunk.look_alikes.clone(),
                });
            }
        }
    }
    moved
}

/// What the source's format does not say of a patch.
pub(super) fn losses(entry: &Entry, text: &[u8]) -> Vec<Loss> {
    let message = header::message(loose::header(text));
    let (fields, _) = dep3::fields(loose::header(text));
    let is_day = message.date.is_some() && !fields.iter().any(|field| field.is("Date"));
    let found = [
        (message.author.is_none(), Loss::Author),
        (message.date.is_none(), Loss::Date),
        (is_day, Loss::Time),
        (entry.strip != 1 || entry.reverse, Loss::Options),
        (plain_name(&entry.name) != entry.name, Loss::Compression),
    ];
    found.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, loss)| loss).collect()
}
