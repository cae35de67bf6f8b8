//! Report of a reconciliation, in its log lines, its metrics and its response.

use catalog_domain::{CountedStock, ProductKey, Reconciliation};
use kernel::SERVICE_NAME;
use platform_telemetry::record;
use serde::Serialize;

/// Response of an invocation.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    stocks: usize,
    drift: Vec<Drift>,
    undecided: usize,
}

/// Stock whose counters are not explained.
#[derive(Debug, Serialize)]
struct Drift {
    tenant: String,
    sku: String,
    available: i64,
    reserved: i64,
    committed: i64,
    /// Sum of all adjustments, which the three counters together should equal.
    adjusted: i64,
    /// Units that reservations hold, which `reserved` should equal.
    held: i64,
}

/// Writes a line for each stock that is not explained, one for the reconciliation, and the metrics `stock_drift` and
/// `stock_undecided`.
#[expect(clippy::cast_precision_loss, reason = "a number of products is far below 2^52")]
pub(crate) fn report(reconciliation: &Reconciliation, request_id: &str) -> Report {
    let Reconciliation { stocks, ref drift, undecided } = *reconciliation;
    let drift: Vec<_> = drift.iter().map(Drift::new).collect();
    for Drift { tenant, sku, available, reserved, committed, adjusted, held } in &drift {
        tracing::error!(
            target: SERVICE_NAME,
            request_id, action = "reconcile-stock", tenant, sku, available, reserved, committed, adjusted, held,
            "a stock is not explained"
        );
    }
    record(&metrics::histogram!("stock_drift"), drift.len() as f64);
    record(&metrics::histogram!("stock_undecided"), undecided as f64);
    tracing::info!(
        target: SERVICE_NAME,
        request_id, action = "reconcile-stock", stocks, drift = drift.len(), undecided,
        "reconciled"
    );
    Report { stocks, drift, undecided }
}

impl Drift {
    fn new((product, counted): &(ProductKey, CountedStock)) -> Self {
        let CountedStock { stock, adjusted, held } = *counted;
        Self {
            tenant: product.tenant.to_string(),
            sku: product.sku.to_string(),
            available: stock.available(),
            reserved: stock.reserved,
            committed: stock.committed,
            adjusted,
            held,
        }
    }
}
