//! Log line and metrics of a request.

use crate::{Handler, Problem, Request, Route, path_template};
use http::StatusCode;
use kernel::SERVICE_NAME;
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes the line of a request, and counts the request. The ids are those of the span.
pub(crate) fn request<H: Handler>(
    request: &Request,
    routes: &[Route],
    status: StatusCode,
    problem: Option<&Problem>,
) {
    count(H::ACTION, request, path_template(routes, request.path()), status);
    let cold_start = is_cold_start();
    let latency_ms = request.elapsed().as_secs_f64() * 1000.0;
    let error_code = problem.map(Problem::code);
    let error = problem.and_then(Problem::cause);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: SERVICE_NAME,
                status = status.as_u16(),
                latency_ms,
                error_code,
                error,
                cold_start,
                "request"
            )
        };
    }
    if status.is_server_error() {
        line!(error);
    } else {
        line!(info);
    }
}

/// Logs that the work after the response was not completed.
pub(crate) fn unfinished(error: &str) {
    tracing::warn!(target: SERVICE_NAME, error, "the work after the response was not completed");
}

/// Counts a response: `http_requests_total`; and with status 5xx `http_server_errors_total`, by which alarms
/// recognise a function that fails.
fn count(action: &'static str, request: &Request, path: &'static str, status: StatusCode) {
    if status.is_server_error() {
        metrics::counter!("http_server_errors_total", "action" => action).increment(1);
    }
    metrics::counter!(
        "http_requests_total",
        "method" => known_method(request.method().as_str()), "path" => path, "status" => status.as_str().to_owned()
    )
    .increment(1);
}

/// Returns a standard method, or `OTHER`: AWS charges for each value as a separate metric.
fn known_method(method: &str) -> &'static str {
    ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        .into_iter()
        .find(|known| *known == method)
        .unwrap_or("OTHER")
}

/// Returns `true` for the first request of the process.
fn is_cold_start() -> bool {
    static COLD: AtomicBool = AtomicBool::new(true);
    COLD.swap(false, Ordering::Relaxed)
}
