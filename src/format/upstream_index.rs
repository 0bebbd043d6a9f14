//! The file of the upstream index: what pq keeps of upstream's commits, with everything that tells whether it can be trusted.
//!
//! A line of text (magic, version of pq and of the format), the patterns of the excluded paths, a checksum (CRC-32) and the facts in postcard's
//! wire format. Whatever does not verify is as good as missing.

use serde::{Deserialize, Serialize};

use super::excluded::Excluded;
use crate::model::CommitFacts;

/// Raised when facts are read in another way.
const FORMAT: u32 = 1;

/// How the file begins. Another release of pq may read other facts from a message.
fn magic() -> String {
    format!("pq upstream index {FORMAT} {}\n", env!("CARGO_PKG_VERSION"))
}

#[derive(Serialize, Deserialize)]
struct Head<T> {
    excluded: T,
    checksum: u32,
}

/// The bytes of the file.
pub fn to_bytes(facts: &[&CommitFacts], excluded: &Excluded) -> Vec<u8> {
    let body = postcard::to_stdvec(facts).unwrap_or_default();
    let head = Head { excluded: excluded.patterns(), checksum: crc32fast::hash(&body) };
    let mut out = magic().into_bytes();
    out.extend(postcard::to_stdvec(&head).unwrap_or_default());
    out.extend(body);
    out
}

/// The facts of a file; none if it is damaged, cut off, of another version or made with other excluded paths.
pub fn parse(bytes: &[u8], excluded: &Excluded) -> Option<Vec<CommitFacts>> {
    let rest = bytes.strip_prefix(magic().as_bytes())?;
    let (head, body): (Head<Vec<String>>, &[u8]) = postcard::take_from_bytes(rest).ok()?;
    if head.excluded != excluded.patterns() || head.checksum != crc32fast::hash(body) {
        return None;
    }
    postcard::from_bytes(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::provenance;
    use crate::model::{ChangeFacts, Generated, Signature};

    fn facts() -> CommitFacts {
        let message =
            b"x\n\nThis reverts commit 89e6c98d92887913cadf06b2adb97f26cde4849b.\nFixes: 0123456789ab (\"y\")\n";
        let signature = Signature { exact: 1, removed: vec![2], added: vec![3, 4], is_bump: false };
        CommitFacts {
            id: "89e6c98d92887913cadf06b2adb97f26cde4849a".parse().unwrap(),
            parents: vec!["ab".repeat(32).parse().unwrap()],
            name: "A".into(),
            email: "a@x".into(),
            seconds: -1,
            subject: b"x\xff".into(),
            provenance: provenance::parse(message),
            mentions: vec!["0123456789ab".into()],
            is_security: true,
            change: Some(ChangeFacts { patch_id: Some([7; 20]), signature, has_excluded: true }),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let (facts, excluded) = (facts(), Excluded::of(&[]));
        assert_eq!(parse(&to_bytes(&[&facts], &excluded), &excluded), Some(vec![facts]));
    }

    #[test]
    fn what_does_not_verify_is_as_good_as_missing() {
        let (facts, excluded) = (facts(), Excluded::of(&[]));
        let bytes = to_bytes(&[&facts], &excluded);
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(parse(&damaged, &excluded), None, "byte {at}");
            assert_eq!(parse(&bytes[..at], &excluded), None, "cut off at {at}");
        }
        let others = Excluded::of(&[Generated { paths: vec!["docs/**".into()], regenerate: None }]);
        assert_eq!(parse(&bytes, &others), None);
    }
}
