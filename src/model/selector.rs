//! Selectors: how a person names a patch, or several.
//!
//! `NAME`, the start of a name, a number of the series, `@top`; `X^` and `X~2`, so many below; `A..B`, from one to another. Which patches that
//! are is for the queue to say: this is the notation alone. No name of a patch holds `..` or starts with `@` or `^`.

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// One patch.
    One(Point),
    /// Both ends and all between them. An end that is left open is that of the series.
    Range(Option<Point>, Option<Point>),
}

/// One patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Where to count from.
    pub start: Start,
    /// How many patches below it in the series.
    pub below: usize,
}

/// A place in the series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// The last patch that is applied.
    Top,
    /// A name, the start of one, or a number.
    Name(String),
}

impl Selector {
    /// Reads a selector. Every text is one: what names no patch is found out in the queue.
    pub fn parse(text: &str) -> Selector {
        let end = |text: &str| (!text.is_empty()).then(|| Point::parse(text));
        match text.split_once("..") {
            Some((first, last)) => Selector::Range(end(first), end(last)),
            None => Selector::One(Point::parse(text)),
        }
    }
}

impl Point {
    /// Reads `X`, `X^`, `X^^` and `X~2`; without `X` it counts from the top.
    pub fn parse(text: &str) -> Point {
        let (mut name, mut below) = (text, 0usize);
        loop {
            let counted = name.rsplit_once('~').and_then(|(rest, n)| Some((rest, n.parse::<usize>().ok()?)));
            match (name.strip_suffix('^'), counted) {
                (Some(rest), _) => (name, below) = (rest, below.saturating_add(1)),
                (None, Some((rest, n))) => (name, below) = (rest, below.saturating_add(n)),
                (None, None) => break,
            }
        }
        let is_top = name == "@top" || name.is_empty() && below > 0;
        Point { start: if is_top { Start::Top } else { Start::Name(name.to_owned()) }, below }
    }
}

/// The place in the series that a text gives as a number, from 1. With a zero in front it is the start of a name: `0003-fix`.
pub fn number(text: &str) -> Option<usize> {
    text.parse().ok().filter(|_| !text.starts_with(['0', '+']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, below: usize) -> Point {
        Point { start: Start::Name(name.to_owned()), below }
    }

    #[test]
    fn one_patch() {
        for (text, point) in [
            ("fix", named("fix", 0)),
            ("fix^", named("fix", 1)),
            ("fix^^", named("fix", 2)),
            ("fix~3", named("fix", 3)),
            ("fix~2^", named("fix", 3)),
            ("fix~x", named("fix~x", 0)),
            ("7", named("7", 0)),
            ("", named("", 0)),
            ("@top", Point { start: Start::Top, below: 0 }),
            ("@top~1", Point { start: Start::Top, below: 1 }),
            ("^", Point { start: Start::Top, below: 1 }),
            ("~2", Point { start: Start::Top, below: 2 }),
        ] {
            assert_eq!(Selector::parse(text), Selector::One(point), "{text}");
        }
    }

    #[test]
    fn ranges() {
        assert_eq!(Selector::parse("a..b^"), Selector::Range(Some(named("a", 0)), Some(named("b", 1))));
        assert_eq!(Selector::parse("a.."), Selector::Range(Some(named("a", 0)), None));
        assert_eq!(Selector::parse(".."), Selector::Range(None, None));
    }

    #[test]
    fn numbers_have_no_zero_in_front() {
        assert_eq!(
            (number("3"), number("0003"), number("+3"), number("x"), number("0")),
            (Some(3), None, None, None, None)
        );
    }
}
