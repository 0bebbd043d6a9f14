//! The answers that git itself recorded: `rr-cache/ID/preimage` and `postimage` (git's "Documentation/technical/rerere").
//!
//! A preimage is a file with its conflicts between markers, without labels and without a base; of the two sides of each, the one that sorts
//! first stands first, so nobody can say which was whose. A postimage is the same file as a person left it.

use super::lines::split;
use super::resolution::Hunk;
use super::settle::Merge;

/// What a line of a preimage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Clear,
    One,
    Base,
    Two,
}

/// The conflicts of a preimage with what became of them; none if its markers are not in order.
pub fn read(preimage: &[u8], postimage: &[u8]) -> Vec<Hunk> {
    let Some([base, one, two]) = texts(preimage) else { return Vec::new() };
    let hunks = Merge::of(&base, &one, &two).answers(postimage);
    hunks.into_iter().map(|hunk| Hunk { base: Default::default(), ..hunk }).collect()
}

/// The whole file before, and with each of the two sides. Where no base is known, it has a line that neither side has, so that exactly what
/// stands between the markers conflicts.
fn texts(preimage: &[u8]) -> Option<[Vec<u8>; 3]> {
    let [mut base, mut one, mut two] = [const { Vec::new() }; 3];
    let mut part = Part::Clear;
    for line in split(preimage) {
        part = match (part, marker(line)) {
            (Part::Clear, Some(b'<')) => {
                base.extend_from_slice(b"\0base\0\n");
                Part::One
            }
            (Part::One, Some(b'|')) => Part::Base,
            (Part::One | Part::Base, Some(b'=')) => Part::Two,
            (Part::Two, Some(b'>')) => Part::Clear,
            (_, Some(_)) => return None,
            (part, None) => {
                let texts: &mut [&mut Vec<u8>] = match part {
                    Part::Clear => &mut [&mut base, &mut one, &mut two],
                    Part::One => &mut [&mut one],
                    Part::Two => &mut [&mut two],
                    Part::Base => &mut [],
                };
                texts.iter_mut().for_each(|text| text.extend_from_slice(line));
                part
            }
        };
    }
    (part == Part::Clear).then_some([base, one, two])
}

/// The sign of a marker.
fn marker(line: &[u8]) -> Option<u8> {
    let sign = *line.first().filter(|sign| b"<|=>".contains(sign))?;
    let rest = line.strip_prefix(&[sign; 7])?;
    (rest.trim_ascii().is_empty() || rest.starts_with(b" ")).then_some(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_conflict_comes_with_its_answer() {
        let preimage = b"a\n<<<<<<<\none\n=======\ntwo\n>>>>>>>\nb\nc\n<<<<<<<\n=======\nthree\n>>>>>>>\n";
        let hunks = read(preimage, b"a\nboth\nb\nc\nthree\n");
        let hunk = |ours: &str, theirs: &str, answer: &str| Hunk {
            ours: ours.into(),
            theirs: theirs.into(),
            answer: answer.into(),
            ..Hunk::default()
        };
        assert_eq!(hunks, [hunk("one\n", "two\n", "both\n"), hunk("", "three\n", "three\n")]);
        let with_base = b"<<<<<<< ours\none\n||||||| base\nold\n=======\ntwo\n>>>>>>> theirs\n";
        assert_eq!(read(with_base, b"both\n"), [hunk("one\n", "two\n", "both\n")]);
    }

    #[test]
    fn what_is_not_in_order_gives_nothing() {
        for bad in [&b"<<<<<<<\na\n"[..], b"=======\n", b"<<<<<<<\n>>>>>>>\n", b"nothing\n"] {
            assert_eq!(read(bad, b"x\n"), []);
        }
    }
}
