//! Applies diffs to a tree as patch(1) would apply them to a directory: which file is meant, whether it comes or goes, its mode.
//!
//! The rules are those of GNU patch 2.7 as quilt calls it: of the names that a header gives, the best one that exists (fewest directories,
//! then shortest) is the file; a file goes if it is empty afterwards and the header says that there is none.

use bstr::{BString, ByteSlice};

use super::tree::At;
use super::{Entry, GitError, Kind, Objects, Tree};
use crate::error::{self, Hint};
use crate::format::loose::{Absent, Misplaced, Moves, Part, Placement, place, strip};
use crate::format::quote::{UnsafePath, check_path};
use crate::model::Mode;

/// A file that was patched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patched {
    /// Where it is afterwards, or was if it is gone.
    pub path: BString,
    /// Where its hunks went.
    pub hunks: Vec<Placement>,
}

/// How patches of others are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// How many leading parts of the names are taken away.
    pub strip: u32,
    /// How many lines of context may be given up.
    pub fuzz: u32,
}

/// A patch that does not apply: everything in it that does not, in its order, and never nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct NotApplied(pub Vec<Failure>);

/// A diff or a hunk that does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Failure {
    /// The line of the patch, from 1.
    pub line: usize,
    /// Why.
    pub why: Why,
}

/// Why a diff does not apply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// None of its names is that of a file.
    #[error("none of the files that it names exists: {}", listed(.0))]
    NoFile(Vec<BString>),
    /// No name is left once leading parts are taken away.
    #[error("no name is left without the first {0} parts of its names")]
    NoName(u32),
    /// The name may not be written.
    #[error("the path {} is not safe: {why}", show(.path))]
    Unsafe {
        /// The path.
        path: BString,
        /// Why.
        why: UnsafePath,
    },
    /// A hunk fits nowhere.
    #[error("{}: hunk {} does not apply near line {}{}", show(.path), .hunk.hunk, .hunk.stated, fuzzy(.hunk))]
    Hunk {
        /// The file.
        path: BString,
        /// The hunk.
        hunk: Misplaced,
    },
    /// Content that patch(1) does not know to read.
    #[error("{} is binary, which patch(1) and quilt refuse", show(.0))]
    Binary(BString),
    /// It is there already.
    #[error("the patch creates {}, but it exists", show(.0))]
    Exists(BString),
    /// It is not empty afterwards.
    #[error("the patch deletes {}, but not all of its lines", show(.0))]
    LeavesContent(BString),
    /// It is of another type.
    #[error("{} is a {found:?}, but the patch was made for a {expected:?}", show(.path))]
    Type {
        /// The file.
        path: BString,
        /// What it is.
        found: Mode,
        /// What the patch says.
        expected: Mode,
    },
    /// A file stands where a directory is needed, or the other way.
    #[error("{} leads through a file, or is a directory", show(.0))]
    Through(BString),
}

impl Why {
    /// The line of the patch that it is about.
    fn line(&self, part: &Part) -> usize {
        match self {
            Why::Hunk { hunk, .. } => hunk.line,
            _ => part.line,
        }
    }
}

impl Hint for NotApplied {
    fn kind(&self) -> error::Kind {
        error::Kind::User
    }

    fn hint(&self) -> Option<String> {
        if let Some(fuzz) = self.enough_fuzz() {
            return Some(format!(
                "quilt may have taken it with fuzz: allow it with `--fuzz {fuzz}`, and look at the place"
            ));
        }
        if self.0.iter().all(|it| matches!(it.why, Why::Hunk { hunk: Misplaced { is_there: true, .. }, .. })) {
            let what = "its lines are there already: take the patch out of the series, or start from an older base";
            return Some(what.to_owned());
        }
        Some(match &self.0.first()?.why {
            Why::Binary(_) => "apply it in a clone with `git apply`, and import the commit".to_owned(),
            Why::NoName(_) | Why::NoFile(_) => {
                "is the base the release that the patches were made for? `-pN` in the series says how many parts of the \
                 names to take away"
                    .to_owned()
            }
            _ => "is the base the release that the patches were made for?".to_owned(),
        })
    }
}

impl NotApplied {
    /// With so much fuzz all of it would apply.
    fn enough_fuzz(&self) -> Option<u32> {
        let fuzz = |failure: &Failure| match &failure.why {
            Why::Hunk { hunk: Misplaced { with_fuzz: Some((fuzz, _)), is_there: false, .. }, .. } => Some(*fuzz),
            _ => None,
        };
        self.0.iter().map(fuzz).try_fold(0, |most, fuzz| Some(most.max(fuzz?)))
    }
}

fn show(path: &BString) -> String {
    crate::format::quote::display(path.as_bstr())
}

fn listed(paths: &[BString]) -> String {
    paths.iter().map(show).collect::<Vec<_>>().join(", ")
}

fn fuzzy(hunk: &Misplaced) -> String {
    match hunk {
        Misplaced { is_there: true, .. } => ", and what it adds is there already".to_owned(),
        Misplaced { with_fuzz: Some((fuzz, at)), .. } => format!("; with fuzz {fuzz} it would go to line {at}"),
        _ => String::new(),
    }
}

/// Applies the diffs of one patch, in order. If some do not apply, the tree has the others: throw it away.
pub fn apply_loose(
    objects: &mut Objects,
    tree: &mut Tree,
    parts: &[Part],
    rules: Rules,
) -> Result<Result<Vec<Patched>, NotApplied>, GitError> {
    let mut before = tree.clone();
    let (mut patched, mut failures) = (Vec::new(), Vec::new());
    for part in parts {
        let mut patient = Patient { objects, tree, before: &mut before, part, rules };
        match patient.patch()? {
            Ok(done) => patched.extend(done),
            Err(whys) => failures.extend(whys.into_iter().map(|why| Failure { line: why.line(part), why })),
        }
    }
    Ok(if failures.is_empty() { Ok(patched) } else { Err(NotApplied(failures)) })
}

/// One diff and the tree it goes into.
struct Patient<'a> {
    objects: &'a mut Objects,
    tree: &'a mut Tree,
    /// The tree in front of the whole patch: renames and copies are taken from there.
    before: &'a mut Tree,
    part: &'a Part,
    rules: Rules,
}

/// The file that a diff is about.
struct Target {
    /// Where it is read from.
    from: BString,
    /// Where it is written to.
    to: BString,
    /// What stands there.
    entry: Option<Entry>,
}

impl Patient<'_> {
    fn patch(&mut self) -> Result<Result<Option<Patched>, Vec<Why>>, GitError> {
        let part = self.part;
        let target = match self.target()? {
            Ok(target) => target,
            Err(why) => return Ok(Err(vec![why])),
        };
        if part.is_binary {
            return Ok(Err(vec![Why::Binary(target.to)]));
        }
        if let Err(why) = check(&target, part) {
            return Ok(Err(vec![why]));
        }
        let pre = match target.entry {
            Some(entry) => self.objects.blob(entry.id)?,
            None => Default::default(),
        };
        let placed = match place(&pre, &part.hunks, self.rules.fuzz) {
            Ok(placed) => placed,
            Err(hunks) => {
                let why = |hunk| Why::Hunk { path: target.from.clone(), hunk };
                return Ok(Err(hunks.into_iter().map(why).collect()));
            }
        };
        let is_creation = part.old_absent == Absent::Yes && !pre.is_empty();
        if is_creation && placed.hunks.first().is_none_or(|hunk| hunk.at == 1) {
            return Ok(Err(vec![Why::Exists(target.to)]));
        }
        let goes = part.new_absent == Absent::Yes;
        if goes && !placed.bytes.is_empty() {
            return Ok(Err(vec![Why::LeavesContent(target.to)]));
        }
        self.write(&target, placed.bytes, goes)?;
        Ok(Ok(Some(Patched { path: target.to, hunks: placed.hunks })))
    }

    fn write(&mut self, target: &Target, bytes: Vec<u8>, goes: bool) -> Result<(), GitError> {
        let part = self.part;
        if goes || part.moves == Some(Moves::Rename) {
            self.tree.set(self.objects, target.from.as_bstr(), None)?;
        }
        if goes {
            return Ok(());
        }
        let kept = target.entry.map(|entry| entry.mode);
        let stated = part.new_mode.filter(|mode| part.is_git && part.old_mode != Some(*mode));
        let mode = stated.or(kept).unwrap_or(Mode::Regular);
        let id = self.objects.write(Kind::Blob, bytes);
        self.tree.set(self.objects, target.to.as_bstr(), Some(Entry { mode, id }))
    }

    fn target(&mut self) -> Result<Result<Target, Why>, GitError> {
        let part = self.part;
        let stripped = |name: &Option<BString>| name.as_ref().and_then(|name| strip(name, self.rules.strip));
        let (old, new) = (stripped(&part.old), stripped(&part.new));
        let index = if old.is_none() && new.is_none() { stripped(&part.index) } else { None };
        if part.moves.is_some() {
            return self.moved(old, new);
        }
        let names: Vec<BString> = [old, new, index].into_iter().flatten().collect();
        if names.is_empty() {
            return Ok(Err(Why::NoName(self.rules.strip)));
        }
        let mut found = Vec::new();
        for name in &names {
            match self.tree.get(self.objects, name.as_bstr())? {
                At::File(entry) => found.push((name.clone(), Some(entry))),
                At::Directory => return Ok(Err(Why::Through(name.clone()))),
                At::Nothing | At::Blocked => {}
            }
        }
        if found.is_empty() && part.old_absent != Absent::No {
            found.extend(self.fewest_new_directories(&names)?.into_iter().map(|name| (name, None)));
        }
        let best = found.into_iter().min_by_key(|(name, _)| rank(name));
        let Some((path, entry)) = best else { return Ok(Err(Why::NoFile(names))) };
        self.checked(Target { from: path.clone(), to: path, entry })
    }

    fn moved(&mut self, old: Option<BString>, new: Option<BString>) -> Result<Result<Target, Why>, GitError> {
        let (Some(from), Some(to)) = (old, new) else { return Ok(Err(Why::NoName(self.rules.strip))) };
        match self.before.get(self.objects, from.as_bstr())? {
            At::File(entry) => self.checked(Target { from, to, entry: Some(entry) }),
            _ => Ok(Err(Why::NoFile(vec![from]))),
        }
    }

    fn checked(&mut self, target: Target) -> Result<Result<Target, Why>, GitError> {
        if let Err(why) = check_path(&target.to) {
            return Ok(Err(Why::Unsafe { path: target.to, why }));
        }
        // patch(1) takes files away last: a directory cannot come in the place of one.
        if self.before.get(self.objects, target.to.as_bstr())? == At::Blocked {
            return Ok(Err(Why::Through(target.to)));
        }
        match self.tree.get(self.objects, target.to.as_bstr())? {
            At::Blocked | At::Directory => Ok(Err(Why::Through(target.to))),
            _ => Ok(Ok(target)),
        }
    }

    /// Of names that do not exist, those for which the fewest directories would have to be made.
    fn fewest_new_directories(&mut self, names: &[BString]) -> Result<Vec<BString>, GitError> {
        let mut counted = Vec::new();
        for name in names {
            let mut missing = 0;
            for slash in name.find_iter("/") {
                missing += usize::from(self.tree.get(self.objects, name[..slash].as_bstr())? != At::Directory);
            }
            counted.push((missing, name.clone()));
        }
        let least = counted.iter().map(|(missing, _)| *missing).min();
        Ok(counted.into_iter().filter(|(missing, _)| Some(*missing) == least).map(|(_, name)| name).collect())
    }
}

/// Fewest directories, then the shortest last part, then the shortest name.
fn rank(name: &BString) -> (usize, usize, usize) {
    let last = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    (name.find_iter("/").count(), last.len(), name.len())
}

fn check(target: &Target, part: &Part) -> Result<(), Why> {
    let Some(entry) = target.entry else { return Ok(()) };
    let expected = part.old_mode.filter(|_| part.is_git).unwrap_or(Mode::Regular);
    match expected.same_type(entry.mode) && entry.mode != Mode::Submodule {
        true => Ok(()),
        false => Err(Why::Type { path: target.from.clone(), found: entry.mode, expected }),
    }
}
