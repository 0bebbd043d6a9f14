//! What a person gets to see of a conflict: the target tree with the patch in it as far as it goes, stages for what conflicts.

use bstr::{BString, ByteSlice};

use super::session::Clash;
use crate::Result;
use crate::format::excluded::Excluded;
use crate::format::lines::is_binary;
use crate::format::marks::{Labels, marked};
use crate::format::settle::Merge;
use crate::format::union::union;
use crate::git::attributes::{Attributes, Rule};
use crate::git::drivers::{Drivers, Names, Sides};
use crate::git::worktree::{Layout, Stage};
use crate::git::{Change, Entry, GitError, Kind, Objects, Tree};
use crate::model::{Conflict, ConflictKind, Oid, PatchName};
use crate::ops::answers::{Answers, Asked, Whole};
use crate::ops::rebase::old::OldStep;
use crate::ops::replay::MergedBy;

/// A conflict, laid out.
pub struct Scene {
    /// Files and index.
    pub layout: Layout,
    /// Where it conflicts.
    pub clashes: Vec<Clash>,
    /// What recorded answers said to the conflicts of lines.
    pub asked: Vec<Asked>,
    /// The file of the answer to all of it, which is laid out then.
    pub whole: Option<String>,
    /// What drivers merged beside it.
    pub merged_by: Vec<MergedBy>,
}

/// A path of which nothing is left.
type Gone = (BString, Option<Entry>);

/// One conflict as the index and the worktree show it.
struct Shown {
    clash: Clash,
    /// The stages of other paths than the clash's.
    elsewhere: Vec<Stage>,
    /// Files to write and, with `None`, to take away.
    files: Vec<(BString, Option<Entry>)>,
}

/// Lays a patch out that does not apply to `target`; what is recorded of its conflicts is filled in.
pub fn scene(
    objects: &mut Objects,
    answers: &Answers,
    generated: &Excluded,
    step: &OldStep<'_>,
    target: Oid,
    labels: Labels<'_>,
) -> Result<Scene> {
    let all = Whole { step, tip: target, generated };
    let clashes = all.replay(objects).clashes(&step.step())?;
    let whole = all.ask(objects, answers, &clashes)?;
    let mut replay = all.replay(objects);
    let conflicts = replay.carry_some(&step.step())?;
    let merged_by = replay.merged_by().to_vec();
    let mut tree = Tree::new(replay.tip());
    let known = (answers, &step.patch.name);
    let attributes = Attributes::default();
    let (target, asked) = (Tree::new(target), Vec::new());
    let mut painter = Painter { objects, target, attributes, labels, known, asking: None, asked };
    let (mut unmerged, mut clashes) = (Vec::new(), Vec::new());
    for (at, conflict) in conflicts {
        let shown = painter.show(&step.changes[at], &conflict)?;
        for (path, entry) in shown.files {
            tree.set(painter.objects, path.as_ref(), entry)?;
        }
        unmerged.extend(stages(&shown.clash).into_iter().chain(shown.elsewhere));
        clashes.push(shown.clash);
    }
    let asked = painter.asked;
    let tree = whole.as_ref().map_or_else(|| tree.write(objects), |whole| whole.placed.tree);
    Ok(Scene { layout: Layout { tree, unmerged }, clashes, asked, whole: whole.map(|whole| whole.file), merged_by })
}

fn stages(clash: &Clash) -> Vec<Stage> {
    let sides = [(1, clash.base), (2, clash.ours), (3, clash.theirs)];
    let stage =
        |(stage, entry): (u8, Option<Entry>)| entry.map(|entry| Stage { path: clash.path.clone(), stage, entry });
    sides.into_iter().filter_map(stage).collect()
}

struct Painter<'a> {
    objects: &'a mut Objects,
    target: Tree,
    attributes: Attributes,
    labels: Labels<'a>,
    known: (&'a Answers, &'a PatchName),
    /// Under which paths answers to the conflict at hand are looked for.
    asking: Option<[BString; 2]>,
    asked: Vec<Asked>,
}

impl Painter<'_> {
    fn show(&mut self, change: &Change, conflict: &Conflict) -> Result<Shown, GitError> {
        let (base, theirs) = (change.old.as_ref().map(|old| old.entry), change.new.as_ref().map(|new| new.entry));
        let ours = self.target.get(self.objects, conflict.path.as_ref())?.file();
        let moves = change.leaves_old_path();
        let new_path = change.new.as_ref().map(|new| &new.path).filter(|_| moves || change.is_copy);
        let old_path = change.old.as_ref().map(|old| &old.path);
        let is_content = conflict.kind == ConflictKind::Content;
        self.asking = old_path.filter(|_| is_content).map(|old| [old.clone(), conflict.path.clone()]);
        match conflict.kind {
            ConflictKind::FileDirectory => {
                let (theirs, gone) = self.moved(change)?;
                self.beside(conflict, base, theirs, gone)
            }
            ConflictKind::Rename if new_path == Some(&conflict.path) => {
                let (theirs, gone) = self.moved(change)?;
                self.at(conflict.path.clone(), conflict.kind, (None, ours, theirs), gone)
            }
            ConflictKind::Rename => self.two_names(change, conflict, ours),
            // The patch moves the file, and upstream did not: the conflict is where the patch wants it.
            _ if new_path.is_some() && old_path == Some(&conflict.path) => {
                let gone = old_path.filter(|_| moves).map(|path| (path.clone(), None));
                let path = new_path.cloned().unwrap_or_default();
                self.at(path, conflict.kind, (base, ours, theirs), gone)
            }
            _ => self.at(conflict.path.clone(), conflict.kind, (base, ours, theirs), None),
        }
    }

    /// The file that a patch moves, with what upstream did to it where it was; and that it is there no more. Where upstream made something else
    /// of it, that stays.
    fn moved(&mut self, change: &Change) -> Result<(Option<Entry>, Option<Gone>), GitError> {
        let theirs = change.new.as_ref().map(|new| new.entry);
        let Some(old) = change.old.as_ref().filter(|_| change.leaves_old_path()) else { return Ok((theirs, None)) };
        let ours = self.target.get(self.objects, old.path.as_ref())?.file();
        if ours.is_some_and(|ours| !ours.mode.same_type(old.entry.mode)) {
            return Ok((theirs, None));
        }
        let merged = match ours {
            Some(ours) if ours != old.entry => self.file(&old.path, Some(old.entry), Some(ours), theirs)?,
            _ => theirs,
        };
        Ok((merged, Some((old.path.clone(), None))))
    }

    fn at(
        &mut self,
        path: BString,
        kind: ConflictKind,
        (base, ours, theirs): (Option<Entry>, Option<Entry>, Option<Entry>),
        gone: Option<Gone>,
    ) -> Result<Shown, GitError> {
        let file = self.file(&path, base, ours, theirs)?;
        let files = gone.into_iter().chain([(path.clone(), file)]).collect();
        Ok(Shown { clash: Clash { path, kind, base, ours, theirs }, elsewhere: Vec::new(), files })
    }

    /// Both sides gave the file another name: under each of them it has what both sides did to it.
    fn two_names(&mut self, change: &Change, conflict: &Conflict, ours: Option<Entry>) -> Result<Shown, GitError> {
        let (old, new) = (change.old.clone(), change.new.clone());
        let theirs = new.as_ref().map(|new| new.entry);
        let file = self.file(&conflict.path, old.as_ref().map(|old| old.entry), ours, theirs)?;
        let stage = |stage, path, entry| Stage { path, stage, entry };
        let mut files = vec![(conflict.path.clone(), file)];
        files.extend(new.iter().map(|new| (new.path.clone(), file)));
        let base = old.map(|old| stage(1, old.path, old.entry));
        let merged = new.zip(file).map(|(new, file)| stage(3, new.path, file));
        let elsewhere = base.into_iter().chain(merged).collect();
        let clash = Clash { path: conflict.path.clone(), kind: conflict.kind, base: None, ours: file, theirs: None };
        Ok(Shown { clash, elsewhere, files })
    }

    /// A directory is where the patch has a file: the file gets a name of its own beside it.
    fn beside(
        &mut self,
        conflict: &Conflict,
        base: Option<Entry>,
        theirs: Option<Entry>,
        gone: Option<Gone>,
    ) -> Result<Shown, GitError> {
        let label = self.labels.theirs.replace('/', "-");
        let mut path = self.root_of(&conflict.path)?;
        path.extend_from_slice(format!("~{label}").as_bytes());
        while self.target.get(self.objects, path.as_ref())? != crate::git::tree::At::Nothing {
            path.push(b'~');
        }
        let theirs_too = theirs.map(|theirs| (path.clone(), Some(theirs)));
        let files = gone.into_iter().chain(theirs_too).collect();
        let clash = Clash { path, kind: conflict.kind, base, ours: None, theirs };
        Ok(Shown { clash, elsewhere: Vec::new(), files })
    }

    /// The path, with what of it is a file in the target and not the directory that the path needs written as one name.
    fn root_of(&mut self, path: &BString) -> Result<BString, GitError> {
        for slash in path.find_iter("/").collect::<Vec<_>>() {
            if self.target.get(self.objects, path[..slash].as_bstr())?.file().is_some() {
                let flat = path[slash..].replace("/", "-");
                return Ok([&path[..slash], &flat[..]].concat().into());
            }
        }
        Ok(path.clone())
    }

    /// What stands in the worktree: what a driver left, or the merged text with markers where there are lines, else the side that is there,
    /// ours first.
    fn file(
        &mut self,
        path: &BString,
        base: Option<Entry>,
        ours: Option<Entry>,
        theirs: Option<Entry>,
    ) -> Result<Option<Entry>, GitError> {
        let mode_before = base.map(|base| base.mode);
        let (Some(our), Some(their)) = (ours, theirs) else { return Ok(ours.or(theirs)) };
        let has_lines = |entry: &Entry| entry.mode.is_file();
        if ![Some(our), Some(their), base].iter().flatten().all(has_lines) {
            return Ok(ours);
        }
        let read =
            |entry: Option<Entry>| entry.map_or(Ok(Vec::new()), |entry| Ok(self.objects.blob(entry.id)?.to_vec()));
        let texts: Result<Vec<Vec<u8>>, GitError> = [base, ours, theirs].into_iter().map(read).collect();
        let texts = texts?;
        let Some(merged) = self.merged(path, [&texts[0], &texts[1], &texts[2]])? else { return Ok(ours) };
        // As git merges modes: the patch's, unless upstream changed it.
        let mode = if mode_before == Some(our.mode) { their.mode } else { our.mode };
        Ok(Some(Entry { mode, id: self.objects.write(Kind::Blob, merged) }))
    }

    /// What the rule for the path makes of base, ours and theirs; none where it takes nothing but whole files.
    fn merged(&mut self, path: &BString, [base, ours, theirs]: [&[u8]; 3]) -> Result<Option<Vec<u8>>, GitError> {
        let rule = self.attributes.rule(self.objects, &mut self.target, path.as_ref(), Drivers::Run)?;
        let has_lines = ![base, ours, theirs].into_iter().any(is_binary);
        Ok(match rule {
            Rule::Driver(driver) => {
                let Labels { ours: our_name, base: base_name, theirs: their_name } = self.labels;
                let names = Names { base: base_name, ours: our_name, theirs: their_name };
                Some(driver.run(self.objects, path.as_ref(), Sides { base, ours, theirs }, names)?.bytes)
            }
            Rule::Text if has_lines => {
                let width = self.attributes.marker_width(self.objects, &mut self.target, path.as_ref())?;
                Some(match &self.asking {
                    None => marked(base, ours, theirs, self.labels, width),
                    Some([old, new]) => {
                        let merge = Merge::of(base, ours, theirs);
                        let (settled, asked) = self.known.0.settle(&merge, self.known.1, [old, new]);
                        self.asked.push(asked);
                        merge.marked(&settled, self.labels, width)
                    }
                })
            }
            Rule::Union if has_lines => Some(union(base, ours, theirs)),
            Rule::Text | Rule::Union | Rule::Binary => None,
        })
    }
}
