//! A mailbox as single mails.

use std::borrow::Cow;

use bstr::ByteSlice;

use super::Rules;

/// The mails of a mailbox, each with the line that it starts on, from 1. A file that does not begin with mbox's `From ` line is one mail.
pub fn split(bytes: &[u8]) -> Vec<(usize, &[u8])> {
    let is_mailbox = bytes.lines_with_terminator().find(|line| !line.trim().is_empty()).is_some_and(is_from_line);
    let mut starts = Vec::new();
    let mut at = 0;
    for (nth, line) in bytes.lines_with_terminator().enumerate() {
        let is_start = if is_mailbox { is_from_line(line) } else { starts.is_empty() && !line.trim().is_empty() };
        if is_start {
            starts.push((nth + 1, at));
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|(_, at)| *at).chain([bytes.len()]).collect::<Vec<_>>();
    starts.iter().zip(ends).map(|((line, start), end)| (*line, &bytes[*start..end])).collect()
}

/// The line between two mails of a mailbox: `From`, somebody, a time of day, a year. A sentence that begins with `From` has no time at its end.
fn is_from_line(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let Some(colon) = rest.rfind_byte(b':') else { return false };
    let digit = |at: usize| rest.get(at).is_some_and(u8::is_ascii_digit);
    let is_time =
        colon >= 4 && digit(colon - 4) && digit(colon - 2) && digit(colon - 1) && digit(colon + 1) && digit(colon + 2);
    let year = rest.get(colon + 3..).unwrap_or_default().trim_start();
    let year = year.split(|byte| !byte.is_ascii_digit()).next().unwrap_or_default();
    is_time && year.to_str().ok().and_then(|year| year.parse::<u32>().ok()).is_some_and(|year| year > 90)
}

/// The bytes without what the way through the mail added: carriage returns, and the quotes of `From ` lines.
pub(super) fn lines_as_sent(bytes: &[u8], rules: Rules) -> Cow<'_, [u8]> {
    let has_cr = !rules.keep_cr && bytes.contains_str("\r\n");
    if !has_cr && !rules.mboxrd {
        return Cow::Borrowed(bytes);
    }
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.lines_with_terminator() {
        let quotes = line.iter().take_while(|byte| **byte == b'>').count();
        let is_quoted = rules.mboxrd && quotes > 0 && line[quotes..].starts_with(b"From ");
        let line = if is_quoted { &line[1..] } else { line };
        match line.strip_suffix(b"\r\n").filter(|_| !rules.keep_cr) {
            Some(text) => out.extend_from_slice(&[text, b"\n"].concat()),
            None => out.extend_from_slice(line),
        }
    }
    Cow::Owned(out)
}
