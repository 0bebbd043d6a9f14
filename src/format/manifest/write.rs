//! TOML as pq writes it: one line per value, basic strings, keys in a fixed order.

use std::borrow::Cow;

use super::error::is_invisible;
use crate::model::{Held, Line, MovedPath, PatchMeta, PatchName, Upstream};

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Text(Cow<'a, str>),
    List(Vec<&'a str>),
}

/// A key and its value, if it has one.
pub(super) type Keyed<'a> = (&'static str, Option<Field<'a>>);

impl Field<'_> {
    /// The value as TOML.
    pub(super) fn to_toml(&self) -> String {
        match self {
            Field::Text(text) => quoted(text),
            Field::List(texts) => list(texts),
        }
    }
}

/// The keys of `[patch.NAME]` in the order in which they are written.
pub(super) fn meta_fields(meta: &PatchMeta) -> Vec<Keyed<'_>> {
    vec![
        ("kind", meta.kind.map(|kind| Field::Text(kind.as_str().into()))),
        ("topic", text(&meta.topic)),
        ("owner", text(&meta.owner)),
        ("drop-after", text(&meta.drop_after)),
        ("cve", texts(meta.cve.iter().map(String::as_str))),
        ("requires", texts(meta.requires.iter().map(PatchName::as_str))),
        ("deviation", text(&meta.deviation)),
        ("reason", text(&meta.reason)),
        ("quilt", text(&meta.quilt)),
        ("pr", text(&meta.pr)),
        ("upstream", meta.upstream.as_ref().map(|ids| Field::List(ids.iter().map(String::as_str).collect()))),
    ]
}

/// The keys of `[patch.NAME.held]` in the order in which they are written.
pub(super) fn held_fields(held: Option<&Held>) -> Vec<Keyed<'_>> {
    let id = |id: &crate::model::Oid| Field::Text(id.to_string().into());
    vec![
        ("why", held.map(|held| Field::Text(held.why.as_str().into()))),
        ("base", held.map(|held| Field::Text(held.base.as_str().into()))),
        ("base-commit", held.map(|held| id(&held.base_commit))),
        ("blocked-by", held.and_then(|held| texts(held.blocked_by.iter().map(PatchName::as_str)))),
        ("paths", held.and_then(|held| texts(held.paths.iter().map(String::as_str)))),
        ("commit", held.map(|held| id(&held.commit))),
    ]
}

/// The keys of `[[moved]]` in the order in which they are written.
pub(super) fn moved_fields(moved: Option<&MovedPath>) -> Vec<Keyed<'_>> {
    fn to_field(moved: &MovedPath) -> Field<'_> {
        match &moved.to[..] {
            [one] => Field::Text(one.as_str().into()),
            several => Field::List(several.iter().map(String::as_str).collect()),
        }
    }
    vec![
        ("from", moved.map(|moved| Field::Text(moved.from.as_str().into()))),
        ("to", moved.map(to_field)),
        ("why", moved.and_then(|moved| text(&moved.why))),
    ]
}

fn text(text: &Option<String>) -> Option<Field<'_>> {
    text.as_deref().map(|text| Field::Text(text.into()))
}

fn texts<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Field<'a>> {
    let texts: Vec<&str> = texts.collect();
    (!texts.is_empty()).then_some(Field::List(texts))
}

/// A basic string on one line: no quoted text can look like a marker of a merge or hide in a terminal.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\r' => quoted.push_str("\\r"),
            c if c.is_control() || is_invisible(c) => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A key, quoted if it has to be.
pub(super) fn key(name: &str) -> Cow<'_, str> {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(is_bare) { name.into() } else { quoted(name).into() }
}

/// A list on one line, or one entry a line if that gets long.
fn list(texts: &[&str]) -> String {
    const LONGEST: usize = 100;
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    let one_line = format!("[{}]", quoted.join(", "));
    if quoted.len() < 2 || one_line.len() <= LONGEST {
        return one_line;
    }
    let lines: String = quoted.iter().map(|text| format!("  {text},\n")).collect();
    format!("[\n{lines}]")
}

/// A fresh file, with an empty series.
///
/// The comment behind the series is more than a help: git joins two conflicts that have three lines or less between
/// them, and a union merge of the first names and the first tables of two people would then put tables into the series.
pub(super) fn fresh(upstream: Option<&Upstream>, line: &Line) -> String {
    let intro = "# The patches of a fork, kept by pq. Edit by hand what you like: comments, order and layout stay.\n";
    let upstream = upstream.map(fresh_upstream).unwrap_or_default();
    let commit = line.base_commit.to_string();
    let keys = [
        ("name", line.name.as_str(), ""),
        ("base", &line.base, "the release that the patches stand on"),
        ("base-commit", &commit, ""),
        ("branch", &line.branch, "what they are published as"),
    ];
    let line = aligned(&keys);
    let series = "# The patches in order, each in patches/NAME.patch.\nseries = [\n]\n";
    let outro = "# What a patch does not say itself stands in a table [patch.NAME] below: where it comes from, why it\n\
                 # exists, who answers for it. A blank line divides the tables.\n";
    format!("{intro}schema = 1\n\n{upstream}[line]\n{line}{series}\n{outro}")
}

fn fresh_upstream(upstream: &Upstream) -> String {
    let keys = [
        ("repo", Some(upstream.repo.as_str()), "the fork's clone, relative to this file"),
        ("remote", upstream.remote.as_deref(), "what `pq fetch` fetches"),
        ("releases", Some(upstream.releases.as_str()), "which tags are releases"),
        ("mainline", upstream.mainline.as_deref(), "where fixes land first"),
        ("stable", upstream.stable.as_deref(), "upstream's own stable branches"),
        ("provenance-style", upstream.provenance_style.as_deref(), "how picks say where they come from"),
        ("pull-requests", upstream.pull_requests.as_deref(), "which commits belong to which"),
    ];
    let stated: Vec<(&str, &str, &str)> =
        keys.into_iter().filter_map(|(key, value, comment)| Some((key, value?, comment))).collect();
    format!("[upstream]\n{}\n", aligned(&stated))
}

/// Keys and values, with the comments in one column.
fn aligned(keys: &[(&str, &str, &str)]) -> String {
    let lines: Vec<(String, &str)> =
        keys.iter().map(|(key, value, comment)| (format!("{key} = {}", quoted(value)), *comment)).collect();
    let commented = lines.iter().filter(|(_, comment)| !comment.is_empty());
    let width = commented.map(|(line, _)| line.chars().count()).max().unwrap_or(0);
    let line = |(line, comment): &(String, &str)| match *comment {
        "" => format!("{line}\n"),
        comment => format!("{line:width$}  # {comment}\n"),
    };
    lines.iter().map(line).collect()
}
