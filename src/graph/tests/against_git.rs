//! The promise of the graph, tried with git: a patch that does not need another can be carried without it, and the merge is clean.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::history::{File, History, Kinds, Tree};

const PATCHES: usize = 6;

/// A bare repository for trees, and git in it without anybody's configuration.
struct Git(tempfile::TempDir);

/// What a three-way merge gave.
struct Merged {
    tree: String,
    is_clean: bool,
}

impl Git {
    fn new() -> Git {
        let git = Git(tempfile::tempdir().unwrap());
        git.run(&["init", "-q", "--bare", "."], b"");
        git
    }

    fn run(&self, args: &[&str], input: &[u8]) -> Vec<u8> {
        let dir: &Path = self.0.path();
        let settings = ["-c", "merge.directoryRenames=false", "-c", "core.fsync=none"];
        let mut command = Command::new("git");
        command.args(settings).args(args).current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
        let writer = std::thread::spawn(move || stdin.write_all(&input));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap().unwrap();
        assert!(output.status.success(), "git {args:?} failed");
        output.stdout
    }

    /// Writes each tree as a commit, and says their ids.
    fn store<'a>(&self, trees: impl Iterator<Item = &'a Tree>) -> Vec<String> {
        let file = |(path, file): (&String, &File)| {
            let bytes = file.bytes();
            let header = format!("M {} inline {path}\ndata {}\n", file.mode.as_octal(), bytes.len());
            [header.as_bytes(), &bytes, b"\n"].concat()
        };
        self.commit(trees.map(|tree| tree.iter().flat_map(file).collect()))
    }

    /// Makes commits of trees that are there, and says their ids.
    fn commit_trees<'a>(&self, trees: impl Iterator<Item = &'a String>) -> Vec<String> {
        self.commit(trees.map(|tree| format!("M 040000 {tree} \n").into_bytes()))
    }

    /// One commit without parents for each description of its files, all in one process.
    fn commit(&self, files: impl Iterator<Item = Vec<u8>>) -> Vec<String> {
        const START: &str = "commit refs/heads/x\nmark :1\ncommitter a <a@b> 1700000000 +0000\ndata 0\nfrom ";
        let start = format!("{START}{}\ndeleteall\n", "0".repeat(40)).into_bytes();
        let stream: Vec<u8> = files.flat_map(|files| [&start[..], &files, b"\nget-mark :1\n"].concat()).collect();
        let ids = String::from_utf8(self.run(&["fast-import", "--quiet", "--force"], &stream)).unwrap();
        ids.lines().map(str::to_owned).collect()
    }

    /// Merges base, ours, theirs, all in one process.
    fn merge(&self, merges: &[[String; 3]]) -> Vec<Merged> {
        let lines: String = merges.iter().map(|[base, ours, theirs]| format!("{base} -- {ours} {theirs}\n")).collect();
        let output =
            self.run(&["merge-tree", "--write-tree", "--no-messages", "--name-only", "--stdin"], lines.as_bytes());
        let mut fields = output.split(|byte| *byte == 0);
        let mut merged = Vec::new();
        while let Some(status) = fields.next().filter(|status| !status.is_empty()) {
            let tree = String::from_utf8(fields.next().unwrap().to_vec()).unwrap();
            fields.by_ref().take_while(|name| !name.is_empty()).for_each(drop);
            merged.push(Merged { tree, is_clean: status == b"1" });
        }
        assert_eq!(merged.len(), merges.len(), "git merge-tree says something else than expected");
        merged
    }
}

/// The histories, each with the commits of its base and of each patch.
fn stored_histories(git: &Git, cases: u64, kinds: Kinds) -> Vec<(History, Vec<String>)> {
    let histories: Vec<History> = (0..cases).map(|seed| History::random(seed + 1, PATCHES, kinds)).collect();
    let ids = git.store(histories.iter().flat_map(|history| &history.trees));
    let ids: Vec<Vec<String>> = ids.chunks(PATCHES + 1).map(<[String]>::to_vec).collect();
    assert_eq!(ids.len(), histories.len());
    histories.into_iter().zip(ids).collect()
}

/// A queue that is carried without one of its patches.
struct Carried {
    history: History,
    commits: Vec<String>,
    dropped: usize,
    tip: String,
}

/// Drops one patch and all that need it, and carries the rest one by one.
#[test]
fn what_does_not_need_a_patch_is_carried_without_it() {
    let git = Git::new();
    let drop_one = |(case, (history, commits)): (usize, (History, Vec<String>))| {
        let dropped = case % (PATCHES - 1);
        let tip = commits[dropped].clone();
        Carried { history, commits, dropped, tip }
    };
    let mut queues: Vec<Carried> =
        stored_histories(&git, 500, Kinds::All).into_iter().enumerate().map(drop_one).collect();
    let mut merges_done = 0;
    for patch in 1..PATCHES {
        let stays = |queue: &&mut Carried| {
            patch > queue.dropped && !queue.history.graph().all_needed_by(queue.dropped).contains(&patch)
        };
        let mut queues: Vec<&mut Carried> = queues.iter_mut().filter(stays).collect();
        let merge =
            |queue: &&mut Carried| [&queue.commits[patch], &queue.tip, &queue.commits[patch + 1]].map(String::clone);
        let merged = git.merge(&queues.iter().map(merge).collect::<Vec<_>>());
        for (queue, merged) in queues.iter().zip(&merged) {
            let (dropped, touches, graph) = (queue.dropped, &queue.history.touches, queue.history.graph());
            assert!(merged.is_clean, "{patch} without {dropped}: {touches:#?}\n{:#?}", graph.edges());
        }
        let tips = git.commit_trees(merged.iter().map(|merged| &merged.tree));
        merges_done += tips.len();
        queues.iter_mut().zip(tips).for_each(|(queue, tip)| queue.tip = tip);
    }
    assert!(merges_done > 700, "only {merges_done} merges: the histories test nothing");
}

/// Takes away the patch right before another: with lines in common, the merge must conflict, or there would be no reason for the edge.
#[test]
fn a_dependency_on_lines_is_a_conflict_without_them() {
    let git = Git::new();
    let histories = stored_histories(&git, 120, Kinds::LinesOnly);
    let needs = histories.iter().flat_map(|(history, _)| {
        let graph = history.graph();
        (1..PATCHES).map(move |from| graph.edge(from, from - 1).is_some())
    });
    let merges = histories
        .iter()
        .flat_map(|(_, commits)| (1..PATCHES).map(|from| [from, from - 1, from + 1].map(|at| commits[at].clone())));
    let merged = git.merge(&merges.collect::<Vec<_>>());
    let (mut needed, mut conflicts) = (0, 0);
    for (needs, merged) in needs.zip(merged) {
        assert!(needs || merged.is_clean, "a conflict without a dependency");
        needed += usize::from(needs);
        conflicts += usize::from(!merged.is_clean);
    }
    assert!(needed > 150, "only {needed} dependencies: the histories test nothing");
    assert!(needed - conflicts <= needed / 50, "{} of {needed} dependencies are none for git", needed - conflicts);
}
