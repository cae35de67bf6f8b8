//! Progress of a run on stderr.

use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// Progress of a known number of steps: a bar on a terminal, one line otherwise.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Starts at 0 of `steps` steps.
    pub(crate) fn new(title: impl Into<String>, steps: usize) -> Self {
        let title = title.into();
        let style = ProgressStyle::with_template("{msg} {wide_bar} {human_pos}/{human_len}, {eta} left")
            .expect("a valid template");
        let bar = ProgressBar::new(steps as u64)
            .with_style(style)
            .with_message(title.clone())
            .with_finish(ProgressFinish::Abandon);
        if bar.is_hidden() {
            eprintln!("{title}");
        }
        Self(bar)
    }

    /// Adds one step.
    pub(crate) fn step(&self) {
        self.steps(1);
    }

    /// Adds `count` steps.
    pub(crate) fn steps(&self, count: usize) {
        self.0.inc(count as u64);
    }
}
