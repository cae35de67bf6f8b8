//! Measures functions as processes under the runtime API of Lambda. `compare` measures create, read and
//! change, and the same API in FastAPI. `scale` measures the functions under increasing load and data,
//! `relay` the relay alone, `callers` the cost of tokens and of rate limits, `stock` orders of one product by many buyers.

mod callers;
mod compare;
mod error;
mod figures;
mod gateway_event;
mod implementation;
mod instance;
mod local_stack;
mod operation;
mod program;
mod progress;
mod report;
mod scale;
mod settings;
mod stock;
mod stores;
mod stub;
mod usage;

use clap::Parser as _;
use error::Error;
use settings::{Arguments, Study};
use std::process::ExitCode;

// Single-threaded: the functions can use the other processors, and no measurement includes the wake-up of a
// thread.
#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run(&Arguments::parse().study).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("orders-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(study: &Study) -> Result<(), Error> {
    match study {
        Study::Compare(settings) => report::write_comparison(settings, &compare::measure(settings).await?),
        Study::Scale(settings) => {
            let keep = |results: &_| report::write_scale(&settings.paths, results);
            report::print_scale(&scale::measure(settings, keep).await?);
            Ok(())
        }
        Study::Relay(settings) => {
            let result = scale::measure_relay(settings.backlog, settings.delay, &settings.paths).await?;
            report::write_relay(&settings.paths, &result)
        }
        Study::Callers(settings) => {
            report::write_callers(&settings.paths, &callers::measure(settings).await?)
        }
        Study::Stock(settings) => report::write_stock(&settings.paths, &stock::measure(settings).await?),
        Study::Chart(paths) => report::redraw_chart(paths),
    }
}
