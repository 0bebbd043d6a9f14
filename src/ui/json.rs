//! A report as one JSON document.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::escape::is_hidden;
use super::report::Report;

/// The envelope: what kind of document this is, then the fields of the report beside it.
#[derive(Serialize)]
struct Document<'a, R> {
    kind: &'static str,
    #[serde(flatten)]
    report: &'a R,
}

/// The document, pretty-printed, with a newline at its end.
///
/// # Errors
/// The report cannot be written as a JSON object: a mistake in its `Serialize`.
pub fn render<R: Report>(report: &R) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut out, Visible(PrettyFormatter::new()));
    Document { kind: R::KIND, report }.serialize(&mut serializer)?;
    out.push(b'\n');
    Ok(out)
}

/// Pretty JSON with everything invisible as `\uXXXX`: it means the same to a program, and nothing to a terminal. (JSON itself demands it
/// of U+0000 to U+001F only.)
struct Visible(PrettyFormatter<'static>);

impl Formatter for Visible {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_hidden) {
            let (before, hidden) = rest.split_at(at);
            writer.write_all(before.as_bytes())?;
            let mut chars = hidden.chars();
            let c = chars.next().unwrap_or_default();
            c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}
