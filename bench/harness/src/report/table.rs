//! Table of a comparison.

use crate::compare::CaseResult;
use crate::implementation::Implementation;
use crate::report::number::{figure, ratio};
use std::fmt::Write as _;

/// Formats one block for each case, with one line for each figure.
pub(crate) fn table(results: &[CaseResult]) -> String {
    let mut text = String::new();
    for result in results {
        let title = format!("{}, stores: {}", result.operation.name(), result.stores);
        let [rust, fastapi] = Implementation::BOTH.map(Implementation::name);
        line(&mut text, [&title, "", rust, fastapi, "FastAPI / Rust"]);
        for ((name, unit, rust), (_, _, fastapi)) in result.rust.all().into_iter().zip(result.fastapi.all()) {
            let figures = [figure(rust), figure(fastapi), ratio(rust, fastapi)];
            line(&mut text, [&format!("  {name}"), unit, &figures[0], &figures[1], &figures[2]]);
        }
        text.push('\n');
    }
    text
}

fn line(text: &mut String, [name, unit, rust, fastapi, ratio]: [&str; 5]) {
    // Writing into a string can't fail.
    let _ = writeln!(text, "{name:<36}{unit:<4}{rust:>10}{fastapi:>10}{ratio:>16}");
}
