//! Stacks of StGit 2, in and out.

use bstr::{BStr, BString, ByteSlice};

use super::commits::incoming;
use super::error::ExchangeError;
use super::intake::{How, Incoming, Intake, Source};
use super::outgoing::{Outgoing, branch_edit};
use super::report::{IntakeReport, OutgoingReport, PassedOver};
use crate::Result;
use crate::format::mail;
use crate::format::patchfile::Date;
use crate::format::stgit::{Entry as StackEntry, Stack, patch_name};
use crate::git::commit::Actor;
use crate::git::{Commit, Entry, Kind, Objects, RefEdit, Tree};
use crate::model::progress::Watch;
use crate::model::{Mode, Oid};
use crate::ops::chosen::Chosen;
use crate::ops::workbench::Workbench;

/// A stack to import.
#[derive(Debug, Clone)]
pub struct StackOptions {
    /// Its branch.
    pub branch: String,
    /// Whether hidden patches come, too.
    pub hidden: bool,
}

/// Imports a stack: what is applied, then what is not. Of the latter, what does not apply is held.
///
/// # Errors
/// There is no stack, or what is applied conflicts with the queue.
pub fn import_stack(bench: &Workbench, options: &StackOptions, how: &How, watch: &dyn Watch) -> Result<IntakeReport> {
    let intake = Intake::open(bench, how, watch)?;
    let stack = read(bench, &intake.objects, &options.branch)?;
    let bad = |why| ExchangeError::BadStack { branch: options.branch.clone(), why };
    let mut patches: Vec<Incoming> = Vec::new();
    let hidden = if options.hidden { &stack.hidden[..] } else { &[] };
    let extra = stack.unapplied.iter().chain(hidden).map(|name| (name, true));
    for (name, is_extra) in stack.applied.iter().map(|name| (name, false)).chain(extra) {
        let commit = stack.commit(name).map_err(bad)?;
        let one = incoming(&intake.objects, commit, Some(name.as_str().into()))?;
        patches.push(Incoming { is_extra, source: name.as_str().into(), ..one });
    }
    let hidden = stack.hidden.iter().filter(|_| !options.hidden);
    let passed_over =
        hidden.map(|name| PassedOver { source: name.as_str().into(), why: "hidden; `--hidden` takes it" });
    let passed_over = passed_over.collect();
    intake.finish(Source { from: "stgit", what: options.branch.clone(), patches, passed_over })
}

/// The state of a stack, which must be that of its branch.
fn read(bench: &Workbench, objects: &Objects, branch: &str) -> Result<Stack> {
    let Some(state) = bench.repo.read_ref(&format!("refs/stacks/{branch}"))? else {
        return Err(ExchangeError::NoStack(branch.to_owned()).into());
    };
    let tree = Commit::read(objects, state)?.tree;
    let file = Tree::new(tree).get(objects, BStr::new("stack.json"))?.file();
    let file = file.ok_or_else(|| ExchangeError::NoStack(branch.to_owned()))?;
    let bad = |why| ExchangeError::BadStack { branch: branch.to_owned(), why };
    let stack = Stack::parse(&objects.blob(file.id)?).map_err(bad)?;
    let head = bench.repo.read_ref(&format!("refs/heads/{branch}"))?;
    match head.map(|head| head.to_string()).as_ref() == Some(&stack.head) {
        true => Ok(stack),
        false => Err(ExchangeError::StackMoved(branch.to_owned()).into()),
    }
}

/// Writes the queue as a stack: its patches are applied, those that are held are not.
///
/// # Errors
/// The branch, or a stack of that name, is there already.
pub fn export_stack(
    bench: &Workbench,
    branch: &str,
    force: bool,
    when: i64,
    watch: &dyn Watch,
) -> Result<OutgoingReport> {
    let mut objects = bench.repo.objects();
    let applied: Vec<String> = bench.manifest().applied().map(|patch| patch.name.to_string()).collect();
    if applied.is_empty() {
        return Err(ExchangeError::Nothing(bench.manifest().line.name.clone()).into());
    }
    let outgoing = Outgoing::read(bench, &mut objects, &Chosen::of(&applied), watch)?;
    let mut refs: Vec<RefEdit> =
        branch_edit(bench, &format!("refs/heads/{branch}"), outgoing.tip.commit, force)?.into_iter().collect();
    let state_ref = format!("refs/stacks/{branch}");
    let old = bench.repo.read_ref(&state_ref)?;
    if old.is_some() && !force {
        return Err(ExchangeError::StackTaken(branch.to_owned()).into());
    }
    let mut stack = Stack::new(outgoing.tip.commit, old);
    let mut names: Vec<String> = Vec::new();
    for one in &outgoing.patches {
        let name = unused(patch_name(&one.name), &names);
        stack.applied.push(name.clone());
        stack.patches.insert(name.clone(), StackEntry { oid: one.commit.to_string() });
        names.push(name);
    }
    for patch in bench.manifest().held() {
        let Some(held) = patch.meta.held.as_ref().filter(|held| objects.has(held.commit)) else { continue };
        let name = unused(patch_name(&patch.name), &names);
        stack.unapplied.push(name.clone());
        stack.patches.insert(name.clone(), StackEntry { oid: held.commit.to_string() });
        names.push(name);
    }
    let state = write(&mut objects, &stack, old, when)?;
    refs.push(RefEdit { name: state_ref, old, new: Some(state) });
    refs.extend(patch_refs(bench, branch, &stack)?);
    bench.repo.write_objects(&mut objects)?;
    bench.repo.update_refs(&refs, "export stgit")?;
    let files = stack.applied.iter().map(|name| BString::from(name.as_str())).collect();
    Ok(outgoing.report(bench, "stgit", branch.to_owned(), files))
}

fn unused(name: String, taken: &[String]) -> String {
    let numbered = std::iter::once(name.clone()).chain((2..).map(|n| format!("{name}-{n}")));
    numbered.into_iter().find(|name| !taken.contains(name)).expect("there are more numbers than names")
}

/// Each patch has a ref; those of an older stack go.
fn patch_refs(bench: &Workbench, branch: &str, stack: &Stack) -> Result<Vec<RefEdit>> {
    let prefix = format!("refs/patches/{branch}/");
    let mut edits = Vec::new();
    for (name, entry) in &stack.patches {
        let name = format!("{prefix}{name}");
        let (old, new) = (bench.repo.read_ref(&name)?, entry.oid.parse().ok());
        edits.extend((old != new).then_some(RefEdit { name, old, new }));
    }
    for (name, old) in bench.repo.refs_under(&prefix)? {
        let name = name.to_string();
        let is_gone = !stack.patches.contains_key(&name);
        edits.extend(is_gone.then(|| RefEdit { name: format!("{prefix}{name}"), old: Some(old), new: None }));
    }
    Ok(edits)
}

/// More parents than this are grouped.
const PARENTS: usize = 16;

/// The commit of a state: its files, and as parents all that it needs, so that git keeps it. In front of these stands a commit that has only the
/// states before.
fn write(objects: &mut Objects, stack: &Stack, old: Option<Oid>, when: i64) -> Result<Oid> {
    let empty = objects.write(Kind::Tree, Vec::new());
    let mut tree = Tree::new(empty);
    let mut put = |objects: &mut Objects, path: &str, bytes: Vec<u8>| -> Result<()> {
        let id = objects.write(Kind::Blob, bytes);
        Ok(tree.set(objects, path.as_bytes().as_bstr(), Some(Entry { mode: Mode::Regular, id }))?)
    };
    put(objects, "stack.json", stack.to_json())?;
    let mut needed: Vec<Oid> = stack.head.parse().ok().into_iter().collect();
    for (name, entry) in &stack.patches {
        let Ok(id) = entry.oid.parse() else { continue };
        let text = described(objects, id)?;
        put(objects, &format!("patches/{name}"), text)?;
        needed.extend(stack.unapplied.contains(name).then_some(id));
    }
    let tree = tree.write(objects);
    let simple = match old {
        Some(old) => Commit::read(objects, old)?.parents.first().copied(),
        None => None,
    };
    let simple = state(objects, tree, simple.into_iter().collect(), when, "export");
    needed.extend(old);
    while needed.len() >= PARENTS {
        let group: Vec<Oid> = needed.drain(..PARENTS).collect();
        needed.push(state(objects, tree, group, when, "parent grouping"));
    }
    Ok(state(objects, tree, [vec![simple], needed].concat(), when, "export"))
}

fn state(objects: &mut Objects, tree: Oid, parents: Vec<Oid>, when: i64, message: &str) -> Oid {
    let pq = Actor { name: "pq".into(), email: "pq@localhost".into(), seconds: when, offset: "+0000".into() };
    let commit = Commit { tree, parents, author: pq.clone(), committer: pq, encoding: None, message: message.into() };
    objects.write(Kind::Commit, commit.to_bytes())
}

/// What StGit writes of a patch for people to read.
fn described(objects: &Objects, id: Oid) -> Result<Vec<u8>> {
    let commit = Commit::read(objects, id)?;
    let bottom = match commit.parents.first() {
        Some(parent) => Commit::read(objects, *parent)?.tree,
        None => commit.tree,
    };
    let author = &commit.author;
    let date = Date { seconds: author.seconds, offset: author.offset.clone() };
    let date = mail::render_date(&date).unwrap_or_default();
    let head = format!("Bottom: {bottom}\nTop:    {}\nAuthor: ", commit.tree);
    let parts = [head.as_bytes(), &author.name, b" <", &author.email, b">\nDate:   ", date.as_bytes(), b"\n\n"];
    Ok([&parts.concat()[..], &commit.message].concat())
}
