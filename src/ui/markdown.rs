//! Markdown for comments and job summaries.

use super::escape::{escape, escape_lines};

/// Text of many lines in a code block that nothing in it can end.
pub fn block(text: &[u8]) -> String {
    let text = escape_lines(text).to_string();
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}text\n{text}{end}{fence}\n")
}

/// One line of anything as a code span: no markup in it works, and no `@name` or `#1` notifies anybody.
pub fn code(text: impl AsRef<[u8]>) -> String {
    let text = escape(text.as_ref()).to_string().replace('|', "\\|");
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') || text.is_empty() { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// A table; the cells are Markdown, from [`code`] or of our own.
pub fn table(
    titles: impl IntoIterator<Item = impl AsRef<str>>,
    rows: impl IntoIterator<Item = impl AsRef<[String]>>,
) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let titles: Vec<String> = titles.into_iter().map(|title| title.as_ref().to_owned()).collect();
    let rule = line(&vec!["---".to_owned(); titles.len()]);
    rows.into_iter().fold(line(&titles) + &rule, |table, row| table + &line(row.as_ref()))
}

/// The length of the longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cannot_be_left() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a ``b` @all"), "```a ``b` @all```");
        assert_eq!(code("`a|\n"), "`` `a\\|\\n ``");
        assert_eq!(block(b"x\n````\n<b>\x1b"), "`````text\nx\n````\n<b>\\x1b\n`````\n");
        assert_eq!(block(b"x\n"), "```text\nx\n```\n");
    }

    #[test]
    fn tables_have_a_head() {
        let rows = [[code("a"), "1".to_owned()]];
        assert_eq!(table(["patch", "n"], rows), "| patch | n |\n| --- | --- |\n| `a` | 1 |\n");
    }
}
