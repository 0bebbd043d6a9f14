//! Commits, byte for byte.

use bstr::{BString, ByteSlice};

use super::{GitError, Kind, Objects};
use crate::model::Oid;

/// A commit as git stores it. Names and message are bytes in `encoding`, or UTF-8 by convention.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its tree.
    pub tree: Oid,
    /// Its parents.
    pub parents: Vec<Oid>,
    /// Who wrote it.
    pub author: Actor,
    /// Who put it where it is.
    pub committer: Actor,
    /// The encoding of the texts, if it is stated.
    pub encoding: Option<BString>,
    /// The message.
    pub message: BString,
}

/// A person and a moment, as in the `author` line of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The name.
    pub name: BString,
    /// The address, without its angle brackets.
    pub email: BString,
    /// Seconds since 1970.
    pub seconds: i64,
    /// The offset from UTC as written, for example `+0200`.
    pub offset: BString,
}

impl Commit {
    /// Reads a commit.
    pub fn read(objects: &Objects, id: Oid) -> Result<Commit, GitError> {
        let mut buffer = Vec::new();
        objects.read_into(id, Kind::Commit, &mut buffer)?;
        Commit::parse(&buffer).ok_or(GitError::Malformed { id, expected: "commit" })
    }

    /// From the content of a commit object.
    pub fn parse(bytes: &[u8]) -> Option<Commit> {
        let (head, message) = match bytes.find(b"\n\n") {
            Some(end) => (&bytes[..end], &bytes[end + 2..]),
            None => (bytes.strip_suffix(b"\n").unwrap_or(bytes), &b""[..]),
        };
        let field = |name: &'static str| head.lines().filter_map(move |line| value(line, name));
        let parents = field("parent").map(|hex| Oid::from_hex(hex).ok()).collect::<Option<_>>()?;
        Some(Commit {
            tree: Oid::from_hex(field("tree").next()?).ok()?,
            parents,
            author: Actor::parse(field("author").next()?)?,
            committer: Actor::parse(field("committer").next()?)?,
            encoding: field("encoding").next().map(Into::into),
            message: message.into(),
        })
    }

    /// The content of the commit object.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = format!("tree {}\n", self.tree).into_bytes();
        for parent in &self.parents {
            out.extend_from_slice(format!("parent {parent}\n").as_bytes());
        }
        self.author.write("author", &mut out);
        self.committer.write("committer", &mut out);
        if let Some(encoding) = &self.encoding {
            out.extend_from_slice(b"encoding ");
            out.extend_from_slice(encoding);
            out.push(b'\n');
        }
        out.push(b'\n');
        out.extend_from_slice(&self.message);
        out
    }

    /// The first line of the message.
    pub fn subject(&self) -> &[u8] {
        self.message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default()
    }
}

fn value<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    line.strip_prefix(name.as_bytes())?.strip_prefix(b" ")
}

impl Actor {
    /// From `NAME <EMAIL> SECONDS OFFSET`. What is missing or odd becomes empty or zero: old histories have it all.
    pub fn parse(line: &[u8]) -> Option<Actor> {
        let open = line.find_byte(b'<')?;
        let close = open + line[open..].rfind_byte(b'>')?;
        let mut time = line[close + 1..].fields();
        let seconds = time.next().and_then(|digits| digits.to_str().ok()?.parse().ok()).unwrap_or(0);
        Some(Actor {
            name: line[..open].trim_end().into(),
            email: line[open + 1..close].into(),
            seconds,
            offset: time.next().unwrap_or(b"+0000").into(),
        })
    }

    fn write(&self, field: &str, out: &mut Vec<u8>) {
        out.extend_from_slice(field.as_bytes());
        out.push(b' ');
        out.extend_from_slice(&self.name);
        out.extend_from_slice(b" <");
        out.extend_from_slice(&self.email);
        out.extend_from_slice(format!("> {} ", self.seconds).as_bytes());
        out.extend_from_slice(&self.offset);
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_round_trips() {
        let text = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nparent 89e6c98d92887913cadf06b2adb97f26cde4849b\n\
                    author A <a@x> 1700000000 +0530\ncommitter B <b@x> 1700000001 -0000\nencoding ISO-8859-1\n\nsubject\n\nbody\n";
        assert_eq!(Commit::parse(text.as_bytes()).unwrap().to_bytes().as_bstr(), text);
    }

    #[test]
    fn nobody_is_written_as_git_writes_nobody() {
        let text = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\nauthor  <> 0 +0000\ncommitter  <> 0 +0000\n\nx\n";
        assert_eq!(Commit::parse(text.as_bytes()).unwrap().to_bytes().as_bstr(), text);
    }

    #[test]
    fn odd_author_lines_are_read() {
        let actor = |line: &str| Actor::parse(line.as_bytes()).unwrap();
        assert_eq!(actor("<> 0 +0000").name, "");
        assert_eq!(actor("A > B <x@y> 12 +0100").email, "x@y");
        assert_eq!(actor("A <x@y>").seconds, 0);
        assert!(Actor::parse(b"nobody").is_none());
    }
}
