//! The graph in Graphviz's DOT language.

use super::{Graph, describe};

impl Graph {
    /// A `digraph` with an arrow from each patch to what it needs. Patches without dependencies are in it, too.
    pub fn to_dot(&self) -> String {
        let mut dot = String::from("digraph queue {\n  rankdir=BT;\n  node [shape=box];\n");
        for name in &self.names {
            dot.push_str(&format!("  {};\n", quoted(name.as_str())));
        }
        for edge in &self.edges {
            let (from, to) = (quoted(self.names[edge.from].as_str()), quoted(self.names[edge.to].as_str()));
            let label = quoted(&describe(edge.reason, edge.at.as_ref()));
            dot.push_str(&format!("  {from} -> {to} [label={label}];\n"));
        }
        dot.push_str("}\n");
        dot
    }
}

/// A quoted string: quotes are escaped, and backslashes too, which labels would take for escapes of their own.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
