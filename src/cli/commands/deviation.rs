//! How two versions of a change differ, for people: each line that only one of them removes or adds, with whose it is in front of it.

use crate::model::{DeviationKind, DeviationLine, Fact, FileAction, FileDeviation, Mark, Mode, Sign};
use crate::ui::{Screen, Text, Tone, dim, name, plural, text, toned};

/// Shows the difference, at most `limit` lines of it, and says how many lines are left out. Files that only theirs touches are named last,
/// and shown only where there is no limit: of a larger commit, they are not about ours.
pub fn show(files: &[FileDeviation], limit: Option<usize>, screen: &mut Screen) -> usize {
    let is_shown = |file: &&FileDeviation| limit.is_none() || file.kind != DeviationKind::OnlyTheirs;
    let (shown, named): (Vec<&FileDeviation>, Vec<&FileDeviation>) = files.iter().partition(is_shown);
    let lines: Vec<Text> = shown.into_iter().flat_map(|it| file(it, limit.is_none())).chain(others(&named)).collect();
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

/// A file; differences in blanks are shown only where all is.
fn file(file: &FileDeviation, is_whole: bool) -> Vec<Text> {
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
    let is_shown = is_whole || !file.is_whitespace_only();
    for (at, hunk) in file.hunks.iter().filter(|_| is_shown).enumerate() {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::DeviationHunk;
    use crate::ui::Look;

    fn differing(path: &str, kind: DeviationKind, texts: &[(Mark, &str)]) -> FileDeviation {
        let line = |(mark, text): &(Mark, &str)| DeviationLine { mark: *mark, sign: Sign::Add, text: (*text).into() };
        let hunks = vec![DeviationHunk { lines: texts.iter().map(line).collect() }];
        FileDeviation { path: path.into(), their_path: None, kind, facts: Vec::new(), hunks }
    }

    fn shown(files: &[FileDeviation], limit: Option<usize>) -> (String, usize) {
        let mut screen = Screen::new(Look::PLAIN, limit.is_none());
        let left = show(files, limit, &mut screen);
        (String::from_utf8(screen.into_bytes()).unwrap(), left)
    }

    #[test]
    fn each_line_says_whose_it_is_and_nothing_raw_is_shown() {
        let texts = [(Mark::Both, "\tboth\n"), (Mark::Ours, "\x1b[2Jours\n"), (Mark::Theirs, "theirs")];
        let files = [
            differing("a\u{202e}.c", DeviationKind::Differs, &texts),
            differing("b.c", DeviationKind::OnlyTheirs, &[(Mark::Theirs, "b\n")]),
        ];
        let (text, left) = shown(&files, Some(60));
        let lines = ["  a\\u{202e}.c", "          +    both", "    ours  +\\x1b[2Jours", "  theirs  +theirs"];
        assert_eq!(text.lines().collect::<Vec<_>>(), [&lines[..], &["  only theirs touches:", "    b.c"]].concat());
        assert_eq!(left, 0);
        assert!(shown(&files, None).0.ends_with("  b.c: only theirs touches it\n  theirs  +b\n"));
    }

    #[test]
    fn a_long_one_is_cut_and_says_by_how_much() {
        let many = [(Mark::Ours, "x\n"); 30];
        let files = [differing("a.c", DeviationKind::Differs, &many)];
        assert_eq!(shown(&files, Some(10)).1, 21);
        assert_eq!(shown(&files, Some(28)).1, 0, "a few more are no reason for another command");
        assert_eq!(shown(&files, None).0.lines().count(), 31);
    }

    #[test]
    fn blanks_are_named_and_shown_only_where_all_is() {
        let files = [differing("a.c", DeviationKind::Differs, &[(Mark::Ours, "a  b\n"), (Mark::Theirs, "a b\n")])];
        assert_eq!(shown(&files, Some(60)).0, "  a.c: in blanks only\n");
        assert_eq!(shown(&files, None).0.lines().count(), 3);
    }
}
