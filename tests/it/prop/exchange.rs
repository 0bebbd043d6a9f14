//! Round trips of generated queues: what goes out and comes in again is the same queue, down to the ids of its commits.

use std::path::PathBuf;

use bstr::ByteSlice;
use pq::format::mailbox::Rules;
use pq::git::{Commit, Kind};
use pq::model::{Mode, Oid, Silent};
use pq::ops::edit::Target;
use pq::ops::exchange::{
    Conflicts, Destination, How, IntakeReport, MailOptions, OutgoingOptions, StackOptions, export_stack, export_to,
    import_commits, import_mails, import_stack, mailbox,
};
use pq::ops::init;
use pq::ops::workbench::{Access, Where, Workbench};
use pq::store::Letters;
use proptest::prelude::*;

use crate::support::{Fork, git, git_output, lines};

/// One change.
#[derive(Debug, Clone)]
enum Act {
    Line(usize),
    Crlf(usize),
    Latin(usize),
    Binary(u8),
    Mode,
    Symlink(usize),
    Rename,
    Delete,
    Empty,
    From,
    Nothing,
}

/// What a commit says.
#[derive(Debug, Clone)]
struct Said {
    author: &'static [u8],
    message: &'static [u8],
    encoding: Option<&'static str>,
    offset: &'static str,
}

const SAID: &[Said] = &[
    Said { author: b"A U Thor", message: b"Plain\n", encoding: None, offset: "+0000" },
    Said {
        author: "J\u{f6}rg \u{201c}x\u{201d}".as_bytes(),
        message: "Gr\u{fc}\u{df}e \u{2014} an alle, und zwar so viele, dass der Betreff lang wird\n\nText.\n"
            .as_bytes(),
        encoding: None,
        offset: "+0545",
    },
    Said {
        author: b"J\xf6rg",
        message: b"Gr\xfc\xdfe\n\n\xe4\xf6\xfc\n",
        encoding: Some("ISO-8859-1"),
        offset: "-0330",
    },
    Said {
        author: b"Thor, A \"U\"",
        message: b"Re: [PATCH 1/2] [x] tags\n\nFrom: me <me@x>\n\nText\n",
        encoding: None,
        offset: "+0200",
    },
    Said { author: b"A", message: b"Blanks  \n\n\n\nof   all \n  kinds\n\n", encoding: None, offset: "+0000" },
    Said {
        author: b"A",
        message: b"Dashes\n\n---\n\ndiff --git a/x b/x\n-- \nsignature\n",
        encoding: None,
        offset: "+0000",
    },
    Said {
        author: b"A",
        message: b"From\n\nFrom x Mon Sep 17 00:00:00 2001\n>From y\nFrom here\n",
        encoding: None,
        offset: "+0000",
    },
    Said { author: b"A", message: b"two\nlines of subject\n\nText\n", encoding: None, offset: "+0000" },
    Said { author: b"A", message: b"no newline", encoding: None, offset: "+0000" },
    Said { author: b"A", message: b"", encoding: None, offset: "+0000" },
    Said { author: b"A", message: b"cut\n\nabove\n-- >8 --\nbelow\n", encoding: None, offset: "+0000" },
    Said { author: b"A", message: "=?UTF-8?q?x?= \u{1f600}\n".as_bytes(), encoding: None, offset: "+0000" },
    Said { author: b"A", message: b"raw \xff bytes\n", encoding: None, offset: "+0000" },
    Said { author: "\u{420}".as_bytes(), message: "\u{43f}\n".as_bytes(), encoding: Some("koi8-r"), offset: "+0300" },
    Said { author: b"", message: b"nobody\r\n\r\nwith returns\r\n", encoding: None, offset: "-0000" },
];

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..30usize).prop_map(Act::Line),
        2 => (0..9usize).prop_map(Act::Crlf),
        2 => (0..9usize).prop_map(Act::Latin),
        2 => any::<u8>().prop_map(Act::Binary),
        1 => Just(Act::Mode),
        1 => (0..3usize).prop_map(Act::Symlink),
        2 => Just(Act::Rename),
        1 => Just(Act::Delete),
        1 => Just(Act::Empty),
        1 => Just(Act::From),
        2 => Just(Act::Nothing),
    ]
}

fn acts() -> impl Strategy<Value = Vec<(Vec<Act>, usize)>> {
    let one = (prop::collection::vec(act(), 1..3), 0..SAID.len());
    prop::collection::vec(one, 1..7)
}

fn fork(patches: &[(Vec<Act>, usize)]) -> Fork {
    let fork = Fork::new();
    let work = fork.on("main").write("a.txt", lines(30)).write("moves0.txt", lines(30)).write("gone.txt", "x\n");
    let work = work.write("crlf.txt", "line\r\n".repeat(10)).write("latin.txt", b"gr\xfcn\n".repeat(10));
    let base = work.write("run.sh", "#!\n").symlink("link", "a.txt").commit("base");
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    let mut moves = 0;
    for (nth, (acts, said)) in patches.iter().enumerate() {
        let mut work = fork.on("ours");
        for act in acts {
            work = apply(&fork, work, act, nth, &mut moves);
        }
        let made = work.commit("x");
        fork.branch("ours", told(&fork, made, &SAID[*said]));
    }
    fork.init("v1.0.0", "ours");
    fork
}

fn told(fork: &Fork, made: Oid, said: &Said) -> Oid {
    let repo = fork.repo();
    let mut objects = repo.objects();
    let mut commit = Commit::read(&objects, made).unwrap();
    commit.author.name = said.author.into();
    commit.author.offset = said.offset.into();
    commit.committer = commit.author.clone();
    commit.message = said.message.into();
    commit.encoding = said.encoding.map(Into::into);
    let id = objects.write(Kind::Commit, commit.to_bytes());
    repo.write_objects(&mut objects).unwrap();
    id
}

fn apply<'a>(
    fork: &'a Fork,
    work: crate::support::Work<'a>,
    act: &Act,
    nth: usize,
    moves: &mut usize,
) -> crate::support::Work<'a> {
    let line = |at: &usize, end: &str| {
        (0..30).map(|n| if n == *at { format!("new {nth}{end}") } else { format!("line {n}{end}") }).collect::<String>()
    };
    let tip = fork.tip("ours");
    match act {
        Act::Line(at) => work.write("a.txt", line(at, "\n")),
        Act::Crlf(at) => work.write("crlf.txt", line(at, "\r\n") + "mixed\nno end"),
        Act::Latin(at) => work.write("latin.txt", [line(at, "\n").as_bytes(), b"gr\xfcn \xff\n"].concat()),
        Act::Binary(seed) => work.write(
            "bin",
            (0..600u32)
                .map(|n| (n.wrapping_mul(u32::from(*seed) + nth as u32) >> 3) as u8)
                .chain([0])
                .collect::<Vec<u8>>(),
        ),
        Act::Mode if fork.entry(tip, "run.sh").unwrap().mode == Mode::Regular => work.mode("run.sh", Mode::Executable),
        Act::Mode => work.mode("run.sh", Mode::Regular),
        Act::Symlink(to) => work.symlink("link", ["a.txt", "gone.txt", "\u{fc}"][*to]),
        Act::Rename if fork.entry(tip, &format!("moves{moves}.txt")).is_some() => {
            *moves += 1;
            work.rename(&format!("moves{}.txt", *moves - 1), &format!("moves{moves}.txt"))
        }
        Act::Delete if fork.entry(tip, "gone.txt").is_some() => work.write("gone.txt", format!("{nth}\n")),
        Act::Empty => work.write(&format!("dir {nth}/\u{e4} b"), ""),
        Act::From => work.write("from.txt", format!("From x Mon Sep 17 00:00:00 200{}\nFrom {nth}\n.\n", nth % 10)),
        _ => work,
    }
}

/// An empty queue beside the first one.
fn other(fork: &Fork) -> Workbench {
    let dir: PathBuf = fork.dir().join("other");
    let options = init::Options { branch: Some("other".to_owned()), ..fork.init_options(&dir, "v1.0.0", None) };
    init::init(&options, &Silent).unwrap();
    Workbench::open(Where { start: dir, queue: None, line: None }.line().unwrap(), Access::Write).unwrap()
}

fn how() -> How {
    How { target: Target::Last, conflicts: Conflicts::Refuse, dry_run: false, when: 1_700_000_000 }
}

/// The same commits, in the same order; and the same names where they are known.
fn is_same(fork: &Fork, report: &IntakeReport, has_names: bool) {
    assert_eq!(report.proof.equal, Some(true));
    assert_eq!(fork.tip("other"), fork.tip("fork"), "{report:#?}");
    if has_names {
        let names: Vec<_> = fork.open().manifest().patches.iter().map(|patch| patch.name.clone()).collect();
        assert_eq!(report.patches.iter().map(|patch| patch.name.clone()).collect::<Vec<_>>(), names);
    }
}

fn mails(fork: &Fork) -> Vec<u8> {
    mailbox(&fork.open(), &Default::default(), &Silent).unwrap()
}

/// `git am` makes the same trees of the mails, with the same authors and dates.
fn am_takes(fork: &Fork, bytes: &[u8]) {
    let clone = tempfile::tempdir_in(fork.dir()).unwrap();
    git(clone.path(), &["init", "-q"]);
    let alternates = clone.path().join(".git/objects/info/alternates");
    std::fs::write(alternates, format!("{}\n", fork.upstream().join(".git/objects").display())).unwrap();
    git(clone.path(), &["reset", "-q", "--hard", &fork.read_ref("refs/tags/v1.0.0").unwrap().to_string()]);
    let file = clone.path().join(".git/mails");
    std::fs::write(&file, bytes).unwrap();
    let am = git_output(
        clone.path(),
        &["am", "-q", "--keep-non-patch", "--whitespace=nowarn", "--empty=keep", "--quoted-cr=nowarn", ".git/mails"],
    );
    assert!(am.status.success(), "{}\n{}", am.stderr.as_bstr(), bytes.as_bstr());
    let told = |dir: &std::path::Path, range: &str| {
        git(dir, &["log", "--reverse", "--format=%T %ae %ad", "--date=raw", range])
    };
    let base = fork.read_ref("refs/tags/v1.0.0").unwrap();
    assert_eq!(told(clone.path(), &format!("{base}..HEAD")), told(&fork.upstream(), &format!("{base}..fork")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn through_mails(patches in acts()) {
        let fork = fork(&patches);
        let bytes = mails(&fork);
        if patches.iter().all(|(_, said)| !SAID[*said].message.is_empty() && !SAID[*said].author.is_empty()) {
            am_takes(&fork, &bytes);
        }
        let letters = vec![Letters { name: "mbox".to_owned(), bytes }];
        let options = MailOptions { what: "mbox".to_owned(), letters, rules: Rules::default() };
        is_same(&fork, &import_mails(&other(&fork), &options, &how(), &Silent).unwrap(), true);
    }

    #[test]
    fn through_git(patches in acts()) {
        let fork = fork(&patches);
        let to = Destination::Branch("refs/heads/review".to_owned());
        let options = OutgoingOptions { patches: Default::default(), to, force: false };
        let report = export_to(&fork.open(), &options, &Silent).unwrap();
        prop_assert_eq!(report.tip.commit, fork.tip("review"));
        let range = ["v1.0.0..review".to_owned()];
        is_same(&fork, &import_commits(&other(&fork), &range, &how(), &Silent).unwrap(), false);
    }

    #[test]
    fn through_stgit(patches in acts()) {
        let fork = fork(&patches);
        export_stack(&fork.open(), "stack", false, 1, &Silent).unwrap();
        let options = StackOptions { branch: "stack".to_owned(), hidden: false };
        is_same(&fork, &import_stack(&other(&fork), &options, &how(), &Silent).unwrap(), true);
    }
}
