//! Releases: tags that a pattern recognises, ordered by their version.

use std::cmp::Ordering;

/// Which tags are releases, and how to read a version from one: text around one `{version}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasePattern {
    before: String,
    after: String,
}

/// The pattern does not hold exactly one `{version}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a release pattern holds exactly one {{version}}, for example \"v{{version}}\"")]
pub struct NotAPattern;

/// A version: numbers divided by dots or underscores, and a suffix (`-rc1`) that makes it a pre-release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The numbers: major, minor, patch and more.
    pub numbers: Vec<u64>,
    /// What follows them, if anything: a pre-release.
    pub suffix: String,
}

impl ReleasePattern {
    /// From the text of `releases` in pq.toml.
    pub fn parse(text: &str) -> Result<Self, NotAPattern> {
        let (before, after) = text.split_once("{version}").ok_or(NotAPattern)?;
        if after.contains("{version}") {
            return Err(NotAPattern);
        }
        Ok(ReleasePattern { before: before.to_owned(), after: after.to_owned() })
    }

    /// The version that a tag stands for, if it is a release.
    pub fn version(&self, tag: &str) -> Option<Version> {
        Version::parse(tag.strip_prefix(&self.before)?.strip_suffix(&self.after)?)
    }
}

impl Version {
    /// From text such as `1.13.7`, `9_3_P2` or `1.14.0-rc.1`.
    pub fn parse(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.' && c != '_').unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        let numbers = numbers.trim_end_matches(['.', '_']);
        let numbers = numbers.split(['.', '_']).map(|n| n.parse().ok()).collect::<Option<Vec<u64>>>()?;
        Some(Version { numbers, suffix: suffix.to_owned() })
    }

    /// Whether it is a pre-release: something other than a patch level (`p1`, `P2`, `.post1`) follows the numbers.
    pub fn is_prerelease(&self) -> bool {
        let suffix = self.suffix.to_ascii_lowercase();
        let is_level =
            suffix.strip_prefix('p').is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
        !suffix.is_empty() && !is_level && !suffix.starts_with("post")
    }

    /// Major and minor number; missing ones count as 0.
    pub fn minor(&self) -> (u64, u64) {
        (self.number(0), self.number(1))
    }

    fn number(&self, at: usize) -> u64 {
        self.numbers.get(at).copied().unwrap_or(0)
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let longest = self.numbers.len().max(other.numbers.len());
        let numbers = (0..longest).map(|at| self.number(at)).cmp((0..longest).map(|at| other.number(at)));
        let final_last = other.is_prerelease().cmp(&self.is_prerelease());
        numbers.then(final_last).then_with(|| natural(&self.suffix, &other.suffix))
    }
}

/// Compares texts with numbers in them as people do: `rc2` before `rc10`.
fn natural(a: &str, b: &str) -> Ordering {
    let key = |text: &str| {
        let mut parts = Vec::new();
        for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
            let digits = part.trim_end_matches(|c: char| !c.is_ascii_digit());
            parts.push((digits.parse::<u64>().unwrap_or(0), part[digits.len()..].to_owned()));
        }
        parts
    };
    key(a).cmp(&key(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    #[test]
    fn versions_are_ordered_as_people_order_them() {
        let ordered = ["1.9.9", "1.13.0-rc2", "1.13.0-rc10", "1.13.0", "1.13.1", "1.13.10", "1.14.0"];
        assert!(ordered.windows(2).all(|pair| version(pair[0]) < version(pair[1])));
        assert!(version("9.2p1") < version("9.2p2"));
        assert!(!version("9.2p1").is_prerelease());
    }

    #[test]
    fn a_pattern_reads_its_own_tags_only() {
        let pattern = ReleasePattern::parse("v{version}").unwrap();
        assert_eq!(pattern.version("v1.13.7").unwrap().numbers, [1, 13, 7]);
        assert_eq!(pattern.version("1.13.7"), None);
        assert_eq!(pattern.version("vendor"), None);
        assert!(ReleasePattern::parse("v1").is_err());
    }
}
