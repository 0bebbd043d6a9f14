//! Mailed patches become part of the queue.
//!
//! Each is applied where it says it belongs. Where the files are others than those it was made for, the ones that its `index` lines name are
//! taken from the repository, and it is merged from there, as `git am -3` does; without them, a hunk may stand at another line if there is only
//! one such place.

use bstr::{BString, ByteSlice};

use super::error::ExchangeError;
use super::intake::{How, Incoming, Intake, Source};
use super::report::{IntakeReport, Loss, PassedOver};
use crate::Result;
use crate::format::diff::FileDiff;
use crate::format::loose;
use crate::format::mailbox::{self, Kind, Mail};
use crate::format::patchfile::{Date, PatchFile};
use crate::git::apply::{Stack, commit};
use crate::git::history::cancelled;
use crate::git::{Commit, Entry, Kind as ObjectKind, Objects, Tree};
use crate::model::progress::Watch;
use crate::model::{Mode, Oid, PatchName};
use crate::ops::replay::{Fate, Replay, Step};
use crate::ops::workbench::Workbench;
use crate::store::Letters;

/// Mails to import, and how to read them.
#[derive(Debug, Clone)]
pub struct MailOptions {
    /// What was typed, for people.
    pub what: String,
    /// Files with what is in them, in order.
    pub letters: Vec<Letters>,
    /// How they are read.
    pub rules: mailbox::Rules,
}

/// Imports mails.
///
/// # Errors
/// One cannot be read or does not apply: nothing is written.
pub fn import_mails(bench: &Workbench, options: &MailOptions, how: &How, watch: &dyn Watch) -> Result<IntakeReport> {
    let mut intake = Intake::open(bench, how, watch)?;
    watch.phase("reading mails", None);
    let mut source = Source { from: "mbox", what: options.what.clone(), patches: Vec::new(), passed_over: Vec::new() };
    let line = &bench.manifest().line;
    let base = (line.base.clone(), line.base_commit);
    let mut applier = Applier { bench, front: intake.front, base };
    for letters in &options.letters {
        for (line, bytes) in mailbox::split(&letters.bytes) {
            cancelled(watch)?;
            let place: BString = match line {
                1 => letters.name.clone().into(),
                line => format!("{}:{line}", letters.name).into(),
            };
            let bad = |why| ExchangeError::BadMail { place: place.to_string(), why };
            let mail = mailbox::read(bytes, options.rules).map_err(bad)?;
            match passed_over(mail.kind) {
                Some(why) => source.passed_over.push(PassedOver { source: place, why }),
                None => source.patches.push(applier.apply(&mut intake.objects, mail, place)?),
            }
        }
    }
    intake.finish(source)
}

fn passed_over(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Patch | Kind::Empty => None,
        Kind::Cover => Some("a cover letter"),
        Kind::Talk => Some("a mail without a patch"),
    }
}

/// The commit in front of a patch and the trees before and after it; or why there are none.
type Ends = std::result::Result<(Oid, (Oid, Oid)), String>;

/// The patches so far.
struct Applier<'a> {
    bench: &'a Workbench,
    /// The commit and the tree behind the last one.
    front: (Oid, Oid),
    base: (String, Oid),
}

impl Applier<'_> {
    fn apply(&mut self, objects: &mut Objects, mail: Mail, place: BString) -> Result<Incoming> {
        let losses = losses(&mail);
        let file = self.dated(objects, mail.file)?;
        let step = match self.is_made_for_this(objects, &file)? {
            true => self.direct(objects, &file),
            false => match self.preimage(objects, &file)? {
                Some(tree) => self.merged(objects, &file, tree)?,
                None => {
                    self.check_places(objects, &file, &place)?;
                    self.direct(objects, &file)
                }
            },
        };
        let bad = |why: String| ExchangeError::DoesNotApply { place: place.to_string(), why };
        let (parent, trees) = step.map_err(bad)?;
        Ok(Incoming {
            name: mail.name,
            message: file.message,
            parent,
            trees,
            base: self.base.clone(),
            source: place,
            losses,
            is_extra: false,
        })
    }

    /// A patch that states no date was written for the base.
    fn dated(&self, objects: &Objects, mut file: PatchFile) -> Result<PatchFile> {
        if file.message.date.is_none() {
            let base = Commit::read(objects, self.base.1)?.author;
            file.message.date = Some(Date { seconds: base.seconds, offset: base.offset });
        }
        Ok(file)
    }

    /// Whether the files are those that the patch was made for. Where it names none, its hunks may not be moved.
    fn is_made_for_this(&self, objects: &Objects, file: &PatchFile) -> Result<bool> {
        let mut tree = Tree::new(self.front.1);
        for section in &file.files {
            let (Some(path), Some(id)) = (&section.old_path, &section.old_id) else { continue };
            let entry = tree.get(objects, path.as_bstr())?.file();
            if !entry.is_some_and(|entry| entry.id.to_string().as_bytes().starts_with(&id.to_ascii_lowercase())) {
                return Ok(false);
            }
        }
        Ok(file.files.iter().all(|section| section.old_path.is_none() || section.old_id.is_some()))
    }

    /// Puts it on what is here.
    fn direct(&mut self, objects: &mut Objects, file: &PatchFile) -> Ends {
        let before = self.front;
        let made = Stack::new(objects, before.0, before.1).push(&unnamed(), file).map_err(|error| reason(&error))?;
        self.front = (made.commit, made.tree);
        Ok((before.0, (before.1, made.tree)))
    }

    /// The tree in front with the files that the patch was made for, if the repository has them all.
    fn preimage(&self, objects: &mut Objects, file: &PatchFile) -> Result<Option<Oid>> {
        let mut tree = Tree::new(self.front.1);
        for section in &file.files {
            match (&section.old_path, &section.old_id) {
                (Some(path), Some(id)) => {
                    let Some(id) = self.bench.repo.blob_by_prefix(objects, &id.to_str_lossy()) else { return Ok(None) };
                    let here = tree.get(objects, path.as_bstr())?.file().map(|entry| entry.mode);
                    let mode = section.old_mode.or(here).unwrap_or(Mode::Regular);
                    tree.set(objects, path.as_bstr(), Some(Entry { mode, id }))?;
                }
                (Some(_), None) if moves_only(section) => {}
                (Some(_), None) => return Ok(None),
                (None, _) => {
                    let path = section.new_path.as_ref().filter(|_| section.old_path.is_none());
                    if let Some(path) = path {
                        tree.set(objects, path.as_bstr(), None)?;
                    }
                }
            }
        }
        Ok(Some(tree.write(objects)))
    }

    /// Merges it from the files that it was made for. If it conflicts, the next one goes on what is here.
    fn merged(&mut self, objects: &mut Objects, file: &PatchFile, from: Oid) -> Result<Ends> {
        let ground = commit(from, Some(self.front.0), &file.message);
        let parent = objects.write(ObjectKind::Commit, ground.to_bytes());
        let made = match Stack::new(objects, parent, from).push(&unnamed(), file) {
            Ok(made) => made,
            Err(error) => return Ok(Err(reason(&error))),
        };
        let step = Step { changes: &made.changes, sections: &file.files };
        if let Fate::Carried(placed) = Replay::new(objects, from, self.front.1).carry(&step)? {
            let commit = commit(placed.tree, Some(self.front.0), &file.message);
            self.front = (objects.write(ObjectKind::Commit, commit.to_bytes()), placed.tree);
        }
        Ok(Ok((parent, (from, made.tree))))
    }

    /// An error if a hunk that is not where it says could be in several places.
    fn check_places(&self, objects: &Objects, file: &PatchFile, place: &BString) -> Result<()> {
        let mut tree = Tree::new(self.front.1);
        for section in &file.files {
            let Some(path) = &section.old_path else { continue };
            let Some(entry) = tree.get(objects, path.as_bstr())?.file().filter(|entry| entry.mode.is_file()) else {
                continue;
            };
            let Ok(placed) = loose::place(&objects.blob(entry.id)?, section.hunks(), 0) else { continue };
            if let Some(hunk) = placed.hunks.iter().find(|hunk| !hunk.look_alikes.is_empty()) {
                return Err(ExchangeError::Ambiguous {
                    place: place.to_string(),
                    path: crate::format::quote::display(path.as_bstr()),
                    stated: hunk.stated,
                    fits: std::iter::once(hunk.at).chain(hunk.look_alikes.iter().copied()).collect(),
                }
                .into());
            }
        }
        Ok(())
    }
}

/// Whether a section has no content of its own: git names no blobs there.
fn moves_only(section: &FileDiff) -> bool {
    section.body == crate::format::diff::Body::None
}

/// It gets its name later.
fn unnamed() -> PatchName {
    PatchName::from_subject("mail")
}

/// What a misfit says without the name of a file that there is not.
fn reason(error: &crate::git::apply::MaterializeError) -> String {
    match error {
        crate::git::apply::MaterializeError::DoesNotApply { line, why, .. } => {
            format!("{why} (its diff, line {line})")
        }
        other => other.to_string(),
    }
}

fn losses(mail: &Mail) -> Vec<Loss> {
    let found = [
        (mail.file.message.author.is_none(), Loss::Author),
        (mail.file.message.date.is_none(), Loss::Date),
        (mail.has_notes, Loss::Notes),
        (mail.has_attachments, Loss::Attachments),
        (mail.is_converted, Loss::Charset),
    ];
    found.into_iter().filter(|(is_lost, _)| *is_lost).map(|(_, loss)| loss).collect()
}
