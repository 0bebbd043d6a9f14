//! A pack that pq writes is one that git reads.

use bstr::ByteSlice;
use pq::git::objects::Fresh;
use pq::git::{Entry, Kind, Objects, Tree};
use pq::model::{Mode, Oid};
use proptest::prelude::*;

use crate::support::Fork;

/// Writes blobs as one pack, each like the one before it or on its own, all of them in a commit that a branch names.
fn store(fork: &Fork, blobs: &[(Vec<u8>, bool)]) -> Vec<Oid> {
    let repo = fork.repo();
    let mut objects = repo.objects();
    let mut ids: Vec<Oid> = Vec::new();
    for (bytes, is_like) in blobs {
        let id = Objects::id_of(Kind::Blob, bytes);
        let like = ids.last().copied().filter(|_| *is_like);
        objects.insert(id, Fresh { kind: Kind::Blob, bytes: bytes.clone().into(), like });
        ids.push(id);
    }
    let empty = objects.write(Kind::Tree, Vec::new());
    let mut tree = Tree::new(empty);
    for (at, id) in ids.iter().enumerate() {
        let path = format!("d{}/{at}", at % 7);
        tree.set(&objects, path.as_bytes().as_bstr(), Some(Entry { mode: Mode::Regular, id: *id })).unwrap();
    }
    let tree = tree.write(&mut objects);
    let person = "A <a@example.com> 1 +0000";
    let commit = format!("tree {tree}\nauthor {person}\ncommitter {person}\n\nall\n");
    let commit = objects.write(Kind::Commit, commit.into_bytes());
    repo.write_objects(&mut objects).unwrap();
    fork.set_ref("refs/heads/all", Some(commit));
    ids
}

/// Git finds nothing wrong with the pack and reads every object as it was written; so does a second reader of ours.
fn check(fork: &Fork, blobs: &[(Vec<u8>, bool)], ids: &[Oid]) {
    fork.git(&["fsck", "--strict", "--full", "--no-dangling"]);
    for file in std::fs::read_dir(fork.upstream().join(".git/objects/pack")).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "pack") {
            let path = file.display().to_string();
            let index = fork.dir().join("again.idx").display().to_string();
            drop(std::fs::remove_file(&index));
            fork.git(&["index-pack", "--strict", "-o", &index, &path]);
            let again = std::fs::read(&index).unwrap();
            assert!(again == std::fs::read(file.with_extension("idx")).unwrap(), "git makes another index");
            fork.git(&["verify-pack", &path]);
        }
    }
    let objects = pq::git::Repo::open(&fork.upstream()).unwrap().objects();
    for (id, (bytes, _)) in ids.iter().zip(blobs) {
        assert!(*objects.blob(*id).unwrap() == bytes[..]);
    }
    fork.git(&["repack", "-adfq"]);
    fork.git(&["fsck", "--strict", "--full"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn git_reads_every_pack(blobs in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..400), any::<bool>()), 0..60)) {
        let fork = Fork::new();
        let ids = store(&fork, &blobs);
        check(&fork, &blobs, &ids);
    }

    #[test]
    fn git_reads_texts_that_grow(cuts in prop::collection::vec((0usize..3000, 0usize..300), 50..120)) {
        let mut text: Vec<u8> = (0..3000u32).map(|n| b'a' + (n % 23) as u8).collect();
        let mut blobs = vec![(text.clone(), false)];
        for (n, (at, len)) in cuts.iter().enumerate() {
            let at = at % (text.len() + 1);
            let end = (at + len).min(text.len());
            text.splice(at..end, format!("<{n}>").into_bytes().repeat(1 + n % 80));
            blobs.push((text.clone(), true));
        }
        let fork = Fork::new();
        let ids = store(&fork, &blobs);
        check(&fork, &blobs, &ids);
    }
}

/// Copies of more than 0xffffff bytes, the most that one instruction takes; and of exactly 0x10000, which has a short form.
#[test]
fn git_reads_large_objects() {
    let mut text: Vec<u8> = (0..18u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut blobs = vec![(text.clone(), false)];
    text[17 << 20] ^= 1;
    blobs.push((text.clone(), true));
    text.truncate(0x10000);
    blobs.push((text.clone(), true));
    text.push(b'x');
    blobs.push((text.clone(), true));
    blobs.push((Vec::new(), true));
    let fork = Fork::new();
    let ids = store(&fork, &blobs);
    check(&fork, &blobs, &ids);
}

/// One file that more patches change than a chain of differences may be long.
#[test]
fn a_long_queue_on_one_file_is_read_by_git() {
    let fork = Fork::new();
    let base = fork.on("main").write("f", crate::support::lines(400)).commit("base");
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    for n in 0..90 {
        let line = format!("line {}\n", n * 4 + 2);
        fork.on("ours").edit("f", &line, &format!("ours {n}\n")).commit(&format!("Patch {n}"));
    }
    fork.tag("v1.1.0", fork.on("main").edit("f", "line 1\n", "first\nline 1\n").commit("upstream"));
    fork.init("v1.0.0", "ours");
    fork.checked_rebase("v1.1.0");
    fork.git(&["fsck", "--strict", "--full", "--no-dangling"]);
    assert_eq!(fork.git(&["rev-list", "--count", "v1.1.0..fork"]), "90");
}
