//! A small history written down as steps, such as `patches-example/upstream/history.toml`.

use toml_edit::{DocumentMut, Item, Table};

/// One step of building a history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A patch file becomes a commit on top of a branch; the first one makes the branch.
    Commit {
        /// The name of the file.
        file: String,
        /// The branch.
        branch: String,
    },
    /// A tag at the tip of a branch.
    Tag {
        /// Its name.
        name: String,
        /// The branch.
        branch: String,
    },
    /// A new branch at the tip of another one.
    Branch {
        /// Its name.
        name: String,
        /// The other one.
        from: String,
    },
}

/// Why a history cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// It is not TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A step is neither a commit nor a tag nor a branch.
    #[error("step {0} has neither `commit` and `branch`, nor `tag` and `branch`, nor `branch` and `from`")]
    Step(usize),
}

/// The steps of a history, in order.
///
/// # Errors
/// It is not TOML, or a step is none.
pub fn parse(text: &str) -> Result<Vec<Step>, HistoryError> {
    let document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| HistoryError::Syntax(error.message().to_owned()))?;
    let tables = document.get("step").and_then(Item::as_array_of_tables).into_iter().flatten();
    tables.enumerate().map(|(at, table)| step(table).ok_or(HistoryError::Step(at + 1))).collect()
}

fn step(table: &Table) -> Option<Step> {
    let text = |key: &str| table.get(key).and_then(Item::as_str).map(str::to_owned);
    let branch = text("branch")?;
    match (text("commit"), text("tag"), text("from")) {
        (Some(file), None, None) => Some(Step::Commit { file, branch }),
        (None, Some(name), None) => Some(Step::Tag { name, branch }),
        (None, None, Some(from)) => Some(Step::Branch { name: branch, from }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_commits_tags_and_branches() {
        let text = "[[step]]\ncommit = \"1.patch\"\nbranch = \"main\"\n[[step]]\ntag = \"v1\"\nbranch = \"main\"\n\
                    [[step]]\nbranch = \"old\"\nfrom = \"main\"\n";
        let owned = str::to_owned;
        assert_eq!(
            parse(text).unwrap(),
            [
                Step::Commit { file: owned("1.patch"), branch: owned("main") },
                Step::Tag { name: owned("v1"), branch: owned("main") },
                Step::Branch { name: owned("old"), from: owned("main") },
            ]
        );
    }

    #[test]
    fn what_is_no_step_is_named() {
        assert_eq!(parse("[[step]]\nbranch = \"main\"\n"), Err(HistoryError::Step(1)));
        assert_eq!(parse("[[step]]\ncommit = \"x\"\ntag = \"y\"\nbranch = \"main\"\n"), Err(HistoryError::Step(1)));
        assert!(matches!(parse("[[step"), Err(HistoryError::Syntax(_))));
    }
}
