//! Transactions. The first item decides: a caller reads its reason before all others.

use crate::{Item, unavailable};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};
use kernel::PortError;
use std::time::{Duration, Instant};
use uuid::Builder;

/// Time within which a transaction in conflict with others is repeated.
const CONFLICT_TIMEOUT: Duration = Duration::from_millis(300);
/// Maximum wait before the first repetition; each later one may wait twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(10);

/// Outcome of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Transacted {
    /// All items were written.
    Written,
    /// A condition failed, and nothing was written: a reason for each item.
    Refused(Vec<Reason>),
}

/// Reason of one item of a transaction that was refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// `true` when the condition of this item failed.
    pub is_refused: bool,
    /// Item as it was, if it existed and the transaction asked for it.
    pub item: Option<Item>,
}

/// Writes items, all or none. While another transaction uses one of them, or a throughput is exceeded, sends the same
/// request again, unless the condition of the first item has failed: that one decides whatever the others say.
///
/// # Errors
///
/// [`PortError::Unavailable`] when the call fails, or the conflicts last longer than 300 ms. The items may have been
/// written.
pub async fn transact(client: &Client, items: Vec<TransactWriteItem>) -> Result<Transacted, PortError> {
    let end = Instant::now() + CONFLICT_TIMEOUT;
    // With the same token, DynamoDB recognises a repetition of a transaction that was carried out.
    let token = Builder::from_random_bytes(fastrand::u128(..).to_be_bytes()).into_uuid().to_string();
    let mut backoff = FIRST_BACKOFF;
    loop {
        let request = client.transact_write_items().client_request_token(&token);
        let Err(error) = request.set_transact_items(Some(items.clone())).send().await else {
            return Ok(Transacted::Written);
        };
        match error.as_service_error() {
            Some(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                let reasons = canceled.cancellation_reasons();
                let is_first_refused = reasons.first().is_some_and(is_refused);
                if is_first_refused || reasons.iter().all(|reason| is_refused(reason) || is_none(reason)) {
                    return Ok(Transacted::Refused(reasons.iter().map(Reason::of).collect()));
                }
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {}
            _ => return Err(unavailable(DisplayErrorContext(error).to_string())),
        }
        let wait = backoff.mul_f64(fastrand::f64());
        if Instant::now() + wait >= end {
            return Err(unavailable(DisplayErrorContext(error).to_string()));
        }
        tokio::time::sleep(wait).await;
        backoff *= 2;
    }
}

impl Reason {
    fn of(reason: &CancellationReason) -> Self {
        Self { is_refused: is_refused(reason), item: reason.item.clone() }
    }
}

fn is_refused(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

fn is_none(reason: &CancellationReason) -> bool {
    reason.code().is_none_or(|code| code == "None")
}
