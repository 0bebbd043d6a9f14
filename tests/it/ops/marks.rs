//! Conflict markers are those of `git merge-file --zdiff3`.

use pq::format::marks::{Labels, marked};

use crate::support::git_output;

/// A small generator, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn edited(&mut self, lines: &[String]) -> Vec<String> {
        let mut lines = lines.to_vec();
        for _ in 0..1 + self.roll(3) {
            let at = self.roll(lines.len() as u64 + 1) as usize;
            match self.roll(3) {
                0 if at < lines.len() => drop(lines.remove(at)),
                1 if at < lines.len() => lines[at] = format!("new {}", self.roll(4)),
                _ => lines.insert(at, format!("more {}", self.roll(3))),
            }
        }
        lines
    }
}

#[test]
fn markers_stand_where_git_has_them() {
    let dir = tempfile::tempdir().unwrap();
    let labels = Labels { ours: "v1.1.0 + 2 patches", base: "v1.0.0", theirs: "a-patch" };
    let mut dice = Dice(7);
    let (mut conflicts, mut differ) = (0, Vec::new());
    for case in 0..240 {
        let width = if case % 5 == 0 { 12 } else { 7 };
        let base: Vec<String> = (0..4 + dice.roll(10)).map(|n| format!("line {n}")).collect();
        let (ours, theirs) = (dice.edited(&base), dice.edited(&base));
        let newline = if case % 6 == 0 { "\r\n" } else { "\n" };
        let end = |last: u64| if last == 0 { "" } else { newline };
        let sides = [&ours, &base, &theirs].map(|lines| lines.join(newline) + end(dice.roll(5)));
        for (name, side) in ["ours", "base", "theirs"].iter().zip(&sides) {
            std::fs::write(dir.path().join(name), side).unwrap();
        }
        let width_of_git = format!("--marker-size={width}");
        let options = ["merge-file", "-p", "--zdiff3", "--diff-algorithm=histogram", &width_of_git];
        let names = ["-L", labels.ours, "-L", labels.base, "-L", labels.theirs, "ours", "base", "theirs"];
        let output = git_output(dir.path(), &[&options[..], &names[..]].concat());
        let found = marked(sides[1].as_bytes(), sides[0].as_bytes(), sides[2].as_bytes(), labels, width);
        conflicts += usize::from(output.status.code() != Some(0));
        if found != output.stdout {
            differ.push((
                case,
                String::from_utf8_lossy(&output.stdout).into_owned(),
                String::from_utf8(found).unwrap(),
            ));
        }
    }
    assert!(conflicts > 60, "{conflicts}");
    let first =
        differ.first().map(|(case, git, pq)| format!("{case}\n--- git\n{git}\n--- pq\n{pq}")).unwrap_or_default();
    assert!(differ.is_empty(), "{} differ; the first is {first}", differ.len());
}
