//! The lines of a section before its hunks: names, modes, renames, ids.

use bstr::{BString, ByteSlice};

use super::{Cursor, trim_eol};
use crate::format::diff::{Action, Body, FileDiff, Malformed, ParseError};
use crate::format::quote;
use crate::model::Mode;

/// What the header lines of a section say.
#[derive(Default)]
pub(super) struct Headers {
    /// Both names of the `diff --git` line, if they are the same.
    name: Option<BString>,
    is_git: bool,
    created: Option<Mode>,
    deleted: Option<Mode>,
    old_mode: Option<Mode>,
    new_mode: Option<Mode>,
    index_mode: Option<Mode>,
    rename: (Option<BString>, Option<BString>),
    copy: (Option<BString>, Option<BString>),
    similarity: Option<u8>,
    ids: Option<(BString, BString)>,
    /// The `---` and `+++` lines; inner `None`: `/dev/null`.
    minus: Option<Option<BString>>,
    pub(super) plus: Option<Option<BString>>,
}

/// The lines of a section before its hunks.
pub(super) fn parse_headers(cursor: &mut Cursor) -> Result<Headers, ParseError> {
    let mut headers = Headers::default();
    if let Some(names) = cursor.peek().strip_prefix(b"diff --git ") {
        headers.is_git = true;
        headers.name = same_name(trim_eol(names));
        cursor.advance();
    }
    while headers.plus.is_none() {
        let line = cursor.peek();
        let is_header = headers.read(trim_eol(line)).map_err(|why| cursor.error(why))?;
        if !is_header {
            break;
        }
        if !line.ends_with(b"\n") && headers.minus.is_some() {
            return Err(cursor.error(Malformed::TruncatedLine));
        }
        cursor.advance();
    }
    match (&headers.minus, &headers.plus) {
        (Some(_), Some(_)) | (None, None) => Ok(headers),
        _ => Err(cursor.error(Malformed::Header)),
    }
}

impl Headers {
    /// Takes one line; `false` if it is not a header line.
    fn read(&mut self, line: &[u8]) -> Result<bool, Malformed> {
        let keys: [&[u8]; 16] = [
            b"old mode ",
            b"new mode ",
            b"deleted file mode ",
            b"new file mode ",
            b"copy from ",
            b"copy to ",
            b"rename from ",
            b"rename to ",
            b"rename old ",
            b"rename new ",
            b"similarity index ",
            b"dissimilarity index ",
            b"index ",
            b"--- ",
            b"+++ ",
            b"Binary files ",
        ];
        let Some((key, value)) = keys.iter().find_map(|key| Some((*key, line.strip_prefix(*key)?))) else {
            return Ok(false);
        };
        match key {
            b"old mode " => set(&mut self.old_mode, mode(value)?),
            b"new mode " => set(&mut self.new_mode, mode(value)?),
            b"deleted file mode " => set(&mut self.deleted, mode(value)?),
            b"new file mode " => set(&mut self.created, mode(value)?),
            b"copy from " => set(&mut self.copy.0, plain_name(value)?),
            b"copy to " => set(&mut self.copy.1, plain_name(value)?),
            b"rename from " | b"rename old " => set(&mut self.rename.0, plain_name(value)?),
            b"rename to " | b"rename new " => set(&mut self.rename.1, plain_name(value)?),
            b"similarity index " => set(&mut self.similarity, percent(value)?),
            b"dissimilarity index " => percent(value).map(drop),
            b"index " => self.read_index(value),
            b"--- " => set(&mut self.minus, file_name(value)?),
            b"+++ " if self.minus.is_some() => set(&mut self.plus, file_name(value)?),
            b"+++ " => Err(Malformed::Header),
            _ => Err(Malformed::BinaryMissing),
        }?;
        Ok(true)
    }

    fn read_index(&mut self, value: &[u8]) -> Result<(), Malformed> {
        let mut words = value.splitn(2, |byte| *byte == b' ');
        let ids = words.next().unwrap_or_default();
        let (old, new) = ids.split_once_str("..").ok_or(Malformed::Header)?;
        let is_id = |id: &[u8]| (1..=64).contains(&id.len()) && id.iter().all(u8::is_ascii_hexdigit);
        if !is_id(old) || !is_id(new) {
            return Err(Malformed::Header);
        }
        set(&mut self.ids, (old.into(), new.into()))?;
        words.next().map_or(Ok(()), |digits| set(&mut self.index_mode, mode(digits)?))
    }

    /// The section that they describe, once they are found to agree.
    pub(super) fn into_file(self, body: Body) -> Result<FileDiff, Malformed> {
        self.check_contradictions()?;
        let action = self.action()?;
        let (old_path, new_path) = self.paths(action)?;
        let (old_id, new_id) = self.ids.unzip();
        let old_mode = self.deleted.or(self.old_mode).or(self.index_mode);
        let new_mode = self.created.or(self.new_mode);
        let (raw, line) = (BString::default(), 0);
        Ok(FileDiff { old_path, new_path, old_mode, new_mode, action, old_id, new_id, body, raw, line })
    }

    fn check_contradictions(&self) -> Result<(), Malformed> {
        let created = self.created.is_some();
        let deleted = self.deleted.is_some();
        let renamed = self.rename.0.is_some() || self.rename.1.is_some();
        let copied = self.copy.0.is_some() || self.copy.1.is_some();
        let remoded = self.old_mode.is_some() || self.new_mode.is_some();
        let wrong = [
            (created && deleted, "a file is both new and deleted"),
            (renamed && copied, "a file is both renamed and copied"),
            ((created || deleted) && (renamed || copied), "a new or deleted file is renamed or copied"),
            ((created || deleted) && remoded, "a new or deleted file changes its mode"),
            (self.old_mode.is_some() != self.new_mode.is_some(), "a change of mode states one side only"),
            (remoded && self.index_mode.is_some(), "the index line states a mode beside a change of mode"),
            (remoded && self.old_mode == self.new_mode, "a change of mode states the same mode twice"),
            (remoded && !same_type(self.old_mode, self.new_mode), "a mode change makes another type of file"),
            (created && self.index_mode.is_some_and(|mode| Some(mode) != self.created), "two modes for a new file"),
            (deleted && self.index_mode.is_some_and(|mode| Some(mode) != self.deleted), "two modes for a deleted file"),
        ];
        wrong.iter().find(|(is_wrong, _)| *is_wrong).map_or(Ok(()), |(_, what)| Err(Malformed::Contradiction(what)))
    }

    fn action(&self) -> Result<Action, Malformed> {
        let similarity = self.similarity;
        let from_nothing = self.minus == Some(None);
        let to_nothing = self.plus == Some(None);
        match (&self.rename, &self.copy) {
            ((Some(_), Some(_)), _) => Ok(Action::Rename { similarity }),
            (_, (Some(_), Some(_))) => Ok(Action::Copy { similarity }),
            ((None, None), (None, None)) if from_nothing && to_nothing => Err(Malformed::Paths),
            ((None, None), (None, None)) if self.created.is_some() || from_nothing && !self.is_git => {
                Ok(Action::Create)
            }
            ((None, None), (None, None)) if self.deleted.is_some() || to_nothing && !self.is_git => Ok(Action::Delete),
            ((None, None), (None, None)) if from_nothing || to_nothing => {
                Err(Malformed::Contradiction("/dev/null without `new file mode` or `deleted file mode`"))
            }
            ((None, None), (None, None)) => Ok(Action::Modify),
            _ => Err(Malformed::OneSided),
        }
    }

    /// The paths, from the most explicit header; all that are there must agree.
    fn paths(&self, action: Action) -> Result<(Option<BString>, Option<BString>), Malformed> {
        let (from, to) = match action {
            Action::Rename { .. } => self.rename.clone(),
            Action::Copy { .. } => self.copy.clone(),
            _ => (None, None),
        };
        let side = |explicit: Option<BString>, line: &Option<Option<BString>>, is_absent: bool| match (explicit, line) {
            (_, Some(Some(path))) if is_absent => Err(disagree(&BString::from("/dev/null"), path)),
            _ if is_absent => Ok(None),
            (Some(a), Some(Some(b))) if a != *b => Err(disagree(&a, b)),
            (Some(path), _) => Ok(Some(path)),
            (None, Some(Some(path))) => Ok(Some(path.clone())),
            (None, Some(None)) => Err(Malformed::Paths),
            (None, None) => self.name.clone().map(Some).ok_or(Malformed::Paths),
        };
        let old = side(from, &self.minus, action == Action::Create)?;
        let new = side(to, &self.plus, action == Action::Delete)?;
        let moves = matches!(action, Action::Rename { .. } | Action::Copy { .. });
        match (&old, &new) {
            (Some(a), Some(b)) if moves == (a == b) && !(self.is_git || moves) => Ok((Some(b.clone()), new.clone())),
            (Some(a), Some(b)) if moves == (a == b) => Err(disagree(a, b)),
            _ => self.agree_with_name(old, new, moves),
        }
    }

    fn agree_with_name(
        &self,
        old: Option<BString>,
        new: Option<BString>,
        moves: bool,
    ) -> Result<(Option<BString>, Option<BString>), Malformed> {
        if let Some(name) = self.name.as_ref().filter(|_| !moves) {
            let mut stated = [&old, &new].into_iter().flatten();
            stated.find(|path| *path != name).map_or(Ok(()), |path| Err(disagree(path, name)))?;
        }
        Ok((old, new))
    }
}

fn disagree(a: &BString, b: &BString) -> Malformed {
    Malformed::PathsDisagree(quote::display(a.as_bstr()), quote::display(b.as_bstr()))
}

fn same_type(a: Option<Mode>, b: Option<Mode>) -> bool {
    a.zip(b).is_none_or(|(a, b)| a.same_type(b))
}

fn set<T>(slot: &mut Option<T>, value: T) -> Result<(), Malformed> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Malformed::Contradiction("a header line stands there twice")),
    }
}

fn mode(digits: &[u8]) -> Result<Mode, Malformed> {
    let digits = digits.trim_ascii();
    let is_octal = (5..=7).contains(&digits.len()) && digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    is_octal
        .then(|| Mode::from_octal(digits))
        .flatten()
        .ok_or_else(|| Malformed::Mode(quote::display(digits.as_bstr())))
}

fn percent(value: &[u8]) -> Result<u8, Malformed> {
    let number = value.strip_suffix(b"%").and_then(|digits| digits.to_str().ok()?.parse::<u8>().ok());
    number.filter(|number| *number <= 100).ok_or(Malformed::Header)
}

/// The name in a `rename` or `copy` line: no prefix, maybe quoted.
fn plain_name(value: &[u8]) -> Result<BString, Malformed> {
    if value.first() != Some(&b'"') {
        return Ok(value.into());
    }
    match quote::unquote(value) {
        Some((name, len)) if len == value.len() => Ok(name),
        _ => Err(Malformed::Header),
    }
}

/// The name in a `---` or `+++` line, without its first part; `None` for `/dev/null`. What follows a tab is a date.
fn file_name(value: &[u8]) -> Result<Option<BString>, Malformed> {
    let name = match quote::unquote(value) {
        Some((name, _)) => name,
        None if value.first() == Some(&b'"') => return Err(Malformed::Header),
        None => value.split(|byte| *byte == b'\t').next().unwrap_or_default().into(),
    };
    let name = name.strip_suffix(b"\r").unwrap_or(&name);
    if name == b"/dev/null" {
        return Ok(None);
    }
    strip_one(name)
        .map(Some)
        .ok_or_else(|| Malformed::UnsafePath { path: quote::display(name.as_bstr()), why: quote::UnsafePath::Empty })
}

/// Without the first part, as `-p1` does it.
fn strip_one(name: &[u8]) -> Option<BString> {
    let slash = memchr::memchr(b'/', name)?;
    Some(name[slash + 1..].into()).filter(|name: &BString| !name.is_empty())
}

/// The name that both halves of a `diff --git` line give, if they give the same one.
fn same_name(names: &[u8]) -> Option<BString> {
    if let Some((old, len)) = quote::unquote(names) {
        let rest = names.get(len..)?.strip_prefix(b" ")?;
        let new = plain_name(rest).ok()?;
        return strip_one(&old).filter(|old| Some(old) == strip_one(&new).as_ref());
    }
    if let Some(at) = names.find(b" \"") {
        let new = plain_name(&names[at + 1..]).ok()?;
        return strip_one(&names[..at]).filter(|old| Some(old) == strip_one(&new).as_ref());
    }
    same_plain_name(names)
}

/// The same for names without quotes, which may hold blanks: wherever the halves are equal.
fn same_plain_name(names: &[u8]) -> Option<BString> {
    let prefix = memchr::memchr(b'/', names)? + 1;
    let mut slash = 0;
    for blank in memchr::memchr_iter(b' ', names).filter(|blank| *blank >= prefix) {
        if slash <= blank {
            slash = blank + memchr::memchr(b'/', &names[blank..])?;
        }
        let (old, new) = (&names[prefix..blank], &names[slash + 1..]);
        if !old.is_empty() && old.len() == new.len() && old == new {
            return Some(old.into());
        }
    }
    None
}
