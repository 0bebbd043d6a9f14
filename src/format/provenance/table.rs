//! The notations of the body: how a line starts that may be one, how one looks, who reads it.

use std::sync::LazyLock;

use super::{Found, headers, notes, relations, upstream};
use crate::model::{Notation, Provenance};

/// A notation of the body.
pub(super) struct Rule {
    /// Which one.
    pub notation: Notation,
    /// How a line starts that may be one, in lower case; any case matches.
    pub starts: &'static [&'static str],
    /// Whether blanks may stand in front of it. Where they may not, an indented line is a quotation.
    pub may_be_indented: bool,
    /// How it looks.
    pub example: &'static str,
    /// Reads it from a line that starts so, and says how many lines it was; none if it is something else.
    pub read: fn(&Found<'_>, &mut Provenance) -> usize,
}

/// A rule for lines that stand at the left margin.
const fn field(
    notation: Notation,
    starts: &'static [&'static str],
    read: fn(&Found<'_>, &mut Provenance) -> usize,
    example: &'static str,
) -> Rule {
    Rule { notation, starts, may_be_indented: false, example, read }
}

/// A rule for lines that may be indented.
const fn anywhere(
    notation: Notation,
    starts: &'static [&'static str],
    read: fn(&Found<'_>, &mut Provenance) -> usize,
    example: &'static str,
) -> Rule {
    Rule { notation, starts, may_be_indented: true, example, read }
}

/// All of them. Where several match, the first one that reads anything wins.
pub(super) static RULES: [Rule; 39] = {
    use Notation as N;
    [
        anywhere(N::NoUpstreamCommit, &["["], upstream::no_upstream_commit, "[ upstream commit: none, 1.5 only ]"),
        anywhere(
            N::UpstreamCommit,
            &["["],
            upstream::upstream_commit,
            "[ upstream commit 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708 ]",
        ),
        anywhere(
            N::UpstreamCommit,
            &["upstream commit"],
            upstream::bare_upstream_commit,
            "upstream commit 893d0e7e1f2a",
        ),
        anywhere(
            N::CommitUpstream,
            &["[ commit ", "[commit ", "commit "],
            upstream::commit_upstream,
            "commit 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708 upstream.",
        ),
        anywhere(N::BackporterNotes, &["["], notes::backporter_notes, "[ Backporter's notes: the test was left out ]"),
        anywhere(
            N::BackporterNotes,
            &["backport"],
            notes::bare_backporter_notes,
            "Backporter's notes: the test was left out",
        ),
        anywhere(N::PickerNote, &["["], upstream::picker_note, "[smb: context adjustments in fs/file.c]"),
        anywhere(
            N::CherryPicked,
            &["(cherry picked from", "(cherry-picked from", "cherry picked from commit", "cherry-picked from commit"],
            upstream::picked,
            "(cherry picked from commit 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708)",
        ),
        anywhere(
            N::BackportedFrom,
            &["(backported from", "(back ported from", "(back-ported from"],
            upstream::picked,
            "(backported from commit 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708 upstream)",
        ),
        field(
            N::GitCommit,
            &["git-commit:", "alt-commit:"],
            upstream::git_commit,
            "Git-commit: 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708",
        ),
        field(N::PatchMainline, &["patch-mainline:"], headers::patch_mainline, "Patch-mainline: Never, SUSE specific"),
        field(N::References, &["references:"], headers::tickets, "References: bsc#1012345 CVE-2023-12345"),
        field(
            N::UpstreamStatus,
            &["upstream-status:"],
            upstream::upstream_status,
            "Upstream-Status: Backport [https://example.org/project/commit/893d0e7e1f2a]",
        ),
        field(N::CveField, &["cve:"], headers::cve, "CVE: CVE-2023-12345"),
        field(
            N::Origin,
            &["origin:"],
            upstream::origin,
            "Origin: upstream, https://example.org/project/commit/893d0e7e1f2a",
        ),
        field(
            N::AppliedUpstream,
            &["applied-upstream:"],
            upstream::applied_upstream,
            "Applied-Upstream: 2.1, commit:893d0e7e1f2a",
        ),
        field(N::Forwarded, &["forwarded:"], headers::forwarded, "Forwarded: not-needed"),
        field(N::Bug, &["bug:", "bug-"], headers::bug, "Bug-Debian: https://bugs.debian.org/123456"),
        field(N::Fixes, &["fixes:", "fixes "], relations::fixes, "Fixes: 893d0e7e1f2a (\"title\")"),
        field(N::RevertsPull, &["reverts:", "reverts "], relations::reverts_field, "Reverts: #12345"),
        field(N::Reapplies, &["this is a reland of "], relations::reland, "This is a reland of 893d0e7e1f2a"),
        field(N::StableDepOf, &["stable-dep-of:"], relations::stable_dep_of, "Stable-dep-of: 893d0e7e1f2a (\"title\")"),
        field(
            N::CcStable,
            &["cc:"],
            relations::cc_stable,
            "Cc: <stable@vger.kernel.org> # 3.3.x: a1f84a3: sched: Check for idle",
        ),
        field(N::ChangeId, &["change-id:"], headers::change_id, "Change-Id: I893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708"),
        field(
            N::CommitPosition,
            &["cr-commit-position:"],
            headers::commit_position,
            "Cr-Commit-Position: refs/heads/main@{#12345}",
        ),
        field(
            N::ReviewedOn,
            &["reviewed-on:"],
            headers::tickets,
            "Reviewed-on: https://review.example.org/c/project/+/12345",
        ),
        field(
            N::PrUrl,
            &["pr-url:", "backport-pr-url:"],
            headers::pull_request,
            "PR-URL: https://github.com/owner/name/pull/12345",
        ),
        field(N::DepsRefs, &["refs:"], headers::deps_refs, "Refs: https://github.com/v8/v8/commit/893d0e7e1f2a"),
        field(
            N::OriginalMessage,
            &["original commit message:"],
            headers::original_message,
            "Original commit message:\n\n    Change-Id: I893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708",
        ),
        anywhere(
            N::Conflicts,
            &["conflicts:", "# conflicts:", "backporting conflicts:"],
            notes::conflicts,
            "Conflicts:\n\tpkg/a.go",
        ),
        field(N::UpstreamDiff, &["upstream-diff"], notes::upstream_diff, "upstream-diff context in fs/file.c"),
        anywhere(N::UpstreamPrs, &["```upstream-prs"], notes::upstream_prs, "```upstream-prs\n12345 12346\n```"),
        anywhere(
            N::UpstreamPrs,
            &["- [x] ", "- [ ] ", "* "],
            notes::listed_pull,
            "- [x] #12345 (@author) :warning: resolved conflicts",
        ),
        field(N::CiqCommit, &["commit "], upstream::ciq_commit, "commit 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708"),
        field(N::CiqTicket, &["jira ", "cve "], upstream::ciq_ticket, "jira VULN-123"),
        field(N::GbpPq, &["gbp-pq:"], headers::gbp_pq, "Gbp-Pq: Topic fixes"),
        field(
            N::PatchFilename,
            &["patch-filename:", "patch-dir:"],
            headers::patch_filename,
            "Patch-Filename: fix.patch",
        ),
        field(N::UpstreamPr, &["upstream-pr:"], headers::pull_request, "Upstream-PR: #12345"),
        field(N::Link, &["link:", "closes:", "see:"], headers::tickets, "Closes: #12345"),
    ]
};

/// Notations that are sentences, read wherever they stand.
pub(super) const SENTENCES: [(Notation, &str); 3] = [
    (Notation::Reverts, "This reverts commit 893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708."),
    (Notation::RevertsPartly, "This partially reverts commit 893d0e7e1f2a."),
    (Notation::Reapplies, "This reapplies commit 893d0e7e1f2a."),
];

/// The rules with their beginnings, by the first byte in lower case: most lines are dismissed by one look.
static BY_FIRST_BYTE: LazyLock<Vec<Vec<(&'static str, &'static Rule)>>> = LazyLock::new(|| {
    let mut by_byte = vec![Vec::new(); 256];
    for (start, rule) in RULES.iter().flat_map(|rule| rule.starts.iter().map(move |start| (*start, rule))) {
        by_byte[usize::from(start.as_bytes()[0])].push((start, rule));
    }
    by_byte
});

/// The rules that may match a line, by its first byte.
pub(super) fn starting_like(line: &[u8]) -> &'static [(&'static str, &'static Rule)] {
    line.first().map_or(&[], |byte| &BY_FIRST_BYTE[usize::from(byte.to_ascii_lowercase())])
}
