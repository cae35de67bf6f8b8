//! Memory: no input causes a leak, and a large input uses memory in proportion to its size.

use orders_fuzz::{Mutator, TARGETS, corpus, responses, silence_caught_panics};
use std::fs;

/// Executions before the measurement.
const WARM_UP: usize = 2_000;
/// Executions of the measurement. The `gateway_event` target handles its event twice in each.
const MEASURED: usize = 10_000;
/// Maximum growth: a leak of 400 bytes per execution exceeds it.
const MAX_GROWTH_KIB: u64 = 4 * 1024;

/// Returns a value of `/proc/self/status` in KiB; `None` on systems without that file.
fn status_kib(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The only test of the file, so that no other test allocates memory in its process.
#[test]
fn memory_does_not_grow_and_large_inputs_take_bounded_memory() {
    silence_caught_panics();
    for target in TARGETS {
        let inputs: Vec<_> = corpus(target.name).into_iter().map(|input| input.bytes).collect();
        let mut mutator = Mutator::new(2);
        let mut run = |times: usize| (0..times).for_each(|_| (target.run)(&mutator.like_one_of(&inputs)));
        run(WARM_UP);
        let before = status_kib("VmRSS:");
        run(MEASURED);
        let (Some(before), Some(after)) = (before, status_kib("VmRSS:")) else {
            return;
        };
        println!("{}: {before} KiB before {MEASURED} executions, {after} KiB after", target.name);
        assert!(after.saturating_sub(before) < MAX_GROWTH_KIB, "{}: {before} to {after} KiB", target.name);
    }
    large_inputs();
}

/// Four times the maximum size of a body.
const LARGE: usize = 1024 * 1024;
/// Maximum resident memory of the process.
const MAX_PEAK_KIB: u64 = 256 * 1024;

fn large_inputs() {
    let lists = [
        "[".repeat(LARGE),
        "{\"a\":".repeat(LARGE / 5),
        format!("[{}0]", "0,".repeat(LARGE / 2)),
        format!("{{{}}}", vec!["\"a\":0"; LARGE / 6].join(",")),
        format!("{{\"items\":[{}0]}}", "0,".repeat(LARGE / 2)),
        format!("{{\"customer_id\":\"{}\"}}", "\\u0000".repeat(LARGE / 6)),
        format!("{{\"currency\":{}}}", "9".repeat(LARGE)),
    ];
    for text in &lists {
        for target in TARGETS {
            (target.run)(text.as_bytes());
        }
        let body = serde_json::Value::from(text.as_str());
        let event = format!(
            r#"{{"rawPath":"/orders","requestContext":{{"http":{{"method":"POST"}}}},
                "headers":{{"content-type":"application/json","idempotency-key":"k"}},"body":{body}}}"#
        );
        let [response, _] = responses(event.as_bytes()).expect("an event of API Gateway");
        assert_eq!(response.problem().as_deref(), Some("body-too-large"));
    }
    for (event, status) in [(many_headers(), 400), (long_path(), 400), (long_query(), 400)] {
        let [response, _] = responses(event.as_bytes()).expect("an event of API Gateway");
        assert_eq!(response.status, status, "{}", response.body);
    }
    let peak = status_kib("VmHWM:").unwrap_or_default();
    println!("peak: {peak} KiB");
    assert!(peak < MAX_PEAK_KIB, "{peak} KiB");
}

/// Returns an event with more headers than fit a `HeaderMap`.
fn many_headers() -> String {
    let headers: Vec<_> = (0..50_000).map(|number| format!("\"x-{number}\":\"\"")).collect();
    let headers = headers.join(",");
    format!(
        r#"{{"rawPath":"/orders","requestContext":{{"http":{{"method":"GET"}}}},"headers":{{{headers}}}}}"#
    )
}

/// Returns an event with a longer path than fits an `http::Uri`.
fn long_path() -> String {
    let path = "/a".repeat(100_000);
    format!(r#"{{"path":"{path}","httpMethod":"GET","requestContext":{{"httpMethod":"GET"}}}}"#)
}

/// Returns an event with the maximum number of parameters that Lambda forwards.
fn long_query() -> String {
    let query = "a=1&".repeat(1_000_000);
    format!(
        r#"{{"rawPath":"/orders","rawQueryString":"{query}","requestContext":{{"http":{{"method":"GET"}}}}}}"#
    )
}
