//! Loose patches against GNU patch itself: generated files and diffs, moved, with other context. Where it is not installed, what it gave is
//! compared: `tests/it/baseline/patch.txt`, one line a case.

use std::path::Path;
use std::process::{Command, Stdio};

use pq::format::loose::{parse, place};
use pq::model::Oid;

/// Numbers that look random and are the same everywhere.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A file of lines few of which are unique, a diff for one like it, and how much fuzz is allowed.
fn case(seed: u64) -> (String, String, u32) {
    let mut dice = Dice(seed);
    let old: Vec<String> = (0..5 + dice.roll(40)).map(|_| format!("{}\n", dice.roll(6))).collect();
    let mut new = old.clone();
    for _ in 0..1 + dice.roll(3) {
        let at = dice.roll(new.len() as u64) as usize;
        match dice.roll(3) {
            0 => new.insert(at, format!("new {}\n", dice.roll(3))),
            1 if new.len() > 1 => drop(new.remove(at)),
            _ => new[at] = format!("other {}\n", dice.roll(3)),
        }
    }
    if new == old {
        new.push("the end\n".to_owned());
    }
    let mut pre = old.clone();
    for _ in 0..dice.roll(4) {
        let at = dice.roll(pre.len() as u64) as usize;
        match dice.roll(3) {
            0 => pre.insert(at, format!("{}\n", dice.roll(6))),
            1 if pre.len() > 1 => drop(pre.remove(at)),
            _ => pre[at] = format!("{}\n", dice.roll(6)),
        }
    }
    if dice.roll(8) == 0
        && let Some(last) = pre.last_mut()
    {
        last.pop();
    }
    let context = [3, 3, 2, 1][dice.roll(4) as usize];
    (pre.concat(), unified(&old, &new, context), dice.roll(4) as u32)
}

/// A unified diff with that much context.
fn unified(old: &[String], new: &[String], context: usize) -> String {
    let front = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let most = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(a, b)| a == b).count();
    let (start, end) = (front.saturating_sub(context), (back.saturating_sub(context)));
    let (old_lines, new_lines) = (&old[start..old.len() - end], &new[start..new.len() - end]);
    let first = |len: usize| if len == 0 { start } else { start + 1 };
    let mut diff = format!(
        "--- a/f\n+++ b/f\n@@ -{},{} +{},{} @@\n",
        first(old_lines.len()),
        old_lines.len(),
        first(new_lines.len()),
        new_lines.len()
    );
    let tail = back - end;
    old[start..front].iter().for_each(|line| diff += &format!(" {line}"));
    old[front..old.len() - back].iter().for_each(|line| diff += &format!("-{line}"));
    new[front..new.len() - back].iter().for_each(|line| diff += &format!("+{line}"));
    old[old.len() - back..old.len() - back + tail].iter().for_each(|line| diff += &format!(" {line}"));
    diff
}

/// What pq makes of it: the id of the text, or nothing.
fn ours(pre: &str, diff: &str, fuzz: u32) -> Option<Vec<u8>> {
    let parts = parse(diff.as_bytes()).unwrap();
    let hunks = parts.first().map(|part| part.hunks.as_slice()).unwrap_or_default();
    place(pre.as_bytes(), hunks, fuzz).ok().map(|placed| placed.bytes)
}

fn theirs(dir: &Path, pre: &str, diff: &str, fuzz: u32) -> Option<Vec<u8>> {
    std::fs::write(dir.join("f"), pre).unwrap();
    std::fs::write(dir.join("p"), diff).unwrap();
    let mut command = Command::new("patch");
    command.args(["-p1", "-f", "-s", "-r", "-", "--no-backup-if-mismatch", "-i", "p"]).arg(format!("--fuzz={fuzz}"));
    let output = command.current_dir(dir).stdin(Stdio::null()).output().unwrap();
    output.status.success().then(|| std::fs::read(dir.join("f")).unwrap_or_default())
}

fn is_installed() -> bool {
    let output = Command::new("patch").arg("--version").stdin(Stdio::null()).output();
    output.is_ok_and(|output| output.stdout.starts_with(b"GNU patch 2.7"))
}

fn id(text: Option<&Vec<u8>>) -> String {
    let id = |text: &Vec<u8>| -> Oid { pq::git::Objects::id_of(pq::git::Kind::Blob, text) };
    text.map_or("-".to_owned(), |text| id(text).to_string()[..12].to_owned())
}

const CASES: u64 = 300;

#[test]
fn hunks_go_where_gnu_patch_puts_them() {
    let known = include_str!("patch.txt");
    let dir = tempfile::tempdir().unwrap();
    let mut found = String::new();
    for seed in 0..CASES {
        let (pre, diff, fuzz) = case(seed);
        let ours = ours(&pre, &diff, fuzz);
        if is_installed() {
            let theirs = theirs(dir.path(), &pre, &diff, fuzz);
            let text =
                |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned());
            assert_eq!(text(&ours), text(&theirs), "case {seed}, fuzz {fuzz}:\n{pre}---\n{diff}");
        }
        found += &format!("{seed} {}\n", id(ours.as_ref()));
    }
    let updates = std::env::var_os("PQ_UPDATE_DOCS").is_some() && is_installed();
    if updates {
        return std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/baseline/patch.txt"), &found).unwrap();
    }
    let differs = known.lines().zip(found.lines()).find(|(known, found)| known != found);
    assert_eq!(differs, None, "with GNU patch 2.7 installed, PQ_UPDATE_DOCS=1 records what it gives");
    assert_eq!(known.lines().count() as u64, CASES);
    let applied = known.lines().filter(|line| !line.ends_with(" -")).count();
    assert!((100..CASES as usize - 50).contains(&applied), "{applied} of {CASES} apply: the cases are no test");
}
