//! Ctrl-C, and the signals that end a process politely: the first asks the job to stop, the second stops it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Exit;

static CANCELLED: AtomicBool = AtomicBool::new(false);

/// Set once somebody has asked the job to stop.
pub fn flag() -> &'static AtomicBool {
    &CANCELLED
}

/// From now on signals set the flag.
pub fn install() {
    // Where there can be no handler, a signal ends the process at once, as it does for any other program: what is half done is not
    // visible, because everything is written all or none.
    ctrlc::set_handler(|| {
        if is_second(&CANCELLED) {
            stop();
        }
    })
    .ok();
}

fn is_second(flag: &AtomicBool) -> bool {
    flag.swap(true, Ordering::Relaxed)
}

#[expect(clippy::exit, reason = "the job did not stop when it was asked to, and it runs in another thread")]
fn stop() {
    std::process::exit(Exit::Interrupted.code().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_signal_asks_and_the_second_stops() {
        let flag = AtomicBool::new(false);
        assert!(!is_second(&flag));
        assert!(flag.load(Ordering::Relaxed));
        assert!(is_second(&flag));
    }
}
