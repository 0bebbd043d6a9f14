//! Patches that go out and come in again. `git am` and quilt say what they hold.

use pq::format::mailbox::Rules;
use pq::model::{Mode, Silent};
use pq::ops::amend;
use pq::ops::chosen::Chosen;
use pq::ops::edit;
use pq::ops::exchange::{Fate, mailbox};
use pq::ops::position::Which;
use pq::ops::quilt::Flavor;

use crate::cli::fork::Fork as CliFork;
use crate::ops::mails::{self, agreed, mail};
use crate::ops::outgoing::{import, stack};
use crate::ops::quilt::{BASE, exported, imported};
use crate::support::{Fork, files_below, git, lines};

/// Takes all patches out.
fn emptied(fork: &Fork) {
    edit::drop(&fork.open(), &Chosen::of(&["1.."]), 1_700_000_000, &Silent).unwrap();
    assert_eq!(fork.tree(fork.tip("fork")), fork.tree(fork.repo().resolve(BASE).unwrap()));
}

/// Out as mails and in again, as `git am` reads them.
fn through_mails(fork: &Fork) {
    let before = fork.git(&["rev-parse", "fork", "fork^{tree}"]);
    let bytes = mailbox(&fork.open(), &Default::default(), &Silent).unwrap();
    emptied(fork);
    agreed(fork, &bytes, Rules::default(), &["--quoted-cr=nowarn"]);
    assert_eq!(fork.git(&["rev-parse", "fork", "fork^{tree}"]), before);
}

/// Out as a series and in again, as quilt pushes it.
fn through_quilt(fork: &Fork) {
    let before = fork.tree(fork.tip("fork"));
    let (report, _) = exported(fork, Flavor::Quilt);
    emptied(fork);
    imported(fork, &report.directory);
    assert_eq!(fork.tree(fork.tip("fork")), before);
}

#[cfg(unix)]
#[test]
fn s07_file_names_with_blanks_quotes_utf8_and_latin1_bytes_round_trip() {
    use std::os::unix::ffi::OsStrExt;
    let fork = Fork::new();
    fork.tag(BASE, fork.on("main").write("a.txt", lines(20)).commit("Start"));
    fork.branch("ours", fork.tip("main"));
    fork.git(&["worktree", "add", "-q", "../work", "ours"]);
    let work = fork.dir().join("work");
    let names: [&[u8]; 7] =
        [b"a b.txt", b" lead", b"q\"uote", b"back\\slash", b"tab\there", "gr\u{fc}n".as_bytes(), b"gr\xfcn"];
    let path = |name: &[u8]| work.join(std::ffi::OsStr::from_bytes(name));
    names.iter().for_each(|name| std::fs::write(path(name), "one\ntwo\n").unwrap());
    git(&work, &["add", "-A"]);
    git(&work, &["commit", "-q", "-m", "Add them"]);
    names.iter().for_each(|name| std::fs::write(path(name), "one\nTwo\n").unwrap());
    git(&work, &["commit", "-q", "-a", "-m", "Edit them"]);
    fork.init(BASE, "ours");
    assert_eq!(fork.git(&["rev-parse", "fork^{tree}"]), fork.git(&["rev-parse", "ours^{tree}"]));
    fork.check();
    through_mails(&fork);
    through_quilt(&fork);
    assert_eq!(fork.git(&["ls-tree", "-z", "fork"]), fork.git(&["ls-tree", "-z", "ours"]));
}

#[test]
fn s19_created_deleted_and_emptied_files_stay_what_they_are() {
    let fork = Fork::new();
    let work = fork.on("main").write("empties", lines(5)).write("goes", lines(5)).write("is-empty", "");
    fork.tag(BASE, work.write("fills", "").commit("Start"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").write("comes", lines(5)).write("comes-empty", "").commit("Create");
    fork.on("ours").write("empties", "").remove("goes").commit("Empty one, delete the other");
    fork.on("ours").remove("is-empty").write("fills", "x\n").commit("Delete an empty one, fill the other");
    fork.init(BASE, "ours");
    fork.check();
    through_mails(&fork);
    through_quilt(&fork);
    let tip = fork.tip("fork");
    assert_eq!((fork.content(tip, "empties"), fork.content(tip, "comes-empty")), (String::new(), String::new()));
    assert!(fork.entry(tip, "goes").is_none() && fork.entry(tip, "is-empty").is_none());
}

/// What quilt cannot hold of this is another test's: `what_quilt_cannot_hold_is_refused_or_named`.
#[test]
fn s20_modes_symlinks_binaries_renames_with_edits_and_copies_give_the_identical_tree() {
    let fork = Fork::new();
    let binary: Vec<u8> = (0..=255).cycle().take(3000).collect();
    let work = fork.on("main").write("a.txt", lines(40)).write("b.txt", lines(40)).write("bin", &binary);
    fork.tag(BASE, work.symlink("link", "a.txt").commit("Start"));
    fork.branch("ours", fork.tip("main"));
    fork.on("ours").mode("a.txt", Mode::Executable).symlink("link", "b.txt").commit("Mode and link");
    fork.on("ours").write("bin", binary.repeat(2)).write("more.bin", b"\0\x01\xff").commit("Binaries");
    fork.on("ours").rename("b.txt", "c.txt").edit("c.txt", "line 9\n", "nine\n").commit("Rename and edit");
    fork.on("ours").write("copy.txt", lines(40)).commit("Copy");
    fork.init(BASE, "ours");
    assert_eq!(fork.git(&["rev-parse", "fork^{tree}"]), fork.git(&["rev-parse", "ours^{tree}"]));
    fork.check();
    through_mails(&fork);
    // The same made in a worktree, and refreshed.
    fork.git(&["worktree", "add", "-q", "../tree", "fork"]);
    let tree = fork.dir().join("tree");
    git(&tree, &["mv", "c.txt", "d.txt"]);
    git(&tree, &["update-index", "--chmod=-x", "a.txt"]);
    git(&tree, &["checkout", "-q", "--", "a.txt"]);
    std::fs::write(tree.join("d.txt"), lines(40)).unwrap();
    std::fs::write(tree.join("bin"), b"\0short").unwrap();
    std::fs::copy(tree.join("a.txt"), tree.join("another")).unwrap();
    git(&tree, &["add", "-A"]);
    let wanted = git(&tree, &["write-tree"]);
    let which = Which { here: tree.clone(), named: None };
    amend::amend(&fork.open(), &amend::Options { name: None, paths: Vec::new(), which, when: 5 }, &Silent).unwrap();
    assert_eq!(fork.tree(fork.tip("fork")).to_string(), wanted.trim());
    assert_eq!(git(&tree, &["status", "--porcelain"]), "");
    fork.check();
}

/// Mails as lists and forges send them, all in one mailbox.
#[test]
fn s38_a_mailbox_of_many_encodings_gives_author_date_subject_and_files_of_git_am() {
    let from = "From 1234567890123456789012345678901234567890 Mon Sep 17 00:00:00 2001\n";
    let change = |line: usize| {
        let around = format!("@@ -{},3 +{},3 @@\n line {}\n", line - 1, line - 1, line - 1);
        format!("--- a/a.txt\n+++ b/a.txt\n{around}-line {line}\n+new {line}\n line {}\n", line + 1)
    };
    let head = |from: &str, subject: &str, encoding: &str, charset: &str| {
        let kind = format!("Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n");
        format!("From: {from}\nDate: Mon, 3 Apr 2023 10:00:00 +0530\nSubject: {subject}\nMIME-Version: 1.0\n{kind}\n")
    };
    let body = |words: &str, line: usize| format!("{words}\n---\n{}-- \n2.40.0\n\n", change(line));
    let latin1 = |text: String| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
    let quoted = |text: String| text.replace('=', "=3D").replace('\u{fc}', "=C3=BC");
    let packed = "VGhlIHdvcmRzLgotLS0KLS0tIGEvYS50eHQKKysrIGIvYS50eHQKQEAgLTE0LDMgKzE0LDMgQEAK\n\
                  IGxpbmUgMTQKLWxpbmUgMTUKK25ldyAxNQogbGluZSAxNgo=\n\n";
    let crlf = "Returns.\n---\n--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,2 +1,2 @@\n-a=0D\n+A=0D\n b=0D\n\n";
    let jorg = "=?ISO-8859-1?Q?J=F6rg?= <j@example.com>";
    let within = "From: \"In, Body\" <in@example.com>\n\nAs the body says.";
    let mails: Vec<u8> = [
        format!("{from}{}\n", mail("Subject: [PATCH 1/7] same\n", "One.\n")).into_bytes(),
        [from.as_bytes(), head(jorg, "[PATCH 2/7] same", "8bit", "UTF-8").as_bytes(), body("Two.", 6).as_bytes()]
            .concat(),
        format!(
            "{from}{}{}",
            head(jorg, "[PATCH 3/7] q", "quoted-printable", "UTF-8"),
            quoted(body("Gr\u{fc}\u{fc}n = x.", 9))
        )
        .into_bytes(),
        format!("{from}{}{packed}", head(jorg, "[PATCH 4/7] packed", "base64", "UTF-8")).into_bytes(),
        latin1(format!("{from}{}{}", head(jorg, "[PATCH 5/7] latin", "8bit", "ISO-8859-1"), body("Gr\u{fc}n.", 20))),
        format!("{from}{}{}", head("list <l@example.com>", "[PATCH 6/7] within", "8bit", "UTF-8"), body(within, 25))
            .into_bytes(),
        format!("{from}{}{crlf}", head(jorg, "[PATCH 7/7] returns", "quoted-printable", "UTF-8")).into_bytes(),
    ]
    .concat();
    let fork = mails::fork();
    let report = agreed(&fork, &mails, Rules::default(), &["--quoted-cr=nowarn"]);
    assert_eq!(report.patches.len(), 7);
    assert_eq!(fork.content(fork.tip("fork"), "crlf.txt"), "A\r\nb\r\n");
    let told = fork.git(&["log", "--reverse", "--format=%an %ad %s", "--date=iso", "v1.0.0..fork"]);
    let told: Vec<&str> = told.lines().collect();
    assert_eq!(told[1], "J\u{f6}rg 2023-04-03 10:00:00 +0530 same");
    assert_eq!(told[5], "In, Body 2023-04-03 10:00:00 +0530 within");
}

/// Two machines: another directory, and git set up so that its own diffs look otherwise.
#[test]
fn s40_an_export_is_the_same_bytes_on_a_machine_with_another_git_configuration() {
    let made = |hostile: bool| {
        let fork = CliFork::upstream();
        if hostile {
            for (key, value) in [
                ("diff.algorithm", "patience"),
                ("diff.noprefix", "true"),
                ("diff.mnemonicPrefix", "true"),
                ("diff.context", "9"),
                ("diff.interHunkContext", "40"),
                ("diff.renames", "false"),
                ("core.abbrev", "7"),
                ("core.quotePath", "false"),
                ("format.signature", "mine"),
                ("format.subjectPrefix", "MINE"),
                ("i18n.logOutputEncoding", "ISO-8859-1"),
                ("user.name", "Somebody else"),
            ] {
                fork.git(&["config", key, value]);
            }
            fork.git(&["gc", "-q"]);
            assert!(fork.git(&["diff", "fork~1", "fork"]).contains("--- net.c"), "git itself writes otherwise");
        }
        let from = ["--base", "v1.0.0", "--from", "fork"];
        fork.pq.ok(&[&["init", "queue", "--upstream", "upstream"][..], &from[..]].concat());
        fork.ok(&["rebase", "v1.0.1"]);
        fork.ok(&["export", "quilt", "../quilt"]);
        fork.ok(&["export", "mbox", "../mbox"]);
        let dir = fork.pq.dir();
        let again = fork.ok(&["export", "mbox", "-"]).stdout;
        let mbox = std::fs::read(dir.join("mbox")).unwrap();
        assert_eq!(mbox, again, "and the second time");
        (files_below(&dir.join("quilt")), mbox, files_below(&fork.dir().join("patches")))
    };
    let (plain, hostile) = (made(false), made(true));
    assert_eq!(plain.0.keys().collect::<Vec<_>>(), hostile.0.keys().collect::<Vec<_>>());
    assert!(plain == hostile);
    assert!(plain.0.len() > 4);
}

/// A queue that was never quilt's goes out and comes in again as it was.
#[test]
fn s39_export_and_import_keep_author_mail_date_message_trailers_and_diff() {
    let fork = Fork::new();
    let start = fork.on("main").write("a.txt", lines(20)).write("b.txt", lines(20)).commit("Start");
    fork.tag(BASE, start);
    fork.branch("ours", start);
    let messages = [
        "One\n\nWith text.\n\nSigned-off-by: A <a@b>\n",
        "Two [x]\n",
        "Three\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "Four",
    ];
    for (at, message) in messages.iter().enumerate() {
        let work = fork.on("ours").author(["Zoë", "B"][at % 2]).at(1000 + at as i64);
        work.edit("a.txt", &format!("line {}\n", 3 + at * 4), &format!("n{at}\n")).commit(message);
    }
    fork.init(BASE, "ours");
    let told = |fork: &Fork| fork.git(&["log", "--format=%T %an <%ae> %ad%n%B", "--date=raw", "v1.0.0..fork"]);
    let (report, _) = exported(&fork, Flavor::Quilt);
    let before = told(&fork);
    let names: Vec<String> = report.patches.iter().map(|patch| patch.name.to_string()).collect();
    edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&names), 1_700_000_000, &Silent).unwrap();
    imported(&fork, &report.directory);
    assert_eq!(told(&fork), before);
}

/// What is hidden stays away; what is not applied comes behind, and is held if it conflicts.
#[test]
fn s42_hidden_patches_stay_away_and_unapplied_ones_come_behind() {
    let fork = mails::fork();
    let base = fork.repo().resolve("v1.0.0").unwrap();
    let one = fork.after(&[base]).edit("a.txt", "line 3\n", "3\n").commit("One");
    let two = fork.after(&[one]).edit("a.txt", "line 9\n", "9\n").commit("Two");
    let far = fork.after(&[one]).edit("a.txt", "line 30\n", "30\n").commit("Far");
    let clash = fork.after(&[one]).edit("a.txt", "line 9\n", "nine\n").commit("Clash");
    let gone = fork.after(&[one]).write("hidden.txt", "x\n").commit("Hidden");
    stack(&fork, &[("first", one), ("second", two)], &[("far", far), ("clash", clash)], &[("gone", gone)], 5);
    let report = import(&fork, false).unwrap();
    fork.check();
    let fates: Vec<(String, Fate)> = report.patches.iter().map(|one| (one.name.to_string(), one.placement)).collect();
    let wanted = [("first", Fate::Exact), ("second", Fate::Exact), ("far", Fate::Merged), ("clash", Fate::Held)];
    assert_eq!(fates, wanted.map(|(name, fate)| (name.to_owned(), fate)));
    assert_eq!(report.proof.source_tree, Some(fork.tree(two)), "what was applied gives the branch's tree");
    assert_eq!((report.proof.equal, report.passed_over[0].why), (Some(true), "hidden; `--hidden` takes it"));
    let other = mails::fork();
    assert!(import(&other, true).unwrap_err().to_string().contains("no stack"));
}
