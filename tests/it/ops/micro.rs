//! What upstream did to a fix of ours before it came back in a release, and what each of it comes to.
//!
//! The queue is always the same: `p1` fixes a file, `p2` builds on it, `p3` touches two other files, `p4` is ours alone. Each case runs with
//! and without the upstream ids in our messages, and with all, some and none of author, date and title kept.

use pq::model::Oid;
use pq::ops::rebase::{PatchReport, RebaseReport};

use crate::support::Fork;

const ALPHA: &str = "\
#include \"alpha.h\"

/* Walks the alphas in order of their age. */
int alpha_walk(int count)
{
	int sum = 0;

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++)
		sum += alpha_step(i);
	return sum;
}

/* The oldest alpha of all. */
int alpha_oldest(void)
{
	return alpha_first;
}

/* The youngest one. */
int alpha_youngest(void)
{
	return alpha_last;
}
";

const BETA: &str = "\
int beta_open(struct beta *b)
{
	b->fd = open(b->path, O_RDONLY);
	if (b->fd < 0)
		return -1;
	return 0;
}

void beta_close(struct beta *b)
{
	close(b->fd);
}
";

const GAMMA: &str = "\
int gamma_read(struct gamma *g, char *out)
{
	int got = read(g->fd, out, GAMMA_SIZE);

	return got;
}

int gamma_write(struct gamma *g, const char *in)
{
	return write(g->fd, in, GAMMA_SIZE);
}
";

const DELTA: &str = "delta one\ndelta two\ndelta three\ndelta four\ndelta five\n";

/// What each patch does: the old text and the new one.
const P1: (&str, &str) = (
    "\tif (count < 0)\n\t\treturn -1;\n",
    "\tif (count < 0 || count > ALPHA_MAX) {\n\t\talpha_errors++;\n\t\treturn -EINVAL;\n\t}\n",
);
const P2: (&str, &str) = (
    "\t\talpha_errors++;\n\t\treturn -EINVAL;\n",
    "\t\talpha_errors++;\n\t\tlog_warn(\"alpha: bad count %d\", count);\n\t\treturn -EINVAL;\n",
);
const P3_BETA: (&str, &str) = (
    "\tif (b->fd < 0)\n\t\treturn -1;\n",
    "\tif (b->fd < 0) {\n\t\tbeta_report(b->path, errno);\n\t\treturn -errno;\n\t}\n\tb->opened = now();\n",
);
const P3_GAMMA: (&str, &str) = (
    "\tint got = read(g->fd, out, GAMMA_SIZE);\n",
    "\tint got;\n\n\tdo {\n\t\tgot = read(g->fd, out, GAMMA_SIZE);\n\t} while (got < 0 && errno == EINTR);\n",
);
const P4: (&str, &str) = ("delta three\n", "delta three, as we need it\n");

/// What of a patch upstream's commit has kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Looks {
    /// Author, date and title.
    Same,
    /// Author and title.
    Redated,
    /// Nothing.
    Foreign,
}

/// A patch queue in the making: upstream's commits come first, so that ours can name them.
struct Case {
    fork: Fork,
    looks: Looks,
    is_named: bool,
    /// Upstream's commits by the names that tests have for them.
    commits: Vec<(&'static str, Oid)>,
    /// The ids that `p1`, `p2` and `p3` name.
    origins: [Vec<Oid>; 3],
    p1: (&'static str, &'static str),
}

/// The titles of the patches, and what they are called if nothing is kept.
const TITLES: [[&str; 2]; 3] = [
    ["alpha: Check the count", "Harden the walk"],
    ["alpha: Say what was wrong with the count", "More diagnostics"],
    ["Report what went wrong", "Rework of errors"],
];

impl Case {
    fn new(looks: Looks, is_named: bool) -> Case {
        let fork = Fork::new();
        let work = fork.on("main").write("src/alpha.c", ALPHA).write("src/beta.c", BETA).write("src/gamma.c", GAMMA);
        let base = work.write("src/delta.txt", DELTA).write("README", "read me\n").commit("base");
        fork.tag("v1.0.0", base);
        fork.branch("ours", base);
        Case { fork, looks, is_named, commits: Vec::new(), origins: Default::default(), p1: P1 }
    }

    /// Upstream's own work.
    fn elsewhere(&mut self, path: &str, (old, new): (&str, &str)) {
        self.fork.on("main").edit(path, old, new).commit("Something else");
    }

    /// A commit of upstream that looks like one of the patches as far as this case has it.
    fn upstream(&mut self, name: &'static str, of: usize, edits: &[(&str, (&str, &str))]) -> Oid {
        let kept = self.looks != Looks::Foreign;
        let mut work = self.fork.on("main");
        for (path, (old, new)) in edits {
            work = work.edit(path, old, new);
        }
        if self.looks == Looks::Same {
            work = work.at(1001 + of as i64);
        }
        if !kept {
            work = work.author("Maintainer").email("maintainer@upstream.example");
        }
        let id = work.commit(&format!("{}\n\nFor {name}.", TITLES[of][usize::from(!kept)]));
        self.commits.push((name, id));
        id
    }

    /// The same, for a patch that comes from it.
    fn lands(&mut self, name: &'static str, of: usize, edits: &[(&str, (&str, &str))]) -> Oid {
        let id = self.upstream(name, of, edits);
        self.origins[of].push(id);
        id
    }

    /// A commit that has nothing to do with the patches by its looks.
    fn other(&mut self, name: &'static str, message: &str, edits: &[(&str, (&str, &str))]) -> Oid {
        let mut work = self.fork.on("main").author("Maintainer").email("maintainer@upstream.example");
        for (path, (old, new)) in edits {
            work = work.edit(path, old, new);
        }
        let id = work.commit(message);
        self.commits.push((name, id));
        id
    }

    /// Our side, and the rebase.
    fn run(&self) -> RebaseReport {
        self.fork.tag("v1.1.0", self.fork.tip("main"));
        let edits: [&[(&str, (&str, &str))]; 3] = [
            &[("src/alpha.c", self.p1)],
            &[("src/alpha.c", P2)],
            &[("src/beta.c", P3_BETA), ("src/gamma.c", P3_GAMMA)],
        ];
        for (of, edits) in edits.iter().enumerate() {
            let mut work = self.fork.on("ours").at(1001 + of as i64);
            for (path, (old, new)) in *edits {
                work = work.edit(path, old, new);
            }
            let mut message = format!("{}\n\n", TITLES[of][0]);
            if self.is_named {
                self.origins[of].iter().for_each(|id| message += &format!("[ upstream commit {id} ]\n"));
            }
            work.commit(&message);
        }
        self.fork.on("ours").at(1004).edit("src/delta.txt", P4.0, P4.1).commit("Our delta");
        self.fork.init("v1.0.0", "ours");
        self.fork.checked_rebase("v1.1.0")
    }

    /// What a patch came to, in one line: outcome, standing, first evidence, what was taken back, what to review.
    fn line(&self, patch: &PatchReport) -> String {
        let name = |id: Oid| {
            self.commits
                .iter()
                .find(|(_, known)| *known == id)
                .map_or_else(|| id.to_string(), |(name, _)| (*name).into())
        };
        let mut line = format!("{} {}", patch.outcome.as_str(), word(patch.standing));
        if let Some(first) = patch.evidence.first() {
            line += &format!(" {}", word(first.kind));
            line += &first.commit.map(|id| format!("@{}", name(id))).unwrap_or_default();
        }
        for taken in &patch.reverted {
            let by = taken.by.map_or("-".to_owned(), name);
            line += &format!(" reverted:{}<{by}", name(taken.landed));
        }
        for review in &patch.review {
            let commit = review.evidence.commit.map_or("-".to_owned(), name);
            line += &format!(" review:{}@{commit}", word(review.why));
        }
        line
    }
}

/// The word that stands for a value in JSON.
pub(super) fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

type Edit = (&'static str, (&'static str, &'static str));

/// What is to come of a case: the words that describe when, what `p1`, `p2` and `p3` come to, and what of the queue is to be on top of the
/// release beside `p4`.
type Row = (&'static str, [&'static str; 3], &'static [Edit]);

/// Runs a case in all its forms. The first row counts whose words all fit.
fn check(upstream: impl Fn(&mut Case), rows: &[Row]) {
    let mut wrong = String::new();
    for is_named in [true, false] {
        for looks in [Looks::Same, Looks::Redated, Looks::Foreign] {
            let mut case = Case::new(looks, is_named);
            upstream(&mut case);
            let report = case.run();
            let form = format!("{} {looks:?}", if is_named { "named" } else { "silent" }).to_lowercase();
            let fits = |row: &&Row| row.0.split(' ').all(|word| word.is_empty() || form.contains(word));
            let Some((_, want, carried)) = rows.iter().find(fits) else { panic!("no row for {form}") };
            let lines: Vec<String> = report.patches.iter().map(|patch| case.line(patch)).collect();
            if lines[..3] != want[..] {
                wrong += &format!("{form}:\n  is   {:#?}\n  want {want:#?}\n", &lines[..3]);
            }
            assert!(["unchanged absent", "merged absent"].contains(&&lines[3][..]), "{form}: p4 {}", lines[3]);
            let on_top = carried.iter().chain(&[("src/delta.txt", P4)]);
            let work = case.fork.after(&[case.fork.tip("main")]);
            let wanted = on_top.fold(work, |work, (path, (old, new))| work.edit(path, old, new)).commit("wanted");
            let diff = || case.fork.git(&["diff", &wanted.to_string(), &report.tip.commit.to_string()]);
            if case.fork.tree(wanted) != report.tip.tree {
                wrong += &format!("{form}: the tree differs:\n{}\n", diff());
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const A: &str = "src/alpha.c";
const B: &str = "src/beta.c";
const G: &str = "src/gamma.c";
const TOP: (&str, &str) = ("#include \"alpha.h\"\n", "#include \"alpha.h\"\n#include \"log.h\"\n");
const ALL: &[Edit] = &[(A, P1), (A, P2), (B, P3_BETA), (G, P3_GAMMA)];
const NO_P1: &[Edit] = &[(A, P2), (B, P3_BETA), (G, P3_GAMMA)];
const ONLY_P3: &[Edit] = &[(B, P3_BETA), (G, P3_GAMMA)];
const NO_P3: &[Edit] = &[(A, P1), (A, P2)];
const CARRIED: &str = "unchanged absent";
const MERGED: &str = "merged absent";

#[test]
fn exact() {
    check(
        |c| {
            c.elsewhere(A, TOP);
            c.lands("one", 0, &[(A, P1)]);
        },
        &[
            ("named", ["upstreamed identical ancestor@one", MERGED, CARRIED], NO_P1),
            ("silent", ["upstreamed identical patch-id@one", MERGED, CARRIED], NO_P1),
        ],
    );
    check(
        |c| {
            c.elsewhere(A, TOP);
            c.lands("one", 0, &[(A, P1)]);
            c.elsewhere(A, ("/* The youngest one. */\n", ""));
            c.lands("two", 1, &[(A, P2)]);
            c.lands("three", 2, &[(B, P3_BETA), (G, P3_GAMMA)]);
        },
        &[
            (
                "named",
                [
                    "upstreamed identical ancestor@one",
                    "upstreamed identical ancestor@two",
                    "upstreamed identical ancestor@three",
                ],
                &[],
            ),
            (
                "silent",
                [
                    "upstreamed identical patch-id@one",
                    "upstreamed identical patch-id@two",
                    "upstreamed identical patch-id@three",
                ],
                &[],
            ),
        ],
    );
}

/// Upstream's version of `p1` differs in a line, in more, in all of them, and in its only line.
#[test]
fn tweaked() {
    let named = ("named", ["upstreamed adapted ancestor@one", "conflict absent", CARRIED], ONLY_P3);
    let same = ("silent same", ["upstreamed adapted author-date-subject@one", "conflict absent", CARRIED], ONLY_P3);
    let unsure = ["conflict unsure review:similar@one", "blocked absent", CARRIED];
    let unknown = ["conflict absent", "blocked absent", CARRIED];
    let a_line = "\tif (count < 0 || count > ALPHA_MAX) {\n\t\talpha_errors += 1;\n\t\treturn -EINVAL;\n\t}\n";
    let known = ["upstreamed adapted author-date-subject@one", "conflict absent", CARRIED];
    check(
        |c| {
            c.lands("one", 0, &[(A, (P1.0, a_line))]);
        },
        &[named, same, ("redated", known, ONLY_P3), ("foreign", unsure, ONLY_P3)],
    );
    let more = "\tif (count < 0 || count >= ALPHA_MAX)\n\t\treturn alpha_error(EINVAL);\n";
    let all = "\tif (!alpha_is_good(count))\n\t\treturn alpha_error(EINVAL);\n";
    for new in [more, all] {
        check(
            |c| {
                c.lands("one", 0, &[(A, (P1.0, new))]);
            },
            &[named, same, ("redated", unsure, ONLY_P3), ("foreign", unknown, ONLY_P3)],
        );
    }
    check(
        |c| {
            c.p1 = ("\t\treturn -1;\n", "\t\talpha_errors++;\n\t\treturn -EINVAL;\n");
            c.lands("one", 0, &[(A, ("\t\treturn -1;\n", "\t\treturn -ERANGE;\n"))]);
        },
        &[named, same, ("redated", unsure, ONLY_P3), ("foreign", unknown, ONLY_P3)],
    );
}

#[test]
fn squashed() {
    let rows: &[Row] = &[
        ("named", ["upstreamed squashed ancestor@both", "upstreamed squashed ancestor@both", CARRIED], ONLY_P3),
        ("silent foreign", ["upstreamed squashed lines@both", "upstreamed squashed lines@both", CARRIED], ONLY_P3),
        (
            "silent",
            ["upstreamed squashed author-date-subject@both", "upstreamed squashed lines@both", CARRIED],
            ONLY_P3,
        ),
    ];
    check(
        |c| {
            c.elsewhere(A, TOP);
            let both = c.lands("both", 0, &[(A, P1), (A, P2)]);
            c.origins[1].push(both);
        },
        rows,
    );
    let readme = ("read me\n", "read me\nplease\nor not\nas you like\n");
    let oldest = ("\treturn alpha_first;\n", "\treturn alpha_first ? alpha_first : alpha_none;\n");
    check(
        |c| {
            let both = c.lands("both", 0, &[(A, P1), (A, P2), ("README", readme), (A, oldest)]);
            c.origins[1].push(both);
        },
        rows,
    );
}

/// All that is squashed comes again in later words.
#[test]
fn squashed_and_evolved() {
    let later = ("\t\tlog_warn(\"alpha: bad count %d\", count);\n", "\t\talpha_warn(count);\n");
    check(
        |c| {
            let both = c.lands("both", 0, &[(A, P1), (A, P2)]);
            c.origins[1].push(both);
            c.other("later", "A helper", &[(A, later)]);
        },
        &[
            ("named", ["upstreamed squashed ancestor@both", "upstreamed squashed ancestor@both", CARRIED], ONLY_P3),
            ("silent foreign", ["conflict unsure review:similar@both", "blocked absent", CARRIED], ONLY_P3),
            ("silent", ["upstreamed adapted author-date-subject@both", "conflict absent", CARRIED], ONLY_P3),
        ],
    );
}

#[test]
fn split() {
    check(
        |c| {
            c.lands("beta", 2, &[(B, P3_BETA)]);
            c.elsewhere("README", ("read me\n", "read me!\n"));
            c.lands("gamma", 2, &[(G, P3_GAMMA)]);
        },
        &[
            // Two commits are what it was made of.
            ("named", [CARRIED, CARRIED, "upstreamed identical ancestor@beta"], NO_P3),
            ("silent foreign", [CARRIED, CARRIED, "upstreamed split lines@beta"], NO_P3),
            ("silent", [CARRIED, CARRIED, "upstreamed split author-date-subject@beta"], NO_P3),
        ],
    );
}

#[test]
fn partial() {
    let rest: &[Edit] = &[(A, P1), (A, P2), (G, P3_GAMMA)];
    check(
        |c| {
            c.lands("beta", 2, &[(B, P3_BETA)]);
        },
        &[
            ("silent foreign", [CARRIED, CARRIED, "reduced partly review:similar@beta"], rest),
            ("", [CARRIED, CARRIED, "reduced partly review:surplus@beta"], rest),
        ],
    );
}

/// One and two more commits on the same lines.
#[test]
fn evolved() {
    let once = "\tif (!alpha_is_good(count)) {\n\t\talpha_errors++;\n\t\treturn -EINVAL;\n\t}\n";
    let twice = "\tif (!alpha_is_good(count) && strict)\n\t\treturn alpha_failed();\n";
    for steps in 1..=2 {
        check(
            |c| {
                c.lands("one", 0, &[(A, P1)]);
                c.other("more", "Use the helper", &[(A, (P1.1, once))]);
                if steps == 2 {
                    c.other("most", "Fail softly", &[(A, (once, twice))]);
                }
            },
            &[
                (
                    "named",
                    ["upstreamed identical ancestor@one", if steps == 1 { MERGED } else { "conflict absent" }, CARRIED],
                    if steps == 1 { NO_P1 } else { ONLY_P3 },
                ),
                (
                    "silent",
                    ["upstreamed identical patch-id@one", if steps == 1 { MERGED } else { "conflict absent" }, CARRIED],
                    if steps == 1 { NO_P1 } else { ONLY_P3 },
                ),
            ],
        );
    }
    check(
        |c| {
            c.lands("one", 0, &[(A, P1)]);
            c.lands("two", 1, &[(A, P2)]);
            c.other(
                "more",
                "Simplify",
                &[(
                    A,
                    ("\t\talpha_errors++;\n\t\tlog_warn(\"alpha: bad count %d\", count);\n", "\t\talpha_bad(count);\n"),
                )],
            );
        },
        &[
            ("named", ["upstreamed identical ancestor@one", "upstreamed identical ancestor@two", CARRIED], ONLY_P3),
            ("silent", ["upstreamed identical patch-id@one", "upstreamed identical patch-id@two", CARRIED], ONLY_P3),
        ],
    );
}

/// How upstream took `p3` back: nothing else, or with a change of its own in one of the files.
fn take_back(c: &mut Case, name: &'static str, message: &str, is_more: bool) -> Oid {
    let beta = ("void beta_close(struct beta *b)\n", "void beta_close(struct beta *b) /* never fails */\n");
    let undo = [(B, (P3_BETA.1, P3_BETA.0)), (G, (P3_GAMMA.1, P3_GAMMA.0)), (B, beta)];
    c.other(name, message, if is_more { &undo } else { &undo[..2] })
}

const P3: &[(&str, (&str, &str))] = &[(B, P3_BETA), (G, P3_GAMMA)];

fn check_reverted(message: impl Fn(Oid, &Case) -> String, is_more: bool, by: &str, outcome: &str) {
    let line: &'static str = format!("{outcome} reverted reverted:three<{by}").leak();
    check(
        |c| {
            let landed = c.lands("three", 2, P3);
            let message = message(landed, c);
            take_back(c, "back", &message, is_more);
        },
        &[("", [CARRIED, CARRIED, line], ALL)],
    );
}

fn title_of_three(c: &Case) -> &'static str {
    TITLES[2][usize::from(c.looks == Looks::Foreign)]
}

#[test]
fn reverted() {
    check_reverted(|landed, _| format!("Undo\n\nThis reverts commit {landed}."), false, "back", "unchanged");
    check_reverted(|landed, _| format!("Undo\n\nThis reverts commit {landed}."), true, "back", "merged");
    check_reverted(|_, c| format!("Revert \"{}\"", title_of_three(c)), false, "back", "unchanged");
    check_reverted(|_, c| format!("Revert \"{}\"", title_of_three(c)), true, "back", "merged");
}

#[test]
fn reverted_by_hand() {
    check_reverted(|_, _| "This was not good".to_owned(), false, "-", "unchanged");
}

/// Who has the id follows upstream, which went on; who has only looks does not drop what is not there. See decision 6.
#[test]
fn reverted_by_hand_with_something_else() {
    check(
        |c| {
            c.lands("three", 2, P3);
            take_back(c, "back", "This was not good", true);
        },
        &[
            ("named", [CARRIED, CARRIED, "upstreamed identical ancestor@three review:lines-gone@three"], NO_P3),
            ("silent", [CARRIED, CARRIED, "merged reverted reverted:three<-"], ALL),
        ],
    );
}

#[test]
fn reverted_and_reapplied() {
    let rows: &[Row] = &[
        ("named", [CARRIED, CARRIED, "upstreamed identical ancestor@three"], NO_P3),
        ("silent", [CARRIED, CARRIED, "upstreamed identical patch-id@again"], NO_P3),
    ];
    check(
        |c| {
            let landed = c.lands("three", 2, P3);
            let back = take_back(c, "back", &format!("Undo\n\nThis reverts commit {landed}."), false);
            c.other("again", &format!("Redo\n\nThis reverts commit {back}."), P3);
        },
        rows,
    );
    check(
        |c| {
            c.lands("three", 2, P3);
            let title = title_of_three(c);
            take_back(c, "back", &format!("Revert \"{title}\""), true);
            c.other("again", &format!("Reapply \"{title}\""), P3);
        },
        rows,
    );
    check(
        |c| {
            c.lands("three", 2, P3);
            take_back(c, "back", "Not good", true);
            c.other("again", "Good after all", P3);
        },
        rows,
    );
}

#[test]
fn reverted_reapplied_and_reverted() {
    for is_more in [false, true] {
        let outcome = if is_more { "merged" } else { "unchanged" };
        let line = format!("{outcome} reverted reverted:three<back reverted:again<last").leak();
        let silent = format!("{outcome} reverted reverted:again<last reverted:three<back").leak();
        check(
            |c| {
                let landed = c.lands("three", 2, P3);
                let back = take_back(c, "back", &format!("Undo\n\nThis reverts commit {landed}."), false);
                let again = c.other("again", &format!("Redo\n\nThis reverts commit {back}."), P3);
                take_back(c, "last", &format!("Undo redo\n\nThis reverts commit {again}."), is_more);
            },
            &[("named", [CARRIED, CARRIED, line], ALL), ("silent", [CARRIED, CARRIED, silent], ALL)],
        );
    }
}

/// Upstream indents the place in another way, and then has the fix, or both at once.
#[test]
fn indented() {
    let before = "    if (count < 0)\n        return -1;\n";
    let after = "    if (count < 0 || count > ALPHA_MAX) {\n        alpha_errors++;\n        return -EINVAL;\n    }\n";
    check(
        |c| {
            c.elsewhere(A, (P1.0, before));
            c.lands("one", 0, &[(A, (before, after))]);
        },
        &[
            ("named", ["upstreamed adapted ancestor@one", "conflict absent", CARRIED], ONLY_P3),
            ("silent", ["upstreamed adapted patch-id@one", "conflict absent", CARRIED], ONLY_P3),
        ],
    );
    check(
        |c| {
            c.lands("one", 0, &[(A, (P1.0, after))]);
        },
        &[
            ("named", ["upstreamed adapted ancestor@one", "conflict absent", CARRIED], ONLY_P3),
            ("silent", ["upstreamed adapted patch-id@one", "conflict absent", CARRIED], ONLY_P3),
        ],
    );
}

/// Upstream moves the file, or its whole directory, before the fix or after it.
#[test]
fn renamed() {
    for (from, to, other) in
        [("src/alpha.c", "src/omega.c", None), ("src/alpha.c", "lib/alpha.c", Some(("src/beta.c", "lib/beta.c")))]
    {
        for is_before in [true, false] {
            let moves = |c: &Case| {
                let work = c.fork.on("main").rename(from, to);
                other.into_iter().fold(work, |work, (from, to)| work.rename(from, to)).commit("Move it");
            };
            let b = other.map_or(B, |(_, to)| to);
            let p3: &[Edit] = vec![(b, P3_BETA), (G, P3_GAMMA)].leak();
            let p23: &[Edit] = vec![(to, P2), (b, P3_BETA), (G, P3_GAMMA)].leak();
            let three = if other.is_some() { MERGED } else { CARRIED };
            let fix = |c: &mut Case| {
                c.lands("one", 0, &[(if is_before { to } else { from }, P1)]);
            };
            let both = |c: &mut Case| {
                fix(c);
                c.lands("two", 1, &[(if is_before { to } else { from }, P2)]);
            };
            let run = |c: &mut Case, lands: &dyn Fn(&mut Case)| {
                if is_before {
                    moves(c);
                }
                lands(c);
                if !is_before {
                    moves(c);
                }
            };
            // What stands in another file is not the same line for line, as a patch id has it.
            let row = |when, [one, two]: [&str; 2], lands_two: bool| -> Row {
                let one: &'static str = format!("upstreamed {one}").leak();
                let two: &'static str = format!("upstreamed {two}").leak();
                (when, [one, if lands_two { two } else { MERGED }, three], if lands_two { p3 } else { p23 })
            };
            let rows = |lands_two| match is_before {
                true => vec![
                    row("named", ["adapted ancestor@one", "adapted ancestor@two"], lands_two),
                    row("foreign", ["identical lines@one", "identical lines@two"], lands_two),
                    row("", ["adapted author-date-subject@one", "adapted author-date-subject@two"], lands_two),
                ],
                false => vec![
                    row("named", ["identical ancestor@one", "identical ancestor@two"], lands_two),
                    row("silent", ["identical patch-id@one", "identical patch-id@two"], lands_two),
                ],
            };
            check(|c| run(c, &fix), &rows(false));
            check(|c| run(c, &both), &rows(true));
        }
    }
}
