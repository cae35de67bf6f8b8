//! The servers of the local stack.

use crate::fault::Fault;
use serde_json::Value;
use std::fs::remove_dir_all;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Running servers; they end with this.
pub(crate) struct LocalStack {
    script: Child,
    facts: Value,
}

impl LocalStack {
    /// Starts SecantusDB and MiniStack, in memory.
    pub(crate) fn start() -> Result<Self, Fault> {
        Self::serve(&[])
    }

    /// Starts SecantusDB alone, with nothing in it, in a folder: memory has not enough room for many
    /// orders.
    pub(crate) fn start_in(folder: &Path) -> Result<Self, Fault> {
        let name = folder.display().to_string();
        if folder.exists() {
            remove_dir_all(folder).map_err(Fault::io(name.as_str()))?;
        }
        Self::serve(&["--stack=no-aws", "--data", &name])
    }

    /// Waits until the servers answer.
    fn serve(arguments: &[&str]) -> Result<Self, Fault> {
        let mut command = Command::new(".venv/bin/python");
        command.args(["-m", "localstack", "serve"]).args(arguments);
        let mut script = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Fault::io("the local stack (make .venv/.run)"))?;
        let mut line = String::new();
        if let Some(output) = script.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(Fault::io("the local stack"))?;
        }
        let facts = serde_json::from_str(&line).map_err(|error| Fault::Stores(Box::new(error)))?;
        Ok(Self { script, facts })
    }

    /// What a client needs to know; empty when it is of a server that was left out.
    pub(crate) fn fact(&self, name: &str) -> String {
        self.facts[name].as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for LocalStack {
    fn drop(&mut self) {
        // The script stops its servers, and ends, when its stdin closes.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
