//! The small words of all notations: ids, addresses, numbers, vulnerabilities.

use bstr::{BString, ByteSlice};
use memchr::memmem;

/// The id at the start of `text`, in lower case, and what follows it. An id has 7 to 40 digits, or 64, and no letter behind it.
pub(super) fn id(text: &[u8]) -> Option<(String, &[u8])> {
    let len = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = text.split_at(len);
    let is_word = rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | 0x80..));
    let is_id = matches!(len, 7..=40 | 64) && !is_word;
    is_id.then(|| (digits.to_str_lossy().to_ascii_lowercase(), rest))
}

/// Whether an id can be nothing else. `defaced` is a word, `1234567` a number of some kind.
pub(super) fn is_surely_id(id: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| id.as_bytes().iter().any(kind);
    id.len() >= 40 || has(u8::is_ascii_digit) && has(u8::is_ascii_lowercase)
}

/// The id at the start of `text`, bare or in the address of a commit, and what follows it.
pub(super) fn id_or_address(text: &[u8]) -> Option<(String, &[u8])> {
    let text = text.trim_start();
    if !is_address(text) {
        return id(text);
    }
    let (address, rest) = address(text);
    commit_of(address).map(|id| (id, rest))
}

/// The ids at the start of `text`, divided by commas, blanks, `and`, `+` or `&`.
pub(super) fn ids(mut text: &[u8]) -> Vec<String> {
    let mut ids = Vec::new();
    while let Some((id, rest)) = id_or_address(text) {
        ids.push(id);
        text = skip_divider(rest);
    }
    ids
}

/// What follows a comma, `and`, `+`, `&`, blanks or several of them.
pub(super) fn skip_divider(text: &[u8]) -> &[u8] {
    let text = text.trim_start_with(|c| matches!(c, ',' | '+' | '&' | ' ' | '\t'));
    text.strip_prefix(b"and ").unwrap_or(text)
}

/// Whether `text` starts with an address.
pub(super) fn is_address(text: &[u8]) -> bool {
    text.starts_with(b"https://") || text.starts_with(b"http://")
}

/// The address at the start of `text`, without what closes it, and what follows.
pub(super) fn address(text: &[u8]) -> (&[u8], &[u8]) {
    let ends = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b']' | b')' | b'>' | b'"' | b',');
    text.split_at(text.iter().position(ends).unwrap_or(text.len()))
}

/// The commit that an address leads to: GitHub, GitLab, cgit, gitweb, Gitiles, kernel.org.
pub(super) fn commit_of(address: &[u8]) -> Option<String> {
    const MARKS: [&[u8]; 11] =
        [b"/commit/", b"/commits/", b"?id=", b"&id=", b"?h=", b"&h=", b";h=", b"/+/", b"/c/", b"/linus/", b"commit:"];
    let after = |mark: &&[u8]| memmem::find(address, mark).map(|at| &address[at + mark.len()..]);
    MARKS.iter().filter_map(after).find_map(|rest| id(rest)).map(|(id, _)| id)
}

/// The repository and number in the address of a pull request.
pub(super) fn pull_of(address: &[u8]) -> Option<(Option<BString>, u64)> {
    const MARKS: [&[u8]; 3] = [b"/pull/", b"/pulls/", b"/-/merge_requests/"];
    let split = |mark: &&[u8]| memmem::find(address, mark).map(|at| (&address[..at], &address[at + mark.len()..]));
    let (before, after) = MARKS.iter().find_map(split)?;
    let mut parts = before.rsplit(|byte| *byte == b'/');
    let (name, owner) = (parts.next()?, parts.next()?);
    Some((Some(BString::from([owner, b"/", name].concat())), number(after)?.0))
}

/// The repository and number of `123`, `#123`, `owner/name#123` or an address at the start of `text`.
pub(super) fn pull(text: &[u8]) -> Option<(Option<BString>, u64)> {
    let text = text.trim_start();
    if is_address(text) {
        return pull_of(address(text).0);
    }
    let is_repo = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let repo = &text[..text.iter().take_while(|byte| is_repo(byte)).count()];
    match text[repo.len()..].strip_prefix(b"#") {
        Some(rest) => Some(((!repo.is_empty()).then(|| repo.into()), number(rest)?.0)),
        None => Some((None, number(text)?.0)),
    }
}

/// The number at the start of `text`, and what follows it.
pub(super) fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let (digits, rest) = text.split_at(text.iter().take_while(|byte| byte.is_ascii_digit()).count());
    let is_word = rest.first().is_some_and(u8::is_ascii_alphanumeric);
    let number = digits.to_str().ok()?.parse().ok()?;
    (!is_word).then_some((number, rest))
}

/// Every vulnerability that `text` names: `CVE-2023-12345`.
pub(super) fn cves(text: &[u8]) -> Vec<String> {
    let words = text.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
    words.filter(|word| is_cve(word)).map(|word| word.to_str_lossy().to_ascii_uppercase()).collect()
}

fn is_cve(word: &[u8]) -> bool {
    let parts = strip(word, "CVE-").and_then(|rest| rest.split_once_str("-"));
    let is_number = |part: &[u8]| part.len() >= 4 && part.iter().all(u8::is_ascii_digit);
    parts.is_some_and(|(year, number)| year.len() == 4 && is_number(year) && is_number(number))
}

/// What follows `start` in `text`, whatever its case.
pub(super) fn strip<'a>(text: &'a [u8], start: &str) -> Option<&'a [u8]> {
    let head = text.get(..start.len())?;
    head.eq_ignore_ascii_case(start.as_bytes()).then(|| &text[start.len()..])
}

/// What follows the first of several beginnings.
pub(super) fn strip_any<'a>(text: &'a [u8], starts: &[&str]) -> Option<&'a [u8]> {
    starts.iter().find_map(|start| strip(text, start))
}
