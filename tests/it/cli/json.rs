//! Every document that pq writes is described.

use std::path::Path;

#[test]
fn every_kind_is_in_the_reference() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(root.join("docs/reference/json.md")).unwrap();
    let mut kinds = Vec::new();
    for file in std::fs::read_dir(root.join("src/cli/commands")).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let kind =
            |line: &str| Some(line.split_once("const KIND: &'static str = \"")?.1.trim_end_matches("\";").to_owned());
        kinds.extend(source.lines().filter_map(kind));
    }
    assert!(kinds.len() > 15, "{kinds:?}");
    let missing: Vec<_> = kinds.iter().filter(|kind| !reference.contains(&format!("\n## {kind}\n"))).collect();
    assert!(missing.is_empty(), "docs/reference/json.md does not describe {missing:?}");
}
