//! Object ids, as values.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The id of a git object: 20 bytes (SHA-1) or 32 (SHA-256).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; 32],
    len: u8,
}

/// The text or the bytes are not an object id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an object id has 40 or 64 hexadecimal digits")]
pub struct NotAnOid;

impl Oid {
    /// From 20 or 32 raw bytes.
    pub fn from_bytes(raw: &[u8]) -> Result<Self, NotAnOid> {
        if raw.len() != 20 && raw.len() != 32 {
            return Err(NotAnOid);
        }
        let mut bytes = [0; 32];
        bytes[..raw.len()].copy_from_slice(raw);
        Ok(Oid { bytes, len: raw.len() as u8 })
    }

    /// From 40 or 64 hexadecimal digits of either case.
    pub fn from_hex(hex: &[u8]) -> Result<Self, NotAnOid> {
        if hex.len() != 40 && hex.len() != 64 {
            return Err(NotAnOid);
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Oid { bytes, len: (hex.len() / 2) as u8 })
    }

    /// The raw bytes: 20 or 32 of them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// Whether every byte is zero: "no object" in a patch's `index` line.
    pub fn is_null(&self) -> bool {
        self.as_bytes().iter().all(|byte| *byte == 0)
    }

    /// The first twelve digits, for people.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

fn digit(byte: u8) -> Result<u8, NotAnOid> {
    (byte as char).to_digit(16).map(|digit| digit as u8).ok_or(NotAnOid)
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Oid {
    type Err = NotAnOid;

    fn from_str(hex: &str) -> Result<Self, NotAnOid> {
        Oid::from_hex(hex.as_bytes())
    }
}

impl Serialize for Oid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serializer.is_human_readable() {
            true => serializer.collect_str(self),
            false => serializer.serialize_bytes(self.as_bytes()),
        }
    }
}

impl<'de> Deserialize<'de> for Oid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let hex = String::deserialize(deserializer)?;
            return hex.parse().map_err(serde::de::Error::custom);
        }
        let raw = <&[u8]>::deserialize(deserializer)?;
        Oid::from_bytes(raw).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_for_both_lengths() {
        for hex in ["89e6c98d92887913cadf06b2adb97f26cde4849b".to_owned(), "ab".repeat(32)] {
            assert_eq!(hex.parse::<Oid>().unwrap().to_string(), hex);
        }
    }

    #[test]
    fn other_lengths_and_letters_are_refused() {
        assert_eq!("abc".parse::<Oid>(), Err(NotAnOid));
        assert_eq!("g".repeat(40).parse::<Oid>(), Err(NotAnOid));
    }
}
