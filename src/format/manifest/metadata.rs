//! The tables `[patch.NAME]` and `[patch.NAME.held]`.

use std::collections::HashMap;
use std::ops::Range;

use super::check::{Series, owned, owned_list, read_oid};
use super::error::{Problems, did_you_mean, shown};
use super::keys;
use super::read::{Section, Text};
use crate::model::{Held, HeldWhy, Patch, PatchKind, PatchMeta, PatchName};

/// The patches of the series with their metadata. Metadata of any other is reported, unless `series` is wrong itself.
pub(super) fn read_patches(root: &Section<'_>, series: Series, problems: &mut Problems<'_>) -> Vec<Patch> {
    let names = series.names.iter().enumerate();
    let positions: HashMap<String, usize> = names.map(|(at, name)| (name.as_str().to_owned(), at)).collect();
    let patch = |name| Patch { name, meta: PatchMeta::default() };
    let mut patches: Vec<Patch> = series.names.into_iter().map(patch).collect();
    let Some(tables) = root.section("patch", "[patch.NAME]", problems) else {
        return patches;
    };
    let mut reader = Metadata { positions: &positions, is_complete: series.is_complete, problems };
    for (name, item) in tables.table.iter() {
        let Some(section) = tables.section(name, &format!("[patch.{}]", shown(name)), reader.problems) else {
            continue;
        };
        check_merged(&section, reader.problems);
        match positions.get(name) {
            Some(at) => patches[*at].meta = reader.meta(&section, name),
            None => reader.report_stranger(&section, tables.key_place(name, item), name),
        }
    }
    patches
}

/// Reports a header that follows directly on another one.
///
/// git's union merge of two tables that were added at one place keeps the lines in which both end only once, so the
/// first table loses them without a word. pq writes the keys that are a patch's own last, so that there are none; where
/// all are the same, this is left: `[patch.a]`, `[patch.b]`, `kind = "fork"`.
fn check_merged(section: &Section<'_>, problems: &mut Problems<'_>) {
    let (above, header) = problems.text().split_at(section.at.start);
    let line = above.strip_suffix('\n').unwrap_or(above).rsplit('\n').next().unwrap_or_default().trim();
    let is_own = header.starts_with(line.trim_end_matches(']'));
    if header.starts_with('[') && line.starts_with("[patch.") && !is_own {
        let message =
            format!("{} stands directly below another header: a merge may have run two tables together", section.label);
        problems.report(&section.at, message, "give the table above its keys back, or delete it");
    }
}

/// Reads the tables of patches, which may name other patches of the series.
struct Metadata<'a, 'p, 't> {
    positions: &'a HashMap<String, usize>,
    is_complete: bool,
    problems: &'p mut Problems<'t>,
}

impl Metadata<'_, '_, '_> {
    fn report_stranger(&mut self, section: &Section<'_>, at: Range<usize>, name: &str) {
        if !self.is_complete {
            return;
        }
        let message = format!("`{}` has metadata, but does not stand in `series`", shown(name));
        let dotted = section.table.iter().map(|(rest, _)| format!("{name}.{rest}"));
        let whole = dotted.flat_map(|start| self.starting_with(start)).next();
        let hint = match (whole, did_you_mean(name, self.names())) {
            (Some(whole), _) => format!("quote a name with dots: [patch.\"{}\"]", shown(&whole)),
            (None, Some(meant)) => format!("did you mean `{meant}`? Otherwise add it to `series` or delete the table"),
            (None, None) => "add it to `series`, or delete the table".to_owned(),
        };
        self.problems.report(&at, message, hint);
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.positions.keys().map(String::as_str)
    }

    fn starting_with(&self, start: String) -> Option<String> {
        self.names().find(|name| name.starts_with(&start)).map(str::to_owned)
    }

    fn meta(&mut self, section: &Section<'_>, name: &str) -> PatchMeta {
        section.check_keys(keys::PATCH, self.problems);
        let held = section.section("held", &format!("[patch.{}.held]", shown(name)), self.problems);
        PatchMeta {
            upstream: self.upstream_ids(section),
            kind: self.word(section, "kind", PatchKind::ALL, PatchKind::as_str),
            topic: owned(section.text("topic", self.problems)),
            pr: owned(section.text("pr", self.problems)),
            cve: owned_list(section.list("cve", self.problems)),
            owner: owned(section.text("owner", self.problems)),
            reason: owned(section.text("reason", self.problems)),
            requires: self.others(section, "requires", name),
            drop_after: owned(section.text("drop-after", self.problems)),
            deviation: owned(section.text("deviation", self.problems)),
            quilt: owned(section.text("quilt", self.problems)),
            held: held.and_then(|section| self.held(&section, name)),
        }
    }

    fn held(&mut self, section: &Section<'_>, name: &str) -> Option<Held> {
        section.check_keys(keys::HELD, self.problems);
        if !section.table.contains_key("why") {
            section.report_missing("why", "write why = \"conflict\" or why = \"blocked\"", self.problems);
        }
        let why = self.word(section, "why", HeldWhy::ALL, HeldWhy::as_str);
        let base = section.required("base", self.problems);
        let base_commit = read_oid(section, "base-commit", self.problems);
        let commit = read_oid(section, "commit", self.problems);
        let blocked_by = self.others(section, "blocked-by", name);
        let paths = owned_list(section.list("paths", self.problems));
        let base = base?.value.to_owned();
        Some(Held { why: why?, base, base_commit: base_commit?, commit: commit?, blocked_by, paths })
    }

    /// One of a few words.
    fn word<T: Copy, const N: usize>(
        &mut self,
        section: &Section<'_>,
        key: &str,
        all: [T; N],
        word: fn(T) -> &'static str,
    ) -> Option<T> {
        let text = section.text(key, self.problems)?;
        let found = all.into_iter().find(|value| word(*value) == text.value);
        if found.is_none() {
            let hint = format!("write one of: {}", all.map(word).join(", "));
            self.problems.report(&text.at, format!("`{key}` cannot be `{}`", shown(text.value)), hint);
        }
        found
    }

    fn upstream_ids(&mut self, section: &Section<'_>) -> Option<Vec<String>> {
        let ids = section.list("upstream", self.problems)?;
        let is_id = |id: &str| (7..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        for id in ids.iter().filter(|id| !is_id(id.value)) {
            let message = format!("`{}` is not the id of a commit", shown(id.value));
            self.problems.report(&id.at, message, "write 7 to 64 hexadecimal digits");
        }
        Some(ids.iter().map(|id| id.value.to_ascii_lowercase()).collect())
    }

    /// Other patches of the series.
    fn others(&mut self, section: &Section<'_>, key: &str, own: &str) -> Vec<PatchName> {
        let texts = section.list(key, self.problems).unwrap_or_default();
        texts.into_iter().filter_map(|text| self.other(text, key, own)).collect()
    }

    fn other(&mut self, text: Text<'_>, key: &str, own: &str) -> Option<PatchName> {
        if text.value == own {
            self.problems.report(
                &text.at,
                format!("`{}` names itself in `{key}`", shown(own)),
                "delete it from the list",
            );
            return None;
        }
        if self.is_complete && !self.positions.contains_key(text.value) {
            let message = format!("`{}` in `{key}` does not stand in `series`", shown(text.value));
            let hint = match did_you_mean(text.value, self.names()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "delete it from the list, or add the patch to `series`".to_owned(),
            };
            self.problems.report(&text.at, message, hint);
        }
        text.value.parse().ok()
    }
}
