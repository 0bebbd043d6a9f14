//! What a patch says of itself: author, date, subject and message.

use bstr::{BString, ByteSlice};
use jiff::civil::Date;
use serde::Serialize;

use super::look::parse;
use super::workbench::Workbench;
use crate::Result;
use crate::format::dep3::complete;
use crate::model::{PatchKind, PatchName};

/// What a patch says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeaderReport {
    /// The line.
    pub line: String,
    /// The patch.
    pub name: PatchName,
    /// The author: `NAME <ADDRESS>`.
    #[serde(serialize_with = "crate::model::text::option")]
    pub author: Option<BString>,
    /// The author's date, as a mail has it.
    pub date: Option<String>,
    /// The first paragraph of the message, in one line.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub subject: BString,
    /// The whole message.
    #[serde(serialize_with = "crate::model::text::bytes")]
    pub message: BString,
}

impl HeaderReport {
    /// As a patch file has it: `From`, `Date`, `Subject`, an empty line, the rest of the message.
    pub fn lines(&self) -> BString {
        let mut lines = BString::default();
        let from = self.author.iter().map(|author| ("From", author.clone()));
        let date = self.date.iter().map(|date| ("Date", date.as_str().into()));
        for (name, value) in from.chain(date).chain([("Subject", self.subject.clone())]) {
            lines.extend([name.as_bytes(), b": ", &value[..], b"\n"].concat());
        }
        let body = self.message.trim_start().split_once_str("\n\n").map(|(_, body)| body.trim_end());
        if let Some(body) = body.filter(|body| !body.is_empty()) {
            lines.extend([b"\n", body, b"\n"].concat());
        }
        lines
    }
}

/// The message of a patch with DEP-3 fields made of what pq.toml knows; those that are there stay.
///
/// # Errors
/// There is no such patch, or it cannot be read.
pub fn dep3(bench: &Workbench, name: &str, today: Date) -> Result<BString> {
    let patch = bench.patch(name)?;
    let message = parse(bench, &patch.name)?.message.text;
    let meta = &patch.meta;
    let mut fields = Vec::new();
    let commit = meta.upstream().first().map(|id| format!("commit:{id}"));
    fields.push((
        "Origin",
        match (meta.kind(), &commit) {
            (PatchKind::Backport, Some(commit)) if meta.deviation.is_none() => format!("upstream, {commit}"),
            (PatchKind::Backport | PatchKind::Revert, Some(commit)) => format!("backport, {commit}"),
            (PatchKind::Pending, _) => "other".to_owned(),
            _ => "vendor".to_owned(),
        },
    ));
    let is_link = |pr: &&String| pr.starts_with("http://") || pr.starts_with("https://");
    fields.push((
        "Forwarded",
        match (&meta.pr, meta.kind()) {
            (_, PatchKind::Backport) => "not-needed".to_owned(),
            (Some(pr), _) => Some(pr).filter(is_link).cloned().unwrap_or_else(|| "yes".to_owned()),
            (None, _) => "no".to_owned(),
        },
    ));
    if meta.kind() == PatchKind::Backport {
        fields.extend(commit.map(|commit| ("Applied-Upstream", commit)));
    }
    fields.push(("Last-Update", today.to_string()));
    Ok(complete(&message, &fields))
}

/// What a patch says of itself.
pub fn header(bench: &Workbench, name: &str) -> Result<HeaderReport> {
    let patch = bench.patch(name)?;
    let message = parse(bench, &patch.name)?.message;
    let author = message.author.as_ref().map(|author| [&author.name[..], b" <", &author.email, b">"].concat().into());
    Ok(HeaderReport {
        line: bench.manifest().line.name.clone(),
        name: patch.name.clone(),
        author,
        date: message.date.as_ref().and_then(crate::format::mail::render_date),
        subject: message.subject(),
        message: message.text,
    })
}
