//! What a run leaves behind: a table on stdout, JSON for programs, and a chart.

mod chart;
mod number;
mod scale;
mod table;

use crate::case::CaseResult;
use crate::fault::Fault;
use crate::scale::Scale;
use crate::settings::Settings;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Writes all three.
pub(crate) fn write(settings: &Settings, results: &[CaseResult]) -> Result<(), Fault> {
    print!("{}", table::table(results));
    let profile = settings.binaries.file_name().map(|name| name.to_string_lossy().into_owned());
    let json = json!({
        "cold_starts": settings.cold,
        "warm_invocations": settings.warm,
        "profile": profile,
        "machine": machine(),
        "cases": results,
    });
    let folder = &settings.results;
    keep(&folder.join("results.json"), &format!("{json:#}\n"))?;
    keep(&folder.join("chart.svg"), &chart::chart(results))
}

/// Prints what grows, as tables.
pub(crate) fn print_scale(scale: &Scale) {
    print!("{}", scale::tables(scale));
}

/// Writes what grows, as far as it is known.
pub(crate) fn write_scale(settings: &Settings, scale: &Scale) -> Result<(), Fault> {
    let json = json!({ "machine": machine(), "scale": scale });
    keep(&settings.results.join("scale.json"), &format!("{json:#}\n"))
}

fn machine() -> Value {
    json!({ "processor": processor(), "processors": processors() })
}

fn keep(path: &Path, text: &str) -> Result<(), Fault> {
    fs::write(path, text).map_err(Fault::io(path.display().to_string()))?;
    eprintln!("{}", path.display());
    Ok(())
}

/// The name that the kernel has for the processor.
fn processor() -> Option<String> {
    let text = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
