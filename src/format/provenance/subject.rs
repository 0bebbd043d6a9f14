//! Notations of the subject: prefixes, one after the other, a quoted title, numbers at the end.

use bstr::{BString, ByteSlice};

use super::tokens::{ids, number, pull, strip, strip_any};
use crate::model::{Notation, Provenance, PullRequest, Reference, RevertedTitle, UpstreamState};

/// Reads one notation at the start of a subject, and says how many bytes of prefix it was.
type Read = fn(&[u8], &mut Provenance) -> Option<usize>;

/// A notation of the subject.
pub(super) struct Rule {
    /// Which one.
    pub notation: Notation,
    /// How it looks.
    pub example: &'static str,
    read: Read,
}

/// All of them, in the order in which they are tried.
pub(super) const RULES: [Rule; 7] = [
    Rule { notation: Notation::TargetBranch, example: "[Backport v1.13] title", read: target_branch },
    Rule { notation: Notation::OpenShift, example: "UPSTREAM: kubernetes/kubernetes: 12345: title", read: openshift },
    Rule { notation: Notation::Android, example: "FROMGIT: title", read: android },
    Rule { notation: Notation::DepsSubject, example: "deps: V8: cherry-pick 1d2dbe0c14f7", read: deps },
    Rule { notation: Notation::MergePull, example: "Merge pull request #12345 from owner/branch", read: merge_pull },
    Rule { notation: Notation::RevertSubject, example: "Reapply \"title\"", read: revert },
    Rule { notation: Notation::SubjectPull, example: "title (#12345)", read: pulls },
];

/// Reads a subject.
pub(super) fn read(subject: &[u8], out: &mut Provenance) {
    let mut rest = subject;
    for rule in &RULES {
        if let Some(len) = (rule.read)(rest, out) {
            rest = rest[len..].trim_start();
        }
    }
}

/// `[3.11] title`, `[v1.13] title`, `[Backport v1.13] title`, `v1.13: title`.
fn target_branch(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    let (target, len) = match subject.strip_prefix(b"[") {
        Some(inner) => {
            let inner = &inner[..inner.find_byte(b']')?];
            let stated = strip(inner, "backport ").map(<[u8]>::trim).filter(|branch| !branch.contains(&b' '));
            (stated.or(Some(inner).filter(|branch| is_version(branch)))?, inner.len() + 2)
        }
        None => {
            let branch = &subject[..subject.find(": ")?];
            (Some(branch).filter(|branch| is_version(branch))?, branch.len() + 1)
        }
    };
    out.target = Some(target.into());
    Some(len)
}

/// `1.13`, `v1.13`, `v1.13.7`, `7.x`.
fn is_version(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"v").unwrap_or(text);
    let mut parts = text.split(|byte| *byte == b'.');
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let starts = parts.next().is_some_and(is_number);
    let mut more = parts.peekable();
    starts && more.peek().is_some() && more.all(|part| is_number(part) || part == b"x")
}

/// `UPSTREAM: 123: title`, `UPSTREAM: owner/name: 123: title`, `UPSTREAM: <carry>: title`, each with `revert: ` or not.
fn openshift(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    let rest = subject.strip_prefix(b"UPSTREAM: ")?;
    let rest = strip(rest, "revert: ").unwrap_or(rest);
    let (first, after) = rest.split_once_str(": ")?;
    let is_repo = first.iter().filter(|byte| **byte == b'/').count() == 1 && !first.contains(&b' ');
    let (class, title) = if is_repo { after.split_once_str(": ")? } else { (first, after) };
    if class == b"<carry>" || class == b"<drop>" {
        local(out);
    } else {
        let (number, _) = number(class).filter(|(_, rest)| rest.is_empty())?;
        let repo = is_repo.then(|| BString::from(first));
        out.state = Some(UpstreamState::Accepted);
        out.prs.push(PullRequest { number, repo, notation: Notation::OpenShift });
    }
    Some(subject.len() - title.len())
}

/// `UPSTREAM: title` and its relatives.
fn android(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    const CLASSES: [(&[u8], UpstreamState); 6] = [
        (b"UPSTREAM: ", UpstreamState::Accepted),
        (b"BACKPORT: ", UpstreamState::Accepted),
        (b"FROMGIT: ", UpstreamState::Queued),
        (b"FROMLIST: ", UpstreamState::Submitted),
        (b"ANDROID: ", UpstreamState::Local),
        (b"CHROMIUM: ", UpstreamState::Local),
    ];
    let (word, state) = CLASSES.iter().find(|(word, _)| subject.starts_with(word))?;
    match state {
        UpstreamState::Local => local(out),
        state => out.state = Some(*state),
    }
    // `BACKPORT: FROMGIT: title` says that it is adapted, too; the later word says from where.
    android(&subject[word.len()..], out).map(|more| word.len() + more).or(Some(word.len()))
}

fn local(out: &mut Provenance) {
    out.state = Some(UpstreamState::Local);
    out.explicitly_none = true;
}

/// `deps: V8: cherry-pick X and Y`, `deps: backport X from …`.
fn deps(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    let rest = strip(subject, "deps: ")?;
    let rest = match rest.split_once_str(": ") {
        Some((project, rest)) if !project.contains(&b' ') => rest,
        _ => rest,
    };
    let value = strip_any(rest, &["cherry-pick ", "backport "])?;
    let ids = ids(value);
    let reference = |id| Reference { id, notation: Notation::DepsSubject, line: 0 };
    out.refs.extend(ids.into_iter().map(reference));
    Some(0)
}

/// `Merge pull request #123 from …`.
fn merge_pull(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    let (repo, number) = pull(strip(subject, "merge pull request ")?)?;
    out.prs.push(PullRequest { number, repo, notation: Notation::MergePull });
    Some(subject.len())
}

/// `Revert "title"`, `Reapply "title"`, each in the other to any depth.
fn revert(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    let (inner, first) = quoted(subject)?;
    let (mut title, mut times) = (inner, first);
    while let Some((inner, more)) = quoted(title) {
        (title, times) = (inner, times + more);
    }
    let of = if first == 1 { inner.into() } else { [b"Revert \"", inner, b"\""].concat().into() };
    out.reverted_title = Some(RevertedTitle { title: title.into(), times, of });
    None
}

/// The title in one pair of quotes, and how often it counts.
fn quoted(title: &[u8]) -> Option<(&[u8], u32)> {
    let (inner, times) = match (strip(title, "revert \""), strip(title, "reapply \"")) {
        (Some(inner), _) => (inner, 1),
        (None, reapplied) => (reapplied?, 2),
    };
    Some((&inner[..inner.rfind_byte(b'"')?], times))
}

/// `title (#1) (#2)`.
fn pulls(subject: &[u8], out: &mut Provenance) -> Option<usize> {
    let pull = |number| PullRequest { number, repo: None, notation: Notation::SubjectPull };
    out.prs.extend(title(subject).1.into_iter().map(pull));
    None
}

/// A subject without blanks around it and without the numbers at its end, and these: inner numbers first, as they are written.
pub(super) fn title(subject: &[u8]) -> (&[u8], Vec<u64>) {
    let (mut rest, mut numbers) = (subject.trim(), Vec::new());
    while let Some((before, number)) = last_pull(rest) {
        numbers.push(number);
        rest = before.trim_end();
    }
    numbers.reverse();
    (rest, numbers)
}

fn last_pull(subject: &[u8]) -> Option<(&[u8], u64)> {
    let (before, inner) = subject.trim_end().strip_suffix(b")")?.rsplit_once_str("(#")?;
    let (number, _) = number(inner).filter(|(_, rest)| rest.is_empty())?;
    Some((before, number))
}
