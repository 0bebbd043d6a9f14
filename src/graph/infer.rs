//! Dependencies that show in the text: who changes what whom wrote.
//!
//! Two changes meet in a three-way merge if they overlap or if no untouched line is between them; the same rule decides here. Paths
//! follow the same thought: what a merge could not find, or would find twice, without the other patch.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};
use std::ops::{Bound, Range};

use bstr::{BStr, BString, ByteSlice};

use super::lines::Lines;
use super::{Dependency, Place, Reason};
use crate::model::{Content, Touch};

/// The dependencies of patches on earlier ones, ordered by `from`, then by `to`. `touches` holds one slice per patch, in series order;
/// edits are exact positions in the file that the patch applies to.
pub fn infer(touches: &[&[Touch]]) -> Vec<Dependency> {
    let mut tracker = Tracker::default();
    touches.iter().enumerate().flat_map(|(from, touches)| tracker.patch(from, touches).dependencies()).collect()
}

/// The same with every place at which one patch meets another, for explaining: the strongest reason, wherever it holds.
pub fn infer_all(touches: &[&[Touch]]) -> Vec<Dependency> {
    let mut tracker = Tracker::default();
    touches.iter().enumerate().flat_map(|(from, touches)| tracker.patch(from, touches).all()).collect()
}

/// What the patches so far did to one file that is there now.
#[derive(Debug, Clone, Default)]
struct File {
    lines: Lines,
    /// Who put it at its path.
    path_by: Option<usize>,
    /// Who set its mode last.
    mode_by: Option<usize>,
    /// Who replaced it as a whole last.
    whole_by: Option<usize>,
    /// Who did anything to it since, in order.
    touched_by: Vec<usize>,
}

/// The state of all touched paths in front of the next patch.
#[derive(Default)]
struct Tracker<'a> {
    files: HashMap<&'a BStr, File>,
    /// Who took the file from a path that is free now. Ordered, to find what was under a directory.
    gone: BTreeMap<&'a BStr, usize>,
}

impl<'a> Tracker<'a> {
    /// Takes every source before it writes any target: one patch may swap two files, or replace one by a renamed one.
    fn patch(&mut self, from: usize, touches: &'a [Touch]) -> Needs {
        let mut needs = Needs { from, found: BTreeMap::new() };
        let (copies, others): (Vec<&Touch>, Vec<&Touch>) = touches.iter().partition(|touch| touch.is_copy);
        let sources = copies.into_iter().chain(others);
        let files: Vec<_> = sources.map(|touch| (touch, self.take(touch, &mut needs))).collect();
        for touch in touches.iter().filter(|touch| !touch.is_copy) {
            self.gone.extend(touch.old_path.iter().map(|old| (old.as_bstr(), from)));
        }
        for (touch, file) in files {
            if let Some(new) = &touch.new_path {
                self.gone.remove(new.as_bstr());
                self.files.insert(new.as_bstr(), file);
            }
        }
        needs
    }

    /// The file that a touch starts from, as it is after the touch; notes who is needed for it.
    fn take(&mut self, touch: &'a Touch, needs: &mut Needs) -> File {
        if let Some(new) = touch.new_path.as_ref().filter(|_| touch.old_path != touch.new_path || touch.is_copy) {
            self.made_room(new.as_bstr()).into_iter().for_each(|by| needs.path(by, new));
        }
        let Some(old) = &touch.old_path else {
            return File::default().changed(touch, needs);
        };
        let key = old.as_bstr();
        let file = if touch.is_copy { self.files.get(key).cloned() } else { self.files.remove(key) };
        let file = file.unwrap_or_default();
        file.needs(touch, old, needs);
        file.changed(touch, needs)
    }

    /// Who freed a path: took a file from it, from a directory on the way to it, or from under it.
    fn made_room(&self, path: &BStr) -> Vec<usize> {
        if self.gone.is_empty() {
            return Vec::new();
        }
        let slashes = path.find_iter("/").map(|slash| path[..slash].as_bstr());
        let on_the_way = slashes.chain([path]).filter_map(|path| self.gone.get(path));
        let directory = BString::from([path.as_bytes(), b"/"].concat());
        let below = self.gone.range::<BStr, _>((Bound::Excluded(directory.as_bstr()), Bound::Unbounded));
        let below = below.take_while(|(gone, _)| gone.starts_with(&directory)).map(|(_, by)| by);
        on_the_way.chain(below).copied().collect()
    }
}

impl File {
    /// Who is needed for a touch that finds the file like this, beside those whose lines it edits.
    fn needs(&self, touch: &Touch, path: &BString, needs: &mut Needs) {
        let single = [self.path_by, self.whole_by, self.mode_by.filter(|_| changes_mode(touch))];
        single.into_iter().flatten().for_each(|by| needs.path(by, path));
        if is_whole(touch) || touch.new_path.is_none() {
            self.touched_by.iter().for_each(|by| needs.path(*by, path));
        }
        // A copy takes the lines along: without their authors it would bring in what nobody carries.
        for run in self.lines.runs().iter().filter(|_| touch.is_copy) {
            needs.add(run.owner, Reason::Path, path, run.start..run.end);
        }
    }

    /// The file after the touch.
    fn changed(mut self, touch: &Touch, needs: &mut Needs) -> File {
        let from = needs.from;
        let path = touch.old_path.as_ref().or(touch.new_path.as_ref());
        if let (Content::Lines(edits), Some(path)) = (&touch.content, path) {
            self.lines.edit(edits, from, |run| needs.add(run.owner, Reason::Hunk, path, run.start..run.end));
        }
        if touch.is_copy {
            self = File { lines: self.lines, ..File::default() };
        }
        if is_whole(touch) {
            self = File { whole_by: Some(from), path_by: self.path_by, ..File::default() };
        }
        if touch.old_path != touch.new_path {
            self.path_by = Some(from);
        }
        if changes_mode(touch) {
            self.mode_by = Some(from);
        }
        self.touched_by.push(from);
        self
    }
}

fn changes_mode(touch: &Touch) -> bool {
    touch.old_mode.is_some() && touch.new_mode.is_some() && touch.old_mode != touch.new_mode
}

/// Whether the touch replaces the content as a whole: nothing of what others did to it can be told apart afterwards.
fn is_whole(touch: &Touch) -> bool {
    let kinds = (touch.old_mode, touch.new_mode);
    touch.content == Content::Whole
        || matches!(kinds, (Some(old), Some(new)) if old != new && !(old.is_file() && new.is_file()))
}

/// The patches that one patch needs, each with the strongest reason found and all places where it holds.
struct Needs {
    from: usize,
    found: BTreeMap<usize, (Reason, Vec<Place>)>,
}

impl Needs {
    fn path(&mut self, to: usize, path: &BString) {
        self.add(to, Reason::Path, path, 0..0);
    }

    fn add(&mut self, to: usize, reason: Reason, path: &BString, lines: Range<u32>) {
        if to == self.from {
            return;
        }
        let place = Place { path: path.clone(), lines };
        let known = self.found.entry(to).or_insert_with(|| (reason, Vec::new()));
        match reason.cmp(&known.0) {
            Ordering::Less => *known = (reason, vec![place]),
            Ordering::Equal if !known.1.contains(&place) => known.1.push(place),
            _ => {}
        }
    }

    /// Each with its first place.
    fn dependencies(self) -> Vec<Dependency> {
        let from = self.from;
        let dependency = |(to, (reason, at)): (usize, (Reason, Vec<Place>))| Dependency {
            from,
            to,
            reason,
            at: at.into_iter().next(),
        };
        self.found.into_iter().map(dependency).collect()
    }

    fn all(self) -> Vec<Dependency> {
        let from = self.from;
        let places = |(to, (reason, at)): (usize, (Reason, Vec<Place>))| {
            at.into_iter().map(move |place| Dependency { from, to, reason, at: Some(place) })
        };
        self.found.into_iter().flat_map(places).collect()
    }
}
