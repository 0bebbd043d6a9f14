//! What files look like in a worktree: line ends, encodings, `$Id$`, and filter programs that the user's configuration defines.
//!
//! The attributes are those of the tree that is checked out, as when git checks it out; files that git does not know count where the tree has
//! none.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::Read;

use bstr::{BStr, BString, ByteSlice};
use gix::attrs::StateRef;
use gix::filter::plumbing;
use gix::filter::plumbing::driver::apply::Delay;
use gix::filter::plumbing::pipeline::convert::to_worktree::{Options, UnknownEncoding};
use gix::worktree::stack::state::attributes::Source;

use super::files::at;
use super::{Worktree, WorktreeError, shown};
use crate::git::attributes::{Reader, files_above, index_of};
use crate::git::user::is_trusted;
use crate::git::{GitError, Kind, Objects, Tree};
use crate::model::Oid;

/// Converts contents for a worktree.
pub(super) struct Filters<'a> {
    worktree: &'a Worktree,
    objects: &'a Objects,
    pipeline: plumbing::Pipeline,
    stack: gix::worktree::Stack,
}

/// What the attributes ask for beyond what every conversion can do.
#[derive(Default)]
struct Asked {
    filter: Option<BString>,
    encoding: Option<BString>,
    has_ident: bool,
}

impl Worktree {
    /// For the files of a tree at these paths.
    pub(super) fn filters<'a, 'p>(
        &'a self,
        objects: &'a Objects,
        tree: Oid,
        paths: impl Iterator<Item = &'p BString>,
    ) -> Result<Filters<'a>, GitError> {
        let (mut tree, mut files) = (Tree::new(tree), BTreeSet::new());
        for path in paths {
            files.extend(files_above(objects, &mut tree, path.as_ref())?);
        }
        let index = index_of(&self.repo, &files);
        let broken = "read the attributes";
        let stack = self.repo.attributes_only(&index, Source::IdMappingThenWorktree).map_err(GitError::gix(broken))?;
        let pipeline = gix::filter::Pipeline::new(&self.repo, stack.detach()).map_err(GitError::gix(broken))?;
        let (pipeline, stack) = pipeline.into_parts();
        Ok(Filters { worktree: self, objects, pipeline, stack })
    }
}

impl Filters<'_> {
    /// What a blob becomes in the worktree.
    ///
    /// # Errors
    /// A program of the user's cannot convert it.
    pub fn convert(&mut self, path: &BStr, bytes: &[u8]) -> Result<Vec<u8>, GitError> {
        let Asked { encoding, has_ident, .. } = self.asked(path)?;
        let bytes = if has_ident { with_ident(bytes) } else { Cow::Borrowed(bytes) };
        let (stack, reader) = (&mut self.stack, Reader(self.objects));
        let mut failed = None;
        let mut attributes =
            |path: &BStr, out: &mut gix::attrs::search::Outcome| match stack.at_entry(path, None, &reader) {
                Ok(at) => drop(at.matching_attributes(out)),
                Err(error) => failed = Some(error),
            };
        let options = Options { can_delay: Delay::Forbid, unknown_encoding: UnknownEncoding::Ignore };
        let failure = |why: String| WorktreeError::Filter { path: shown([path]).concat(), why };
        let converted = self.pipeline.convert_to_worktree(&bytes, path, &mut attributes, options);
        let mut out = Vec::with_capacity(bytes.len());
        let mut converted = converted.map_err(|error| failure(error.to_string()))?;
        converted.read_to_end(&mut out).map_err(|error| failure(error.to_string()))?;
        drop(converted);
        match failed {
            Some(error) => Err(at(&self.worktree.root)(error)),
            None => Ok(encoding.and_then(|encoding| utf16(&out, &encoding)).unwrap_or(out)),
        }
    }

    /// An error if a file cannot be converted. Programs are run for it, and what they give is thrown away: nothing else tells in time.
    pub fn check(&mut self, path: &BStr, blob: Oid) -> Result<(), GitError> {
        let asked = self.asked(path)?;
        let runs = match &asked.filter {
            Some(name) => self.defines(name.as_ref()),
            None => false,
        };
        let is_odd = |encoding: &BString| !can_encode(encoding) || runs && is_utf16(encoding);
        if let Some(encoding) = asked.encoding.filter(is_odd) {
            let (path, encoding) = (shown([path]).concat(), shown([encoding]).concat());
            return Err(WorktreeError::Encoding { path, encoding }.into());
        }
        if runs {
            self.convert(path, &self.objects.blob(blob)?)?;
        }
        Ok(())
    }

    /// Whether the user has a program of that name that makes files for worktrees.
    fn defines(&self, name: &BStr) -> bool {
        let config = self.worktree.repo.config_snapshot();
        let has = |key: &str| config.plumbing().string_filter_by("filter", Some(name), key, is_trusted).is_some();
        has("smudge") || has("process")
    }

    fn asked(&mut self, path: &BStr) -> Result<Asked, GitError> {
        let mut outcome = self.stack.selected_attribute_matches(["filter", "working-tree-encoding", "ident"]);
        let found = self.stack.at_entry(path, None, &Reader(self.objects)).map_err(at(&self.worktree.root))?;
        found.matching_attributes(&mut outcome);
        let mut states = outcome.iter_selected().map(|found| found.assignment.state);
        let value = |state| match state {
            Some(StateRef::Value(value)) => Some(value.as_bstr().to_owned()),
            _ => None,
        };
        let (filter, encoding) = (value(states.next()), value(states.next()));
        Ok(Asked { filter, encoding, has_ident: states.next() == Some(StateRef::Set) })
    }
}

/// A text with the id of its blob in each `$Id$`, as git writes it (gitattributes(5), `ident`). gix leaves out the blank behind the id.
/// One with an id in it already gets the right one; what another program expanded has more blanks, and stays.
fn with_ident(text: &[u8]) -> Cow<'_, [u8]> {
    const START: &[u8] = b"$Id";
    let mut out = Vec::new();
    let (mut done, mut from) = (0, 0);
    while let Some(at) = text[from..].find(START).map(|at| from + at) {
        from = at + START.len();
        let end = match text.get(from) {
            Some(b'$') => from + 1,
            Some(b':') => match old_ident(&text[from..]) {
                Some(len) => from + len,
                None => continue,
            },
            _ => continue,
        };
        out.extend_from_slice(&text[done..from]);
        out.extend_from_slice(format!(": {} $", Objects::id_of(Kind::Blob, text)).as_bytes());
        (done, from) = (end, end);
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(&text[done..]);
    Cow::Owned(out)
}

/// How far an id goes that somebody committed: from the colon to the next dollar on the line, without a blank inside.
fn old_ident(text: &[u8]) -> Option<usize> {
    let dollar = text.find_byte(b'$')?;
    let inside = text.get(2..dollar).unwrap_or_default();
    let is_foreign = inside.strip_suffix(b" ").unwrap_or(inside).contains(&b' ');
    (!text[..dollar].contains(&b'\n') && !is_foreign).then_some(dollar + 1)
}

/// Whether files of that encoding can be compared and written. Encodings with a byte order mark in their name, and UTF-32, are unknown to gix.
fn can_encode(encoding: &BString) -> bool {
    plumbing::worktree::encoding::for_label(encoding.as_bstr()).is_ok()
}

fn is_utf16(encoding: &BString) -> bool {
    encoding.to_ascii_lowercase().starts_with(b"utf-16")
}

/// A text as UTF-16, which gix can read and not write; none for another encoding. Without an order in its name it has a mark, and the order is
/// the machine's, as with git.
fn utf16(text: &[u8], encoding: &BString) -> Option<Vec<u8>> {
    let text = text.to_str().ok()?;
    let units = text.encode_utf16();
    Some(match encoding.to_ascii_lowercase().as_slice() {
        b"utf-16le" => units.flat_map(u16::to_le_bytes).collect(),
        b"utf-16be" => units.flat_map(u16::to_be_bytes).collect(),
        b"utf-16" => std::iter::once(0xfeff).chain(units).flat_map(u16::to_ne_bytes).collect(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_that_of_the_blob() {
        let text = "$Id$ $Id: 0123 $ $Id: x$ $Id: a b $ $Id:\n$ $Idle $Id";
        let id = Objects::id_of(Kind::Blob, text.as_bytes());
        let wanted = format!("$Id: {id} $ $Id: {id} $ $Id: {id} $ $Id: a b $ $Id:\n$ $Idle $Id");
        assert_eq!(with_ident(text.as_bytes()).to_str_lossy(), wanted);
        assert!(matches!(with_ident(b"$Idle"), Cow::Borrowed(b"$Idle")));
    }

    #[test]
    fn utf16_has_an_order() {
        let encoded = |name: &str| utf16("a\u{e9}".as_bytes(), &name.into());
        assert_eq!(encoded("UTF-16LE"), Some(vec![0x61, 0, 0xe9, 0]));
        assert_eq!(encoded("utf-16be"), Some(vec![0, 0x61, 0, 0xe9]));
        assert_eq!(encoded("UTF-16").map(|bytes| bytes.len()), Some(6));
        assert_eq!(encoded("ISO-8859-1"), None);
        assert_eq!(utf16(b"\xff", &"UTF-16LE".into()), None, "what is no text stays as it is");
    }
}
