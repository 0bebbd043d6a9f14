//! Patches of which less is known than the policy of the line demands, and those that outlived their time.

use serde::Serialize;

use crate::model::{Manifest, Patch, PatchName, ReleasePattern, Requirement};

/// A rule that a patch breaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// The patch.
    pub patch: PatchName,
    /// The rule.
    pub rule: Rule,
    /// With [`Rule::Expired`]: the release with which it should have gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drop_after: Option<String>,
}

/// What can be wrong with what is known of a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Nobody answers for it.
    Owner,
    /// Nobody says why it exists.
    Reason,
    /// It differs from its upstream commit, and nobody says why.
    Deviation,
    /// Nobody says with which release it should be gone.
    DropAfter,
    /// The base has passed the release with which it should be gone. Needs no policy.
    Expired,
}

impl From<Requirement> for Rule {
    fn from(requirement: Requirement) -> Rule {
        match requirement {
            Requirement::Owner => Rule::Owner,
            Requirement::Reason => Rule::Reason,
            Requirement::Deviation => Rule::Deviation,
            Requirement::DropAfter => Rule::DropAfter,
        }
    }
}

/// All breaches, rule by rule, each in the order of the queue. `silent` are the patches that differ from their upstream commit and do not say
/// why.
pub(super) fn breaches(manifest: &Manifest, silent: &[PatchName]) -> Vec<Breach> {
    let missing = Requirement::ALL.into_iter().flat_map(|what| missing(manifest, what, silent));
    missing.chain(expired(manifest)).collect()
}

/// Patches that do not say what the policy demands of their kind.
fn missing(manifest: &Manifest, what: Requirement, silent: &[PatchName]) -> Vec<Breach> {
    // What does not differ has nothing to say there.
    let is_open = |patch: &Patch| what != Requirement::Deviation || silent.contains(&patch.name);
    let lacks = |patch: &&Patch| {
        manifest.policy.demands(what, patch.meta.kind()) && what.value(patch).is_none() && is_open(patch)
    };
    let breach = |patch: &Patch| Breach { patch: patch.name.clone(), rule: what.into(), drop_after: None };
    manifest.patches.iter().filter(lacks).map(breach).collect()
}

/// Patches whose `drop-after` release the base has passed.
fn expired(manifest: &Manifest) -> Vec<Breach> {
    let Ok(pattern) = ReleasePattern::parse(&manifest.upstream.releases) else { return Vec::new() };
    let Some(base) = pattern.version(&manifest.line.base) else { return Vec::new() };
    let is_past = |limit: &str| pattern.version(limit).is_some_and(|limit| base > limit);
    let expired = manifest.patches.iter().filter(|patch| patch.meta.drop_after.as_deref().is_some_and(is_past));
    let breach = |patch: &Patch| {
        let drop_after = patch.meta.drop_after.clone();
        Breach { patch: patch.name.clone(), rule: Rule::Expired, drop_after }
    };
    expired.map(breach).collect()
}
