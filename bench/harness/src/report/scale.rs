//! The tables of what grows.

use crate::report::number::figure;
use crate::scale::Scale;
use crate::subject::Implementation;
use std::fmt::Write as _;

/// One block for each thing that grows.
pub(crate) fn tables(scale: &Scale) -> String {
    let mut text = String::new();
    let [rust, twin] = Implementation::BOTH.map(Implementation::name);
    line(&mut text, "instances, stores: 5 ms", &["", "orders/s", "p50 ms", "p99 ms"]);
    for it in &scale.throughput {
        let name = if it.implementation == Implementation::Rust { rust } else { twin };
        let figures = [it.per_second, it.latency.p50_ms, it.latency.p99_ms].map(figure);
        line(
            &mut text,
            &format!("  {} × {name}", it.instances),
            &["", &figures[0], &figures[1], &figures[2]],
        );
    }
    line(&mut text, "\norders in SecantusDB", &["orders", "", "p50 ms", "p99 ms"]);
    for it in &scale.growth {
        let orders = it.orders.to_string();
        let figures = [it.latency.p50_ms, it.latency.p99_ms].map(figure);
        line(&mut text, &format!("  {}", it.reading.name()), &[&orders, "", &figures[0], &figures[1]]);
    }
    let it = &scale.backlog;
    line(&mut text, "\nbacklog in SecantusDB", &["events", "runs", "seconds", "events/s"]);
    let counts = [it.events, it.runs].map(|count| count.to_string());
    let figures = [it.seconds, it.per_second].map(figure);
    line(&mut text, "  one relay", &[&counts[0], &counts[1], &figures[0], &figures[1]]);
    line(&mut text, "\ninvocations of one process", &["", "", "", "MB"]);
    for it in &scale.memory {
        line(&mut text, &format!("  after {}", it.invocations), &["", "", "", &figure(it.resident_mb)]);
    }
    text
}

fn line(text: &mut String, name: &str, [a, b, c, d]: &[&str; 4]) {
    // Writing into a string can't fail.
    let _ = writeln!(text, "{name:<36}{a:>10}{b:>10}{c:>10}{d:>10}");
}
