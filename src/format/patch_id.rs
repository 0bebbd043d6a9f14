//! The patch id: the same for the same change, wherever it stands. That of `git patch-id --stable` (git-patch-id(1)).
//!
//! Each file's headers and lines, without blanks, hunk positions and `index` lines, are hashed; the hashes of files are added up, so that
//! their order does not matter. Of a binary file the two ids of the `index` line are hashed instead of content.

use bstr::ByteSlice;

use super::diff::{Body, FileDiff, LineKind};
use super::quote::quote;

/// The id of a change; `None` if there is none.
pub fn patch_id(files: &[FileDiff]) -> Option<[u8; 20]> {
    let mut sum = Sum::default();
    for file in files {
        push_headers(&mut sum, file);
        match &file.body {
            // git takes such a file together with the next one.
            Body::None => continue,
            Body::Text(_) => push_hunks(&mut sum, file),
            Body::Binary(_) => [&file.old_id, &file.new_id].into_iter().flatten().for_each(|id| sum.push(id)),
        }
        sum.flush();
    }
    sum.flush();
    (!files.is_empty()).then_some(sum.total)
}

/// The lines before the first hunk. A section without a `diff --git` line gets the one that git would write.
fn push_headers(sum: &mut Sum, file: &FileDiff) {
    if !file.raw.starts_with(b"diff --git ") {
        let name = |prefix: &[u8]| quote(&[prefix, file.path().as_bytes()].concat());
        sum.push(&[b"diff --git ", &name(b"a/")[..], b" ", &name(b"b/")[..]].concat());
    }
    for line in file.raw.lines().take_while(|line| !is_body(line)) {
        if !line.starts_with(b"index ") {
            sum.push(line);
        }
        if line.starts_with(b"+++ ") {
            break;
        }
    }
}

/// Whether headers end before the line.
fn is_body(line: &[u8]) -> bool {
    line.starts_with(b"GIT binary patch")
        || !line.first().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, b'-' | b'+'))
}

fn push_hunks(sum: &mut Sum, file: &FileDiff) {
    for line in file.hunks().iter().flat_map(|hunk| &hunk.lines) {
        sum.push(match line.kind {
            LineKind::Context => b" ",
            LineKind::Remove => b"-",
            LineKind::Add => b"+",
        });
        sum.push(&line.text);
    }
}

/// The hashes of files, added up as numbers whose first byte is the lowest.
struct Sum {
    hasher: sha1dc::Hasher,
    total: [u8; 20],
    buffer: Vec<u8>,
    is_pending: bool,
}

impl Default for Sum {
    fn default() -> Self {
        Sum { hasher: sha1dc::Hasher::new(), total: [0; 20], buffer: Vec::new(), is_pending: false }
    }
}

impl Sum {
    /// Hashes a text without its blanks.
    fn push(&mut self, text: &[u8]) {
        self.buffer.clear();
        self.buffer.extend(text.iter().filter(|byte| !is_blank(**byte)));
        self.hasher.update(&self.buffer);
        self.is_pending = true;
    }

    /// Adds what was hashed since the last time.
    fn flush(&mut self) {
        if !std::mem::take(&mut self.is_pending) {
            return;
        }
        let hashed = self.hasher.finalize_reset();
        let digest = hashed.unwrap_or_else(|collision| collision.digest());
        let mut carry = 0;
        for (sum, byte) in self.total.iter_mut().zip(digest.as_bytes()) {
            let value = u16::from(*sum) + u16::from(*byte) + carry;
            *sum = value as u8;
            carry = value >> 8;
        }
    }
}

/// The blanks of C's `isspace`, as far as git knows them: no form feed and no vertical tab.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
