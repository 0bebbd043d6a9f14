//! What upstream has of the queue, and how pq knows.
//!
//! Weighed before anything is merged: a patch that upstream has would at best merge to nothing, and at worst conflict or come twice.
//!
//! | file | what it looks at |
//! |---|---|
//! | `named` | the ids that patches and upstream's commits name |
//! | `similar` | who wrote a change, when, what it is called, and its lines |
//! | `trees` | what stands in the files: is a landing still there |
//! | `whole` | what can be taken out of the files, whole: a change that is there without a word about it |
//! | `doubles` | what a patch would bring that stands there already |
//! | `company` | whether it came alone |
//!
//! Words say that a change landed, trees say whether it is there. Where they disagree the patch is kept, and the report says both.

mod company;
mod doubles;
mod named;
pub mod similar;
mod trees;
mod whole;

pub use company::Company;
pub use doubles::Doubles;

use std::sync::Arc;

use bstr::{BString, ByteSlice};

use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::moves::Moves;
use crate::format::patch_id::patch_id;
use crate::format::patchfile::PatchFile;
use crate::format::provenance;
use crate::format::signature::signature;
use crate::git::history::{Range, Upstream};
use crate::git::{Change, Objects, Repo, commit};
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Evidence, EvidenceKind, Landed, Oid, Signature};
use crate::ops::upstream::Index;

/// What a release has more than the base of the queue.
pub struct News {
    /// For questions about ids and reverts. Its commits are those of `facts`, in the same order.
    pub range: Range,
    /// What is known of each commit, newest first.
    pub facts: Vec<Arc<CommitFacts>>,
    /// What paths that leaves out.
    pub excluded: Excluded,
}

impl News {
    /// The commits of `new` that `old` lacks.
    pub fn read(index: &mut Index, repo: &Repo, old: Oid, new: Oid, watch: &dyn Watch) -> Result<News> {
        let facts = index.range(repo, &[new], &[old], watch)?;
        let range = Range::after(repo, old, facts.iter().map(|facts| Upstream::from(facts.as_ref())).collect())?;
        Ok(News { range, facts, excluded: index.excluded().clone() })
    }

    /// What is known of one of its commits.
    pub fn facts_of(&self, id: Oid) -> Option<&CommitFacts> {
        self.range.position(id).map(|at| self.facts[at].as_ref())
    }
}

/// A patch as far as evidence is concerned.
pub struct Suspect<'a> {
    /// The upstream ids that are recorded.
    pub upstream: &'a [String],
    /// Its commit on the old base.
    pub commit: Oid,
    /// Whether it is part of the old series; a held patch is not.
    pub is_applied: bool,
    /// What it changes there.
    pub changes: &'a [Change],
    /// Its text.
    pub file: &'a PatchFile,
    /// Who wrote it, when, what it is called and what lines it changes.
    pub looks: Looks,
}

/// What a change looks like, whoever has it.
pub struct Looks {
    /// The author's address; empty if it is not stated.
    pub email: BString,
    /// When it was written, in seconds since 1970.
    pub seconds: Option<i64>,
    /// The first line of its message.
    pub subject: BString,
    /// Gerrit's id.
    pub change_id: Option<String>,
    /// The patch id without the excluded paths.
    pub patch_id: Option<[u8; 20]>,
    /// Its lines without the excluded paths.
    pub signature: Signature,
    /// Whether there is more: excluded paths.
    pub has_excluded: bool,
}

impl Looks {
    /// Those of a patch.
    pub fn of(file: &PatchFile, excluded: &Excluded) -> Looks {
        let files: Vec<_> = file.files.iter().filter(|section| !excluded.has(section.path())).cloned().collect();
        let message = &file.message;
        Looks {
            email: message.author.as_ref().map(|author| author.email.clone()).unwrap_or_default(),
            seconds: message.date.as_ref().map(|date| date.seconds),
            subject: commit::subject(&message.text).as_bstr().to_owned(),
            change_id: provenance::parse(&message.text).change_id,
            patch_id: patch_id(&files),
            signature: signature(&files),
            has_excluded: files.len() < file.files.len(),
        }
    }

    /// Whether author, date and title are those of a commit.
    fn are_those_of(&self, facts: &CommitFacts) -> bool {
        let same = similar::Same::of(self, facts);
        same.author && same.date && same.title
    }
}

/// Upstream has the patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// In what form.
    pub landed: Landed,
    /// Whether upstream's text is the same, whatever way it took.
    pub is_identical: bool,
    /// Whether it came alone.
    pub company: Company,
    /// How pq knows, strongest first.
    pub evidence: Vec<Evidence>,
}

impl Verdict {
    fn one(landed: Landed, is_identical: bool, evidence: Evidence) -> Verdict {
        Verdict { landed, is_identical, company: Company::Alone, evidence: vec![evidence] }
    }

    /// Whether an id says it, not only what it looks like.
    fn is_named(&self) -> bool {
        let named = [EvidenceKind::Ancestor, EvidenceKind::Trailer, EvidenceKind::Sibling];
        self.evidence.iter().any(|one| named.contains(&one.kind))
    }

    /// The commits that it is based on.
    pub fn commits(&self) -> impl Iterator<Item = Oid> {
        self.evidence.iter().filter_map(|one| one.commit)
    }
}

/// A landing that does not count: it was taken back later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBack {
    /// The commit that brought it.
    pub landed: Oid,
    /// The commit that says that it takes it back; none if only the new base shows that it is gone.
    pub by: Option<Oid>,
}

/// Something that a person should look at: it is no reason to drop the patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Doubt {
    /// What it is.
    pub why: DoubtKind,
    /// What it is based on.
    pub evidence: Evidence,
}

impl Doubt {
    /// The text of this commit, which is the same change, leaves nothing.
    pub fn nothing_left(commit: Oid) -> Doubt {
        Doubt { why: DoubtKind::NothingLeft, evidence: found(EvidenceKind::EmptyMerge, commit, 1.0) }
    }
}

/// What a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubtKind {
    /// A commit of upstream may be the same change.
    Similar,
    /// A commit of upstream has a part of the change, and nothing else.
    Part,
    /// A message says that upstream has it, but what stands there is another change.
    OtherChange,
    /// Upstream has the commit that is recorded, but none of its lines stands in the new base any more.
    LinesGone,
    /// The patch conflicts, but merging another text of the same change leaves nothing.
    NothingLeft,
    /// Upstream has the commit that is recorded, but the patch holds more than that, which upstream lacks.
    Surplus,
}

/// What is known of one patch.
#[derive(Debug, Clone, Default)]
pub struct Weighed {
    /// Set if upstream has it.
    pub verdict: Option<Verdict>,
    /// Landings that do not count.
    pub taken_back: Vec<TakenBack>,
    /// What a person should look at.
    pub doubts: Vec<Doubt>,
}

impl Weighed {
    /// Adds a landing that does not count, unless it was found before, by other evidence.
    fn note(&mut self, one: TakenBack) {
        if !self.taken_back.contains(&one) {
            self.taken_back.push(one);
        }
    }
}

/// The trees that the queue stands on.
#[derive(Debug, Clone, Copy)]
pub struct Trees<'a> {
    /// That of the old base.
    pub old_base: Oid,
    /// That of the old series, with all patches.
    pub old_tip: Oid,
    /// That of the new base.
    pub new_base: Oid,
    /// Where files of one may be in the other.
    pub moves: &'a Moves,
}

/// Weighs every patch against what the new base has more than the old one. `objects` knows the old series.
pub fn weigh(
    repo: &Repo,
    objects: &mut Objects,
    news: &News,
    trees: Trees<'_>,
    suspects: &[Suspect<'_>],
    watch: &dyn Watch,
) -> Result<Vec<Weighed>> {
    watch.phase("weighing evidence", Some(suspects.len() as u64));
    let fresh = objects.snapshot();
    let mut weighed = named::weigh(repo, &fresh, news, suspects, watch)?;
    similar::weigh(repo, &fresh, news, suspects, &mut weighed, watch)?;
    trees::check(repo, news, suspects, trees.new_base, &mut weighed)?;
    whole::find(repo, objects, news, trees, suspects, &mut weighed, watch)?;
    company::mark_squashed(&mut weighed);
    Ok(weighed)
}

/// The patches that nothing is known of yet.
fn open(weighed: &[Weighed]) -> Vec<usize> {
    (0..weighed.len()).filter(|at| weighed[*at].verdict.is_none()).collect()
}

/// A piece of evidence that is about one commit.
fn found(kind: EvidenceKind, commit: Oid, score: f64) -> Evidence {
    Evidence { kind, commit: Some(commit), score }
}
