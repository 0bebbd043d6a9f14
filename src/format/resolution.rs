//! One recorded answer to a conflict: a small text file that a reviewer can read.
//!
//! ```text
//! pq resolution 1
//! kind: hunk
//! path: pkg/server.go
//! patch: keep-alive
//! from: v1.13.2
//! onto: v1.14.0
//!
//! | what both started from, line by line
//! < what upstream made of it
//! > what the patch made of it
//! = the answer
//! end
//! ```
//!
//! Behind the first character and with no blank between stands the line, byte for byte, carriage returns and all. A side without lines has
//! none. Where the last line of a side has no newline, the line `\ No newline` follows it. An answer to everything that one patch
//! conflicted with (`kind: whole`) has `conflict: ` lines in place of `path: `, and a git diff in place of the sides.
//! An answer without lines says that all of it goes; the last line, `end`, tells it from a file that was cut off.
//!
//! A file is named by its content: a readable stem, a hash over the question, and one over all the rest. So different answers to one
//! conflict are different files, and a merge of two clones keeps both; the same answer is the same file.

use bstr::{BStr, BString, ByteSlice};

use super::quote::{check_path, quote, unquote};
use crate::error::{Hint, Kind};
use crate::model::{ConflictKind, Mode, Oid};
use read::{Headers, Numbered};

mod read;
#[cfg(test)]
mod tests;

/// The first line of every file.
const MAGIC: &[u8] = b"pq resolution 1";

/// The last line of every file.
const END: &[u8] = b"end\n";

/// What follows a last line without a newline.
const NO_NEWLINE: &[u8] = b"\\ No newline";

/// A recorded answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolution {
    /// The patch that conflicted; none if it is not known.
    pub patch: Option<String>,
    /// The release that the patch was for.
    pub from: Option<String>,
    /// The release on which it conflicted.
    pub onto: Option<String>,
    /// What was asked, and what was answered.
    pub answer: Answer,
}

/// What was asked, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// One conflict in the lines of a file.
    Hunk {
        /// The file; none if it is not known.
        path: Option<BString>,
        /// How far it goes.
        reach: Reach,
        /// The lines.
        hunk: Hunk,
    },
    /// All that one patch conflicted with.
    Whole {
        /// The conflicts, in order.
        question: Vec<Clash>,
        /// What a person made of them, as a git diff from upstream's side, with the rest of the patch in it.
        diff: BString,
    },
}

/// How far an answer to a hunk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It is all that was done there.
    Full,
    /// With it came edits elsewhere: it shows a person what was done, and is never enough by itself.
    Partial,
    /// It is from git's rr-cache, which knows neither the base nor which side is whose.
    Imported,
}

/// A conflict of lines with its answer. Texts of whole lines; only a last one can be without newline.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Hunk {
    /// What both sides started from; empty where it is not known.
    pub base: BString,
    /// Upstream's side.
    pub ours: BString,
    /// The patch's side.
    pub theirs: BString,
    /// What a person made of it.
    pub answer: BString,
}

/// One path at which a patch conflicted, with the entries of the three sides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    /// Where, on the new base.
    pub path: BString,
    /// How.
    pub kind: ConflictKind,
    /// What stands there in front of the patch on its base, upstream, and in the patch.
    pub sides: [Option<(Mode, Oid)>; 3],
}

/// What is wrong with a file, and on which of its lines, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct BadResolution {
    /// The line.
    pub line: usize,
    /// What is wrong.
    pub why: Flaw,
}

/// What is wrong with a file of a resolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// It starts otherwise.
    #[error("it does not start with `pq resolution 1`")]
    Magic,
    /// No `NAME: VALUE`, or no such name.
    #[error("this is no header: kind, path, patch, from, onto, conflict")]
    Header,
    /// A header that stands there already.
    #[error("this header stands there twice")]
    Twice,
    /// A header is missing.
    #[error("the headers are incomplete: kind, and path or conflict")]
    Incomplete,
    /// A path that is not well quoted, or that no patch may name.
    #[error("this is no path of a file")]
    Path,
    /// Not a conflict.
    #[error("this is no `conflict: KIND BASE UPSTREAM PATCH PATH`")]
    Clash,
    /// Not a kind.
    #[error("the kind is one of hunk, partial, imported, whole")]
    Kind,
    /// A line of a side that starts otherwise.
    #[error("a line starts with none of | < > = \\")]
    Sign,
    /// The sides are not in order.
    #[error("the sides come in the order | < > =, and each but its last line has a newline")]
    Order,
    /// The file ends before its last line.
    #[error("the last line is not `end`: the file is cut off")]
    CutOff,
}

impl Hint for BadResolution {
    fn kind(&self) -> Kind {
        Kind::User
    }
}

/// The signs of the sides, in the order of the file.
const SIGNS: &[u8; 4] = b"|<>=";

impl Resolution {
    /// Reads a file.
    ///
    /// # Errors
    /// It is not well formed: the line, and why.
    pub fn parse(bytes: &[u8]) -> Result<Resolution, BadResolution> {
        let mut lines = Numbered { rest: bytes, line: 0 };
        if lines.next_line()? != Some(MAGIC.as_bstr()) {
            return Err(lines.bad(Flaw::Magic));
        }
        lines.leave_out_end()?;
        let mut headers = Headers::default();
        while let Some(line) = lines.next_line()?.filter(|line| !line.is_empty()) {
            headers.add(line).map_err(|why| lines.bad(why))?;
        }
        headers.finish(lines)
    }

    /// The bytes of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.headers();
        out.push(b'\n');
        match &self.answer {
            Answer::Hunk { hunk, .. } => hunk.write(&mut out),
            Answer::Whole { diff, .. } => out.extend_from_slice(diff),
        }
        out.extend_from_slice(END);
        out
    }

    /// The name of its file, relative to the directory of resolutions.
    pub fn file_name(&self) -> String {
        let question = match &self.answer {
            Answer::Hunk { hunk, .. } => {
                let mut sides = Vec::new();
                hunk.sides()[..3].iter().zip(SIGNS).for_each(|(side, sign)| write_side(&mut sides, *sign, side));
                sides
            }
            Answer::Whole { question, .. } => question.iter().flat_map(Clash::line).collect(),
        };
        format!("{}-{}-{}.txt", self.stem(), hash(&question), hash(&self.to_bytes()))
    }

    fn stem(&self) -> String {
        let name = match &self.answer {
            Answer::Hunk { path: Some(path), .. } => {
                path.rsplit(|byte| *byte == b'/').next().unwrap_or_default().to_owned()
            }
            Answer::Hunk { path: None, .. } => b"imported".to_vec(),
            Answer::Whole { .. } => self.patch.clone().unwrap_or_default().into_bytes(),
        };
        let plain = |byte: &u8| if byte.is_ascii_alphanumeric() || b"._".contains(byte) { *byte as char } else { '-' };
        let stem: String = name.iter().map(plain).take(40).collect();
        let stem = stem.trim_matches(['.', '-']);
        if stem.is_empty() { "file".to_owned() } else { stem.to_owned() }
    }

    fn headers(&self) -> Vec<u8> {
        let mut out = [MAGIC, b"\n"].concat();
        let mut header = |name: &str, value: &[u8]| out.extend([name.as_bytes(), b": ", value, b"\n"].concat());
        header("kind", self.kind().as_bytes());
        if let Answer::Hunk { path: Some(path), .. } = &self.answer {
            header("path", &quote(path));
        }
        for (name, value) in [("patch", &self.patch), ("from", &self.from), ("onto", &self.onto)] {
            if let Some(value) = value {
                header(name, value.as_bytes());
            }
        }
        if let Answer::Whole { question, .. } = &self.answer {
            question.iter().for_each(|clash| out.extend(clash.line()));
        }
        out
    }

    /// The word for what it is, as in the file.
    pub fn kind(&self) -> &'static str {
        match &self.answer {
            Answer::Hunk { reach: Reach::Full, .. } => "hunk",
            Answer::Hunk { reach: Reach::Partial, .. } => "partial",
            Answer::Hunk { reach: Reach::Imported, .. } => "imported",
            Answer::Whole { .. } => "whole",
        }
    }
}

impl Hunk {
    /// Base, upstream's side, the patch's side, the answer.
    pub fn sides(&self) -> [&BString; 4] {
        [&self.base, &self.ours, &self.theirs, &self.answer]
    }

    fn write(&self, out: &mut Vec<u8>) {
        self.sides().iter().zip(SIGNS).for_each(|(side, sign)| write_side(out, *sign, side));
    }

    fn read(mut lines: Numbered<'_>) -> Result<Hunk, BadResolution> {
        let mut sides: [Vec<u8>; 4] = Default::default();
        let mut at = 0;
        while let Some(line) = lines.next_line()? {
            if line == NO_NEWLINE {
                let last = sides[at].pop();
                if last != Some(b'\n') || sides[at].is_empty() {
                    return Err(lines.bad(Flaw::Order));
                }
                continue;
            }
            let sign = line.first().and_then(|first| SIGNS.iter().position(|sign| sign == first));
            let side = sign.ok_or_else(|| lines.bad(Flaw::Sign))?;
            if side < at || (!sides[side].is_empty() && !sides[side].ends_with(b"\n")) {
                return Err(lines.bad(Flaw::Order));
            }
            at = side;
            sides[side].extend_from_slice(&line[1..]);
            sides[side].push(b'\n');
        }
        let [base, ours, theirs, answer] = sides.map(BString::from);
        Ok(Hunk { base, ours, theirs, answer })
    }
}

/// The lines of a side with its sign in front of each.
fn write_side(out: &mut Vec<u8>, sign: u8, side: &[u8]) {
    for line in super::lines::split(side) {
        out.push(sign);
        out.extend_from_slice(line);
    }
    if !side.is_empty() && !side.ends_with(b"\n") {
        out.push(b'\n');
        out.extend_from_slice(NO_NEWLINE);
        out.push(b'\n');
    }
}

impl Clash {
    fn line(&self) -> Vec<u8> {
        let side =
            |side: &Option<(Mode, Oid)>| side.map_or("-".to_owned(), |(mode, id)| format!("{}:{id}", mode.as_octal()));
        let sides: Vec<String> = self.sides.iter().map(side).collect();
        let text = format!("conflict: {} {} ", self.kind.as_str(), sides.join(" "));
        [text.as_bytes(), &quote(&self.path), b"\n"].concat()
    }

    fn parse(value: &BStr) -> Option<Clash> {
        let mut parts = value.splitn(5, |byte| *byte == b' ');
        let kind = ConflictKind::from_word(parts.next()?.to_str().ok()?)?;
        let mut side = || match parts.next()? {
            b"-" => Some(None),
            text => {
                let (mode, id) = text.to_str().ok()?.split_once(':')?;
                Some(Some((Mode::from_octal(mode.as_bytes())?, id.parse().ok()?)))
            }
        };
        let sides = [side()?, side()?, side()?];
        Some(Clash { path: path(parts.next()?)?, kind, sides })
    }
}

/// A path as it stands in a file.
fn path(text: &[u8]) -> Option<BString> {
    let path = match unquote(text) {
        Some((path, len)) => Some(path).filter(|_| len == text.len())?,
        None => text.into(),
    };
    // One way to write it only: or two files of different names would be the same answer.
    (check_path(&path).is_ok() && quote(&path) == text).then_some(path)
}

/// The first ten digits of a SHA-1.
fn hash(bytes: &[u8]) -> String {
    let mut hasher = sha1dc::Hasher::new();
    hasher.update(bytes);
    let digest = hasher.finalize().unwrap_or_else(|collision| collision.digest()).to_string();
    digest[..10].to_owned()
}
