//! Columns that line up, and trees.

use super::text::Text;

/// Rows of cells. Columns are as wide as their widest cell, two blanks apart.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: Vec<Vec<Text>>,
    right: Vec<usize>,
}

impl Table {
    /// A table without rows.
    pub fn new() -> Table {
        Table::default()
    }

    /// Aligns a column, counted from 0, at its right end: numbers.
    #[must_use]
    pub fn right(mut self, column: usize) -> Table {
        self.right.push(column);
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl Into<Vec<Text>>) {
        self.rows.push(cells.into());
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The rows as lines, without blanks at their ends.
    pub fn lines(&self) -> Vec<Text> {
        let widths = self.widths();
        self.rows.iter().map(|row| self.line(row, &widths)).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cell_width = |row: &Vec<Text>, column| row.get(column).map_or(0, Text::width);
        (0..columns).map(|column| self.rows.iter().map(|row| cell_width(row, column)).max().unwrap_or(0)).collect()
    }

    fn line(&self, row: &[Text], widths: &[usize]) -> Text {
        let filled = row.iter().rposition(|cell| cell.width() > 0).map_or(0, |last| last + 1);
        let mut line = Text::default();
        for (column, cell) in row[..filled].iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.width());
            let is_right = self.right.contains(&column);
            let is_last = column + 1 == filled;
            if column > 0 {
                line.push("  ");
            }
            line.push(if is_right { pad.as_str() } else { "" });
            line.append(cell.clone());
            line.push(if is_right || is_last { "" } else { pad.as_str() });
        }
        line
    }
}

/// A text with texts below it.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// What stands at this place.
    pub text: Text,
    /// What hangs from it.
    pub children: Vec<Tree>,
}

impl Tree {
    /// A leaf.
    pub fn leaf(text: impl Into<Text>) -> Tree {
        Tree { text: text.into(), children: Vec::new() }
    }

    /// With these below it.
    pub fn node(text: impl Into<Text>, children: Vec<Tree>) -> Tree {
        Tree { text: text.into(), children }
    }

    /// The tree as lines, drawn with box-drawing characters.
    pub fn lines(&self) -> Vec<Text> {
        let mut lines = vec![self.text.clone()];
        self.draw_children("", &mut lines);
        lines
    }

    fn draw_children(&self, indent: &str, lines: &mut Vec<Text>) {
        for (at, child) in self.children.iter().enumerate() {
            let is_last = at + 1 == self.children.len();
            let (branch, below) = if is_last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            let mut line = Text::from(format!("{indent}{branch}"));
            line.append(child.text.clone());
            lines.push(line);
            child.draw_children(&format!("{indent}{below}"), lines);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::{name, text};
    use super::*;

    fn shown(lines: &[Text]) -> Vec<String> {
        lines.iter().map(|line| line.render(false)).collect()
    }

    #[test]
    fn columns_line_up_by_width_and_end_without_blanks() {
        let mut table = Table::new().right(1);
        table.row([text![name("統一")], text![7_usize], text!["x"]]);
        table.row([text!["abcde"], text![120_usize], text![]]);
        table.row([text![], text![], text![]]);
        assert_eq!(shown(&table.lines()), ["統一     7  x", "abcde  120", ""]);
    }

    #[test]
    fn trees_are_drawn_with_lines() {
        let tree = Tree::node(
            "root",
            vec![Tree::node("a", vec![Tree::leaf("b"), Tree::leaf("c\n")]), Tree::node("d", vec![Tree::leaf("e")])],
        );
        assert_eq!(shown(&tree.lines()), ["root", "├─ a", "│  ├─ b", "│  └─ c\\n", "└─ d", "   └─ e"]);
    }
}
