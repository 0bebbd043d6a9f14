//! The graph as a text tree: who stands on whom.

use std::collections::HashSet;

use petgraph::algo::toposort;
use petgraph::algo::tred::{dag_to_toposorted_adjacency_list, dag_transitive_reduction_closure};

use super::{Dependency, Graph};

/// The rows of a text tree, from top to bottom. Under each patch stand those that need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// The rows.
    pub rows: Vec<TreeRow>,
}

/// One row of a text tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeRow {
    /// The position of the patch.
    pub patch: usize,
    /// How far it is indented: 0 for a patch that needs nothing.
    pub depth: usize,
    /// Whether no row of the same depth follows under the same parent.
    pub is_last: bool,
    /// Whether the patch has a row of its own further up, where what stands on it is shown.
    pub is_reference: bool,
    /// The patch that it needs and is shown under; none at depth 0.
    pub parent: Option<usize>,
}

impl Graph {
    /// The tree: each patch once with what stands on it, every further mention as a reference. A dependency that follows from others is
    /// left out. Patches in a circle are shown after all others.
    pub fn tree(&self) -> Tree {
        let children = self.children();
        let mut tree = Growth { children, shown: HashSet::new(), rows: Vec::new() };
        tree.grow(self.roots());
        while let Some(circular) = (0..self.names.len()).find(|patch| !tree.shown.contains(patch)) {
            tree.grow(vec![circular]);
        }
        Tree { rows: tree.rows }
    }

    /// Under each patch the ones that need it, without dependencies that follow from others.
    fn children(&self) -> Vec<Vec<usize>> {
        let mut children = vec![Vec::new(); self.names.len()];
        for edge in self.reduced() {
            children[edge.to].push(edge.from);
        }
        children
    }

    /// The transitive reduction; every edge if there is a circle, where it is not defined.
    fn reduced(&self) -> Vec<&Dependency> {
        let Ok(order) = toposort(&self.graph, None) else {
            return self.edges.iter().collect();
        };
        let (sorted, place) = dag_to_toposorted_adjacency_list::<_, u32>(&self.graph, &order);
        let (reduction, _) = dag_transitive_reduction_closure(&sorted);
        let is_kept = |edge: &&Dependency| reduction.contains_edge(place[edge.from], place[edge.to]);
        self.edges.iter().filter(is_kept).collect()
    }
}

/// A tree while it grows.
struct Growth {
    children: Vec<Vec<usize>>,
    shown: HashSet<usize>,
    rows: Vec<TreeRow>,
}

impl Growth {
    /// Adds rows for patches side by side and for all that stands on them. A stack, not recursion: a queue can be one long chain.
    fn grow(&mut self, roots: Vec<usize>) {
        let mut stack = siblings(&roots, 0, None);
        while let Some(mut row) = stack.pop() {
            row.is_reference = !self.shown.insert(row.patch);
            if !row.is_reference {
                stack.extend(siblings(&self.children[row.patch], row.depth + 1, Some(row.patch)));
            }
            self.rows.push(row);
        }
    }
}

/// Rows under one parent, the first one last: on top of the stack.
fn siblings(patches: &[usize], depth: usize, parent: Option<usize>) -> Vec<TreeRow> {
    let row = |(nth, patch): (usize, &usize)| TreeRow {
        patch: *patch,
        depth,
        parent,
        is_last: nth == 0,
        is_reference: false,
    };
    patches.iter().rev().enumerate().map(row).collect()
}
