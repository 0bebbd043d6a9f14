//! Random small histories: files of lines that are all different, patches that do anything to them. As no line is twice in a history, a
//! diff has one answer, and the edits of the touches are what git sees.

use std::collections::BTreeMap;

use super::*;

/// One file. A binary one has a number in place of lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub mode: Mode,
    pub lines: Vec<u32>,
    pub binary: Option<u32>,
}

/// The files of a tree.
pub type Tree = BTreeMap<String, File>;

/// A base and patches on it.
pub struct History {
    /// The tree of the base, then the tree after each patch.
    pub trees: Vec<Tree>,
    /// What each patch touches.
    pub touches: Vec<Vec<Touch>>,
}

impl File {
    pub fn bytes(&self) -> Vec<u8> {
        if let Some(number) = self.binary {
            return format!("\0binary {number}").into_bytes();
        }
        let text = |line: &u32| format!("this is the line with the number {line}\n");
        self.lines.iter().map(text).collect::<String>().into_bytes()
    }
}

/// A reproducible source of numbers (Marsaglia's xorshift64).
pub struct Random {
    state: u64,
    next_line: u32,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Random { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, next_line: 0 }
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) as usize % limit.max(1)
    }

    fn new_lines(&mut self, count: usize) -> Vec<u32> {
        (0..count).map(|_| self.number()).collect()
    }

    fn number(&mut self) -> u32 {
        self.next_line += 1;
        self.next_line
    }

    fn pick(&mut self, tree: &Tree) -> Option<String> {
        let at = self.below(tree.len());
        tree.keys().nth(at).cloned()
    }
}

/// What the patches of a history may do.
#[derive(Clone, Copy, PartialEq)]
pub enum Kinds {
    LinesOnly,
    All,
}

impl History {
    pub fn random(seed: u64, patches: usize, kinds: Kinds) -> History {
        let mut random = Random::new(seed);
        let file = |random: &mut Random| {
            let count = 8 + random.below(8);
            File { mode: Mode::Regular, lines: random.new_lines(count), binary: None }
        };
        let paths = ["a", "b", "d/x", "d/y", "e/z"];
        let base: Tree = paths.iter().map(|path| (path.to_string(), file(&mut random))).collect();
        let mut history = History { trees: vec![base], touches: Vec::new() };
        for _ in 0..patches {
            let mut tree = history.trees.last().unwrap().clone();
            let touches = patch(&mut random, &mut tree, kinds);
            history.trees.push(tree);
            history.touches.push(touches);
        }
        history
    }

    pub fn infer(&self) -> Vec<Dependency> {
        infer(&self.touches.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    pub fn graph(&self) -> Graph {
        let names: Vec<PatchName> = (0..self.touches.len()).map(|n| format!("p{n}").parse().unwrap()).collect();
        build(&names, &[], &self.infer()).unwrap()
    }
}

/// One to three touches of different files, each made on the tree as it was before the patch.
fn patch(random: &mut Random, tree: &mut Tree, kinds: Kinds) -> Vec<Touch> {
    let before = tree.clone();
    let mut used: Vec<String> = Vec::new();
    let mut touches = Vec::new();
    for _ in 0..1 + random.below(2) {
        let Some(path) = random.pick(&before) else { break };
        let kind = if kinds == Kinds::LinesOnly { 0 } else { random.below(16) };
        let target = match kind {
            10..=13 => free_path(random, &before, tree),
            _ => path.clone(),
        };
        if used.contains(&path) || used.contains(&target) {
            continue;
        }
        used.extend([path.clone(), target.clone()]);
        touches.push(touch(random, tree, kind, &path, &target));
    }
    touches
}

/// A path that is free before and after the patch, and neither under a file nor a directory.
fn free_path(random: &mut Random, before: &Tree, after: &Tree) -> String {
    loop {
        let path = ["a", "b", "d/x", "d/y", "e/z", "f", "g", "d/w", "d", "e", "a/x", "f/y"][random.below(12)];
        let meets = |other: &String| {
            let under =
                |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            under(path, other) || under(other, path)
        };
        if !before.keys().chain(after.keys()).any(meets) {
            return path.to_owned();
        }
        let full = before.len() + after.len() > 14;
        if full {
            return format!("more/{}", random.number());
        }
    }
}

fn touch(random: &mut Random, tree: &mut Tree, kind: usize, path: &str, target: &str) -> Touch {
    let mut file = tree[path].clone();
    let mode = Some(file.mode);
    let old_path = Some(path.into());
    let same = Touch {
        old_path,
        new_path: Some(target.into()),
        old_mode: mode,
        new_mode: mode,
        is_copy: false,
        content: Content::Same,
    };
    let touch = match kind {
        7 => {
            file.mode = if file.mode == Mode::Regular { Mode::Executable } else { Mode::Regular };
            Touch { new_mode: Some(file.mode), ..same }
        }
        8 => {
            file = File { binary: Some(random.number()), lines: Vec::new(), ..file };
            Touch { content: Content::Whole, ..same }
        }
        9 => {
            tree.remove(path);
            let whole = Edit { old_start: 0, old_len: file.lines.len() as u32, new_start: 0, new_len: 0 };
            let content = if file.binary.is_some() { Content::Whole } else { Content::Lines(vec![whole]) };
            return Touch { new_path: None, new_mode: None, content, ..same };
        }
        10 | 11 => {
            tree.remove(path);
            let content = if kind == 11 { small_edit(random, &mut file) } else { Content::Same };
            Touch { content, ..same }
        }
        12 => Touch { is_copy: true, ..same },
        13 => {
            let count = 8 + random.below(8);
            file = File { mode: Mode::Regular, lines: random.new_lines(count), binary: None };
            let content = Content::Lines(vec![edit(0, 0, 0, count as u32)]);
            Touch { old_path: None, old_mode: None, new_mode: Some(Mode::Regular), content, ..same }
        }
        _ => Touch { content: edits(random, &mut file), ..same },
    };
    tree.insert(target.to_owned(), file);
    touch
}

/// An edit small enough for git to see a rename.
fn small_edit(random: &mut Random, file: &mut File) -> Content {
    if file.lines.len() < 6 {
        return Content::Same;
    }
    let at = random.below(file.lines.len());
    file.lines[at] = random.number();
    Content::Lines(vec![edit(at as u32, 1, at as u32, 1)])
}

/// One to three edits with at least one untouched line between them; a binary file becomes text.
fn edits(random: &mut Random, file: &mut File) -> Content {
    if file.binary.take().is_some() {
        file.lines = random.new_lines(9);
        return Content::Whole;
    }
    let (mut edits, mut lines, mut copied) = (Vec::new(), Vec::new(), 0);
    for _ in 0..1 + random.below(3) {
        let start = copied + usize::from(!edits.is_empty()) + random.below(file.lines.len() / 2 + 1);
        let old_len = random.below(4).min(file.lines.len().saturating_sub(start));
        if start > file.lines.len() || file.lines.len() + lines.len() < 6 {
            break;
        }
        let new_len = random.below(4).max(usize::from(old_len == 0));
        lines.extend(&file.lines[copied..start]);
        edits.push(edit(start as u32, old_len as u32, lines.len() as u32, new_len as u32));
        lines.extend(random.new_lines(new_len));
        copied = start + old_len;
    }
    lines.extend(&file.lines[copied..]);
    file.lines = lines;
    Content::Lines(edits)
}
