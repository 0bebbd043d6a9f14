use bstr::BStr;

use super::*;
use crate::format::signature::line_number;
use crate::model::{ChangeFacts, Silent};
use crate::ops::evidence::company::bringers;

/// `c`: Change-Id, `p`: patch id, `a`: author, `d`: date, `t`: title.
fn same(letters: &str) -> Same {
    let has = |letter| letters.contains(letter);
    Same { change_id: has('c'), patch_id: has('p'), author: has('a'), date: has('d'), title: has('t') }
}

fn overlap((shared, ours, theirs): (usize, usize, usize)) -> Overlap {
    Overlap { shared, ours, theirs }
}

fn word(judged: Option<(Trust, EvidenceKind)>) -> &'static str {
    use EvidenceKind::{AuthorDateSubject, ChangeId, Lines, PatchId};
    match judged {
        None => "no",
        Some((Trust::Certain, ChangeId)) => "certain change-id",
        Some((Trust::Certain, PatchId)) => "certain patch-id",
        Some((Trust::Certain, AuthorDateSubject)) => "certain looks",
        Some((Trust::Certain, Lines)) => "certain lines",
        Some((Trust::Unsure(DoubtKind::Similar), ChangeId)) => "unsure change-id",
        Some((Trust::Unsure(DoubtKind::Similar), AuthorDateSubject)) => "unsure looks",
        Some((Trust::Unsure(DoubtKind::Similar), Lines)) => "unsure lines",
        Some((Trust::Unsure(DoubtKind::Part), Lines)) => "part",
        Some(other) => panic!("{other:?}"),
    }
}

#[test]
fn each_rule_for_changes_that_are_no_bumps() {
    for (letters, lines, is_only, want) in [
        ("c", (1, 5, 5), false, "certain change-id"),
        ("c", (0, 5, 5), false, "unsure change-id"),
        ("pt", (5, 5, 5), false, "certain patch-id"),
        ("adt", (0, 5, 5), false, "certain looks"),
        // One of the three differs: the lines have to agree.
        ("ad", (4, 6, 6), false, "certain looks"),
        ("ad", (3, 6, 7), false, "unsure looks"),
        ("dt", (3, 6, 7), false, "certain looks"),
        ("ad", (1, 6, 6), false, "unsure looks"),
        ("dt", (1, 6, 6), false, "unsure looks"),
        ("ad", (0, 6, 6), true, "no"),
        ("at", (4, 6, 6), false, "certain looks"),
        ("at", (3, 6, 6), true, "unsure looks"),
        ("at", (3, 6, 6), false, "no"),
        ("t", (7, 8, 9), false, "certain lines"),
        // A line or two are soon the same.
        ("t", (3, 3, 3), false, "unsure looks"),
        ("t", (5, 8, 7), false, "unsure looks"),
        ("t", (0, 8, 7), true, "unsure looks"),
        ("t", (0, 8, 7), false, "no"),
        // Lines alone prove nothing.
        ("", (40, 40, 40), true, "unsure lines"),
        ("a", (4, 6, 6), true, "unsure lines"),
        ("", (3, 3, 3), true, "no"),
        ("", (4, 20, 4), true, "part"),
        ("", (4, 21, 4), true, "no"),
        ("", (3, 9, 3), true, "no"),
        ("", (4, 20, 5), true, "no"),
        // The same second and nothing else.
        ("d", (3, 9, 9), true, "no"),
    ] {
        let candidate = Candidate { at: 0, same: same(letters), lines: overlap(lines), added: overlap((0, 0, 0)) };
        assert_eq!(word(judge(&candidate, None, is_only)), want, "{letters} {lines:?} {is_only}");
    }
}

#[test]
fn each_rule_for_bumps() {
    use Bump::{ByBot, ByPerson};
    for (letters, lines, added, bump, is_only, want) in [
        ("c", (1, 2, 2), (0, 1, 1), ByBot, false, "certain change-id"),
        ("p", (2, 2, 2), (1, 1, 1), ByBot, false, "certain patch-id"),
        ("adt", (1, 2, 2), (1, 1, 1), ByBot, false, "certain looks"),
        ("dt", (1, 2, 2), (1, 1, 1), ByBot, false, "certain looks"),
        // The same second, the same title, and another version.
        ("adt", (1, 2, 2), (0, 1, 1), ByBot, false, "no"),
        ("adt", (0, 2, 2), (0, 1, 1), ByBot, true, "unsure looks"),
        ("adt", (0, 2, 2), (0, 1, 1), ByPerson, false, "certain looks"),
        ("at", (0, 2, 2), (0, 1, 1), ByPerson, true, "unsure looks"),
        ("at", (0, 2, 2), (0, 1, 1), ByPerson, false, "no"),
        ("at", (0, 2, 2), (0, 1, 1), ByBot, true, "no"),
        ("at", (2, 2, 2), (1, 1, 1), ByBot, false, "certain lines"),
        ("t", (4, 6, 6), (3, 3, 3), ByPerson, false, "unsure lines"),
        ("t", (4, 6, 6), (3, 3, 3), ByBot, false, "no"),
        ("t", (4, 6, 6), (2, 3, 3), ByPerson, false, "no"),
        // However many lines: of bumps that are called otherwise nothing is said.
        ("a", (9, 10, 10), (5, 5, 5), ByPerson, false, "no"),
    ] {
        let candidate = Candidate { at: 0, same: same(letters), lines: overlap(lines), added: overlap(added) };
        assert_eq!(
            word(judge(&candidate, Some(bump), is_only)),
            want,
            "{letters} {lines:?} {added:?} {bump:?} {is_only}"
        );
    }
}

#[test]
fn a_title_is_without_numbers_marks_and_blanks() {
    for (subject, want) in [
        ("Fix five", "Fix five"),
        ("  Fix\t five  ", "Fix five"),
        ("Fix five (#12)", "Fix five"),
        ("Fix five (#12) (#13)", "Fix five"),
        ("[v1.13] Fix five (#12)", "Fix five"),
        ("v1.13: Fix five", "Fix five"),
        ("1.13: Fix five", "Fix five"),
        ("BACKPORT: Fix five", "Fix five"),
        ("UPSTREAM: net: Fix five", "net: Fix five"),
        ("v1.13:", "v1.13:"),
        ("", ""),
    ] {
        assert_eq!(title(subject.as_bytes()), BStr::new(want), "{subject:?}");
    }
}

#[test]
fn a_mark_is_a_version_or_a_known_tag() {
    for mark in ["[v1.13]", "[1.13]", "v1.13:", "1.13.7:", "UPSTREAM:", "[BACKPORT]", "FROMGIT:", "FROMLIST:"] {
        assert!(is_mark(mark.as_bytes()), "{mark}");
    }
    for word in ["net:", "[net]", "v1.13", "13:", "v13:", "Backport:", "[]", ":", "v1.x:", "fix:"] {
        assert!(!is_mark(word.as_bytes()), "{word}");
    }
}

fn facts(name: &str, email: &str) -> CommitFacts {
    CommitFacts {
        id: "89e6c98d92887913cadf06b2adb97f26cde4849a".parse().unwrap(),
        parents: Vec::new(),
        name: name.into(),
        email: email.into(),
        seconds: 0,
        subject: "x".into(),
        provenance: provenance::parse(b"x"),
        mentions: Vec::new(),
        is_security: false,
        change: None,
    }
}

#[test]
fn bots_are_called_bots() {
    for (name, email) in [
        ("renovate[bot]", "x@y"),
        ("Renovate Bot", "x@y"),
        ("x", "29139614+dependabot[bot]@users.noreply.github.com"),
        ("Cilium Imagebot", "noreply@cilium.io"),
        ("x", "kernel-patches-daemon-bot@kernel.org"),
    ] {
        assert!(is_bot(&facts(name, email)), "{name} {email}");
    }
    for (name, email) in
        [("Bottomley", "james@bottom.example"), ("A Botha", "botha@x"), ("Robotics", "team@robots.example")]
    {
        assert!(!is_bot(&facts(name, email)), "{name} {email}");
    }
}

fn lines(removed: &[&str], added: &[&str]) -> Signature {
    let numbers = |lines: &[&str]| lines.iter().filter_map(|line| line_number(line.as_bytes())).collect();
    let mut signature = Signature { removed: numbers(removed), added: numbers(added), ..Signature::default() };
    signature.normalize();
    signature
}

fn commit(digit: char, subject: &str, signature: Signature) -> Arc<CommitFacts> {
    let id = digit.to_string().repeat(40).parse().unwrap();
    let change = Some(ChangeFacts { patch_id: None, signature, has_excluded: false });
    Arc::new(CommitFacts { id, subject: subject.into(), change, ..facts("M", "m@x") })
}

fn looks(signature: Signature) -> Looks {
    Looks {
        email: "a@x".into(),
        seconds: Some(7),
        subject: "Ours".into(),
        change_id: None,
        patch_id: None,
        signature,
        has_excluded: false,
    }
}

fn found(ours: &Looks, facts: &[Arc<CommitFacts>]) -> Vec<(usize, &'static str)> {
    let mut found = find(&[ours], facts, &Silent).unwrap();
    found.remove(0).iter().map(|one| (one.candidate.at, word(Some((one.trust, one.kind))))).collect()
}

#[test]
fn the_opposite_change_has_nothing_in_common() {
    let ours = looks(lines(&["a", "b", "c"], &["x", "y", "z"]));
    let opposite = commit('1', "Ours", lines(&["x", "y", "z"], &["a", "b", "c"]));
    // The one of this title, but that is all.
    assert_eq!(found(&ours, std::slice::from_ref(&opposite)), [(0, "unsure looks")]);
    let other = CommitFacts { subject: "Theirs".into(), ..opposite.as_ref().clone() };
    assert_eq!(found(&ours, &[Arc::new(other)]), []);
    assert_eq!(ours.signature.overlap(&ours.signature.opposite()).shared, 0);
}

#[test]
fn the_most_certain_comes_first_and_the_newest_of_equals() {
    let ours = looks(lines(&[], &["a", "b", "c", "d"]));
    let by_lines = commit('1', "Theirs", lines(&[], &["a", "b", "c", "d"]));
    let by_title = commit('2', "Ours", lines(&[], &["a", "b", "c", "d"]));
    let again = commit('3', "Ours", lines(&[], &["a", "b", "c", "d"]));
    let want = [(1, "certain lines"), (2, "certain lines"), (0, "unsure lines")];
    assert_eq!(found(&ours, &[by_lines, by_title, again]), want);
}

/// A commit that has a good part of a large patch is worth a look if no other has, and two braces are no part.
#[test]
fn one_that_stands_out_is_worth_a_look() {
    let all = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];
    let ours = looks(lines(&[], &all));
    let part = |digit, n: usize| commit(digit, "Theirs", lines(&["gone", "too"], &all[..n]));
    assert_eq!(found(&ours, &[part('1', 5)]), [(0, "unsure lines")]);
    assert_eq!(found(&ours, &[part('1', 3)]), []);
    assert_eq!(found(&ours, &[part('1', 6), part('2', 5)]), []);
    let small = looks(lines(&[], &all[..4]));
    let by_author = |n: usize| {
        let theirs = lines(&["p", "q", "r"], &[&["s", "t"], &all[..n]].concat());
        Arc::new(CommitFacts { email: "A@X".into(), ..commit('1', "Theirs", theirs).as_ref().clone() })
    };
    assert_eq!(found(&small, &[by_author(2)]), []);
    assert_eq!(found(&small, &[by_author(3)]), [(0, "unsure lines")]);
}

#[test]
fn the_fewest_commits_that_bring_a_change_are_found() {
    let ours = lines(&["a", "b"], &["c", "d", "e"]);
    let one = commit('1', "x", lines(&["a", "b"], &["c"]));
    let two = commit('2', "x", lines(&[], &["d", "e"]));
    let both = commit('3', "x", lines(&["a", "b", "more"], &["c", "d", "e"]));
    let whole = commit('4', "x", lines(&["a", "b"], &["c", "d", "e"]));
    let opposite = commit('5', "x", lines(&["c", "d", "e"], &["a", "b"]));
    let ids = |facts: &[&Arc<CommitFacts>]| -> Vec<String> {
        let facts: Vec<_> = facts.iter().map(|facts| Arc::clone(facts)).collect();
        bringers(&ours, &facts).iter().map(|one| one.commit.unwrap().to_string()[..1].to_owned()).collect()
    };
    assert_eq!(ids(&[&one, &two]), ["1", "2"]);
    assert_eq!(ids(&[&one, &two, &both]), ["3"]);
    assert_eq!(ids(&[&one, &both, &whole]), ["4"], "the smaller one");
    assert_eq!(ids(&[&one]), [""; 0], "a part of it is not enough");
    assert_eq!(ids(&[&opposite]), [""; 0]);
}
