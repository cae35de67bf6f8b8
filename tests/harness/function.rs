//! Function: the real binary, as processes under the runtime API of Lambda.

use crate::binary::{binary, log_of};
use crate::{repository, runtime};
use lambda_emulator::{Instance, InvocationQueue};
use serde_json::Value;
use std::process::Command;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

/// Function and its running instances. Dropping the value kills them.
pub struct Function {
    queue: InvocationQueue,
    instances: Mutex<Vec<Instance>>,
    timeout: Duration,
}

impl Function {
    /// Starts `instances` processes of a function, with `env` as its only environment.
    ///
    /// # Panics
    ///
    /// When the binary can't be built or started.
    #[must_use]
    pub fn start(name: &str, env: &[(String, String)], instances: usize, timeout: Duration) -> Self {
        let _context = runtime().enter();
        let queue = InvocationQueue::default();
        let start = |_| {
            let mut command = Command::new(binary(name));
            command.env_clear().envs(env.iter().cloned()).stdout(log_of(name)).stderr(log_of(name));
            Instance::start(name, command, &queue).expect("the function starts")
        };
        let instances = Mutex::new((0..instances.max(1)).map(start).collect());
        Self { queue, instances, timeout }
    }

    /// Kills every instance with SIGKILL, and starts new ones. Their invocations end with an error.
    ///
    /// # Panics
    ///
    /// When an instance can't be started.
    pub fn kill_and_restart(&self) {
        self.instances().iter_mut().for_each(kill_and_restart);
    }

    /// Kills and restarts one instance that has an invocation, the `n`-th of them modulo their number.
    /// Returns `false` when no instance has one.
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
        kill_and_restart(working[index]);
        true
    }

    /// Freezes one instance (SIGSTOP), the `n`-th modulo their number.
    ///
    /// # Panics
    ///
    /// When its process has ended.
    pub fn freeze(&self, n: usize) {
        let instances = self.instances();
        instances[n % instances.len()].freeze().expect("a process");
    }

    /// Lets one frozen instance continue (SIGCONT), the `n`-th modulo their number.
    ///
    /// # Panics
    ///
    /// When its process has ended.
    pub fn thaw(&self, n: usize) {
        let instances = self.instances();
        instances[n % instances.len()].thaw().expect("a process");
    }

    fn instances(&self) -> MutexGuard<'_, Vec<Instance>> {
        self.instances.lock().expect("no panic")
    }

    /// Invokes the function, and waits for its response or its timeout.
    ///
    /// # Errors
    ///
    /// The error that the function posted, or the reason why it posted nothing.
    pub async fn invoke(&self, event: Value) -> Result<Value, Value> {
        self.invoke_timed(event).await.0
    }

    /// Invokes the function; also returns the instant of its response.
    pub(crate) async fn invoke_timed(&self, event: Value) -> (Result<Value, Value>, Instant) {
        match self.queue.invoke(event.to_string(), self.timeout).await {
            Ok(response) => {
                let result =
                    match &response.result {
                        Ok(body) => {
                            serde_json::from_slice(body).map_err(|_| Value::from("the response is not JSON"))
                        }
                        Err(body) => Err(serde_json::from_slice(body)
                            .unwrap_or_else(|_| String::from_utf8_lossy(body).into())),
                    };
                (result, response.responded_at)
            }
            Err(error) => (Err(Value::from(error.to_string())), Instant::now()),
        }
    }
}

fn kill_and_restart(instance: &mut Instance) {
    let _context = runtime().enter();
    instance.kill_and_restart().expect("the function starts");
}

/// Returns an event of `events/`, as JSON.
///
/// # Panics
///
/// When the file does not exist, or is not JSON.
#[must_use]
pub fn event(name: &str) -> Value {
    let path = repository().join("events").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
