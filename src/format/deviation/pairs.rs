//! Which file of one version is which of the other.

use std::collections::HashMap;
use std::hash::Hash;

use bstr::{BStr, BString, ByteSlice};

use super::{action, body};
use crate::format::diff::{Action, Body, FileDiff, LineKind};
use crate::format::lines::Fingerprint;
use crate::model::FileAction;

/// From how much on, in percent, the changes of two files with different names count as the same: git's measure for renames.
const SIMILAR: u8 = 50;

/// More pairs than this are told by their names alone, as git does it (`diff.renameLimit`, squared).
const MANY: usize = 1000 * 1000;

/// A file in ours, in theirs, or in both.
pub(super) type Pair<'a> = (Option<&'a FileDiff>, Option<&'a FileDiff>);

/// The pairs: every file of ours in order, then what is left of theirs. A file of theirs for which `is_here` did not move: another file of ours
/// is another file, however alike their changes are.
pub(super) fn pair<'a>(
    ours: &'a [FileDiff],
    theirs: &'a [FileDiff],
    is_here: &dyn Fn(&FileDiff) -> bool,
) -> Vec<Pair<'a>> {
    let mut pairing = Pairing { ours, theirs, partners: vec![None; ours.len()], is_taken: vec![false; theirs.len()] };
    // The two sections of a file whose type changes have one path.
    let whole = |file: &'a FileDiff| Some((file.path(), action(file)));
    pairing.by(whole, whole);
    let path = |file: &'a FileDiff| Some(file.path());
    pairing.by(path, path);
    pairing.by(moved_from, path);
    pairing.by(path, moved_from);
    pairing.by_likeness(is_here);
    pairing.finish()
}

/// Where a file comes from that the change itself moves: in the other version it may have stayed.
fn moved_from(file: &FileDiff) -> Option<&BStr> {
    matches!(file.action, Action::Rename { .. }).then_some(file.old_path.as_ref()?.as_bstr())
}

struct Pairing<'a> {
    ours: &'a [FileDiff],
    theirs: &'a [FileDiff],
    /// For each file of ours the one of theirs.
    partners: Vec<Option<usize>>,
    /// Whether a file of theirs has a partner.
    is_taken: Vec<bool>,
}

/// Two files that may be one, and what speaks for it: the strongest reason first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    is_similar: bool,
    /// How many parts at the end of the path are the same.
    shared: usize,
    similarity: u8,
    /// Backwards, so that of equal candidates the first is the greatest.
    places: std::cmp::Reverse<(usize, usize)>,
}

impl<'a> Pairing<'a> {
    /// Pairs what has the same key; each key as often as both have it.
    fn by<K: Hash + Eq>(
        &mut self,
        our_key: impl Fn(&'a FileDiff) -> Option<K>,
        their_key: impl Fn(&'a FileDiff) -> Option<K>,
    ) {
        let mut free: HashMap<K, Vec<usize>> = HashMap::new();
        for at in self.free_theirs().into_iter().rev() {
            their_key(&self.theirs[at]).into_iter().for_each(|key| free.entry(key).or_default().push(at));
        }
        for at in self.free_ours() {
            let found = our_key(&self.ours[at]).and_then(|key| free.get_mut(&key)?.pop());
            found.into_iter().for_each(|partner| self.join(at, partner));
        }
    }

    /// Pairs what is left: upstream moved the file in between. The same file name will do, or changes that are alike.
    fn by_likeness(&mut self, is_here: &dyn Fn(&FileDiff) -> bool) {
        let (ours, mut theirs) = (self.free_ours(), self.free_theirs());
        theirs.retain(|at| !is_here(&self.theirs[*at]));
        let is_compared = ours.len() * theirs.len() <= MANY;
        let prints = |files: &[FileDiff], at: &[usize]| -> Vec<Option<Fingerprint>> {
            at.iter().map(|at| fingerprint(&files[*at]).filter(|_| is_compared)).collect()
        };
        let (our_prints, their_prints) = (prints(self.ours, &ours), prints(self.theirs, &theirs));
        let mut candidates = Vec::new();
        for (a, our_print) in ours.iter().zip(&our_prints) {
            for (b, their_print) in theirs.iter().zip(&their_prints) {
                let prints = our_print.as_ref().zip(their_print.as_ref());
                let similarity = prints.map_or(0, |(a, b)| a.similarity(b));
                candidates.extend(candidate(self.ours, self.theirs, (*a, *b), similarity));
            }
        }
        candidates.sort_unstable();
        for Candidate { places: std::cmp::Reverse((a, b)), .. } in candidates.into_iter().rev() {
            if self.partners[a].is_none() && !self.is_taken[b] {
                self.join(a, b);
            }
        }
    }

    fn join(&mut self, ours: usize, theirs: usize) {
        self.partners[ours] = Some(theirs);
        self.is_taken[theirs] = true;
    }

    fn free_ours(&self) -> Vec<usize> {
        (0..self.ours.len()).filter(|at| self.partners[*at].is_none()).collect()
    }

    fn free_theirs(&self) -> Vec<usize> {
        (0..self.theirs.len()).filter(|at| !self.is_taken[*at]).collect()
    }

    fn finish(self) -> Vec<Pair<'a>> {
        let ours = self.ours.iter().zip(&self.partners);
        let ours = ours.map(|(file, partner)| (Some(file), partner.map(|at| &self.theirs[at])));
        let theirs = self.free_theirs().into_iter().map(|at| (None, Some(&self.theirs[at])));
        ours.chain(theirs).collect()
    }
}

fn candidate(ours: &[FileDiff], theirs: &[FileDiff], at: (usize, usize), similarity: u8) -> Option<Candidate> {
    let (a, b) = (&ours[at.0], &theirs[at.1]);
    let is_opposite =
        [(a, b), (b, a)].into_iter().any(|(a, b)| action(a) == FileAction::Create && action(b) == FileAction::Delete);
    let is_possible = !is_opposite && !goes_elsewhere(a, b);
    let (is_similar, shared) = (similarity >= SIMILAR, shared_parts(a.path(), b.path()));
    let places = std::cmp::Reverse(at);
    (is_possible && (is_similar || shared > 0)).then_some(Candidate { is_similar, shared, similarity, places })
}

/// Whether both give a file another name, and not the same one. Directories may differ, as far as they do for the old names too.
fn goes_elsewhere(a: &FileDiff, b: &FileDiff) -> bool {
    let names = |file: &FileDiff| match (&file.action, &file.old_path) {
        (Action::Rename { .. } | Action::Copy { .. }, Some(old)) => Some(old.clone()),
        _ => None,
    };
    let (Some(old_a), Some(old_b)) = (names(a), names(b)) else { return false };
    let is_one = |a: &BStr, b: &BStr| shared_parts(a, b) > 0;
    match old_a == old_b {
        true => a.path() != b.path(),
        false => is_one(old_a.as_bstr(), old_b.as_bstr()) && !is_one(a.path(), b.path()),
    }
}

fn shared_parts(a: &BStr, b: &BStr) -> usize {
    a.rsplit_str("/").zip(b.rsplit_str("/")).take_while(|(a, b)| a == b).count()
}

/// What a change does to a file, for comparing; nothing of a pure rename or mode change.
fn fingerprint(file: &FileDiff) -> Option<Fingerprint> {
    let mut text = BString::default();
    match &file.body {
        Body::None => return None,
        Body::Binary(patch) => text.extend_from_slice(&patch.forward.data),
        Body::Text(_) => body(Some(file)).into_iter().for_each(|line| {
            text.push(if line.kind == LineKind::Remove { b'-' } else { b'+' });
            text.extend_from_slice(&line.text);
        }),
    }
    Some(Fingerprint::of(&text))
}
