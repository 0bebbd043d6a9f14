//! Each kind of conflict in words, and the commands that settle it.

use bstr::{BString, ByteSlice};

use super::session::Clash;
use super::{Explained, Way};
use crate::format::quote::display;
use crate::git::worktree::Stage;
use crate::git::{Change, Entry, Objects};
use crate::model::{ConflictKind, Mode};

/// What is known of the conflicts of a patch.
pub struct About<'a> {
    /// Where its files are.
    pub objects: &'a Objects,
    /// What the patch does.
    pub changes: &'a [Change],
    /// The entries of the index that are not merged.
    pub unmerged: &'a [Stage],
    /// The release that the patch is for.
    pub old: &'a str,
    /// The release that it is put on.
    pub new: &'a str,
}

/// A conflict explained.
pub fn explain(clash: &Clash, about: &About<'_>) -> Explained {
    let path = display(clash.path.as_ref());
    let old_path = old_path(clash, about).map(|path| display(path.as_ref()));
    let what = what(clash, about, old_path.as_deref());
    Explained {
        what,
        ways: ways(clash, about.unmerged),
        path,
        old_path,
        kind: clash.kind,
        culprits: Vec::new(),
        regions: None,
        resolutions: Vec::new(),
        disputed: Vec::new(),
    }
}

/// Where the file was in front of the patch, if the patch moves it here.
fn old_path<'a>(clash: &Clash, about: &'a About<'_>) -> Option<&'a BString> {
    let is_here = |change: &&Change| change.new.as_ref().is_some_and(|new| new.path == clash.path);
    let change = about.changes.iter().find(is_here).filter(|change| change.leaves_old_path());
    change.and_then(|change| change.old.as_ref()).map(|old| &old.path)
}

fn what(clash: &Clash, about: &About<'_>, old_path: Option<&str>) -> String {
    let (ours, theirs) = (word(clash.ours, about.objects), word(clash.theirs, about.objects));
    let (old, new) = (about.old, about.new);
    match clash.kind {
        ConflictKind::Content => format!("the patch and {new} changed the same lines since {old}"),
        ConflictKind::Binary => format!("the patch and {new} changed a file without lines since {old}"),
        ConflictKind::ModifyDelete if clash.theirs.is_none() && clash.base == clash.ours => {
            format!("the patch deletes the file, which {new} has moved to this place")
        }
        ConflictKind::ModifyDelete if clash.theirs.is_none() => {
            format!("the patch deletes the file, which {new} has changed since {old}")
        }
        ConflictKind::ModifyDelete if old_path.is_some() => {
            let path = old_path.unwrap_or_default();
            format!("the patch renames {path} to this path, and {new} does not have {path} any more")
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
        ConflictKind::Symlink => {
            format!("the patch and {new} changed what the symlink points at: the patch has {theirs}, {new} {ours}")
        }
        ConflictKind::Submodule => format!("the patch wants {theirs}, and {new} has {ours}"),
        ConflictKind::Duplicate => format!("it applies, but {new} has all that it adds already"),
    }
}

/// A side in words.
fn word(entry: Option<Entry>, objects: &Objects) -> String {
    let Some(entry) = entry else { return "nothing".to_owned() };
    match entry.mode {
        Mode::Regular => "a file".to_owned(),
        Mode::Executable => "an executable file".to_owned(),
        Mode::Symlink => match objects.blob(entry.id) {
            Ok(target) => format!("a symlink to {}", display(target.as_bstr())),
            Err(_) => "a symlink".to_owned(),
        },
        Mode::Submodule => format!("a submodule at {}", entry.id.short()),
    }
}

fn ways(clash: &Clash, unmerged: &[Stage]) -> Vec<Way> {
    let (path, plain) = (pathspec(&clash.path), shell(&clash.path));
    let way = |means, command: String| Way { means, command };
    let has_sides = clash.ours.is_some() && clash.theirs.is_some();
    let mut ways = Vec::new();
    if matches!(clash.kind, ConflictKind::Content | ConflictKind::AddAdd | ConflictKind::Rename) && has_lines(clash) {
        ways.push(way("edit it, then", format!("git add {path}")));
    }
    match clash.kind {
        ConflictKind::Submodule => {
            let take = |entry: Option<Entry>| format!("git update-index --cacheinfo {}", info(entry, &clash.path));
            ways.push(way("what upstream has", take(clash.ours)));
            ways.push(way("what the patch wants", take(clash.theirs)));
        }
        ConflictKind::Mode => {
            let take = |entry: Option<Entry>| {
                format!("git update-index --cacheinfo {} && git checkout -- {path}", info(entry, &clash.path))
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
            ways.push(way("the patch's file, elsewhere", format!("git add {path} && git mv {plain} NEW-PATH")));
            ways.push(way("without it", format!("git rm -f {path}")));
        }
        ConflictKind::Rename => {
            let (old, other) = names(clash, unmerged);
            let means = "under this name: remove the other one";
            ways.push(way(means, format!("git add {path} && git rm -f {other} {old}")));
            ways.push(way("under the patch's name", format!("git add {other} && git rm -f {path} {old}")));
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

/// What the file was called before, and the patch's name for it, where both sides gave it another one: their stages come behind the clash's.
fn names(clash: &Clash, unmerged: &[Stage]) -> (String, String) {
    let at = unmerged.iter().position(|it| it.path == clash.path && it.stage == 2).map_or(0, |at| at + 1);
    let of = |wanted: u8, word: &str| {
        let stage = unmerged.iter().skip(at).take(2).find(|it| it.stage == wanted);
        stage.map_or_else(|| word.to_owned(), |stage| pathspec(&stage.path))
    };
    (of(1, "OLD-NAME"), of(3, "OTHER-NAME"))
}

fn info(entry: Option<Entry>, path: &[u8]) -> String {
    entry.map_or(String::new(), |entry| {
        let info = [format!("{},{},", entry.mode.as_octal(), entry.id).as_bytes(), path].concat();
        word_of(&info)
    })
}

/// A path as git takes it behind a command: nothing but this path.
fn pathspec(path: &[u8]) -> String {
    match path.iter().any(|byte| b"*?[\\".contains(byte)) || path.starts_with(b":") {
        true => word_of(&[b":(literal)", path].concat()),
        false => shell(path),
    }
}

/// A path as a shell and git take it: nothing that looks like an option.
fn shell(path: &[u8]) -> String {
    match path.starts_with(b"-") {
        true => word_of(&[b"./", path].concat()),
        false => word_of(path),
    }
}

/// Bytes as one word of a shell. What a terminal must not show is written as POSIX printf(1) reads it.
fn word_of(bytes: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/._-+@%,=~".contains(byte);
    match bytes.to_str() {
        Ok(text) if bytes.iter().all(is_plain) && !text.starts_with('~') => text.to_owned(),
        Ok(text) if text.chars().all(is_shown) => {
            format!("'{}'", text.replace('\'', "'\\''"))
        }
        _ => format!("\"$(printf '%b' '{}')\"", bytes.iter().map(|byte| printed(*byte)).collect::<String>()),
    }
}

/// Whether a terminal shows a character as it is.
fn is_shown(letter: char) -> bool {
    letter == ' ' || letter.is_ascii_graphic() || letter.is_alphanumeric()
}

fn printed(byte: u8) -> String {
    match byte.is_ascii_graphic() && byte != b'\\' && byte != b'\'' || byte == b' ' {
        true => char::from(byte).to_string(),
        false => format!("\\0{byte:03o}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a shell makes of a word.
    fn read_by_sh(word: &str) -> Vec<u8> {
        let script = format!("printf '%s' {word}");
        std::process::Command::new("sh").args(["-c", &script]).output().unwrap().stdout
    }

    #[test]
    fn a_shell_reads_what_was_meant() {
        let paths: [&[u8]; 9] = [
            b"a/b.txt",
            b"with blank",
            b"it's",
            b"tab\there",
            b"\x1b[2J",
            b"\xff\xfe",
            b"~home",
            b"$(id)`id`\\n",
            "\u{202e}x".as_bytes(),
        ];
        for path in paths {
            let word = shell(path);
            assert_eq!(read_by_sh(&word), path, "{word}");
            assert!(word.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()), "{word}");
        }
        assert_eq!(shell("é ö".as_bytes()), "'é ö'");
        assert_eq!(read_by_sh(&shell(b"-x")), b"./-x");
        assert_eq!(read_by_sh(&pathspec(b"a*")), b":(literal)a*");
    }
}
