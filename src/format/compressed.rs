//! Files that are compressed, by their suffix: gzip, bzip2, xz, zstd.

use std::io::{self, Read};

/// More than this is no patch.
const LARGEST: u64 = 1 << 30;

/// The content of a file, unpacked if its name says that it is packed. `None`: it is packed in a way that pq does not know.
///
/// # Errors
/// It is not what its name says, or is longer than a gibibyte.
pub fn unpack(name: &[u8], bytes: Vec<u8>) -> io::Result<Option<Vec<u8>>> {
    let is = |suffix: &str| name.ends_with(suffix.as_bytes());
    let mut reader: Box<dyn Read + '_> = match () {
        () if is(".gz") => Box::new(flate2::read::MultiGzDecoder::new(&bytes[..])),
        () if is(".bz2") => Box::new(bzip2::read::MultiBzDecoder::new(&bytes[..])),
        () if is(".xz") => Box::new(lzma_rust2::XzReader::new(&bytes[..], true)),
        () if is(".zst") => Box::new(ruzstd::decoding::StreamingDecoder::new(&bytes[..]).map_err(io::Error::other)?),
        () if is(".lzma") || is(".lz") => return Ok(None),
        () => return Ok(Some(bytes)),
    };
    let mut out = Vec::new();
    let len = reader.by_ref().take(LARGEST + 1).read_to_end(&mut out)?;
    if len as u64 > LARGEST {
        return Err(io::Error::other("it is longer than a gibibyte"));
    }
    drop(reader);
    Ok(Some(out))
}

/// The name without the suffix of a packed file.
pub fn plain_name(name: &[u8]) -> &[u8] {
    [".gz", ".bz2", ".xz", ".zst"].iter().find_map(|suffix| name.strip_suffix(suffix.as_bytes())).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `hello\n`, packed by gzip 1.12, bzip2 1.0.8, xz 5.4 and zstd 1.5.
    const PACKED: &[(&str, &[u8])] = &[
        (
            "a.gz",
            b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06\x00\
            \x00\x00",
        ),
        (
            "a.bz2",
            b"\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xc1\xc0\x80\xe2\x00\x00\x01\x41\x00\x00\x10\x02\x44\xa0\
            \x00\x30\xcd\x00\xc3\x46\x29\x97\x17\x72\x45\x38\x50\x90\xc1\xc0\x80\xe2",
        ),
        (
            "a.xz",
            b"\xfd\x37\x7a\x58\x5a\x00\x00\x04\xe6\xd6\xb4\x46\x02\x00\x21\x01\x16\x00\x00\x00\x74\x2f\xe5\xa3\
            \x01\x00\x05\x68\x65\x6c\x6c\x6f\x0a\x00\x00\x00\xa5\x60\x97\xf1\x94\xf6\xfd\xe0\x00\x01\x1e\x06\
            \xc1\x2f\xa4\x1d\x1f\xb6\xf3\x7d\x01\x00\x00\x00\x00\x04\x59\x5a",
        ),
        ("a.zst", b"\x28\xb5\x2f\xfd\x04\x58\x31\x00\x00\x68\x65\x6c\x6c\x6f\x0a\x53\x88\xbd\x91"),
    ];

    #[test]
    fn what_others_packed_is_unpacked() {
        for (name, bytes) in PACKED {
            let unpacked = unpack(name.as_bytes(), bytes.to_vec()).unwrap();
            assert_eq!(unpacked.as_deref(), Some(&b"hello\n"[..]), "{name}");
            assert!(unpack(name.as_bytes(), bytes[..bytes.len() / 2].to_vec()).is_err(), "{name} cut");
            assert!(unpack(name.as_bytes(), b"not packed".to_vec()).is_err(), "{name}");
        }
        assert_eq!(unpack(b"a.lzma", Vec::new()).unwrap(), None);
        assert_eq!(unpack(b"a.patch", b"x".to_vec()).unwrap(), Some(b"x".to_vec()));
        assert_eq!(plain_name(b"a.patch.zst"), b"a.patch");
    }
}
