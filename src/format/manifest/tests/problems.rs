use super::*;

fn problems(text: &str) -> Vec<String> {
    let error = Document::parse(text, "pq.toml", None).unwrap_err();
    let problem = |problem: &Problem| {
        let hint = problem.hint.as_deref().unwrap_or("");
        format!("{}:{}: {} | {hint}", problem.line, problem.column, problem.message)
    };
    error.problems.iter().map(problem).collect()
}

fn with(old: &str, new: &str) -> Vec<String> {
    assert!(SMALL.contains(old), "{old}");
    problems(&SMALL.replacen(old, new, 1))
}

#[test]
fn each_problem_has_its_place_and_its_remedy() {
    let mut all = Vec::new();
    let mut case = |old: &str, new: &str| all.extend(with(old, new));
    case("schema = 1\n", "schema = 2\nnew-key = 1\n");
    case("schema = 1\n", "");
    case("schema = 1\n", "schema = \"1\"\n");
    case("branch = \"dd/v1.13\"", "brnch = \"dd/v1.13\"");
    case("branch = \"dd/v1.13\"", "branch = \"dd..v1\"");
    case("branch = \"dd/v1.13\"", "branch = 7");
    case("name = \"v1.13-dd\"", "name = \"\"");
    case("releases = \"v{version}\"", "releases = \"v1\"");
    case("stable = \"v{major}.{minor}\"", "stable = \"main\"");
    case("base-commit = \"89e6", "base-commit = \"89e");
    case("upstream = [\"ABCDEF1\"]", "upstream = [\"ABCDEF\"]");
    case("upstream = [\"ABCDEF1\"]", "upstream = \"ABCDEF1\"");
    case("upstream = [\"ABCDEF1\"]", "upstream = [7]");
    case("kind = \"backport\"", "kind = \"backprot\"");
    case("kind = \"backport\"", "knid = \"backport\"");
    case("  \"a:b\",\n", "  \"a:b\",\n  \"bpf-fix\",\n  \"BPF-fix\",\n");
    case("  \"a:b\",\n", "  \"a:b\",\n  \"../x\",\n");
    case("[patch.bpf-fix]", "[patch.bpf-fxi]");
    case("[patch.\"feature/x\"]", "[patch.feature/x]");
    case("  \"bpf-fix\",\n]\n\n[patch", "  \"bpf-fxi\",\n]\n\n[patch");
    case("  \"bpf-fix\",\n]\n\n[patch", "  \"feature/x\",\n]\n\n[patch");
    case("blocked-by = [\"feature/x\"]", "blocked-by = [\"gone\"]");
    case("why = \"blocked\"\n", "");
    case("paths = [\"**/*.pb.go\"]\n", "");
    case("paths = [\"**/*.pb.go\"]", "paths = [\"a[\"]");
    case("[[generated]]", "[generated]");
    case("id = \"ABCDEF1\"", "id = \"ABCDEF\"");
    case("id = \"ABCDEF1\"\n", "");
    case("reason = \"not for us\"", "reason = \" \"");
    case("expires = \"2030-12-31\"", "expires = \"2030-02-31\"");
    case("expires = \"2030-12-31\"", "expires = 2030-12-31");
    case("expires = \"2030-12-31\"", "until = \"2030-12-31\"");
    case("  \"bpf-fix\",\n  \"feature", "  \"bpf-fix\"\n  \"feature");
    insta::assert_snapshot!(all.join("\n"), @r#"
    2:10: the file has schema 2, and this pq knows schema 1 | update pq
    1:1: `schema` is missing in the file | write `schema = 1` as the first line
    2:10: `schema` must be 1 | write `schema = 1` as the first line
    11:1: `branch` is missing in [line] | write branch = "…"
    15:1: unknown key `brnch` in [line] | did you mean `branch`?
    15:10: `dd..v1` cannot be the name of a branch | use letters, digits, `-`, `_`, `.` and single `/`
    15:10: `branch` is an integer, but must be a text | write branch = "…"
    12:8: `name` is empty | write name = "…"
    7:12: `v1` does not say where the version stands in a tag | put {version} in its place, once: "v{version}"
    9:10: `main` does not say where the numbers stand in a branch | put {major} and {minor} in their places: "v{major}.{minor}"
    14:15: `89ec98d92887913cadf06b2adb97f26cde4849b` is not the full id of a commit | write all 40 (or 64) hexadecimal digits, as `git rev-parse` prints them
    27:13: `ABCDEF` is not the id of a commit | write 7 to 64 hexadecimal digits
    27:12: `upstream` is a string, but must be a list of texts | write upstream = ["…"]
    27:13: `upstream` holds an integer, but every entry is a text | write it in quotes
    29:8: `kind` cannot be `backprot` | write one of: backport, fork, pending, revert
    29:1: unknown key `knid` in [patch.bpf-fix] | did you mean `kind`?
    23:3: `bpf-fix` stands in `series` already, in line 18 | delete one of them
    24:3: `BPF-fix` differs only in case from `bpf-fix` in line 18 | rename one: some file systems cannot tell their files apart
    23:3: `../x` cannot be the name of a patch: a patch name holds no `..` and starts with none of `-`, `@`, `^`: those are options and selectors | rename it, and its file under patches/
    26:8: `bpf-fxi` has metadata, but does not stand in `series` | did you mean `bpf-fix`? Otherwise add it to `series` or delete the table
    34:15: not valid TOML: invalid unquoted key, expected letters, numbers, `-`, `_` | quote a name that holds other characters: [patch."feature/x"]
    37:3: `bpf-fxi` in `requires` does not stand in `series` | did you mean `bpf-fix`?
    37:3: `feature/x` names itself in `requires` | delete it from the list
    45:15: `gone` in `blocked-by` does not stand in `series` | delete it from the list, or add the patch to `series`
    40:1: `why` is missing in [patch.a:b.held] | write why = "conflict" or why = "blocked"
    48:1: `paths` is missing in [[generated]] | write paths = ["**/*.pb.go"]
    49:10: `a[` is not a pattern of paths | close every `[` and `{`, or put a backslash before it
    48:2: `generated` is a table, but must be a list of tables | write a line [[generated]] above each of them
    53:6: `ABCDEF` is not the id of a commit | write 7 to 40 hexadecimal digits
    52:1: `id` is missing in [[ignore]] | write id = "…"
    54:10: `reason` is empty | write reason = "…"
    55:11: `2030-02-31` is not a date | write year, month and day: "2030-12-31"
    55:11: `expires` is a datetime, but must be a text | write expires = "…"
    55:1: unknown key `until` in [[ignore]] | known here: id, reason, expires
    19:3: not valid TOML: missing comma between array elements, expected `,` | end every line of a list with a comma
    "#);
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let text =
        "schema = 1\n\n[line]\nnme = \"x\"\nbase = 7\nbase-commit = \"xyz\"\nseries = [\"a\", \"a\"]\n[patch.b]\n";
    insta::assert_snapshot!(problems(text).join("\n"), @r#"
    1:1: `upstream` is missing in the file | add a table [upstream] with repo and releases, here or in the pq.toml of the workspace
    3:1: `name` is missing in [line] | write name = "…"
    3:1: `branch` is missing in [line] | write branch = "…"
    4:1: unknown key `nme` in [line] | did you mean `name`?
    5:8: `base` is an integer, but must be a text | write base = "…"
    6:15: `xyz` is not the full id of a commit | write all 40 (or 64) hexadecimal digits, as `git rev-parse` prints them
    7:16: `a` stands in `series` already, in line 7 | delete one of them
    "#);
    let error = Document::parse(text, "pq.toml", None).unwrap_err();
    assert!(error.to_string().starts_with("pq.toml:1:1: `upstream` is missing"), "{error}");
    assert_eq!(error.to_string().lines().count(), error.problems.len());
}

#[test]
fn a_name_with_dots_in_a_bare_header_is_explained() {
    let text = SMALL.replace("bpf-fix", "v1.13-fix");
    assert!(problems(&text)[0].contains("quote a name with dots: [patch.\"v1.13-fix\"]"), "{:?}", problems(&text));
}

#[test]
fn an_empty_table_is_fine_if_it_stands_alone() {
    let text = SMALL.replace("[patch.\"feature/x\"]\n", "[patch.\"feature/x\"]\n\n[patch.\"a:b\"]\n");
    let text = text.replace("requires = [\n  # it calls it\n  \"bpf-fix\",\n]\n", "");
    assert!(Document::parse(&text, "pq.toml", None).is_ok(), "{text}");
    let run_together = text.replace("[patch.\"feature/x\"]\n\n", "[patch.\"feature/x\"]\n");
    assert!(problems(&run_together)[0].contains("stands directly below another header"), "{run_together}");
}

#[test]
fn an_unresolved_merge_is_named() {
    let text = SMALL.replace("  \"a:b\",\n", "<<<<<<< ours\n  \"a:b\",\n=======\n  \"c\",\n>>>>>>> theirs\n");
    let found = problems(&text);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("22:1: the file has an unresolved merge | settle the merge"), "{found:?}");
}

#[test]
fn the_column_counts_characters() {
    let text = "schema = 1 # \nname = 'ä' x\n";
    assert!(problems(text)[0].starts_with("2:12: not valid TOML"), "{:?}", problems(text));
}

#[test]
fn nothing_of_the_file_reaches_a_message_raw() {
    for bad in ["\u{1b}[31m", "\"\\u001b[31m\\u202e\"", "x\u{202e}y", "\u{7f}", "\"\\r\""] {
        for text in [
            SMALL.replace("kind", bad),
            SMALL.replace("\"backport\"", &format!("'{bad}'")),
            SMALL.replace("\"backport\"", bad),
            SMALL.replace("  \"a:b\"", &format!("  {bad}")),
            SMALL.replace("patch.bpf-fix", &format!("patch.{bad}")),
        ] {
            let error = Document::parse(&text, "pq.toml", None).unwrap_err();
            let raw = |c: char| c != '\n' && c.is_control() || c == '\u{202e}';
            assert!(!error.to_string().contains(raw), "{:?}", error.to_string());
        }
    }
}

#[test]
fn a_policy_knows_its_words() {
    let bad = "[policy]\nrequire = [\"ownr\", \"tests\", 7]\nrequires = []\n\
               [policy.require-for]\nforks = [\"owner\"]\nbackport = \"owner\"\nrevert = [\"resaon\"]\n";
    let text = format!("{SMALL}{bad}");
    let line = SMALL.lines().count();
    let found: Vec<String> = problems(&text)
        .iter()
        .map(|problem| {
            let (at, rest) = problem.split_once(':').unwrap();
            format!("{}:{rest}", at.parse::<usize>().unwrap() - line)
        })
        .collect();
    insta::assert_snapshot!(found.join("\n"), @"
    2:12: `require` cannot hold `ownr` | did you mean `owner`?
    2:20: `require` cannot hold `tests` | write any of: owner, reason, deviation, drop-after
    2:29: `require` holds an integer, but every entry is a text | write it in quotes
    3:1: unknown key `requires` in [policy] | did you mean `require`?
    5:1: unknown key `forks` in [policy.require-for] | did you mean `fork`?
    6:12: `backport` is a string, but must be a list of texts | write backport = [\"…\"]
    7:11: `revert` cannot hold `resaon` | did you mean `reason`?
    ");
    assert_eq!(problems(&format!("policy = \"strict\"\n{SMALL}")).len(), 1);
    let root = format!("schema = 1\n[workspace]\nlines = [\"*\"]\n{bad}");
    assert_eq!(parse_root(&root, "pq.toml").unwrap_err().problems.len(), found.len());
}

#[test]
fn a_workspace_is_checked_too() {
    let text = "schema = 1\n[workspace]\nlines = [\"../x\", \"a/**\", \"ok/*\"]\nmembers = []\n[line]\n";
    let error = parse_root(text, "pq.toml").unwrap_err();
    insta::assert_snapshot!(error.to_string(), @r#"
    pq.toml:3:10: `../x` does not name directories below this one (write relative paths, `*` for any name: "lines/*")
    pq.toml:3:18: `a/**` does not name directories below this one (write relative paths, `*` for any name: "lines/*")
    pq.toml:4:1: unknown key `members` in [workspace] (known here: lines)
    pq.toml:5:2: a workspace's file has no `line` of its own (move the line to a directory and a pq.toml of its own)
    "#);
}
