//! Reads of many items.

use crate::DynamoDbClaims;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::types::KeysAndAttributes;
use kernel::PortError;
use platform_dynamodb::{Item, unavailable};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Time within which a read that DynamoDB carries out in part is continued.
const READ_TIMEOUT: Duration = Duration::from_millis(300);
/// Maximum wait before the first continuation.
const READ_BACKOFF: Duration = Duration::from_millis(10);

impl DynamoDbClaims {
    /// Reads items by table. DynamoDB can leave out some while a throughput is exceeded: those are read again.
    pub(crate) async fn read(
        &self,
        mut keys: HashMap<String, KeysAndAttributes>,
    ) -> Result<HashMap<String, Vec<Item>>, PortError> {
        let end = Instant::now() + READ_TIMEOUT;
        let (mut items, mut backoff) = (HashMap::<_, Vec<_>>::new(), READ_BACKOFF);
        loop {
            let read = self.client.batch_get_item().set_request_items(Some(keys)).send().await;
            let read = read.map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
            for (table, found) in read.responses.unwrap_or_default() {
                items.entry(table).or_default().extend(found);
            }
            keys = match read.unprocessed_keys {
                Some(left) if !left.is_empty() => left,
                _ => return Ok(items),
            };
            let wait = backoff.mul_f64(fastrand::f64());
            if Instant::now() + wait >= end {
                return Err(unavailable("DynamoDB did not process all keys of a read"));
            }
            tokio::time::sleep(wait).await;
            backoff *= 2;
        }
    }
}
