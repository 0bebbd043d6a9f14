//! The dependency graph of the queue: which patch needs which, and what that means for an order. petgraph lives here only.
//!
//! [`infer`] reads dependencies from what the patches touch, [`build`] joins them with the explicit ones to a [`Graph`], which answers
//! questions: what a patch needs, what needs it, whether an order is possible, how to show it. Everything here is pure.
//!
//! The promise behind an inferred edge: a patch that does not need another, directly or through others, can be carried onto a tree
//! without it by a three-way merge, and the merge is clean.

mod build;
mod dot;
mod infer;
mod lines;
mod order;
mod queries;
mod tree;

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use bstr::{BString, ByteSlice};
use petgraph::graph::DiGraph;
use serde::{Deserialize, Serialize};

use crate::model::{PatchName, Touch};

pub use build::{GraphError, build};
pub use infer::{infer, infer_all};
pub use order::{Broken, Cycle, Need};
pub use tree::{Tree, TreeRow};

/// One patch of the queue, as the graph sees it. Nodes are given in series order.
#[derive(Debug, Clone, Copy)]
pub struct Node<'a> {
    /// Its name.
    pub name: &'a PatchName,
    /// The patches that it needs by its own statement.
    pub requires: &'a [PatchName],
    /// What it does to which path, with the exact positions of its edits in the file that it applies to.
    pub touches: &'a [Touch],
}

/// Why one patch needs another, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// It changes lines that the other wrote, or stands directly beside them.
    Hunk,
    /// It changes a file that is there, under that name, with that mode or as that whole, because of the other.
    Path,
    /// `requires` says so.
    Explicit,
    /// Their upstream commits say so.
    Upstream,
}

/// Where a patch meets what another one did.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The file, under its name in front of the patch that needs.
    pub path: BString,
    /// The lines that the needed patch wrote there, zero-based, in the file in front of the patch that needs. Empty where it deleted
    /// lines, in front of line `start`, and for [`Reason::Path`].
    pub lines: Range<u32>,
}

/// One patch needs another. Patches are positions in the series, from 0.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Dependency {
    /// The one that needs.
    pub from: usize,
    /// The one needed.
    pub to: usize,
    /// Why.
    pub reason: Reason,
    /// Where, if there is one place.
    pub at: Option<Place>,
}

/// Who needs whom. At most one edge leads from one patch to another: the strongest.
#[derive(Debug, Clone)]
pub struct Graph {
    names: Vec<PatchName>,
    edges: Vec<Dependency>,
    /// The node of a patch has the patch's position as its index; the weight of an edge is its index in `edges`.
    graph: DiGraph<(), usize>,
}

impl Graph {
    /// The graph of whole patches: [`infer`], then [`build`].
    pub fn of(nodes: &[Node<'_>]) -> Result<Graph, GraphError> {
        let names: Vec<PatchName> = nodes.iter().map(|node| node.name.clone()).collect();
        let requires: Vec<&[PatchName]> = nodes.iter().map(|node| node.requires).collect();
        let touches: Vec<&[Touch]> = nodes.iter().map(|node| node.touches).collect();
        build(&names, &requires, &infer(&touches))
    }
}

impl Reason {
    /// The word for it, as in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::Hunk => "hunk",
            Reason::Path => "path",
            Reason::Explicit => "explicit",
            Reason::Upstream => "upstream",
        }
    }
}

/// For people, lines counted from 1: `lines 3-5 of x.c`, `requires`.
pub(crate) fn describe(reason: Reason, at: Option<&Place>) -> String {
    match (reason, at) {
        (Reason::Explicit, _) => "requires".to_owned(),
        (Reason::Upstream, _) => "upstream".to_owned(),
        (Reason::Hunk, Some(place)) => place.to_string(),
        (Reason::Path, Some(place)) => format!("path {}", printable(&place.path)),
        (Reason::Hunk | Reason::Path, None) => reason.as_str().to_owned(),
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = printable(&self.path);
        match (self.lines.start, self.lines.end) {
            (start, end) if end <= start => write!(f, "lines deleted before line {} of {path}", u64::from(start) + 1),
            (start, end) if end - start == 1 => write!(f, "line {end} of {path}"),
            (start, end) => write!(f, "lines {}-{end} of {path}", u64::from(start) + 1),
        }
    }
}

/// A path as it may be shown: quoted and escaped if it holds anything that is not plain text.
fn printable(path: &BString) -> String {
    let quoted = format!("{:?}", path.as_bstr());
    let inner = quoted.trim_start_matches('"').trim_end_matches('"');
    if inner.as_bytes() == path.as_slice() { inner.to_owned() } else { quoted }
}
