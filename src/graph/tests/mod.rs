//! Tests of the graph: small cases by hand here, random histories against a slow model and against git itself beside.

mod against_git;
mod against_model;
mod history;
mod inferred;
mod orders;
mod shown;

use super::*;
use crate::model::{Content, Edit, Mode};

/// Replaces `old_len` lines from `old_start` on by `new_len` lines.
fn edit(old_start: u32, old_len: u32, new_start: u32, new_len: u32) -> Edit {
    Edit { old_start, old_len, new_start, new_len }
}

/// A change of lines in a regular file.
fn lines(path: &str, edits: &[Edit]) -> Touch {
    let mode = Some(Mode::Regular);
    let content = Content::Lines(edits.to_vec());
    Touch {
        old_path: Some(path.into()),
        new_path: Some(path.into()),
        old_mode: mode,
        new_mode: mode,
        is_copy: false,
        content,
    }
}

/// A new file of `len` lines.
fn created(path: &str, len: u32) -> Touch {
    let edits = [edit(0, 0, 0, len)];
    Touch { old_path: None, old_mode: None, ..lines(path, if len == 0 { &[] } else { &edits }) }
}

/// A file of `len` lines that goes.
fn deleted(path: &str, len: u32) -> Touch {
    Touch { new_path: None, new_mode: None, ..lines(path, &[edit(0, len, 0, 0)]) }
}

/// A file that moves unchanged.
fn renamed(from: &str, to: &str) -> Touch {
    Touch { new_path: Some(to.into()), content: Content::Same, ..lines(from, &[]) }
}

/// A file that is copied unchanged.
fn copied(from: &str, to: &str) -> Touch {
    Touch { is_copy: true, ..renamed(from, to) }
}

/// A file that becomes executable.
fn made_executable(path: &str) -> Touch {
    Touch { new_mode: Some(Mode::Executable), ..renamed(path, path) }
}

/// A file that is replaced as a whole.
fn replaced(path: &str) -> Touch {
    Touch { content: Content::Whole, ..lines(path, &[]) }
}

fn names(names: &[&str]) -> Vec<PatchName> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// The inferred edges as text: `1>0 hunk lines 3-5 of x.c`.
fn inferred(patches: &[&[Touch]]) -> Vec<String> {
    let text = |edge: Dependency| format!("{}>{} {}", edge.from, edge.to, describe(edge.reason, edge.at.as_ref()));
    infer(patches).into_iter().map(text).collect()
}

/// A graph of explicit edges over patches `a`, `b`, `c`, …
fn explicit(count: usize, edges: &[(usize, usize)]) -> Graph {
    let names: Vec<PatchName> = ('a'..='z').take(count).map(|c| c.to_string().parse().unwrap()).collect();
    let edge = |&(from, to): &(usize, usize)| Dependency { from, to, reason: Reason::Explicit, at: None };
    build(&names, &[], &edges.iter().map(edge).collect::<Vec<_>>()).unwrap()
}
