//! Questions about the graph. Patches are positions in the series; every answer is in series order.

use std::collections::{BTreeSet, HashMap, HashSet};

use petgraph::Direction::{self, Incoming, Outgoing};
use petgraph::graph::NodeIndex;
use petgraph::unionfind::UnionFind;
use petgraph::visit::{Dfs, Reversed};

use super::{Dependency, Graph};
use crate::model::PatchName;

impl Graph {
    /// The patches, in series order.
    pub fn names(&self) -> &[PatchName] {
        &self.names
    }

    /// The graph of some patches, of those that they need and of those that need them: the dependencies that have one of them at an end.
    pub fn around(&self, patches: &HashSet<usize>) -> Graph {
        let mut edges: Vec<Dependency> = self.edges.clone();
        edges.retain(|edge| patches.contains(&edge.from) || patches.contains(&edge.to));
        let kept: BTreeSet<usize> =
            patches.iter().copied().chain(edges.iter().flat_map(|edge| [edge.from, edge.to])).collect();
        let places: HashMap<usize, usize> = kept.iter().enumerate().map(|(new, old)| (*old, new)).collect();
        for edge in &mut edges {
            (edge.from, edge.to) = (places[&edge.from], places[&edge.to]);
        }
        Graph::new(kept.iter().map(|at| self.names[*at].clone()).collect(), edges)
    }

    /// Every dependency, ordered by `from`, then by `to`.
    pub fn edges(&self) -> &[Dependency] {
        &self.edges
    }

    /// The dependency of one patch on another, if there is one.
    pub fn edge(&self, from: usize, to: usize) -> Option<&Dependency> {
        let found = self.edges.binary_search_by_key(&(from, to), |edge| (edge.from, edge.to));
        found.ok().map(|at| &self.edges[at])
    }

    /// What a patch needs directly. Panics if there is no such patch, as all questions about one do.
    pub fn needs(&self, patch: usize) -> Vec<usize> {
        self.neighbours(patch, Outgoing)
    }

    /// What needs a patch directly.
    pub fn needed_by(&self, patch: usize) -> Vec<usize> {
        self.neighbours(patch, Incoming)
    }

    /// All that a patch stands on: what it needs, what that needs, and so on. The patch itself is among them only if it is in a cycle.
    pub fn all_needs(&self, patch: usize) -> Vec<usize> {
        let mut dfs = Dfs::empty(&self.graph);
        dfs.stack.extend(self.graph.neighbors(NodeIndex::new(patch)));
        sorted(std::iter::from_fn(|| dfs.next(&self.graph)))
    }

    /// All that stands on a patch: its impact.
    pub fn all_needed_by(&self, patch: usize) -> Vec<usize> {
        let mut dfs = Dfs::empty(&self.graph);
        dfs.stack.extend(self.graph.neighbors_directed(NodeIndex::new(patch), Incoming));
        sorted(std::iter::from_fn(|| dfs.next(Reversed(&self.graph))))
    }

    /// The patches that need nothing.
    pub fn roots(&self) -> Vec<usize> {
        sorted(self.graph.externals(Outgoing))
    }

    /// The patches that nothing needs.
    pub fn leaves(&self) -> Vec<usize> {
        sorted(self.graph.externals(Incoming))
    }

    /// The groups of patches that have to do with one another, each in series order, ordered by their first patch. A patch without any
    /// dependency is a group of its own.
    pub fn components(&self) -> Vec<Vec<usize>> {
        let mut sets = UnionFind::<usize>::new(self.names.len());
        for edge in &self.edges {
            sets.union(edge.from, edge.to);
        }
        let mut components: Vec<Vec<usize>> = Vec::new();
        let mut component_of = vec![None; self.names.len()];
        for patch in 0..self.names.len() {
            let at = *component_of[sets.find(patch)].get_or_insert_with(|| {
                components.push(Vec::new());
                components.len() - 1
            });
            components[at].push(patch);
        }
        components
    }

    fn neighbours(&self, patch: usize, direction: Direction) -> Vec<usize> {
        sorted(self.graph.neighbors_directed(NodeIndex::new(patch), direction))
    }
}

fn sorted(nodes: impl Iterator<Item = NodeIndex>) -> Vec<usize> {
    let mut patches: Vec<usize> = nodes.map(NodeIndex::index).collect();
    patches.sort_unstable();
    patches
}
