//! Archives in the ustar format of POSIX.1-2001 ("pax", section "ustar Interchange Format"), with extended headers for long names. The same
//! files give the same bytes on every machine: nobody owns them, and they have the time that is stated.

/// The archive of some files, in their order.
pub fn archive(files: &[(String, Vec<u8>)], seconds: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for (path, bytes) in files {
        if path.len() > NAME {
            let record = record("path", path);
            add(&mut out, "././@PaxHeader", b'x', record.as_bytes(), seconds);
        }
        add(&mut out, path, b'0', bytes, seconds);
    }
    out.resize(out.len() + 2 * BLOCK, 0);
    out
}

const BLOCK: usize = 512;
/// The longest name in a plain header.
const NAME: usize = 100;

fn add(out: &mut Vec<u8>, path: &str, kind: u8, bytes: &[u8], seconds: u64) {
    let mut header = [0u8; BLOCK];
    let name = &path.as_bytes()[..path.len().min(NAME)];
    put(&mut header, 0, name);
    put(&mut header, 100, b"0000644\0");
    put(&mut header, 108, b"0000000\0");
    put(&mut header, 116, b"0000000\0");
    put(&mut header, 124, format!("{:011o}\0", bytes.len()).as_bytes());
    put(&mut header, 136, format!("{seconds:011o}\0").as_bytes());
    put(&mut header, 148, b"        ");
    header[156] = kind;
    put(&mut header, 257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut header, 148, format!("{sum:06o}\0 ").as_bytes());
    out.extend_from_slice(&header);
    out.extend_from_slice(bytes);
    out.resize(out.len().next_multiple_of(BLOCK), 0);
}

fn put(header: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    header[at..at + bytes.len()].copy_from_slice(bytes);
}

/// `LENGTH KEY=VALUE`, where the length counts its own digits.
fn record(key: &str, value: &str) -> String {
    let rest = format!(" {key}={value}\n");
    let mut len = rest.len() + 1;
    while len != rest.len() + len.to_string().len() {
        len = rest.len() + len.to_string().len();
    }
    format!("{len}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_counts_itself() {
        assert_eq!(record("path", "x"), "9 path=x\n");
        for len in 1..200 {
            let record = record("path", &"x".repeat(len));
            assert!(record.starts_with(&format!("{} ", record.len())), "{record}");
        }
    }
}
