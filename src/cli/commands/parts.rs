//! Pieces that reports of several commands are made of.

use crate::model::PatchName;
use crate::ops::answers::Regions;
use crate::ops::look::{PatchState, State};
use crate::ops::verify::{self as finding, Finding};
use crate::ui::{
    Annotation, Screen, Severity, Show, Span, Text, Tone, Verdict, bad, dim, markdown, name, plural, text, toned,
};

/// How many entries of a list are shown before `-v` is asked for.
pub const SHORT: usize = 10;

/// Whether a patch is part of the branch, in a word.
pub fn state(patch: &PatchState) -> Span {
    match patch.state {
        State::Applied => dim("applied"),
        State::Held => bad("held"),
    }
}

/// How much of a file's conflicts is recorded.
pub fn regions(it: Regions) -> String {
    let total = plural(it.total, "conflict", "conflicts");
    match it.disagreements {
        0 => format!("{} of {total} known", it.known),
        count => format!("{} of {total} known, records disagree about {count}", it.known),
    }
}

/// Names divided by commas.
pub fn names(names: &[PatchName]) -> String {
    names.iter().map(PatchName::as_str).collect::<Vec<_>>().join(", ")
}

/// Markdown: code spans divided by commas.
pub fn codes<T: AsRef<str>>(words: &[T]) -> String {
    words.iter().map(|word| markdown::code(word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// How many more there are than are shown.
pub fn more(total: usize) -> Option<Span> {
    (total > SHORT).then(|| dim(format!("  … and {} more (-v shows them)", total - SHORT).as_str().show()))
}

/// Findings, a line each, with what to do below it.
pub fn show_findings(findings: &[Finding], screen: &mut Screen) {
    for finding in findings {
        let (word, tone) = match finding.severity {
            _ if finding.fixed => ("mended: ", Tone::Good),
            finding::Severity::Error => ("error: ", Tone::Bad),
            finding::Severity::Warning => ("warning: ", Tone::Warn),
        };
        screen.sentence(text!["  ", toned(word, tone)].with(subject(finding)));
        if let Some(hint) = finding.hint.as_ref().filter(|_| !finding.fixed) {
            screen.sentence(text!["    ", dim(hint)]);
        }
    }
}

fn subject(finding: &Finding) -> Text {
    match &finding.patch {
        // The text of most errors begins with the file, and so with the patch.
        Some(patch) if !finding.text.contains(patch.as_str()) => text![name(patch), ": ", &finding.text],
        _ => text![&finding.text],
    }
}

/// Findings for GitHub.
pub fn annotations(line: &str, findings: &[Finding]) -> Vec<Annotation> {
    let open = findings.iter().filter(|finding| !finding.fixed);
    let one = |finding: &Finding| {
        let severity = match finding.severity {
            finding::Severity::Error => Severity::Error,
            finding::Severity::Warning => Severity::Warning,
        };
        Annotation::new(severity, format!("pq: {line}"), subject(finding).render(false))
    };
    open.map(one).collect()
}

/// Whether an error is left.
pub fn verdict(findings: &[Finding]) -> Verdict {
    if findings.iter().any(Finding::is_open_error) { Verdict::Failed } else { Verdict::Fine }
}
