//! A killed process leaves the old state or the new one, and does not stand in the way of the next command.
//!
//! Twice: every prefix of what an operation writes is laid out and opened; and processes are really killed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use pq::git::RefEdit;
use pq::model::Silent;
use pq::ops::transaction::Operation;
use pq::ops::workbench::{Access, State, Where, Workbench};
use pq::ops::{edit, init, rebase};

use crate::support::{Fork, Snapshot, files_below, kill as killing, lines};

/// Files of a directory, by relative path.
type Files = BTreeMap<String, Vec<u8>>;

/// How many patches the queue has.
const PATCHES: usize = 52;

/// A fork with a branch of some fifty commits in as many files, each of which upstream changes, some beyond merging.
fn fork() -> Fork {
    let fork = Fork::new();
    let file = |n: usize| format!("f{n:02}.txt");
    let work = (0..PATCHES).fold(fork.on("main"), |work, n| work.write(&file(n), lines(30)));
    let base = work.commit("base");
    fork.tag("v1.0.0", base);
    fork.branch("ours", base);
    for n in 0..PATCHES {
        fork.on("ours").edit(&file(n), "line 15\n", "ours\n").commit(&format!("Patch {n:02}"));
    }
    let near = |n: usize| if n.is_multiple_of(5) { "line 15\n" } else { "line 13\n" };
    let work = (0..PATCHES).fold(fork.on("main"), |work, n| work.edit(&file(n), near(n), "theirs\n"));
    fork.tag("v1.1.0", work.commit("upstream"));
    fork
}

const OPERATIONS: [&str; 4] = ["init", "rebase", "drop", "undo"];

/// Brings the fork to where the operation starts.
fn prepare(fork: &Fork, operation: &str) {
    if operation != "init" {
        fork.init("v1.0.0", "ours");
    }
    if operation == "undo" {
        run(&fork.dir().join("queue"), "rebase").unwrap();
    }
}

/// The operation; also run in a process of its own, which knows nothing but the directory.
fn run(queue: &Path, operation: &str) -> pq::Result<()> {
    let upstream = queue.with_file_name("upstream");
    let open = || Workbench::open(Where { start: queue.to_owned(), ..Where::default() }.line()?, Access::Write);
    match operation {
        "init" => {
            let options = init::Options {
                dir: queue.to_owned(),
                upstream,
                base: "v1.0.0".into(),
                from: Some("ours".into()),
                name: Some("line".into()),
                branch: Some("fork".into()),
                when: 1,
            };
            init::init(&options, &Silent).map(drop)
        }
        "rebase" => {
            let bench = open()?;
            let commit = bench.repo.resolve("v1.1.0")?;
            let (mode, foreign) = (rebase::Mode::Write, rebase::Foreign::Refuse);
            let options = rebase::Options {
                onto: "v1.1.0".into(),
                commit,
                mode,
                duplicates: rebase::Duplicates::Hold,
                repick: rebase::Repick::Try,
                drivers: pq::git::drivers::Drivers::Run,
                foreign,
                when: 2,
            };
            rebase::rebase(&bench, &options, &Silent).map(drop)
        }
        "drop" => {
            let names: Vec<String> = (0..PATCHES).step_by(3).map(|n| format!("patch-{n:02}")).collect();
            edit::drop(&open()?, &pq::ops::chosen::Chosen::of(&names), 3, &Silent).map(drop)
        }
        "undo" => pq::ops::undo::undo(&open()?, 4).map(drop),
        other => panic!("{other}"),
    }
}

/// The queue and the refs and state files of the repository, but not its objects.
struct Disk {
    queue: Files,
    git: Files,
}

impl Disk {
    fn read(fork: &Fork) -> Disk {
        let mut git = files_below(&fork.upstream().join(".git"));
        git.retain(|path, _| !path.starts_with("objects/"));
        Disk { queue: files_below(&fork.queue()), git }
    }

    fn write(&self, fork: &Fork) {
        let git = fork.upstream().join(".git");
        drop(std::fs::remove_file(git.join("packed-refs.lock")));
        for directory in [fork.queue(), git.join("refs"), git.join("pq"), git.join("logs")] {
            drop(std::fs::remove_dir_all(directory));
        }
        put(&fork.queue(), &self.queue);
        put(&git, &self.git);
        std::fs::create_dir_all(git.join("refs/heads")).unwrap();
    }
}

fn put(root: &Path, files: &Files) {
    for (path, bytes) in files {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}

/// Does one thing to the disk.
type Write = Box<dyn Fn(&Fork)>;

/// What the operation writes after its objects, one step each, on top of the state before.
fn steps(old: &Disk, new: &Disk, state: &State, fork: &Fork) -> Vec<Write> {
    let mut steps: Vec<Write> = Vec::new();
    let (refs, marker) = marker(old, new, state, fork);
    let pending = state.pending.clone();
    steps.push(Box::new(move |_| put(pending.parent().unwrap(), &Files::from([("pending".into(), marker.clone())]))));
    let changed = |(path, bytes): &(&String, &Vec<u8>)| old.queue.get(*path) != Some(*bytes);
    let written: Files = new.queue.iter().filter(changed).map(|(path, bytes)| (path.clone(), bytes.clone())).collect();
    let temporary = |path: &str| match path.rsplit_once('/') {
        Some((directory, _)) => format!("{directory}/.pq-tmp-1-{}", path.len()),
        None => ".pq-tmp-1-0".to_owned(),
    };
    let half: Files =
        written.iter().map(|(path, bytes)| (temporary(path), bytes[..bytes.len() / 2].to_vec())).collect();
    steps.push(Box::new(move |fork| put(&fork.queue(), &half)));
    for (path, bytes) in written {
        steps.push(Box::new(move |fork| put(&fork.queue(), &Files::from([(path.clone(), bytes.clone())]))));
    }
    for path in old.queue.keys().filter(|path| !new.queue.contains_key(*path)) {
        let path = path.clone();
        steps.push(Box::new(move |fork| std::fs::remove_file(fork.queue().join(&path)).unwrap()));
    }
    let names = refs.iter().map(|edit| edit.name.as_str()).chain(["packed-refs"]);
    let locks: Files = names.map(|name| (format!("{name}.lock"), Vec::new())).collect();
    steps.push(Box::new(move |fork| put(&fork.upstream().join(".git"), &locks)));
    for edit in refs {
        steps.push(Box::new(move |fork| {
            let git = fork.upstream().join(".git");
            match edit.new {
                Some(id) => put(&git, &Files::from([(edit.name.clone(), format!("{id}\n").into_bytes())])),
                None => std::fs::remove_file(git.join(&edit.name)).unwrap(),
            }
            std::fs::remove_file(git.join(format!("{}.lock", edit.name))).unwrap();
        }));
    }
    let (pending, lock) = (state.pending.clone(), fork.upstream().join(".git/packed-refs.lock"));
    steps.push(Box::new(move |_| std::fs::remove_file(&lock).unwrap()));
    steps.push(Box::new(move |_| std::fs::remove_file(&pending).unwrap()));
    steps
}

/// The refs that moved, and the marker that names the operation: made of what is in the repository afterwards.
fn marker(old: &Disk, new: &Disk, state: &State, fork: &Fork) -> (Vec<RefEdit>, Vec<u8>) {
    let parse = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).trim().parse().ok();
    let is_ref = |path: &&String| path.starts_with("refs/");
    let names: std::collections::BTreeSet<&String> = old
        .git
        .keys()
        .chain(new.git.keys())
        .filter(is_ref)
        .filter(|path| old.git.get(*path) != new.git.get(*path))
        .collect();
    let value = |disk: &Disk, name: &String| disk.git.get(name).and_then(parse);
    let edit = |name: &&String| RefEdit { name: (*name).clone(), old: value(old, name), new: value(new, name) };
    let refs: Vec<RefEdit> = names.iter().map(edit).collect();
    let to: pq::model::Oid = value(new, &state.log).expect("every operation moves the log");
    let objects = fork.repo().objects();
    let backwards = value(old, &state.log).is_some_and(|id| Operation::read(&objects, id).unwrap().before == Some(to));
    let from = if backwards { value(old, &state.log) } else { Operation::read(&objects, to).unwrap().before };
    let text = serde_json::json!({ "from": from, "to": to, "refs": refs });
    (refs, serde_json::to_vec(&text).unwrap())
}

/// Opens what a killed process left, and checks that it is one state or the other.
fn check(fork: &Fork, old: &Snapshot, new: &Snapshot, what: &str) -> bool {
    let opened = fork.try_open(Access::Read);
    let mut now = fork.snapshot();
    if let Err(error) = opened {
        // What `init` wrote before pq.toml, its last file, makes no queue: the next `init` takes it away.
        assert!(!old.files.contains_key("pq.toml") && !now.files.contains_key("pq.toml"), "{what}: {error}");
        assert_eq!(now.refs, old.refs, "{what}");
        run(&fork.queue(), "init").unwrap();
        now = fork.snapshot();
        assert_eq!(now, *new, "{what}");
    }
    // Temporary files are no part of a queue; the next write takes them away.
    now.files.retain(|path, _| !path.contains(".pq-tmp-"));
    let is_new = now == *new;
    assert!(is_new || now == *old, "{what}: neither old nor new\n{}", differences(&now, old, new));
    assert!(!fork.upstream().join(".git/packed-refs.lock").exists(), "{what}");
    let left = files_below(&fork.upstream().join(".git/refs"));
    assert!(!left.keys().any(|path| path.ends_with(".lock")), "{what}: {:?}", left.keys());
    is_new
}

fn differences(now: &Snapshot, old: &Snapshot, new: &Snapshot) -> String {
    let differ = |other: &Snapshot| {
        let files =
            now.files.keys().chain(other.files.keys()).filter(|path| now.files.get(*path) != other.files.get(*path));
        let refs = now.refs.keys().chain(other.refs.keys()).filter(|path| now.refs.get(*path) != other.refs.get(*path));
        files.chain(refs).cloned().collect::<std::collections::BTreeSet<_>>()
    };
    format!("from old: {:?}\nfrom new: {:?}", differ(old), differ(new))
}

/// Runs the operation again, or finds it done; the queue is whole then.
fn finish(fork: &Fork, operation: &str, is_new: bool, new: &Snapshot) {
    if !is_new {
        run(&fork.queue(), operation).unwrap();
    }
    assert_eq!(fork.snapshot().files, new.files);
    fork.check_branch();
}

#[test]
fn every_prefix_of_what_is_written_is_the_old_state_or_the_new_one() {
    let mut points = 0;
    for operation in OPERATIONS {
        let fork = fork();
        prepare(&fork, operation);
        let state = State::of(&fork.repo(), &fork.queue());
        let (old, before) = (Disk::read(&fork), fork.snapshot());
        run(&fork.queue(), operation).unwrap();
        let (new, after) = (Disk::read(&fork), fork.snapshot());
        let steps = steps(&old, &new, &state, &fork);
        for count in 0..=steps.len() {
            old.write(&fork);
            steps[..count].iter().for_each(|step| step(&fork));
            let is_new = check(&fork, &before, &after, &format!("{operation} after {count} of {}", steps.len()));
            assert!(is_new || count < steps.len());
            if count % 9 == 0 {
                finish(&fork, operation, is_new, &after);
            }
            points += 1;
        }
    }
    assert!(points >= 200, "{points}");
}

#[test]
#[ignore = "run by the tests that kill it"]
fn child() {
    killing::child(run);
}

fn spawn(fork: &Fork, operation: &str) -> std::process::Child {
    killing::spawn(fork, module_path!(), operation)
}

/// Kills a process at some moment of its life, or so long after it began to write.
fn kill(fork: &Fork, operation: &str, state: &State, moment: Duration, from_marker: bool) {
    let mut child = spawn(fork, operation);
    let start = Instant::now();
    while from_marker && !state.pending.exists() && child.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(60));
    }
    let start = Instant::now();
    while start.elapsed() < moment && child.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
    drop(child.kill());
    child.wait().unwrap();
}

#[test]
fn killed_processes_leave_the_old_state_or_the_new_one() {
    for operation in OPERATIONS {
        let fork = fork();
        prepare(&fork, operation);
        let state = State::of(&fork.repo(), &fork.queue());
        let (old, before) = (Disk::read(&fork), fork.snapshot());
        let whole = killing::whole(&fork, module_path!(), operation);
        let after = fork.snapshot();
        let mut seen = [0, 0];
        for n in 0..16u32 {
            old.write(&fork);
            let from_marker = n % 4 != 0;
            let moment = if from_marker { Duration::from_micros(u64::from(n) * 700) } else { whole * n / 16 };
            kill(&fork, operation, &state, moment, from_marker);
            let is_new = check(&fork, &before, &after, &format!("{operation}, kill {n} after {moment:?}"));
            seen[usize::from(is_new)] += 1;
            if n % 4 == 1 {
                finish(&fork, operation, is_new, &after);
            }
        }
        assert!(operation == "init" || seen[0] > 0, "{operation}: killed too late each time");
    }
}

/// A person edits a file after a process was killed and before the next command: that is not taken back.
#[test]
fn what_a_person_wrote_after_a_kill_stays() {
    let fork = fork();
    prepare(&fork, "drop");
    let state = State::of(&fork.repo(), &fork.queue());
    let old = Disk::read(&fork);
    run(&fork.queue(), "drop").unwrap();
    let new = Disk::read(&fork);
    let steps = steps(&old, &new, &state, &fork);
    for count in [2, 8, steps.len() - 1] {
        old.write(&fork);
        steps[..count].iter().for_each(|step| step(&fork));
        let file = fork.queue().join("patches/patch-01.patch");
        let mine = std::fs::read_to_string(&file).unwrap().replace("Subject: Patch", "Subject: My patch");
        std::fs::write(&file, &mine).unwrap();
        let dropped = fork.queue().join("patches/patch-00.patch");
        std::fs::write(&dropped, "my notes\n").unwrap();
        fork.try_open(Access::Read).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), mine);
        assert_eq!(std::fs::read_to_string(&dropped).unwrap(), "my notes\n");
    }
}

/// A ref that a killed git left locked, long before: that is said, not passed over; nothing changes.
#[test]
fn a_foreign_lock_is_named_and_nothing_is_half_done() {
    let fork = fork();
    prepare(&fork, "drop");
    let lock = fork.upstream().join(".git/refs/heads/fork.lock");
    std::fs::write(&lock, "").unwrap();
    std::fs::File::options().append(true).open(&lock).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
    let before = fork.snapshot();
    let error = run(&fork.queue(), "drop").unwrap_err();
    assert!(error.to_string().contains("refs/heads/fork"), "{error}");
    assert_eq!(fork.snapshot(), before);
    std::fs::remove_file(lock).unwrap();
    run(&fork.queue(), "drop").unwrap();
    fork.check_branch();
}

#[test]
fn two_processes_never_work_at_once() {
    let fork = fork();
    prepare(&fork, "drop");
    let bench = fork.open();
    let before = fork.snapshot();
    let start = Instant::now();
    let error = run(&fork.queue(), "drop").unwrap_err();
    assert!(error.to_string().contains(&std::process::id().to_string()), "{error}");
    assert!(start.elapsed() < Duration::from_secs(10));
    assert!(!spawn(&fork, "drop").wait().unwrap().success());
    assert_eq!(fork.snapshot(), before);
    // Looking is allowed meanwhile.
    fork.try_open(Access::Read).unwrap();
    drop(bench);
    let mut children: Vec<_> = (0..3).map(|_| spawn(&fork, "drop")).collect();
    let done = children.iter_mut().filter_map(|child| child.wait().unwrap().success().then_some(())).count();
    assert_eq!(done, 1, "the others find the patches gone");
    fork.check_branch();
}

#[test]
fn two_inits_at_once_make_one_queue() {
    let fork = fork();
    let mut children: Vec<_> = (0..3).map(|_| spawn(&fork, "init")).collect();
    let done = children.iter_mut().filter_map(|child| child.wait().unwrap().success().then_some(())).count();
    assert_eq!(done, 1);
    fork.check_branch();
    let log = pq::ops::undo::log(&fork.open()).unwrap();
    assert_eq!(log.operations.len(), 1, "{log:?}");
}

/// Whoever looks while another process writes sees one queue, not a mixture of two.
#[test]
fn a_reader_sees_the_old_queue_or_the_new_one() {
    let fork = fork();
    prepare(&fork, "rebase");
    let before = fork.snapshot().files;
    run(&fork.queue(), "rebase").unwrap();
    let after = fork.snapshot().files;
    let queue = fork.queue();
    let writer = std::thread::spawn(move || {
        for _ in 0..4 {
            for operation in ["undo", "rebase"] {
                run(&queue, operation).unwrap();
                std::thread::sleep(Duration::from_millis(60));
            }
        }
    });
    let (mut looks, mut seen) = (0, [false; 2]);
    while !writer.is_finished() {
        let Ok(bench) = fork.try_open(Access::Read) else { panic!("{}", fork.try_open(Access::Read).err().unwrap()) };
        let is_new = bench.manifest().line.base == "v1.1.0";
        let files = if is_new { &after } else { &before };
        for patch in &bench.manifest().patches {
            assert!(
                files.get(&patch.name.file()).map(Vec::as_slice) == Some(bench.file(&patch.name)),
                "{}",
                patch.name
            );
        }
        seen[usize::from(is_new)] = true;
        looks += 1;
    }
    writer.join().unwrap();
    assert!(looks > 1, "{looks} {seen:?}");
}
