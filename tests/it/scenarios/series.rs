//! What a series of quilt may hold. Where quilt is installed it pushes every series, too, and must leave the same tree.

use std::collections::BTreeMap;

use pq::model::{Outcome, Silent};
use pq::ops::edit;
use pq::ops::quilt::{Flavor, ImportOptions, Loss, Placing};

use crate::ops::quilt::{
    change, content, exported, fork, imported, options, patches, pushed, refused, try_export, try_import,
};
use crate::support::Patches;

#[test]
fn s01_series_with_p0_p1_p2_and_reverse_patches_imports_to_the_same_tree() {
    let fork = fork();
    let p0 = change("a.txt", 3, "p0").replace("a/a.txt", "a.txt").replace("b/a.txt", "a.txt");
    let p2 = change("a.txt", 7, "p2").replace("a/a.txt", "x/y/a.txt").replace("b/a.txt", "x/z/a.txt");
    let back = "--- a/b.txt\n+++ b/b.txt\n@@ -4,3 +4,3 @@\n line 4\n-was\n+line 5\n line 6\n";
    let dir = patches(
        &fork,
        "# all kinds\np0.patch -p0 # why\np2.patch -p2\nback.patch -R\nab.diff -p1\n",
        &[
            ("p0.patch", p0.as_bytes()),
            ("p2.patch", p2.as_bytes()),
            ("back.patch", back.as_bytes()),
            ("ab.diff", change("b.txt", 12, "ab").as_bytes()),
        ],
    );
    let report = imported(&fork, &dir);
    assert_eq!(report.patches.iter().map(|patch| patch.name.as_str()).collect::<Vec<_>>(), ["p0", "p2", "back", "ab"]);
    assert!(content(&fork, "a.txt").contains("\np0\n") && content(&fork, "a.txt").contains("\np2\n"));
    assert!(content(&fork, "b.txt").contains("\nwas\n"));
    assert_eq!(report.patches[0].losses, [Loss::Author, Loss::Date, Loss::Options]);
    assert_eq!(report.patches[3].losses, [Loss::Author, Loss::Date]);
    assert_eq!(report.patches[0].line, 2);
}

#[test]
fn s02_indented_comment_tab_before_hash_blank_lines_and_no_final_newline() {
    let fork = fork();
    let dir = patches(
        &fork,
        "\n  a.patch\t# tab\n # indented\n\nb.patch",
        &[("a.patch", change("a.txt", 3, "A").as_bytes()), ("b.patch", change("b.txt", 3, "B").as_bytes())],
    );
    // quilt itself would look for a patch named `#`.
    let report = try_import(&fork, &options(&dir)).unwrap();
    assert_eq!(report.summary.total, 2);
    assert_eq!(report.remarks.iter().map(|said| said.line).collect::<Vec<_>>(), [3]);
}

#[test]
fn s03_the_same_patch_twice_is_an_error_that_names_the_line() {
    let fork = fork();
    let dir = patches(&fork, "a.patch\n\na.patch\n", &[("a.patch", change("a.txt", 3, "A").as_bytes())]);
    assert!(refused(&fork, &dir).contains("series: line 3: a.patch stands in line 1 already"));
}

#[test]
fn s04_a_series_that_names_a_missing_file_is_an_error() {
    let fork = fork();
    let files = [("a.patch", change("a.txt", 3, "A"))];
    let dir = patches(&fork, "a.patch\n# c\nnone.patch\n", &[(files[0].0, files[0].1.as_bytes())]);
    let error = refused(&fork, &dir);
    assert!(error.contains("line 3: none.patch is missing"), "{error}");
}

#[test]
fn s05_empty_and_header_only_patches_are_kept_and_shown() {
    let fork = fork();
    let dir = patches(
        &fork,
        "none.patch\nwords.patch\n",
        &[("none.patch", b""), ("words.patch", b"Description: only words\nAuthor: A <a@b>\n\n")],
    );
    let report = try_import(&fork, &options(&dir)).unwrap();
    assert_eq!((report.summary.empty, report.patches[0].placement), (2, Placing::Empty));
    assert_eq!(report.remarks.iter().map(|said| said.line).collect::<Vec<_>>(), [2]);
    fork.check();
    // patch(1) takes a header without a diff for garbage, so quilt cannot hold it.
    let error = try_export(&fork, Flavor::Quilt, |_| {}).unwrap_err().to_string();
    assert!(error.contains("words") && !error.contains("none"), "{error}");
    let report = try_export(&fork, Flavor::Quilt, |options| options.skip_unsupported = true).unwrap();
    assert_eq!(report.summary.skipped, 1);
    assert_eq!(pushed(&fork, &report.directory).unwrap_or(report.tree), report.tree);
    // Nor does another release take them for something that is done.
    fork.tag("v1.1.0", fork.on("main").write("other.txt", "x\n").commit("Next"));
    let report = fork.checked_rebase("v1.1.0");
    assert_eq!(report.outcomes(), ["none", "words"].map(|name| (name.to_owned(), Outcome::Unchanged)));
    assert_eq!(fork.git(&["rev-list", "--count", "v1.1.0..fork"]), "2");
}

#[test]
fn s06_names_in_subdirectories_and_with_odd_characters_come_back_identical() {
    let fork = fork();
    let names =
        ["sub/dir/one.patch", "a:[](){}%'.patch", "no-suffix", "x.diff", "-dash.patch", "p#c", "UP.patch", "up.patch"];
    let texts: Vec<String> = (0..names.len()).map(|at| change("a.txt", 2 + at * 2, &format!("n{at}"))).collect();
    let files: Vec<(&str, &[u8])> = names.iter().zip(&texts).map(|(name, text)| (*name, text.as_bytes())).collect();
    let names = names.map(|name| if name == "-dash.patch" { "dash..patch" } else { name });
    let dir = patches(&fork, &(names.join("\n") + "\n"), &files);
    std::fs::rename(dir.join("-dash.patch"), dir.join("dash..patch")).unwrap();
    imported(&fork, &dir);
    let (report, _) = exported(&fork, Flavor::Quilt);
    let mut back: Vec<String> = report.patches.iter().map(|patch| patch.file.to_string()).collect();
    // Two names that differ in case alone are one file to some file systems.
    assert_eq!(back.pop().as_deref(), Some("2-up.patch"));
    assert_eq!(back, names[..7]);
}

/// `a.txt`, with line 6 replaced, packed by bzip2; line 9, by xz; line 12, by zstd.
const PACKED: [(&str, &str); 3] = [
    (
        "bz2",
        "425a6839314159265359388527cd00000d5d800010400f9b80400032250450200040d049a7a8f14c87a0a34640d1a64690dfc4cacdf2490fd8\
         306e6c2c114f059d60717640e0dbd082d4544bc9d168687c3cd8bb9229c28481c4293e68",
    ),
    (
        "xz",
        "fd377a585a0000016922de36020021010c0000008f98419ce0004400395d0016e8040c22f311d4dec0ba5577e6dd6b29ab21fb9064c4f86384\
         c6d2fad5bd59e0128d46a7438c9c42471fb7b653a41b1af7dfca00531e73400000000009c74f5b00015145216c90859042990d010000000001\
         595a",
    ),
    (
        "zst",
        "28b52ffd0458f5010004032d2d2d20612f612e7478740a2b2b2b20624040202d31312c33202b40400a206c696e652031310a2d320a2b7a7374\
         330a04003a49c1323fe5a2cfca120d7532ec",
    ),
];

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}

#[test]
fn s08_gz_bz2_xz_and_zst_patches_are_accepted() {
    let fork = fork();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut packed, change("a.txt", 3, "gz").as_bytes()).unwrap();
    let mut files = vec![("gz.patch.gz".to_owned(), packed.finish().unwrap())];
    files.extend(PACKED.map(|(kind, hex)| (format!("{kind}.patch.{kind}"), unhex(hex))));
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let series = "gz.patch.gz\nbz2.patch.bz2\nxz.patch.xz\nzst.patch.zst\n";
    let dir = patches(&fork, series, &files);
    // quilt itself knows nothing of zstd.
    let report = try_import(&fork, &options(&dir)).unwrap();
    fork.check();
    assert_eq!(report.patches.iter().map(|patch| patch.name.as_str()).collect::<Vec<_>>(), ["gz", "bz2", "xz", "zst"]);
    assert!(report.patches.iter().all(|patch| patch.losses.contains(&Loss::Compression)));
    let expected = crate::support::lines_with(20, &[(3, "gz"), (6, "bz2"), (9, "xz"), (12, "zst")]);
    assert_eq!(content(&fork, "a.txt"), expected);
    assert_eq!(exported(&fork, Flavor::Quilt).0.patches[0].file, "gz.patch");
    patches(&fork, "b.patch.xz\n", &[("b.patch.xz", b"not xz")]);
    assert!(refused(&fork, &dir).contains("b.patch.xz cannot be unpacked"));
}

#[test]
fn s16_headers_keep_their_bytes_through_import_and_export() {
    let fork = fork();
    let headers: [&[u8]; 5] = [
        b"Description: Use it\n Long.\n .\n More.\nAuthor: A B <a@b>\nOrigin: upstream, https://x.org/commit/1a2b3c4d5e6f\nLast-Update: 2020-02-03\n---\n\n",
        b"From: =?utf-8?q?J=C3=BC?= <j@x>\nDate: Sun, 9 Feb 2014 16:09:48 +0200\nSubject: [PATCH 2/9] s\n\nb\n\n---\n a.txt | 2 +-\n\n",
        b"\n  words, caf\xe9\n\n\n",
        b"",
        b"Forwarded: https://x.org/pull/9\nSubject: x\n",
    ];
    let texts: Vec<Vec<u8>> = (0..headers.len())
        .map(|at| [headers[at], change("a.txt", 2 + 3 * at, &format!("n{at}")).as_bytes()].concat())
        .collect();
    let names = ["p0.patch", "p1.patch", "p2.patch", "p3.patch", "p4.patch"];
    let files: Vec<(&str, &[u8])> = names.iter().zip(&texts).map(|(name, text)| (*name, text.as_slice())).collect();
    let dir = patches(&fork, &names.join("\n"), &files);
    let report = imported(&fork, &dir);
    assert_eq!(report.patches[0].losses, [Loss::Time]);
    assert_eq!(report.patches[0].upstream, ["1a2b3c4d5e6f"]);
    assert_eq!(report.patches[1].losses, []);
    assert_eq!(
        fork.git(&["log", "-1", "--format=%an %ad %s", "--date=iso", "fork~3"]),
        "Jü 2014-02-09 16:09:48 +0200 s"
    );
    assert!(fork.manifest_text().contains("pr = \"https://x.org/pull/9\""));
    let header_of = |files: &BTreeMap<String, Vec<u8>>, name: &str| pq::format::loose::header(&files[name]).to_vec();
    for flavor in [Flavor::Quilt, Flavor::Debian] {
        let (_, files) = exported(&fork, flavor);
        assert_eq!(header_of(&files, "p0.patch"), headers[0]);
        assert_eq!(header_of(&files, "p1.patch"), headers[1]);
    }
    let (_, files) = exported(&fork, Flavor::Quilt);
    for (name, header) in names.iter().zip(headers) {
        assert_eq!(header_of(&files, name), header, "{name}");
    }
    edit::set_message(&fork.open(), "p0", "Another\n".into(), 1_700_000_000, &Silent).unwrap();
    let (_, files) = exported(&fork, Flavor::Quilt);
    let changed = String::from_utf8(header_of(&files, "p0.patch")).unwrap();
    assert!(changed.starts_with("From: A B <a@b>\n") && changed.contains("\nSubject: Another\n"), "{changed}");
    assert!(!changed.contains("Long."), "{changed}");
}

#[test]
fn s41_guards_choose_which_patches_come_in() {
    let fork = fork();
    let files = ["a", "b", "c", "d"].map(|name| format!("{name}.patch"));
    let texts = [3, 6, 9, 12].map(|line| change("a.txt", line, "new"));
    let files: Vec<(&str, &[u8])> = files.iter().zip(&texts).map(|(name, text)| (&name[..], text.as_bytes())).collect();
    let dir = patches(&fork, "a.patch #+x\nb.patch #-x\nc.patch\nd.patch #+x #+y\n", &files);
    let error = refused(&fork, &dir);
    assert!(error.contains("line 1: a.patch has the guard +x") && error.contains("--guards x"), "{error}");
    let chosen = |guards: &[&str]| {
        let guards = Some(guards.iter().map(|guard| (*guard).to_owned()).collect());
        let report = try_import(&self::fork(), &ImportOptions { guards, ..options(&dir) }).unwrap();
        let names = report.patches.iter().map(|patch| patch.name.to_string()).collect::<Vec<_>>().join(" ");
        (names, report.guarded.iter().map(|it| (it.file.to_string(), it.line)).collect::<Vec<_>>())
    };
    // As `hg qselect` chooses.
    let left = |names: &[(&str, usize)]| names.iter().map(|(name, line)| (format!("{name}.patch"), *line)).collect();
    assert_eq!(chosen(&["x"]), ("a c d".into(), left(&[("b", 2)])));
    assert_eq!(chosen(&["y"]), ("b c d".into(), left(&[("a", 1)])));
    assert_eq!(chosen(&[]), ("b c".into(), left(&[("a", 1), ("d", 4)])));
}
