//! Refs: read, and moved in one transaction with the values that are expected to be there.

use std::path::Path;

use fs_err as fs;
use gix::refs::transaction::{Change, LogChange, PreviousValue, RefEdit as GixEdit, RefLog};

use super::objects::{from_gix, to_gix};
use super::{GitError, Repo};
use crate::model::Oid;

/// A ref that moves: nothing happens to any ref of a transaction if one of them is not at `old`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RefEdit {
    /// The full name.
    pub name: String,
    /// What it must be now; `None`: it must not exist.
    pub old: Option<Oid>,
    /// What it becomes; `None`: it is deleted.
    pub new: Option<Oid>,
}

impl Repo {
    /// What a ref points at.
    pub fn read_ref(&self, name: &str) -> Result<Option<Oid>, GitError> {
        let repo = self.gix();
        let bad_name = |_| GitError::BadRefName { name: name.to_owned() };
        let full: gix::refs::FullName = name.try_into().map_err(bad_name)?;
        let found = repo.try_find_reference(full.as_ref()).map_err(GitError::gix("read a ref"))?;
        let Some(mut reference) = found else { return Ok(None) };
        let id = reference.peel_to_id().map_err(GitError::gix("follow a ref"))?;
        Ok(Some(from_gix(&id)))
    }

    /// Moves refs together. `why` goes into their logs.
    pub fn update_refs(&self, edits: &[RefEdit], why: &str) -> Result<(), GitError> {
        let gix_edits = edits.iter().map(|edit| to_edit(edit, why)).collect::<Result<Vec<_>, _>>()?;
        let names: Vec<&str> = edits.iter().map(|edit| edit.name.as_str()).collect();
        let moved = |source: gix::Error| GitError::RefMoved { name: names.join(", "), source: Box::new(source) };
        let pq = gix::actor::SignatureRef { name: "pq".into(), email: "pq@localhost".into(), time: "0 +0000" };
        self.gix().edit_references_as(gix_edits, Some(pq)).map_err(moved)?;
        Ok(())
    }

    /// Removes the lock files that a killed process of ours left beside these refs: those that are not older than `marker`, the file that
    /// it wrote before it touched any ref.
    pub fn remove_stale_locks(&self, edits: &[RefEdit], marker: &Path) -> Result<(), GitError> {
        let written = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
        let Some(begun) = written(marker) else { return Ok(()) };
        let names = edits.iter().map(|edit| format!("{}.lock", edit.name)).chain(["packed-refs.lock".to_owned()]);
        for path in names.map(|name| self.common_dir().join(name)) {
            if written(&path).is_some_and(|made| made >= begun) {
                fs::remove_file(&path).map_err(|source| GitError::Write { path, source })?;
            }
        }
        Ok(())
    }
}

fn to_edit(edit: &RefEdit, why: &str) -> Result<GixEdit, GitError> {
    let bad_name = |_| GitError::BadRefName { name: edit.name.clone() };
    let name: gix::refs::FullName = edit.name.as_str().try_into().map_err(bad_name)?;
    let expected = match edit.old {
        Some(old) => PreviousValue::MustExistAndMatch(gix::refs::Target::Object(to_gix(old))),
        None => PreviousValue::MustNotExist,
    };
    let change = match edit.new {
        Some(new) => Change::Update {
            log: LogChange {
                mode: RefLog::AndReference,
                force_create_reflog: false,
                message: format!("pq {why}").into(),
            },
            expected,
            new: gix::refs::Target::Object(to_gix(new)),
        },
        None => Change::Delete { expected, log: RefLog::AndReference },
    };
    Ok(GixEdit { change, name, deref: false })
}
