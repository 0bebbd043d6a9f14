//! Paths that are made by a program, and other projects' code.

use bstr::{BStr, ByteSlice};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::model::Generated;

/// Where package managers of Go, PHP, Ruby and JavaScript put other projects' code.
const VENDORED: [&str; 2] = ["**/vendor/**", "**/node_modules/**"];

/// Paths, by patterns.
#[derive(Debug, Clone)]
pub struct Excluded {
    patterns: Vec<String>,
    globs: GlobSet,
}

impl Excluded {
    /// What no comparison of changes looks at: what `[[generated]]` states, and vendored code. A pattern that cannot be read excludes nothing.
    pub fn of(generated: &[Generated]) -> Excluded {
        Excluded::matching(VENDORED.into_iter().chain(stated(generated)))
    }

    /// What `[[generated]]` states, and nothing else.
    pub fn stated(generated: &[Generated]) -> Excluded {
        Excluded::matching(stated(generated))
    }

    fn matching<'a>(patterns: impl Iterator<Item = &'a str>) -> Excluded {
        let mut patterns: Vec<String> = patterns.map(str::to_owned).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let glob = |pattern: &String| GlobBuilder::new(pattern).literal_separator(true).build().ok();
        let mut globs = GlobSetBuilder::new();
        patterns.iter().filter_map(glob).for_each(|glob| {
            globs.add(glob);
        });
        Excluded { globs: globs.build().unwrap_or_else(|_| GlobSet::empty()), patterns }
    }

    /// Whether a path is left out.
    pub fn has(&self, path: &BStr) -> bool {
        self.globs.is_match(path.to_path_lossy())
    }

    /// The patterns, in order: two lists exclude the same if these are equal.
    pub fn patterns(&self) -> &[String] {
        &self.patterns
    }
}

fn stated(generated: &[Generated]) -> impl Iterator<Item = &str> {
    generated.iter().flat_map(|one| &one.paths).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_code_and_what_is_stated_are_left_out() {
        let generated = Generated { paths: vec!["**/*.pb.go".into(), "docs/ref.md".into()], regenerate: None };
        let excluded = Excluded::of(&[generated]);
        for path in
            ["vendor/a/b.go", "tools/vendor/x", "web/node_modules/y/z.js", "api/v1/x.pb.go", "x.pb.go", "docs/ref.md"]
        {
            assert!(excluded.has(BStr::new(path)), "{path}");
        }
        for path in ["vendor.go", "src/vendored/x", "docs/ref.mdx", "sub/docs/ref.md"] {
            assert!(!excluded.has(BStr::new(path)), "{path}");
        }
    }

    #[test]
    fn what_is_stated_alone_does_not_hold_vendored_code() {
        let generated = Generated { paths: vec!["**/*.pb.go".into()], regenerate: None };
        let stated = Excluded::stated(&[generated]);
        assert!(stated.has(BStr::new("vendor/x.pb.go")));
        assert!(!stated.has(BStr::new("vendor/x.go")));
    }
}
