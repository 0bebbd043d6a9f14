//! Names of patches: what stands in `series`, names the file and is typed by people.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a patch, and of its file `patches/NAME.patch`.
///
/// Components divided by `/`, each of which is a file name that is safe on every system: no control characters, no backslash, none that
/// starts with a dot (so neither `..` nor `.git`), none that ends in a blank or `.lock`. At most 200 bytes in all.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatchName(String);

/// Why a text is not the name of a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAName {
    /// Nothing, or `a//b`.
    #[error("a patch name has no empty parts")]
    Empty,
    /// More than [`PatchName::MAX_LEN`] bytes.
    #[error("a patch name has at most {} bytes", PatchName::MAX_LEN)]
    TooLong,
    /// A part starts with a dot.
    #[error("no part of a patch name starts with a dot, or it could leave the directory or hide in it")]
    Dot,
    /// A part starts with a dash, `@` or `^`, or `..` stands in it: taken for options, selectors and ranges.
    #[error("a patch name holds no `..` and starts with none of `-`, `@`, `^`: those are options and selectors")]
    Selector,
    /// A character that file systems, terminals or TOML cannot take.
    #[error("a patch name holds no control characters, backslashes or blanks at its ends")]
    Character,
    /// `.lock` or `.patch` at the end of a part.
    #[error("a patch name does not end in .lock or .patch: the suffix belongs to the file")]
    Suffix,
}

impl PatchName {
    /// The longest name, in bytes.
    pub const MAX_LEN: usize = 200;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The file of the patch, relative to the queue's directory, with forward slashes.
    pub fn file(&self) -> String {
        format!("patches/{}.patch", self.0)
    }

    /// A name made from the subject of a commit: lower case letters, digits and dots, dashes between words, at most 60 bytes.
    pub fn from_subject(subject: &str) -> PatchName {
        let mut slug = String::new();
        for c in subject.chars() {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                'A'..='Z' => slug.push(c.to_ascii_lowercase()),
                '.' | '_' if slug.ends_with(|last: char| last.is_ascii_alphanumeric()) => slug.push(c),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        if slug.len() > 60 {
            let cut = slug[..60].rfind('-').filter(|cut| *cut > 30).unwrap_or(60);
            slug.truncate(cut);
        }
        let slug = slug.replace("..", ".");
        let slug = slug.trim_matches(['-', '.', '_']).trim_end_matches(".lock").trim_end_matches(".patch");
        PatchName::from_str(slug).unwrap_or_else(|_| PatchName("patch".to_owned()))
    }

    /// The same name, with `-2`, `-3`, … behind it if `taken` has it already. Names that differ in case alone count as the same: some file
    /// systems cannot tell them apart.
    pub fn unused(self, taken: &HashSet<String>) -> PatchName {
        let free = |name: &PatchName| !taken.contains(&name.folded());
        if free(&self) {
            return self;
        }
        let numbered = |n: usize| PatchName(format!("{}-{n}", self.0));
        (2..).map(numbered).find(free).expect("there are more numbers than names")
    }

    /// The name in lower case, for comparing names as file systems do.
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for PatchName {
    type Err = NotAName;

    fn from_str(text: &str) -> Result<Self, NotAName> {
        if text.len() > PatchName::MAX_LEN {
            return Err(NotAName::TooLong);
        }
        if text.starts_with(['-', '@', '^']) || text.contains("..") {
            return Err(NotAName::Selector);
        }
        text.split('/').try_for_each(check_part)?;
        Ok(PatchName(text.to_owned()))
    }
}

fn check_part(part: &str) -> Result<(), NotAName> {
    if part.is_empty() {
        return Err(NotAName::Empty);
    }
    if part.starts_with('.') {
        return Err(NotAName::Dot);
    }
    if part.trim() != part || part.chars().any(|c| c.is_control() || c == '\\' || is_invisible(c)) {
        return Err(NotAName::Character);
    }
    if [".lock", ".patch"].iter().any(|suffix| part.ends_with(suffix)) {
        return Err(NotAName::Suffix);
    }
    Ok(())
}

/// Format characters that change how text around them looks (zero width, bidirectional overrides, byte order mark).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

impl fmt::Display for PatchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for PatchName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PatchName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for PatchName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_becomes_a_slug() {
        let slug = |subject| PatchName::from_subject(subject).to_string();
        assert_eq!(slug("bpf: Fix dual-stack race (#123)"), "bpf-fix-dual-stack-race-123");
        assert_eq!(slug("chore(deps): update docker.io/library/golang"), "chore-deps-update-docker.io-library-golang");
        assert_eq!(slug("…"), "patch");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert!(slug(&"word ".repeat(50)).len() <= 60);
    }

    #[test]
    fn a_taken_name_gets_a_number() {
        let taken = HashSet::from(["fix".to_owned(), "fix-2".to_owned()]);
        assert_eq!(PatchName::from_subject("Fix").unused(&taken).as_str(), "fix-3");
    }

    #[test]
    fn names_that_leave_the_directory_or_look_like_options_are_refused() {
        for bad in [
            "",
            "a//b",
            "../x",
            "a/../b",
            "/x",
            ".git/config",
            "a/.git/x",
            "-x",
            "@top",
            "a..b",
            "a\\b",
            "a\nb",
            "x.lock",
            "x.patch",
            " x",
            "a\u{202e}b",
        ] {
            assert!(bad.parse::<PatchName>().is_err(), "{bad:?}");
        }
        for good in ["a", "feature/a", "a:[](){}%'b", "a b", "ä", "v1.13-x"] {
            assert!(good.parse::<PatchName>().is_ok(), "{good:?}");
        }
    }
}
