//! The same change without a word about it: author, date and subject. Backports keep them, and two changes hardly ever share all three.

use std::collections::{HashMap, HashSet};

use bstr::{BString, ByteSlice};

use crate::format::patchfile::PatchFile;
use crate::git::commit;
use crate::git::history::Described;
use crate::model::Oid;

/// Who wrote a change, when, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    email: BString,
    seconds: i64,
    subject: BString,
}

impl Identity {
    /// Of a commit.
    pub fn of(commit: &Described) -> Identity {
        let subject = commit.subject().trim().into();
        Identity { email: commit.author.email.clone(), seconds: commit.author.seconds, subject }
    }

    /// Of a patch, if its file states all three.
    pub fn of_patch(file: &PatchFile) -> Option<Identity> {
        let (author, date) = (file.message.author.as_ref()?, file.message.date.as_ref()?);
        let subject = commit::subject(&file.message.text).trim().into();
        Some(Identity { email: author.email.clone(), seconds: date.seconds, subject })
    }
}

/// For each identity the commit of the mainline, or else the one that was made first. `commits` are the newest first.
pub fn originals(commits: &[Described], mainline: &HashSet<Oid>) -> HashMap<Identity, String> {
    let entry = |commit: &Described| (Identity::of(commit), commit.id.to_string());
    let (main, other): (Vec<_>, Vec<_>) = commits.iter().partition(|commit| mainline.contains(&commit.id));
    other.into_iter().chain(main).map(entry).collect()
}
