//! How far the run is, on stderr.

use std::io::{IsTerminal as _, stderr};

/// The progress of a case: a line that changes on a terminal, and one line otherwise.
pub(crate) struct Progress {
    title: String,
    live: bool,
}

impl Progress {
    /// Begins a case.
    pub(crate) fn new(title: String) -> Self {
        let live = stderr().is_terminal();
        if !live {
            eprintln!("{title}");
        }
        Self { title, live }
    }

    /// Shows where the case is.
    pub(crate) fn show(&self, step: &str, done: usize, of: usize) {
        if self.live {
            // To the beginning of the line, and clear what was there.
            eprint!("\r\x1b[2K{}: {step} {done}/{of}", self.title);
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
