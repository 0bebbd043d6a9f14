//! Whole patch files: git takes ours, we take git's.

use bstr::{BStr, BString, ByteSlice};
use pq::format::diff::{Action, Body, FileDiff};
use pq::format::patch_id::patch_id;
use pq::format::patchfile::{Author, Date, Message, PatchFile};
use pq::format::render::{Side, render_file};
use pq::model::{Content, Mode};
use proptest::prelude::*;

use super::git::Repo;
use super::round_trip::{gix_blob_id, oid, pairs, parse};

/// One file on both sides of the mixed patch.
struct Change {
    old: Option<(&'static [u8], Mode, Vec<u8>)>,
    new: Option<(&'static [u8], Mode, Vec<u8>)>,
    is_copy: bool,
}

const COMMITS: [&str; 2] = ["89e6c98d92887913cadf06b2adb97f26cde4849b", "6ff87c4664981e4397625791c8ea3bbb5f2279a3"];

fn changes() -> Vec<Change> {
    use Mode::*;
    let long = |start: &str| format!("{start}\n{}end\n", "the same line over and over\n".repeat(20)).into_bytes();
    let noise = |seed: u32| (0..3000u32).map(|n| (n.wrapping_mul(n ^ seed) >> 5) as u8).collect::<Vec<u8>>();
    let mut grown = noise(7);
    grown.splice(100..120, *b"something");
    let change = |old, new| Change { old, new, is_copy: false };
    vec![
        change(Some((b"text", Regular, long("a"))), Some((b"text", Regular, long("b")))),
        change(Some((b"old name", Regular, long("a"))), Some((b"dir/new\tname", Regular, long("b")))),
        change(Some((b"moved ", Executable, long("x"))), Some((b"moved-on", Executable, long("x")))),
        Change { old: Some((b"text", Regular, long("a"))), new: Some((b"copy", Executable, long("c"))), is_copy: true },
        change(
            Some((b"script", Regular, b"#!/bin/sh\n".to_vec())),
            Some((b"script", Executable, b"#!/bin/sh\n".to_vec())),
        ),
        change(Some((b"link", Symlink, b"text".to_vec())), Some((b"link", Symlink, b"copy".to_vec()))),
        change(Some((b"becomes-link", Regular, b"x\n".to_vec())), Some((b"becomes-link", Symlink, b"text".to_vec()))),
        change(Some((b"binary", Regular, noise(7))), Some((b"binary", Regular, grown))),
        change(None, Some((b"new-binary", Regular, noise(9)))),
        change(Some((b"gone-binary", Regular, noise(3))), None),
        change(Some((b"gone", Regular, b"a\nb".to_vec())), None),
        change(None, Some((b"empty", Regular, vec![]))),
        change(Some((b"gone-empty", Executable, vec![])), None),
        change(Some((b"qu\"o\\te\n", Regular, b"a".to_vec())), Some((b"qu\"o\\te\n", Regular, b"b".to_vec()))),
        change(Some((b"latin-\xe9", Regular, b"a\n".to_vec())), Some((b"latin-\xe9", Regular, b"a".to_vec()))),
        change(
            Some(("ünïcode/ b/c".as_bytes(), Regular, b"\xff\n".to_vec())),
            Some(("ünïcode/ b/c".as_bytes(), Regular, b"\xfe\n".to_vec())),
        ),
        change(Some((b"crlf", Regular, b"a\r\nb\r\n".to_vec())), Some((b"crlf", Regular, b"a\r\nc\n".to_vec()))),
        change(Some((b"sub", Submodule, vec![])), Some((b"sub", Submodule, vec![]))),
        change(None, Some((b"new-sub", Submodule, vec![]))),
        change(
            Some((b"dashes", Regular, b"-- \n-- x\n--- y\n".to_vec())),
            Some((b"dashes", Regular, b"--- y\n-- \n+++ z\n".to_vec())),
        ),
    ]
}

fn id_of(mode: Mode, content: &[u8], nth: usize) -> String {
    if mode == Mode::Submodule { COMMITS[nth].to_owned() } else { gix_blob_id(content) }
}

fn sections() -> Vec<Vec<u8>> {
    let render = |change: &Change| {
        let ids = [&change.old, &change.new].map(|side| side.as_ref().map(|(_, mode, content)| (*mode, content)));
        let id = |nth: usize| ids[nth].map(|(mode, content)| oid(&id_of(mode, content, nth)));
        let side = |side: &'_ Option<(&'static [u8], Mode, Vec<u8>)>, nth: usize| {
            side.as_ref().zip(id(nth)).map(|((path, mode, bytes), id)| (BStr::new(*path), *mode, id, bytes.clone()))
        };
        let (old, new) = (side(&change.old, 0), side(&change.new, 1));
        let borrow = |(path, mode, id, bytes)| Side { path, mode, id, bytes };
        let old = old.as_ref().map(|(path, mode, id, bytes)| borrow((*path, *mode, *id, &bytes[..])));
        let new = new.as_ref().map(|(path, mode, id, bytes)| borrow((*path, *mode, *id, &bytes[..])));
        render_file(old, new, change.is_copy)
    };
    changes().iter().map(render).collect()
}

fn tree(repo: &Repo, nth: usize) -> String {
    let changes = changes();
    let mut sides: Vec<_> =
        changes.iter().filter_map(|c| if nth == 0 { c.old.as_ref() } else { c.new.as_ref() }).collect();
    sides.sort_by_key(|(path, ..)| *path);
    sides.dedup_by_key(|(path, ..)| *path);
    let contents: Vec<&[u8]> = sides.iter().map(|(.., content)| &content[..]).collect();
    repo.blobs(&contents);
    let ids: Vec<String> = sides.iter().map(|(_, mode, content)| id_of(*mode, content, nth)).collect();
    let entries: Vec<_> =
        sides.iter().zip(&ids).map(|((path, mode, _), id)| (mode.as_octal(), id.as_str(), *path)).collect();
    repo.index(&entries)
}

fn message(text: &[u8]) -> Message {
    Message {
        author: Some(Author { name: "J\u{f6}hn B. Doe".into(), email: "john@example.com".into() }),
        date: Some(Date { seconds: 1680508800, offset: "+0200".into() }),
        encoding: None,
        text: text.into(),
    }
}

#[test]
fn git_am_takes_a_patch_of_everything() {
    let repo = Repo::new();
    let after = tree(&repo, 1);
    let before = tree(&repo, 0);
    let base = repo.line(&["commit-tree", &before, "-m", "base"], b"");
    let latin_author = Author { name: b"J\xf6hn B. Doe".into(), email: "john@example.com".into() };
    let latin = Message {
        author: Some(latin_author),
        encoding: Some("ISO-8859-1".into()),
        ..message(b"Ge\xe4ndert\n\nL\xe4nger\n")
    };
    let odd = message(b"subject over\ntwo lines\n\n---\ndiff --git a/x b/x\n--- x");
    for message in [latin, message("Geändert\n\nbody\n".as_bytes()), odd, message(b"")] {
        let file = PatchFile::new(message.clone(), sections()).unwrap();
        assert_eq!(PatchFile::parse(&file.to_bytes()).unwrap(), file);
        repo.ok(&["update-ref", "refs/heads/main", &base], b"");
        repo.ok(&["reset", "-q", "--hard"], b"");
        repo.ok(&["am", "-q", "--keep-cr"], &file.to_bytes());
        assert_eq!(repo.line(&["rev-parse", "HEAD^{tree}"], b""), after);
        if message.encoding.is_some() {
            assert_eq!(
                repo.ok(&["log", "-1", "--format=%an|%ad|%B"], b"").as_bstr(),
                "Jöhn B. Doe|Mon Apr 3 10:00:00 2023 +0200|Geändert\n\nLänger\n\n"
            );
        }
    }
}

/// The content of each path after our own application of the patch.
#[test]
fn we_apply_a_patch_of_everything() {
    let file = PatchFile::new(message(b"x\n"), sections()).unwrap();
    for change in changes() {
        let pre = change.old.as_ref().map(|(path, mode, content)| (*path, *mode, side_content(*mode, content, 0)));
        let post = change.new.as_ref().map(|(path, mode, content)| (*path, *mode, side_content(*mode, content, 1)));
        let matches = |file: &&FileDiff| {
            file.new_path.as_ref().map(|p| &p[..]) == post.as_ref().map(|p| p.0)
                && file.old_path.as_ref().map(|p| &p[..]) == pre.as_ref().map(|p| p.0)
        };
        let Some(section) = file.files.iter().find(matches) else {
            assert_eq!(pre.unwrap().0, b"becomes-link");
            continue;
        };
        let (bytes, content) = section.apply(pre.as_ref().map(|(.., content)| &content[..])).unwrap();
        assert_eq!(bytes, post.as_ref().map(|(.., content)| content.clone()));
        assert_eq!(section.result_mode(pre.as_ref().map(|p| p.1)).unwrap(), post.as_ref().map(|p| p.1));
        if section.modes().0.or(section.modes().1).is_some_and(|mode| !mode.is_file()) {
            assert_eq!(content, Content::Whole);
        }
    }
}

fn side_content(mode: Mode, content: &[u8], nth: usize) -> Vec<u8> {
    match mode {
        Mode::Submodule => format!("Subproject commit {}\n", COMMITS[nth]).into_bytes(),
        _ => content.to_vec(),
    }
}

#[test]
fn we_take_what_git_writes_of_everything() {
    let repo = Repo::new();
    let (after, before) = (tree(&repo, 1), tree(&repo, 0));
    let base = repo.line(&["commit-tree", &before, "-m", "base"], b"");
    let text = "Ein ümläutlicher Betreff, der so lang ist, dass git ihn über mehrere Zeilen faltet, und zwar sicher\n\nbody\n\nmore\n";
    let tip = repo.line(&["commit-tree", &after, "-p", &base, "-F", "-"], text.as_bytes());
    for args in [
        &["--full-index", "--binary"][..],
        &["-M", "-C", "--find-copies-harder"],
        &["--no-renames", "-v3", "--subject-prefix=RFC PATCH"],
    ] {
        let mail = repo.ok(&[&["format-patch", "-1", "--stdout"], args, &[&tip]].concat(), b"");
        let file = PatchFile::parse(&mail).unwrap_or_else(|error| panic!("{error}\n{}", mail.as_bstr()));
        assert_eq!(file.to_bytes().as_bstr(), mail.as_bstr());
        assert_eq!(file.message.text, text);
        assert_eq!(file.message.author.as_ref().unwrap().name, "A U Thor");
        assert_eq!(file.message.date, Some(Date { seconds: 1680508800, offset: "+0200".into() }));
        assert!(file.notes.contains_str("files changed"));
        assert_eq!(&file.files[0].raw[..11], b"diff --git ");
        assert!(file.files.iter().any(|file| matches!(file.body, Body::Binary(_))));
        check_contents(&file.files);
    }
}

/// Every section gives a content of the new side, from the content of the old side that it names.
fn check_contents(files: &[FileDiff]) {
    let changes = changes();
    for file in files {
        let old = changes
            .iter()
            .filter_map(|c| c.old.as_ref())
            .find(|(path, ..)| file.old_path.as_ref().is_some_and(|p| &p[..] == *path));
        let new = changes
            .iter()
            .filter_map(|c| c.new.as_ref())
            .find(|(path, ..)| file.new_path.as_ref().is_some_and(|p| &p[..] == *path));
        let pre = old.map(|(_, mode, content)| side_content(*mode, content, 0));
        let post = new.map(|(_, mode, content)| side_content(*mode, content, 1));
        assert_eq!(file.apply(pre.as_deref()).unwrap().0, post, "{}", file.raw);
    }
}

#[test]
fn patch_ids_are_those_of_git() {
    let repo = Repo::new();
    let pairs: Vec<_> = pairs(900).into_iter().map(|(a, b)| (no_nul(a), no_nul(b))).collect();
    let (mut all, mut ours) = (Vec::new(), Vec::new());
    for (nth, group) in pairs.chunks(3).enumerate() {
        let mut text = Vec::new();
        for (at, (old, new)) in group.iter().enumerate() {
            text.extend(varied_section(nth * 7 + at, at, old, new));
        }
        if text.is_empty() {
            continue;
        }
        let commit = format!("{nth:040x}");
        all.extend(format!("commit {commit}\n").into_bytes());
        all.extend_from_slice(&text);
        let id: String = patch_id(&parse(&text)).unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
        ours.push((format!("{id} {commit}"), BString::from(text)));
    }
    let git = String::from_utf8(repo.ok(&["patch-id", "--stable"], &all)).unwrap();
    for (git, (ours, text)) in git.lines().zip(&ours) {
        assert_eq!(git, ours, "{text}");
    }
    assert_eq!(git.lines().count(), ours.len());
}

fn no_nul(content: Vec<u8>) -> Vec<u8> {
    content.into_iter().filter(|byte| *byte != 0).collect()
}

fn varied_section(seed: usize, at: usize, old: &[u8], new: &[u8]) -> Vec<u8> {
    let (name, moved) = (format!("dir/file {at}"), format!("moved\t{at}"));
    let (a, b) = (gix_blob_id(old), gix_blob_id(new));
    let side = |path, mode, id: &str, bytes| Some(Side { path: BStr::new(path), mode, id: oid(id), bytes });
    let (plain, exec) = (Mode::Regular, Mode::Executable);
    match seed % 8 {
        0 => render_file(None, side(&name, plain, &b, new), false),
        1 => render_file(side(&name, plain, &a, old), None, false),
        2 => render_file(side(&name, plain, &a, old), side(&moved, plain, &b, new), false),
        3 => render_file(side(&name, plain, &a, old), side(&name, exec, &b, new), false),
        4 => render_file(side(&name, plain, &a, old), side(&name, exec, &a, old), false),
        5 => render_file(side(&name, plain, &a, old), side(&moved, plain, &b, new), true),
        6 => render_file(side(&name, plain, &a, old), side(&moved, plain, &a, old), false),
        _ => render_file(side(&name, plain, &a, old), side(&name, plain, &b, new), false),
    }
}

#[test]
fn a_truncated_patch_never_panics_and_a_whole_one_comes_back() {
    let bytes = PatchFile::new(message(b"subject\n\nbody\n"), sections()).unwrap().to_bytes();
    for end in (0..bytes.len()).filter(|end| end % 3 == 0 || *end < 2000) {
        if let Ok(file) = PatchFile::parse(&bytes[..end]) {
            assert_eq!(file.to_bytes(), &bytes[..end]);
        }
    }
    for at in (0..bytes.len()).step_by(5) {
        for byte in [b'\n', b' ', b'-', b'9', 0, 0xff] {
            let mut bent = bytes.clone();
            bent[at] = byte;
            if let Ok(file) = PatchFile::parse(&bent) {
                assert_eq!(file.to_bytes(), bent);
                file.files.iter().for_each(|file| drop(file.apply(Some(b"a\nb\n"))));
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever happens to the lines of a patch: no panic, and what is accepted is given back.
    #[test]
    fn mangled_patches_never_panic(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5u8), 1..4)) {
        let bytes = PatchFile::new(message(b"subject\n\nbody\n"), short_sections()).unwrap().to_bytes();
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
        for (from, to, how) in edits {
            if lines.is_empty() {
                return Ok(());
            }
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match how {
                0 => drop(lines.remove(from)),
                1 => lines.insert(to, lines[from]),
                2 => lines.swap(from, to),
                3 => lines[from] = &lines[from][lines[from].len() / 2..],
                _ => drop(lines.drain(from.min(to)..from.max(to))),
            }
        }
        let mangled = lines.concat();
        if let Ok(file) = PatchFile::parse(&mangled) {
            prop_assert_eq!(file.to_bytes(), mangled);
            for section in &file.files {
                let pre = section.hunks().iter().flat_map(|hunk| hunk.old_lines()).flat_map(|line| line.to_vec()).collect::<Vec<u8>>();
                drop(section.apply(section.old_path.as_ref().map(|_| &pre[..])));
            }
        }
    }
}

/// Sections of every kind, but short ones.
fn short_sections() -> Vec<Vec<u8>> {
    sections().into_iter().filter(|section| section.len() < 1200).collect()
}

#[test]
fn a_section_is_replaced_and_the_rest_stays() {
    let file = PatchFile::new(message(b"subject\n"), sections()).unwrap();
    let mut raws: Vec<BString> = file.files.iter().map(|file| file.raw.clone()).collect();
    assert_eq!(file.with_sections(raws.clone()).unwrap(), file);
    raws.remove(1);
    let less = file.with_sections(raws).unwrap();
    assert_eq!(PatchFile::parse(&less.to_bytes()).unwrap(), less);
    assert_eq!(less.files.len(), file.files.len() - 1);
    assert!(file.with_sections(vec!["nonsense".into()]).is_err());
    assert!(matches!(file.files[1].action, Action::Rename { similarity: Some(_) }));
}
