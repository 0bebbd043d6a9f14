//! Where the time of a rebase goes: a dry run through the library, phase by phase, without the start of a process and without writing.
//!
//! `PQ_BENCH_QUEUE=DIR PQ_BENCH_ONTO=REV cargo bench --bench replay`; `PQ_BENCH_RUNS` is how often (5). Prints medians in milliseconds, as
//! one line of `name value` pairs.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use pq::git::drivers::Drivers;
use pq::model::Watch;
use pq::ops::look::release;
use pq::ops::rebase::{Duplicates, Foreign, Mode, Options, Repick, rebase};
use pq::ops::workbench::{Access, Where, Workbench};

/// The phases, in the order in which a rebase goes through them.
const PHASES: [&str; 6] = ["open", "materialize", "range", "evidence", "replay", "texts"];

/// What is printed for a phase that a job announces.
fn printed(phase: &str) -> &'static str {
    match phase {
        "applying patches" => "materialize",
        "reading upstream's commits" => "range",
        "weighing evidence" | "comparing with upstream's commits" | "looking for changes in the new base" => "evidence",
        "carrying patches" => "replay",
        "writing patches" => "texts",
        other => unreachable!("the phase {other:?} is not known here"),
    }
}

/// Notes when each phase begins.
struct Stopwatch(Mutex<Vec<(&'static str, Instant)>>);

impl Stopwatch {
    /// Before the first phase, the queue is opened.
    fn start() -> Stopwatch {
        Stopwatch(Mutex::new(vec![("open", Instant::now())]))
    }

    /// What each phase took; the last one ends now.
    fn stop(self) -> BTreeMap<&'static str, Duration> {
        let mut marks = self.0.into_inner().expect("no phase panicked");
        marks.push(("", Instant::now()));
        let mut took = BTreeMap::new();
        for pair in marks.windows(2) {
            *took.entry(pair[0].0).or_default() += pair[1].1 - pair[0].1;
        }
        took
    }
}

impl Watch for Stopwatch {
    fn phase(&self, name: &'static str, _: Option<u64>) {
        self.0.lock().expect("no phase panicked").push((printed(name), Instant::now()));
    }

    fn step(&self, _: u64) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

fn once(queue: &Path, onto: &str) -> pq::Result<BTreeMap<&'static str, Duration>> {
    let watch = Stopwatch::start();
    let place = Where { start: queue.to_owned(), queue: Some(queue.to_owned()), line: None };
    let bench = Workbench::open(place.line()?, Access::Read)?;
    let (onto, commit) = release(&bench, onto)?;
    let (duplicates, repick) = (Duplicates::Hold, Repick::Try);
    let (mode, drivers, foreign) = (Mode::DryRun, Drivers::Run, Foreign::Refuse);
    let options = Options { onto, commit, mode, duplicates, repick, drivers, foreign, when: 0 };
    rebase(&bench, &options, &watch)?;
    Ok(watch.stop())
}

fn median(runs: &[BTreeMap<&'static str, Duration>], phase: &str) -> f64 {
    let mut all: Vec<Duration> = runs.iter().map(|run| run.get(phase).copied().unwrap_or_default()).collect();
    all.sort();
    all[all.len() / 2].as_secs_f64() * 1000.0
}

fn main() {
    let out = |text: String| writeln!(std::io::stdout(), "{text}").expect("standard output takes it");
    let (Some(queue), Ok(onto)) = (std::env::var_os("PQ_BENCH_QUEUE"), std::env::var("PQ_BENCH_ONTO")) else {
        return out("set PQ_BENCH_QUEUE to a queue's directory and PQ_BENCH_ONTO to a revision".to_owned());
    };
    let count = std::env::var("PQ_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(5).max(1);
    let run = |_| once(&PathBuf::from(&queue), &onto).unwrap_or_else(|error| panic!("{error}"));
    let runs: Vec<_> = (0..count).map(run).collect();
    let words: Vec<String> = PHASES.iter().map(|phase| format!("{phase} {:.1}", median(&runs, phase))).collect();
    out(words.join(" "));
}
