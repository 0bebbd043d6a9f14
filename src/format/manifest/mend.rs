//! What a merge by lines can leave in a `pq.toml`: a name that stands in the series twice, a table or a key that does, a table of a patch that is
//! gone, a name without a file.

use std::collections::HashSet;

/// A file that can be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The file.
    pub text: String,
    /// What was taken out, a sentence each.
    pub done: Vec<String>,
}

/// Takes such lines out. `has_file` says of a name whether its patch is there. Only series with one name a line are mended; whether the result
/// can be read is for the caller to see.
pub fn mend(text: &str, has_file: &dyn Fn(&str) -> bool) -> Mended {
    let mut mender = Mender { has_file, series: HashSet::new(), done: Vec::new() };
    let lines = mender.series(text);
    let text = mender.tables(&lines);
    Mended { text, done: mender.done }
}

struct Mender<'a> {
    has_file: &'a dyn Fn(&str) -> bool,
    /// The names that stay.
    series: HashSet<String>,
    done: Vec<String>,
}

impl Mender<'_> {
    /// The lines without names that stand there twice or have no file.
    fn series<'t>(&mut self, text: &'t str) -> Vec<&'t str> {
        let (mut kept, mut is_in) = (Vec::new(), false);
        let mut folded = HashSet::new();
        for line in text.split_inclusive('\n') {
            let entry = line.trim();
            is_in = is_in && !entry.starts_with(']');
            let name = entry.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(name, _)| name);
            if let Some(name) = name.filter(|_| is_in) {
                if !folded.insert(name.to_lowercase()) {
                    self.done.push(format!("{name} stood in the series twice"));
                    continue;
                }
                if !(self.has_file)(name) {
                    self.done.push(format!("{name} stood in the series and had no file"));
                    continue;
                }
                self.series.insert(name.to_owned());
            }
            is_in |= entry
                .strip_prefix("series")
                .is_some_and(|rest| rest.trim_start().starts_with('=') && entry.ends_with('['));
            kept.push(line);
        }
        kept
    }

    /// The text without tables and keys that stand there twice, and without tables of patches that are gone.
    fn tables(&mut self, lines: &[&str]) -> String {
        let (mut text, mut headers, mut keys) = (String::new(), HashSet::new(), HashSet::new());
        let mut is_dropped = false;
        for line in lines {
            let entry = line.trim();
            if entry.starts_with('[') && entry.ends_with(']') {
                keys.clear();
                let is_list = entry.starts_with("[[");
                let is_gone = patch_of(entry).is_some_and(|name| !self.series.contains(name));
                let is_again = !is_list && !headers.insert(entry.to_owned());
                is_dropped = is_gone || is_again;
                if is_dropped {
                    let why = if is_gone { "is of no patch of the series" } else { "stood there twice" };
                    self.done.push(format!("the table {entry} {why}"));
                }
            }
            let key =
                entry.split_once('=').map(|(key, _)| key.trim()).filter(|key| !key.contains(['"', '#', '[', ' ']));
            let is_again = !is_dropped && !entry.ends_with('[') && key.is_some_and(|key| !keys.insert(key.to_owned()));
            if is_again {
                self.done.push(format!("a key stood in its table twice: {entry}"));
            }
            if !is_dropped && !is_again {
                text.push_str(line);
            }
        }
        text
    }
}

/// The patch that a header `[patch.NAME]` or `[patch.NAME.held]` is about.
fn patch_of(header: &str) -> Option<&str> {
    let rest = header.strip_prefix("[patch.")?;
    match rest.strip_prefix('"') {
        Some(quoted) => Some(quoted.split_once('"')?.0),
        None => rest.split(['.', ']']).next(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_merge_left_goes_and_the_rest_stays() {
        let text = "schema = 1\n[line]\nname = \"l\" # c\nseries = [\n  \"a\", # x\n  \"b/c\",\n  \"A\",\n  \"gone\",\n]\n\n\
                    [patch.a]\nowner = \"x\"\nowner = \"y\"\n\n[patch.\"b/c\"]\ntopic = \"t\"\n\n[patch.a]\ntopic = \"t\"\n\n\
                    [patch.gone.held]\nwhy = \"conflict\"\n\n[[ignore]]\nid = \"1\"\n[[ignore]]\nid = \"2\"\n";
        let mended = mend(text, &|name| name != "gone");
        assert_eq!(
            mended.text,
            "schema = 1\n[line]\nname = \"l\" # c\nseries = [\n  \"a\", # x\n  \"b/c\",\n]\n\n[patch.a]\nowner = \"x\"\n\n\
             [patch.\"b/c\"]\ntopic = \"t\"\n\n[[ignore]]\nid = \"1\"\n[[ignore]]\nid = \"2\"\n"
        );
        assert_eq!(mended.done.len(), 5, "{:?}", mended.done);
        assert_eq!(mend(&mended.text, &|_| true).text, mended.text);
    }
}
