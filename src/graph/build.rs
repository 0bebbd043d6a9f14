//! From names, `requires` and inferred dependencies to a graph.

use std::collections::{BTreeMap, HashMap};

use petgraph::graph::{DiGraph, NodeIndex};

use super::{Dependency, Graph, Reason};
use crate::error::{Hint, Kind};
use crate::model::PatchName;

/// Why there is no graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// `requires` names a patch that is not in the queue.
    #[error("patch `{patch}` requires `{requires}`, which is not in the series")]
    UnknownRequirement {
        /// The patch that requires.
        patch: PatchName,
        /// What it requires.
        requires: PatchName,
        /// The name in the series that looks most like it.
        similar: Option<PatchName>,
    },
    /// An inferred dependency points outside of the series: it belongs to another queue.
    #[error("a dependency between patches {from} and {to} was given for a series of {len}")]
    OutOfRange {
        /// The patch that needs.
        from: usize,
        /// The patch needed.
        to: usize,
        /// How many patches there are.
        len: usize,
    },
}

impl Hint for GraphError {
    fn kind(&self) -> Kind {
        match self {
            GraphError::UnknownRequirement { .. } => Kind::User,
            GraphError::OutOfRange { .. } => Kind::Bug,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            GraphError::UnknownRequirement { patch, similar: Some(similar), .. } => {
                Some(format!("did you mean `{similar}`? correct `requires` of [patch.{patch}] in pq.toml"))
            }
            GraphError::UnknownRequirement { patch, requires, similar: None } => Some(format!(
                "add `{requires}` to the series, or take it out of `requires` of [patch.{patch}] in pq.toml"
            )),
            GraphError::OutOfRange { .. } => None,
        }
    }
}

/// Joins explicit and inferred dependencies. `names` are in series order and unique, `requires` holds one slice per name.
pub fn build(names: &[PatchName], requires: &[&[PatchName]], inferred: &[Dependency]) -> Result<Graph, GraphError> {
    let mut strongest = BTreeMap::new();
    for dependency in inferred {
        check_range(dependency, names.len())?;
        keep_strongest(&mut strongest, dependency.clone());
    }
    for dependency in explicit(names, requires)? {
        keep_strongest(&mut strongest, dependency);
    }
    Ok(Graph::new(names.to_vec(), strongest.into_values().collect()))
}

impl Graph {
    /// One of edges that are in order, each pair of patches in it once.
    pub(super) fn new(names: Vec<PatchName>, edges: Vec<Dependency>) -> Graph {
        let mut graph = DiGraph::with_capacity(names.len(), edges.len());
        for _ in &names {
            graph.add_node(());
        }
        for (index, edge) in edges.iter().enumerate() {
            graph.add_edge(NodeIndex::new(edge.from), NodeIndex::new(edge.to), index);
        }
        Graph { names, edges, graph }
    }
}

fn check_range(dependency: &Dependency, len: usize) -> Result<(), GraphError> {
    let Dependency { from, to, .. } = *dependency;
    if from.max(to) < len { Ok(()) } else { Err(GraphError::OutOfRange { from, to, len }) }
}

fn keep_strongest(strongest: &mut BTreeMap<(usize, usize), Dependency>, dependency: Dependency) {
    let known = strongest.entry((dependency.from, dependency.to)).or_insert_with(|| dependency.clone());
    if dependency.reason < known.reason {
        *known = dependency;
    }
}

fn explicit(names: &[PatchName], requires: &[&[PatchName]]) -> Result<Vec<Dependency>, GraphError> {
    let positions: HashMap<&PatchName, usize> = names.iter().enumerate().map(|(at, name)| (name, at)).collect();
    let stated = requires.iter().enumerate().flat_map(|(from, names)| names.iter().map(move |name| (from, name)));
    let dependency = |(from, name): (usize, &PatchName)| match positions.get(name) {
        Some(&to) => Ok(Dependency { from, to, reason: Reason::Explicit, at: None }),
        None => Err(unknown(names, from, name)),
    };
    stated.map(dependency).collect()
}

fn unknown(names: &[PatchName], from: usize, requires: &PatchName) -> GraphError {
    let likeness = |name: &PatchName| strsim::jaro_winkler(name.as_str(), requires.as_str());
    let similar = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let similar = similar.filter(|name| likeness(name) > 0.85).cloned();
    GraphError::UnknownRequirement { patch: names[from].clone(), requires: requires.clone(), similar }
}
