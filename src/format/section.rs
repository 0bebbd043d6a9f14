//! The parser of diffs: from the first `diff --git` or `---`/`+++` pair to the end of the file.
//!
//! Strict where git-apply(1) is lax: what would be skipped or guessed is an error with its line.

use std::collections::HashSet;

use bstr::{BStr, BString, ByteSlice};

use super::binary::{self, BinaryError, BinaryHunk, BinaryPatch};
use super::diff::{Action, Body, FileDiff, Hunk, HunkLine, LineKind, Malformed, ParseError};
use super::quote;
use crate::model::Mode;

/// A place in a file, at the start of a line.
#[derive(Clone, Copy)]
pub struct Cursor<'a> {
    data: &'a [u8],
    /// The byte.
    pub pos: usize,
    /// The line, from 1.
    pub line: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of the data.
    pub fn new(data: &'a [u8]) -> Self {
        Cursor { data, pos: 0, line: 1 }
    }

    /// The line here, with its newline; empty at the end.
    pub fn peek(&self) -> &'a [u8] {
        let rest = &self.data[self.pos..];
        &rest[..memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1)]
    }

    /// The line here; the cursor moves behind it. `None` at the end.
    pub fn advance(&mut self) -> Option<&'a [u8]> {
        let line = self.peek();
        self.pos += line.len();
        self.line += 1;
        (!line.is_empty()).then_some(line)
    }

    fn error(&self, why: impl Into<Malformed>) -> ParseError {
        ParseError { line: self.line, why: why.into() }
    }

    fn second(mut self) -> &'a [u8] {
        self.advance();
        self.peek()
    }

    /// Whether a section starts here.
    pub fn at_section(&self) -> bool {
        let line = self.peek();
        line.starts_with(b"diff --git ") || line.starts_with(b"--- ") && self.second().starts_with(b"+++ ")
    }
}

/// The line without its newline and the carriage return before it.
pub fn trim_eol(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads the sections from `cursor` on, which stands at the first one. Also returns where the last one ends; what follows there
/// belongs to none (a mail's signature).
pub fn parse_sections<'a>(mut cursor: Cursor<'a>) -> Result<(Vec<FileDiff>, Cursor<'a>), ParseError> {
    let mut files: Vec<FileDiff> = Vec::new();
    let mut starts = Vec::new();
    let mut seen = Seen::default();
    let mut end = cursor;
    while cursor.pos < cursor.data.len() {
        if cursor.at_section() {
            starts.push(cursor.pos);
            let file = parse_section(&mut cursor)?;
            seen.add(&file).map_err(|why| ParseError { line: file.line, why })?;
            files.push(file);
            end = cursor;
            skip_between(&mut cursor)?;
        } else {
            cursor.advance();
        }
    }
    let ends = starts.iter().skip(1).chain(std::iter::once(&end.pos));
    for ((file, start), end) in files.iter_mut().zip(&starts).zip(ends) {
        file.raw = cursor.data[*start..*end].into();
    }
    Ok((files, end))
}

/// Moves behind what stands between sections: a signature, blank lines, headers of other tools. Lines that look like part of a hunk are errors.
fn skip_between(cursor: &mut Cursor) -> Result<(), ParseError> {
    let mut in_signature = false;
    while !cursor.at_section() && cursor.pos < cursor.data.len() {
        let line = cursor.peek();
        in_signature |= is_signature(line);
        match line[0] {
            b' ' | b'+' | b'-' if !in_signature => return Err(cursor.error(Malformed::TooManyLines)),
            b'\\' if !in_signature => return Err(cursor.error(Malformed::NoNewline)),
            b'@' if line.starts_with(b"@@ -") => return Err(cursor.error(Malformed::StrayHunk)),
            b'G' if line.starts_with(b"GIT binary patch") => return Err(cursor.error(Malformed::StrayHunk)),
            b'F' if is_mbox_line(line) => return Err(cursor.error(Malformed::SecondPatch)),
            _ => cursor.advance(),
        };
    }
    Ok(())
}

fn is_signature(line: &[u8]) -> bool {
    matches!(trim_eol(line), b"-- " | b"--")
}

/// The line with which git-format-patch(1) begins a mail: `From`, an object id, a fixed date.
pub fn is_mbox_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let id = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
    matches!(id.len(), 40 | 64) && id.iter().all(u8::is_ascii_hexdigit)
}

/// The paths that were taken from and written to so far.
#[derive(Default)]
struct Seen {
    taken: HashSet<BString>,
    written: HashSet<BString>,
}

impl Seen {
    fn add(&mut self, file: &FileDiff) -> Result<(), Malformed> {
        let takes = file.old_path.as_ref().filter(|_| !file.is_copy());
        if let Some(path) = takes.filter(|path| !self.taken.insert((*path).clone())) {
            return Err(Malformed::DuplicatePath(quote::display(path.as_bstr())));
        }
        if let Some(path) = &file.new_path
            && !self.written.insert(path.clone())
        {
            return Err(Malformed::DuplicatePath(quote::display(path.as_bstr())));
        }
        match &file.old_path {
            Some(path) if file.action == Action::Delete && self.written.contains(path) => {
                Err(Malformed::DuplicatePath(quote::display(path.as_bstr())))
            }
            _ => Ok(()),
        }
    }
}

/// What the header lines of a section say.
#[derive(Default)]
struct Headers {
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
    plus: Option<Option<BString>>,
}

fn parse_section(cursor: &mut Cursor) -> Result<FileDiff, ParseError> {
    let start = *cursor;
    let headers = parse_headers(cursor)?;
    let body = parse_body(cursor, &headers)?;
    let mut file = headers.into_file(body).map_err(|why| start.error(why))?;
    file.line = start.line;
    check_file(&file).map_err(|why| start.error(why))?;
    Ok(file)
}

fn parse_headers(cursor: &mut Cursor) -> Result<Headers, ParseError> {
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

    fn into_file(self, body: Body) -> Result<FileDiff, Malformed> {
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

fn check_file(file: &FileDiff) -> Result<(), Malformed> {
    for path in [&file.old_path, &file.new_path].into_iter().flatten() {
        let unsafe_path = |why| Malformed::UnsafePath { path: quote::display(path.as_bstr()), why };
        quote::check_path(path).map_err(unsafe_path)?;
    }
    if file.action == Action::Modify && file.body == Body::None && file.new_mode.is_none() {
        return Err(Malformed::ChangesNothing(quote::display(file.path())));
    }
    let (has_old, has_new) = (|hunk: &Hunk| hunk.old_len > 0, |hunk: &Hunk| hunk.new_len > 0);
    match file.action {
        Action::Create if file.hunks().iter().any(has_old) => {
            Err(Malformed::Contradiction("a new file has lines before the change"))
        }
        Action::Delete if file.hunks().iter().any(has_new) => {
            Err(Malformed::Contradiction("a deleted file has lines after the change"))
        }
        _ => Ok(()),
    }
}

fn parse_body(cursor: &mut Cursor, headers: &Headers) -> Result<Body, ParseError> {
    if headers.plus.is_some() {
        let mut hunks = Vec::new();
        while cursor.peek().starts_with(b"@@ -") {
            hunks.push(parse_hunk(cursor)?);
        }
        return if hunks.is_empty() { Err(cursor.error(Malformed::NoHunk)) } else { Ok(Body::Text(hunks)) };
    }
    match trim_eol(cursor.peek()) {
        b"GIT binary patch" => parse_binary(cursor).map(Body::Binary),
        _ => Ok(Body::None),
    }
}

fn parse_hunk(cursor: &mut Cursor) -> Result<Hunk, ParseError> {
    let start = *cursor;
    let mut hunk = parse_hunk_header(cursor.peek()).ok_or_else(|| cursor.error(Malformed::HunkHeader))?;
    hunk.line = start.line;
    cursor.advance();
    let (mut old, mut new) = (hunk.old_len, hunk.new_len);
    while old > 0 || new > 0 {
        let kind = hunk_line_kind(cursor, &hunk, old, new)?;
        if kind != LineKind::Add {
            old = old.checked_sub(1).ok_or_else(|| cursor.error(too_many("old", hunk.old_len)))?;
        }
        if kind != LineKind::Remove {
            new = new.checked_sub(1).ok_or_else(|| cursor.error(too_many("new", hunk.new_len)))?;
        }
        hunk.lines.push(read_hunk_line(cursor, kind)?);
    }
    check_no_newline(&hunk).map_err(|why| start.error(why))?;
    hunk.raw = cursor.data[start.pos..cursor.pos].into();
    Ok(hunk)
}

fn too_many(side: &'static str, stated: u32) -> Malformed {
    Malformed::LineCount { side, stated, found: stated.saturating_add(1) }
}

fn hunk_line_kind(cursor: &Cursor, hunk: &Hunk, old: u32, new: u32) -> Result<LineKind, ParseError> {
    match cursor.peek().first() {
        Some(b' ' | b'\n') => Ok(LineKind::Context),
        Some(b'\r') if cursor.peek() == b"\r\n" => Ok(LineKind::Context),
        Some(b'-') => Ok(LineKind::Remove),
        Some(b'+') => Ok(LineKind::Add),
        Some(b'\\') => Err(cursor.error(Malformed::NoNewline)),
        None => Err(cursor.error(Malformed::TruncatedHunk(old.max(new)))),
        Some(_) if old > 0 => {
            Err(cursor.error(Malformed::LineCount { side: "old", stated: hunk.old_len, found: hunk.old_len - old }))
        }
        Some(_) => {
            Err(cursor.error(Malformed::LineCount { side: "new", stated: hunk.new_len, found: hunk.new_len - new }))
        }
    }
}

/// Reads one line of a hunk and the `\ No newline` that may follow it.
fn read_hunk_line(cursor: &mut Cursor, kind: LineKind) -> Result<HunkLine, ParseError> {
    let line = cursor.peek();
    if !line.ends_with(b"\n") {
        return Err(cursor.error(Malformed::TruncatedLine));
    }
    cursor.advance();
    let is_bare = matches!(line[0], b'\n' | b'\r');
    let mut text = BStr::new(if is_bare { line } else { &line[1..] });
    if cursor.peek().starts_with(b"\\ ") {
        text = text[..text.len() - 1].as_bstr();
        cursor.advance();
    }
    Ok(HunkLine { kind, text: text.to_owned() })
}

/// A line without a newline is the last of its side, and every hunk changes something.
fn check_no_newline(hunk: &Hunk) -> Result<(), Malformed> {
    if hunk.lines.iter().all(|line| line.kind == LineKind::Context) {
        return Err(Malformed::EmptyHunk);
    }
    let (mut old_ended, mut new_ended) = (false, false);
    for line in &hunk.lines {
        let (in_old, in_new) = (line.kind != LineKind::Add, line.kind != LineKind::Remove);
        if in_old && old_ended || in_new && new_ended || line.text.is_empty() {
            return Err(Malformed::NoNewline);
        }
        let ends = !line.text.ends_with(b"\n");
        old_ended |= in_old && ends;
        new_ended |= in_new && ends;
    }
    Ok(())
}

/// `@@ -1,2 +3,4 @@ section`
fn parse_hunk_header(line: &[u8]) -> Option<Hunk> {
    let rest = line.strip_prefix(b"@@ -")?;
    let (old_start, old_len, rest) = parse_range(rest)?;
    let (new_start, new_len, rest) = parse_range(rest.strip_prefix(b" +")?)?;
    let section = rest.strip_prefix(b" @@")?;
    let section = section.strip_suffix(b"\n").unwrap_or(section);
    let section = section.strip_prefix(b" ").unwrap_or(section).into();
    Some(Hunk { old_start, old_len, new_start, new_len, section, lines: Vec::new(), raw: BString::default(), line: 0 })
}

fn parse_range(text: &[u8]) -> Option<(u32, u32, &[u8])> {
    let (start, rest) = parse_number(text)?;
    let (len, rest) = match rest.strip_prefix(b",") {
        Some(rest) => parse_number(rest)?,
        None => (1, rest),
    };
    start.checked_add(len)?;
    Some((start, len, rest))
}

fn parse_number(text: &[u8]) -> Option<(u32, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((text[..digits].to_str().ok()?.parse().ok()?, &text[digits..]))
}

fn parse_binary(cursor: &mut Cursor) -> Result<BinaryPatch, ParseError> {
    cursor.advance();
    let forward = parse_binary_hunk(cursor)?;
    let has_reverse = binary::parse_header(trim_eol(cursor.peek())).is_ok();
    let reverse = if has_reverse { Some(parse_binary_hunk(cursor)?) } else { None };
    Ok(BinaryPatch { forward, reverse })
}

fn parse_binary_hunk(cursor: &mut Cursor) -> Result<BinaryHunk, ParseError> {
    let start = *cursor;
    let (encoding, size) = binary::parse_header(trim_eol(cursor.peek())).map_err(|why| cursor.error(why))?;
    cursor.advance();
    let mut deflated = Vec::new();
    loop {
        let line = cursor.peek();
        if !line.ends_with(b"\n") {
            return Err(cursor.error(BinaryError::Truncated));
        }
        let letters = trim_eol(line);
        if letters.is_empty() {
            cursor.advance();
            break;
        }
        binary::decode_base85(letters, &mut deflated).map_err(|why| cursor.error(why))?;
        cursor.advance();
    }
    BinaryHunk::inflate(encoding, size, &deflated).map_err(|why| start.error(why))
}

#[cfg(test)]
mod tests;
