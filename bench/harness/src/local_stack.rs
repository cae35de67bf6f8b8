//! Servers of the local stack.

use crate::error::Error;
use serde_json::Value;
use std::fs::remove_dir_all;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Running servers. Dropping the value stops them.
pub(crate) struct LocalStack {
    script: Child,
    /// Addresses and names, as the script prints them.
    outputs: Value,
}

impl LocalStack {
    /// Starts SecantusDB and MiniStack, in memory.
    pub(crate) fn start() -> Result<Self, Error> {
        Self::serve(&[])
    }

    /// Starts an empty SecantusDB alone, in a folder: many orders do not fit into memory.
    pub(crate) fn start_in(folder: &Path) -> Result<Self, Error> {
        let name = folder.display().to_string();
        if folder.exists() {
            remove_dir_all(folder).map_err(Error::io(name.as_str()))?;
        }
        Self::serve(&["--stack=no-aws", "--data", &name])
    }

    /// Starts the script, and waits until the servers respond.
    fn serve(arguments: &[&str]) -> Result<Self, Error> {
        let mut command = Command::new(".venv/bin/python");
        command.args(["-m", "localstack", "serve"]).args(arguments);
        let mut script = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::io("the local stack (make .venv/.run)"))?;
        let mut line = String::new();
        if let Some(output) = script.stdout.take() {
            BufReader::new(output).read_line(&mut line).map_err(Error::io("the local stack"))?;
        }
        let outputs = serde_json::from_str(&line).map_err(|error| Error::Stores(Box::new(error)))?;
        Ok(Self { script, outputs })
    }

    /// Returns an output of the script; empty when its server was not started.
    pub(crate) fn output(&self, name: &str) -> String {
        self.outputs[name].as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for LocalStack {
    fn drop(&mut self) {
        // The script stops its servers, and ends, when its stdin closes.
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}
