//! Tables of `scale` and `relay`.

use crate::report::number::figure;
use crate::scale::{DELAY, RelayThroughput, ScaleResults};
use std::fmt::Write as _;

/// Formats one table for each measured quantity.
pub(crate) fn tables(results: &ScaleResults) -> String {
    let mut text = String::new();
    let title = format!("instances, stores: {} ms", DELAY.as_millis());
    line(&mut text, &title, ["", "orders/s", "p50 ms", "p99 ms"]);
    for it in &results.throughput {
        let figures = [it.per_second, it.latency.p50_ms, it.latency.p99_ms].map(figure);
        let name = format!("  {} × {}", it.instances, it.implementation.name());
        line(&mut text, &name, ["", &figures[0], &figures[1], &figures[2]]);
    }
    line(&mut text, "\ninvocations of one process", ["", "", "", "MB"]);
    for it in &results.memory {
        line(&mut text, &format!("  after {}", it.invocations), ["", "", "", &figure(it.resident_mb)]);
    }
    text.push('\n');
    text.push_str(&relay_table(&results.relay));
    line(&mut text, "\nreads from SecantusDB", ["", "orders", "p50 ms", "p99 ms"]);
    for it in &results.reads {
        let latency = it.latency.map(|latency| [latency.p50_ms, latency.p99_ms].map(figure));
        let figures = latency.unwrap_or_else(|| ["503".into(), "503".into()]);
        let name = format!("  {}", it.kind.name());
        line(&mut text, &name, ["", &it.orders.to_string(), &figures[0], &figures[1]]);
    }
    text
}

/// Formats the table of the relay.
pub(crate) fn relay_table(results: &[RelayThroughput]) -> String {
    let mut text = String::new();
    line(&mut text, "events that one relay publishes", ["", "events", "seconds", "events/s"]);
    for it in results {
        let figures = [it.seconds, it.per_second].map(figure);
        let name = format!("  stores: {}", it.stores);
        line(&mut text, &name, ["", &it.events.to_string(), &figures[0], &figures[1]]);
    }
    text
}

fn line(text: &mut String, name: &str, [a, b, c, d]: [&str; 4]) {
    // Writing into a string can't fail.
    let _ = writeln!(text, "{name:<36}{a:>10}{b:>10}{c:>10}{d:>10}");
}
