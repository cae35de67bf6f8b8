//! Log lines.

use crate::metrics;
use json_subscriber::JsonLayer;
use kernel::{ErrorChain, SERVICE_NAME};
use platform_settings::{Environment, LogLevel};
use std::error::Error;
use std::process::exit;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::time::SystemTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Starts logging and metrics. Logs an invalid setting and exits.
pub fn init(env: &Environment) {
    let level = env.log_level();
    let filter = match level {
        Ok(LogLevel::Error) => LevelFilter::ERROR,
        Ok(LogLevel::Warn) => LevelFilter::WARN,
        Ok(LogLevel::Info) | Err(_) => LevelFilter::INFO,
        Ok(LogLevel::Debug) => LevelFilter::DEBUG,
        Ok(LogLevel::Trace) => LevelFilter::TRACE,
    };
    // Our own lines from the configured level on, those of libraries from level warn on.
    let targets = Targets::new()
        .with_default(LevelFilter::WARN.min(filter))
        .with_target(SERVICE_NAME, filter)
        // The runtime warns of a variable that `cargo lambda watch` sets and that has no effect here.
        .with_target("lambda_runtime", LevelFilter::ERROR);
    let mut lines = JsonLayer::stdout();
    lines
        .with_timer("timestamp", SystemTime)
        .with_level("level")
        .with_flattened_event()
        .with_top_level_flattened_current_span();
    tracing_subscriber::registry().with(lines).with(targets).init();
    or_exit(level);
    metrics::init(or_exit(env.metrics_namespace()));
}

/// Returns the value, or logs the reason why the process can't start and exits.
pub fn or_exit<T, E: Error>(result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| {
        let error = ErrorChain(&error).to_string();
        tracing::error!(target: SERVICE_NAME, error, "the function can't start: {error}");
        exit(1)
    })
}
