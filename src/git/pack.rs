//! Writes new objects as one pack: a loose file for each costs more than the merging that made them.
//!
//! Formats: `gitformat-pack(5)`: pack version 2, index version 2. An object that says which fresh one it resembles is stored as the
//! difference to it (`OFS_DELTA`), made of the common start and end of the two.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use fs_err as fs;
use rayon::prelude::*;

use super::objects::Fresh;
use super::{GitError, Kind, Objects, Repo};
use crate::model::Oid;

/// How long a chain of differences may get: git's own default is 50.
const MAX_CHAIN: usize = 40;

impl Repo {
    /// Writes the new objects of `objects` and forgets them there. They are on the disk when this returns.
    pub fn write_objects(&self, objects: &mut Objects) -> Result<usize, GitError> {
        let fresh: Vec<(Oid, &Fresh)> = objects.fresh().collect();
        let count = fresh.len();
        if count > 0 {
            let directory = self.common_dir().join("objects").join("pack");
            write_pack(&directory, &fresh)?;
        }
        objects.forget_fresh();
        Ok(count)
    }
}

struct Item {
    id: Oid,
    /// What is deflated: the object or the difference.
    data: Vec<u8>,
    crc: u32,
    /// Where it starts in the pack.
    offset: u64,
}

fn write_pack(directory: &Path, fresh: &[(Oid, &Fresh)]) -> Result<(), GitError> {
    let bases = choose_bases(fresh);
    let mut items: Vec<Item> =
        fresh.par_iter().zip(&bases).map(|((id, object), base)| deflate(*id, object, *base, fresh)).collect();
    let pack = assemble(fresh, &bases, &mut items);
    let checksum = Oid::from_bytes(&pack[pack.len() - 20..]).expect("a pack ends in twenty bytes");
    let index = index(&mut items, checksum);
    let save = |extension: &str, bytes: &[u8]| {
        let path = directory.join(format!("pack-{checksum}.{extension}"));
        save(&path, bytes).map_err(|source| GitError::Write { path, source })
    };
    fs::create_dir_all(directory).map_err(|source| GitError::Write { path: directory.to_owned(), source })?;
    // A pack without its index does not exist for git: so the index comes last.
    save("pack", &pack)?;
    save("idx", &index)
}

/// For each object the position of the one that it is stored as a difference to.
fn choose_bases(fresh: &[(Oid, &Fresh)]) -> Vec<Option<usize>> {
    let positions: HashMap<Oid, usize> = fresh.iter().enumerate().map(|(at, (id, _))| (*id, at)).collect();
    let mut depth = vec![0; fresh.len()];
    let base = |(at, (_, object)): (usize, &(Oid, &Fresh))| {
        let base = object.like.and_then(|like| positions.get(&like).copied());
        // A difference of less than four bytes is corrupt to git: that to an empty object would be.
        let base = base.filter(|_| !object.bytes.is_empty());
        let base = base.filter(|base| *base < at && depth[*base] < MAX_CHAIN && fresh[*base].1.kind == object.kind)?;
        depth[at] = depth[base] + 1;
        Some(base)
    };
    fresh.iter().enumerate().map(base).collect()
}

fn deflate(id: Oid, object: &Fresh, base: Option<usize>, fresh: &[(Oid, &Fresh)]) -> Item {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = match base {
        Some(base) => encoder.write_all(&delta(&fresh[base].1.bytes, &object.bytes)),
        None => encoder.write_all(&object.bytes),
    };
    written.expect("memory takes every write");
    let data = encoder.finish().expect("memory takes every write");
    Item { id, data, crc: 0, offset: 0 }
}

fn assemble(fresh: &[(Oid, &Fresh)], bases: &[Option<usize>], items: &mut [Item]) -> Vec<u8> {
    let mut pack = b"PACK\0\0\0\x02".to_vec();
    pack.extend_from_slice(&(items.len() as u32).to_be_bytes());
    for at in 0..items.len() {
        let start = pack.len();
        match bases[at] {
            Some(base) => {
                let size = delta_size(&fresh[base].1.bytes, &fresh[at].1.bytes);
                entry_header(6, size, &mut pack);
                back_offset(start as u64 - items[base].offset, &mut pack);
            }
            None => entry_header(type_number(fresh[at].1.kind), fresh[at].1.bytes.len(), &mut pack),
        }
        pack.extend_from_slice(&items[at].data);
        let mut crc = flate2::Crc::new();
        crc.update(&pack[start..]);
        items[at].crc = crc.sum();
        items[at].offset = start as u64;
    }
    append_checksum(&mut pack);
    pack
}

fn type_number(kind: Kind) -> u8 {
    match kind {
        Kind::Commit => 1,
        Kind::Tree => 2,
        Kind::Blob => 3,
    }
}

/// Type and size: four bits of the size in the first byte, seven in each further one, lowest first.
fn entry_header(type_number: u8, size: usize, out: &mut Vec<u8>) {
    let mut byte = type_number << 4 | (size & 15) as u8;
    let mut rest = size >> 4;
    while rest > 0 {
        out.push(byte | 0x80);
        byte = (rest & 0x7f) as u8;
        rest >>= 7;
    }
    out.push(byte);
}

/// How far back the base starts: seven bits a byte, highest first, each continuation counting one more.
fn back_offset(mut distance: u64, out: &mut Vec<u8>) {
    let mut bytes = vec![(distance & 0x7f) as u8];
    while distance >> 7 > 0 {
        distance = (distance >> 7) - 1;
        bytes.push(0x80 | (distance & 0x7f) as u8);
    }
    out.extend(bytes.iter().rev());
}

/// The difference between two versions: what they share at both ends is copied, what stands between is stated.
fn delta(base: &[u8], new: &[u8]) -> Vec<u8> {
    let (start, end) = common_ends(base, new);
    let mut out = Vec::new();
    varint(base.len(), &mut out);
    varint(new.len(), &mut out);
    copy(0, start, &mut out);
    for piece in new[start..new.len() - end].chunks(127) {
        out.push(piece.len() as u8);
        out.extend_from_slice(piece);
    }
    copy(base.len() - end, end, &mut out);
    out
}

fn delta_size(base: &[u8], new: &[u8]) -> usize {
    delta(base, new).len()
}

fn common_ends(a: &[u8], b: &[u8]) -> (usize, usize) {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let end = a[start..].iter().rev().zip(b[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    (start, end)
}

fn varint(mut value: usize, out: &mut Vec<u8>) {
    while value > 0x7f {
        out.push(0x80 | (value & 0x7f) as u8);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Copy instructions: at most 0xffffff bytes each, offset and size in the bytes that are not zero.
fn copy(mut from: usize, mut len: usize, out: &mut Vec<u8>) {
    while len > 0 {
        let piece = len.min(0xff_ffff);
        let at = out.len();
        out.push(0x80);
        for (bit, byte) in from.to_le_bytes()[..4].iter().chain(&piece.to_le_bytes()[..3]).enumerate() {
            if *byte != 0 {
                out[at] |= 1 << bit;
                out.push(*byte);
            }
        }
        from += piece;
        len -= piece;
    }
}

/// The index: fan-out, ids, checksums and offsets, in the order of the ids.
fn index(items: &mut [Item], pack_checksum: Oid) -> Vec<u8> {
    items.sort_by_key(|item| item.id);
    let mut out = b"\xfftOc\0\0\0\x02".to_vec();
    for first in 0..=255u8 {
        let up_to = items.partition_point(|item| item.id.as_bytes()[0] <= first);
        out.extend_from_slice(&(up_to as u32).to_be_bytes());
    }
    items.iter().for_each(|item| out.extend_from_slice(item.id.as_bytes()));
    items.iter().for_each(|item| out.extend_from_slice(&item.crc.to_be_bytes()));
    let mut large = Vec::new();
    for item in items.iter() {
        let small = match u32::try_from(item.offset) {
            Ok(offset) if offset < 1 << 31 => offset,
            _ => {
                large.push(item.offset);
                1 << 31 | (large.len() - 1) as u32
            }
        };
        out.extend_from_slice(&small.to_be_bytes());
    }
    large.iter().for_each(|offset| out.extend_from_slice(&offset.to_be_bytes()));
    out.extend_from_slice(pack_checksum.as_bytes());
    append_checksum(&mut out);
    out
}

fn append_checksum(bytes: &mut Vec<u8>) {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha1);
    hasher.update(bytes);
    let id = hasher.try_finalize().expect("only input made to collide has no hash");
    bytes.extend_from_slice(id.as_bytes());
}

fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix("tmp_pack_").permissions(read_only()).tempfile_in(directory)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(unix)]
fn read_only() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o444)
}
