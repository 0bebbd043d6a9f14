//! Fields of the form `Name: value` that name no upstream commit: states, tickets, identities, files.

use bstr::ByteSlice;

use super::Found;
use super::tokens::{commit_of, cves, is_address, pull, pull_of, strip, strip_any};
use crate::model::{Provenance, UpstreamState};

/// `Patch-mainline: v6.5-rc1`.
pub(super) fn patch_mainline(found: &Found<'_>, out: &mut Provenance) -> usize {
    const STATES: [(&str, UpstreamState); 5] = [
        ("v", UpstreamState::Accepted),
        ("queued", UpstreamState::Queued),
        ("submitted", UpstreamState::Submitted),
        ("not yet", UpstreamState::Pending),
        ("never", UpstreamState::Local),
    ];
    state(found, &STATES, out)
}

/// `Forwarded: no`, `not-needed`, `yes` or an address.
pub(super) fn forwarded(found: &Found<'_>, out: &mut Provenance) -> usize {
    const STATES: [(&str, UpstreamState); 4] = [
        ("not-needed", UpstreamState::Local),
        ("no", UpstreamState::Pending),
        ("yes", UpstreamState::Submitted),
        ("http", UpstreamState::Submitted),
    ];
    out.prs.extend(pull_of(found.rest).map(|pull| found.pull(pull)));
    state(found, &STATES, out)
}

fn state(found: &Found<'_>, states: &[(&str, UpstreamState)], out: &mut Provenance) -> usize {
    let Some((_, state)) = states.iter().find(|(word, _)| strip(found.rest, word).is_some()) else { return 0 };
    out.state = Some(*state);
    out.explicitly_none |= *state == UpstreamState::Local;
    1
}

/// A field of tickets: numbers, addresses, vulnerabilities. Words are left out.
pub(super) fn tickets(found: &Found<'_>, out: &mut Provenance) -> usize {
    let (value, lines) = found.folded();
    let words = value.split(|byte| byte.is_ascii_whitespace() || *byte == b',');
    for word in words.map(|word| word.trim_with(|c| matches!(c, '(' | ')' | '<' | '>' | '.' | ';'))) {
        let cves = cves(word);
        let is_mail = word.contains(&b'@') && !is_address(word);
        let is_ticket = cves.is_empty() && !is_mail && !word.starts_with(b"[") && word.iter().any(u8::is_ascii_digit);
        out.cves.extend(cves);
        if is_ticket {
            out.tickets.push(word.into());
        }
    }
    lines
}

/// The same for `Bug: …` and `Bug-Debian: …`, but not for any other word that starts so.
pub(super) fn bug(found: &Found<'_>, out: &mut Provenance) -> usize {
    let line = found.text.line(found.at);
    let name = &line[..line.find_byte(b':').unwrap_or(line.len())];
    let is_field = name.len() < line.len() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    if !is_field {
        return 0;
    }
    let value = line[name.len() + 1..].trim();
    tickets(&Found { rest: value, ..*found }, out)
}

/// `CVE: CVE-2023-12345`.
pub(super) fn cve(found: &Found<'_>, out: &mut Provenance) -> usize {
    let cves = cves(found.rest);
    let lines = usize::from(!cves.is_empty());
    out.cves.extend(cves);
    lines
}

/// `Change-Id: I…`. The last one counts, as for Gerrit.
pub(super) fn change_id(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_hex = |digits: &[u8]| digits.len() == 40 && digits.iter().all(u8::is_ascii_hexdigit);
    if !found.rest.strip_prefix(b"I").is_some_and(is_hex) {
        return 0;
    }
    out.change_id = Some(format!("I{}", found.rest[1..].to_str_lossy().to_ascii_lowercase()));
    1
}

/// `Cr-Commit-Position: refs/heads/main@{#123}`.
pub(super) fn commit_position(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_position = found.rest.contains_str("@{#") && found.rest.ends_with(b"}");
    if is_position {
        out.commit_position = Some(found.rest.into());
    }
    usize::from(is_position)
}

/// `PR-URL: https://…/pull/123`, `Upstream-PR: #123`.
pub(super) fn pull_request(found: &Found<'_>, out: &mut Provenance) -> usize {
    let Some(pull) = pull(found.rest) else { return 0 };
    out.prs.push(found.pull(pull));
    1
}

/// `Refs: https://…/commit/X`: the commit of the vendored project, if the subject says that it is one.
pub(super) fn deps_refs(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_deps = strip(found.text.line(0), "deps:").is_some();
    match commit_of(found.rest).filter(|_| is_deps && is_address(found.rest)) {
        Some(id) => {
            out.refs.push(found.reference(id));
            1
        }
        None => tickets(found, out),
    }
}

/// `Original commit message:` and an indented message: of its fields only those count that stay the same across repositories.
pub(super) fn original_message(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_inside = |line: &&&[u8]| line.is_empty() || line.starts_with(b" ") || line.starts_with(b"\t");
    let block: Vec<&[u8]> =
        found.text.lines[found.at + 1..].iter().take_while(is_inside).map(|line| line.trim()).collect();
    for line in &block {
        if let Some(value) = strip(line, "change-id:") {
            change_id(&Found { rest: value.trim(), ..*found }, out);
        }
        if let Some(value) = strip(line, "cr-commit-position:") {
            commit_position(&Found { rest: value.trim(), ..*found }, out);
        }
    }
    1 + block.len()
}

/// `Gbp-Pq: Topic x`, `Gbp-Pq: Name x.patch`.
pub(super) fn gbp_pq(found: &Found<'_>, out: &mut Provenance) -> usize {
    let topic = strip(found.rest, "topic ").map(|value| value.trim().into());
    let name = strip(found.rest, "name ").map(|value| value.trim().into());
    let lines = usize::from(topic.is_some() || name.is_some());
    out.topic = topic.or(out.topic.take());
    out.file_name = name.or(out.file_name.take());
    lines
}

/// `Patch-Filename: x.patch`, `Patch-Dir: x`.
pub(super) fn patch_filename(found: &Found<'_>, out: &mut Provenance) -> usize {
    let is_folder = strip_any(found.text.line(found.at), &["patch-dir:"]).is_some();
    let slot = if is_folder { &mut out.topic } else { &mut out.file_name };
    *slot = Some(found.rest.into());
    1
}
