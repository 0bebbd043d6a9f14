//! A file that both sides changed: which rule merges it, as the attributes of the new series say.

use bstr::{BStr, BString};

use super::path::{Content, stop};
use super::{Do, How, MergedBy, Replay};
use crate::format::diff::FileDiff;
use crate::format::union::union;
use crate::git::attributes::Rule;
use crate::git::drivers::{Driver, Names, Sides};
use crate::git::{Change, Entry, GitError, Kind, Place};
use crate::model::{Conflict, ConflictKind, Oid};

/// What drivers are told that the sides are called, where no person sees it.
const NAMES: Names<'_> = Names { base: "base", ours: "ours", theirs: "theirs" };

impl Replay<'_> {
    /// Merges what a step makes of a file into what the file is on the new series.
    pub(super) fn merge(
        &mut self,
        old: &Place,
        tip: &Place,
        new: Oid,
        target: &BStr,
        section: Option<&FileDiff>,
    ) -> Result<Content, GitError> {
        match self.rule(target)? {
            Rule::Text => self.merge_text(old, tip, new, target, section, false),
            Rule::Union => self.merge_text(old, tip, new, target, section, true),
            Rule::Binary => Ok(Content::Stop(ConflictKind::Binary)),
            Rule::Driver(driver) => {
                let base = self.objects.blob(old.entry.id)?;
                self.drive(&driver, &base, tip.entry.id, new, target)
            }
        }
    }

    /// Both sides added a file. Texts that share nothing always conflict, but other rules may know what to do.
    pub(super) fn add_add(&mut self, new: &Place, tip: Entry) -> Result<Do, GitError> {
        let conflict = || Ok(Do::Stop(Conflict { path: new.path.clone(), kind: ConflictKind::AddAdd }));
        if !(tip.mode.is_file() && tip.mode == new.entry.mode) {
            return conflict();
        }
        let content = match self.rule(new.path.as_ref())? {
            Rule::Driver(driver) => self.drive(&driver, b"", tip.id, new.entry.id, new.path.as_ref())?,
            Rule::Union => self.both(tip.id, new.entry.id, new.path.as_ref())?,
            Rule::Text | Rule::Binary => return conflict(),
        };
        let id = match content {
            Content::Kept => return Ok(Do::Keep),
            Content::Stop(ConflictKind::Content) => return conflict(),
            Content::Stop(kind) => return Ok(stop(&new.path, kind)),
            Content::Merged(id) | Content::Reduced(id) | Content::Resolved(id) => id,
        };
        let place = |entry| Some(Place { path: new.path.clone(), entry });
        let change = Change { old: place(tip), new: place(Entry { id, ..tip }), is_copy: false };
        Ok(Do::Put { change, how: How::Merged })
    }

    fn rule(&mut self, path: &BStr) -> Result<Rule, GitError> {
        match self.drivers {
            Some(drivers) => self.attributes.rule(self.objects, &mut self.tip, path, drivers),
            None => Ok(Rule::Text),
        }
    }

    /// Runs a driver. Where it leaves a file as it is, the patch has nothing to say there, but nobody has shown that upstream has its change.
    fn drive(
        &mut self,
        driver: &Driver,
        base: &[u8],
        ours: Oid,
        theirs: Oid,
        target: &BStr,
    ) -> Result<Content, GitError> {
        let (our_bytes, their_bytes) = (self.objects.blob(ours)?, self.objects.blob(theirs)?);
        let sides = Sides { base, ours: &our_bytes, theirs: &their_bytes };
        let driven = driver.run(self.objects, target, sides, NAMES)?;
        if driven.is_conflict {
            return Ok(Content::Stop(ConflictKind::Content));
        }
        self.note(target, driver.name.clone());
        let id = self.objects.write(Kind::Blob, driven.bytes);
        Ok(if id == ours { Content::Kept } else { Content::Merged(id) })
    }

    /// The lines of both.
    fn both(&mut self, ours: Oid, theirs: Oid, target: &BStr) -> Result<Content, GitError> {
        let (our_bytes, their_bytes) = (self.objects.blob(ours)?, self.objects.blob(theirs)?);
        if [&our_bytes, &their_bytes].into_iter().any(|bytes| crate::format::diff::is_binary(bytes)) {
            return Ok(Content::Stop(ConflictKind::AddAdd));
        }
        self.note(target, "union");
        Ok(Content::Merged(self.objects.write(Kind::Blob, union(b"", &our_bytes, &their_bytes))))
    }

    /// A person should look at this.
    pub(super) fn note(&mut self, path: &BStr, driver: impl Into<BString>) {
        self.merged_by.push(MergedBy { path: path.to_owned(), driver: driver.into() });
    }
}
