//! Random histories of upstream, and queues of what upstream took, took in other words, took back, and never had.
//!
//! Every patch brings a line that nothing else has: its marker. Where no file of the release has the marker, upstream lacks the patch, whatever
//! ids, titles and dates say.

use pq::model::{Oid, Outcome};
use pq::ops::evidence::DoubtKind;
use proptest::prelude::*;

use crate::support::{Fork, Patches, lines};

/// What upstream did with a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nothing.
    Local,
    /// It took it as it is.
    Picked,
    /// It took it with other lines around the marker.
    Tweaked,
    /// It took it and took it back.
    Reverted(How),
    /// It did something else under the same name.
    Namesake,
}

/// What the commit that takes back says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Id,
    Title,
    Nothing,
    /// Nothing, and the commit changes another line of the file, too.
    More,
}

#[derive(Debug, Clone)]
struct One {
    fate: Fate,
    is_named: bool,
    keeps_date: bool,
    keeps_author: bool,
    keeps_title: bool,
    /// Which lines stand around the marker.
    body: Vec<usize>,
    replaces: bool,
}

const FILES: usize = 3;
/// What every project has.
const COMMON: [&str; 5] = ["\treturn nil\n", "}\n", "\t\tbreak;\n", "\tif err != nil {\n", "// TODO\n"];

fn one() -> impl Strategy<Value = One> {
    let how = prop_oneof![Just(How::Id), Just(How::Title), Just(How::Nothing), Just(How::More)];
    let fate = prop_oneof![
        1 => Just(Fate::Local),
        3 => Just(Fate::Picked),
        2 => Just(Fate::Tweaked),
        3 => how.prop_map(Fate::Reverted),
        1 => Just(Fate::Namesake),
    ];
    let body = prop::collection::vec(0..COMMON.len(), 0..6);
    (fate, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), body, any::<bool>()).prop_map(
        |(fate, is_named, keeps_date, keeps_author, keeps_title, body, replaces)| One {
            fate,
            is_named,
            keeps_date,
            keeps_author,
            keeps_title,
            body,
            replaces,
        },
    )
}

impl One {
    /// The line where it happens, and what stands there afterwards.
    fn edit(&self, at: usize) -> (String, String, String) {
        let line = format!("line {}\n", 8 * (at / FILES) + 4);
        let kept = if self.replaces { "" } else { &line };
        let body: String = self.body.iter().enumerate().map(|(n, which)| self.line(at, n, *which)).collect();
        (format!("{}.txt", at % FILES), line.clone(), format!("{kept}marker {at};\n{body}"))
    }

    fn line(&self, at: usize, n: usize, which: usize) -> String {
        if n.is_multiple_of(2) { COMMON[which].to_owned() } else { format!("body {at} {n} {which}\n") }
    }

    /// Upstream's side; the commit that brings it.
    fn upstream(&self, fork: &Fork, at: usize) -> Option<Oid> {
        let (path, old, ours) = self.edit(at);
        let new = match self.fate {
            Fate::Local => return None,
            Fate::Tweaked => format!("{ours}and more {at}\n"),
            Fate::Namesake => {
                return Some(self.look(fork, at).write(&format!("other {at}"), "x\n").commit(&self.title(at)));
            }
            _ => ours,
        };
        let landed = self.look(fork, at).edit(&path, &old, &new).commit(&self.title(at));
        if let Fate::Reverted(how) = self.fate {
            let message = match how {
                How::Id => format!("Undo\n\nThis reverts commit {landed}."),
                How::Title => format!("Revert \"{}\"", self.title(at)),
                How::Nothing | How::More => "Not good".to_owned(),
            };
            let work = fork.on("main").edit(&path, &new, &old);
            let more = |work: crate::support::Work<'_>| {
                work.edit(&path, "line 40\n", &format!("line 40\nnew {at}\n")).commit(&message)
            };
            if how == How::More {
                more(work)
            } else {
                work.commit(&message)
            };
        }
        Some(landed)
    }

    fn look<'f>(&self, fork: &'f Fork, at: usize) -> crate::support::Work<'f> {
        let work = fork.on("main");
        let work = if self.keeps_date { work.at(1000 + at as i64) } else { work };
        if self.keeps_author { work } else { work.author("Maintainer").email("m@upstream.example") }
    }

    fn title(&self, at: usize) -> String {
        if self.keeps_title { format!("Patch number {at}") } else { format!("Something {at} in other words") }
    }

    fn lacks(&self) -> bool {
        matches!(self.fate, Fate::Local | Fate::Reverted(_) | Fate::Namesake)
    }
}

/// The release, and the queue on the base before it.
fn fork(all: &[One], noise: &[usize]) -> Fork {
    let fork = Fork::new();
    let work = (0..FILES).fold(fork.on("main"), |work, n| work.write(&format!("{n}.txt"), lines(40)));
    let base = work.commit("base");
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    let mut landed = Vec::new();
    for (at, one) in all.iter().enumerate() {
        landed.push(one.upstream(&fork, at));
    }
    for (n, which) in noise.iter().enumerate() {
        let path = format!("{}.txt", which % FILES);
        let text = format!("{}{}", COMMON[which % COMMON.len()], fork.content(fork.tip("main"), &path));
        fork.on("main").write(&path, text).commit(&format!("Noise {n}"));
    }
    fork.tag("v1.1.0", fork.tip("main"));
    for (at, one) in all.iter().enumerate() {
        let (path, old, new) = one.edit(at);
        let origin = landed[at].filter(|_| one.is_named).map(|id| format!("\n\n[ upstream commit {id} ]"));
        let message = format!("Patch number {at}{}", origin.unwrap_or_default());
        fork.on("ours").at(1000 + at as i64).edit(&path, &old, &new).commit(&message);
    }
    fork
}

/// How often a marker stands in a commit.
fn markers(fork: &Fork, commit: Oid, at: usize) -> usize {
    (0..FILES).map(|n| fork.content(commit, &format!("{n}.txt")).matches(&format!("marker {at};\n")).count()).sum()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_upstream_lacks_is_kept_and_what_it_has_does_not_come_twice(
        all in prop::collection::vec(one(), 1..7),
        noise in prop::collection::vec(0..15usize, 0..4),
    ) {
        let fork = fork(&all, &noise);
        fork.init("v1.0.0", "ours");
        let report = fork.rebase("v1.1.0");
        let release = fork.tip("main");
        for (at, one) in all.iter().enumerate() {
            let patch = report.patch(&format!("patch-number-{at}"));
            prop_assert_eq!(markers(&fork, release, at), usize::from(!one.lacks()), "the test itself");
            let there = markers(&fork, report.tip.commit, at);
            if one.lacks() {
                // A namesake by its id, author or date is what a person said that it is: `other-change` needs more lines than these have.
                let is_told = one.fate == Fate::Namesake && one.is_named;
                // And a commit by its id is upstream's, which took its lines away later: the report says so.
                let is_gone = one.is_named && patch.review.iter().any(|it| it.why == DoubtKind::LinesGone);
                prop_assert!(is_told || is_gone || patch.outcome != Outcome::Upstreamed, "{:?}: {:#?}", one, patch);
                prop_assert_eq!(there, usize::from(!patch.outcome.is_held() && patch.outcome != Outcome::Upstreamed));
            } else {
                prop_assert_eq!(there, 1, "{:?}: {:#?}", one, patch);
            }
            if one.fate == Fate::Picked {
                prop_assert!(!matches!(patch.outcome, Outcome::Merged | Outcome::Unchanged), "{:?}: {:#?}", one, patch);
            }
        }
    }
}
