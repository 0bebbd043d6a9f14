//! How two versions of a change differ, for people: each line that only one of them removes or adds, with whose it is in front of it.

use crate::model::{DeviationKind, DeviationLine, Fact, FileAction, FileDeviation, Mark, Mode, Sign};
use crate::ui::{Screen, Text, Tone, dim, name, plural, text, toned};

/// Shows the difference, at most `limit` lines of it, and says how many lines are left out. Files that only theirs touches are named last,
/// and shown only where there is no limit: of a larger commit, they are not about ours.
pub fn show(files: &[FileDeviation], limit: Option<usize>, screen: &mut Screen) -> usize {
    let is_shown = |file: &&FileDeviation| limit.is_none() || file.kind != DeviationKind::OnlyTheirs;
    let (shown, named): (Vec<&FileDeviation>, Vec<&FileDeviation>) = files.iter().partition(is_shown);
    let lines: Vec<Text> = shown.into_iter().flat_map(file).chain(others(&named)).collect();
    // A handful of lines is not worth another command.
    const FEW: usize = 5;
    let room = limit.filter(|limit| lines.len() > limit + FEW).unwrap_or(lines.len());
    let left = lines.len() - room;
    lines.into_iter().take(room).for_each(|line| screen.line(line));
    left
}

fn others(files: &[&FileDeviation]) -> Vec<Text> {
    if files.is_empty() {
        return Vec::new();
    }
    let names = files.iter().take(super::parts::SHORT).map(|file| text!["    ", &file.path]);
    let more = super::parts::more(files.len()).map(|more| text!["  ", more]);
    std::iter::once(text!["  only theirs touches:"]).chain(names).chain(more).collect()
}

fn file(file: &FileDeviation) -> Vec<Text> {
    let mut title = text!["  ", name(&file.path)];
    match (file.kind, &file.their_path) {
        (DeviationKind::OnlyOurs, _) => title.push(dim(": only ours touches it")),
        (DeviationKind::OnlyTheirs, _) => title.push(dim(": only theirs touches it")),
        (DeviationKind::Differs, Some(path)) => title.append(text![dim(": in theirs "), path]),
        (DeviationKind::Differs, None) if file.is_whitespace_only() => title.push(dim(": in blanks only")),
        (DeviationKind::Differs, None) => {}
    }
    let mut lines = vec![title];
    lines.extend(file.facts.iter().map(|fact| text!["    ", fact_text(fact)]));
    for (at, hunk) in file.hunks.iter().enumerate() {
        lines.extend((at > 0).then(|| text![dim("          …")]));
        lines.extend(hunk.lines.iter().map(line));
    }
    lines
}

/// Tabs would be escaped: they are shown as blanks.
fn line(line: &DeviationLine) -> Text {
    let (sign, tone) = match line.sign {
        Sign::Remove => ("-", Tone::Bad),
        Sign::Add => ("+", Tone::Good),
    };
    let (whose, tone) = match line.mark {
        Mark::Both => ("        ", Tone::Dim),
        Mark::Ours => ("    ours", tone),
        Mark::Theirs => ("  theirs", tone),
    };
    let bytes = line.text.strip_suffix(b"\n").unwrap_or(&line.text);
    let mut shown = text![dim(format!("{whose}  ")), toned(sign, tone)];
    let mut parts = bytes.split(|byte| *byte == b'\t');
    shown.push(toned(parts.next().unwrap_or_default(), tone));
    parts.for_each(|part| {
        shown.push("    ");
        shown.push(toned(part, tone));
    });
    shown
}

fn fact_text(fact: &Fact) -> String {
    match fact {
        Fact::Binary => "other bytes".to_owned(),
        Fact::Mode { ours, theirs } => format!("the mode: ours {}, theirs {}", mode(*ours), mode(*theirs)),
        Fact::Action { ours, theirs } => format!("ours {}, theirs {}", action(*ours), action(*theirs)),
    }
}

fn mode(mode: Option<Mode>) -> String {
    mode.map_or_else(|| "as it was".to_owned(), |mode| mode.as_octal().to_owned())
}

fn action(action: Option<FileAction>) -> &'static str {
    match action {
        None => "leaves it",
        Some(FileAction::Modify) => "changes it",
        Some(FileAction::Create) => "makes it",
        Some(FileAction::Delete) => "deletes it",
        Some(FileAction::Rename) => "moves it",
        Some(FileAction::Copy) => "copies it",
    }
}

/// In how many files two versions differ.
pub fn extent(files: &[FileDeviation]) -> String {
    let theirs = files.iter().filter(|file| file.kind == DeviationKind::OnlyTheirs).count();
    match (plural(files.len() - theirs, "file", "files"), theirs) {
        (ours, 0) => format!("in {ours}"),
        (_, theirs) if theirs == files.len() => format!("only by {} that ours leaves", plural(theirs, "file", "files")),
        (ours, theirs) => format!("in {ours}, and by {theirs} that ours leaves"),
    }
}
