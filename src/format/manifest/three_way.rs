//! Two people's edits of one `pq.toml`, merged by what they mean.
//!
//! What the file says of the base, the branch, the series and each patch is merged value by value. That is then written into all three texts,
//! so that they differ in nothing but the rest: comments, layout, other tables. The rest is merged line by line.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Document, Workspace};
use crate::format::merge::{Merged, merge as merge_lines};
use crate::model::{Manifest, MovedPath, Oid, Patch, PatchMeta, PatchName, Policy, Upstream};

/// What a merge gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// The file. Where the two disagree, ours.
    pub text: String,
    /// What they disagree about, a sentence each.
    pub conflicts: Vec<String>,
}

/// What starts and ends the block that names conflicts at the top of a file: no `pq.toml` with it can be read.
const BEGIN: &str = "<<<<<<< pq merge-driver: two people disagree; ours stands below. Settle it, and delete this block";
const END: &str = ">>>>>>>";

/// Merges the change `base` → `theirs` into `ours`. `None` if one of them is not the file of a line: then lines are all there is to go by.
pub fn merge(base: &str, ours: &str, theirs: &str) -> Option<Merge> {
    let [mut base, mut ours, mut theirs] = [read(base)?, read(ours)?, read(theirs)?];
    let agreed = Agreed::of(base.manifest(), ours.manifest(), theirs.manifest());
    [&mut base, &mut ours, &mut theirs].into_iter().for_each(|document| agreed.write(document));
    let mut conflicts = agreed.conflicts.clone();
    let texts = [base.to_text(), ours.to_text(), theirs.to_text()];
    let merged = match merge_lines(texts[0].as_bytes(), texts[1].as_bytes(), texts[2].as_bytes()) {
        Merged::Clean(bytes) => String::from_utf8(bytes).ok(),
        Merged::Conflict(_) => None,
    };
    let is_agreed = |text: &String| read(text).is_some_and(|document| agreed.is(document.manifest()));
    let text = merged.filter(is_agreed).unwrap_or_else(|| {
        conflicts.push("both changed the same lines outside of the series and the patches' tables".to_owned());
        texts[1].clone()
    });
    Some(Merge { text: with_block(text, &conflicts), conflicts })
}

fn with_block(text: String, conflicts: &[String]) -> String {
    if conflicts.is_empty() {
        return text;
    }
    let lines: Vec<String> = conflicts.iter().map(|conflict| format!("# {conflict}\n")).collect();
    format!("{BEGIN}\n{}{END}\n{text}", lines.concat())
}

/// Reads the file of a line, whatever workspace it may belong to.
fn read(text: &str) -> Option<Document> {
    let any = Upstream {
        repo: ".".to_owned(),
        remote: None,
        releases: "{version}".to_owned(),
        mainline: None,
        stable: None,
        provenance_style: None,
        pull_requests: None,
    };
    let workspace = Workspace { upstream: Some(any), policy: Policy::default(), lines: Vec::new() };
    Document::parse(text, "pq.toml", Some(&workspace)).ok()
}

/// What both want.
struct Agreed {
    base: (String, Oid),
    branch: String,
    patches: Vec<Patch>,
    moved: Vec<MovedPath>,
    conflicts: Vec<String>,
}

impl Agreed {
    fn of(base: &Manifest, ours: &Manifest, theirs: &Manifest) -> Agreed {
        let mut conflicts = Vec::new();
        let stands = |manifest: &Manifest| (manifest.line.base.clone(), manifest.line.base_commit);
        let shown = |value: &(String, Oid)| value.0.clone();
        let stand = Choice { what: "base".to_owned(), shown: &shown };
        let stand = stand.of(&stands(base), &stands(ours), &stands(theirs), &mut conflicts);
        let branch = Choice { what: "branch".to_owned(), shown: &Clone::clone };
        let branch = branch.of(&base.line.branch, &ours.line.branch, &theirs.line.branch, &mut conflicts);
        let metas = metas(base, ours, theirs, &mut conflicts);
        let order = order(&names(base), &names(ours), &names(theirs), &metas, &mut conflicts);
        let mut metas = metas;
        let patches = order.into_iter().filter_map(|name| Some(Patch { meta: metas.remove(&name)?, name })).collect();
        let moved = moves(&base.moved, &ours.moved, &theirs.moved, &mut conflicts);
        Agreed { base: stand, branch, patches, moved, conflicts }
    }

    /// Makes a file say it.
    fn write(&self, document: &mut Document) {
        let line = document.manifest().line.clone();
        if (&line.base, line.base_commit) != (&self.base.0, self.base.1) {
            document.set_base(&self.base.0, self.base.1);
        }
        if line.branch != self.branch {
            document.set_branch(&self.branch);
        }
        let wanted: HashSet<&PatchName> = self.patches.iter().map(|patch| &patch.name).collect();
        let gone: Vec<PatchName> =
            names(document.manifest()).into_iter().filter(|name| !wanted.contains(name)).collect();
        for name in &gone {
            document.remove(name);
        }
        for (at, patch) in self.patches.iter().enumerate() {
            let is_here = document.manifest().patches.get(at).is_some_and(|here| here.name == patch.name);
            if !is_here && !document.move_to(&patch.name, at) {
                document.insert(at, patch);
            }
        }
        for patch in &self.patches {
            if document.manifest().patch(patch.name.as_str()).is_some_and(|here| here.meta != patch.meta) {
                document.set_meta(&patch.name, &patch.meta);
            }
        }
        document.set_moved(&self.moved);
    }

    fn is(&self, manifest: &Manifest) -> bool {
        let line = &manifest.line;
        (&line.base, line.base_commit, &line.branch) == (&self.base.0, self.base.1, &self.branch)
            && manifest.patches == self.patches
            && manifest.moved == self.moved
    }
}

/// One value, of which two people may want different ones.
struct Choice<'a, T> {
    what: String,
    shown: &'a dyn Fn(&T) -> String,
}

impl<T: Clone + PartialEq> Choice<'_, T> {
    /// What one of them changed, or both alike.
    fn of(&self, base: &T, ours: &T, theirs: &T, conflicts: &mut Vec<String>) -> T {
        if ours == theirs || theirs == base {
            return ours.clone();
        }
        if ours != base {
            conflicts.push(format!("{}: ours {}, theirs {}", self.what, (self.shown)(ours), (self.shown)(theirs)));
            return ours.clone();
        }
        theirs.clone()
    }
}

fn names(manifest: &Manifest) -> Vec<PatchName> {
    manifest.patches.iter().map(|patch| patch.name.clone()).collect()
}

/// What is known of each patch that stays.
fn metas(
    base: &Manifest,
    ours: &Manifest,
    theirs: &Manifest,
    conflicts: &mut Vec<String>,
) -> BTreeMap<PatchName, PatchMeta> {
    let mut metas = BTreeMap::new();
    for patch in ours.patches.iter().chain(&theirs.patches) {
        let of = |manifest: &Manifest| manifest.patch(patch.name.as_str()).map(|patch| patch.meta.clone());
        let meta = match (of(base), of(ours), of(theirs)) {
            (was, Some(ours), Some(theirs)) => {
                Some(meta(&patch.name, &was.unwrap_or_default(), &ours, &theirs, conflicts))
            }
            (None, Some(added), None) | (None, None, Some(added)) => Some(added),
            (Some(was), Some(kept), None) | (Some(was), None, Some(kept)) if was != kept => {
                conflicts
                    .push(format!("patch {}: one takes it out, the other changes what is known of it", patch.name));
                Some(kept)
            }
            _ => None,
        };
        metas.extend(meta.map(|meta| (patch.name.clone(), meta)));
    }
    conflicts.sort();
    conflicts.dedup();
    without_gone(&mut metas);
    metas
}

/// What is gone is required by nobody.
fn without_gone(metas: &mut BTreeMap<PatchName, PatchMeta>) {
    let known: HashSet<PatchName> = metas.keys().cloned().collect();
    for meta in metas.values_mut() {
        meta.requires.retain(|name| known.contains(name));
        if let Some(held) = &mut meta.held {
            held.blocked_by.retain(|name| known.contains(name));
        }
    }
}

fn meta(
    name: &PatchName,
    base: &PatchMeta,
    ours: &PatchMeta,
    theirs: &PatchMeta,
    conflicts: &mut Vec<String>,
) -> PatchMeta {
    macro_rules! key {
        ($field:ident, $key:literal, $shown:expr) => {
            Choice { what: format!("{} of {name}", $key), shown: &$shown }.of(
                &base.$field,
                &ours.$field,
                &theirs.$field,
                conflicts,
            )
        };
    }
    let text = |value: &Option<String>| value.as_ref().map_or("nothing".to_owned(), |value| format!("{value:?}"));
    PatchMeta {
        upstream: key!(upstream, "upstream", |ids: &Option<Vec<String>>| format!(
            "{:?}",
            ids.clone().unwrap_or_default()
        )),
        kind: key!(kind, "kind", |kind: &Option<crate::model::PatchKind>| kind
            .map_or("nothing".to_owned(), |kind| kind.as_str().to_owned())),
        topic: key!(topic, "topic", text),
        pr: key!(pr, "pr", text),
        cve: list(&base.cve, &ours.cve, &theirs.cve),
        owner: key!(owner, "owner", text),
        reason: key!(reason, "reason", text),
        requires: list(&base.requires, &ours.requires, &theirs.requires),
        drop_after: key!(drop_after, "drop-after", text),
        deviation: key!(deviation, "deviation", text),
        quilt: key!(quilt, "quilt", text),
        held: key!(held, "held", |held: &Option<crate::model::Held>| held
            .as_ref()
            .map_or("settled".to_owned(), |held| format!("held since {}", held.base))),
    }
}

/// What is known of files that upstream moved, by their older places.
fn moves(base: &[MovedPath], ours: &[MovedPath], theirs: &[MovedPath], conflicts: &mut Vec<String>) -> Vec<MovedPath> {
    let of = |all: &[MovedPath], from: &str| all.iter().find(|one| one.from == from).cloned();
    let froms = |all: &[MovedPath]| all.iter().map(|one| one.from.clone()).collect::<Vec<_>>();
    let mut merged = Vec::new();
    for from in list(&froms(base), &froms(ours), &froms(theirs)) {
        let nothing = || MovedPath { from: from.clone(), to: Vec::new(), why: None };
        let [was, our, their] = [base, ours, theirs].map(|all| of(all, &from));
        let (our, their) = match (our, their) {
            (Some(our), Some(their)) => (our, their),
            (our, their) => {
                merged.extend(our.or(their));
                continue;
            }
        };
        let was = was.unwrap_or_else(nothing);
        let shown = |why: &Option<String>| format!("{:?}", why.clone().unwrap_or_default());
        let why = Choice { what: format!("why {from:?} moved"), shown: &shown };
        let why = why.of(&was.why, &our.why, &their.why, conflicts);
        let mut to = list(&was.to, &our.to, &their.to);
        if to.is_empty() {
            conflicts.push(format!("where {from:?} moved: ours {:?}, theirs {:?}", our.to, their.to));
            to = our.to;
        }
        merged.push(MovedPath { from, to, why });
    }
    merged
}

/// Ours, with what they added and without what they took away.
fn list<T: Clone + PartialEq>(base: &[T], ours: &[T], theirs: &[T]) -> Vec<T> {
    let kept = ours.iter().filter(|one| theirs.contains(one) || !base.contains(one));
    let added = theirs.iter().filter(|one| !base.contains(one) && !ours.contains(one));
    kept.chain(added).cloned().collect()
}

/// Our order, with what they added behind what stands in front of it there, and what they moved where they moved it.
fn order(
    base: &[PatchName],
    ours: &[PatchName],
    theirs: &[PatchName],
    stays: &BTreeMap<PatchName, PatchMeta>,
    conflicts: &mut Vec<String>,
) -> Vec<PatchName> {
    let (our_moves, their_moves) = (moved(base, ours), moved(base, theirs));
    let before = |order: &[PatchName], name: &PatchName| {
        let at = order.iter().position(|other| other == name).unwrap_or(0);
        order[..at].iter().rev().find(|other| stays.contains_key(*other)).cloned()
    };
    let both = our_moves.intersection(&their_moves);
    let clashes = both.filter(|name| stays.contains_key(*name) && before(ours, name) != before(theirs, name));
    let mut clashes: Vec<&PatchName> = clashes.collect();
    clashes.sort();
    conflicts.extend(clashes.iter().map(|name| format!("place of {name}: both moved it, to different places")));
    let goes = |name: &&PatchName| their_moves.contains(*name) && !our_moves.contains(*name);
    let mut result: Vec<PatchName> =
        ours.iter().filter(|name| stays.contains_key(*name) && !goes(name)).cloned().collect();
    for name in theirs.iter().filter(|name| stays.contains_key(*name)) {
        if result.contains(name) {
            continue;
        }
        let mut at = before(theirs, name)
            .and_then(|front| result.iter().position(|other| *other == front))
            .map_or(0, |at| at + 1);
        // What both added at one place: ours first.
        while result.get(at).is_some_and(|next| !base.contains(next) && !theirs.contains(next)) {
            at += 1;
        }
        result.insert(at, name.clone());
    }
    result
}

/// The names of the base that stand in another order: as few as explain it, by the longest run that kept its order.
fn moved(base: &[PatchName], now: &[PatchName]) -> HashSet<PatchName> {
    let places: HashMap<&PatchName, usize> = base.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let common: Vec<(usize, &PatchName)> = now.iter().filter_map(|name| Some((*places.get(name)?, name))).collect();
    // Patience sorting: `tails[n]` ends the best run of n + 1, `from` leads back along it.
    let (mut tails, mut from): (Vec<usize>, Vec<Option<usize>>) = (Vec::new(), Vec::with_capacity(common.len()));
    for (at, (place, _)) in common.iter().enumerate() {
        let len = tails.partition_point(|end| common[*end].0 < *place);
        from.push(len.checked_sub(1).map(|last| tails[last]));
        if len == tails.len() { tails.push(at) } else { tails[len] = at }
    }
    let mut kept = HashSet::new();
    let mut next = tails.last().copied();
    while let Some(at) = next {
        kept.insert(at);
        next = from[at];
    }
    common.iter().enumerate().filter(|(at, _)| !kept.contains(at)).map(|(_, (_, name))| (*name).clone()).collect()
}

#[cfg(test)]
mod tests;
