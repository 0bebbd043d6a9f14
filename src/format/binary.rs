//! `GIT binary patch`: content as base 85 of a zlib stream, whole (`literal`) or as a delta against the old content.
//!
//! The delta is the one of packs (gitformat-pack(5), "Deltified representation"). Base 85 is git's own: the letters of RFC 1924, each
//! line led by its length (`A`–`Z` for 1 to 26 bytes, `a`–`z` for 27 to 52), four bytes in five letters, big end first.

use std::collections::HashMap;
use std::io::Read;

use bstr::BString;
use flate2::{Compression, bufread::ZlibDecoder, bufread::ZlibEncoder};

/// The largest content that is read from a patch, in bytes.
pub const MAX_SIZE: usize = 1 << 30;

/// A zlib stream cannot hold more than this many bytes for each of its own.
const MAX_RATIO: usize = 1040;

const ALPHABET: &[u8; 85] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";

/// The change of a binary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryPatch {
    /// From old to new.
    pub forward: BinaryHunk,
    /// From new to old, if the patch has it.
    pub reverse: Option<BinaryHunk>,
}

/// One direction of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BinaryHunk {
    /// What the data are.
    pub encoding: Encoding,
    /// The data, inflated.
    pub data: Vec<u8>,
}

/// What the data of a binary hunk are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// The content.
    Literal,
    /// Instructions that make it from the other content.
    Delta,
}

/// Why binary data cannot be read or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BinaryError {
    /// Neither `literal SIZE` nor `delta SIZE`.
    #[error("`literal SIZE` or `delta SIZE` is due here")]
    Header,
    /// More than [`MAX_SIZE`], or more than the data can hold.
    #[error("{0} bytes are more than the data can hold or pq takes")]
    TooLarge(usize),
    /// A line that is not base 85.
    #[error("the line is not base 85")]
    Base85,
    /// The file ends, or no empty line closes the data.
    #[error("the data end too early")]
    Truncated,
    /// The zlib stream is broken.
    #[error("the data cannot be inflated")]
    Inflate,
    /// The data have another size than stated.
    #[error("the data have {found} bytes where {stated} are stated")]
    Size {
        /// What the header says.
        stated: usize,
        /// What was found, at least.
        found: usize,
    },
    /// The delta is not well formed.
    #[error("the delta is broken")]
    Delta,
    /// The delta was made for content of another size.
    #[error("the delta was made for content of {stated} bytes, not {found}")]
    DeltaBase {
        /// The size that it was made for.
        stated: usize,
        /// The size of the content.
        found: usize,
    },
}

impl BinaryHunk {
    /// The content that it makes from `pre`.
    pub fn apply(&self, pre: &[u8]) -> Result<Vec<u8>, BinaryError> {
        match self.encoding {
            Encoding::Literal => Ok(self.data.clone()),
            Encoding::Delta => apply_delta(pre, &self.data),
        }
    }

    /// From the deflated bytes and the size that the header states.
    pub fn inflate(encoding: Encoding, stated: usize, deflated: &[u8]) -> Result<Self, BinaryError> {
        if stated > MAX_SIZE || stated > deflated.len().saturating_mul(MAX_RATIO) {
            return Err(BinaryError::TooLarge(stated));
        }
        let mut data = Vec::new();
        let mut stream = ZlibDecoder::new(deflated);
        stream.by_ref().take(stated as u64 + 1).read_to_end(&mut data).map_err(|_| BinaryError::Inflate)?;
        if data.len() != stated {
            return Err(BinaryError::Size { stated, found: data.len() });
        }
        if !stream.into_inner().is_empty() {
            return Err(BinaryError::Inflate);
        }
        Ok(BinaryHunk { encoding, data })
    }

    /// The smaller of the two ways to say `new`, given `old`.
    fn smallest(old: &[u8], new: &[u8]) -> (Encoding, usize, Vec<u8>) {
        let literal = deflate(new);
        let delta = (!old.is_empty() && !new.is_empty()).then(|| encode_delta(old, new));
        let small = delta.map(|delta| (delta.len(), deflate(&delta))).filter(|(_, data)| data.len() < literal.len());
        match small {
            Some((size, data)) => (Encoding::Delta, size, data),
            None => (Encoding::Literal, new.len(), literal),
        }
    }
}

/// `GIT binary patch` and both directions. The same bytes for the same content.
pub fn render(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut out = b"GIT binary patch\n".to_vec();
    push_hunk(&mut out, BinaryHunk::smallest(old, new));
    push_hunk(&mut out, BinaryHunk::smallest(new, old));
    out
}

fn push_hunk(out: &mut Vec<u8>, (encoding, size, data): (Encoding, usize, Vec<u8>)) {
    let word = match encoding {
        Encoding::Literal => "literal",
        Encoding::Delta => "delta",
    };
    out.extend_from_slice(format!("{word} {size}\n").as_bytes());
    data.chunks(52).for_each(|chunk| push_base85(out, chunk));
    out.push(b'\n');
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    ZlibEncoder::new(data, Compression::default()).read_to_end(&mut out).expect("memory does not fail to be read");
    out
}

/// One line of at most 52 bytes.
fn push_base85(out: &mut Vec<u8>, bytes: &[u8]) {
    let len = bytes.len() as u8;
    out.push(if len <= 26 { b'A' + len - 1 } else { b'a' + len - 27 });
    for four in bytes.chunks(4) {
        let mut word = [0; 4];
        word[..four.len()].copy_from_slice(four);
        let mut value = u32::from_be_bytes(word);
        let mut letters = [0; 5];
        for letter in letters.iter_mut().rev() {
            *letter = ALPHABET[(value % 85) as usize];
            value /= 85;
        }
        out.extend_from_slice(&letters);
    }
    out.push(b'\n');
}

/// Reads one line, without its newline, and adds its bytes to `out`.
pub fn decode_base85(line: &[u8], out: &mut Vec<u8>) -> Result<(), BinaryError> {
    let (len, letters) = match line {
        [c @ b'A'..=b'Z', rest @ ..] => (usize::from(c - b'A') + 1, rest),
        [c @ b'a'..=b'z', rest @ ..] => (usize::from(c - b'a') + 27, rest),
        _ => return Err(BinaryError::Base85),
    };
    if letters.len() != len.div_ceil(4) * 5 {
        return Err(BinaryError::Base85);
    }
    let end = out.len() + len;
    for five in letters.chunks_exact(5) {
        let value = five.iter().try_fold(0u64, |value, c| Some(value * 85 + digit(*c)?));
        let value = value.and_then(|value| u32::try_from(value).ok()).ok_or(BinaryError::Base85)?;
        out.extend_from_slice(&value.to_be_bytes());
    }
    out.truncate(end);
    Ok(())
}

fn digit(letter: u8) -> Option<u64> {
    const DIGITS: [u8; 256] = {
        let mut digits = [u8::MAX; 256];
        let mut at = 0;
        while at < ALPHABET.len() {
            digits[ALPHABET[at] as usize] = at as u8;
            at += 1;
        }
        digits
    };
    Some(DIGITS[usize::from(letter)]).filter(|digit| *digit != u8::MAX).map(u64::from)
}

/// One instruction of a delta.
enum Op<'a> {
    Copy { at: usize, len: usize },
    Insert(&'a [u8]),
}

fn apply_delta(pre: &[u8], delta: &[u8]) -> Result<Vec<u8>, BinaryError> {
    let mut rest = delta;
    let (stated, size) = (read_size(&mut rest)?, read_size(&mut rest)?);
    if stated != pre.len() {
        return Err(BinaryError::DeltaBase { stated, found: pre.len() });
    }
    let mut ops = Vec::new();
    let mut found = 0usize;
    while !rest.is_empty() {
        let op = read_op(&mut rest)?;
        found += match op {
            Op::Copy { at, len } => pre.get(at..at.saturating_add(len)).ok_or(BinaryError::Delta)?.len(),
            Op::Insert(bytes) => bytes.len(),
        };
        if found > size.min(MAX_SIZE) {
            return Err(BinaryError::Size { stated: size, found });
        }
        ops.push(op);
    }
    if found != size {
        return Err(BinaryError::Size { stated: size, found });
    }
    let mut out = Vec::with_capacity(size);
    for op in ops {
        out.extend_from_slice(match op {
            Op::Copy { at, len } => &pre[at..at + len],
            Op::Insert(bytes) => bytes,
        });
    }
    Ok(out)
}

fn take<'a>(rest: &mut &'a [u8], len: usize) -> Result<&'a [u8], BinaryError> {
    let (head, tail) = rest.split_at_checked(len).ok_or(BinaryError::Delta)?;
    *rest = tail;
    Ok(head)
}

fn read_size(rest: &mut &[u8]) -> Result<usize, BinaryError> {
    let mut size = 0usize;
    for shift in (0..63).step_by(7) {
        let byte = take(rest, 1)?[0];
        size |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    Err(BinaryError::Delta)
}

fn read_op<'a>(rest: &mut &'a [u8]) -> Result<Op<'a>, BinaryError> {
    let code = take(rest, 1)?[0];
    if code == 0 {
        return Err(BinaryError::Delta);
    }
    if code & 0x80 == 0 {
        return take(rest, usize::from(code)).map(Op::Insert);
    }
    let mut number = |bits: std::ops::Range<u8>| {
        bits.clone()
            .filter(|bit| code & 1 << bit != 0)
            .try_fold(0usize, |value, bit| Ok(value | usize::from(take(rest, 1)?[0]) << (8 * (bit - bits.start))))
    };
    let (at, len) = (number(0..4)?, number(4..7)?);
    Ok(Op::Copy { at, len: if len == 0 { 0x10000 } else { len } })
}

/// Blocks of the old content by which copies are found.
const BLOCK: usize = 16;

/// A delta that makes `new` from `old`: copies found by blocks of 16 bytes and stretched both ways, everything else inserted.
fn encode_delta(old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut blocks = HashMap::<&[u8], usize>::new();
    for (nth, block) in old.chunks_exact(BLOCK).enumerate() {
        blocks.entry(block).or_insert(nth * BLOCK);
    }
    let mut out = Vec::new();
    push_size(&mut out, old.len());
    push_size(&mut out, new.len());
    let (mut done, mut at) = (0, 0);
    while at + BLOCK <= new.len() {
        let Some(source) = blocks.get(&new[at..at + BLOCK]).copied().filter(|at| u32::try_from(*at).is_ok()) else {
            at += 1;
            continue;
        };
        let back = common(new[done..at].iter().rev(), old[..source].iter().rev());
        let ahead = common(new[at..].iter(), old[source..].iter());
        push_inserts(&mut out, &new[done..at - back]);
        push_copies(&mut out, source - back, back + ahead);
        at += ahead;
        done = at;
    }
    push_inserts(&mut out, &new[done..]);
    out
}

fn common<'a>(a: impl Iterator<Item = &'a u8>, b: impl Iterator<Item = &'a u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}

fn push_size(out: &mut Vec<u8>, mut size: usize) {
    while size >= 0x80 {
        out.push(size as u8 | 0x80);
        size >>= 7;
    }
    out.push(size as u8);
}

fn push_inserts(out: &mut Vec<u8>, bytes: &[u8]) {
    for chunk in bytes.chunks(0x7f) {
        out.push(chunk.len() as u8);
        out.extend_from_slice(chunk);
    }
}

fn push_copies(out: &mut Vec<u8>, mut at: usize, mut len: usize) {
    while len > 0 {
        let now = len.min(0xffff);
        let code = out.len();
        out.push(0x80);
        let numbers = at.to_le_bytes().into_iter().take(4).chain(now.to_le_bytes().into_iter().take(2));
        for (bit, byte) in numbers.enumerate().filter(|(_, byte)| *byte != 0) {
            out[code] |= 1 << bit;
            out.push(byte);
        }
        at += now;
        len -= now;
    }
}

/// The bytes of a hunk in a patch: the header line's encoding and size.
pub fn parse_header(line: &[u8]) -> Result<(Encoding, usize), BinaryError> {
    let (encoding, size) = match line {
        [b'l', b'i', b't', b'e', b'r', b'a', b'l', b' ', size @ ..] => (Encoding::Literal, size),
        [b'd', b'e', b'l', b't', b'a', b' ', size @ ..] => (Encoding::Delta, size),
        _ => return Err(BinaryError::Header),
    };
    let is_number = !size.is_empty() && size.iter().all(u8::is_ascii_digit);
    let size = is_number.then(|| BString::from(size).to_string().parse().ok()).flatten();
    Ok((encoding, size.ok_or(BinaryError::Header)?))
}

#[cfg(test)]
mod tests;
