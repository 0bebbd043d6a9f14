//! Files that upstream moved, as reports of several commands say it.

use crate::ops::rebase::FollowedReport;
use crate::ui::{Screen, dim, text};

/// Where each file went, in a line.
pub fn list(moved: &[FollowedReport]) -> String {
    moved.iter().map(|one| format!("{} → {}", one.was, one.path)).collect::<Vec<_>>().join(", ")
}

/// Where each file went and how that is known, a line each.
pub fn followed(moved: &[FollowedReport], screen: &mut Screen) {
    for one in moved {
        let by = one.by.iter().map(|by| format!("{} → {}", by.from, by.to)).collect::<Vec<_>>().join(", ");
        screen.sentence(text!["    followed ", &one.was, " → ", &one.path, dim(format!(" (moved: {by})"))]);
    }
}
