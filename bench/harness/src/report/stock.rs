//! Table of `stock`.

use crate::report::number::figure;
use crate::stock::StockThroughput;
use std::fmt::Write as _;

const HEADINGS: [&str; 8] =
    ["orders/s", "conflicts/s", "per order", "503 in %", "p50 ms", "p99 ms", "decision p50", "decision p99"];

/// Formats one line for each number of instances, kind of demand and way.
pub(crate) fn table(results: &[StockThroughput]) -> String {
    let mut text = String::new();
    line(&mut text, "instances", HEADINGS);
    for it in results {
        let of_response = [
            it.per_second,
            it.conflicts_per_second,
            it.conflicts_per_order,
            it.contended * 100.0,
            it.latency.p50_ms,
            it.latency.p99_ms,
        ];
        let decision = it.decision.map_or(["-".to_owned(), "-".to_owned()], |decision| {
            [decision.p50_ms, decision.p99_ms].map(figure)
        });
        let name = format!("  {} × {}, {}", it.instances, it.demand.name(), it.way.name());
        let figures: Vec<_> = of_response.map(figure).into_iter().chain(decision).collect();
        line(&mut text, &name, std::array::from_fn(|index| figures[index].as_str()));
    }
    text
}

fn line(text: &mut String, name: &str, figures: [&str; 8]) {
    // Writing into a string can't fail.
    let _ = write!(text, "{name:<32}");
    for figure in figures {
        let _ = write!(text, "{figure:>13}");
    }
    text.push('\n');
}
