//! Bytes as text in JSON: what `#[serde(serialize_with = …)]` of a report names for its paths and subjects.

use std::fmt::Write;

use bstr::{BString, ByteSlice};
use serde::{Serialize, Serializer};

/// UTF-8 as it is; each byte that is not UTF-8 as `\xNN`.
pub fn visible(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            write!(text, "\\x{byte:02x}").expect("a String takes everything");
        }
    }
    text
}

/// Serializes one byte string as text.
pub fn bytes<S: Serializer>(bytes: &BString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&visible(bytes))
}

/// Serializes a byte string that may be missing as text or null.
pub fn option<S: Serializer>(bytes: &Option<BString>, serializer: S) -> Result<S::Ok, S::Error> {
    bytes.as_ref().map(|bytes| visible(bytes.as_bytes())).serialize(serializer)
}

/// Serializes byte strings as texts.
pub fn list<S: Serializer>(list: &[BString], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|bytes| visible(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize)]
    struct Paths {
        #[serde(serialize_with = "bytes")]
        one: BString,
        #[serde(serialize_with = "option")]
        none: Option<BString>,
        #[serde(serialize_with = "list")]
        many: Vec<BString>,
    }

    #[test]
    fn bytes_become_json_strings() {
        let paths = Paths { one: "ä".into(), none: None, many: vec![BString::from(b"a\xffb".to_vec())] };
        assert_eq!(serde_json::to_string(&paths).unwrap(), r#"{"one":"ä","none":null,"many":["a\\xffb"]}"#);
    }
}
