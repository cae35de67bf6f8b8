//! Results of a run: tables on stdout, JSON for programs, and a chart.

mod callers;
mod chart;
mod number;
mod scale;
mod stock;
mod table;

use crate::callers::Cost;
use crate::compare::CaseResult;
use crate::error::Error;
use crate::scale::{RelayThroughput, ScaleResults};
use crate::settings::{CompareSettings, Paths};
use crate::stock::StockThroughput;
use procfs::{CpuInfo, Current as _};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::{fs, io};

const RESULTS_FILE: &str = "results.json";
const CHART_FILE: &str = "chart.svg";

/// Part of the results that the chart shows.
#[derive(Deserialize)]
struct Results {
    cases: Vec<CaseResult>,
}

/// Prints the table of a comparison, and writes its results and the chart.
pub(crate) fn write_comparison(settings: &CompareSettings, results: &[CaseResult]) -> Result<(), Error> {
    print!("{}", table::table(results));
    let paths = &settings.paths;
    let profile = paths.binaries.file_name().map(|name| name.to_string_lossy().into_owned());
    let json = json!({
        "cold_starts": settings.cold,
        "warm_invocations": settings.warm,
        "profile": profile,
        "machine": machine(),
        "cases": results,
    });
    write(&paths.results.join(RESULTS_FILE), &format!("{json:#}\n"))?;
    write_chart(paths, results)
}

/// Draws the chart of a comparison again, from its results.
pub(crate) fn redraw_chart(paths: &Paths) -> Result<(), Error> {
    let path = paths.results.join(RESULTS_FILE);
    let read = fs::read(&path).and_then(|text| serde_json::from_slice(&text).map_err(io::Error::from));
    let Results { cases } = read.map_err(|source| Error::Results { path, source })?;
    write_chart(paths, &cases)
}

fn write_chart(paths: &Paths, results: &[CaseResult]) -> Result<(), Error> {
    let chart = chart::draw(results).map_err(|error| Error::Chart(error.to_string()))?;
    write(&paths.results.join(CHART_FILE), &chart)
}

/// Prints the results of `scale` as tables.
pub(crate) fn print_scale(results: &ScaleResults) {
    print!("{}", scale::tables(results));
}

/// Writes the results of `scale` so far.
pub(crate) fn write_scale(paths: &Paths, results: &ScaleResults) -> Result<(), Error> {
    let json = json!({ "machine": machine(), "scale": results });
    write(&paths.results.join("scale.json"), &format!("{json:#}\n"))
}

/// Prints the result of `relay`, and writes it.
pub(crate) fn write_relay(paths: &Paths, result: &RelayThroughput) -> Result<(), Error> {
    print!("{}", scale::relay_table(std::slice::from_ref(result)));
    let json = json!({ "machine": machine(), "relay": result });
    write(&paths.results.join("relay.json"), &format!("{json:#}\n"))
}

/// Prints the results of `callers`, and writes them.
pub(crate) fn write_callers(paths: &Paths, results: &[Cost]) -> Result<(), Error> {
    print!("{}", callers::table(results));
    let json = json!({ "machine": machine(), "callers": results });
    write(&paths.results.join("callers.json"), &format!("{json:#}\n"))
}

/// Prints the results of `stock`, and writes them.
pub(crate) fn write_stock(paths: &Paths, results: &[StockThroughput]) -> Result<(), Error> {
    print!("{}", stock::table(results));
    let json = json!({ "machine": machine(), "stock": results });
    write(&paths.results.join("stock.json"), &format!("{json:#}\n"))
}

fn machine() -> Value {
    let cpus = CpuInfo::current().ok();
    let model = cpus.as_ref().and_then(|cpus| cpus.model_name(0));
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    json!({ "processor": model, "processors": count })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(Error::io(path.display().to_string()))?;
    eprintln!("{}", path.display());
    Ok(())
}
