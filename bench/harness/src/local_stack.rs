//! The servers of the local stack, in memory.

use crate::fault::Fault;
use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

/// Running servers; they end with this.
pub(crate) struct LocalStack {
    script: Child,
    facts: Value,
}

impl LocalStack {
    /// Starts SecantusDB, and moto when it is asked for, and waits until they answer.
    pub(crate) fn start(moto: bool) -> Result<Self, Fault> {
        let mut command = Command::new(".venv/bin/python");
        command.args(["localstack/stack.py", "serve", "--data", ":memory:", "--mongo-port", "0"]);
        if moto {
            command.args(["--aws-port", "0"]);
        }
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
