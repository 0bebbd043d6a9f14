//! Processes that are killed at some moment of their life. What they run is in the test binary itself, as a test that does nothing unless it is
//! started from here.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::Fork;

const QUEUE: &str = "PQ_TEST_QUEUE";
const OPERATION: &str = "PQ_TEST_OPERATION";

/// The body of a module's test `child`, which is ignored but for those that kill it.
pub fn child(run: impl Fn(&Path, &str) -> pq::Result<()>) {
    if let (Some(queue), Ok(operation)) = (std::env::var_os(QUEUE), std::env::var(OPERATION)) {
        run(&PathBuf::from(queue), &operation).unwrap();
    }
}

/// Starts an operation on a fork's queue in a process of its own: by the test `child` of a module.
pub fn spawn(fork: &Fork, module: &str, operation: &str) -> Child {
    let name = format!("{}::child", module.strip_prefix("it::").unwrap());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &name, "--ignored", "--nocapture"]);
    command.env(QUEUE, fork.queue()).env(OPERATION, operation);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// How long the operation takes if nobody kills it.
pub fn whole(fork: &Fork, module: &str, operation: &str) -> Duration {
    let begun = Instant::now();
    assert!(spawn(fork, module, operation).wait().unwrap().success(), "{operation}");
    begun.elapsed()
}

/// Moments of an operation at which it is killed, spread over the time that it takes.
pub struct Moments {
    whole: Duration,
    count: u32,
    killed: u32,
}

impl Moments {
    /// So many; `whole` is how long it took once.
    pub fn new(whole: Duration, count: u32) -> Moments {
        Moments { whole, count, killed: 0 }
    }

    /// Kills a process at the n-th moment. One that was done before shows that it takes less time than was thought: the machine was busy then.
    pub fn kill(&mut self, mut child: Child, n: u32) {
        let moment = (self.whole * (n + 4) / (self.count + 4)).saturating_sub(Duration::from_micros(250));
        std::thread::sleep(moment);
        match child.try_wait().unwrap() {
            Some(_) => self.whole = moment,
            None => self.killed += 1,
        }
        drop(child.kill());
        child.wait().unwrap();
    }

    /// Demands that enough of them were at work when they were killed.
    pub fn check(&self, operation: &str) {
        assert!(self.killed > self.count / 4, "{operation} was mostly done before it was killed");
    }
}

/// A killed process can leave lock files, as a killed git does: who knows that nobody is at work deletes them. Those of index and HEAD are left for
/// pq, which knows its own.
pub fn remove_locks(directory: &Path) {
    for path in std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true if name != "objects" => remove_locks(&path),
            false if name.ends_with(".lock") && name != "index.lock" && name != "HEAD.lock" => {
                std::fs::remove_file(path).unwrap();
            }
            _ => {}
        }
    }
}
