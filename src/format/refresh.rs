//! Quiet refresh: a section is rewritten only if it would not give the intended file, and then only the hunks that changed in meaning.

use std::collections::HashMap;

use bstr::{BString, ByteSlice};

use super::diff::{Action, Body, FileDiff, Hunk, HunkLine};
use super::render::{Side, render_file};
use super::section::{Cursor, parse_sections};
use crate::model::Mode;

/// The new text of a section that was made for another parent, or `None` if the old text still gives exactly `post` when it is applied to
/// `pre`: then stale positions and ids stay. Otherwise hunks with the same lines as an old one keep its bytes, as long as the whole
/// still gives `post`.
pub fn refresh_file(old: &FileDiff, pre: Option<Side>, post: Option<Side>) -> Option<Vec<u8>> {
    if gives(old, pre.as_ref(), post.as_ref()) && has_true_ids(old, pre.as_ref(), post.as_ref()) {
        return None;
    }
    let fresh = render_file(pre, post, old.is_copy());
    let mixed = mix(old, &fresh).filter(|(_, file)| gives(file, pre.as_ref(), post.as_ref()));
    Some(mixed.map_or(fresh, |(bytes, _)| bytes))
}

/// What a whole patch does to one path, or to two of a rename or copy.
#[derive(Debug, Clone, Copy)]
pub struct Change<'a> {
    /// The file in the new parent.
    pub pre: Option<Side<'a>>,
    /// The file as intended.
    pub post: Option<Side<'a>>,
    /// Whether it is a copy of `pre`, which stays.
    pub is_copy: bool,
}

/// The sections of a refreshed patch. Those that are still right keep their bytes and all keep their order; new ones stand before the first
/// one with a greater path. Where the type of a file changes, the deletion and the creation are sections of their own.
pub fn refresh_sections(old: &[FileDiff], changes: &[Change]) -> Vec<BString> {
    let mut sections: Vec<(BString, BString)> = Vec::new();
    let mut left: Vec<Change> = changes.iter().flat_map(halves).collect();
    let mut by_paths: HashMap<_, usize> = left.iter().enumerate().map(|(at, change)| (paths(change), at)).collect();
    let mut is_used = vec![false; left.len()];
    for file in old {
        let Some(at) = by_paths.remove(&(file.old_path.clone(), file.new_path.clone(), file.is_copy())) else {
            continue;
        };
        is_used[at] = true;
        let fresh = refresh_file(file, left[at].pre, left[at].post);
        sections.push((file.path().to_owned(), fresh.map_or_else(|| file.raw.clone(), BString::from)));
    }
    let mut used = is_used.into_iter();
    left.retain(|_| used.next() == Some(false));
    for change in left {
        let path = change.post.or(change.pre).map(|side| side.path.to_owned()).unwrap_or_default();
        let at = sections.iter().position(|(other, _)| *other > path).unwrap_or(sections.len());
        sections.insert(at, (path, render_file(change.pre, change.post, change.is_copy).into()));
    }
    sections.into_iter().map(|(_, bytes)| bytes).filter(|bytes| !bytes.is_empty()).collect()
}

/// A change of type as the two changes that a diff makes of it.
fn halves<'a>(change: &Change<'a>) -> Vec<Change<'a>> {
    match (change.pre, change.post) {
        (Some(pre), Some(post)) if !pre.mode.same_type(post.mode) => {
            let gone = Change { pre: Some(pre), post: None, is_copy: false };
            let made = Change { pre: None, post: Some(post), is_copy: false };
            if change.is_copy { vec![made] } else { vec![gone, made] }
        }
        _ => vec![*change],
    }
}

fn paths(change: &Change) -> (Option<BString>, Option<BString>, bool) {
    let path = |side: Option<Side>| side.map(|side| side.path.to_owned());
    (path(change.pre), path(change.post), change.is_copy)
}

/// Whether the section turns `pre` into `post`: path, mode and content.
pub fn gives(file: &FileDiff, pre: Option<&Side>, post: Option<&Side>) -> bool {
    let same_path =
        |path: &Option<BString>, side: Option<&Side>| path.as_ref().map(|p| p.as_bstr()) == side.map(|s| s.path);
    same_path(&file.old_path, pre)
        && same_path(&file.new_path, post)
        && gives_mode(file, pre.map(|side| side.mode), post.map(|side| side.mode))
        && gives_content(file, pre, post)
}

/// A stated change of mode must be the true one; a mode that is merely mentioned may be stale.
fn gives_mode(file: &FileDiff, pre: Option<Mode>, post: Option<Mode>) -> bool {
    let is_change = file.new_mode.is_some() && file.action != Action::Create;
    file.result_mode(pre) == Ok(post) && (!is_change || file.old_mode == pre)
}

fn gives_content(file: &FileDiff, pre: Option<&Side>, post: Option<&Side>) -> bool {
    let content = pre.map(Side::content);
    let applied = file.apply(content.as_ref().map(|content| content.as_slice()));
    applied
        .is_ok_and(|(bytes, _)| bytes.as_deref() == post.map(Side::content).as_ref().map(|content| content.as_slice()))
}

/// `git am` takes a binary patch only with the full and true ids; for text they do not matter.
fn has_true_ids(file: &FileDiff, pre: Option<&Side>, post: Option<&Side>) -> bool {
    let is_true = |id: &Option<BString>, side: Option<&Side>| match (id, side) {
        (Some(id), Some(side)) => id.eq_ignore_ascii_case(side.id.to_string().as_bytes()),
        (Some(id), None) => id.len() >= 40 && id.iter().all(|digit| *digit == b'0'),
        (None, _) => false,
    };
    !matches!(file.body, Body::Binary(_)) || is_true(&file.old_id, pre) && is_true(&file.new_id, post)
}

/// The fresh section with the bytes of those old hunks that have the same lines, in order.
fn mix(old: &FileDiff, fresh: &[u8]) -> Option<(Vec<u8>, FileDiff)> {
    let (files, _) = parse_sections(Cursor::new(fresh)).ok()?;
    let [file] = files.as_slice() else { return None };
    let header_len = file.hunks().iter().map(|hunk| hunk.raw.len()).sum::<usize>();
    let mut bytes = fresh[..fresh.len().checked_sub(header_len)?].to_vec();
    let mut old_hunks = ByLines::new(old.hunks());
    for hunk in file.hunks() {
        bytes.extend_from_slice(&old_hunks.take(hunk).unwrap_or(hunk).raw);
    }
    let (mut mixed, _) = parse_sections(Cursor::new(&bytes)).ok()?;
    Some((bytes, mixed.pop()?))
}

/// The old hunks by their lines; each is taken once, and in order.
struct ByLines<'a> {
    hunks: HashMap<&'a [HunkLine], Vec<(usize, &'a Hunk)>>,
    next: usize,
}

impl<'a> ByLines<'a> {
    fn new(hunks: &'a [Hunk]) -> Self {
        let mut by_lines = HashMap::<_, Vec<_>>::new();
        hunks.iter().enumerate().for_each(|(at, hunk)| by_lines.entry(&hunk.lines[..]).or_default().push((at, hunk)));
        ByLines { hunks: by_lines, next: 0 }
    }

    fn take(&mut self, hunk: &Hunk) -> Option<&'a Hunk> {
        let (at, found) = *self.hunks.get(&hunk.lines[..])?.iter().find(|(at, _)| *at >= self.next)?;
        self.next = at + 1;
        Some(found)
    }
}

#[cfg(test)]
mod tests;
