//! Patches that conflict, and how such conflicts were settled before.

use super::{Become, How, OldStep};
use crate::Result;
use crate::model::{Conflict, Outcome};
use crate::ops::answers::{Asked, Whole, WholeAnswer};
use crate::ops::replay::{Fate, Replay};

impl<'k> How<'_, '_, 'k> {
    /// A patch that conflicts, as it was settled before. One that would vanish is for a person to look at.
    pub(super) fn recorded(
        &self,
        replay: &mut Replay<'k>,
        step: &OldStep<'_>,
        asked: &mut Vec<Asked>,
    ) -> Result<Option<Become>> {
        let (answers, _) = self.known;
        if answers.is_empty() {
            return Ok(None);
        }
        let clashes = replay.clashes(&step.step())?;
        if let Some(settled) = self.whole(replay, step, &clashes)? {
            return Ok(Some(Become::Settled(settled)));
        }
        let fate = replay.carry_with(answers, &step.patch.name, &step.step())?;
        *asked = replay.asked().to_vec();
        Ok(match fate {
            Fate::Carried(placed) if placed.outcome == Outcome::Resolved => Some(Become::Placed(placed)),
            _ => None,
        })
    }

    /// The answer to all that a patch conflicts with, if there is one.
    pub(super) fn whole(
        &self,
        replay: &mut Replay<'k>,
        step: &OldStep<'_>,
        conflicts: &[(usize, Conflict)],
    ) -> Result<Option<Box<WholeAnswer>>> {
        let (answers, generated) = self.known;
        if answers.is_empty() {
            return Ok(None);
        }
        let tip = replay.tip();
        let settled = Whole { step, tip, generated }.ask(replay.objects(), answers, conflicts)?;
        if let Some(settled) = &settled {
            replay.jump(settled.placed.tree);
        }
        Ok(settled.map(Box::new))
    }
}
