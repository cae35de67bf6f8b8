//! Orders on hold.

use crate::OrderCollection;
use crate::document::date;
use kernel::{PortError, Timestamp};
use mongodb::bson::doc;
use orders_domain::ports::{HeldOrders, Part};
use orders_domain::{OrderRecord, Status};

impl HeldOrders for OrderCollection {
    async fn holds_due(
        &self,
        now: Timestamp,
        part: Part,
    ) -> Result<Vec<Result<OrderRecord, PortError>>, PortError> {
        let filter = doc! {
            // DocumentDB uses a sparse index only with `$exists`.
            "hold.until": { "$exists": true, "$lte": date(now) },
            "status": { "$in": Status::OPEN.map(|status| status.to_string()).to_vec() },
        };
        self.part_of("holds_due", filter, doc! { "hold.until": 1 }, part).await
    }
}
