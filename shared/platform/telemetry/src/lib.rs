//! Log lines in JSON and metrics in CloudWatch's embedded metric format (EMF), both on standard output.
//!
//! A line has the fields of the span that it was written in: [`init`] puts them beside the line's own. A
//! request runs in one span with its ids, so that no function passes them on for the log.
//!
//! Deliberately absent: names of fields and metrics. The crate that measures something names it.

mod log;
mod metrics;

pub use self::metrics::{flush_metrics, record};
pub use log::{init, or_exit};
