//! Notations that name the upstream commit, or say that there is none.

use bstr::ByteSlice;

use super::tokens::{commit_of, cves, id, id_or_address, ids, is_address, is_surely_id, pull_of, strip, strip_any};
use super::{Found, notes};
use crate::model::{Notation, Provenance, Reference, UpstreamState};

/// `[ upstream commit X ]`, with a colon, an early bracket, an address, several ids, an adjective in front, the id on the next line.
pub(super) fn upstream_commit(found: &Found<'_>, out: &mut Provenance) -> usize {
    let Some(value) = after_upstream_commit(found.rest) else { return 0 };
    let is_wrapped = value.is_empty();
    let value = if is_wrapped { found.text.line(found.at + 1).trim() } else { value };
    let ids = ids(value);
    let lines = if ids.is_empty() { 0 } else { 1 + usize::from(is_wrapped) };
    out.refs.extend(found.references(ids));
    lines
}

/// What follows `upstream commit` in a bracket, which at most a few plain words precede.
fn after_upstream_commit(inner: &[u8]) -> Option<&[u8]> {
    const WORDS: &str = "upstream commit";
    let plain = inner.iter().take_while(|byte| byte.is_ascii_alphabetic() || **byte == b' ').count();
    let at = (0..plain.min(40)).find(|at| strip(&inner[*at..], WORDS).is_some())?;
    let before = inner[..at].trim_end();
    let is_denied = strip(before, "no").is_some_and(|rest| rest.is_empty());
    let rest = &inner[at + WORDS.len()..];
    let rest = strip(rest, "s").unwrap_or(rest);
    let is_word = at > 0 && inner[at - 1] != b' ';
    (!is_denied && !is_word).then(|| rest.trim_start_with(|c| matches!(c, ':' | ']' | ' ')))
}

/// `upstream commit X` alone on its line.
pub(super) fn bare_upstream_commit(found: &Found<'_>, out: &mut Provenance) -> usize {
    let value = found.rest.trim_start_with(|c| matches!(c, ':' | ' '));
    match id_or_address(value) {
        Some((id, rest)) if ends_statement(rest) => {
            out.refs.push(found.reference(id));
            1
        }
        _ => 0,
    }
}

/// Whether nothing but a subject in brackets or a full stop follows.
fn ends_statement(rest: &[u8]) -> bool {
    let rest = rest.trim();
    rest.is_empty() || rest == b"." || rest.starts_with(b"(\"")
}

/// `[ no upstream commit ]`, `[ upstream commit: none, 1.5 only ]`.
pub(super) fn no_upstream_commit(found: &Found<'_>, out: &mut Provenance) -> usize {
    let none = strip(found.rest, "no upstream commit").or_else(|| {
        let value = strip(found.rest, "upstream commit")?.trim_start_with(|c| matches!(c, ':' | ' '));
        strip_any(value, &["none", "n/a"])
    });
    let is_none = none.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric));
    out.explicitly_none |= is_none;
    usize::from(is_none)
}

/// `commit X upstream.`, alone on its line or in brackets.
pub(super) fn commit_upstream(found: &Found<'_>, out: &mut Provenance) -> usize {
    let value = strip(found.rest, "commit ").unwrap_or(found.rest);
    let Some((id, rest)) = id(value.trim_start()) else { return 0 };
    let Some(rest) = strip(rest.trim_start(), "upstream") else { return 0 };
    if !rest.trim_start().first().is_none_or(|next| b".,;](".contains(next)) {
        return 0;
    }
    out.refs.push(found.reference(id));
    1
}

/// `(cherry picked from commit X)`, `(backported from commit X upstream)`, and the notes in brackets below.
pub(super) fn picked(found: &Found<'_>, out: &mut Provenance) -> usize {
    let value = strip_any(found.rest, &["commits", "commit"]).unwrap_or(found.rest);
    let value = value.trim_start_with(|c| matches!(c, ':' | ' '));
    let value = if value.is_empty() { found.text.line(found.at + 1).trim() } else { value };
    let Some((_, rest)) = id_or_address(value) else { return 0 };
    let is_bracketed = found.text.line(found.at).trim_start().starts_with(b"(");
    if !is_bracketed && !ends_statement(rest) {
        return 0;
    }
    out.refs.extend(found.references(ids(value)));
    1
}

/// `Git-commit: X`.
pub(super) fn git_commit(found: &Found<'_>, out: &mut Provenance) -> usize {
    let ids = ids(found.rest);
    let lines = usize::from(!ids.is_empty());
    out.refs.extend(found.references(ids));
    lines
}

/// `Upstream-Status: Backport [https://…/commit/X]`.
pub(super) fn upstream_status(found: &Found<'_>, out: &mut Provenance) -> usize {
    const STATES: [(&str, UpstreamState); 6] = [
        ("backport", UpstreamState::Accepted),
        ("submitted", UpstreamState::Submitted),
        ("pending", UpstreamState::Pending),
        ("denied", UpstreamState::Denied),
        ("inactive-upstream", UpstreamState::Inactive),
        ("inappropriate", UpstreamState::Local),
    ];
    let (value, lines) = found.folded();
    let Some((rest, state)) = STATES.iter().find_map(|(word, state)| Some((strip(&value, word)?, *state))) else {
        return 0;
    };
    out.state = Some(state);
    out.explicitly_none |= state == UpstreamState::Local;
    out.cves.extend(cves(rest));
    if state == UpstreamState::Accepted {
        out.refs.extend(found.references(ids_among_words(rest)));
    }
    lines
}

/// Every id in text of which only ids and addresses matter.
fn ids_among_words(text: &[u8]) -> Vec<String> {
    let words = text.split(|byte| byte.is_ascii_whitespace() || b"[](),<>".contains(byte));
    let id_in = |word: &[u8]| {
        let word = strip(word, "commit:").unwrap_or(word);
        if is_address(word) { commit_of(word) } else { id(word).map(|(id, _)| id).filter(|id| is_surely_id(id)) }
    };
    words.filter_map(id_in).collect()
}

/// `Origin: upstream, https://…/commit/X`. What a vendor or somebody else made has no upstream commit, even if it has an address.
pub(super) fn origin(found: &Found<'_>, out: &mut Provenance) -> usize {
    const KINDS: [&str; 4] = ["upstream", "backport", "vendor", "other"];
    let (value, lines) = found.folded();
    let kind = KINDS.into_iter().find(|kind| strip(&value, kind).is_some());
    if kind.is_none() && !is_address(&value) && strip(&value, "commit").is_none() {
        return 0;
    }
    out.explicitly_none |= kind == Some("vendor");
    if !matches!(kind, Some("vendor" | "other")) {
        out.refs.extend(found.references(ids_among_words(&value)));
        let addresses = value.split(|byte| byte.is_ascii_whitespace() || *byte == b',').filter_map(pull_of);
        out.prs.extend(addresses.map(|pull| found.pull(pull)));
    }
    lines
}

/// `Applied-Upstream: commit:X`, `Applied-Upstream: 1.2.3, https://…/commit/X`.
pub(super) fn applied_upstream(found: &Found<'_>, out: &mut Provenance) -> usize {
    let (value, lines) = found.folded();
    out.state = Some(UpstreamState::Accepted);
    out.refs.extend(found.references(ids_among_words(&value)));
    lines
}

/// `commit X` in the first paragraph, beside `jira`, `cve` or `commit-author`.
pub(super) fn ciq_commit(found: &Found<'_>, out: &mut Provenance) -> usize {
    match id(found.rest) {
        Some((id, rest)) if rest.is_empty() && is_ciq(found) => {
            out.refs.push(found.reference(id));
            1
        }
        _ => 0,
    }
}

/// `jira X` or `cve CVE-…` in the first paragraph.
pub(super) fn ciq_ticket(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_ticket = found.rest.find_byteset(b" \t").is_none() && found.rest.iter().any(u8::is_ascii_digit);
    if !is_ticket || !is_ciq(found) {
        return 0;
    }
    match cves(found.rest) {
        none if none.is_empty() => out.tickets.push(found.rest.into()),
        cves => out.cves.extend(cves),
    }
    1
}

/// Whether the line stands in a first paragraph of CIQ's kind.
fn is_ciq(found: &Found<'_>) -> bool {
    let paragraph = found.text.first_paragraph();
    let line = found.text.line(found.at);
    let is_inside = paragraph.iter().any(|other| std::ptr::eq(*other, line));
    is_inside && paragraph.iter().any(|line| strip_any(line, &["jira ", "cve ", "commit-author "]).is_some())
}

/// Notes in brackets right below a pick: `[name: what was changed]`.
pub(super) fn picker_note(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_pick = |one: &&Reference| matches!(one.notation, Notation::CherryPicked | Notation::BackportedFrom);
    let Some(pick) = out.refs.iter().filter(is_pick).map(|pick| pick.line as usize).max() else { return 0 };
    let between = found.text.lines.get(pick..found.at).unwrap_or_default();
    let who = found.rest.split_once_str(": ").map(|(who, _)| who);
    let is_name = who.is_some_and(|who| !who.is_empty() && who.fields().count() <= 3);
    if !is_name || between.iter().any(|line| line.is_empty()) {
        return 0;
    }
    notes::bracket(found, found.rest, out)
}
