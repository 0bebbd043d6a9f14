//! Notations that name other commits: fixed, reverted, needed.

use bstr::ByteSlice;
use memchr::memmem;

use super::tokens::{
    address, commit_of, cves, id, ids, is_address, is_surely_id, pull, skip_divider, strip, strip_any,
};
use super::{Found, Text, line_number};
use crate::model::{Notation, Provenance, Reference};

/// `Fixes: X ("subject")`, `Fixes: #123`, `Fixes: https://…`.
pub(super) fn fixes(found: &Found<'_>, out: &mut Provenance) -> usize {
    let has_colon = found.rest.starts_with(b":") || strip(found.text.line(found.at), "fixes:").is_some();
    let value = found.rest.trim_start_with(|c| c == ':' || c == ' ');
    let value = strip_any(value, &["commit ", "issue: ", "issue "]).unwrap_or(value).trim_start();
    if is_address(value) {
        return fixed_address(found, address(value).0, out);
    }
    if let Some((id, rest)) = id(value).filter(|(id, rest)| is_reference(id, rest, has_colon)) {
        out.fixes.push(found.reference(id));
        let others = ids(skip_divider(rest));
        out.fixes.extend(found.references(others));
        return 1;
    }
    fixed_ticket(value, out)
}

/// Whether hexadecimal digits are a commit, by what they are and what follows.
fn is_reference(id: &str, rest: &[u8], has_colon: bool) -> bool {
    let rest = rest.trim_start();
    let has_subject = rest.starts_with(b"(") || rest.starts_with(b"\"") || rest.starts_with("\u{201c}".as_bytes());
    let ends = rest.is_empty() || rest == b".";
    has_subject || is_surely_id(id) && (has_colon || ends || id.len() >= 40)
}

fn fixed_address(found: &Found<'_>, address: &[u8], out: &mut Provenance) -> usize {
    match commit_of(address) {
        Some(id) => out.fixes.push(found.reference(id)),
        None => out.tickets.push(address.into()),
    }
    1
}

fn fixed_ticket(value: &[u8], out: &mut Provenance) -> usize {
    let words = value.split(|byte| byte.is_ascii_whitespace() || b",;".contains(byte));
    let words = words.map(|word| word.trim_end_with(|c| matches!(c, '.' | ')' | ':')));
    let is_ticket = |word: &&[u8]| word.contains(&b'#') && pull(word).is_some() || !cves(word).is_empty();
    let tickets: Vec<&[u8]> = words.take_while(|word| word.is_empty() || is_ticket(word)).filter(is_ticket).collect();
    for ticket in &tickets {
        match cves(ticket) {
            none if none.is_empty() => out.tickets.push((*ticket).into()),
            cves => out.cves.extend(cves),
        }
    }
    usize::from(!tickets.is_empty())
}

/// `Reverts: #123`, `Reverts owner/name#123`, `Reverts: X ("subject")`.
pub(super) fn reverts_field(found: &Found<'_>, out: &mut Provenance) -> usize {
    let value = strip(found.rest, "commit ").unwrap_or(found.rest);
    let is_number = value.first().is_some_and(u8::is_ascii_digit);
    match (id(value), pull(value)) {
        (Some((id, rest)), _) if is_reference(&id, rest, false) => {
            out.reverts.push(Reference { notation: Notation::Reverts, ..found.reference(id) });
            1
        }
        (_, Some(pull)) if !is_number => {
            out.reverted_prs.push(found.pull(pull));
            1
        }
        _ => 0,
    }
}

/// `Stable-dep-of: X ("subject")`.
pub(super) fn stable_dep_of(found: &Found<'_>, out: &mut Provenance) -> usize {
    let Some((id, _)) = id(found.rest) else { return 0 };
    out.needed_by.push(found.reference(id));
    1
}

/// `Cc: <stable@…> # 3.3.x: X: subject`.
pub(super) fn cc_stable(found: &Found<'_>, out: &mut Provenance) -> usize {
    let (to, comment) = found.rest.split_once_str("#").unwrap_or((found.rest, b""));
    if !to.contains_str("stable@") && !to.contains_str("stable+") {
        return 0;
    }
    out.no_auto_pick |= to.contains_str("stable+noautosel@");
    let comment = comment.trim();
    let (first, rest) = comment.split_once_str(" ").unwrap_or((comment, b""));
    let digits = first.strip_prefix(b"v").unwrap_or(first);
    let is_version = id(first).is_none() && digits.first().is_some_and(u8::is_ascii_digit);
    if is_version {
        out.stable_since.push(first.trim_end_with(|c| matches!(c, ':' | ',' | '-')).into());
    }
    let id = id(if is_version { rest.trim_start() } else { comment });
    out.depends.extend(id.map(|(id, _)| found.reference(id)));
    1
}

/// `This reverts commit X.` and its relatives, wherever they stand on a line: they are sentences, and stand behind others.
pub(super) fn read_sentences(text: &Text<'_>, out: &mut Provenance) {
    for (at, line) in text.lines.iter().enumerate() {
        if let Some(found) = memmem::find(line, b"reverts commit") {
            revert(text, at, found, out);
        }
        if let Some(found) = memmem::find(line, b"reapplies commit") {
            let ids = ids_after(text, at, &line[found + "reapplies commit".len()..]).0;
            out.reapplies.extend(references(ids, Notation::Reapplies, at));
        }
    }
}

fn revert(text: &Text<'_>, at: usize, found: usize, out: &mut Provenance) {
    let (before, after) = (&text.lines[at][..found], &text.lines[at][found + "reverts commit".len()..]);
    let (ids, rest) = ids_after(text, at, after);
    let mut words_before = before.rsplit(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let (who, whose) = (words_before.next().unwrap_or_default(), words_before.next().unwrap_or_default());
    let is = |word: &[u8], words: &[&str]| words.iter().any(|other| word.eq_ignore_ascii_case(other.as_bytes()));
    let is_this = is(who, &["this"]) || is(who, &["commit", "patch", "change"]) && is(whose, &["this"]);
    let next = rest.fields().next().unwrap_or_default();
    const PARTLY: [&str; 3] = ["partially", "partly", "mostly"];
    let is_partly = is(who, &PARTLY) || is_this && is(next, &PARTLY);
    if is_partly {
        out.fixes.extend(references(ids, Notation::RevertsPartly, at));
    } else if is_this {
        out.reverts.extend(references(ids, Notation::Reverts, at));
    }
}

/// The ids after `… commit`, or on the next line if this one ends there, and what follows the first one.
fn ids_after<'a>(text: &Text<'a>, at: usize, after: &'a [u8]) -> (Vec<String>, &'a [u8]) {
    let after = strip(after, "s").unwrap_or(after).trim();
    let value = if after.is_empty() { text.line(at + 1).trim() } else { after };
    let mut ids = ids(value);
    let goes_on = value.ends_with(b" and") || value.ends_with(b",");
    if goes_on && !ids.is_empty() {
        ids.extend(self::ids(text.line(at + 1).trim()));
    }
    (ids, id(value).map(|(_, rest)| rest).unwrap_or_default())
}

fn references(ids: Vec<String>, notation: Notation, at: usize) -> impl Iterator<Item = Reference> {
    ids.into_iter().map(move |id| Reference { id, notation, line: line_number(at) })
}

/// `This is a reland of X`.
pub(super) fn reland(found: &Found<'_>, out: &mut Provenance) -> usize {
    let value = strip(found.rest, "commit ").unwrap_or(found.rest);
    let Some((id, _)) = id(value) else { return 0 };
    out.reapplies.push(found.reference(id));
    1
}
