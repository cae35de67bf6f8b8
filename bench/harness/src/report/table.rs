//! The table.

use crate::case::CaseResult;
use crate::report::number::{figure, ratio};
use crate::subject::Implementation;
use std::fmt::Write as _;

/// One block a case, one line a figure.
pub(crate) fn table(results: &[CaseResult]) -> String {
    let mut text = String::new();
    for result in results {
        let title = format!("{}, stores: {}", result.operation.name(), result.stores);
        let [rust, twin] = Implementation::BOTH.map(Implementation::name);
        line(&mut text, &[&title, "", rust, twin, "FastAPI / Rust"]);
        for ((name, unit, rust), (_, _, twin)) in result.rust.all().into_iter().zip(result.twin.all()) {
            line(&mut text, &[&format!("  {name}"), unit, &figure(rust), &figure(twin), &ratio(rust, twin)]);
        }
        text.push('\n');
    }
    text
}

fn line(text: &mut String, [name, unit, rust, twin, ratio]: &[&str; 5]) {
    // Writing into a string can't fail.
    let _ = writeln!(text, "{name:<36}{unit:<4}{rust:>10}{twin:>10}{ratio:>16}");
}
