//! How far the run is, on stderr.

use std::cell::Cell;
use std::io::{IsTerminal as _, stderr};

/// The progress of something that has a known number of steps: a line that changes on a terminal,
/// and one line otherwise.
pub(crate) struct Progress {
    title: String,
    of: usize,
    done: Cell<usize>,
    live: bool,
}

impl Progress {
    /// Begins.
    pub(crate) fn new(title: impl Into<String>, of: usize) -> Self {
        let (title, live) = (title.into(), stderr().is_terminal());
        if !live {
            eprintln!("{title}");
        }
        Self { title, of, done: Cell::default(), live }
    }

    /// One more is done.
    pub(crate) fn step(&self) {
        self.steps(1);
    }

    /// Some more are done.
    pub(crate) fn steps(&self, count: usize) {
        self.done.set(self.done.get() + count);
        if self.live {
            // To the beginning of the line, and clear what was there.
            eprint!("\r\x1b[2K{}: {}/{}", self.title, self.done.get(), self.of);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.live {
            eprintln!();
        }
    }
}
