//! Process of a function, measured from its start to its end.

use crate::error::Error;
use crate::program::Program;
use crate::settings::Paths;
use crate::stores::Stores;
use crate::usage::{self, Usage};
use axum::body::Bytes;
use lambda_emulator::InvocationQueue;
use serde_json::Value;
use std::fs::{OpenOptions, create_dir_all};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// Timeout of an invocation, and maximum time until the first poll.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Time between two checks that a process still runs while the harness waits for it.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Running process. Dropping the value ends it.
pub(crate) struct Instance {
    process: lambda_emulator::Instance,
    queue: InvocationQueue,
    program: String,
    log: PathBuf,
    /// Time from exec to the first poll.
    pub(crate) init: Duration,
}

/// Figures of an invocation.
pub(crate) struct Invocation {
    /// Time from the delivery of the event to the posted response; a client waits for it.
    pub(crate) latency: Duration,
    /// Time from the delivery to the next poll; AWS bills it.
    pub(crate) until_next_poll: Duration,
    /// Time of the response.
    pub(crate) responded_at: Instant,
    /// Body of the response.
    pub(crate) response: Bytes,
}

impl Instance {
    /// Starts a function of this repository.
    pub(crate) async fn of(function: &str, stores: &Stores, paths: &Paths) -> Result<Self, Error> {
        Self::start(&Program::function(function, paths), &stores.environment(), &paths.logs()).await
    }

    /// Starts a process, with `env` as its environment, and waits for its first poll.
    pub(crate) async fn start(
        program: &Program,
        env: &[(String, String)],
        logs: &Path,
    ) -> Result<Self, Error> {
        create_dir_all(logs).map_err(Error::io(logs.display().to_string()))?;
        let log = logs.join(format!("{}.log", program.name));
        let output = || OpenOptions::new().create(true).append(true).open(&log).map(Stdio::from);
        let logged = |error| Error::io(log.display().to_string())(error);
        let mut command = program.command();
        command
            .env_clear()
            .envs(env.iter().cloned())
            .stdin(Stdio::null())
            .stdout(output().map_err(logged)?)
            .stderr(output().map_err(logged)?);
        let executable = command.get_program().display().to_string();
        let queue = InvocationQueue::default();
        let process = lambda_emulator::Instance::start(&program.name, command, &queue);
        let process = process.map_err(Error::io(executable))?;
        let mut instance = Self { process, queue, program: program.name.clone(), log, init: Duration::ZERO };
        instance.init = instance.until_idle().await? - instance.process.started_at();
        Ok(instance)
    }

    /// Sends an event, and waits for the response and for the next poll.
    pub(crate) async fn invoke(&mut self, event: String) -> Result<Invocation, Error> {
        let queue = self.queue.clone();
        let response = self.while_running(async move { queue.invoke(event, TIMEOUT).await }).await?;
        let response = response.map_err(|error| self.failed(error.to_string()))?;
        let body = response.result.map_err(|error| self.unexpected(&error))?;
        let next_poll_at = self.until_idle().await?;
        Ok(Invocation {
            latency: response.responded_at - response.delivered_at,
            until_next_poll: next_poll_at - response.delivered_at,
            responded_at: response.responded_at,
            response: body,
        })
    }

    /// Sends an event. An unexpected response is an error.
    pub(crate) async fn invoke_expecting(
        &mut self,
        event: String,
        is_expected: impl FnOnce(&Value) -> bool,
    ) -> Result<Invocation, Error> {
        let invocation = self.invoke(event).await?;
        let response = serde_json::from_slice(&invocation.response).unwrap_or_default();
        if is_expected(&response) { Ok(invocation) } else { Err(self.unexpected(&invocation.response)) }
    }

    /// Returns CPU time and memory of the process and its descendants so far.
    pub(crate) fn usage(&self) -> Result<Usage, Error> {
        Usage::of_tree(self.process.process_id()).map_err(io::Error::other).map_err(Error::io("/proc"))
    }

    /// Returns the CPU time of the process so far, in nanoseconds of the scheduler.
    pub(crate) fn cpu(&self) -> Result<Duration, Error> {
        let cpu = usage::cpu_of(self.process.process_id());
        cpu.map_err(io::Error::other).map_err(Error::io("/proc"))
    }

    async fn until_idle(&mut self) -> Result<Instant, Error> {
        let idle = self.while_running(self.process.until_idle()).await?;
        idle.map_err(|error| self.failed(error.to_string()))
    }

    /// Waits for `work`, which depends on the process. Fails when the process ends, or at the timeout.
    async fn while_running<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        tokio::pin!(work);
        let started = Instant::now();
        while started.elapsed() <= TIMEOUT {
            if let Ok(result) = timeout(CHECK_INTERVAL, &mut work).await {
                return Ok(result);
            }
            if let Some(status) = self.process.exit_status().map_err(Error::io(self.program.as_str()))? {
                return Err(self.failed(format!("ended ({status})")));
            }
        }
        Err(self.failed(format!("did not respond for {} s", TIMEOUT.as_secs())))
    }

    fn failed(&self, problem: String) -> Error {
        Error::Function { program: self.program.clone(), problem, log: self.log.clone() }
    }

    fn unexpected(&self, response: &[u8]) -> Error {
        let response = String::from_utf8_lossy(response).into_owned();
        Error::Response { program: self.program.clone(), response }
    }
}
