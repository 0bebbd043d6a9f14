//! What taking an upstream commit would come to: the other half of `pq why`.

use super::why::commit;
use super::{parts, pick};
use crate::ops::pick::{OnLine, Prospect, Why};
use crate::ui::{Report, Screen, bad, dim, good, name, text};

impl Report for Prospect {
    const KIND: &'static str = "prospect/1";

    fn human(&self, screen: &mut Screen) {
        screen.line(commit(&self.commit));
        if let Some(about) = self.lines.iter().find_map(|line| line.pick.about()) {
            pick::about(about, screen);
        }
        self.lines.iter().for_each(|line| on_line(line, screen));
        next(self, screen);
    }
}

/// The way to the first line that can have it.
fn next(report: &Prospect, screen: &mut Screen) {
    let id = report.commit.commit.short();
    let ready = |line: &&OnLine| !line.pick.picked.is_empty();
    let helped = |line: &&OnLine| line.pick.failed.iter().any(|one| one.makes_it_clean);
    let (line, option, why) = match report.lines.iter().find(ready) {
        Some(line) => (line, None, "takes it"),
        None => match report.lines.iter().find(helped) {
            Some(line) => (line, Some("--with-prerequisites"), "takes along what it needs"),
            None => match report.lines.iter().find(|line| line.pick.has_conflict()) {
                Some(line) => (line, Some("--hold"), "adds it, to be settled"),
                None => return,
            },
        },
    };
    let mut words = vec!["pq"];
    if report.lines.len() > 1 {
        words.extend(["--line", line.pick.line.as_str()]);
    }
    words.push("pick");
    words.extend(option);
    words.push(&id);
    screen.next(&words, why);
}

fn on_line(line: &OnLine, screen: &mut Screen) {
    screen.line(text![name(&line.pick.line), dim(format!(" on {}", line.base))]);
    for one in &line.pick.picked {
        screen.line(text!["  ", good("applies"), format!(", {}", one.outcome.as_str())]);
        if let Some(source) = &one.source {
            let text = format!("  best by the text of {} on {}", source.commit.short(), source.branch);
            screen.sentence(text![text]);
        }
    }
    for one in &line.pick.failed {
        if one.why == Why::Conflict {
            screen.line(text!["  ", bad("does not apply")]);
        }
        pick::why_not(one, screen);
    }
    if !line.pick.held.is_empty() {
        screen.sentence(text!["  ", bad("would hold: "), parts::names(&line.pick.held)]);
    }
}
