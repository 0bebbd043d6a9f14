//! The keys that pq knows, in the order in which it writes them.

/// At the top of a line's file.
pub(super) const LINE_FILE: &[&str] =
    &["schema", "upstream", "line", "patch", "generated", "moved", "ignore", "policy"];
/// At the top of a workspace's file.
pub(super) const WORKSPACE_FILE: &[&str] = &["schema", "workspace", "upstream", "policy"];
/// In `[workspace]`.
pub(super) const WORKSPACE: &[&str] = &["lines"];
/// In `[upstream]`.
pub(super) const UPSTREAM: &[&str] =
    &["repo", "remote", "releases", "mainline", "stable", "provenance-style", "pull-requests"];
/// In `[line]`.
pub(super) const LINE: &[&str] =
    &["name", "base", "base-commit", "branch", "publish", "publish-remote", "tag", "series"];
/// In `[patch.NAME]`. What is most a patch's own comes last: see `metadata::check_merged`.
pub(super) const PATCH: &[&str] = &[
    "kind",
    "topic",
    "owner",
    "drop-after",
    "cve",
    "requires",
    "deviation",
    "reason",
    "quilt",
    "pr",
    "upstream",
    "held",
];
/// In `[patch.NAME.held]`.
pub(super) const HELD: &[&str] = &["why", "base", "base-commit", "blocked-by", "paths", "commit"];
/// In `[[generated]]`.
pub(super) const GENERATED: &[&str] = &["paths", "regenerate"];
/// In `[[moved]]`.
pub(super) const MOVED: &[&str] = &["from", "to", "why"];
/// In `[[ignore]]`.
pub(super) const IGNORE: &[&str] = &["id", "reason", "expires"];
/// In `[policy]`.
pub(super) const POLICY: &[&str] = &["require", "require-for"];

/// The schema that this pq reads and writes.
pub(super) const SCHEMA: i64 = 1;
