//! What a commit message says about where its change came from: some forty notations of as many projects, read line by line.
//!
//! Each notation is one small function in `table`, with an example. They are strict, because prose is full of commits: a notation
//! stands at the start of its line, and what it names looks like what it should name. What is not recognised is left alone.
//! `docs/reference/provenance.md` is the list for people.

mod headers;
mod notes;
mod relations;
pub mod style;
mod subject;
mod table;
mod tokens;
mod upstream;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use bstr::{BString, ByteSlice};
use memchr::memmem;

use crate::model::{Notation, Provenance, PullRequest, Reference};

/// Reads a message: the subject, an empty line, the body. Any bytes will do.
pub fn parse(message: &[u8]) -> Provenance {
    let text = Text { lines: message.lines().map(ByteSlice::trim_end).collect() };
    let mut out = Provenance::default();
    subject::read(text.line(0), &mut out);
    let mut at = 0;
    while at < text.lines.len() {
        at += text.read(at, &mut out).max(1);
    }
    if memmem::find(message, b"commit").is_some() {
        relations::read_sentences(&text, &mut out);
    }
    in_order_of_authority(&mut out.refs);
    out.explicitly_none &= out.refs.is_empty();
    let mut seen = HashSet::new();
    out.cves.retain(|cve| seen.insert(cve.clone()));
    out
}

/// A subject without blanks around it and without the numbers of pull requests at its end, and these numbers in the order of the text.
pub fn title(subject: &[u8]) -> (&[u8], Vec<u64>) {
    subject::title(subject)
}

/// Every notation with an example, subjects first. Some notations have several.
pub fn examples() -> impl Iterator<Item = (Notation, &'static str)> {
    let subjects = subject::RULES.iter().map(|rule| (rule.notation, rule.example));
    let lines = table::RULES.iter().map(|rule| (rule.notation, rule.example));
    subjects.chain(lines).chain(table::SENTENCES)
}

/// A message as lines, without blanks at their ends.
struct Text<'a> {
    lines: Vec<&'a [u8]>,
}

/// A line that starts as a notation does.
struct Found<'a> {
    notation: Notation,
    /// What follows the beginning on the line, without blanks around it.
    rest: &'a [u8],
    at: usize,
    text: &'a Text<'a>,
}

impl<'a> Text<'a> {
    /// A line, empty behind the end.
    fn line(&self, at: usize) -> &'a [u8] {
        self.lines.get(at).copied().unwrap_or_default()
    }

    /// Lets the first rule that recognises a line read it, and says how many lines that were.
    fn read(&self, at: usize, out: &mut Provenance) -> usize {
        let line = self.line(at);
        let trimmed = line.trim_start();
        let is_indented = trimmed.len() < line.len();
        let read = |(start, rule): &(&str, &table::Rule)| {
            let rest = tokens::strip(trimmed, start).filter(|_| rule.may_be_indented || !is_indented)?;
            let found = Found { notation: rule.notation, rest: rest.trim(), at, text: self };
            Some((rule.read)(&found, out)).filter(|lines| *lines > 0)
        };
        table::starting_like(trimmed).iter().find_map(read).unwrap_or_default()
    }

    /// The lines of the first paragraph of the body.
    fn first_paragraph(&self) -> &[&'a [u8]] {
        let body = self.lines.get(1..).unwrap_or_default();
        let start = body.iter().take_while(|line| line.is_empty()).count();
        let len = body[start..].iter().take_while(|line| !line.is_empty()).count();
        &body[start..start + len]
    }
}

impl<'a> Found<'a> {
    /// A reference with the notation and the line of this find.
    fn reference(&self, id: String) -> Reference {
        Reference { id, notation: self.notation, line: line_number(self.at) }
    }

    /// The same for several ids.
    fn references(&self, ids: Vec<String>) -> impl Iterator<Item = Reference> {
        ids.into_iter().map(|id| self.reference(id))
    }

    fn pull(&self, (repo, number): (Option<BString>, u64)) -> PullRequest {
        PullRequest { number, repo, notation: self.notation }
    }

    /// The value of a field that may go on in indented lines, as DEP-3 and mail headers do, and how many lines that are.
    fn folded(&self) -> (Vec<u8>, usize) {
        let is_more = |line: &&&[u8]| line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        let more: Vec<&[u8]> =
            self.text.lines[self.at + 1..].iter().take_while(is_more).map(|line| line.trim()).collect();
        let mut value = self.rest.to_vec();
        for line in &more {
            value.push(b' ');
            value.extend_from_slice(line);
        }
        (value, 1 + more.len())
    }
}

fn line_number(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Sorts by how direct the statement is, then by line: of a pick of a pick, the first line names the original. An id stays once.
fn in_order_of_authority(refs: &mut Vec<Reference>) {
    if refs.len() < 2 {
        return;
    }
    refs.sort_by_key(|reference| (authority(reference.notation), reference.line));
    let mut seen = HashSet::new();
    refs.retain(|reference| seen.insert(reference.id.clone()));
}

/// Lower is more direct.
fn authority(notation: Notation) -> u8 {
    match notation {
        Notation::UpstreamCommit | Notation::CommitUpstream | Notation::GitCommit | Notation::CiqCommit => 0,
        Notation::CherryPicked | Notation::BackportedFrom => 1,
        Notation::DepsSubject | Notation::DepsRefs => 2,
        _ => 3,
    }
}
