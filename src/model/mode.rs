//! What kind of entry a path is.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The kind of a file, as git's trees know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// `100644`
    Regular,
    /// `100755`
    Executable,
    /// `120000`; the blob holds the target
    Symlink,
    /// `160000`; the id is a commit of another repository
    Submodule,
}

impl Mode {
    /// The six octal digits of a patch's mode lines.
    pub fn as_octal(self) -> &'static str {
        match self {
            Mode::Regular => "100644",
            Mode::Executable => "100755",
            Mode::Symlink => "120000",
            Mode::Submodule => "160000",
        }
    }

    /// From octal digits. Every regular mode counts as 644 or 755, by the owner's x bit, as git does it.
    pub fn from_octal(digits: &[u8]) -> Option<Self> {
        let bits = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()?;
        match bits & 0o170000 {
            0o100000 if bits & 0o100 != 0 => Some(Mode::Executable),
            0o100000 => Some(Mode::Regular),
            0o120000 => Some(Mode::Symlink),
            0o160000 => Some(Mode::Submodule),
            _ => None,
        }
    }

    /// Whether it is a regular file, executable or not: the only kind with lines to merge.
    pub fn is_file(self) -> bool {
        matches!(self, Mode::Regular | Mode::Executable)
    }

    /// Whether one can become the other by a change of permission alone.
    pub fn same_type(self, other: Mode) -> bool {
        self == other || self.is_file() && other.is_file()
    }
}

/// As its six digits.
impl Serialize for Mode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_octal())
    }
}

impl<'de> Deserialize<'de> for Mode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        Mode::from_octal(digits.as_bytes()).ok_or_else(|| serde::de::Error::custom("not the mode of a file"))
    }
}
