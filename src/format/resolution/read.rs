//! The headers and the lines of a resolution's file.

use bstr::{BStr, BString, ByteSlice};

use super::{Answer, BadResolution, Clash, END, Flaw, Hunk, Reach, Resolution, path};

/// The headers, as far as they are read.
#[derive(Default)]
pub(super) struct Headers {
    kind: Option<BString>,
    path: Option<BString>,
    patch: Option<BString>,
    from: Option<BString>,
    onto: Option<BString>,
    question: Vec<Clash>,
}

impl Headers {
    pub(super) fn add(&mut self, line: &BStr) -> Result<(), Flaw> {
        let (name, value) = line.split_once_str(": ").ok_or(Flaw::Header)?;
        let place = match name {
            b"kind" => &mut self.kind,
            b"path" => {
                path(value).ok_or(Flaw::Path)?;
                &mut self.path
            }
            b"patch" => &mut self.patch,
            b"from" => &mut self.from,
            b"onto" => &mut self.onto,
            b"conflict" => {
                self.question.push(Clash::parse(value.as_bstr()).ok_or(Flaw::Clash)?);
                return Ok(());
            }
            _ => return Err(Flaw::Header),
        };
        if value.to_str().is_err() && name != b"path" {
            return Err(Flaw::Header);
        }
        match place.replace(value.into()) {
            None => Ok(()),
            Some(_) => Err(Flaw::Twice),
        }
    }

    pub(super) fn finish(self, lines: Numbered<'_>) -> Result<Resolution, BadResolution> {
        let reach = match self.kind.as_deref().map(|kind| kind.as_bytes()) {
            Some(b"hunk") => Some(Reach::Full),
            Some(b"partial") => Some(Reach::Partial),
            Some(b"imported") => Some(Reach::Imported),
            Some(b"whole") => None,
            Some(_) => return Err(BadResolution { line: 2, why: Flaw::Kind }),
            None => return Err(lines.bad(Flaw::Incomplete)),
        };
        let path = self.path.as_ref().and_then(|text| path(text));
        let is_complete = match reach {
            None => !self.question.is_empty() && path.is_none(),
            Some(Reach::Imported) => self.question.is_empty(),
            Some(_) => self.question.is_empty() && path.is_some(),
        };
        if !is_complete {
            return Err(lines.bad(Flaw::Incomplete));
        }
        let answer = match reach {
            Some(reach) => Answer::Hunk { path, reach, hunk: Hunk::read(lines)? },
            None => Answer::Whole { question: self.question, diff: lines.rest.into() },
        };
        let text = |value: Option<BString>| value.map(|value| value.to_string());
        Ok(Resolution { patch: text(self.patch), from: text(self.from), onto: text(self.onto), answer })
    }
}

/// The lines of a file, each without its newline.
pub(super) struct Numbered<'a> {
    pub(super) rest: &'a [u8],
    pub(super) line: usize,
}

impl<'a> Numbered<'a> {
    pub(super) fn next_line(&mut self) -> Result<Option<&'a BStr>, BadResolution> {
        self.line += 1;
        if self.rest.is_empty() {
            return Ok(None);
        }
        let end = memchr::memchr(b'\n', self.rest).ok_or_else(|| self.bad(Flaw::CutOff))?;
        let (line, rest) = (&self.rest[..end], &self.rest[end + 1..]);
        self.rest = rest;
        Ok(Some(line.as_bstr()))
    }

    /// Takes away the last line, without which the file is not whole.
    pub(super) fn leave_out_end(&mut self) -> Result<(), BadResolution> {
        let is_whole_line = |rest: &&[u8]| rest.is_empty() || rest.ends_with(b"\n");
        match self.rest.strip_suffix(END).filter(is_whole_line) {
            Some(rest) => self.rest = rest,
            None => {
                let newlines = memchr::memchr_iter(b'\n', self.rest).count();
                let line = self.line + newlines + usize::from(!self.rest.is_empty() && !self.rest.ends_with(b"\n"));
                return Err(BadResolution { line, why: Flaw::CutOff });
            }
        }
        Ok(())
    }

    pub(super) fn bad(&self, why: Flaw) -> BadResolution {
        BadResolution { line: self.line, why }
    }
}
