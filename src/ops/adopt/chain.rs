//! The commits that a person made, from the base up.

use std::collections::HashSet;

use bstr::{BStr, ByteSlice};

use super::error::AdoptError;
use crate::Result;
use crate::git::{Commit, Objects};
use crate::model::{Oid, ReleasePattern};
use crate::ops::audit::branches::mainline;
use crate::ops::workbench::Workbench;

/// A commit with its id.
pub struct Link {
    /// Its id.
    pub id: Oid,
    /// What it says.
    pub commit: Commit,
}

/// What is to be done with a commit whose subject says so, as `git rebase --autosquash` reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fix {
    /// `fixup!`: its message goes.
    Fixup,
    /// `squash!`: its message is added.
    Squash,
    /// `amend!`: its message is taken instead.
    Amend,
}

impl Link {
    /// What it is to another commit, and that commit's subject.
    pub fn fix(&self) -> Option<(Fix, &BStr)> {
        let mut rest = self.commit.subject();
        let mut fix = None;
        // `fixup! fixup! A` is for `A`, too.
        while let Some((next, behind)) = prefix(rest) {
            fix = fix.or(Some(next));
            rest = behind.trim_start();
        }
        fix.map(|fix| (fix, rest.as_bstr()))
    }
}

fn prefix(subject: &[u8]) -> Option<(Fix, &[u8])> {
    let words = [(Fix::Fixup, "fixup! "), (Fix::Squash, "squash! "), (Fix::Amend, "amend! ")];
    words.into_iter().find_map(|(fix, word)| Some((fix, subject.strip_prefix(word.as_bytes())?)))
}

/// The commits between the base and `tip`, oldest first.
///
/// # Errors
/// `tip` does not stand on the base, a merge or a commit of upstream is among them.
pub fn read(bench: &Workbench, objects: &Objects, tip: Oid) -> Result<Vec<Link>> {
    let line = &bench.manifest().line;
    let base = line.base_commit;
    let off = || AdoptError::OffBase { tip, base: line.base.clone() };
    if tip != base && bench.repo.merge_base(tip, base)? != Some(base) {
        return Err(off().into());
    }
    let (mut chain, mut next) = (Vec::new(), tip);
    while next != base {
        let commit = Commit::read(objects, next)?;
        let parent = match commit.parents[..] {
            [parent] => parent,
            [] => return Err(off().into()),
            _ => return Err(AdoptError::Merge { commit: next, base }.into()),
        };
        chain.push(Link { id: next, commit });
        next = parent;
    }
    chain.reverse();
    check_own(bench, &chain)?;
    Ok(chain)
}

/// None of them is upstream's: then the branch was carried to another release with git.
fn check_own(bench: &Workbench, chain: &[Link]) -> Result<()> {
    let ids: HashSet<Oid> = chain.iter().map(|link| link.id).collect();
    let Some(tip) = chain.last() else { return Ok(()) };
    let foreign = |commit: Oid, name: String| AdoptError::Upstreams {
        commit,
        name,
        branch: bench.manifest().line.branch.clone(),
    };
    let pattern = ReleasePattern::parse(&bench.manifest().upstream.releases).ok();
    for (name, id) in bench.repo.tags()? {
        let name = name.to_string();
        if ids.contains(&id) && pattern.as_ref().is_some_and(|pattern| pattern.version(&name).is_some()) {
            return Err(foreign(id, name).into());
        }
    }
    for branch in mainline(bench)? {
        if let Some(common) = bench.repo.merge_base(tip.id, branch.commit)?.filter(|common| ids.contains(common)) {
            return Err(foreign(common, branch.name).into());
        }
    }
    Ok(())
}
