//! Each kind of conflict in words, and the commands that settle it.

use bstr::ByteSlice;

use super::session::Clash;
use super::{Explained, Way};
use crate::format::quote::display;
use crate::git::Entry;
use crate::model::{ConflictKind, Mode};

/// A conflict explained; `old` and `new` are the releases.
pub fn explain(clash: &Clash, old: &str, new: &str) -> Explained {
    let path = display(clash.path.as_ref());
    let (what, ways) = (what(clash, old, new), ways(clash));
    Explained { what, ways, path, kind: clash.kind, culprits: Vec::new(), regions: None, resolutions: Vec::new() }
}

fn what(clash: &Clash, old: &str, new: &str) -> String {
    let (ours, theirs) = (word(clash.ours), word(clash.theirs));
    match clash.kind {
        ConflictKind::Content => format!("the patch and {new} changed the same lines since {old}"),
        ConflictKind::Binary => format!("the patch and {new} changed a file without lines since {old}"),
        ConflictKind::ModifyDelete if clash.theirs.is_none() && clash.base == clash.ours => {
            format!("the patch deletes the file, which {new} has moved to this place")
        }
        ConflictKind::ModifyDelete if clash.theirs.is_none() => {
            format!("the patch deletes the file, which {new} has changed since {old}")
        }
        ConflictKind::ModifyDelete => format!("the patch changes the file, which {new} does not have any more"),
        ConflictKind::AddAdd => format!("the patch adds {theirs}, and {new} has {ours} there already"),
        ConflictKind::Rename if clash.theirs.is_some() => {
            format!("the patch renames a file to this path, and {new} has {ours} there already")
        }
        ConflictKind::Rename => {
            format!("the patch and {new} gave the file different names: here it has the one of {new}")
        }
        ConflictKind::FileDirectory => {
            format!(
                "the patch has {theirs} where {new} has a directory, or the other way round: it is written beside it"
            )
        }
        ConflictKind::Mode => format!("the patch wants {theirs}, and {new} has {ours}"),
        ConflictKind::Symlink => format!("the patch and {new} changed what the symlink points at: {theirs}, {ours}"),
        ConflictKind::Submodule => format!("the patch wants {theirs}, and {new} has {ours}"),
        ConflictKind::Duplicate => format!("it applies, but {new} has all that it adds already"),
    }
}

/// A side in words.
fn word(entry: Option<Entry>) -> String {
    let Some(entry) = entry else { return "nothing".to_owned() };
    match entry.mode {
        Mode::Regular => "a file".to_owned(),
        Mode::Executable => "an executable file".to_owned(),
        Mode::Symlink => "a symlink".to_owned(),
        Mode::Submodule => format!("a submodule at {}", entry.id.short()),
    }
}

fn ways(clash: &Clash) -> Vec<Way> {
    let path = shell(&clash.path);
    let way = |means, command: String| Way { means, command };
    let has_sides = clash.ours.is_some() && clash.theirs.is_some();
    let mut ways = Vec::new();
    if matches!(clash.kind, ConflictKind::Content | ConflictKind::AddAdd | ConflictKind::Rename) && has_lines(clash) {
        ways.push(way("edit it, then", format!("git add {path}")));
    }
    match clash.kind {
        ConflictKind::Submodule => {
            let take = |entry: Option<Entry>| format!("git update-index --cacheinfo {}", info(entry, &path));
            ways.push(way("what upstream has", take(clash.ours)));
            ways.push(way("what the patch wants", take(clash.theirs)));
        }
        ConflictKind::Mode => {
            let take = |entry: Option<Entry>| {
                format!("git update-index --cacheinfo {} && git checkout -- {path}", info(entry, &path))
            };
            ways.push(way("what upstream has", take(clash.ours)));
            ways.push(way("what the patch wants", take(clash.theirs)));
        }
        ConflictKind::Duplicate => {}
        _ if has_sides => {
            ways.push(way("what upstream has", format!("git checkout --ours -- {path} && git add {path}")));
            ways.push(way("what the patch wants", format!("git checkout --theirs -- {path} && git add {path}")));
        }
        ConflictKind::FileDirectory => {
            ways.push(way("the patch's file, elsewhere", format!("git add {path} && git mv {path} NEW-PATH")));
            ways.push(way("without it", format!("git rm -f {path}")));
        }
        ConflictKind::Rename => {
            ways.push(way(
                "under this name: remove the other one",
                format!("git add {path} && git rm OTHER-NAME OLD-NAME"),
            ));
            ways.push(way("under the patch's name", format!("git rm {path} OLD-NAME && git add OTHER-NAME")));
        }
        _ => {
            ways.push(way("keep the file, as it is or edited", format!("git add {path}")));
            ways.push(way("let it be deleted", format!("git rm {path}")));
        }
    }
    ways
}

fn has_lines(clash: &Clash) -> bool {
    [clash.ours, clash.theirs].iter().flatten().all(|entry| entry.mode.is_file())
}

fn info(entry: Option<Entry>, path: &str) -> String {
    entry.map_or(String::new(), |entry| format!("{},{},{path}", entry.mode.as_octal(), entry.id))
}

/// A path as a shell takes it.
fn shell(path: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@%,=~".contains(byte);
    match path.to_str() {
        Ok(text) if path.iter().all(is_plain) && !path.starts_with(b"-") && !path.starts_with(b"~") => text.to_owned(),
        _ => format!("'{}'", display(path.as_bstr()).replace('\'', "'\\''")),
    }
}
