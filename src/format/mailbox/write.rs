//! Patches as mails that `git am` takes.

use bstr::{BStr, BString, ByteSlice};

use super::{Rules, body, read};
use crate::format::patchfile::{Author, Message, PatchFile};
use crate::format::{charset, mail, quote};
use crate::model::{Oid, PatchName};

/// The place of a patch among those that go out together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbering {
    /// Which it is, from 1.
    pub nth: usize,
    /// How many there are.
    pub total: usize,
}

/// The longest line that the mail carries as it is (RFC 5322, 2.1.1).
const LONG: usize = 990;
/// The longest encoded word (RFC 2047, 2).
const WORD: usize = 75;

/// A patch as a mail of a mailbox: with the line that begins it, from the commit `id`.
///
/// Reading it gives the same message and the same diff. Where the form that people know does not allow that, it is the patch's own file.
pub fn write(name: &PatchName, id: Oid, file: &PatchFile, numbering: Numbering) -> Vec<u8> {
    let diff: Vec<u8> = file.files.iter().flat_map(|section| section.raw.iter().copied()).collect();
    let from = format!("From {id} Mon Sep 17 00:00:00 2001\n").into_bytes();
    let plain = plain(name, &file.message, numbering, &diff).map(|mail| [&from[..], &mail].concat());
    let is_same = |mail: &Vec<u8>| gives(mail, file);
    plain.filter(is_same).unwrap_or_else(|| [&from[..], &exact(name, file)].concat())
}

/// Whether a mail says what the patch says.
fn gives(bytes: &[u8], file: &PatchFile) -> bool {
    let Ok(found) = read(bytes, Rules::default()) else { return false };
    let raw = |file: &PatchFile| file.files.iter().map(|section| section.raw.clone()).collect::<Vec<_>>();
    found.file.message == file.message && raw(&found.file) == raw(file)
}

/// The form that people know.
fn plain(name: &PatchName, message: &Message, numbering: Numbering, diff: &[u8]) -> Option<Vec<u8>> {
    let utf8 = in_utf8(message)?;
    let author = utf8.author.as_ref()?;
    let date = mail::render_date(utf8.date.as_ref()?)?;
    let (subject, rest) = utf8.text.split_once_str("\n").unwrap_or((&utf8.text, b""));
    let text = rest.strip_prefix(b"\n").unwrap_or(rest);
    let digits = numbering.total.to_string().len();
    let tag = match numbering.total {
        1 => "[PATCH] ".to_owned(),
        total => format!("[PATCH {:0digits$}/{total}] ", numbering.nth),
    };
    let mut body = text.to_vec();
    body.extend_from_slice(if diff.is_empty() { b"" } else { b"---\n\n" });
    body.extend_from_slice(diff);
    body.extend_from_slice(b"-- \npq\n\n");
    if diff.is_empty() {
        body.truncate(text.len());
    }
    let mut head: Vec<u8> = Vec::new();
    field(&mut head, "From", &address(author)?);
    field(&mut head, "Date", date.as_bytes());
    field(&mut head, "Subject", &[tag.as_bytes(), &words(subject.as_bstr())?].concat());
    field(&mut head, "X-Pq-Name", &words(name.as_str().into())?);
    let is_tidy = body::tidy(text) == text.trim_end_with(|c| c == '\n');
    if !is_tidy {
        field(&mut head, "X-Pq-Blanks", b"exact");
    }
    if let Some(encoding) = &message.encoding {
        field(&mut head, "X-Pq-Commit-Encoding", &quote::quote_always(encoding));
    }
    Some(finish(head, &body))
}

/// The patch's own file, which holds everything.
fn exact(name: &PatchName, file: &PatchFile) -> Vec<u8> {
    let sections = file.files.iter().map(|section| section.raw.to_vec()).collect();
    let bytes = PatchFile::new(file.message.clone(), sections).map_or_else(|_| file.to_bytes(), |file| file.to_bytes());
    let (head, body) = bytes.split_once_str("\n\n").unwrap_or((&bytes, b""));
    let is_own = |line: &&[u8]| {
        let line = line.to_ascii_lowercase();
        !line.starts_with(b"content-transfer-encoding:") && !line.starts_with(b"mime-version:")
    };
    let mut lines: Vec<u8> = head.lines().filter(is_own).flat_map(|line| [line, b"\n"].concat()).collect();
    field(&mut lines, "X-Pq-Name", name.as_str().as_bytes());
    if !head.contains_str("\nX-Pq-Author:") {
        let quoted = |author: &Author| {
            [&quote::quote_always(&author.name)[..], b" ", &quote::quote_always(&author.email)].concat()
        };
        let author = file.message.author.as_ref().map(quoted);
        field(&mut lines, "X-Pq-Author", &author.unwrap_or_default());
    }
    finish(lines, body)
}

/// Headers of the body's form, and the body: quoted where the mail would change it.
fn finish(mut head: Vec<u8>, body: &[u8]) -> Vec<u8> {
    let is_long = |line: &[u8]| line.len() > LONG;
    let is_changed = |line: &[u8]| line.starts_with(b"From ") || line.ends_with(b"\r\n") || is_long(line);
    let is_quoted = body.lines_with_terminator().any(is_changed) || body.contains(&0);
    if !is_quoted && body.is_ascii() && head.is_ascii() {
        return [&head[..], b"\n", body].concat();
    }
    field(&mut head, "MIME-Version", b"1.0");
    if !head.lines().any(|line| line.to_ascii_lowercase().starts_with(b"content-type:")) {
        field(&mut head, "Content-Type", b"text/plain; charset=UTF-8");
    }
    field(&mut head, "Content-Transfer-Encoding", if is_quoted { b"quoted-printable" } else { b"8bit" });
    let body = if is_quoted { quoted_printable(body) } else { body.to_vec() };
    [&head[..], b"\n", &body].concat()
}

fn field(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    out.extend_from_slice(&[name.as_bytes(), b": ", value, b"\n"].concat());
}

/// The message in UTF-8, whatever its commit has.
fn in_utf8(message: &Message) -> Option<Message> {
    let Some(encoding) = &message.encoding else {
        return Some(message.clone());
    };
    let to = |bytes: &BString| charset::to_utf8(encoding, bytes);
    let author = match &message.author {
        Some(author) => Some(Author { name: to(&author.name)?, email: to(&author.email)? }),
        None => None,
    };
    Some(Message { author, text: to(&message.text)?, ..message.clone() })
}

/// `NAME <ADDRESS>` of RFC 5322.
fn address(author: &Author) -> Option<Vec<u8>> {
    let specials = b"()<>[]:;@\\,.\"";
    let name = match author.name.is_ascii() {
        true if author.name.iter().any(|byte| specials.contains(byte)) => {
            let escaped = author.name.iter().flat_map(|byte| match byte {
                b'"' | b'\\' => vec![b'\\', *byte],
                byte => vec![*byte],
            });
            [b"\"", &escaped.collect::<Vec<u8>>()[..], b"\""].concat()
        }
        _ => words(author.name.as_bstr())?,
    };
    Some([&name, &b" <"[..], &author.email, b">"].concat())
}

/// A header's text: as it is, or as encoded words of RFC 2047, a line each. `None` for bytes that are no text.
fn words(text: &BStr) -> Option<Vec<u8>> {
    let is_plain = text.iter().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains_str("=?");
    if is_plain {
        return Some(text.to_vec());
    }
    let mut lines: Vec<String> = Vec::new();
    for c in text.to_str().ok()?.chars() {
        let mut bytes = [0; 4];
        let quoted: String = c.encode_utf8(&mut bytes).bytes().map(quoted_in_word).collect();
        match lines.last_mut().filter(|line| line.len() + quoted.len() + 2 <= WORD - 20) {
            Some(line) => line.push_str(&quoted),
            None => lines.push(format!("=?UTF-8?q?{quoted}")),
        }
    }
    Some(lines.iter().map(|line| format!("{line}?=")).collect::<Vec<_>>().join("\n ").into_bytes())
}

fn quoted_in_word(byte: u8) -> String {
    match byte {
        b' ' => "_".to_owned(),
        byte if byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte) => char::from(byte).to_string(),
        byte => format!("={byte:02X}"),
    }
}

/// RFC 2045, 6.7: what the mail would change is quoted, lines are at most 76 bytes long.
fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len() + body.len() / 8);
    for line in body.lines_with_terminator() {
        let (text, end) = match line.strip_suffix(b"\n") {
            Some(text) => (text, &b"\n"[..]),
            None => (line, &b"=\n"[..]),
        };
        let mut width = 0;
        for (at, byte) in text.iter().enumerate() {
            let is_last = at + 1 == text.len();
            let is_from = at == 0 && text.starts_with(b"From ");
            let is_plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || matches!(byte, b' ' | b'\t') && !is_last;
            let quoted = if is_plain && !is_from { vec![*byte] } else { format!("={byte:02X}").into_bytes() };
            if width + quoted.len() > 75 {
                out.extend_from_slice(b"=\n");
                width = 0;
            }
            width += quoted.len();
            out.extend_from_slice(&quoted);
        }
        out.extend_from_slice(end);
    }
    out
}
