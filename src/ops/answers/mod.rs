//! Recorded resolutions of a queue and of the other lines of its workspace: read, asked, recorded.
//!
//! | file | what it does |
//! |---|---|
//! | `whole` | the answer to everything that one patch conflicts with |
//! | `record` | what is to be recorded of a patch that a person settled |
//! | `renamed` | what is recorded goes with a patch's name |
//!
//! A line's own records come first: those of another line count as recorded for another patch.

mod record;
mod renamed;
mod whole;

use std::collections::BTreeSet;

use bstr::BString;
use serde::Serialize;

use super::error::OpError;
use super::workbench::Workbench;
use crate::Result;
use crate::format::resolution::{Answer, Clash, Hunk, Reach, Resolution};
use crate::format::settle::{Merge, Near, Offer, Settled};
use crate::model::PatchName;
use crate::store::{self, QueueDir};
pub use record::{Recording, record};
pub use renamed::renamed;
pub use whole::{Whole, WholeAnswer, question};

/// Every recorded answer that may count.
#[derive(Debug, Clone, Default)]
pub struct Answers(Vec<Known>);

/// A recorded answer and its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The file, relative to the queue's directory; that of another line with the name of the line in front.
    pub file: String,
    /// The other line that it is from.
    pub line: Option<String>,
    /// What it says.
    pub resolution: Resolution,
}

/// What recorded answers said to the conflicts of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The file, on the new base.
    pub path: BString,
    /// How many conflicts, and what is known of them.
    pub regions: Regions,
    /// The files of the answers.
    pub used: BTreeSet<String>,
    /// The files of answers that disagree.
    pub disputed: BTreeSet<String>,
}

/// How many conflicts of lines a file has, and what is recorded of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Regions {
    /// All of them.
    pub total: usize,
    /// Those that a recorded answer settles.
    pub known: usize,
    /// Those at which recorded answers disagree.
    pub disagreements: usize,
}

impl Answers {
    /// Those of the queue and of the other lines of its workspace; none if nobody wants them.
    ///
    /// # Errors
    /// A file of the queue cannot be read. Those of other lines are their own affair.
    pub fn read(bench: &Workbench) -> Result<Answers> {
        if bench.refuses_resolutions {
            return Ok(Answers::default());
        }
        let own = own(&bench.dir)?.into_iter().collect::<Result<Vec<Known>, OpError>>()?;
        Ok(Answers::with_siblings(bench, own))
    }

    /// The same without files that cannot be read, and whether anybody wants them or not: what new answers stand beside.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn readable(bench: &Workbench) -> Result<Answers> {
        Ok(Answers::with_siblings(bench, own(&bench.dir)?.into_iter().flatten().collect()))
    }

    fn with_siblings(bench: &Workbench, mut all: Vec<Known>) -> Answers {
        for (line, root) in store::siblings(&bench.dir).unwrap_or_default() {
            let files = QueueDir::new(root, bench.dir.repo_path(), None).resolutions().unwrap_or_default();
            all.extend(files.into_iter().filter_map(|(file, bytes)| {
                let resolution = Resolution::parse(&bytes).ok()?;
                Some(Known { file: format!("{line}: {file}"), line: Some(line.clone()), resolution })
            }));
        }
        Answers(all)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they make of a conflict: asked for the paths that the file has in the patch and on the new base. Nothing unless all of it is settled.
    pub fn ask(&self, patch: &PatchName, paths: [&BString; 2], texts: [&[u8]; 3]) -> (Asked, Option<Vec<u8>>) {
        let merge = Merge::of(texts[0], texts[1], texts[2]);
        let (settled, asked) = self.settle(&merge, patch, paths);
        let text = settled.is_all().then(|| merge.text(&settled)).flatten();
        (asked, text)
    }

    /// The same, as far as it goes.
    pub fn settle(&self, merge: &Merge<'_>, patch: &PatchName, paths: [&BString; 2]) -> (Settled, Asked) {
        let offers: Vec<(&Known, Offer<'_>)> =
            self.0.iter().filter_map(|known| Some((known, known.offer(patch, &paths)?))).collect();
        let plain: Vec<Offer<'_>> = offers.iter().map(|(_, offer)| *offer).collect();
        let settled = merge.settle(&plain);
        let regions = Regions { total: settled.conflicts, known: settled.known, disagreements: settled.disagreements };
        let used = settled.fills.iter().flat_map(|fill| &fill.used).map(|at| offers[*at].0.file.clone()).collect();
        let disputed = settled.disputed.iter().map(|at| offers[*at].0.file.clone()).collect();
        (settled, Asked { path: paths[1].clone(), regions, used, disputed })
    }

    /// The answers to everything that a patch conflicts with.
    fn wholes<'a>(
        &'a self,
        patch: &'a PatchName,
        question: &'a [Clash],
    ) -> impl Iterator<Item = (&'a Known, &'a BString)> {
        self.0.iter().filter_map(move |known| match &known.resolution.answer {
            Answer::Whole { question: asked, diff } if asked == question && known.is_for(patch) => Some((known, diff)),
            _ => None,
        })
    }

    /// The full answers to conflicts of lines that were recorded for a patch, with their paths.
    fn hunks_of<'a>(&'a self, patch: &'a PatchName) -> impl Iterator<Item = (&'a BString, &'a Hunk)> {
        self.0.iter().filter(|known| known.line.is_none() && known.is_for(patch)).filter_map(|known| {
            match &known.resolution.answer {
                Answer::Hunk { path: Some(path), reach: Reach::Full, hunk } => Some((path, hunk)),
                _ => None,
            }
        })
    }
}

impl Known {
    fn is_for(&self, patch: &PatchName) -> bool {
        self.resolution.patch.as_deref() == Some(patch.as_str())
    }

    fn offer(&self, patch: &PatchName, paths: &[&BString; 2]) -> Option<Offer<'_>> {
        let Answer::Hunk { path, reach, hunk } = &self.resolution.answer else { return None };
        let is_here = path.as_ref().is_some_and(|path| paths.contains(&path));
        let near = match (is_here, self.is_for(patch) && self.line.is_none()) {
            (true, true) => Near::Patch,
            (true, false) => Near::File,
            (false, _) => Near::Elsewhere,
        };
        Some(Offer { hunk, reach: *reach, near })
    }
}

/// The queue's own, each by itself: what is wrong with one file is no reason not to read the others.
///
/// # Errors
/// The directory cannot be read.
pub fn own(dir: &QueueDir) -> Result<Vec<Result<Known, OpError>>> {
    let read = |(file, bytes): (String, Vec<u8>)| match Resolution::parse(&bytes) {
        Ok(resolution) => Ok(Known { file, line: None, resolution }),
        Err(source) => Err(OpError::BadResolution { file, source }),
    };
    Ok(dir.resolutions()?.into_iter().map(read).collect())
}
