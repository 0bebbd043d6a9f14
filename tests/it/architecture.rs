//! The map in `src/lib.rs`, enforced: who may use whom, and which module owns which library or part of the world.

use std::collections::BTreeSet;
use std::path::Path;

mod source;

use source::{Names, paths};

/// Which modules each module may use, beside itself and `error`.
const MAY_USE: &[(&str, &[&str])] = &[
    ("cli", &["ui", "ops", "git", "store", "graph", "format", "model"]),
    ("ui", &["model"]),
    ("ops", &["git", "store", "graph", "format", "model"]),
    ("git", &["graph", "format", "model"]),
    ("store", &["graph", "format", "model"]),
    ("graph", &["model"]),
    ("format", &["model"]),
    ("model", &[]),
    ("error", &[]),
];

/// Libraries and parts of the world, and the only places that may name them. A single name is that of a library or a macro; several are
/// a part of a path.
const OWNED: &[(&[&str], &[&str])] = &[
    (&["gix"], &["src/git/"]),
    (&["petgraph"], &["src/graph/"]),
    (&["toml_edit"], &["src/format/"]),
    (&["clap", "clap_complete", "clap_mangen", "ctrlc"], &["src/cli/"]),
    (&["indicatif", "color_eyre", "anstyle", "terminal_size"], &["src/ui/"]),
    // Beside the store: packs are written where git keeps them, manual pages where somebody asks for them, and a message is read from
    // where somebody put it.
    (&["std::fs", "fs_err"], &["src/store/", "src/git/", "src/cli/commands/man.rs", "src/cli/commands/header.rs"]),
    // The editor, merge drivers that the user's git configuration defines, and the user's own git for remotes.
    (
        &["std::process::Command", "process::Command"],
        &["src/cli/commands/header.rs", "src/git/drivers.rs", "src/git/push.rs"],
    ),
    (&["std::env"], &["src/cli/"]),
    (&["SystemTime::now", "Timestamp::now", "Zoned::now"], &["src/cli/ctx.rs"]),
    (&["process::exit"], &["src/cli/interrupt.rs"]),
    (&["io::stdout", "io::stderr"], &["src/ui/"]),
    (&["println!", "eprintln!", "print!", "eprint!", "dbg!"], &[]),
];

#[test]
fn dependencies_point_downwards() {
    let wrong = complaints(wrong_uses);
    assert!(wrong.is_empty(), "see the table in src/lib.rs:\n{wrong}");
}

#[test]
fn each_part_of_the_world_has_one_owner() {
    let wrong = complaints(wrong_names);
    assert!(wrong.is_empty(), "see OWNED in tests/it/architecture.rs:\n{wrong}");
}

#[test]
fn the_table_has_every_module() {
    let is_module = |name: &String| !["lib", "main"].contains(&name.as_str());
    let modules: BTreeSet<_> = sources().iter().map(|(path, _)| module_of(path)).filter(is_module).collect();
    assert_eq!(modules, MAY_USE.iter().map(|(module, _)| (*module).to_owned()).collect());
}

/// The test can fail: each text holds as many mistakes as the number says.
#[test]
fn what_is_forbidden_is_found() {
    let cases = [
        (1, "src/ui/x.rs", "use crate::ops::rebase;"),
        (2, "src/git/x.rs", "use crate::{model::{Oid, ops}, error, store, ui::Screen as S};"),
        (2, "src/model/x.rs", "fn f() -> crate::git::Repo { super::super::store::open() }"),
        (1, "src/model/mod.rs", "use super::{graph, model};"),
        (3, "src/ops/x.rs", "use std::{fs, io}; fn f() { std::env::var(\"X\"); eprintln!(\"x\") }"),
        (2, "src/ops/x.rs", "use gix::Repository; type X = petgraph::Graph;"),
        (2, "src/cli/x.rs", "use std::io::{self, Write}; fn f() { std::process::exit(1); io::stdout() }"),
        (1, "src/model/x.rs", "#[cfg(test)] use std::fs; use std::fs;"),
        (1, "src/model/x.rs", "fn f(c: char) -> bool { c == '\"' && c == '\\'' && dbg!(c) == '\"' }"),
        (0, "src/store/x.rs", "use fs_err as fs; // gix::x\n /* println!() */ const A: &str = \"crate::ui::x\";"),
        (0, "src/store/x.rs", "const A: &str = r#\"crate::ui::x\" crate::ui::x\"#; const B: &[u8] = br\"\\\";"),
        (0, "src/model/x.rs", "fn f<'a>(c: &'a str) { let q = '\"'; } #[cfg(test)] mod tests { use gix; fn f() {} }"),
        (0, "src/ops/x.rs", "use imara_gix::x; use super::git; let gixx = my_println!(1); a.gix(); if env != 1 {}"),
    ];
    for (count, path, text) in cases {
        let (path, names) = (Path::new(path), paths(text));
        let wrong = [wrong_uses(path, &names), wrong_names(path, &names)].concat();
        assert_eq!(wrong.len(), count, "{text}\n{wrong:?}\n{names:?}");
    }
}

/// The files of the library and the binary without their tests, and the paths that they name.
fn sources() -> Vec<(std::path::PathBuf, Vec<Names>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut open = vec![root.join("src")];
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|suffix| suffix == "rs") {
            let short = path.strip_prefix(root).unwrap().to_owned();
            let is_test = short.components().any(|part| part.as_os_str() == "tests") || short.ends_with("tests.rs");
            files.extend((!is_test).then(|| (short, paths(&std::fs::read_to_string(&path).unwrap()))));
        }
    }
    files
}

fn complaints(check: fn(&Path, &[Names]) -> Vec<String>) -> String {
    sources().iter().flat_map(|(path, names)| check(path, names)).collect::<Vec<_>>().join("\n")
}

fn wrong_uses(path: &Path, names: &[Names]) -> Vec<String> {
    let module = module_of(path);
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else { return Vec::new() };
    let is_allowed = |name: &str| name == module || name == "error" || allowed.contains(&name);
    let used: BTreeSet<_> = names.iter().filter_map(|names| module_used(names, depth_of(path))).collect();
    let wrong = used.into_iter().filter(|name| MAY_USE.iter().any(|(known, _)| known == name) && !is_allowed(name));
    wrong.map(|name| format!("{} uses {name}", path.display())).collect()
}

fn wrong_names(path: &Path, names: &[Names]) -> Vec<String> {
    let is_owner = |places: &[&str]| places.iter().any(|place| path.to_string_lossy().starts_with(place));
    let foreign = OWNED.iter().filter(|(_, places)| !is_owner(places)).flat_map(|(owned, _)| *owned);
    let named = foreign.filter(|owned| names.iter().any(|names| holds(names, owned)));
    named.map(|owned| format!("{} names {owned}", path.display())).collect()
}

/// Whether a path is one of what is owned: starts with the library, or has the part.
fn holds(names: &[String], owned: &str) -> bool {
    let part: Vec<_> = owned.split("::").collect();
    match part[..] {
        [name] if name.ends_with('!') => names.last().is_some_and(|last| last == name),
        [name] => names[0] == name,
        _ => names.windows(part.len()).any(|window| window == part),
    }
}

/// The module of the crate that a path of a file so deep names.
fn module_used(names: &[String], depth: usize) -> Option<&str> {
    let supers = names.iter().take_while(|name| *name == "super").count();
    let root = if names[0] == "crate" { 1 } else { supers };
    let is_from_root = names[0] == "crate" || supers > 0 && supers == depth;
    names.get(root).filter(|_| is_from_root).map(String::as_str)
}

/// The first part of the module path of a file.
fn module_of(path: &Path) -> String {
    let part = path.iter().nth(1).unwrap().to_string_lossy();
    part.trim_end_matches(".rs").to_owned()
}

/// How many modules a file is inside of, itself counted.
fn depth_of(path: &Path) -> usize {
    let is_named_by_folder = path.ends_with("mod.rs") || path.ends_with("lib.rs");
    path.iter().count() - 1 - usize::from(is_named_by_folder)
}
