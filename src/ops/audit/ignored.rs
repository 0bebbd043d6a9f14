//! The ignore list.

use jiff::civil::Date;

use super::{Followup, Ignored, IgnoredFindings, Lost, StaleIgnore, Trouble};
use crate::model::Ignore;

/// Findings, divided by the list.
pub struct Sorted {
    /// What is news.
    pub followups: Vec<Followup>,
    /// What is news.
    pub lost: Vec<Lost>,
    /// What is not.
    pub ignored: IgnoredFindings,
    /// Entries that say nothing any more.
    pub stale: Vec<StaleIgnore>,
}

/// Takes out what the list names. An entry is valid through its last day. Of an entry whose id `is_open`, nobody has looked whether it matches.
pub fn sort(
    entries: &[Ignore],
    today: Date,
    followups: Vec<Followup>,
    lost: Vec<Lost>,
    is_open: &dyn Fn(&str) -> bool,
) -> Sorted {
    let mut list = List { entries, is_used: vec![false; entries.len()], today };
    let (followups, ignored_followups) = list.divide(followups, |followup| {
        [followup.commit].iter().chain(&followup.backports).map(ToString::to_string).collect()
    });
    let (lost, ignored_lost) =
        list.divide(lost, |lost| lost.upstream.iter().cloned().chain([lost.commit.to_string()]).collect());
    let ignored = IgnoredFindings { followups: ignored_followups, lost: ignored_lost };
    Sorted { followups, lost, ignored, stale: list.stale(is_open) }
}

struct List<'a> {
    entries: &'a [Ignore],
    is_used: Vec<bool>,
    today: Date,
}

impl List<'_> {
    fn is_expired(&self, entry: &Ignore) -> bool {
        entry.expires.is_some_and(|last| self.today > last)
    }

    fn divide<T>(&mut self, findings: Vec<T>, ids: impl Fn(&T) -> Vec<String>) -> (Vec<T>, Vec<Ignored<T>>) {
        let (mut news, mut ignored) = (Vec::new(), Vec::new());
        for finding in findings {
            match self.entry_for(&ids(&finding)).cloned() {
                Some(Ignore { reason, expires, .. }) => ignored.push(Ignored { finding, reason, expires }),
                None => news.push(finding),
            }
        }
        (news, ignored)
    }

    /// A valid entry that names one of the ids; marks every entry that does.
    fn entry_for(&mut self, ids: &[String]) -> Option<&Ignore> {
        let mut found = None;
        for (at, entry) in self.entries.iter().enumerate() {
            if ids.iter().any(|id| id.starts_with(&entry.id)) {
                self.is_used[at] = true;
                found = found.or((!self.is_expired(entry)).then_some(entry));
            }
        }
        found
    }

    fn stale(&self, is_open: &dyn Fn(&str) -> bool) -> Vec<StaleIgnore> {
        let trouble = |at: usize, entry: &Ignore| match (self.is_expired(entry), self.is_used[at]) {
            (true, _) => Some(Trouble::Expired),
            (false, false) if !is_open(&entry.id) => Some(Trouble::Unused),
            (false, _) => None,
        };
        let stale = |(at, entry): (usize, &Ignore)| {
            let Ignore { id, reason, expires } = entry.clone();
            trouble(at, entry).map(|trouble| StaleIgnore { id, reason, expires, trouble })
        };
        self.entries.iter().enumerate().filter_map(stale).collect()
    }
}
