//! A line on the terminal that says how far a long job is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::model::Watch;

/// Jobs that end sooner show nothing.
const DELAY: Duration = Duration::from_millis(250);
/// How often the line is drawn at most, per second.
const RATE: u8 = 20;
/// How often the spinner turns while there is no other news.
const TURN: Duration = Duration::from_millis(100);

/// Draws what a job tells, and hands on the wish to stop it.
#[derive(Debug)]
pub struct Progress {
    is_drawn: bool,
    cancelled: &'static AtomicBool,
    line: Mutex<Option<Line>>,
}

/// The line while there is one. Dropping `finished` tells the thread that waits to show it.
#[derive(Debug)]
struct Line {
    bar: ProgressBar,
    _finished: Sender<()>,
}

impl Progress {
    /// `is_drawn`: whether somebody can see it, that is, standard error is a terminal. `cancelled` is set from outside.
    pub fn new(is_drawn: bool, cancelled: &'static AtomicBool) -> Progress {
        Progress { is_drawn, cancelled, line: Mutex::new(None) }
    }

    /// Erases the line; the next phase starts another one.
    pub fn finish(&self) {
        if let Some(line) = self.line().take() {
            line.bar.finish_and_clear();
        }
    }

    fn line(&self) -> std::sync::MutexGuard<'_, Option<Line>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.finish();
    }
}

impl Watch for Progress {
    fn phase(&self, name: &'static str, total: Option<u64>) {
        if self.is_drawn {
            let mut line = self.line();
            let bar = &line.get_or_insert_with(Line::start).bar;
            bar.set_style(style(total));
            bar.set_message(name);
            bar.set_length(total.unwrap_or(0));
            bar.set_position(0);
        }
    }

    fn step(&self, n: u64) {
        if let Some(line) = &*self.line() {
            line.bar.inc(n);
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Line {
    fn start() -> Line {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        let (finished, wait) = channel();
        let shown = bar.clone();
        std::thread::spawn(move || show_later(&shown, &wait));
        Line { bar, _finished: finished }
    }
}

/// Shows the bar after the delay, unless the job is finished by then.
fn show_later(bar: &ProgressBar, finished: &Receiver<()>) {
    if finished.recv_timeout(DELAY) == Err(RecvTimeoutError::Timeout) && !bar.is_finished() {
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(RATE));
        bar.enable_steady_tick(TURN);
    }
}

fn style(total: Option<u64>) -> ProgressStyle {
    let template = match total {
        Some(_) => "{spinner} {msg} {wide_bar} {pos}/{len}",
        None => "{spinner} {msg} {human_pos}",
    };
    ProgressStyle::with_template(template).expect("the templates are fixed and valid")
}
