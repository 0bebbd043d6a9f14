//! From commits to steps: what each patch does now, `fixup!` and its like in their places.

use bstr::{BString, ByteSlice};

use super::chain::{Fix, Link};
use crate::Result;
use crate::format::patchfile::Message;
use crate::git::renames::join;
use crate::git::{Objects, diff_trees};
use crate::model::Oid;
use crate::ops::replay::{Fate, Replay, Step};
use crate::ops::text;

/// A commit and those that are folded into it.
#[derive(Debug, Clone)]
pub struct Group {
    /// Its place in the chain.
    pub main: usize,
    /// The commits that are folded in, in order.
    pub fixes: Vec<usize>,
}

/// A group on the new series: the trees in front of it and behind it.
pub struct Laid {
    /// The commits.
    pub group: Group,
    /// The trees.
    pub trees: (Oid, Oid),
}

/// Which commit each `fixup!` is for: the last one before it with that subject.
pub fn targets(chain: &[Link]) -> Vec<Option<usize>> {
    let target = |(at, link): (usize, &Link)| {
        let (_, subject) = link.fix()?;
        let is_it = |before: &usize| {
            let other = &chain[*before];
            other.fix().is_none() && (other.commit.subject() == subject || is_id(&other.id, subject))
        };
        (0..at).rev().find(is_it)
    };
    chain.iter().enumerate().map(target).collect()
}

/// `fixup! 1a2b3c4` names a commit by its id.
fn is_id(id: &Oid, subject: &[u8]) -> bool {
    subject.len() >= 7 && id.to_string().as_bytes().starts_with(subject)
}

/// The commits in order, each `fixup!` with its target as far as that gives the same in the end; the others stand for themselves.
///
/// # Errors
/// An object is missing.
pub fn lay(objects: &mut Objects, base: Oid, chain: &[Link]) -> Result<Vec<Laid>> {
    let targets = targets(chain);
    let all: Vec<usize> = (0..chain.len()).filter(|at| targets[*at].is_some()).collect();
    if let Some(laid) = try_lay(objects, base, chain, &targets, &all)? {
        return Ok(laid);
    }
    let mut folded = Vec::new();
    for at in all {
        folded.push(at);
        if try_lay(objects, base, chain, &targets, &folded)?.is_none() {
            folded.pop();
        }
    }
    let laid = try_lay(objects, base, chain, &targets, &folded)?;
    Ok(laid.expect("it was tried, or nothing is folded and nothing moves"))
}

fn try_lay(
    objects: &mut Objects,
    base: Oid,
    chain: &[Link],
    targets: &[Option<usize>],
    folded: &[usize],
) -> Result<Option<Vec<Laid>>> {
    let mut laid = Vec::new();
    let mut tip = base;
    for main in (0..chain.len()).filter(|at| !folded.contains(at)) {
        let fixes: Vec<usize> = folded.iter().copied().filter(|at| targets[*at] == Some(main)).collect();
        let before = tip;
        for at in std::iter::once(main).chain(fixes.iter().copied()) {
            let parent = at.checked_sub(1).map_or(base, |before| chain[before].commit.tree);
            match carried(objects, (parent, chain[at].commit.tree), tip)? {
                Some(tree) => tip = tree,
                None => return Ok(None),
            }
        }
        laid.push(Laid { group: Group { main, fixes }, trees: (before, tip) });
    }
    let end = chain.last().map_or(base, |last| last.commit.tree);
    Ok((tip == end).then_some(laid))
}

/// The step between two trees on another one; `None` if it conflicts there.
fn carried(objects: &mut Objects, (from, to): (Oid, Oid), tip: Oid) -> Result<Option<Oid>> {
    if from == tip {
        return Ok(Some(to));
    }
    let changes = join(objects, diff_trees(objects, from, to)?)?;
    Ok(match Replay::new(objects, from, tip).carry(&Step { changes: &changes, sections: &[] })? {
        Fate::Carried(placed) => Some(placed.tree),
        Fate::Conflict(_) => None,
    })
}

/// What a group says: its first commit's words, with what is folded in, as `git rebase --autosquash` joins them.
pub fn message(chain: &[Link], group: &Group) -> Message {
    let mut message = text::message(&chain[group.main].commit);
    for at in &group.fixes {
        let link = &chain[*at];
        let body = link.commit.message.splitn_str(2, "\n").nth(1).unwrap_or_default().trim();
        match link.fix() {
            Some((Fix::Squash, _)) if !body.is_empty() => {
                message.text = joined(&[message.text.trim_end(), body]);
            }
            Some((Fix::Amend, _)) if !body.is_empty() => message.text = joined(&[body]),
            _ => {}
        }
    }
    message
}

fn joined(parts: &[&[u8]]) -> BString {
    [&parts.join(&b"\n\n"[..])[..], b"\n"].concat().into()
}
