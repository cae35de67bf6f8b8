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
#[derive(Debug)]
pub enum Transacted {
    /// All items were written.
    Written,
    /// A condition failed, and nothing was written: a reason for each item.
    Refused(Vec<Reason>),
    /// Others have used the items for too long. They may have been written by an attempt whose response is lost.
    Contended(PortError),
}

/// Reason of one item of a transaction that was refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reason {
    /// `true` when the condition of this item failed.
    pub is_refused: bool,
    /// `true` when nothing kept this item from being written.
    pub is_free: bool,
    /// Item as it was, if it existed and the transaction asked for it.
    pub item: Option<Item>,
}

/// Writes items, all or none. For up to 300 ms, sends the same request again while another transaction uses one of the items,
/// or a throughput is exceeded. A failed condition of the first item decides at once, whatever the others say. So does that of
/// a later one while the first item is free: a first item in conflict can be written by an earlier attempt at this moment.
///
/// # Errors
///
/// [`PortError::Unavailable`] when the call fails. The items may have been written.
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
                if is_decided(reasons) {
                    return Ok(Transacted::Refused(reasons.iter().map(Reason::of).collect()));
                }
            }
            Some(TransactWriteItemsError::TransactionInProgressException(_)) => {}
            _ => return Err(unavailable(DisplayErrorContext(error).to_string())),
        }
        let wait = backoff.mul_f64(fastrand::f64());
        if Instant::now() + wait >= end {
            return Ok(Transacted::Contended(unavailable(DisplayErrorContext(error).to_string())));
        }
        tokio::time::sleep(wait).await;
        backoff *= 2;
    }
}

impl Reason {
    fn of(reason: &CancellationReason) -> Self {
        Self { is_refused: is_refused(reason), is_free: is_free(reason), item: reason.item.clone() }
    }
}

fn is_refused(reason: &CancellationReason) -> bool {
    reason.code() == Some("ConditionalCheckFailed")
}

fn is_free(reason: &CancellationReason) -> bool {
    reason.code().is_none_or(|code| code == "None")
}

/// Returns `true` when the reasons say for certain that a condition has failed.
fn is_decided(reasons: &[CancellationReason]) -> bool {
    let Some((first, others)) = reasons.split_first() else { return false };
    let is_known = |reason: &CancellationReason| {
        matches!(reason.code(), None | Some("None" | "ConditionalCheckFailed" | "TransactionConflict"))
    };
    is_refused(first) || (is_free(first) && others.iter().any(is_refused) && others.iter().all(is_known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_item_decides_and_a_later_one_while_the_first_is_free() {
        let decided = |codes: &[&str]| {
            let reason = |code: &&str| CancellationReason::builder().code(*code).build();
            is_decided(&codes.iter().map(reason).collect::<Vec<_>>())
        };
        let (none, refused, conflict) = ("None", "ConditionalCheckFailed", "TransactionConflict");
        for codes in [
            &[refused, none][..],
            &[refused, conflict, "ThrottlingError"],
            &[none, refused],
            &[none, conflict, refused],
        ] {
            assert!(decided(codes), "{codes:?}");
        }
        for codes in [
            &[][..],
            &[conflict, refused],
            &[none, conflict],
            &["ThrottlingError", refused],
            &[none, refused, "ProvisionedThroughputExceeded"],
            &[none, refused, "a code of a later release"],
        ] {
            assert!(!decided(codes), "{codes:?}");
        }
    }
}
