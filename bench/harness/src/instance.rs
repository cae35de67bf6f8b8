//! One process of a function, from its start to its end.

use crate::fault::Fault;
use crate::runtime_api::{RuntimeApi, Step, TIMEOUT};
use crate::settings::Settings;
use crate::stores::Stores;
use crate::subject::Subject;
use crate::usage::Usage;
use axum::body::Bytes;
use serde_json::Value;
use std::fs::{OpenOptions, create_dir_all};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// How long a process may do nothing before somebody looks after it.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// A running process; it ends with this.
pub(crate) struct Instance {
    process: Child,
    api: RuntimeApi,
    subject: String,
    log: PathBuf,
    /// From exec to the first poll.
    pub(crate) init: Duration,
}

/// What became of an event.
pub(crate) struct Invocation {
    /// From the handing over of the event to the posted answer: what a client waits for.
    pub(crate) latency: Duration,
    /// From the handing over to the next poll: what is paid for.
    pub(crate) until_next_poll: Duration,
    /// The answer that was posted.
    pub(crate) answer: Bytes,
}

impl Instance {
    /// Starts a function of this repository.
    pub(crate) async fn of(function: &str, stores: &Stores, settings: &Settings) -> Result<Self, Fault> {
        Self::start(&Subject::function(function, settings), &stores.environment(), &settings.logs()).await
    }

    /// Starts a process, with `env` as all of its environment, and waits until it is ready.
    pub(crate) async fn start(
        subject: &Subject,
        env: &[(String, String)],
        logs: &Path,
    ) -> Result<Self, Fault> {
        let api = RuntimeApi::start().await.map_err(Fault::io("the runtime API"))?;
        let log = logs.join(format!("{}.log", subject.name));
        create_dir_all(logs).map_err(Fault::io(logs.display().to_string()))?;
        let output = || OpenOptions::new().create(true).append(true).open(&log).map(Stdio::from);
        let logged = |error| Fault::io(log.display().to_string())(error);
        let mut command = subject.command();
        command
            .env_clear()
            .envs(env.iter().cloned())
            .env("AWS_LAMBDA_RUNTIME_API", api.address.to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", &subject.name)
            .stdin(Stdio::null())
            .stdout(output().map_err(logged)?)
            .stderr(output().map_err(logged)?);
        let started = Instant::now();
        let process = command.spawn().map_err(Fault::io(format!("{command:?}")))?;
        let (subject, init) = (subject.name.clone(), Duration::ZERO);
        let mut instance = Self { process, api, subject, log, init };
        instance.init = instance.ready(started).await?;
        Ok(instance)
    }

    /// Waits for the first poll of the function and its extensions.
    async fn ready(&mut self, started: Instant) -> Result<Duration, Fault> {
        let mut polls = 0;
        loop {
            match self.step().await? {
                Step::Polled(at) => {
                    polls += 1;
                    if polls >= self.api.pollers() {
                        return Ok(at - started);
                    }
                }
                Step::HandedOver(_) => {}
                Step::Answered(_, Ok(body) | Err(body)) => return Err(self.wrong_answer(&body)),
            }
        }
    }

    /// Hands over an event, and waits until the function asks for the next one.
    pub(crate) async fn invoke(&mut self, event: String) -> Result<Invocation, Fault> {
        self.api.send(event);
        let (mut handed_over, mut answered, mut polls) = (Instant::now(), None, 0);
        loop {
            match self.step().await? {
                Step::HandedOver(at) => handed_over = at,
                Step::Answered(at, Ok(answer)) => answered = Some((at, answer)),
                Step::Answered(_, Err(body)) => return Err(self.wrong_answer(&body)),
                Step::Polled(at) => {
                    polls += 1;
                    if polls < self.api.pollers() {
                        continue;
                    }
                    let (answered_at, answer) = answered.ok_or_else(|| self.wrong_answer(b"nothing"))?;
                    return Ok(Invocation {
                        latency: answered_at - handed_over,
                        until_next_poll: at - handed_over,
                        answer,
                    });
                }
            }
        }
    }

    /// Hands over an event of API Gateway. No figure comes of an answer that isn't right.
    pub(crate) async fn ask(
        &mut self,
        event: String,
        is_right: impl FnOnce(&Value) -> bool,
    ) -> Result<Invocation, Fault> {
        let invocation = self.invoke(event).await?;
        let answer = serde_json::from_slice(&invocation.answer).unwrap_or_default();
        if is_right(&answer) { Ok(invocation) } else { Err(self.wrong_answer(&invocation.answer)) }
    }

    /// What the process has used so far.
    pub(crate) fn usage(&self) -> Result<Usage, Fault> {
        Usage::of_tree(self.process.id()).map_err(Fault::io("/proc"))
    }

    /// What it does next. Looks now and then whether the process is still there.
    async fn step(&mut self) -> Result<Step, Fault> {
        let started = Instant::now();
        while started.elapsed() < TIMEOUT {
            if let Ok(Some(step)) = timeout(LOOK_AFTER, self.api.step()).await {
                return Ok(step);
            }
            if let Ok(Some(status)) = self.process.try_wait() {
                return Err(self.failed(format!("ended ({status})")));
            }
        }
        Err(self.failed(format!("did nothing for {} s", TIMEOUT.as_secs())))
    }

    fn failed(&self, what: String) -> Fault {
        Fault::Function { subject: self.subject.clone(), what, log: self.log.clone() }
    }

    fn wrong_answer(&self, body: &[u8]) -> Fault {
        Fault::Answer { subject: self.subject.clone(), answer: String::from_utf8_lossy(body).into_owned() }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone after this.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
