use super::*;
use crate::model::MovedPath;

fn moved(from: &str, to: &[&str]) -> MovedPath {
    MovedPath { from: from.into(), to: to.iter().map(|to| (*to).to_owned()).collect(), why: None }
}

const TWO: &str = "\n# The chart.\n[[moved]]\nfrom = \"a\"\nto = \"b\"   # all of it\nwhy = \"w\"\n\n[[moved]]\nfrom = \"c\"\nto = [\"d\", \"e/f\"]\n";

fn with(text: &str) -> Document {
    Document::parse(&(SMALL.to_owned() + text), "pq.toml", None).unwrap()
}

#[test]
fn one_place_or_several() {
    let document = with(TWO);
    let first = MovedPath { why: Some("w".into()), ..moved("a", &["b"]) };
    assert_eq!(document.manifest().moved, [first, moved("c", &["d", "e/f"])]);
    let inline = with("\n").to_text().replace("schema = 1\n", "schema = 1\nmoved = [{ from = \"a\", to = \"b\" }]\n");
    assert_eq!(Document::parse(&inline, "pq.toml", None).unwrap().manifest().moved, [moved("a", &["b"])]);
}

#[test]
fn tables_are_added_changed_and_taken_out_and_nothing_else() {
    let mut document = small();
    document.set_moved(&[moved("a", &["b"])]);
    let added = "\n[[moved]]\nfrom = \"a\"\nto = \"b\"\n";
    assert_eq!(document.to_text(), SMALL.to_owned() + added);
    reads_back(&document);
    let mut document = with(TWO);
    let mut all = document.manifest().moved.clone();
    all[0].to.push("z".into());
    all.push(moved("x", &["y"]));
    document.set_moved(&all);
    reads_back(&document);
    let text = document.to_text();
    assert!(
        text.contains("# The chart.\n[[moved]]\nfrom = \"a\"\nto = [\"b\", \"z\"]   # all of it\nwhy = \"w\"\n"),
        "{text}"
    );
    assert!(text.ends_with("to = [\"d\", \"e/f\"]\n\n[[moved]]\nfrom = \"x\"\nto = \"y\"\n"), "{text}");
    document.set_moved(&all[1..2]);
    reads_back(&document);
    assert!(!document.to_text().contains("The chart"));
    document.set_moved(&[]);
    reads_back(&document);
    assert_eq!(document.to_text(), SMALL);
}

#[test]
fn another_order_moves_tables_with_their_comments() {
    let mut document = with(TWO);
    let mut all = document.manifest().moved.clone();
    all.reverse();
    document.set_moved(&all);
    reads_back(&document);
    assert!(
        document
            .to_text()
            .ends_with("\n# The chart.\n[[moved]]\nfrom = \"a\"\nto = \"b\"   # all of it\nwhy = \"w\"\n")
    );
}

#[test]
fn what_is_written_in_braces_becomes_tables() {
    let text = SMALL.replace("schema = 1\n", "schema = 1\nmoved = [{ from = \"a\", to = \"b\" }]\n");
    let mut document = Document::parse(&text, "pq.toml", None).unwrap();
    document.set_moved(&[moved("a", &["b"]), moved("c", &["d"])]);
    reads_back(&document);
    assert_eq!(document.to_text().matches("[[moved]]").count(), 2);
}

#[test]
fn what_makes_no_sense_is_said() {
    let problem = |text: &str| -> String {
        let error = Document::parse(&(SMALL.to_owned() + text), "pq.toml", None).unwrap_err();
        let lines = SMALL.lines().count();
        let one = |it: &Problem| {
            format!("{}:{}: {} | {}", it.line - lines, it.column, it.message, it.hint.clone().unwrap_or_default())
        };
        error.problems.iter().map(one).collect::<Vec<_>>().join("\n")
    };
    let pair = |from: &str, to: &str| format!("[[moved]]\nfrom = {from}\nto = {to}\n");
    let all: Vec<String> = [
        pair("\"/a\"", "\"b/\""),
        pair("\"\"", "\"../b\""),
        pair("\"a\"", "[]"),
        pair("\"a\"", "7"),
        pair("\"a\"", "[\"b\", 7]"),
        pair("\"a\"", "[\"b\", \"b\"]"),
        pair("\"a\"", "\"a\""),
        "[[moved]]\nto = \"b\"\nsince = \"v1\"\n".to_owned(),
        pair("\"a\"", "\"b\"") + &pair("\"a\"", "\"c\""),
        pair("\"a\"", "\"b\"") + &pair("\"b\"", "\"c\"") + &pair("\"c\"", "\"a\""),
    ]
    .iter()
    .map(|text| problem(text))
    .collect();
    insta::assert_snapshot!(all.join("\n"), @r#"
    2:8: `/a` is not a path in the repository | write it from the root of the repository, without `.`, `..` or a `/` at either end: "install/chart"
    3:6: `b/` is not a path in the repository | write it from the root of the repository, without `.`, `..` or a `/` at either end: "install/chart"
    2:8: `from` is empty | write from = "…"
    3:6: `../b` is not a path in the repository | write it from the root of the repository, without `.`, `..` or a `/` at either end: "install/chart"
    3:6: `to` is empty | name at least one place: to = ["charts/main"]
    3:6: `to` must be a text or a list of texts | write to = "…", or to = ["…", "…"] for a directory that was split
    3:12: `to` holds an integer, but every entry is a text | write it in quotes
    3:12: `b` stands in `to` twice | delete one of them
    3:6: `a` moves to where it is | delete it: what stays needs no table
    1:1: `from` is missing in [[moved]] | write from = "…"
    3:1: unknown key `since` in [[moved]] | known here: from, to, why
    5:8: `a` is said to have moved in line 58 already | a directory that was split has one table: to = ["…", "…"]
    9:6: `c` moves in a circle | `from` is upstream's older place, `to` its newer one: delete the table that says it the other way round
    "#);
}
