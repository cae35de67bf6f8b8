//! A stand-in for Lambda: the runtime API, spoken to by the real binary of a function.

use crate::instance::Instance;
use crate::repository;
use serde_json::Value;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::{Mutex as AsyncMutex, oneshot};

/// A function and its running instances; they end with it.
pub struct Function {
    queue: UnboundedSender<Invocation>,
    instances: Mutex<Vec<Instance>>,
    timeout: Duration,
}

/// An event on its way to an instance.
pub(crate) struct Invocation {
    pub(crate) event: Value,
    pub(crate) answer: oneshot::Sender<Outcome>,
    pub(crate) deadline: SystemTime,
}

/// What an invocation came to.
pub(crate) struct Outcome {
    pub(crate) result: Result<Value, Value>,
    pub(crate) at: Instant,
}

impl Function {
    /// Starts `instances` processes of a function, with `env` as all of its environment.
    ///
    /// # Panics
    ///
    /// When the binary can't be built or started.
    #[must_use]
    pub fn start(name: &str, env: &[(String, String)], instances: usize, timeout: Duration) -> Self {
        let (queue, waiting) = unbounded_channel();
        let waiting = Arc::new(AsyncMutex::new(waiting));
        let start = |_| Instance::start(name, env, Arc::clone(&waiting));
        Self { queue, instances: Mutex::new((0..instances.max(1)).map(start).collect()), timeout }
    }

    /// Kills every instance with SIGKILL, whatever it is doing, and starts new ones. What was
    /// being answered is not answered any more.
    ///
    /// # Panics
    ///
    /// When an instance can't be started.
    pub fn kill_and_restart(&self) {
        self.instances().iter_mut().for_each(Instance::kill_and_restart);
    }

    /// The same with one instance that is at an invocation, the `n`-th of them counted around.
    /// `false` when none is.
    ///
    /// # Panics
    ///
    /// When it can't be started.
    pub fn kill_working(&self, n: usize) -> bool {
        let mut instances = self.instances();
        let mut working: Vec<_> = instances.iter_mut().filter(|instance| instance.is_working()).collect();
        let Some(index) = n.checked_rem(working.len()) else {
            return false;
        };
        working[index].kill_and_restart();
        true
    }

    /// Sends a signal such as `STOP` to one instance, the `n`-th counted around.
    ///
    /// # Panics
    ///
    /// When there is no command `kill`.
    pub fn signal_one(&self, n: usize, signal: &str) {
        let instances = self.instances();
        let process = instances[n % instances.len()].process_id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &process]).status().expect("kill runs");
        assert!(sent.success(), "{signal} to {process}");
    }

    fn instances(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.instances.lock().expect("no panic")
    }

    /// Invokes the function and waits for its answer, or for its timeout.
    ///
    /// # Errors
    ///
    /// What the function reported as its error, or a sentence about the timeout.
    pub async fn invoke(&self, event: Value) -> Result<Value, Value> {
        self.invoke_timed(event).await.0
    }

    /// Invokes the function, and tells when its answer was there.
    pub(crate) async fn invoke_timed(&self, event: Value) -> (Result<Value, Value>, Instant) {
        let (answer, answered) = oneshot::channel();
        let invocation = Invocation { event, answer, deadline: SystemTime::now() + self.timeout };
        self.queue.send(invocation).unwrap_or_else(|_| unreachable!("the board lives as long as we"));
        match tokio::time::timeout(self.timeout, answered).await {
            Ok(Ok(outcome)) => (outcome.result, outcome.at),
            _ => (Err(Value::from("the function did not answer in time")), Instant::now()),
        }
    }
}

/// An event of `events/`, as JSON.
///
/// # Panics
///
/// When there is no such file, or it is not JSON.
#[must_use]
pub fn event(name: &str) -> Value {
    let path = repository().join("events").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
