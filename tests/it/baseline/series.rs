//! Random histories: each patch of a queue, and the queue as a whole, against `git merge-tree`, `git am` and `git rebase`.

use std::io::Write;
use std::process::{Command, Stdio};

use pq::model::{Mode, Oid, Outcome};

use crate::support::{Fork, Patches};

/// A generator of numbers that is the same everywhere (SplitMix64, Steele and others 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
}

/// The files of one side while it is made.
type Files = Vec<(String, Vec<String>)>;

const FILES: usize = 12;

fn base_files() -> Files {
    let file = |n: usize| {
        // Lines that repeat, as code has them, so that there is something to mistake.
        let line = |at: usize| if at % 4 == 3 { "}\n".to_owned() } else { format!("file {n} line {at}\n") };
        (format!("d{}/f{n}.txt", n % 3), (0..40).map(line).collect())
    };
    (0..FILES).map(file).collect()
}

/// A random change of one or two files, as a commit; it says which paths it wrote.
fn change(fork: &Fork, files: &mut Files, parent: Oid, dice: &mut Dice, who: &str, nth: usize) -> Oid {
    let mut work = fork.after(&[parent]);
    for _ in 0..=dice.below(2) {
        let at = dice.below(files.len());
        match dice.below(14) {
            0 if files[at].0.matches('/').count() < 3 => {
                let (old, new) = (files[at].0.clone(), format!("{who}/{}", files[at].0));
                work = work.rename(&old, &new);
                files[at].0 = new;
            }
            1 if files.len() > FILES / 2 => work = work.remove(&files.remove(at).0),
            2 => {
                let path = format!("new/{who}{nth}.txt");
                if files.iter().all(|(known, _)| *known != path) {
                    files.push((path, vec![format!("{who} {nth}\n"); 3]));
                    let (path, text) = files.last().unwrap();
                    work = work.write(path, text.concat());
                }
            }
            3 => work = work.mode(&files[at].0, Mode::Executable),
            _ => {
                let (path, text) = &mut files[at];
                for _ in 0..=dice.below(2) {
                    let line = dice.below(text.len().max(1));
                    match dice.below(3) {
                        0 => text.insert(line, format!("{who} {nth} new\n")),
                        1 if text.len() > 5 => drop(text.remove(line)),
                        _ if line < text.len() => text[line] = format!("{who} {nth} changed\n"),
                        _ => {}
                    }
                }
                work = work.write(path, text.concat());
            }
        }
    }
    work.commit(&format!("{who} {nth}"))
}

/// A fork with that many patches on both sides of v1.0.0.
fn history(seed: u64, ours: usize, theirs: usize) -> Fork {
    let fork = Fork::new();
    let mut dice = Dice(seed);
    let files = base_files();
    let work = files.iter().fold(fork.on("main"), |work, (path, text)| work.write(path, text.concat()));
    let base = work.commit("base");
    fork.tag("v1.0.0", base);
    for (branch, count) in [("ours", ours), ("main", theirs)] {
        let (mut files, mut tip) = (files.clone(), base);
        for nth in 0..count {
            tip = change(&fork, &mut files, tip, &mut dice, branch, nth);
        }
        fork.branch(branch, tip);
    }
    fork.tag("v1.1.0", fork.tip("main"));
    fork
}

/// What `git merge-tree` makes of each `base ours theirs`; `None` is a conflict. One process for all.
fn merge_trees(fork: &Fork, merges: &[(Oid, Oid, Oid)]) -> Vec<Option<Oid>> {
    let mut command = Command::new("git");
    command.args(["-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", "--stdin", "-z"]);
    command.current_dir(fork.upstream()).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let input: String = merges.iter().map(|(base, ours, theirs)| format!("{base} -- {ours} {theirs}\n")).collect();
    let mut stdin = child.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let mut results = Vec::new();
    // Each answer: status, NUL, tree, NUL, then for conflicts the files, an empty field, messages; an empty field ends it.
    let fields: Vec<&[u8]> = output.stdout.split(|byte| *byte == 0).collect();
    let mut at = 0;
    while results.len() < merges.len() {
        let is_clean = fields[at] == b"1";
        let tree = Oid::from_hex(fields[at + 1]).unwrap();
        results.push(is_clean.then_some(tree));
        at += 2;
        if !is_clean {
            while !fields[at].is_empty() {
                at += 1;
            }
            at += 1;
        }
        // Messages: the number of paths, the paths, a type, a text.
        while !fields[at].is_empty() {
            let paths: usize = String::from_utf8_lossy(fields[at]).parse().unwrap();
            at += paths + 3;
        }
        at += 1;
    }
    results
}

/// The seeds of some histories. PQ_TEST_HISTORIES asks for more than a test run has time for.
fn seeds(first: u64, usual: u64) -> std::ops::Range<u64> {
    let wanted = std::env::var("PQ_TEST_HISTORIES").ok().and_then(|number| number.parse().ok());
    first..first + wanted.unwrap_or(usual)
}

/// Every patch by itself: where git carries it cleanly, pq gives the same tree.
#[test]
fn single_patches_give_git_s_trees() {
    let (mut same, mut conflicts, mut deviations, mut differ) = (0, 0, 0, Vec::new());
    for seed in seeds(0, 5) {
        let fork = history(seed, 40, 12);
        let range = fork.git(&["rev-list", "--reverse", "--parents", "v1.0.0..ours"]);
        let pairs: Vec<(Oid, Oid)> = range
            .lines()
            .map(|line| {
                line.split_once(' ').map(|(commit, parent)| (commit.parse().unwrap(), parent.parse().unwrap())).unwrap()
            })
            .collect();
        let new = fork.tip("main");
        let merges: Vec<(Oid, Oid, Oid)> = pairs.iter().map(|(commit, parent)| (*parent, new, *commit)).collect();
        let expected = merge_trees(&fork, &merges);
        for ((commit, parent), git) in pairs.iter().zip(expected) {
            let pq = carried(&fork, *parent, *commit, new);
            match (git, pq) {
                (Some(git), Some(pq)) if git == pq => same += 1,
                (None, None) => conflicts += 1,
                (None, Some(_)) if is_followed_deletion(&fork, *parent, new, *commit) => deviations += 1,
                (git, pq) => {
                    differ.push(format!("seed {seed}: git {git:?}, pq {pq:?}\n{}", told(&fork, *parent, new, *commit)))
                }
            }
        }
    }
    assert!(differ.is_empty(), "{same} the same, {conflicts} conflicts\n{}", differ.join("\n"));
    assert!(deviations * 100 < same, "{deviations} are more than an exception");
    assert!(same > 60 && conflicts > 20, "{same} the same, {conflicts} conflicts");
}

/// The patch deletes a file that upstream has moved and not changed: git calls that a conflict.
fn is_followed_deletion(fork: &Fork, base: Oid, ours: Oid, theirs: Oid) -> bool {
    let told = told(fork, base, ours, theirs);
    let mut conflicts = told.lines().filter(|line| line.starts_with("CONFLICT"));
    conflicts
        .all(|line| line.starts_with("CONFLICT (rename/delete)") && line.ends_with(&format!("deleted in {theirs}.")))
}

/// What git says of a merge, for whoever looks for the reason of a difference.
fn told(fork: &Fork, base: Oid, ours: Oid, theirs: Oid) -> String {
    let base_option = format!("--merge-base={base}");
    let (ours, theirs) = (ours.to_string(), theirs.to_string());
    let args = ["-c", "merge.directoryRenames=false", "merge-tree", "--write-tree", &base_option, &ours, &theirs];
    let output = Command::new("git").args(args).current_dir(fork.upstream()).output().unwrap();
    let show = fork.git(&["show", "-M", "--format=", &theirs]);
    let upstream = fork.git(&["diff", "-M", "--name-status", &base.to_string(), &ours]);
    format!("{}\n{show}\nupstream:\n{upstream}", String::from_utf8_lossy(&output.stdout))
}

/// The tree that a patch gives on another base, by pq.
fn carried(fork: &Fork, parent: Oid, commit: Oid, new: Oid) -> Option<Oid> {
    use pq::ops::replay::{Fate, Replay, Step};
    let repo = fork.repo();
    let mut objects = repo.objects();
    let (parent, tree, new) = (fork.tree(parent), fork.tree(commit), fork.tree(new));
    let changes = pq::git::diff_trees(&objects, parent, tree).unwrap();
    let changes = pq::git::renames::join(&objects, changes).unwrap();
    let mut replay = Replay::new(&mut objects, parent, new);
    match replay.carry(&Step { changes: &changes, sections: &[] }).unwrap() {
        Fate::Carried(placed) => Some(placed.tree),
        Fate::Conflict(_) => None,
    }
}

/// Whole queues: what git's own cherry-picks, one after the other and without the ones that are held, come to.
#[test]
fn whole_queues_give_git_s_trees() {
    let mut compared = 0;
    for seed in seeds(1000, 4) {
        let fork = history(seed, 30, 6);
        fork.init("v1.0.0", "ours");
        fork.check();
        let commits: Vec<Oid> =
            fork.git(&["rev-list", "--reverse", "v1.0.0..fork"]).lines().map(|line| line.parse().unwrap()).collect();
        let parents: Vec<Oid> = std::iter::once(fork.tip("main")).chain(commits.iter().copied()).collect();
        let old_base: Oid = fork.git(&["rev-parse", "v1.0.0"]).parse().unwrap();
        let report = fork.checked_rebase("v1.1.0");
        assert_eq!(report.patches.len(), commits.len());
        // Along pq's own series: each step that pq took is the one that git takes.
        let series: Vec<Oid> =
            fork.git(&["rev-list", "--reverse", "v1.1.0..fork"]).lines().map(|line| line.parse().unwrap()).collect();
        let mut tips = std::iter::once(fork.tip("main")).chain(series.iter().copied());
        let mut next = tips.next().unwrap();
        let mut merges = Vec::new();
        let mut results = Vec::new();
        for (at, patch) in report.patches.iter().enumerate() {
            let parent = if at == 0 { old_base } else { parents[at] };
            if patch.outcome.is_held() || patch.outcome == Outcome::Upstreamed {
                continue;
            }
            merges.push((parent, next, commits[at]));
            next = tips.next().unwrap();
            results.push((patch.name.clone(), fork.tree(next)));
        }
        for ((name, tree), git) in results.iter().zip(merge_trees(&fork, &merges)) {
            // What git would not merge pq may have found to be upstream already.
            if let Some(git) = git {
                assert_eq!(git, *tree, "seed {seed}: {name} ({:?})", report.patch(name.as_str()).outcome);
                compared += 1;
            }
        }
        let order = report.outcomes();
        assert!(order.iter().any(|(_, outcome)| !outcome.is_held()), "{order:?}");
    }
    assert!(compared > 50, "{compared}");
}

/// The graph is right: what nobody needs can be dropped, and the rest applies and gives what it gave.
#[test]
fn a_patch_that_nobody_needs_can_be_dropped() {
    let mut dropped = 0;
    for seed in seeds(2000, 2) {
        let fork = history(seed, 16, 1);
        fork.init("v1.0.0", "ours");
        let graph = pq::ops::look::dependencies(&fork.open(), &Default::default(), &pq::model::Silent).unwrap();
        let needed: std::collections::BTreeSet<_> = graph.edges.iter().map(|edge| edge.to.clone()).collect();
        for name in graph.patches.iter().filter(|name| !needed.contains(*name)) {
            let names = [name.to_string()];
            pq::ops::edit::drop(&fork.open(), &pq::ops::chosen::Chosen::of(&names), 1, &pq::model::Silent)
                .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
            fork.check_branch();
            pq::ops::undo::undo(&fork.open(), 2).unwrap();
            dropped += 1;
        }
    }
    assert!(dropped > 5, "{dropped}");
}
