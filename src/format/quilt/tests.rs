use super::*;

fn names(series: &[Entry]) -> Vec<String> {
    series.iter().map(|entry| entry.name.to_string()).collect()
}

/// Scenarios 1 and 2 of the series file.
#[test]
fn comments_options_and_blanks_are_read_as_quilt_does() {
    let text =
        b"# head\n\na.patch\n  b.patch -p0\t# why\nsub/c.diff -R -p2\nd.patch -pab\n\tp#c -p 3\n # indented\nlast";
    let series = parse_series(text, None).unwrap();
    let found: Vec<_> = series.entries.iter().map(|e| (e.name.to_string(), e.strip, e.reverse, e.line)).collect();
    let expected = [
        ("a.patch", 1, false, 3),
        ("b.patch", 0, false, 4),
        ("sub/c.diff", 2, true, 5),
        ("d.patch", 1, false, 6),
        ("p#c", 3, false, 7),
        ("last", 1, false, 9),
    ];
    assert_eq!(found, expected.map(|(name, strip, reverse, line)| (name.to_owned(), strip, reverse, line)));
    assert_eq!(series.remarks.iter().map(|remark| remark.line).collect::<Vec<_>>(), [6, 8]);
}

#[test]
fn a_series_from_windows_is_read_with_a_remark() {
    let series = parse_series(b"a.patch\r\nb.patch -p0\r\n", None).unwrap();
    assert_eq!(names(&series.entries), ["a.patch", "b.patch"]);
    // `lines` takes CR LF for an end of line, so only a lone carriage return is worth a word.
    assert_eq!(series.entries[1].strip, 0);
}

#[test]
fn what_cannot_be_followed_names_its_line() {
    let line = |text: &[u8]| parse_series(text, None).map(drop).map_err(|error| error.to_string());
    assert_eq!(line(b"a\n\na\n"), Err("line 3: a stands in line 1 already".to_owned()));
    assert_eq!(line(b"a --fuzz=3\n"), Err("line 1: --fuzz=3 behind a is no option that an import knows".to_owned()));
    assert!(line(b"a -px\n").is_err() && line(b"a -p\n").is_err());
    assert!(line(b"a #+x\n").unwrap_err().contains("guard +x"));
    assert!(line(b"+x\n").unwrap_err().contains("without a patch"));
    let hint = parse_series(b"+x a\n", None).unwrap_err().hint();
    assert!(hint.unwrap().contains("--guards x"));
}

/// Scenario 41.
#[test]
fn guards_choose_patches() {
    let text = b"none\np #+x\nn #-x\nboth #+x #-y\n+x s\n-x t\n-y +x u\n+!x v # -p0 #c\n- w\n";
    let on = |guards: &[&str]| {
        let guards: Vec<String> = guards.iter().map(|guard| (*guard).to_owned()).collect();
        let series = parse_series(text, Some(&guards)).unwrap();
        assert_eq!(series.entries.len() + series.guarded.len(), 9);
        names(&series.entries).join(" ")
    };
    assert_eq!(on(&["x"]), "none p both s u v");
    assert_eq!(on(&["x", "y"]), "none p s u v");
    assert_eq!(on(&[]), "none n s t u v");
}

#[test]
fn a_stem_is_a_name_without_suffixes() {
    let cases = [("a.patch", "a"), ("s/b.diff.gz", "s/b"), ("c", "c"), ("d.patch.patch", "d.patch"), ("e.gz", "e")];
    for (name, expected) in cases {
        assert_eq!(stem(name.as_bytes()).as_bstr(), expected);
    }
    assert_eq!(render_series(["a".into(), "b".into()]), "a\nb\n");
}
