//! Which patches a selector means.

use super::error::OpError;
use super::materialize::materialize;
use super::position::{self, Place, PositionError};
use super::workbench::Workbench;
use crate::Result;
use crate::error::{Hint, Kind};
use crate::model::selector::{Point, Start, number};
use crate::model::{Patch, PatchName, Selector, Silent};

/// How many candidates an error lists.
const MANY: usize = 5;

/// How much alike two names must be for one to be meant by the other, of 1000.
const NEAR: u32 = 820;

/// Why a selector means nothing.
#[derive(Debug, thiserror::Error)]
pub enum SelectError {
    /// There are not so many patches.
    #[error("there is no patch {number}: the series has {there}")]
    NoSuchNumber {
        /// As typed.
        number: usize,
        /// How many there are.
        there: usize,
    },
    /// Counted down beyond the first patch.
    #[error("{selector:?} is below the first patch: only {there} are below {start}")]
    TooDeep {
        /// As typed.
        selector: String,
        /// Where the counting starts.
        start: PatchName,
        /// How many are below it.
        there: usize,
    },
    /// A range where one patch is wanted.
    #[error("{0:?} names several patches; this takes one")]
    Several(String),
    /// The end of a range is in front of its start.
    #[error("{range:?} is empty: {last} comes before {first} in the series")]
    Backwards {
        /// As typed.
        range: String,
        /// Its start.
        first: PatchName,
        /// Its end.
        last: PatchName,
    },
    /// No patch belongs to that topic.
    #[error("no patch has the topic {topic:?}")]
    NoSuchTopic {
        /// As typed.
        topic: String,
        /// Topics that are close.
        near: Vec<String>,
    },
}

impl Hint for SelectError {
    fn kind(&self) -> Kind {
        Kind::User
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            SelectError::NoSuchNumber { .. } | SelectError::TooDeep { .. } => {
                "`pq series` lists the patches with their numbers".into()
            }
            SelectError::Several(_) => "name one patch: NAME, the start of a name, a number or @top".into(),
            SelectError::Backwards { first, last, .. } => format!("{last}..{first}"),
            SelectError::NoSuchTopic { near, .. } if near.is_empty() => "`topic` in pq.toml gives a patch one".into(),
            SelectError::NoSuchTopic { near, .. } => format!("did you mean {}?", near.join(" or ")),
        })
    }
}

impl Workbench {
    /// The one patch that a selector means. A patch of exactly that name goes before everything else.
    ///
    /// # Errors
    /// It means none, or several.
    pub fn patch(&self, selector: &str) -> Result<&Patch> {
        if let Some(exact) = self.manifest().patch(selector) {
            return Ok(exact);
        }
        match Selector::parse(selector) {
            Selector::One(point) => Ok(&self.manifest().patches[self.point(&point, selector)?]),
            Selector::Range(..) => Err(SelectError::Several(selector.to_owned()).into()),
        }
    }

    /// All patches that selectors and topics mean, each once, in the order in which they were named.
    ///
    /// # Errors
    /// One of them means none.
    pub fn select(&self, selectors: &[String], topics: &[String]) -> Result<Vec<PatchName>> {
        let patches = &self.manifest().patches;
        let mut found: Vec<PatchName> = Vec::new();
        for selector in selectors {
            let Selector::Range(first, last) = Selector::parse(selector) else {
                found.push(self.patch(selector)?.name.clone());
                continue;
            };
            let end = |point: Option<Point>| point.map(|point| self.point(&point, selector)).transpose();
            let (first, last) = (end(first)?.unwrap_or(0), end(last)?.unwrap_or(patches.len().saturating_sub(1)));
            if first > last {
                let (first, last) = (patches[first].name.clone(), patches[last].name.clone());
                return Err(SelectError::Backwards { range: selector.clone(), first, last }.into());
            }
            found.extend(patches.iter().take(last + 1).skip(first).map(|patch| patch.name.clone()));
        }
        for topic in topics {
            found.extend(self.topic(topic)?);
        }
        let mut seen = std::collections::BTreeSet::new();
        found.retain(|name| seen.insert(name.clone()));
        Ok(found)
    }

    fn topic(&self, topic: &str) -> Result<Vec<PatchName>> {
        let has = |patch: &&Patch| patch.meta.topic.as_deref() == Some(topic);
        let found: Vec<PatchName> =
            self.manifest().patches.iter().filter(has).map(|patch| patch.name.clone()).collect();
        if !found.is_empty() {
            return Ok(found);
        }
        let mut all: Vec<&str> = self.manifest().patches.iter().filter_map(|it| it.meta.topic.as_deref()).collect();
        all.sort_unstable();
        all.dedup();
        Err(SelectError::NoSuchTopic { topic: topic.to_owned(), near: near(topic, all.into_iter()) }.into())
    }

    fn point(&self, point: &Point, typed: &str) -> Result<usize> {
        let start = match &point.start {
            Start::Top => self.top()?,
            Start::Name(name) => self.named(name)?,
        };
        start.checked_sub(point.below).ok_or_else(|| {
            let (selector, name) = (typed.to_owned(), self.manifest().patches[start].name.clone());
            SelectError::TooDeep { selector, start: name, there: start }.into()
        })
    }

    /// An exact name, else a number, else the start of a name.
    fn named(&self, name: &str) -> Result<usize> {
        let patches = &self.manifest().patches;
        if let Some(exact) = patches.iter().position(|patch| patch.name.as_str() == name) {
            return Ok(exact);
        }
        if let Some(at) = number(name).filter(|number| *number <= patches.len()) {
            return Ok(at - 1);
        }
        let starts = |(_, patch): &(usize, &Patch)| !name.is_empty() && patch.name.as_str().starts_with(name);
        let mut starting = patches.iter().enumerate().filter(starts);
        match (starting.next(), starting.next()) {
            (None, _) => Err(match number(name) {
                Some(number) => SelectError::NoSuchNumber { number, there: patches.len() }.into(),
                None => self.no_such_patch(name).into(),
            }),
            (Some((only, _)), None) => Ok(only),
            (Some(first), Some(second)) => {
                let all = [first, second].into_iter().chain(starting).take(MANY);
                let candidates = all.map(|(_, patch)| patch.name.to_string()).collect();
                Err(OpError::AmbiguousPatch { name: name.to_owned(), candidates }.into())
            }
        }
    }

    /// The last patch that is applied in the worktree that is meant; if that is at none, the last one of the queue.
    fn top(&self) -> Result<usize> {
        let names = position::names(self);
        let at = self.applied_here()?.unwrap_or(names.len());
        let top = at.checked_sub(1).ok_or(PositionError::AtStart)?;
        Ok(self.manifest().positions()[&names[top]])
    }

    /// How many patches are applied in the worktree that is meant, if it stands in the queue.
    pub fn applied_here(&self) -> Result<Option<usize>> {
        let Some(which) = &self.which else { return Ok(None) };
        let series = materialize(self, &mut self.repo.objects(), &Silent)?;
        Ok(Place::find(self, &series, which).ok().map(|place| place.at))
    }

    fn no_such_patch(&self, name: &str) -> OpError {
        let all = self.manifest().patches.iter().map(|patch| patch.name.as_str());
        OpError::NoSuchPatch { name: name.to_owned(), near: near(name, all) }
    }
}

/// The texts that are most like another one: three at most.
fn near<'a>(text: &str, all: impl Iterator<Item = &'a str>) -> Vec<String> {
    let score = |other: &str| (strsim::jaro_winkler(text, other) * 1000.0) as u32;
    let mut near: Vec<(u32, &str)> = all.map(|other| (score(other), other)).collect();
    near.sort_by(|a, b| b.cmp(a));
    near.into_iter().filter(|(score, _)| *score > NEAR).take(3).map(|(_, other)| other.to_owned()).collect()
}
