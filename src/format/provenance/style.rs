//! How a project writes down where a backport comes from. What is written here is what [`super::parse`] reads.

use bstr::{BString, ByteSlice};

use crate::model::{Notation, Oid};

/// A way to name the upstream commit of a backport in its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// `[ upstream commit X ]` as the first paragraph of the body.
    UpstreamCommit,
    /// `(cherry picked from commit X)` among the trailers, as `git cherry-pick -x` does.
    CherryPickX,
    /// `commit X upstream.` as the first paragraph of the body.
    Stable,
    /// `Git-commit: X`, and `Patch-mainline:` with the release that has it.
    Suse,
    /// `(cherry picked from commit X)`, or `(backported from commit X)` if it was not taken as it is.
    Ubuntu,
    /// `Upstream-Status: Backport [commit X]`.
    Yocto,
    /// `Origin: upstream, commit:X`, or `Origin: backport, commit:X` if it was not taken as it is.
    Dep3,
    /// `UPSTREAM: 123: ` before the subject, and the line of `git cherry-pick -x`, since that number is no commit.
    OpenShift,
    /// Nothing.
    None,
    /// A line of the project's own among the trailers, with `{id}`, and maybe `{short}`, `{subject}` and `{pr}`.
    Template(String),
}

/// Where a backport comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// The upstream commit, in full.
    pub id: &'a str,
    /// Whether the change was taken as it is.
    pub is_clean: bool,
    /// The pull request that it was merged with, if it is known.
    pub pr: Option<u64>,
    /// The first release that has it, if there is one.
    pub release: Option<&'a str>,
}

/// The styles that have a name.
const NAMED: [(&str, Style); 9] = [
    ("upstream-commit", Style::UpstreamCommit),
    ("cherry-pick-x", Style::CherryPickX),
    ("stable", Style::Stable),
    ("suse", Style::Suse),
    ("ubuntu", Style::Ubuntu),
    ("yocto", Style::Yocto),
    ("dep3", Style::Dep3),
    ("openshift", Style::OpenShift),
    ("none", Style::None),
];

impl Style {
    /// A style by its name, or a template.
    pub fn parse(text: &str) -> Option<Style> {
        let named = NAMED.iter().find(|(name, _)| *name == text).map(|(_, style)| style.clone());
        let is_template = text.contains("{id}") && !text.contains(['\n', '\r']);
        named.or_else(|| is_template.then(|| Style::Template(text.to_owned())))
    }

    /// The names.
    pub fn names() -> impl Iterator<Item = &'static str> {
        NAMED.iter().map(|(name, _)| *name)
    }

    /// The style that a project uses which writes like that.
    pub fn of(notation: Notation) -> Option<Style> {
        Some(match notation {
            Notation::UpstreamCommit => Style::UpstreamCommit,
            Notation::CherryPicked => Style::CherryPickX,
            Notation::CommitUpstream => Style::Stable,
            Notation::GitCommit => Style::Suse,
            Notation::BackportedFrom => Style::Ubuntu,
            Notation::UpstreamStatus => Style::Yocto,
            Notation::Origin => Style::Dep3,
            Notation::OpenShift => Style::OpenShift,
            _ => return None,
        })
    }

    /// A message that says where the change comes from. One that says so already stays as it is.
    pub fn write(&self, message: &[u8], origin: Origin<'_>) -> BString {
        if super::parse(message).refs.iter().any(|known| known.id == origin.id) {
            return message.into();
        }
        let id = origin.id;
        match self {
            Style::UpstreamCommit => first(message, &format!("[ upstream commit {id} ]")),
            Style::Stable => first(message, &format!("commit {id} upstream.")),
            Style::CherryPickX => last(message, &picked(id)),
            Style::Ubuntu if origin.is_clean => last(message, &picked(id)),
            Style::Ubuntu => last(message, &format!("(backported from commit {id})")),
            Style::Suse => {
                let release = origin.release.map(|release| format!("\nPatch-mainline: {release}"));
                last(message, &format!("Git-commit: {id}{}", release.unwrap_or_default()))
            }
            Style::Yocto => last(message, &format!("Upstream-Status: Backport [commit {id}]")),
            Style::Dep3 => {
                let how = if origin.is_clean { "upstream" } else { "backport" };
                last(message, &format!("Origin: {how}, commit:{id}"))
            }
            Style::OpenShift => {
                let message = last(message, &picked(id));
                let prefix = origin.pr.map(|pr| format!("UPSTREAM: {pr}: "));
                [prefix.unwrap_or_default().as_bytes(), &message].concat().into()
            }
            Style::None => message.into(),
            Style::Template(line) => {
                let subject = message.lines().next().unwrap_or_default();
                let pr = origin.pr.map(|pr| pr.to_string()).unwrap_or_default();
                let line = line.replace("{id}", id).replace("{short}", &id[..id.len().min(12)]).replace("{pr}", &pr);
                last(message, &line.replace("{subject}", &subject.to_str_lossy()))
            }
        }
    }
}

impl Style {
    /// The commits that lines of a message name which are written by this template. What has a name is read by [`super::parse`].
    pub fn read(&self, message: &[u8]) -> Vec<String> {
        let Style::Template(template) = self else { return Vec::new() };
        message.lines().filter_map(|line| read(template.trim(), line.to_str().ok()?.trim())).collect()
    }
}

/// The id in a line that a template makes. What stands for a subject or a number can be any text.
fn read(template: &str, line: &str) -> Option<String> {
    let Some((before, rest)) = template.split_once('{') else { return (template == line).then(String::new) };
    let line = line.strip_prefix(before)?;
    let (field, after) = rest.split_once('}')?;
    let ends = (0..=line.len()).filter(|end| line.is_char_boundary(*end));
    let fits = |text: &str| match field {
        "id" => text.parse::<Oid>().is_ok(),
        "short" => text.len() >= 7 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
        _ => true,
    };
    let mut found = ends.filter(|end| fits(&line[..*end])).filter_map(|end| {
        let behind = read(after, &line[end..])?;
        Some(if field == "id" { line[..end].to_owned() } else { behind })
    });
    found.next()
}

fn picked(id: &str) -> String {
    format!("(cherry picked from commit {id})")
}

/// With a paragraph in front of the body.
fn first(message: &[u8], paragraph: &str) -> BString {
    let (subject, body) = match message.find(b"\n\n") {
        Some(end) => (&message[..end], message[end..].trim_start_with(|c| c == '\n')),
        None => (message.trim_end(), &b""[..]),
    };
    let mut out = BString::from(subject);
    out.extend_from_slice(format!("\n\n{paragraph}\n").as_bytes());
    if !body.is_empty() {
        out.push(b'\n');
        out.extend_from_slice(body);
    }
    out
}

/// With lines among the trailers, or in a paragraph of their own.
fn last(message: &[u8], lines: &str) -> BString {
    let message = message.trim_end();
    let gap: &[u8] = if ends_in_trailers(message) { b"\n" } else { b"\n\n" };
    let mut out = BString::from([message, gap].concat());
    out.extend_from_slice(lines.as_bytes());
    out.push(b'\n');
    out
}

/// Whether the last paragraph, which is not the subject, consists of trailers.
fn ends_in_trailers(message: &[u8]) -> bool {
    let Some(start) = message.rfind(b"\n\n") else { return false };
    message[start + 2..].lines().all(is_trailer)
}

fn is_trailer(line: &[u8]) -> bool {
    const PICKED: [&[u8]; 2] = [b"(cherry picked from commit ", b"(backported from commit "];
    let token = line.find(b": ").map(|end| &line[..end]);
    let is_token =
        |token: &[u8]| !token.is_empty() && token.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    PICKED.iter().any(|start| line.starts_with(start)) || token.is_some_and(is_token) || line.starts_with(b" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "893d0e7e1f2a3b4c5d6e7f8091a2b3c4d5e6f708";

    fn origin() -> Origin<'static> {
        Origin { id: ID, is_clean: true, pr: Some(123), release: Some("v1.2.0") }
    }

    fn written(style: &str, message: &str) -> String {
        Style::parse(style).unwrap().write(message.as_bytes(), origin()).to_string()
    }

    #[test]
    fn every_style_is_read_back() {
        let messages =
            ["Subject\n", "Subject", "Subject\n\nBody\nmore\n\nSigned-off-by: A <a@example.com>\n", "S\n\nFixes: #1\n"];
        for style in Style::names().filter(|style| *style != "none").chain(["Picked-from: commit {id} (#{pr})"]) {
            for message in messages {
                let text = written(style, message);
                let read = super::super::parse(text.as_bytes());
                let is_known = style.contains('{') || read.refs.iter().any(|known| known.id == ID);
                assert!(is_known && text.contains(ID), "{style}: {text}");
                assert!(text.ends_with('\n') && text.contains(message.lines().next().unwrap()), "{style}: {text}");
                let again = Style::parse(style).unwrap().write(text.as_bytes(), origin());
                assert!(style.contains('{') || again == text, "{style}: written once");
            }
        }
        assert_eq!(written("none", "Subject\n"), "Subject\n");
    }

    #[test]
    fn lines_stand_where_the_projects_put_them() {
        let message = "Subject\n\nBody.\n\nSigned-off-by: A <a@example.com>\n";
        let expected = format!("Subject\n\n[ upstream commit {ID} ]\n\nBody.\n\nSigned-off-by: A <a@example.com>\n");
        assert_eq!(written("upstream-commit", message), expected);
        let expected =
            format!("Subject\n\nBody.\n\nSigned-off-by: A <a@example.com>\n(cherry picked from commit {ID})\n");
        assert_eq!(written("cherry-pick-x", message), expected);
        assert_eq!(written("cherry-pick-x", "Subject\n"), format!("Subject\n\n(cherry picked from commit {ID})\n"));
        assert!(written("openshift", message).starts_with("UPSTREAM: 123: Subject\n"));
        assert!(written("suse", message).ends_with(&format!("Git-commit: {ID}\nPatch-mainline: v1.2.0\n")));
        let adapted = Style::Ubuntu.write(message.as_bytes(), Origin { is_clean: false, ..origin() });
        assert!(adapted.contains_str("(backported from commit "));
    }

    #[test]
    fn a_name_that_is_none_and_a_template_without_an_id_are_no_styles() {
        assert_eq!(Style::parse("nonsense"), None);
        assert_eq!(Style::parse("a\n{id}"), None);
    }

    #[test]
    fn a_line_of_the_projects_own_is_read_back() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        for template in [
            "Backport-of: {id}",
            "{id} is where it is from",
            "From {pr}: {subject} ({short}, {id})",
            "Acme-upstream: {short} {id}",
            "«{subject}» {id}",
        ] {
            let style = Style::parse(template).unwrap();
            for subject in ["Subject", "A (strange) {id}: one, «two»", ""] {
                let origin = Origin { id, is_clean: true, pr: Some(7), release: None };
                let message = style.write(format!("{subject}\n\nBody.\n").as_bytes(), origin);
                assert_eq!(style.read(&message), [id], "{template} {message}");
            }
            assert!(style.read(b"Subject\n\nNothing of that kind 0123456789.\n").is_empty());
        }
        assert!(Style::CherryPickX.read(b"x\n\n(cherry picked from commit 0123456)\n").is_empty());
    }
}
