//! What becomes of the functions as something grows: the instances that run side by side, the
//! orders in the database, the events that wait for the relay, the invocations of one process.

mod backlog;
mod growth;
mod memory;
mod throughput;

pub(crate) use backlog::Drained;
pub(crate) use growth::Growth;
pub(crate) use memory::Footprint;
pub(crate) use throughput::Throughput;

use crate::fault::Fault;
use crate::settings::Settings;
use serde::Serialize;

/// All of it.
#[derive(Debug, Serialize)]
pub(crate) struct Scale {
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) growth: Vec<Growth>,
    pub(crate) backlog: Drained,
    pub(crate) memory: Vec<Footprint>,
}

/// Measures one after the other.
pub(crate) async fn measure(settings: &Settings) -> Result<Scale, Fault> {
    Ok(Scale {
        throughput: throughput::measure(settings).await?,
        growth: growth::measure(settings).await?,
        backlog: backlog::measure(settings).await?,
        memory: memory::measure(settings).await?,
    })
}
