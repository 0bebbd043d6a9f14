//! `pq graph`

use std::collections::{HashMap, HashSet};

use super::parts::SomePatchesArgs;
use crate::cli::{Ctx, Exit};
use crate::model::PatchName;
use crate::ops::look::{Edge, GraphReport, dependencies};
use crate::ops::workbench::Access;
use crate::ui::{Report, Screen, Text, Tree, dim, name, plural, text};

/// Show which patch needs which, and why
///
/// Under each patch stand those that need it. Of some patches, with those that they need and those that need them. `--format dot` writes the graph for Graphviz: pq graph --format dot | dot -Tsvg
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    patches: SomePatchesArgs,
}

pub fn run(args: Args, ctx: &Ctx) -> crate::Result<Exit> {
    ctx.emit(&dependencies(&ctx.open(Access::Read)?, &args.patches.chosen(), ctx.watch())?)
}

impl Report for GraphReport {
    const KIND: &'static str = "graph/1";

    fn human(&self, screen: &mut Screen) {
        let linked: HashSet<&PatchName> = self.edges.iter().flat_map(|edge| [&edge.from, &edge.to]).collect();
        for tree in self.trees() {
            screen.tree(&tree);
        }
        let alone: Vec<&PatchName> = self.patches.iter().filter(|name| !linked.contains(name)).collect();
        if !alone.is_empty() {
            let count = plural(alone.len(), "patch stands alone", "patches stand alone");
            screen.line(dim(count));
        }
        if screen.is_verbose() {
            alone.iter().for_each(|patch| screen.line(text!["  ", name(patch)]));
        }
    }

    fn dot(&self) -> Option<String> {
        Some(self.dot.clone())
    }
}

impl GraphReport {
    /// A tree for each patch that needs nothing and is needed.
    fn trees(&self) -> Vec<Tree> {
        let edges: HashMap<(&PatchName, &PatchName), &Edge> =
            self.edges.iter().map(|edge| ((&edge.from, &edge.to), edge)).collect();
        let rows = self.tree.as_ref().map(|tree| tree.rows.as_slice()).unwrap_or_default();
        // The nodes that are still open: each row hangs from the last one of the depth before it.
        let mut open: Vec<Tree> = Vec::new();
        let mut done: Vec<Tree> = Vec::new();
        for row in rows {
            close(&mut open, &mut done, row.depth);
            let patch = &self.patches[row.patch];
            let edge = row.parent.and_then(|parent| edges.get(&(patch, &self.patches[parent])));
            open.push(Tree::leaf(label(patch, edge.copied(), row.is_reference)));
        }
        close(&mut open, &mut done, 0);
        done.retain(|tree| !tree.children.is_empty());
        done
    }
}

/// Hangs what is deeper than `depth` to what it belongs to.
fn close(open: &mut Vec<Tree>, done: &mut Vec<Tree>, depth: usize) {
    while open.len() > depth
        && let Some(tree) = open.pop()
    {
        match open.last_mut() {
            Some(parent) => parent.children.push(tree),
            None => done.push(tree),
        }
    }
}

fn label(patch: &PatchName, edge: Option<&Edge>, is_reference: bool) -> Text {
    let mut label = text![name(patch)];
    if let Some(edge) = edge {
        let place = edge.path.as_ref().map(|path| format!(" {path}")).unwrap_or_default();
        label.push(dim(format!("  {}{place}", edge.reason.as_str())));
    }
    if is_reference {
        label.push(dim("  (above)"));
    }
    label
}
