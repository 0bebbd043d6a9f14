//! Any two contents: render, parse, apply, and git agrees.

use bstr::{BStr, BString, ByteSlice};
use pq::format::diff::{Body, FileDiff};
use pq::format::render::{Side, refresh_file, render_file};
use pq::format::section::{Cursor, parse_sections};
use pq::model::{Content, Mode, Oid};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use super::git::Repo;

/// Contents made of few different lines, so that there is much to mistake: repeated, with and without last newline, CRLF, empty, binary.
pub fn content() -> impl Strategy<Value = Vec<u8>> {
    let line = proptest::sample::select(vec![
        "a\n",
        "a\n",
        "b\n",
        "}\n",
        "\n",
        "fn x() {\n",
        "  b\n",
        "c\r\n",
        "\r\n",
        "- x\n",
        "\\ y\n",
        "@@ z\n",
    ]);
    let end = proptest::sample::select(vec!["", "", "", "end", "a", "\r", " ", "\0", "\\"]);
    let lines = proptest::collection::vec(line, 0..30);
    (lines, end).prop_map(|(lines, end)| [lines.concat().as_bytes(), end.as_bytes()].concat())
}

/// A content and one that is made from it by a few edits.
pub fn pair() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let edits =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..3usize, proptest::option::of(content())), 0..4);
    let edited = (content(), edits).prop_map(|(old, edits)| {
        let mut lines: Vec<Vec<u8>> = old.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        for (at, remove, insert) in edits {
            let at = at.index(lines.len() + 1);
            let end = (at + remove).min(lines.len());
            let new = insert.map(|text| text.iter().take(6).copied().collect::<Vec<u8>>());
            lines.splice(at..end, new);
        }
        (old, lines.concat())
    });
    prop_oneof![3 => edited, 1 => (content(), content())]
}

pub fn oid(hex: &str) -> Oid {
    hex.parse().unwrap()
}

pub fn side<'a>(path: &'a str, mode: Mode, id: &str, bytes: &'a [u8]) -> Side<'a> {
    Side { path: BStr::new(path), mode, id: oid(id), bytes }
}

pub fn parse(bytes: &[u8]) -> Vec<FileDiff> {
    parse_sections(Cursor::new(bytes)).unwrap_or_else(|error| panic!("{error}\n{}", bytes.as_bstr())).0
}

/// The section that turns one content into the other.
pub fn render_text(old: &[u8], new: &[u8]) -> Vec<u8> {
    let (a, b) = (gix_blob_id(old), gix_blob_id(new));
    render_file(Some(side("f", Mode::Regular, &a, old)), Some(side("f", Mode::Regular, &b, new)), false)
}

pub fn pairs(count: usize) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| pair().new_tree(&mut runner).unwrap().current()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_what_was_rendered_gives_the_new_content((old, new) in pair()) {
        let text = render_text(&old, &new);
        if old == new {
            prop_assert!(text.is_empty());
            return Ok(());
        }
        let files = parse(&text);
        prop_assert_eq!(files.len(), 1);
        prop_assert_eq!(BString::from(&files[0].raw[..]), BString::from(&text[..]));
        let (bytes, content) = files[0].apply(Some(&old)).unwrap();
        prop_assert_eq!(bytes.unwrap(), &new[..]);
        if let Content::Lines(edits) = content {
            prop_assert_eq!(edits, pq::format::diff::line_edits(&old, &new));
        }
        if let Body::Binary(patch) = &files[0].body {
            prop_assert_eq!(patch.reverse.as_ref().unwrap().apply(&new).unwrap(), old);
        }
    }

    #[test]
    fn creations_and_deletions_round_trip(new in content()) {
        let id = gix_blob_id(&new);
        let made = parse(&render_file(None, Some(side("f", Mode::Regular, &id, &new)), false));
        prop_assert_eq!(made[0].apply(None).unwrap().0, Some(new.clone()));
        prop_assert!(made[0].apply(Some(&new)).is_err());
        let gone = parse(&render_file(Some(side("f", Mode::Executable, &id, &new)), None, false));
        prop_assert_eq!(gone[0].apply(Some(&new)).unwrap().0, None);
        prop_assert!(gone[0].apply(None).is_err());
    }
}

pub fn gix_blob_id(content: &[u8]) -> String {
    gix::objs::compute_hash(gix::hash::Kind::Sha1, gix::objs::Kind::Blob, content).unwrap().to_string()
}

#[test]
fn git_apply_takes_what_is_rendered() {
    let (repo, pairs) = (Repo::new(), pairs(600));
    let olds: Vec<&[u8]> = pairs.iter().map(|(old, _)| &old[..]).collect();
    let news: Vec<&[u8]> = pairs.iter().map(|(_, new)| &new[..]).collect();
    let (old_ids, new_ids) = (repo.blobs(&olds), repo.blobs(&news));
    let names: Vec<String> = (0..pairs.len()).map(|nth| format!("d {}/f\t{nth}", nth % 7)).collect();
    let mut patch = Vec::new();
    for (nth, name) in names.iter().enumerate() {
        let mode = |odd: bool| if odd { Mode::Executable } else { Mode::Regular };
        let (old, new) = (
            side(name, mode(nth % 5 == 0), &old_ids[nth], olds[nth]),
            side(name, mode(nth % 3 == 0), &new_ids[nth], news[nth]),
        );
        patch.extend(render_file(Some(old), Some(new), false));
    }
    let mode = |odd: bool| if odd { "100755" } else { "100644" };
    let entries: Vec<_> =
        (0..names.len()).map(|n| (mode(n % 3 == 0), new_ids[n].as_str(), names[n].as_bytes())).collect();
    let expected = repo.index(&entries);
    let entries: Vec<_> =
        (0..names.len()).map(|n| (mode(n % 5 == 0), old_ids[n].as_str(), names[n].as_bytes())).collect();
    repo.index(&entries);
    repo.ok(&["apply", "--cached", "--whitespace=nowarn", "-"], &patch);
    assert_eq!(repo.line(&["write-tree"], b""), expected);
}

/// Sections by the name of the new file.
fn by_name(text: &[u8]) -> std::collections::BTreeMap<BString, BString> {
    parse(text).into_iter().map(|file| (file.path().to_owned(), file.raw)).collect()
}

#[test]
fn sections_read_as_git_writes_them() {
    let (repo, pairs) = (Repo::new(), pairs(600));
    let text: Vec<_> = pairs.into_iter().filter(|(old, new)| !old.contains(&0) && !new.contains(&0)).collect();
    let olds: Vec<&[u8]> = text.iter().map(|(old, _)| &old[..]).collect();
    let news: Vec<&[u8]> = text.iter().map(|(_, new)| &new[..]).collect();
    let (old_ids, new_ids) = (repo.blobs(&olds), repo.blobs(&news));
    let names: Vec<String> = (0..text.len()).map(|nth| format!("d {}/f\t{nth}", nth % 7)).collect();
    let entries = |ids: &[String]| -> String {
        let entries: Vec<_> =
            names.iter().zip(ids).map(|(name, id)| ("100644", id.as_str(), name.as_bytes())).collect();
        repo.index(&entries)
    };
    let (before, after) = (entries(&old_ids), entries(&new_ids));
    let args = ["diff-tree", "-p", "--full-index", "--diff-algorithm=histogram", "--no-renames", "--indent-heuristic"];
    let git = by_name(&repo.ok(&[&args[..], &[&before, &after]].concat(), b""));
    let mut differing = 0;
    for nth in 0..names.len() {
        let section = |id, bytes| Some(side(&names[nth], Mode::Regular, id, bytes));
        let ours = render_file(section(&old_ids[nth], olds[nth]), section(&new_ids[nth], news[nth]), false);
        let Some(git) = git.get(names[nth].as_bytes().as_bstr()) else {
            assert!(ours.is_empty());
            continue;
        };
        differing += usize::from(git[..] != ours[..]);
    }
    assert!(differing < 10, "{differing}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_refreshed_section_gives_what_is_intended((old, new) in pair(), (pre, post) in pair(), above in content()) {
        let file = match parse(&render_text(&old, &new)).pop() {
            Some(file) => file,
            None => return Ok(()),
        };
        for (pre, post) in [(&pre, &post), (&old, &post), (&pre, &new), (&[&above[..], &old].concat(), &[&above[..], &new].concat())] {
            let (a, b) = (gix_blob_id(pre), gix_blob_id(post));
            let (a, b) = (side("f", Mode::Regular, &a, pre), side("f", Mode::Regular, &b, post));
            let fresh = refresh_file(&file, Some(a), Some(b));
            match fresh.as_deref().unwrap_or(&file.raw) {
                b"" => prop_assert_eq!(pre, post),
                text => prop_assert_eq!(parse(text)[0].apply(Some(pre)).unwrap().0, Some(post.clone())),
            }
        }
        let (a, b) = (gix_blob_id(&old), gix_blob_id(&new));
        let (a, b) = (side("f", Mode::Regular, &a, &old), side("f", Mode::Regular, &b, &new));
        prop_assert_eq!(refresh_file(&file, Some(a), Some(b)), None);
    }
}
