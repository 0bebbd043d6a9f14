//! `[policy]`: what must be known of a patch.

use super::error::{Problems, did_you_mean, shown};
use super::keys;
use super::read::Section;
use crate::model::{PatchKind, Policy, Requirement};

/// The policy that a file states; `None` if it states none.
pub(super) fn read_policy(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<Policy> {
    let section = root.section("policy", "[policy]", problems)?;
    section.check_keys(keys::POLICY, problems);
    let require = requirements(&section, "require", problems);
    let kinds = section.section("require-for", "[policy.require-for]", problems);
    let require_for = kinds.map(|section| read_kinds(&section, problems)).unwrap_or_default();
    Some(Policy { require, require_for })
}

fn read_kinds(section: &Section<'_>, problems: &mut Problems<'_>) -> Vec<(PatchKind, Vec<Requirement>)> {
    section.check_keys(&PatchKind::ALL.map(PatchKind::as_str), problems);
    let stated = PatchKind::ALL.into_iter().filter(|kind| section.table.contains_key(kind.as_str()));
    stated.map(|kind| (kind, requirements(section, kind.as_str(), problems))).collect()
}

fn requirements(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Vec<Requirement> {
    let words = Requirement::ALL.map(Requirement::as_str);
    let mut requirements = Vec::new();
    for text in section.list(key, problems).unwrap_or_default() {
        match Requirement::ALL.into_iter().find(|requirement| requirement.as_str() == text.value) {
            Some(requirement) => requirements.push(requirement),
            None => {
                let hint = match did_you_mean(text.value, words) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("write any of: {}", words.join(", ")),
                };
                problems.report(&text.at, format!("`{key}` cannot hold `{}`", shown(text.value)), hint);
            }
        }
    }
    requirements
}
