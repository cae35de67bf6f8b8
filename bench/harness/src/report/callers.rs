//! Table of `callers`.

use crate::callers::{Cost, Mode};
use crate::report::number::figure;
use std::fmt::Write as _;

/// Formats one block for each operation, with one line for each mode. The differences are those to the open mode.
pub(crate) fn table(costs: &[Cost]) -> String {
    let mut text = String::new();
    for open in costs.iter().filter(|cost| cost.mode == Mode::Open) {
        let title = open.operation.name();
        line(&mut text, [title, "CPU ms", "difference", "response ms", "difference", "counted"]);
        for cost in costs.iter().filter(|cost| cost.operation == open.operation) {
            let figures = [
                figure(cost.cpu_ms),
                difference(cost.cpu_ratio),
                figure(cost.latency_ms),
                difference(cost.latency_ratio),
                figure(cost.counted),
            ];
            let [cpu, more_cpu, latency, more_latency, counted] = figures.each_ref().map(String::as_str);
            line(
                &mut text,
                [&format!("  {}", cost.mode.name()), cpu, more_cpu, latency, more_latency, counted],
            );
        }
        text.push('\n');
    }
    text
}

fn difference(ratio: f64) -> String {
    format!("{:+.1} %", (ratio - 1.0) * 100.0)
}

fn line(text: &mut String, [name, cpu, more_cpu, latency, more_latency, counted]: [&str; 6]) {
    // Writing into a string can't fail.
    let _ = writeln!(text, "{name:<20}{cpu:>10}{more_cpu:>12}{latency:>13}{more_latency:>12}{counted:>10}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_have_a_sign() {
        assert_eq!(difference(1.02), "+2.0 %");
        assert_eq!(difference(0.5), "-50.0 %");
    }
}
