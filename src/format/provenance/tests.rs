//! Every notation with what it says, and prose that says nothing.

use std::fmt::{Debug, Write};

use super::*;

/// What a message says, in short: only what is not empty, ids with notation and line.
fn said(message: &str) -> String {
    let found = parse(message.as_bytes());
    let mut said = String::new();
    for (name, references) in [
        ("ref", &found.refs),
        ("reverts", &found.reverts),
        ("reapplies", &found.reapplies),
        ("fixes", &found.fixes),
        ("depends", &found.depends),
        ("needed-by", &found.needed_by),
    ] {
        for reference in references {
            write!(said, "{name} {} {}@{}; ", reference.notation.as_str(), reference.id, reference.line).unwrap();
        }
    }
    for (name, pulls) in [("pr", &found.prs), ("reverted-pr", &found.reverted_prs)] {
        for pull in pulls {
            let repo = pull.repo.clone().unwrap_or_default();
            write!(said, "{name} {} {repo}#{}; ", pull.notation.as_str(), pull.number).unwrap();
        }
    }
    let mut note = |name: &str, values: &[&dyn Debug]| {
        values.iter().for_each(|value| write!(said, "{name} {value:?}; ").unwrap());
    };
    if found.explicitly_none {
        note("none", &[&true]);
    }
    found.state.iter().for_each(|state| note("state", &[state]));
    found.reverted_title.iter().for_each(|title| note("title", &[&title.title, &title.times]));
    found.stable_since.iter().for_each(|version| note("since", &[version]));
    if found.no_auto_pick {
        note("no-auto-pick", &[&true]);
    }
    found.change_id.iter().for_each(|id| note("change-id", &[id]));
    found.commit_position.iter().for_each(|position| note("position", &[position]));
    found.cves.iter().for_each(|cve| note("cve", &[cve]));
    found.tickets.iter().for_each(|ticket| note("ticket", &[ticket]));
    found.target.iter().for_each(|target| note("target", &[target]));
    found.deviations.iter().for_each(|deviation| note("deviation", &[deviation]));
    found.file_name.iter().for_each(|name| note("file", &[name]));
    found.topic.iter().for_each(|topic| note("topic", &[topic]));
    said.trim_end_matches([' ', ';']).to_owned()
}

/// `X` stands for a whole id, `I` for a Change-Id.
const FULL: &str = "893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708";

/// Compares a table of bodies with what they say. `body` is put under a subject: its first line is line 2.
fn check(table: &[(&str, &str)]) {
    for (body, expected) in table {
        let full = |text: &str| text.replace('X', FULL);
        assert_eq!(said(&format!("title\n\n{}", full(body))), full(expected), "{body}");
    }
}

/// Texts that say nothing.
fn check_silent(bodies: &[&str]) {
    check(&bodies.iter().map(|body| (*body, "")).collect::<Vec<_>>());
}

#[test]
fn row_1_upstream_commit_in_brackets() {
    check(&[
        ("[ upstream commit X ]", "ref upstream-commit X@2"),
        ("[ Upstream commit X ]", "ref upstream-commit X@2"),
        ("  [ upstream commit X ]", "ref upstream-commit X@2"),
        ("[upstream commit 1A2B3C4]", "ref upstream-commit 1a2b3c4@2"),
        ("[ upstream commit 1a2b3c4; forward-ported from v1.7 tree ]", "ref upstream-commit 1a2b3c4@2"),
        ("[ upstream commit: X ]", "ref upstream-commit X@2"),
        ("[upstream commit] X", "ref upstream-commit X@2"),
        ("[upstream commit ]\nX", "ref upstream-commit X@2"),
        ("[upstream commit https://github.com/cilium/cilium/commit/X]", "ref upstream-commit X@2"),
        ("[ upstream commit\n  X ]", "ref upstream-commit X@2"),
        ("[Upstream commit: 1a2b3c4 (\"a subject that is\nwrapped over two lines\")]", "ref upstream-commit 1a2b3c4@2"),
        ("[ modified upstream commit X ]", "ref upstream-commit X@2"),
        ("[ upstream commits 1a2b3c4 and 5d6e7f8 ]", "ref upstream-commit 1a2b3c4@2; ref upstream-commit 5d6e7f8@2"),
        ("upstream commit 1a2b3c4", "ref upstream-commit 1a2b3c4@2"),
        ("Upstream commit: X.", "ref upstream-commit X@2"),
    ]);
    check_silent(&[
        "this fixes the upstream commit message",
        "[ non-upstream commit: X ]",
        "Upstream commit 1a2b3c4 intended to fix a weird scheduling issue",
        "as in upstream commit 1a2b3c4",
        "[ upstream commit message is wrong ]",
        "[ upstream commit 123456 ]",
    ]);
}

#[test]
fn row_2_explicitly_no_upstream_commit() {
    check(&[
        ("[ no upstream commit ]", "none true"),
        ("[ upstream commit: none ]", "none true"),
        ("    [ upstream commit: none, 1.5 only ]", "none true"),
        ("[no upstream commit, fork only]", "none true"),
        ("[ no upstream commit ]\n[ upstream commit X ]", "ref upstream-commit X@3"),
    ]);
    check_silent(&["there is no upstream commit", "[ upstream commit: nonesuch ]"]);
}

#[test]
fn row_3_commit_upstream() {
    check(&[
        ("commit X upstream.", "ref commit-upstream X@2"),
        ("commit X upstream", "ref commit-upstream X@2"),
        ("Commit X Upstream.", "ref commit-upstream X@2"),
        ("[ commit X upstream ]", "ref commit-upstream X@2"),
    ]);
    check_silent(&["commit X upstreamed this", "commit X upstream broke it", "commit X", "in commit X upstream."]);
}

#[test]
fn row_4_cherry_picks_name_the_original_first() {
    check(&[
        ("(cherry picked from commit X)", "ref cherry-picked X@2"),
        ("(cherry-picked from commit 1a2b3c4)", "ref cherry-picked 1a2b3c4@2"),
        ("  (cherry picked from commit X linux-next)", "ref cherry-picked X@2"),
        ("(cherry picked from commit X) (edited)", "ref cherry-picked X@2"),
        ("(cherry picked from commit X", "ref cherry-picked X@2"),
        ("Cherry-picked from commit X", "ref cherry-picked X@2"),
        ("(cherry picked from https://review.example.org/q/commit:X)", "ref cherry-picked X@2"),
        (
            "(cherry picked from commit 1a2b3c4)\n(cherry picked from commit X)",
            "ref cherry-picked 1a2b3c4@2; ref cherry-picked X@3",
        ),
        (
            "(cherry picked from commit 1a2b3c4)\n[ upstream commit X ]",
            "ref upstream-commit X@3; ref cherry-picked 1a2b3c4@2",
        ),
        ("[ upstream commit X ]\n(cherry picked from commit X)", "ref upstream-commit X@2"),
    ]);
    check_silent(&[
        "it was cherry picked from commit X",
        "(cherry picked from the v1.8 branch)",
        "Cherry picked from commit X because",
    ]);
}

#[test]
fn row_5_backports_with_notes() {
    check(&[
        ("(backported from commit X)", "ref backported-from X@2"),
        (
            "(backported from commit X upstream)\n[smb: context adjustments in\n fs/file.c]\n[jdoe: and more]",
            "ref backported-from X@2; deviation \"smb: context adjustments in\\nfs/file.c\"; deviation \"jdoe: and more\"",
        ),
    ]);
    check_silent(&["[smb: context adjustments]", "(backported from the master branch)"]);
}

#[test]
fn row_6_suse() {
    check(&[
        ("Git-commit: X", "ref git-commit X@2"),
        ("Patch-mainline: v6.5-rc1", "state Accepted"),
        ("Patch-mainline: Queued in subsystem maintainer repository", "state Queued"),
        ("Patch-mainline: Submitted, 2023-01-02 a@b", "state Submitted"),
        ("Patch-mainline: Not yet, under review", "state Pending"),
        ("Patch-mainline: Never, downstream only", "none true; state Local"),
        (
            "References: bsc#1012345 CVE-2023-12345, jsc#PED-1",
            "cve \"CVE-2023-12345\"; ticket \"bsc#1012345\"; ticket \"jsc#PED-1\"",
        ),
    ]);
    check_silent(&["Git-commit: none yet", "Patch-mainline: perhaps", "References: <1234.abc@example.org>"]);
}

#[test]
fn row_7_yocto() {
    let url = "https://github.com/systemd/systemd/commit/ac8db36cbc26694ee94beecc8dca208ec4b5fd45";
    let reference = "ref upstream-status ac8db36cbc26694ee94beecc8dca208ec4b5fd45@2; state Accepted";
    check(&[
        (&format!("Upstream-Status: Backport [{url}]"), reference),
        (&format!("Upstream-Status: backport {url}"), reference),
        (&format!("Upstream-Status: Backport\n [{url}]"), reference),
        ("Upstream-Status: Backport [from commit 1a2b3c4]", "ref upstream-status 1a2b3c4@2; state Accepted"),
        (
            "Upstream-Status: Backport [https://git.kernel.org/x.git/commit/?id=1a2b3c4]",
            "ref upstream-status 1a2b3c4@2; state Accepted",
        ),
        ("Upstream-Status: Submitted [https://github.com/o/n/commit/1a2b3c4]", "state Submitted"),
        ("Upstream-Status: Inappropriate [embedded specific]", "none true; state Local"),
        ("Upstream-Status: Inactive-Upstream [last release: 2012]", "state Inactive"),
        ("CVE: CVE-2022-3821 CVE-2022-4415\nSee: CVE-2022-3821", "cve \"CVE-2022-3821\"; cve \"CVE-2022-4415\""),
    ]);
    check_silent(&["Upstream-Status: unknown", "CVE: pending", "CVE: CVE-22-1"]);
}

#[test]
fn row_8_dep_3() {
    check(&[
        ("Origin: upstream, https://github.com/o/n/commit/1a2b3c4", "ref origin 1a2b3c4@2"),
        ("Origin: upstream,\n https://github.com/o/n/commit/1a2b3c4", "ref origin 1a2b3c4@2"),
        ("Origin: backport, commit:1a2b3c4", "ref origin 1a2b3c4@2"),
        ("Origin: https://github.com/o/n/pull/7", "pr origin o/n#7"),
        ("Origin: https://git.example.org/?p=n.git;a=commitdiff;h=1a2b3c4", "ref origin 1a2b3c4@2"),
        ("Origin: vendor", "none true"),
        ("Origin: other, https://github.com/o/n/commit/1a2b3c4", ""),
        ("Applied-Upstream: 2.1, commit:1a2b3c4", "ref applied-upstream 1a2b3c4@2; state Accepted"),
        ("Applied-Upstream: 2.1", "state Accepted"),
        ("Forwarded: not-needed", "none true; state Local"),
        ("Forwarded: no", "state Pending"),
        ("Forwarded: https://github.com/o/n/pull/7", "pr forwarded o/n#7; state Submitted"),
        ("Bug-Debian: https://bugs.debian.org/123456", "ticket \"https://bugs.debian.org/123456\""),
        ("Bug: https://bugs.example.org/1\nLast-Update: 2023-01-02", "ticket \"https://bugs.example.org/1\""),
    ]);
    check_silent(&[
        "Origin: the old code 1a2b3c4",
        "Forwarded: perhaps",
        "Bug-fixes are in 1a2b3c4: two",
        "Last-Update: 2023-01-02",
    ]);
}

#[test]
fn row_9_fixes() {
    check(&[
        ("Fixes: 1a2b3c4d5e6f (\"title\")", "fixes fixes 1a2b3c4d5e6f@2"),
        ("Fixes: 1a2b3c4d5e6f (title)", "fixes fixes 1a2b3c4d5e6f@2"),
        ("Fixes: 1234567 (\"title\")", "fixes fixes 1234567@2"),
        ("Fixes: 1a2b3c4", "fixes fixes 1a2b3c4@2"),
        ("Fixes: X", "fixes fixes X@2"),
        ("Fixes: commit X", "fixes fixes X@2"),
        ("Fixes: 1a2b3c4, 5d6e7f8", "fixes fixes 1a2b3c4@2; fixes fixes 5d6e7f8@2"),
        ("Fixes: 1a2b3c4 bpf: some title", "fixes fixes 1a2b3c4@2"),
        ("Fixes: https://github.com/cilium/cilium/commit/X", "fixes fixes X@2"),
        ("Fixes https://github.com/cilium/cilium/commit/X", "fixes fixes X@2"),
        ("Fixes X", "fixes fixes X@2"),
        ("Fixes X. It had a bug.", "fixes fixes X@2"),
        ("Fixes: #123", "ticket \"#123\""),
        ("Fixes #123.", "ticket \"#123\""),
        ("Fixes: #123, #124", "ticket \"#123\"; ticket \"#124\""),
        ("Fixes : cilium/cilium#123", "ticket \"cilium/cilium#123\""),
        ("Fixes: https://github.com/o/n/issues/1", "ticket \"https://github.com/o/n/issues/1\""),
        ("Fixes: CVE-2019-10906", "cve \"CVE-2019-10906\""),
    ]);
    check_silent(&[
        "Fixes: the following build error",
        "Fixes the following warnings in 1a2b3c4:",
        "Fixes: defaced pages",
        "Fixes: 1234567",
        "Fixes 1a2b3c4 which broke it",
        "This fixes: 1a2b3c4",
        "    Fixes: 1a2b3c4 (\"quoted\")",
    ]);
}

#[test]
fn row_10_reverts() {
    check(&[
        ("This reverts commit X.", "reverts reverts X@2"),
        ("It broke. This reverts commit 1a2b3c4", "reverts reverts 1a2b3c4@2"),
        ("This reverts commit X, reversing\nchanges made to 1a2b3c4.", "reverts reverts X@2"),
        ("This reverts commits 1a2b3c4 and\n5d6e7f8.", "reverts reverts 1a2b3c4@2; reverts reverts 5d6e7f8@2"),
        ("This reverts commit\nX.", "reverts reverts X@2"),
        ("This commit reverts commit X", "reverts reverts X@2"),
        ("Effectively, this reverts commit 1a2b3c4 (\"bpf:", "reverts reverts 1a2b3c4@2"),
        ("This partially reverts commit 1a2b3c4", "fixes reverts-partly 1a2b3c4@2"),
        ("This reverts commit 1a2b3c4 partially and", "fixes reverts-partly 1a2b3c4@2"),
        ("Reverts: #123", "reverted-pr reverts-pull #123"),
        ("Reverts owner/name#123", "reverted-pr reverts-pull owner/name#123"),
        ("Reverts: 1a2b3c4 (\"title\")", "reverts reverts 1a2b3c4@2"),
        ("This reapplies commit X.", "reapplies reapplies X@2"),
        ("This is a reland of commit X", "reapplies reapplies X@2"),
    ]);
    check_silent(&[
        "the next one reverts commit X",
        "This reverts commit messages",
        "Reverts to the old way",
        "to revert commit X",
    ]);
    assert_eq!(said("Revert \"title\""), "title \"title\"; title 1");
    assert_eq!(
        said("Reapply \"title\"\n\nThis reverts commit 1a2b3c4."),
        "reverts reverts 1a2b3c4@2; title \"title\"; title 2"
    );
    assert_eq!(said("Revert \"Revert \"say \"hi\"\"\""), "title \"say \\\"hi\\\"\"; title 2");
    assert_eq!(said("Revert the change"), "");
}

#[test]
fn rows_11_and_12_declared_prerequisites() {
    check(&[
        (
            "Stable-dep-of: 1ca1ba465e55 (\"geneve: make sure to pull inner header\")",
            "needed-by stable-dep-of 1ca1ba465e55@2",
        ),
        ("Cc: <stable@vger.kernel.org> # 3.3.x: a1f84a3: sched: Check", "depends cc-stable a1f84a3@2; since \"3.3.x\""),
        ("Cc: stable@vger.kernel.org # 3.3.x", "since \"3.3.x\""),
        ("Cc: <stable@vger.kernel.org> # v5.10+", "since \"v5.10+\""),
        ("Cc: stable@vger.kernel.org # a1f84a3: sched: Check", "depends cc-stable a1f84a3@2"),
        ("Cc: <stable+noautosel@kernel.org> # reason goes here", "no-auto-pick true"),
    ]);
    check_silent(&["Cc: <stable@vger.kernel.org>", "Cc: someone@example.org # a1f84a3: x", "Stable-dep-of: something"]);
}

#[test]
fn row_13_gerrit_and_chromium() {
    check(&[
        ("Change-Id: IX", &format!("change-id \"I{FULL}\"")),
        ("Change-Id: I0000000000000000000000000000000000000000\nChange-Id: IX", &format!("change-id \"I{FULL}\"")),
        ("Cr-Commit-Position: refs/heads/main@{#12345}", "position \"refs/heads/main@{#12345}\""),
        ("Reviewed-on: https://review.example.org/c/n/+/1", "ticket \"https://review.example.org/c/n/+/1\""),
    ]);
    check_silent(&["Change-Id: I123", "the Change-Id: IX", "Cr-Commit-Position: none"]);
}

#[test]
fn row_14_pull_requests_in_subjects() {
    assert_eq!(said("Fix it (#123)"), "pr subject-pull #123");
    assert_eq!(said("Fix it (#123) (#456)"), "pr subject-pull #123; pr subject-pull #456");
    assert_eq!(said("Merge pull request #123 from o/b"), "pr merge-pull #123");
    assert_eq!(said("Fix #123"), "");
    assert_eq!(said("Fix (#123) again"), "");
}

#[test]
fn row_15_node() {
    check(&[
        ("PR-URL: https://github.com/nodejs/node/pull/123", "pr pr-url nodejs/node#123"),
        ("Backport-PR-URL: https://github.com/nodejs/node/pull/124", "pr pr-url nodejs/node#124"),
        (
            "Refs: https://github.com/nodejs/node/commit/1a2b3c4",
            "ticket \"https://github.com/nodejs/node/commit/1a2b3c4\"",
        ),
        ("Refs: #123", "ticket \"#123\""),
    ]);
    let body = "Original commit message:\n\n    [runtime] title\n\n    This reverts nothing\n    Change-Id: IX\n    \
        Reviewed-on: https://x/1\n    Cr-Commit-Position: refs/heads/main@{#9}\n\nRefs: https://github.com/v8/v8/commit/1a2b3c4d5e6f";
    assert_eq!(
        said(&format!("deps: V8: cherry-pick 1a2b3c4\n\n{}", body.replace('X', FULL))),
        format!(
            "ref deps-subject 1a2b3c4@0; ref deps-refs 1a2b3c4d5e6f@11; change-id \"I{FULL}\"; position \"refs/heads/main@{{#9}}\""
        )
    );
    assert_eq!(
        said("deps: cherry-pick 1a2b3c4 and 5d6e7f8 to V8"),
        "ref deps-subject 1a2b3c4@0; ref deps-subject 5d6e7f8@0"
    );
    assert_eq!(said("deps: update undici to 5.1"), "");
}

#[test]
fn row_16_openshift() {
    assert_eq!(said("UPSTREAM: 12345: title"), "pr openshift #12345; state Accepted");
    assert_eq!(
        said("UPSTREAM: kubernetes/kubernetes: 12345: title"),
        "pr openshift kubernetes/kubernetes#12345; state Accepted"
    );
    assert_eq!(said("UPSTREAM: revert: 12345: title"), "pr openshift #12345; state Accepted");
    assert_eq!(said("UPSTREAM: <carry>: title"), "none true; state Local");
    assert_eq!(said("UPSTREAM: <drop>: make generate"), "none true; state Local");
    assert_eq!(said("upstream: 12345: title"), "");
}

#[test]
fn row_17_android() {
    assert_eq!(said("UPSTREAM: binder: fix"), "state Accepted");
    assert_eq!(said("BACKPORT: FROMGIT: binder: fix"), "state Queued");
    assert_eq!(said("FROMLIST: binder: fix\n\nBug: 123456"), "state Submitted; ticket \"123456\"");
    assert_eq!(said("ANDROID: binder: fix"), "none true; state Local");
    assert_eq!(said("Backport: fix"), "");
}

#[test]
fn row_18_target_branches() {
    assert_eq!(said("[3.11] gh-1: title (#123)"), "pr subject-pull #123; target \"3.11\"");
    assert_eq!(said("[7.x] [Fleet] title (#123) (#456)"), "pr subject-pull #123; pr subject-pull #456; target \"7.x\"");
    assert_eq!(said("[Backport v1.13] Revert \"title\""), "title \"title\"; title 1; target \"v1.13\"");
    assert_eq!(said("v1.13: title"), "target \"v1.13\"");
    for silent in ["[Fleet] title", "bpf: title", "[1] title", "1: title", "[Backport of two things] x"] {
        assert_eq!(said(silent), "", "{silent}");
    }
}

#[test]
fn row_19_declared_deviations() {
    check(&[
        ("[ Backporter's notes: the test\n  was left out [1]. ]\nrest", "deviation \"the test\\nwas left out [1].\""),
        ("[ backporter note: kept it ]", "deviation \"kept it\""),
        ("[Backport Note: upstream commit does not apply]", "deviation \"upstream commit does not apply\""),
        ("[ backporter\u{2019}s notes: one\n\n two ]", "deviation \"one\\n\\ntwo\""),
        ("[ Backport notes: never closed\nmore\n\nother", "deviation \"never closed\\nmore\""),
        ("Backporter's notes: left out\nthe test\n\nother", "deviation \"left out\\nthe test\""),
        (
            "[ Backport notes: takes\nupstream commit 1a2b3c4\nas well ]",
            "deviation \"takes\\nupstream commit 1a2b3c4\\nas well\"",
        ),
        ("[ Backporter's notes ]\n\nthe file\nis new\n\nother", "deviation \"the file\\nis new\""),
        ("Backport note:\n\nthe file is new\n\nother", "deviation \"the file is new\""),
        ("Conflicts:\n\tpkg/a.go\n\tpkg/b.go\n\nrest", "deviation \"pkg/a.go\\npkg/b.go\""),
        ("# Conflicts:\n#\tpkg/a.go", "deviation \"pkg/a.go\""),
        ("Backporting conflicts:\n\n * pkg/a.go: moved\n\nrest", "deviation \"* pkg/a.go: moved\""),
    ]);
    check_silent(&[
        "Backport notes are wrong",
        "Conflicts: none",
        "conflicts in case of clustermesh",
        "[ backports: none ]",
    ]);
}

#[test]
fn row_20_bodies_of_backport_pull_requests() {
    check(&[
        ("```upstream-prs\n$ for pr in 28649 28647; do\n```", "pr upstream-prs #28649; pr upstream-prs #28647"),
        (
            "- [x] #28649 (@author) :warning: resolved conflicts\n- [ ] #28647 -- title (@other)",
            "pr upstream-prs #28649; pr upstream-prs #28647; deviation \"resolved conflicts\"",
        ),
        (" * #28649 -- title (@author)", "pr upstream-prs #28649"),
    ]);
    check_silent(&["* #28649 is open", "- [x] done", "* title (@author)"]);
}

#[test]
fn row_21_ciq() {
    let body = "jira VULN-123\ncve CVE-2023-12345\ncommit-author A <a@b>\ncommit X\nupstream-diff context\n in fs/file.c\n\nrest";
    check(&[
        (body, "ref ciq-commit X@5; cve \"CVE-2023-12345\"; ticket \"VULN-123\"; deviation \"context\\nin fs/file.c\""),
        ("jira VULN-123\ncommit X", "ref ciq-commit X@3; ticket \"VULN-123\""),
    ]);
    check_silent(&["text\n\njira VULN-123\ncommit X", "commit X\nAuthor: a", "jira is down 5 times"]);
}

#[test]
fn rows_22_and_23_files_and_tickets() {
    check(&[
        ("Gbp-Pq: Topic fixes\nGbp-Pq: Name a.patch", "file \"a.patch\"; topic \"fixes\""),
        ("Patch-Filename: a.patch\nPatch-Dir: v8", "file \"a.patch\"; topic \"v8\""),
        ("Upstream-PR: #123", "pr upstream-pr #123"),
        ("Upstream-PR: 123", "pr upstream-pr #123"),
        ("Link: https://lore.kernel.org/r/1@x [1]", "ticket \"https://lore.kernel.org/r/1@x\""),
        ("Closes: #123 (mostly)", "ticket \"#123\""),
        ("See: CVE-2023-12345", "cve \"CVE-2023-12345\""),
    ]);
    check_silent(&["Gbp-Pq: other", "Upstream-PR: none", "Link: missing", "X-Anything: 1a2b3c4"]);
}

#[test]
fn every_notation_is_in_the_table_and_every_example_is_read() {
    for notation in Notation::ALL {
        assert!(examples().any(|(other, _)| other == *notation), "{notation:?} has no example");
    }
    for (notation, example) in examples() {
        let message = match notation {
            Notation::CiqCommit | Notation::CiqTicket => format!("title\n\njira A-1\n{example}"),
            Notation::PickerNote => format!("title\n\n(cherry picked from commit 1a2b3c4)\n{example}"),
            _ if subject::RULES.iter().any(|rule| rule.notation == notation) => example.to_owned(),
            _ => format!("title\n\n{example}"),
        };
        let without = message.replace(example, "");
        assert_ne!(parse(message.as_bytes()), parse(without.as_bytes()), "{notation:?}: {example}");
    }
}

#[test]
fn the_reference_lists_every_notation_with_its_example() {
    let reference = include_str!("../../../docs/reference/provenance.md");
    for (notation, example) in examples() {
        assert!(
            reference.contains(&format!("`{}`", notation.as_str())),
            "{} is not in the reference",
            notation.as_str()
        );
        let first = example.lines().next().unwrap();
        assert!(reference.contains(first), "the reference lacks the example of {}: {first}", notation.as_str());
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read(bytes: Vec<u8>) {
        parse(&bytes);
    }

    /// Pieces of notations in any order come nearer to the edges than any bytes do.
    #[test]
    fn any_pieces_are_read(pieces in proptest::collection::vec(0usize..200, 0..30)) {
        let words: Vec<&str> = examples().flat_map(|(_, example)| [example, &example[..example.len() / 2]]).collect();
        let extra = ["\n", "\n\n", " ", "[", "]", "(", "\"", "#", ": ", "1a2b3c4", "\u{2019}", "commit"];
        let piece = |at: &usize| words.iter().chain(&extra).nth(at % (words.len() + extra.len())).copied().unwrap();
        parse(pieces.iter().map(piece).collect::<String>().as_bytes());
    }
}

#[test]
fn the_subject_of_what_a_revert_takes_back() {
    for (subject, of) in [
        ("Revert \"x (#1)\" (#2)", "x (#1)"),
        ("Revert \"Revert \"x\"\"", "Revert \"x\""),
        ("Reapply \"x\"", "Revert \"x\""),
        ("[v1.13] Revert \"Reapply \"x\"\"", "Reapply \"x\""),
    ] {
        assert_eq!(parse(subject.as_bytes()).reverted_title.unwrap().of, of, "{subject}");
    }
    assert_eq!(parse(b"Revert x").reverted_title, None);
}

#[test]
fn a_title_is_a_subject_without_numbers_at_its_end() {
    assert_eq!(title(b" x (#1) y (#2)  (#30) "), (&b"x (#1) y"[..], vec![2, 30]));
    assert_eq!(title(b"(#1)"), (&b""[..], vec![1]));
    assert_eq!(title(b"x (1) "), (&b"x (1)"[..], vec![]));
}
