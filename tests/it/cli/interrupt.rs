//! Ctrl-C: a job that is told to stop stops, and has written nothing.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use pq::Kind;
use pq::model::Watch;
use pq::ops::rebase::{Duplicates, Foreign, Mode, Options, rebase};
use pq::ops::workbench::{Access, Where, Workbench};
use pq::ops::{edit, look, refresh, status, verify};

use super::fork::Fork;

/// Says stop when it is asked for the n-th time.
struct Stop {
    at: usize,
    asked: AtomicUsize,
}

impl Stop {
    fn at(at: usize) -> Stop {
        Stop { at, asked: AtomicUsize::new(0) }
    }
}

impl Watch for Stop {
    fn phase(&self, _: &'static str, _: Option<u64>) {}

    fn step(&self, _: u64) {}

    fn is_cancelled(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) + 1 >= self.at
    }
}

/// Runs a job that is stopped at ever later moments, until it gets through; before, it must not change anything.
fn stopped_everywhere(fork: &Fork, access: Access, job: impl Fn(&Workbench, &Stop) -> pq::Result<()>) -> usize {
    let mut stops = 0;
    for at in 1.. {
        let before = fork.state();
        let place = Where { start: fork.dir(), ..Where::default() };
        let bench = Workbench::open(place.line().unwrap(), access).unwrap();
        match job(&bench, &Stop::at(at)) {
            Ok(()) => break,
            Err(error) => assert_eq!(error.kind(), Kind::Interrupted, "{error}"),
        }
        assert!(fork.state() == before, "stopped at {at}");
        stops += 1;
    }
    stops
}

/// What is remembered would leave little to stop.
fn forget(fork: &Fork) {
    let paths = |directory| std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    for path in paths(fork.repo().join(".git/pq")) {
        let files = if path.is_dir() { paths(path).collect() } else { vec![path] };
        let is_memory = |file: &PathBuf| {
            ["materialized-", "upstream-", "news-"].iter().any(|it| file.to_string_lossy().contains(it))
        };
        files.iter().filter(|file| is_memory(file)).for_each(|file| std::fs::remove_file(file).unwrap());
    }
}

#[test]
fn a_rebase_can_be_stopped_at_any_moment() {
    let fork = Fork::queue();
    let stops = stopped_everywhere(&fork, Access::Write, |bench, stop| {
        forget(&fork);
        let (onto, commit) = look::release(bench, "v1.1.0")?;
        let options = Options {
            onto,
            commit,
            mode: Mode::Write,
            duplicates: Duplicates::Hold,
            repick: pq::ops::rebase::Repick::Try,
            drivers: pq::git::drivers::Drivers::Run,
            foreign: Foreign::Refuse,
            when: 1,
        };
        rebase(bench, &options, stop).map(drop)
    });
    assert!(stops > 8, "{stops}");
    assert_eq!(fork.git(&["log", "--format=%s", "v1.1.0..pq/queue"]), "net: retry", "in the end it got through");
}

#[test]
fn so_can_edits_and_checks() {
    let fork = Fork::queue();
    let check = refresh::Options {
        mode: refresh::Mode::Check,
        repick: pq::ops::rebase::Repick::Try,
        foreign: Foreign::Refuse,
        when: 1,
    };
    let looking = status::Options { today: "2030-06-15".parse().unwrap(), quick: false, topics: Vec::new() };
    let last = |bench: &Workbench, stop: &Stop| {
        edit::move_to(bench, &pq::ops::chosen::Chosen::of(&["log-say-more"]), &edit::Target::Last, 1, stop).map(drop)
    };
    type Job<'a> = &'a dyn Fn(&Workbench, &Stop) -> pq::Result<()>;
    let jobs: [(Access, Job); 4] = [
        (Access::Read, &|bench, stop| status::status(bench, &looking, stop).map(drop)),
        (Access::Read, &|bench, stop| refresh::refresh(bench, &check, stop).map(drop)),
        (Access::Read, &|bench, stop| verify::verify(bench, stop).map(drop)),
        (Access::Write, &last),
    ];
    for (access, job) in jobs {
        let stops = stopped_everywhere(&fork, access, |bench, stop| {
            forget(&fork);
            job(bench, stop)
        });
        assert!(stops >= 4, "{stops}");
    }
}
