//! The lines of a change as numbers, and how much two changes share.

use serde::{Deserialize, Serialize};

/// The lines of a change as numbers. Blank lines are left out, and blanks at both ends of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The same for two changes that add and remove the same lines, blanks included, in the same order in each file.
    pub exact: u64,
    /// Every removed line once, in order of the numbers.
    pub removed: Vec<u32>,
    /// Every added line once, in order of the numbers.
    pub added: Vec<u32>,
    /// Whether it only puts other numbers and hexadecimal digits in the place of some: a new version of something.
    pub is_bump: bool,
}

/// How many lines two changes have and share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Lines that both have.
    pub shared: usize,
    /// Lines of the one that was asked.
    pub ours: usize,
    /// Lines of the other.
    pub theirs: usize,
}

impl Signature {
    /// How many lines it has.
    pub fn count(&self) -> usize {
        self.removed.len() + self.added.len()
    }

    /// What two changes share.
    pub fn overlap(&self, other: &Signature) -> Overlap {
        let (removed, added) = (shared(&self.removed, &other.removed), shared(&self.added, &other.added));
        Overlap { shared: removed + added, ours: self.count(), theirs: other.count() }
    }

    /// What of their added lines two changes share.
    pub fn overlap_of_added(&self, other: &Signature) -> Overlap {
        Overlap { shared: shared(&self.added, &other.added), ours: self.added.len(), theirs: other.added.len() }
    }

    /// The lines of several changes together.
    pub fn union<'a>(all: impl IntoIterator<Item = &'a Signature>) -> Signature {
        let mut union = Signature { is_bump: true, ..Signature::default() };
        for one in all {
            union.exact = union.exact.wrapping_add(one.exact);
            union.removed.extend(&one.removed);
            union.added.extend(&one.added);
            union.is_bump &= one.is_bump;
        }
        union.normalize();
        union
    }

    /// Whether it adds a line.
    pub fn has_added(&self, line: u32) -> bool {
        self.added.binary_search(&line).is_ok()
    }

    /// The lines that another change lacks.
    pub fn without(&self, other: &Signature) -> Signature {
        let missing = |ours: &[u32], theirs: &[u32]| {
            ours.iter().filter(|line| theirs.binary_search(line).is_err()).copied().collect()
        };
        Signature {
            removed: missing(&self.removed, &other.removed),
            added: missing(&self.added, &other.added),
            ..Signature::default()
        }
    }

    /// What takes the change back.
    pub fn opposite(&self) -> Signature {
        Signature { removed: self.added.clone(), added: self.removed.clone(), ..Signature::default() }
    }

    /// Whether another change does rather the opposite of most of it.
    pub fn is_opposite_of(&self, other: &Signature) -> bool {
        let against = self.overlap(&other.opposite());
        against.of_ours() >= 0.5 && against.shared > self.overlap(other).shared
    }

    /// Puts the lines in order, each once.
    pub fn normalize(&mut self) {
        for lines in [&mut self.removed, &mut self.added] {
            lines.sort_unstable();
            lines.dedup();
        }
    }
}

/// How many numbers two ordered lists share.
fn shared(ours: &[u32], theirs: &[u32]) -> usize {
    let (mut a, mut b) = (ours.iter().peekable(), theirs.iter().peekable());
    let mut shared = 0;
    while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
        let order = left.cmp(right);
        shared += usize::from(order.is_eq());
        if order.is_le() {
            a.next();
        }
        if order.is_ge() {
            b.next();
        }
    }
    shared
}

impl Overlap {
    /// The shared lines among all lines of both (Jaccard's index), 0 to 1.
    pub fn jaccard(&self) -> f64 {
        share(self.shared, self.ours + self.theirs - self.shared)
    }

    /// The share of our lines that they have.
    pub fn of_ours(&self) -> f64 {
        share(self.shared, self.ours)
    }

    /// The share of their lines that we have.
    pub fn of_theirs(&self) -> f64 {
        share(self.shared, self.theirs)
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
