//! The upstream index: what pq knows of upstream's commits, kept below the repository's git directory.
//!
//! It holds every commit that a command ever asked for. What is asked for and missing is read and added; what does not verify is thrown away
//! and read again. A commit never changes, so nothing in it gets old.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::upstream_index::{parse, to_bytes};
use crate::git::objects::Kind;
use crate::git::{Objects, Repo, facts, history};
use crate::model::progress::Watch;
use crate::model::{CommitFacts, Generated, Oid};
use crate::store;

/// The index.
pub struct Index {
    file: PathBuf,
    excluded: Excluded,
    known: HashMap<Oid, Arc<CommitFacts>>,
}

impl Index {
    /// Opens the index of a repository. Lines that exclude other paths have their own.
    pub fn open(repo: &Repo, generated: &[Generated]) -> Index {
        let excluded = Excluded::of(generated);
        let key = Objects::id_of(Kind::Blob, excluded.patterns().join("\n").as_bytes()).short();
        let file = repo.cache_dir().join(format!("upstream-{key}"));
        let facts = store::read_cache(&file).and_then(|bytes| parse(&bytes, &excluded)).unwrap_or_default();
        let known = facts.into_iter().map(|facts| (facts.id, Arc::new(facts))).collect();
        Index { file, excluded, known }
    }

    /// The commits that can be reached from `tips` and not from `hidden`, each before its parents. What the index lacks is read and kept.
    pub fn range(
        &mut self,
        repo: &Repo,
        tips: &[Oid],
        hidden: &[Oid],
        watch: &dyn Watch,
    ) -> Result<Vec<Arc<CommitFacts>>> {
        let steps = history::steps(repo, tips, hidden)?;
        let missing: Vec<_> = steps.iter().filter(|step| !self.known.contains_key(&step.id)).cloned().collect();
        if !missing.is_empty() {
            let read = facts::read(repo, &missing, &self.excluded, watch)?;
            self.known.extend(read.into_iter().map(|facts| (facts.id, Arc::new(facts))));
            self.save();
        }
        Ok(steps.iter().filter_map(|step| self.known.get(&step.id).cloned()).collect())
    }

    /// What paths it leaves out.
    pub fn excluded(&self) -> &Excluded {
        &self.excluded
    }

    fn save(&self) {
        let mut facts: Vec<&CommitFacts> = self.known.values().map(Arc::as_ref).collect();
        facts.sort_unstable_by_key(|facts| facts.id);
        store::write_cache(&self.file, &to_bytes(&facts, &self.excluded));
    }
}
