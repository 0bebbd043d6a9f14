//! From TOML to the model, with everything checked.

use std::collections::HashMap;

use jiff::civil::Date;
use toml_edit::{Document as Toml, Item};

use super::Workspace;
use super::error::{ManifestError, Problems, shown};
use super::keys;
use super::metadata::read_patches;
use super::moved::read_moved;
use super::policy::read_policy;
use super::read::{self, Section, Text};
use crate::format::provenance::style::Style;
use crate::format::quote::check_path;
use crate::model::{
    Generated, Ignore, Line, Manifest, Oid, PatchName, PublishStyle, Publishing, ReleasePattern, Upstream,
};

/// What a file states.
pub(super) enum Stated {
    Line(Box<Manifest>),
    Workspace(Box<Workspace>),
}

/// Which kind of file is wanted.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// A line, with its workspace if it belongs to one.
    Line { workspace: Option<&'a Workspace> },
    /// Whatever the file is.
    Any,
}

/// Reads a file.
pub(super) fn read(text: &str, file: &str, wanted: Wanted<'_>) -> Result<Stated, ManifestError> {
    let mut problems = Problems::new(text);
    let toml = read::toml(text, &mut problems);
    let stated = toml.as_ref().and_then(|toml| file_of(toml, wanted, &mut problems));
    match problems.into_error(file) {
        None => Ok(stated.expect("whatever keeps a file from being read is reported")),
        Some(error) => Err(error),
    }
}

/// The TOML of a text.
pub(super) fn toml_of<'t>(text: &'t str, file: &str) -> Result<Toml<&'t str>, ManifestError> {
    let mut problems = Problems::new(text);
    let toml = read::toml(text, &mut problems);
    match problems.into_error(file) {
        None => Ok(toml.expect("whatever keeps a file from being read is reported")),
        Some(error) => Err(error),
    }
}

fn file_of(toml: &Toml<&str>, wanted: Wanted<'_>, problems: &mut Problems<'_>) -> Option<Stated> {
    let root = Section::root(toml.as_table());
    check_schema(&root, problems)?;
    match wanted {
        Wanted::Any if root.table.contains_key("workspace") => {
            workspace(&root, problems).map(Box::new).map(Stated::Workspace)
        }
        Wanted::Any => line_file(&root, None, problems).map(Box::new).map(Stated::Line),
        Wanted::Line { workspace } => line_file(&root, workspace, problems).map(Box::new).map(Stated::Line),
    }
}

/// `None` if the file is of another time, and nothing else in it should be judged.
fn check_schema(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<()> {
    let hint = format!("write `schema = {}` as the first line", keys::SCHEMA);
    let Some(item) = root.table.get("schema") else {
        root.report_missing("schema", &hint, problems);
        return Some(());
    };
    let at = item.span().unwrap_or_default();
    match item.as_integer() {
        Some(keys::SCHEMA) => Some(()),
        Some(newer) if newer > keys::SCHEMA => {
            let message = format!("the file has schema {newer}, and this pq knows schema {}", keys::SCHEMA);
            problems.report(&at, message, "update pq");
            None
        }
        _ => {
            problems.report(&at, format!("`schema` must be {}", keys::SCHEMA), hint);
            Some(())
        }
    }
}

fn workspace(root: &Section<'_>, problems: &mut Problems<'_>) -> Option<Workspace> {
    if let Some((key, item)) = ["line", "patch"].iter().find_map(|key| Some((key, root.table.get(key)?))) {
        let message = format!("a workspace's file has no `{key}` of its own");
        problems.report(&root.key_place(key, item), message, "move the line to a directory and a pq.toml of its own");
    }
    root.check_keys(&[keys::WORKSPACE_FILE, &["line", "patch"]].concat(), problems);
    let section = root.section("workspace", "[workspace]", problems)?;
    section.check_keys(keys::WORKSPACE, problems);
    if !section.table.contains_key("lines") {
        section.report_missing("lines", "write lines = [\"lines/*\"]", problems);
    }
    let globs = section.list("lines", problems)?;
    globs.iter().for_each(|glob| check_member(glob, problems));
    let upstream = root.section("upstream", "[upstream]", problems);
    let upstream = upstream.and_then(|section| read_upstream(&section, problems));
    let policy = read_policy(root, problems).unwrap_or_default();
    Some(Workspace { upstream, policy, lines: globs.iter().map(|glob| glob.value.to_owned()).collect() })
}

/// Members are directories below the root, one pattern per component.
fn check_member(glob: &Text<'_>, problems: &mut Problems<'_>) {
    let bad = |part: &str| matches!(part, "" | "." | ".." | "**") || part.contains('\\');
    if glob.value.split('/').any(bad) || globset::Glob::new(glob.value).is_err() {
        let message = format!("`{}` does not name directories below this one", shown(glob.value));
        problems.report(&glob.at, message, "write relative paths, `*` for any name: \"lines/*\"");
    }
}

fn line_file(root: &Section<'_>, workspace: Option<&Workspace>, problems: &mut Problems<'_>) -> Option<Manifest> {
    root.check_keys(keys::LINE_FILE, problems);
    let inherited = workspace.and_then(|workspace| workspace.upstream.as_ref());
    let upstream = upstream_or_inherited(root, inherited, problems);
    if !root.table.contains_key("line") {
        root.report_missing("line", "add a table [line] with its name, base, base-commit, branch and series", problems);
    }
    let section = root.section("line", "[line]", problems);
    if let Some(item) = root.table.get("line").filter(|item| item.is_inline_table()) {
        let at = root.key_place("line", item);
        problems.report(&at, "`line` is written in braces", "write the line [line], and its keys one a line below it");
    }
    let line = section.as_ref().and_then(|section| read_line(section, problems));
    let series = section.as_ref().and_then(|section| read_series(section, problems)).unwrap_or_default();
    let patches = read_patches(root, series, problems);
    let generated = root.sections("generated", problems);
    let generated = generated.iter().filter_map(|section| read_generated(section, problems)).collect();
    let ignores = root.sections("ignore", problems);
    let ignores = ignores.iter().filter_map(|section| read_ignore(section, problems)).collect();
    let policy = read_policy(root, problems).or_else(|| Some(workspace?.policy.clone())).unwrap_or_default();
    let publishing = section.as_ref().map(|section| read_publishing(section, problems)).unwrap_or_default();
    let moved = read_moved(root, problems);
    Some(Manifest { upstream: upstream?, line: line?, publishing, patches, generated, ignores, moved, policy })
}

fn upstream_or_inherited(
    root: &Section<'_>,
    inherited: Option<&Upstream>,
    problems: &mut Problems<'_>,
) -> Option<Upstream> {
    if root.table.contains_key("upstream") {
        return read_upstream(&root.section("upstream", "[upstream]", problems)?, problems);
    }
    if inherited.is_none() {
        let hint = "add a table [upstream] with repo and releases, here or in the pq.toml of the workspace";
        root.report_missing("upstream", hint, problems);
    }
    inherited.cloned()
}

fn read_upstream(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Upstream> {
    section.check_keys(keys::UPSTREAM, problems);
    let repo = section.required("repo", problems);
    let releases = section.required("releases", problems);
    if let Some(text) = releases.as_ref().filter(|text| ReleasePattern::parse(text.value).is_err()) {
        let message = format!("`{}` does not say where the version stands in a tag", shown(text.value));
        problems.report(&text.at, message, "put {version} in its place, once: \"v{version}\"");
    }
    let stable = section.text("stable", problems);
    if let Some(text) = stable.as_ref().filter(|text| !["{major}", "{minor}"].iter().any(|p| text.value.contains(p))) {
        let message = format!("`{}` does not say where the numbers stand in a branch", shown(text.value));
        problems.report(&text.at, message, "put {major} and {minor} in their places: \"v{major}.{minor}\"");
    }
    let style = section.text("provenance-style", problems);
    if let Some(text) = style.as_ref().filter(|text| Style::parse(text.value).is_none()) {
        let message = format!("`{}` is no style", shown(text.value));
        let names = Style::names().collect::<Vec<_>>().join(", ");
        problems.report(&text.at, message, format!("one of {names}, or a line of your own with {{id}} in it"));
    }
    let pulls = section.text("pull-requests", problems);
    if let Some(text) = pulls.as_ref().filter(|text| check_path(text.value.as_bytes()).is_err()) {
        let message = format!("`{}` leads out of the directory", shown(text.value));
        problems.report(&text.at, message, "name a file beside pq.toml");
    }
    Some(Upstream {
        provenance_style: owned(style),
        pull_requests: owned(pulls),
        remote: owned(section.text("remote", problems)),
        mainline: owned(section.text("mainline", problems)),
        stable: owned(stable),
        repo: repo?.value.to_owned(),
        releases: releases?.value.to_owned(),
    })
}

fn read_line(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Line> {
    section.check_keys(keys::LINE, problems);
    let name = section.required("name", problems);
    let base = section.required("base", problems);
    let base_commit = read_oid(section, "base-commit", problems);
    let branch = section.required("branch", problems);
    name.iter().chain(&branch).for_each(|text| check_ref(text, problems));
    Some(Line {
        name: name?.value.to_owned(),
        base: base?.value.to_owned(),
        base_commit: base_commit?,
        branch: branch?.value.to_owned(),
    })
}

fn read_publishing(section: &Section<'_>, problems: &mut Problems<'_>) -> Publishing {
    let style = section.text("publish", problems);
    let known = |text: &Text<'_>| PublishStyle::ALL.into_iter().find(|style| style.as_str() == text.value);
    if let Some(text) = style.as_ref().filter(|text| known(text).is_none()) {
        let message = format!("`{}` is no way to publish", shown(text.value));
        problems.report(&text.at, message, "write \"replace\" or \"merging-rebase\"");
    }
    let tag = section.text("tag", problems);
    if let Some(text) = tag.as_ref() {
        if text.value.matches("{n}").count() != 1 {
            let message = format!("`{}` does not say where the number stands in a tag", shown(text.value));
            problems.report(&text.at, message, "put {n} in its place, once: \"{base}-ours{n}\"");
        }
        let filled = ["{n}", "{base}", "{line}"].iter().fold(text.value.to_owned(), |tag, hole| tag.replace(hole, "1"));
        check_ref(&Text { value: &filled, at: text.at.clone() }, problems);
    }
    Publishing {
        remote: owned(section.text("publish-remote", problems)),
        style: style.as_ref().and_then(known).unwrap_or_default(),
        tag: owned(tag),
    }
}

/// The names of a line and of its branch become names of refs: the rules are those of git-check-ref-format(1).
fn check_ref(text: &Text<'_>, problems: &mut Problems<'_>) {
    let name = text.value;
    let bad_char = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let bad = name.contains(bad_char) || name.contains("..") || name.contains("@{") || name.ends_with('.');
    if bad || name.starts_with('-') || name.split('/').any(bad_part) {
        let message = format!("`{}` cannot be the name of a branch", shown(name));
        problems.report(&text.at, message, "use letters, digits, `-`, `_`, `.` and single `/`");
    }
}

pub(super) fn read_oid(section: &Section<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Oid> {
    let text = section.required(key, problems)?;
    let oid = Oid::from_hex(text.value.as_bytes());
    if oid.is_err() {
        let message = format!("`{}` is not the full id of a commit", shown(text.value));
        problems.report(&text.at, message, "write all 40 (or 64) hexadecimal digits, as `git rev-parse` prints them");
    }
    oid.ok()
}

/// The names in `series`.
#[derive(Default)]
pub(super) struct Series {
    pub(super) names: Vec<PatchName>,
    /// Whether every entry is a name: otherwise nothing can be said of names that it does not hold.
    pub(super) is_complete: bool,
}

fn read_series(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Series> {
    if !section.table.contains_key("series") {
        section.report_missing("series", "write series = [], with one name a line", problems);
    }
    let texts = section.list("series", problems)?;
    let entries = section.table.get("series").and_then(Item::as_array).map_or(0, |array| array.len());
    let mut seen: HashMap<String, Text<'_>> = HashMap::with_capacity(texts.len());
    let mut names = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(name) = patch_name(&text, problems) else { continue };
        match seen.get(&name.folded()) {
            Some(first) => report_twice(first, &text, problems),
            None => {
                seen.insert(name.folded(), text);
                names.push(name);
            }
        }
    }
    Some(Series { is_complete: names.len() == entries, names })
}

fn report_twice(first: &Text<'_>, again: &Text<'_>, problems: &mut Problems<'_>) {
    let line = problems.line(&first.at);
    let (first, name) = (shown(first.value), shown(again.value));
    if first == name {
        problems.report(
            &again.at,
            format!("`{name}` stands in `series` already, in line {line}"),
            "delete one of them",
        );
    } else {
        let message = format!("`{name}` differs only in case from `{first}` in line {line}");
        problems.report(&again.at, message, "rename one: some file systems cannot tell their files apart");
    }
}

fn patch_name(text: &Text<'_>, problems: &mut Problems<'_>) -> Option<PatchName> {
    let name = text.value.parse::<PatchName>();
    if let Err(why) = &name {
        let message = format!("`{}` cannot be the name of a patch: {why}", shown(text.value));
        problems.report(&text.at, message, "rename it, and its file under patches/");
    }
    name.ok()
}

fn read_generated(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Generated> {
    section.check_keys(keys::GENERATED, problems);
    if !section.table.contains_key("paths") {
        section.report_missing("paths", "write paths = [\"**/*.pb.go\"]", problems);
    }
    let paths = section.list("paths", problems);
    for path in paths.iter().flatten().filter(|path| globset::Glob::new(path.value).is_err()) {
        let message = format!("`{}` is not a pattern of paths", shown(path.value));
        problems.report(&path.at, message, "close every `[` and `{`, or put a backslash before it");
    }
    let regenerate = owned(section.text("regenerate", problems));
    paths.map(|paths| Generated { paths: owned_list(Some(paths)), regenerate })
}

fn read_ignore(section: &Section<'_>, problems: &mut Problems<'_>) -> Option<Ignore> {
    section.check_keys(keys::IGNORE, problems);
    let id = section.required("id", problems);
    let is_id = |id: &str| matches!(id.len(), 7..=40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(id) = id.as_ref().filter(|id| !is_id(id.value)) {
        let message = format!("`{}` is not the id of a commit", shown(id.value));
        problems.report(&id.at, message, "write 7 to 40 hexadecimal digits");
    }
    let reason = section.required("reason", problems);
    let expires = section.text("expires", problems);
    let date = expires.as_ref().and_then(|text| date(text.value));
    if let Some(text) = expires.as_ref().filter(|_| date.is_none()) {
        let message = format!("`{}` is not a date", shown(text.value));
        problems.report(&text.at, message, "write year, month and day: \"2030-12-31\"");
    }
    Some(Ignore { id: id?.value.to_ascii_lowercase(), reason: reason?.value.to_owned(), expires: date })
}

/// `YYYY-MM-DD` and nothing else: the parser of dates would also take one with a time behind it.
fn date(text: &str) -> Option<Date> {
    text.parse().ok().filter(|date: &Date| date.to_string() == text)
}

pub(super) fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(|text| text.value.to_owned())
}

pub(super) fn owned_list(texts: Option<Vec<Text<'_>>>) -> Vec<String> {
    texts.unwrap_or_default().into_iter().map(|text| text.value.to_owned()).collect()
}
