//! The counter of order numbers: one document per tenant with the last number that is leased.

use crate::OrderCollection;
use kernel::{PortError, Tenant};
use mongodb::Database;
use mongodb::bson::doc;
use orders_domain::NumberBlock;
use orders_domain::ports::OrderNumbers;
use platform_mongodb::{unavailable, unreadable};

const COLLECTION: &str = "order_numbers";
/// Maximum number of attempts to create the counter of a tenant, of which one of several concurrent ones succeeds.
const MAX_ATTEMPTS: usize = 3;

impl OrderNumbers for OrderCollection {
    async fn lease_block(&self, tenant: &Tenant) -> Result<NumberBlock, PortError> {
        let size = i64::try_from(NumberBlock::SIZE).map_err(unreadable)?;
        // As a plain command, like every read of the function that places orders.
        let command = doc! {
            "findAndModify": COLLECTION,
            "query": { "_id": tenant.as_str() },
            "update": { "$inc": { "last": size } },
            "upsert": true,
            "new": true,
            "writeConcern": { "w": "majority" },
        };
        for _ in 0..MAX_ATTEMPTS {
            let run = async |database: Database| database.run_command(command.clone()).await;
            match self.database.run_repeatable("lease_numbers", run).await {
                Ok(reply) => {
                    // A server may also reply without it when another process has created it at the same time.
                    let Ok(counter) = reply.get_document("value") else { continue };
                    let last =
                        counter.get_i64("last").map_err(|_| unreadable("the counter has no number"))?;
                    let last = u64::try_from(last).map_err(unreadable)?;
                    return NumberBlock::ending_with(last).map_err(unreadable);
                }
                // Another process has created the counter at the same time.
                Err(error) if error.is_duplicate_key() => {}
                Err(error) => return Err(unavailable(error)),
            }
        }
        Err(unreadable("the reply to findAndModify has no counter"))
    }
}
