//! The queue as `pq.toml` states it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::{Oid, PatchName, Policy};

/// Where upstream lives and how its releases are named: `[upstream]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upstream {
    /// The fork's clone, relative to the file that states it.
    pub repo: String,
    /// The remote that `pq fetch` fetches.
    pub remote: Option<String>,
    /// The pattern of release tags, for example `v{version}`.
    pub releases: String,
    /// The branch where fixes land first.
    pub mainline: Option<String>,
    /// The pattern of upstream's own stable branches, for example `v{major}.{minor}`.
    pub stable: Option<String>,
    /// How `pq pick` writes down where a patch comes from: the name of a style, or a template.
    pub provenance_style: Option<String>,
    /// The file that says which commits belong to which pull request, relative to the file that states it.
    pub pull_requests: Option<String>,
}

/// One release line of the fork: `[line]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its name, for people and for refs under `refs/pq/`.
    pub name: String,
    /// The release that the queue stands on, as typed.
    pub base: String,
    /// The commit of that release.
    pub base_commit: Oid,
    /// The branch that the materialized queue is published as, without `refs/heads/`.
    pub branch: String,
}

/// How a line gets to a remote: keys of `[line]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Publishing {
    /// The remote.
    pub remote: Option<String>,
    /// What the branch is there.
    pub style: PublishStyle,
    /// The pattern of a tag that is set each time, with `{n}` where a number counts up; also `{base}` and `{line}`.
    pub tag: Option<String>,
}

/// What the branch of a line is on a remote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PublishStyle {
    /// The line's branch, which replaces what was there.
    #[default]
    Replace,
    /// A merge of what was there and of the line's branch, with the files of the latter: those who follow it fast-forward.
    MergingRebase,
}

impl PublishStyle {
    /// All of them.
    pub const ALL: [PublishStyle; 2] = [PublishStyle::Replace, PublishStyle::MergingRebase];

    /// The word for it, as in pq.toml.
    pub fn as_str(self) -> &'static str {
        match self {
            PublishStyle::Replace => "replace",
            PublishStyle::MergingRebase => "merging-rebase",
        }
    }
}

/// A whole `pq.toml`: one line and its queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Where upstream lives.
    pub upstream: Upstream,
    /// The line.
    pub line: Line,
    /// How it gets to a remote.
    pub publishing: Publishing,
    /// The patches, in order.
    pub patches: Vec<Patch>,
    /// Files that are never merged by hand.
    pub generated: Vec<Generated>,
    /// Findings of an audit that somebody has looked at and does not want to see again.
    pub ignores: Vec<Ignore>,
    /// Files and directories that upstream moved.
    pub moved: Vec<MovedPath>,
    /// What must be known of a patch: its own policy, or that of its workspace.
    pub policy: Policy,
}

/// One patch of the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// Its name.
    pub name: PatchName,
    /// What is known of it beside its text.
    pub meta: PatchMeta,
}

/// What a patch is to the fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PatchKind {
    /// Taken from upstream.
    Backport,
    /// Ours alone.
    Fork,
    /// Sent upstream, not merged yet.
    Pending,
    /// Takes an upstream change back.
    Revert,
}

impl PatchKind {
    /// All of them.
    pub const ALL: [PatchKind; 4] = [PatchKind::Backport, PatchKind::Fork, PatchKind::Pending, PatchKind::Revert];

    /// The word for it, as in pq.toml and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            PatchKind::Backport => "backport",
            PatchKind::Fork => "fork",
            PatchKind::Pending => "pending",
            PatchKind::Revert => "revert",
        }
    }
}

/// Metadata of a patch: `[patch.NAME]`. Everything is optional.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatchMeta {
    /// The upstream commits it comes from: 7 to 64 hexadecimal digits each. `Some` of an empty list says explicitly that there are none.
    pub upstream: Option<Vec<String>>,
    /// What it is to the fork.
    pub kind: Option<PatchKind>,
    /// The feature it belongs to.
    pub topic: Option<String>,
    /// Its pull request.
    pub pr: Option<String>,
    /// The vulnerabilities that it closes.
    pub cve: Vec<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Why it exists.
    pub reason: Option<String>,
    /// Patches that it needs, beside what the text shows.
    pub requires: Vec<PatchName>,
    /// The release with which it should be gone.
    pub drop_after: Option<String>,
    /// Why it differs from upstream's commit.
    pub deviation: Option<String>,
    /// The name of its file in a quilt series, where that is not `NAME.patch`.
    pub quilt: Option<String>,
    /// Set while it waits for a person.
    pub held: Option<Held>,
}

impl PatchMeta {
    /// What the patch is: as stated, or a backport if it names an upstream commit.
    pub fn kind(&self) -> PatchKind {
        let has_upstream = self.upstream.as_ref().is_some_and(|ids| !ids.is_empty());
        self.kind.unwrap_or(if has_upstream { PatchKind::Backport } else { PatchKind::Fork })
    }

    /// The upstream commits it comes from.
    pub fn upstream(&self) -> &[String] {
        self.upstream.as_deref().unwrap_or_default()
    }
}

/// Why a patch is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeldWhy {
    /// It conflicts with the line's base.
    Conflict,
    /// It needs a patch that is held.
    Blocked,
}

impl HeldWhy {
    /// All of them.
    pub const ALL: [HeldWhy; 2] = [HeldWhy::Conflict, HeldWhy::Blocked];

    /// The word for it, as in pq.toml and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            HeldWhy::Conflict => "conflict",
            HeldWhy::Blocked => "blocked",
        }
    }
}

/// A patch that waits for a person: `[patch.NAME.held]`. Its text is still the one made for the base named here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Why.
    pub why: HeldWhy,
    /// The release whose queue its text was made for.
    pub base: String,
    /// The commit of that release.
    pub base_commit: Oid,
    /// The materialized commit of the patch on that base: its tree and its parent's tree are what a merge needs.
    pub commit: Oid,
    /// The patches that must be settled first.
    pub blocked_by: Vec<PatchName>,
    /// The paths that conflict, quoted as git quotes them.
    pub paths: Vec<String>,
}

/// Files that are made by a program, never merged by hand: `[[generated]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Glob patterns of paths, `**` for any depth.
    pub paths: Vec<String>,
    /// The command that makes them, printed for a person; pq never runs it.
    pub regenerate: Option<String>,
}

/// A file or directory that upstream moved: `[[moved]]`. Paths are relative to the root of the repository, with forward slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedPath {
    /// Its older place.
    pub from: String,
    /// Its newer place; several for a directory that was split.
    pub to: Vec<String>,
    /// Anything that a person wants to say about it.
    pub why: Option<String>,
}

/// A finding of `pq audit` that is no news: `[[ignore]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignore {
    /// The upstream commit that was found, in lower case: 7 to 40 hexadecimal digits, or 64.
    pub id: String,
    /// Why it does not matter.
    pub reason: String,
    /// The last day on which it is ignored.
    pub expires: Option<Date>,
}

impl Manifest {
    /// The patches that are part of the branch: all that are not held.
    pub fn applied(&self) -> impl Iterator<Item = &Patch> {
        self.patches.iter().filter(|patch| patch.meta.held.is_none())
    }

    /// The patches that wait for a person.
    pub fn held(&self) -> impl Iterator<Item = &Patch> {
        self.patches.iter().filter(|patch| patch.meta.held.is_some())
    }

    /// For which patches a held one waits that are still held: others were settled since it was written down.
    pub fn waits_for(&self, held: &Held) -> Vec<PatchName> {
        let is_open = |name: &&PatchName| self.patch(name.as_str()).is_some_and(|patch| patch.meta.held.is_some());
        held.blocked_by.iter().filter(is_open).cloned().collect()
    }

    /// A patch by its name.
    pub fn patch(&self, name: &str) -> Option<&Patch> {
        self.patches.iter().find(|patch| patch.name.as_str() == name)
    }

    /// Where each patch stands in the series, from 0.
    pub fn positions(&self) -> BTreeMap<&PatchName, usize> {
        self.patches.iter().enumerate().map(|(at, patch)| (&patch.name, at)).collect()
    }
}
