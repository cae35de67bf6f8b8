//! Process of a function, from its start to its end.

use crate::queue::InvocationQueue;
use crate::server::Server;
use crate::status::NotReady;
use rustix::process::{Pid, Signal, kill_process};
use std::io;
use std::process::{Child, Command, ExitStatus};
use std::time::Instant;

/// Running process of a function, with its own runtime API. Dropping the value kills it.
#[derive(Debug)]
pub struct Instance {
    command: Command,
    queue: InvocationQueue,
    process: Process,
}

#[derive(Debug)]
struct Process {
    child: Child,
    server: Server,
    started_at: Instant,
}

impl Instance {
    /// Starts a process that receives events from `queue`. The command's environment gets the variables that
    /// Lambda sets for the function `name`, with 256 MB of memory.
    ///
    /// # Errors
    ///
    /// The command can't be run, or no port is free.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn start(name: &str, mut command: Command, queue: &InvocationQueue) -> io::Result<Self> {
        command
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1");
        let process = Process::start(&mut command, queue)?;
        Ok(Self { command, queue: queue.clone(), process })
    }

    /// Kills the process with `SIGKILL`, and starts another one. Its current invocation ends with
    /// [`InvokeError::Killed`](crate::InvokeError::Killed).
    ///
    /// # Errors
    ///
    /// The same as [`Instance::start`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn kill_and_restart(&mut self) -> io::Result<()> {
        self.process.kill();
        self.process = Process::start(&mut self.command, &self.queue)?;
        Ok(())
    }

    /// Returns the instant directly before the start of the process.
    #[must_use]
    pub fn started_at(&self) -> Instant {
        self.process.started_at
    }

    /// Waits until the function and its extensions poll for an event; returns the instant of the last of
    /// these polls. Returns at once while they wait. After the response to an event, this is the end of the
    /// work for it.
    ///
    /// # Errors
    ///
    /// [`NotReady`]. Does not detect that a process has ended by itself: see [`Instance::exit_status`].
    pub fn until_idle(&self) -> impl Future<Output = Result<Instant, NotReady>> + use<> {
        self.process.server.state.status.until_idle()
    }

    /// Returns `true` from the delivery of an event until the function and its extensions poll for the next
    /// one.
    #[must_use]
    pub fn is_working(&self) -> bool {
        self.process.server.state.status.is_working()
    }

    /// Returns the identifier of the process.
    #[must_use]
    pub fn process_id(&self) -> u32 {
        self.process.child.id()
    }

    /// Returns the exit status of a process that ended by itself; `None` while it runs.
    ///
    /// # Errors
    ///
    /// The kernel does not return the status.
    pub fn exit_status(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.child.try_wait()
    }

    /// Freezes the process (`SIGSTOP`).
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub fn freeze(&self) -> io::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets a frozen process continue (`SIGCONT`).
    ///
    /// # Errors
    ///
    /// The process has ended.
    pub fn thaw(&self) -> io::Result<()> {
        self.signal(Signal::CONT)
    }

    fn signal(&self, signal: Signal) -> io::Result<()> {
        Ok(kill_process(Pid::from_child(&self.process.child), signal)?)
    }
}

impl Process {
    fn start(command: &mut Command, queue: &InvocationQueue) -> io::Result<Self> {
        let server = Server::start(queue.clone())?;
        command.env("AWS_LAMBDA_RUNTIME_API", server.address.to_string());
        let started_at = Instant::now();
        let child = command.spawn()?;
        Ok(Self { child, server, started_at })
    }

    fn kill(&mut self) {
        // Fails if the process has ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.server.state.end();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
