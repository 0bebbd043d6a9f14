//! The state of a stack of StGit 2: `stack.json` in the tree of the commit at `refs/stacks/BRANCH`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Oid, PatchName};

/// A stack: which patches there are, and which of them the branch has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// The version of the format.
    version: u32,
    /// The state before.
    #[serde(deserialize_with = "oid_or_none")]
    pub prev: Option<String>,
    /// The branch.
    pub head: String,
    /// The patches that the branch has, the first one at the bottom.
    pub applied: Vec<String>,
    /// Those that can be pushed.
    pub unapplied: Vec<String>,
    /// Those that are kept out of the way.
    pub hidden: Vec<String>,
    /// The commit of each.
    pub patches: BTreeMap<String, Entry>,
}

/// A patch of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its commit.
    pub oid: String,
}

/// The version that is read and written.
pub const VERSION: u32 = 5;

/// Why a state cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// It is no JSON of a stack.
    #[error("its stack.json cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// Another StGit wrote it.
    #[error("its stack.json has version {0}, not {VERSION}")]
    Version(u32),
    /// A patch has no commit.
    #[error("its stack.json names the patch {0:?} and no commit of it")]
    NoCommit(String),
}

impl Stack {
    /// A new state.
    pub fn new(head: Oid, prev: Option<Oid>) -> Stack {
        let none = Vec::new;
        Stack {
            version: VERSION,
            prev: prev.map(|id| id.to_string()),
            head: head.to_string(),
            applied: none(),
            unapplied: none(),
            hidden: none(),
            patches: BTreeMap::new(),
        }
    }

    /// Reads a state.
    ///
    /// # Errors
    /// It is none, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Stack, StackError> {
        let stack: Stack = serde_json::from_slice(bytes)?;
        if stack.version != VERSION {
            return Err(StackError::Version(stack.version));
        }
        Ok(stack)
    }

    /// The state as StGit writes it.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("plain values have a text")
    }

    /// The commit of a patch.
    ///
    /// # Errors
    /// None is named.
    pub fn commit(&self, name: &str) -> Result<Oid, StackError> {
        let entry = self.patches.get(name);
        let id = entry.and_then(|entry| entry.oid.parse().ok());
        id.ok_or_else(|| StackError::NoCommit(name.to_owned()))
    }
}

/// Old states say `"None"`.
fn oid_or_none<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let found = Option::<String>::deserialize(deserializer)?;
    Ok(found.filter(|id| id != "None"))
}

/// The name of a patch as StGit takes it: a part of a ref, without slashes.
pub fn patch_name(name: &PatchName) -> String {
    let safe = |c: char| if c.is_control() || " ~^:/?[*\\{}@".contains(c) { '-' } else { c };
    let name: String = name.as_str().chars().map(safe).collect();
    let name = name.replace("..", "-");
    let name = name.trim_matches(['.', '-']).trim_end_matches(".lock");
    if name.is_empty() { "patch".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_as_stgit_writes_them() {
        let id = "bed8a4a9e63d1d9e770252113677d829fc720357";
        let text = format!(
            "{{\n  \"version\": 5,\n  \"prev\": null,\n  \"head\": \"{id}\",\n  \"applied\": [\n    \"one\"\n  ],\n  \
             \"unapplied\": [],\n  \"hidden\": [],\n  \"patches\": {{\n    \"one\": {{\n      \"oid\": \"{id}\"\n    }}\n  }}\n}}"
        );
        let stack = Stack::parse(text.as_bytes()).unwrap();
        assert_eq!(String::from_utf8(stack.to_json()).unwrap(), text);
        assert_eq!(stack.commit("one").unwrap().to_string(), id);
        assert!(stack.commit("two").is_err());
        assert_eq!(Stack::parse(text.replace("null", "\"None\"").as_bytes()).unwrap().prev, None);
        assert!(matches!(Stack::parse(text.replace(": 5", ": 4").as_bytes()), Err(StackError::Version(4))));
    }

    #[test]
    fn names_become_parts_of_refs() {
        for (name, wanted) in [("a", "a"), ("team/a b", "team-a-b"), ("a:[](){}%'b", "a--]()--%'b"), ("x.", "x")] {
            assert_eq!(patch_name(&name.parse().unwrap()), wanted);
        }
    }
}
