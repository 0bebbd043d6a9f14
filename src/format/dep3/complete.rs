//! DEP-3, Debian's tagging of patches (dep-team.pages.debian.net/deps/dep3): fields at the end of a message.
//!
//! The mail headers of a patch file are the first block of fields (`From`, `Subject`); the others stand in a second one, behind the free text.

use bstr::{BString, ByteSlice};

/// The fields, as the specification spells them.
const FIELDS: [&str; 10] = [
    "Description",
    "Subject",
    "Origin",
    "Bug",
    "Forwarded",
    "Author",
    "Reviewed-by",
    "Acked-by",
    "Last-Update",
    "Applied-Upstream",
];

/// The message with these fields. One that is there in whatever case keeps its value and gets the specification's spelling; what is missing is added
/// in order. All other bytes stay. If nothing but `Last-Update` is missing, nothing is added: the day alone is no news.
pub fn complete(message: &[u8], fields: &[(&str, String)]) -> BString {
    let (free, block) = parts(message);
    let mut lines: Vec<BString> = block.lines_with_terminator().map(spelled).collect();
    let has =
        |name: &str| message.lines().any(|line| key(line).is_some_and(|key| key.eq_ignore_ascii_case(name.as_bytes())));
    let missing: Vec<&(&str, String)> = fields.iter().filter(|(name, _)| !has(name)).collect();
    if missing.iter().any(|(name, _)| *name != "Last-Update") || (!missing.is_empty() && block.is_empty()) {
        if let Some(last) = lines.last_mut().filter(|last| !last.ends_with(b"\n")) {
            last.push(b'\n');
        }
        lines.extend(missing.iter().map(|(name, value)| format!("{name}: {value}\n").into()));
    }
    if lines.is_empty() {
        return message.into();
    }
    let gap: &[u8] = match () {
        () if free.is_empty() || !block.is_empty() => b"",
        () if free.ends_with(b"\n\n") => b"",
        () if free.ends_with(b"\n") => b"\n",
        () => b"\n\n",
    };
    [free, gap, &lines.concat()].concat().into()
}

/// The free text, and the last paragraph if it is fields from end to end and not the subject.
fn parts(message: &[u8]) -> (&[u8], &[u8]) {
    let text = message.trim_end();
    let Some(start) = text.rfind("\n\n").map(|at| at + 2) else { return (message, b"") };
    let is_field = |line: &[u8]| key(line).is_some() || line.starts_with(b" ");
    match text[start..].lines().all(is_field) {
        true => message.split_at(start),
        false => (message, b""),
    }
}

/// The name of a field: `Bug-Debian` of `Bug-Debian: 123`.
fn key(line: &[u8]) -> Option<&[u8]> {
    let (key, _) = line.split_once_str(":")?;
    let is_word = !key.is_empty() && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_word.then_some(key)
}

fn spelled(line: &[u8]) -> BString {
    let known = key(line).and_then(|key| FIELDS.iter().find(|name| key.eq_ignore_ascii_case(name.as_bytes())));
    match known {
        Some(name) => [name.as_bytes(), &line[name.len()..]].concat().into(),
        None => line.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<(&'static str, String)> {
        vec![("Origin", "vendor".into()), ("Forwarded", "no".into()), ("Last-Update", "2030-01-02".into())]
    }

    #[test]
    fn a_template_goes_behind_the_free_text() {
        let block = "Origin: vendor\nForwarded: no\nLast-Update: 2030-01-02\n";
        assert_eq!(complete(b"Subject line\n", &fields()), format!("Subject line\n\n{block}"));
        let free = "S\n\n  odd  text \n\n\nmore\t\n";
        assert_eq!(complete(free.as_bytes(), &fields()), format!("{free}\n{block}"));
        assert_eq!(
            complete(b"S\n\nBody.\n\nSigned-off-by: X <x@y>\n", &fields()),
            format!("S\n\nBody.\n\nSigned-off-by: X <x@y>\n{block}")
        );
    }

    #[test]
    fn what_is_there_keeps_its_value_and_gets_its_spelling() {
        let message = "S\n\nText: not a field here\nbut text\n\norigin: upstream, commit:1\nBug-Debian: #7\nFORWARDED: not-needed\n";
        let want = "S\n\nText: not a field here\nbut text\n\nOrigin: upstream, commit:1\nBug-Debian: #7\nForwarded: not-needed\n";
        assert_eq!(complete(message.as_bytes(), &fields()), want);
        assert_eq!(complete(want.as_bytes(), &fields()), want, "a second time nothing changes");
        let once = complete(b"S\n", &fields());
        assert_eq!(complete(&once, &[("Last-Update", "2040-01-01".into())]), once);
    }
}
