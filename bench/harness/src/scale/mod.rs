//! What becomes of the functions as something grows: the instances that run side by side, the
//! invocations of one process, the events that wait for the relay, the orders in the database.

mod backlog;
mod growth;
mod memory;
mod throughput;

pub(crate) use backlog::Drained;
pub(crate) use growth::Growth;
pub(crate) use memory::Footprint;
pub(crate) use throughput::{DELAY, Throughput};

use crate::fault::Fault;
use crate::report::{print_scale, write_scale};
use crate::settings::Settings;
use serde::Serialize;

/// What is known so far.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Scale {
    pub(crate) throughput: Vec<Throughput>,
    pub(crate) memory: Vec<Footprint>,
    pub(crate) backlog: Vec<Drained>,
    pub(crate) growth: Vec<Growth>,
}

/// Measures one after the other, and keeps each as soon as it is known.
pub(crate) async fn measure(settings: &Settings) -> Result<(), Fault> {
    let mut scale = Scale { throughput: throughput::measure(settings).await?, ..Scale::default() };
    write_scale(settings, &scale)?;
    scale.memory = memory::measure(settings).await?;
    write_scale(settings, &scale)?;
    scale.backlog = backlog::measure(settings).await?;
    write_scale(settings, &scale)?;
    for orders in &settings.orders {
        scale.growth.extend(growth::measure(settings, *orders).await?);
        write_scale(settings, &scale)?;
    }
    print_scale(&scale);
    Ok(())
}
