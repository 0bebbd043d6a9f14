//! The patches that an edit is about, and those that have to go with them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::OpError;
use super::materialize::{explained, graph};
use super::workbench::Workbench;
use crate::Result;
use crate::git::Objects;
use crate::graph::Graph;
use crate::model::PatchName;
use crate::model::progress::Watch;

/// The patches that an edit is about.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// Selectors, as typed.
    pub selectors: Vec<String>,
    /// Topics, of which all patches are meant.
    pub topics: Vec<String>,
    /// What to do with patches that would lose what they need.
    pub dependents: Dependents,
}

/// What to do with patches whose dependency an edit would break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dependents {
    /// Refuse the edit, and say which lines are why.
    #[default]
    Refuse,
    /// Do the same to them.
    Take,
}

/// One patch needs another, and an order breaks that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The patch that needs.
    pub from: PatchName,
    /// The patch needed.
    pub to: PatchName,
    /// In words.
    pub reason: String,
}

/// What the order of the series must keep: read once, asked often.
pub struct Order<'a> {
    bench: &'a Workbench,
    graph: Graph,
    /// What is broken as it is. That is not an edit's doing.
    before: BTreeSet<(PatchName, PatchName)>,
}

impl Chosen {
    /// These patches and no others.
    pub fn of<S: AsRef<str>>(names: &[S]) -> Chosen {
        Chosen { selectors: names.iter().map(|name| name.as_ref().to_owned()).collect(), ..Chosen::default() }
    }

    /// Whether nothing was chosen: where that means all.
    pub fn is_nothing(&self) -> bool {
        self.selectors.is_empty() && self.topics.is_empty()
    }

    /// Their names, in the order in which they were chosen.
    ///
    /// # Errors
    /// A selector means no patch.
    pub fn names(&self, bench: &Workbench) -> Result<Vec<PatchName>> {
        bench.select(&self.selectors, &self.topics)
    }
}

impl<'a> Order<'a> {
    /// As the queue is.
    ///
    /// # Errors
    /// A patch does not apply.
    pub fn read(bench: &'a Workbench, objects: &mut Objects, watch: &dyn Watch) -> Result<Order<'a>> {
        let mut order = Order { bench, graph: graph(bench, objects, watch)?, before: BTreeSet::new() };
        let now: Vec<PatchName> = bench.manifest().patches.iter().map(|patch| patch.name.clone()).collect();
        order.before = order.broken(&now).into_iter().map(|broken| (broken.from, broken.to)).collect();
        Ok(order)
    }

    /// The dependencies that an order breaks and the present one keeps. Patches that are not in it need nothing.
    pub fn broken(&self, order: &[PatchName]) -> Vec<Broken> {
        let names = self.graph.names();
        let positions: HashMap<&PatchName, usize> = names.iter().enumerate().map(|(at, name)| (name, at)).collect();
        let places: Vec<usize> = order.iter().filter_map(|name| positions.get(name).copied()).collect();
        let mut broken = self.held(order);
        broken.extend(self.graph.check_order(&places).into_iter().map(|need| {
            let reason = need.to_string();
            Broken { from: need.from_name, to: need.to_name, reason }
        }));
        broken.retain(|one| !self.before.contains(&(one.from.clone(), one.to.clone())));
        broken
    }

    /// The held patches that others state as required and the order has not, or has later. That a held patch waits for one that goes is no
    /// reason to keep it: it will be tried without.
    fn held(&self, order: &[PatchName]) -> Vec<Broken> {
        let is_held = |name: &PatchName| {
            self.bench.manifest().patch(name.as_str()).is_some_and(|patch| patch.meta.held.is_some())
        };
        let places: BTreeMap<&PatchName, usize> = order.iter().enumerate().map(|(at, name)| (name, at)).collect();
        let mut broken = Vec::new();
        for patch in self.bench.manifest().patches.iter().filter(|patch| places.contains_key(&patch.name)) {
            let mut add =
                |to: &PatchName, reason| broken.push(Broken { from: patch.name.clone(), to: to.clone(), reason });
            // Between two patches that are applied the graph knows it already.
            let stated = patch.meta.requires.iter().filter(|name| is_held(name) || patch.meta.held.is_some());
            for needed in stated.clone().filter(|name| !places.contains_key(name)) {
                add(needed, format!("{} needs {needed} (requires)", patch.name));
            }
            let waits_for = patch.meta.held.iter().flat_map(|held| &held.blocked_by);
            for later in waits_for.chain(stated).filter(|name| places.get(name) > places.get(&patch.name)) {
                add(later, format!("{} waits for {later}", patch.name));
            }
        }
        broken
    }

    /// An error with every line that says why, if the order breaks something.
    ///
    /// # Errors
    /// See above.
    pub fn check(&self, objects: &mut Objects, order: &[PatchName], what: &str, watch: &dyn Watch) -> Result<()> {
        let broken = self.broken(order);
        if broken.is_empty() {
            return Ok(());
        }
        let mut reasons: Vec<String> = Vec::new();
        let all = explained(self.bench, objects, watch)?;
        for one in broken {
            let places = all.iter().filter(|need| need.from_name == one.from && need.to_name == one.to);
            let places: Vec<String> = places.filter_map(|need| need.at.as_ref()).map(ToString::to_string).collect();
            reasons.push(match places.len() {
                0 | 1 => one.reason,
                _ => format!("{} needs {} ({})", one.from, one.to, places.join("; ")),
            });
        }
        Err(OpError::BreaksDependencies { what: what.to_owned(), reasons }.into())
    }

    /// What has to go if these go: all that needs them, directly or through others.
    pub fn with_dependents(&self, names: &[PatchName]) -> Vec<PatchName> {
        let mut gone: BTreeSet<PatchName> = names.iter().cloned().collect();
        loop {
            let all = self.bench.manifest().patches.iter().map(|patch| &patch.name);
            let order: Vec<PatchName> = all.filter(|name| !gone.contains(*name)).cloned().collect();
            let before = gone.len();
            gone.extend(
                self.broken(&order)
                    .into_iter()
                    .filter(|one| gone.contains(&one.to))
                    .map(|one| one.from)
                    .collect::<Vec<_>>(),
            );
            if gone.len() == before {
                break;
            }
        }
        names.iter().cloned().chain(self.in_series(&gone).filter(|name| !names.contains(name)).cloned()).collect()
    }

    /// Those of the names that are in the series, in its order.
    pub fn in_series<'s>(&'s self, names: &'s BTreeSet<PatchName>) -> impl Iterator<Item = &'s PatchName> {
        self.bench.manifest().patches.iter().map(|patch| &patch.name).filter(|name| names.contains(*name))
    }
}
