use std::path::Path;

/// `docs/reference/cli.md` is what the program says of itself.
#[test]
fn reference() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/cli.md");
    let page = pq::cli::reference();
    if std::env::var_os("PQ_UPDATE_DOCS").is_some() {
        std::fs::write(&file, &page).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == page, "docs/reference/cli.md is out of date: PQ_UPDATE_DOCS=1 cargo test reference");
}
