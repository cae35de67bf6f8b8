//! Log lines.

use crate::metrics;
use orders_domain::Announced;
use orders_domain::ports::PortError;
use platform_settings::{Environment, LogLevel};
use std::error::Error;
use std::fmt;
use std::process::exit;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging and metrics. With a malformed setting of theirs it logs that, and exits.
pub fn init(env: &Environment) {
    let level = env.log_level();
    let filter = match level {
        Ok(LogLevel::Error) => LevelFilter::ERROR,
        Ok(LogLevel::Warn) => LevelFilter::WARN,
        Ok(LogLevel::Info) | Err(_) => LevelFilter::INFO,
        Ok(LogLevel::Debug) => LevelFilter::DEBUG,
        Ok(LogLevel::Trace) => LevelFilter::TRACE,
    };
    // Our own crates as asked; libraries only when something is wrong.
    let targets = Targets::new()
        .with_default(LevelFilter::WARN.min(filter))
        .with_target("orders", filter)
        // It warns of a variable that `cargo lambda watch` sets and that changes nothing here.
        .with_target("lambda_runtime", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_target(false);
    tracing_subscriber::registry().with(lines).with(targets).init();
    or_exit(level);
    metrics::init(or_exit(env.metrics_namespace()));
}

/// The value, or one line that says why the process can't start, and the end of the process.
pub fn or_exit<T, E: Error>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| {
        let error = ErrorChain(&error).to_string();
        tracing::error!(target: "orders", error, "the function can't start: {error}");
        exit(1)
    })
}

/// What is said of a request, once, when it is answered.
#[derive(Debug)]
#[expect(missing_docs, reason = "the names of the fields of the log line")]
pub struct RequestLine<'a> {
    pub request_id: &'a str,
    pub trace_id: &'a str,
    pub action: &'static str,
    pub method: &'a str,
    /// The route's template, so that metrics have few dimensions.
    pub path: &'a str,
    pub order_id: Option<&'a str>,
    pub status: u16,
    pub latency: Duration,
    /// The problem type of an answer that is one.
    pub error_code: Option<&'static str>,
    /// What only the log is told of a failure.
    pub error: Option<&'a str>,
}

impl RequestLine<'_> {
    /// Writes the line and counts the request.
    pub fn write(&self) {
        metrics::http_request(self.action, self.method, self.path, self.status);
        let cold_start = cold_start();
        let latency_ms = self.latency.as_secs_f64() * 1000.0;
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "orders",
                    request_id = self.request_id,
                    trace_id = self.trace_id,
                    action = self.action,
                    method = self.method,
                    path = self.path,
                    order_id = self.order_id,
                    status = self.status,
                    latency_ms,
                    error_code = self.error_code,
                    error = self.error,
                    cold_start,
                    "request"
                )
            };
        }
        if self.status >= 500 {
            line!(error);
        } else {
            line!(info);
        }
    }
}

/// Logs and counts how far the announcing of an order got.
pub fn announced(request_id: &str, order_id: impl fmt::Display, announced: &Announced) {
    metrics::events_published(announced.published);
    if let Some(reason) = &announced.stopped_by {
        let error = ErrorChain(reason).to_string();
        tracing::warn!(target: "orders", request_id, %order_id, error, "events are left in the outbox");
    }
}

/// Logs that a connection could not be opened during init. The function starts all the same:
/// its requests try again and say what is wrong.
pub fn not_warmed(result: Result<(), PortError>) {
    if let Err(reason) = result {
        let error = ErrorChain(&reason).to_string();
        tracing::warn!(target: "orders", error, "a dependency was not there during init");
    }
}

/// What is said of a run of the relay, once, at its end.
#[expect(missing_docs, reason = "the names of the fields of the log line")]
pub struct RelayLine<'a> {
    pub request_id: &'a str,
    pub published: usize,
    pub failed: usize,
    pub dead: usize,
    pub redriven: usize,
    /// `None` when it could not be asked for.
    pub oldest_age_s: Option<i64>,
    /// What went wrong.
    pub failures: &'a [String],
}

impl RelayLine<'_> {
    /// Writes the line.
    pub fn write(&self) {
        let error = (!self.failures.is_empty()).then(|| self.failures.join("; "));
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    target: "orders",
                    request_id = self.request_id,
                    action = "relay",
                    published = self.published,
                    failed = self.failed,
                    dead = self.dead,
                    redriven = self.redriven,
                    oldest_age_s = self.oldest_age_s,
                    error,
                    "relayed"
                )
            };
        }
        if error.is_some() || self.failed + self.dead > 0 {
            line!(warn);
        } else if self.published + self.redriven > 0 {
            line!(info);
        } else {
            line!(debug);
        }
    }
}

/// Logs what became of a message of the audit queue: whether its event was a duplicate.
pub fn audited(message_id: &str, outcome: Result<bool, &(dyn Error + 'static)>) {
    match outcome {
        Ok(duplicate) => tracing::info!(target: "orders", action = "audit", message_id, duplicate, "audited"),
        Err(error) => {
            let error = ErrorChain(error).to_string();
            tracing::error!(target: "orders", action = "audit", message_id, error, "not audited");
        }
    }
}

/// Logs why a dependency is not well.
pub fn dependency_failed(request_id: &str, dependency: &'static str, reason: &(dyn Error + 'static)) {
    let error = ErrorChain(reason).to_string();
    tracing::warn!(target: "orders", request_id, dependency, error, "a dependency is not well");
}

/// An error with all its causes on one line.
pub struct ErrorChain<'a>(pub &'a dyn Error);

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Whether this is the first request of the process.
fn cold_start() -> bool {
    static COLD: AtomicBool = AtomicBool::new(true);
    COLD.swap(false, Ordering::Relaxed)
}
