//! Mailed patches: `git am` is the oracle for tree, author, date and message.

use std::path::{Path, PathBuf};

use pq::format::mailbox::Rules;
use pq::model::Silent;
use pq::ops::edit::Target;
use pq::ops::exchange::{Conflicts, Fate, How, IntakeReport, Loss, MailOptions, import_mails};
use pq::store::Letters;

use crate::support::{Fork, git, git_output, lines, lines_with};

/// Upstream with some files, and an empty queue.
pub fn fork() -> Fork {
    let fork = Fork::new();
    let work = fork.on("main").write("a.txt", lines(40)).write("b.txt", lines(40)).write("crlf.txt", "a\r\nb\r\n");
    let start = work.write("twice.txt", "x\ny\nz\n".repeat(20)).commit("Start");
    fork.tag("v1.0.0", start);
    fork.branch("ours", start);
    fork.init("v1.0.0", "ours");
    fork
}

pub fn how() -> How {
    How { target: Target::Last, conflicts: Conflicts::Refuse, dry_run: false, when: 1_700_000_000 }
}

pub fn try_mails(fork: &Fork, bytes: &[u8], rules: Rules, how: &How) -> pq::Result<IntakeReport> {
    let letters = vec![Letters { name: "mbox".to_owned(), bytes: bytes.to_vec() }];
    import_mails(&fork.open(), &MailOptions { what: "mbox".to_owned(), letters, rules }, how, &Silent)
}

/// A clone of upstream with the line's branch checked out.
pub fn clone(fork: &Fork) -> PathBuf {
    let directory = tempfile::tempdir_in(fork.dir()).unwrap().keep();
    git(&directory, &["init", "-q"]);
    let alternates = directory.join(".git/objects/info/alternates");
    std::fs::write(alternates, format!("{}\n", fork.upstream().join(".git/objects").display())).unwrap();
    git(&directory, &["reset", "-q", "--hard", &fork.tip("fork").to_string()]);
    directory
}

fn told(directory: &Path, range: &str) -> String {
    git(directory, &["log", "--reverse", "--format=%an <%ae> %ad%n%B", "--date=raw", range])
}

/// Imports mails, and demands that git am makes the same of them.
pub fn agreed(fork: &Fork, bytes: &[u8], rules: Rules, options: &[&str]) -> IntakeReport {
    let clone = clone(fork);
    let before = fork.tip("fork");
    let file = clone.join(".git/mails");
    std::fs::write(&file, bytes).unwrap();
    let mut args = vec!["am", "-q", "--keep-non-patch", "--whitespace=nowarn", "--no-gpg-sign", "--empty=keep"];
    args.extend(options);
    args.push(file.to_str().unwrap());
    let am = git_output(&clone, &args);
    let shown = String::from_utf8_lossy(bytes);
    assert!(am.status.success(), "{}\n{shown}", String::from_utf8_lossy(&am.stderr));
    let report = try_mails(fork, bytes, rules, &how()).unwrap_or_else(|error| panic!("{error}\n{shown}"));
    let range = format!("{before}..");
    assert_eq!(told(&fork.upstream(), &format!("{before}..fork")), told(&clone, &range), "{shown}");
    let tree = git(&clone, &["rev-parse", "HEAD^{tree}"]);
    assert_eq!(fork.tree(fork.tip("fork")).to_string(), tree.trim(), "{shown}");
    assert_eq!(report.tip.commit, fork.tip("fork"));
    fork.check_branch();
    report
}

pub const DIFF: &str =
    "diff --git a/b.txt b/b.txt\n--- a/b.txt\n+++ b/b.txt\n@@ -2,3 +2,3 @@ line 1\n line 2\n-line 3\n+three\n line 4\n";
pub const HEAD: &str = "From: A U Thor <a@example.com>\nDate: Mon, 3 Apr 2023 10:00:00 +0530\n";

pub fn mail(head: &str, body: &str) -> String {
    format!("{HEAD}{head}\n{body}---\n b.txt | 2 +-\n 1 file changed\n\n{DIFF}-- \n2.40.0\n")
}

/// Scenario 38: the heads that mails have.
#[test]
fn heads_are_read_as_git_am_reads_them() {
    for head in [
        "Subject: [PATCH] x\n",
        "Subject: [PATCH v2 3/7] x: y\n",
        "Subject: Re: [PATCH] x\n",
        "Subject: [RFC PATCH] [x86] x\n",
        "Subject: [PATCH] a very long subject that goes on and on\n\tand is folded,\n and on\n",
        "Subject: =?UTF-8?q?[PATCH]_Gr=C3=BC=C3=9Fe?=\n",
        "Subject: [PATCH] =?UTF-8?Q?Gr=C3?= =?UTF-8?Q?=BC=C3=9Fe_an?=\n =?UTF-8?Q?_alle?=\n",
        "Subject: [PATCH] =?utf-8?B?R3LDvMOfZQ==?= und mehr\n",
        "Subject: [PATCH] =?ISO-8859-1?Q?Gr=FC=DFe?=\n",
        "Subject: [PATCH] =?windows-1252?Q?=80?= and =?koi8-r?Q?=D0?=\n",
        "Subject: x   with    blanks\n",
        "Subject: [PATCH] Gr\u{fc}\u{df}e, raw\n",
    ] {
        agreed(&fork(), mail(head, "").as_bytes(), Rules::default(), &[]);
        agreed(&fork(), mail(head, "A body\n\nof two parts.\n").as_bytes(), Rules::default(), &[]);
    }
}

#[test]
fn authors_are_read_as_git_am_reads_them() {
    for from in [
        "=?UTF-8?q?J=C3=B6rg?= <j@example.com>",
        "\"Thor, A U\" <a@example.com>",
        "\"A \\\"U\\\" Thor\" <a@example.com>",
        "a@example.com (A U Thor)",
        "a@example.com",
        "<a@example.com>",
        "A U Thor via list <list@example.com>",
        "=?UTF-8?q?J=C3=B6rg=2C_Thor?=\n <j@example.com>",
    ] {
        let text = mail("Subject: [PATCH] x\n", "").replace("A U Thor <a@example.com>", from);
        agreed(&fork(), text.as_bytes(), Rules::default(), &[]);
    }
}

/// Scenario 38: what a body can hold.
#[test]
fn bodies_are_read_as_git_am_reads_them() {
    for body in [
        "From: Other <o@example.com>\n\nText.\n",
        "From: =?UTF-8?q?J=C3=B6rg?= <j@example.com>\nSubject: another\nDate: Tue, 4 Apr 2023 10:00:00 -0700\n\nText.\n",
        "\n\nFrom: Other <o@example.com>\nText at once.\n",
        "[PATCH] the subject\n\nText.\n",
        "Subject: long one\n that goes on\n\nText.\n",
        "Text with  \n\n\n\nblanks   \n",
        "Text.\n\nFrom here on: nothing.\n",
        "Text.\n\nSigned-off-by: A <a@example.com>\n",
        "Text.\n>From the start\n",
        "Text.\n\u{fc}\n",
    ] {
        agreed(&fork(), mail("Subject: [PATCH] x\n", body).as_bytes(), Rules::default(), &[]);
    }
}

#[test]
fn transfer_encodings_are_decoded() {
    let plain = |encoding: &str, charset: &str| {
        format!(
            "{HEAD}Subject: [PATCH] x\nMIME-Version: 1.0\nContent-Type: text/plain; charset={charset}\n\
             Content-Transfer-Encoding: {encoding}\n\n"
        )
    };
    let quoted = format!("J=C3=B6rg =3D soft=\n line.\n---\n\n{}", DIFF.replace("+three", "+th=72ee=20"));
    agreed(&fork(), (plain("quoted-printable", "UTF-8") + &quoted).as_bytes(), Rules::default(), &[]);
    let latin = format!("J=F6rg\n---\n\n{}", DIFF.replace("+three", "+thr=E9e"));
    let report = agreed(&fork(), (plain("quoted-printable", "iso-8859-1") + &latin).as_bytes(), Rules::default(), &[]);
    assert_eq!(report.patches[0].losses, [Loss::Charset]);
    let raw = [plain("8bit", "\"ISO-8859-15\"").as_bytes(), b"\xa4uro\n---\n\n", DIFF.as_bytes()].concat();
    agreed(&fork(), &raw, Rules::default(), &[]);
    for width in [76, 60, 10_000] {
        let body = base64(format!("J\u{f6}rg\n---\n\n{DIFF}").as_bytes(), width);
        agreed(&fork(), (plain("base64", "UTF-8") + &body).as_bytes(), Rules::default(), &[]);
    }
}

fn base64(bytes: &[u8], width: usize) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - three.len()));
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out.as_bytes().chunks(width).map(|line| format!("{}\n", std::str::from_utf8(line).unwrap())).collect()
}

/// Scenario 38: lines that end as the mail's do, and lines that end as the file's do.
#[test]
fn carriage_returns_go_unless_they_are_meant() {
    let text = mail("Subject: [PATCH] x\n", "Text.\n").replace('\n', "\r\n");
    agreed(&fork(), text.as_bytes(), Rules::default(), &[]);
    let diff = "diff --git a/crlf.txt b/crlf.txt\n--- a/crlf.txt\n+++ b/crlf.txt\n@@ -1,2 +1,2 @@\n-a\r\n+A\r\n b\r\n";
    let text = format!("{HEAD}Subject: [PATCH] x\n\n---\n\n{diff}");
    let rules = Rules { keep_cr: true, ..Rules::default() };
    agreed(&fork(), text.as_bytes(), rules, &["--keep-cr"]);
    let head = "Content-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: quoted-printable\n";
    let text = format!("{HEAD}{head}Subject: [PATCH] x\n\n---\n\n{}", diff.replace("\r\n", "=0D\n"));
    agreed(&fork(), text.as_bytes(), Rules::default(), &[]);
}

#[test]
fn parts_are_joined_and_attachments_left_out() {
    let part = |kind: &str, body: &str| format!("--=_b\nContent-Type: {kind}\n\n{body}");
    let head = format!(
        "{HEAD}Subject: [PATCH] x\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n boundary=\"=_b\"\n\nno mime\n"
    );
    let text = part("text/plain; charset=UTF-8", "Words.\n---\n b.txt | 2 +-\n\n");
    let diff = part("text/x-patch; name=\"x.patch\"", DIFF);
    agreed(&fork(), format!("{head}{text}{diff}\n--=_b--\n").as_bytes(), Rules::default(), &[]);
    let image = part("image/png", "iVBORw0KGgo=\n");
    let report = try_mails(&fork(), format!("{head}{text}{diff}{image}--=_b--\n").as_bytes(), Rules::default(), &how());
    assert_eq!(report.unwrap().patches[0].losses, [Loss::Attachments]);
}

#[test]
fn scissors_cut_what_is_above() {
    let rules = Rules { scissors: true, ..Rules::default() };
    for line in ["-- >8 --", "--- 8< --- cut here --- 8< ---", ">8------", "- - - 8< - - -"] {
        let body = format!("Hello all\n\nthis is it:\n\n{line}\nSubject: the patch\n\nText.\n");
        agreed(&fork(), mail("Subject: [PATCH] x\n", &body).as_bytes(), rules, &["--scissors"]);
        agreed(&fork(), mail("Subject: [PATCH] x\n", &body).as_bytes(), Rules::default(), &[]);
    }
    agreed(&fork(), mail("Subject: [PATCH] x\n", "a 8< is no line of scissors\n").as_bytes(), rules, &["--scissors"]);
}

/// Scenario 38: a mailbox of several, with a cover letter, an answer, and two mails of one subject.
#[test]
fn a_mailbox_is_divided_and_what_is_no_patch_passed_over() {
    let from = "From 1234567890123456789012345678901234567890 Mon Sep 17 00:00:00 2001\n";
    let second = DIFF.replace("line 2", "line 5").replace("line 3", "line 6").replace("line 4", "line 7");
    let second = second.replace("three", "six").replace("@@ -2,3 +2,3 @@ line 1", "@@ -5,3 +5,3 @@ line 4");
    let cover = format!("{from}{HEAD}Subject: [PATCH 0/2] both\n\nWords.\n\n");
    let one = format!("{from}{}\n", mail("Subject: [PATCH 1/2] same\n", "From nobody\n\n"));
    let two = format!("{from}{HEAD}Subject: [PATCH 2/2] same\n\n---\n{second}\n");
    let answer = format!("{from}{HEAD}Subject: Re: [PATCH 2/2] same\n\nFine.\n");
    let fork = fork();
    let report = agreed(&fork, [&one[..], &two].concat().as_bytes(), Rules::default(), &[]);
    assert_eq!(report.patches[1].name.as_str(), "same-2");
    assert_eq!(report.patches[1].source, format!("mbox:{}", one.lines().count() + 1));
    let all = [&cover[..], &one, &answer, &two].concat();
    let report = try_mails(&self::fork(), all.as_bytes(), Rules::default(), &how()).unwrap();
    assert_eq!(report.patches.len(), 2);
    let why: Vec<&str> = report.passed_over.iter().map(|one| one.why).collect();
    assert_eq!(why, ["a cover letter", "a mail without a patch"]);
}

/// What git format-patch writes of commits of all kinds.
#[test]
fn format_patch_is_read_as_git_am_reads_it() {
    let fork = fork();
    fork.branch("topic", fork.tip("ours"));
    let binary: Vec<u8> = (0..=255).cycle().take(3000).collect();
    fork.on("topic")
        .rename("a.txt", "c.txt")
        .edit("c.txt", "line 4\n", "four\n")
        .author("J\u{f6}rg")
        .commit("Rename\n\nIt.");
    fork.on("topic")
        .write("bin", &binary)
        .symlink("link", "c.txt")
        .commit("Gr\u{fc}\u{df}e \u{2014} und mehr, was alles so lang ist, dass es gefaltet wird");
    fork.on("topic").mode("b.txt", pq::model::Mode::Executable).write("empty", "").commit("Mode");
    fork.on("topic").remove("bin").commit("Gone");
    for options in [&["--stdout"][..], &["--stdout", "--attach"], &["--stdout", "--full-index", "-M", "--binary"]] {
        let args = [&["format-patch", "--always", "v1.0.0..topic"], options].concat();
        let bytes = crate::support::git_output(&fork.upstream(), &args).stdout;
        let fork = self::fork();
        // The blobs of binary files are in the mail.
        let report = agreed(&fork, &bytes, Rules::default(), &[]);
        assert_eq!((report.summary.total, report.proof.equal), (4, Some(true)));
    }
}

/// As `git am -3`: the files that the patch was made for are in the repository.
#[test]
fn a_patch_for_other_files_is_merged_from_its_blobs() {
    let fork = fork();
    fork.on("ours").edit("a.txt", "line 3\n", "3\n").commit("Near");
    fork.on("ours").edit("a.txt", "line 6\n", "six\n").commit("Mine");
    let bytes = git_output(&fork.upstream(), &["format-patch", "--stdout", "ours~1..ours"]).stdout;
    let report = agreed(&fork, &bytes, Rules::default(), &["-3"]);
    assert_eq!((report.patches[0].placement, report.proof.source_tree), (Fate::Merged, None));
    assert_eq!(fork.content(fork.tip("fork"), "a.txt"), lines_with(40, &[(6, "six")]));
    // Without the blobs its context is not there.
    let other = self::fork();
    let before = other.snapshot();
    let error = try_mails(&other, &bytes, Rules::default(), &how()).unwrap_err();
    assert!(error.to_string().contains("a.txt: hunk 1"), "{error}");
    assert_eq!(other.snapshot(), before);
}

#[test]
fn what_conflicts_after_all_is_refused_or_held() {
    let fork = fork();
    fork.on("ours").edit("a.txt", "line 6\n", "theirs\n").commit("Theirs");
    fork.on("ours").edit("a.txt", "theirs\n", "mine\n").commit("Mine");
    let bytes = git_output(&fork.upstream(), &["format-patch", "--stdout", "ours~1..ours"]).stdout;
    let before = fork.snapshot();
    let error = try_mails(&fork, &bytes, Rules::default(), &how()).unwrap_err();
    assert!(error.to_string().contains("mine (a.txt)"), "{error}");
    assert_eq!(fork.snapshot(), before);
    let hold = How { conflicts: Conflicts::Hold, ..how() };
    assert_eq!(try_mails(&fork, &bytes, Rules::default(), &hold).unwrap().summary.held, 1);
    fork.check();
    assert!(fork.open().manifest().patches[0].meta.held.is_some());
    // It is carried once it fits, from the file that it was made for.
    assert!(fork.dry_run("v1.0.0").patches[0].outcome.is_held());
}

/// Scenario 14: a hunk whose place was moved is not put into one of several that look alike.
#[test]
fn look_alikes_are_not_guessed() {
    let diff =
        "diff --git a/twice.txt b/twice.txt\n--- a/twice.txt\n+++ b/twice.txt\n@@ -21,3 +21,3 @@\n x\n-y\n+why\n z\n";
    let text = format!("{HEAD}Subject: [PATCH] x\n\n---\n\n{diff}");
    let fork = fork();
    let before = fork.snapshot();
    let error = try_mails(&fork, text.as_bytes(), Rules::default(), &how()).unwrap_err().to_string();
    assert!(error.contains("line 21 of twice.txt fits at "), "{error}");
    assert_eq!(fork.snapshot(), before);
    let exact = text.replace("@@ -21,3 +21,3 @@", "@@ -22,3 +22,3 @@");
    try_mails(&fork, exact.as_bytes(), Rules::default(), &how()).unwrap();
}

#[test]
fn broken_mails_are_named() {
    for (text, word) in [
        ("words\n", "headers"),
        ("", "no patch"),
        (&format!("{HEAD}Subject: [PATCH] x\n\n---\n{}", &DIFF[..DIFF.len() - 8]), "line"),
        (&format!("{HEAD}Subject: [PATCH] x\nContent-Transfer-Encoding: base64\n\n%%%\n"), "base64"),
    ] {
        let fork = fork();
        let before = fork.snapshot();
        let error = try_mails(&fork, text.as_bytes(), Rules::default(), &how()).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
        assert_eq!(fork.snapshot(), before);
    }
}
