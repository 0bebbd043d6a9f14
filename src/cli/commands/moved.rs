//! Files that upstream moved, as reports of several commands say it.

use crate::ops::moves::{Proposal, Proposed};
use crate::ops::rebase::FollowedReport;
use crate::ui::{Screen, Table, dim, good, plural, text, warn};

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

/// Where files seem to have gone, and whether that is all that is in the way.
pub fn proposed(it: &Proposed, screen: &mut Screen) {
    for one in &it.moves {
        screen.sentence(text!["    ", warn("moved, it seems: "), pair(one), dim(format!(" ({})", count(one)))]);
    }
    if it.applies {
        screen.sentence(text!["    ", good("it applies there")]);
    }
}

/// The same for all patches of a queue: each move once, and how many patches apply with it.
pub fn proposals<'p>(all: impl Iterator<Item = &'p Proposed> + Clone, screen: &mut Screen) {
    let moves = unique(all.clone());
    if moves.is_empty() {
        return;
    }
    screen.heading("moved upstream, it seems: --moved FROM=TO follows them");
    let mut table = Table::new();
    for one in moves {
        let applying = all.clone().filter(|it| it.applies && it.moves.iter().any(|other| is_same(other, one))).count();
        let then = match applying {
            0 => String::new(),
            n => format!("{} then", plural(n, "patch applies", "patches apply")),
        };
        table.row([text!["  ", pair(one)], text![count(one)], text![then]]);
    }
    screen.table(&table);
}

/// The options that confirm them.
pub fn options<'p>(all: impl Iterator<Item = &'p Proposed>) -> Vec<String> {
    unique(all).into_iter().flat_map(|one| ["--moved".to_owned(), format!("{}={}", one.from, one.to)]).collect()
}

fn unique<'p>(all: impl Iterator<Item = &'p Proposed>) -> Vec<&'p Proposal> {
    let mut moves: Vec<&Proposal> = Vec::new();
    for one in all.flat_map(|it| &it.moves) {
        if moves.iter().all(|other| !is_same(other, one)) {
            moves.push(one);
        }
    }
    moves
}

fn is_same(one: &Proposal, other: &Proposal) -> bool {
    (&one.from, &one.to) == (&other.from, &other.to)
}

fn pair(one: &Proposal) -> String {
    format!("{} → {}", one.from, one.to)
}

fn count(one: &Proposal) -> String {
    format!("{} of {}", one.moved, plural(one.files, "file", "files"))
}
