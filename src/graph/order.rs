//! Orders: the one that keeps every dependency, and what another one breaks.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::fmt;

use petgraph::algo::tarjan_scc;
use petgraph::graph::NodeIndex;

use super::{Dependency, Graph, Place, Reason, describe};
use crate::error::{Hint, Kind};
use crate::model::PatchName;

/// A dependency with names: `b needs a (lines 3-5 of x.c)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The position of the patch that needs.
    pub from: usize,
    /// The position of the patch needed.
    pub to: usize,
    /// Why.
    pub reason: Reason,
    /// Where, if there is one place.
    pub at: Option<Place>,
    /// The name of the patch that needs.
    pub from_name: PatchName,
    /// The name of the patch needed.
    pub to_name: PatchName,
}

/// A dependency that an order does not keep.
pub type Broken = Need;

/// Patches that need one another in a circle: each one the next, the last one the first. No order keeps all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("patches need one another in a circle: {}", listed(.needs))]
pub struct Cycle {
    /// The dependencies of the circle.
    pub needs: Vec<Need>,
}

impl Hint for Cycle {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        let stated = self.needs.iter().find(|need| need.reason == Reason::Explicit)?;
        Some(format!("take `{}` out of `requires` of [patch.{}] in pq.toml", stated.to_name, stated.from_name))
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} needs {} ({})", self.from_name, self.to_name, describe(self.reason, self.at.as_ref()))
    }
}

fn listed(needs: &[Need]) -> String {
    needs.iter().map(Need::to_string).collect::<Vec<_>>().join(", ")
}

impl Graph {
    /// A dependency with names.
    pub fn named(&self, dependency: &Dependency) -> Need {
        let Dependency { from, to, reason, at } = dependency.clone();
        Need { from, to, reason, at, from_name: self.names[from].clone(), to_name: self.names[to].clone() }
    }

    /// The dependencies that an order breaks: the needed patch comes after the one that needs it, or not at all. Patches that are not
    /// in the order need nothing.
    pub fn check_order(&self, order: &[usize]) -> Vec<Broken> {
        let place: HashMap<usize, usize> = order.iter().enumerate().map(|(place, patch)| (*patch, place)).collect();
        let is_broken = |edge: &&Dependency| match (place.get(&edge.from), place.get(&edge.to)) {
            (Some(from), Some(to)) => to >= from,
            (Some(_), None) => true,
            (None, _) => false,
        };
        self.edges.iter().filter(is_broken).map(|edge| self.named(edge)).collect()
    }

    /// An order that keeps every dependency and is the series order wherever they allow: a patch that stands before what it needs waits
    /// until that has come, and no longer. This is Kahn's algorithm with the earliest patch first.
    pub fn order(&self) -> Result<Vec<usize>, Cycle> {
        let mut missing: Vec<usize> = (0..self.names.len()).map(|patch| self.needs(patch).len()).collect();
        let mut ready: BinaryHeap<_> = self.roots().into_iter().map(Reverse).collect();
        let mut order = Vec::with_capacity(self.names.len());
        while let Some(Reverse(patch)) = ready.pop() {
            order.push(patch);
            for waiting in self.needed_by(patch) {
                missing[waiting] -= 1;
                if missing[waiting] == 0 {
                    ready.push(Reverse(waiting));
                }
            }
        }
        if order.len() == self.names.len() { Ok(order) } else { Err(self.cycle()) }
    }

    /// The shortest circle through the earliest patch that is in one.
    fn cycle(&self) -> Cycle {
        let is_cyclic =
            |component: &Vec<NodeIndex>| component.len() > 1 || self.graph.contains_edge(component[0], component[0]);
        let members = tarjan_scc(&self.graph).into_iter().filter(is_cyclic).flatten();
        let start = members.map(NodeIndex::index).min().unwrap_or_default();
        Cycle { needs: self.way_back(start).into_iter().map(|edge| self.named(edge)).collect() }
    }

    /// The dependencies of a shortest way from a patch back to itself, found breadth first.
    fn way_back(&self, start: usize) -> Vec<&Dependency> {
        let mut reached_by: HashMap<usize, &Dependency> = HashMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(patch) = queue.pop_front().filter(|_| !reached_by.contains_key(&start)) {
            for edge in self.needs(patch).into_iter().filter_map(|to| self.edge(patch, to)) {
                reached_by.entry(edge.to).or_insert_with(|| {
                    queue.push_back(edge.to);
                    edge
                });
            }
        }
        let mut way = Vec::new();
        let mut at = start;
        while let Some(edge) = reached_by.get(&at) {
            way.push(*edge);
            at = edge.from;
            if at == start {
                break;
            }
        }
        way.reverse();
        way
    }
}
