//! Table of `stock`.

use crate::report::number::figure;
use crate::stock::StockThroughput;
use std::fmt::Write as _;

/// Formats one line for each number of instances and kind of demand.
pub(crate) fn table(results: &[StockThroughput]) -> String {
    let mut text = String::new();
    line(&mut text, "instances", ["orders/s", "conflicts/s", "per order", "503 in %", "p50 ms", "p99 ms"]);
    for it in results {
        let figures = [
            it.per_second,
            it.conflicts_per_second,
            it.conflicts_per_order,
            it.contended * 100.0,
            it.latency.p50_ms,
            it.latency.p99_ms,
        ];
        let name = format!("  {} × {}", it.instances, it.demand.name());
        line(&mut text, &name, figures.map(figure).each_ref().map(String::as_str));
    }
    text
}

fn line(text: &mut String, name: &str, figures: [&str; 6]) {
    // Writing into a string can't fail.
    let _ = write!(text, "{name:<24}");
    for figure in figures {
        let _ = write!(text, "{figure:>13}");
    }
    text.push('\n');
}
