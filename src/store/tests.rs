use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::error::{Hint, Kind};
use crate::format::manifest::Document;
use crate::model::{Line, Patch, PatchMeta, Upstream};

mod files;
mod finding;

pub(super) const COMMIT: &str = "89e6c98d92887913cadf06b2adb97f26cde4849b";

pub(super) fn upstream() -> Upstream {
    let (repo, releases) = ("../fork".to_owned(), "v{version}".to_owned());
    Upstream { repo, releases, remote: None, mainline: None, stable: None, provenance_style: None, pull_requests: None }
}

pub(super) fn line(name: &str) -> Line {
    let base_commit = COMMIT.parse().unwrap();
    Line { name: name.to_owned(), base: "v1".to_owned(), base_commit, branch: "b".to_owned() }
}

/// A `pq.toml` with these patches.
pub(super) fn manifest(names: &[&str]) -> String {
    let mut document = Document::create(&upstream(), &line("l"));
    for (at, name) in names.iter().enumerate() {
        document.insert(at, &Patch { name: name.parse().unwrap(), meta: PatchMeta::default() });
    }
    document.to_text()
}

pub(super) fn put(directory: &TempDir, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = directory.path().join(path);
        fs_err::create_dir_all(path.parent().unwrap()).unwrap();
        fs_err::write(path, text).unwrap();
    }
}

/// A queue with patches whose text is their name.
pub(super) fn queue(names: &[&str]) -> (TempDir, QueueDir) {
    let directory = tempfile::tempdir().unwrap();
    put(&directory, &[("pq.toml", &manifest(names))]);
    for name in names {
        put(&directory, &[(&format!("patches/{name}.patch"), name)]);
    }
    let queue = QueueDir::new(directory.path().to_owned(), directory.path().join("../fork"), None);
    (directory, queue)
}

pub(super) fn changes(files: &[(&str, Option<&str>)]) -> BTreeMap<String, Option<Vec<u8>>> {
    files.iter().map(|(path, text)| ((*path).to_owned(), text.map(|text| text.as_bytes().to_vec()))).collect()
}

pub(super) fn message(error: &StoreError, directory: &TempDir) -> String {
    let root = directory.path().display().to_string();
    let hint = error.hint().unwrap_or_default();
    format!("{error}\n{hint}").replace(&root, "DIR")
}
