//! Screening by counters.

use crate::counted_orders_item::{CustomerKey, added, counted_in, hour_of, key_of};
use crate::screening_settings::ScreeningSettings;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::DisplayErrorContext;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::ReturnValuesOnConditionCheckFailure;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kernel::{PortError, Timestamp};
use orders_domain::ports::Screening;
use orders_domain::{CountedOrder, CountedOrders, Order, ScreeningHour, Verdict};
use platform_dynamodb::{number, unavailable};
use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime};

/// Time for which the table keeps an item after the end of its hour, and after each change.
const RETENTION: Duration = Duration::from_hours(2);
/// Maximum number of customers that are screened at the same time.
const CONCURRENCY: usize = 16;
/// Time within which an item that others change is changed.
const CONFLICT_TIMEOUT: Duration = Duration::from_secs(2);
/// Maximum wait before the first repetition; each later one may wait twice as long.
const FIRST_BACKOFF: Duration = Duration::from_millis(5);
/// Maximum wait before a repetition.
const MAX_BACKOFF: Duration = Duration::from_millis(80);

/// Condition that nobody has counted an order in an hour before.
const IS_NEW: &str = "attribute_not_exists(orders)";
/// Condition that nobody has counted an order since the item was read: it never gets shorter.
const IS_UNCHANGED: &str = "size(orders) = :seen";

/// Screening by counters in a table. Without thresholds it sends no request and allows every order.
#[derive(Clone, Debug)]
pub struct DynamoDbScreening {
    client: Client,
    settings: Option<ScreeningSettings>,
}

/// Orders of one customer in a batch: their positions by the hour of their creation.
type Hours = BTreeMap<ScreeningHour, Vec<usize>>;

impl DynamoDbScreening {
    /// Creates a screening. Sends no request.
    #[must_use]
    pub fn new(config: &SdkConfig, settings: Option<ScreeningSettings>) -> Self {
        Self { client: Client::new(config), settings }
    }

    /// Screens the orders of one customer, hour by hour. Returns the verdicts with their positions.
    async fn screen_customer(
        &self,
        settings: &ScreeningSettings,
        customer: &CustomerKey<'_>,
        orders: &[Order],
        hours: Hours,
    ) -> Result<Vec<(usize, Verdict)>, PortError> {
        let mut verdicts = Vec::with_capacity(orders.len());
        for (hour, positions) in hours {
            let of_hour: Vec<_> = positions.iter().map(|position| &orders[*position]).collect();
            let found = self.screen_hour(settings, customer, hour, &of_hour).await?;
            verdicts.extend(positions.into_iter().zip(found));
        }
        Ok(verdicts)
    }

    /// Screens and counts orders of one hour: again while others count orders of the same customer.
    async fn screen_hour(
        &self,
        settings: &ScreeningSettings,
        customer: &CustomerKey<'_>,
        hour: ScreeningHour,
        orders: &[&Order],
    ) -> Result<Vec<Verdict>, PortError> {
        let end = Instant::now() + CONFLICT_TIMEOUT;
        let mut counted = self.read(&settings.table, customer, hour).await?;
        let mut backoff = FIRST_BACKOFF;
        loop {
            let screened = counted.screen(&settings.thresholds, orders);
            if screened.added.is_empty() {
                return Ok(screened.verdicts);
            }
            let seen = counted.same_hour.len();
            match self.add(&settings.table, customer, hour, seen, &screened.added).await? {
                Addition::Added => return Ok(screened.verdicts),
                Addition::Conflict(same_hour) => counted.same_hour = same_hour,
            }
            let wait = backoff.mul_f64(fastrand::f64());
            if Instant::now() + wait >= end {
                return Err(unavailable("the counters of a customer change too often"));
            }
            tokio::time::sleep(wait).await;
            backoff = (backoff * 2).min(MAX_BACKOFF);
        }
    }

    /// Reads the orders that were counted in an hour and in the one before.
    async fn read(
        &self,
        table: &str,
        customer: &CustomerKey<'_>,
        hour: ScreeningHour,
    ) -> Result<CountedOrders, PortError> {
        let query = self.client.query().table_name(table).consistent_read(true);
        let query = query
            .key_condition_expression("pk = :pk AND epoch_hour BETWEEN :before AND :hour")
            .expression_attribute_values(":pk", customer.attribute())
            .expression_attribute_values(":before", number(hour.before().0))
            .expression_attribute_values(":hour", number(hour.0));
        // Two items of at most 500 orders each are far below the limit of a page.
        let found =
            query.send().await.map_err(|error| unavailable(DisplayErrorContext(error).to_string()))?;
        let mut counted = CountedOrders::default();
        for item in found.items() {
            let orders = counted_in(item)?;
            if hour_of(item)? == hour { counted.same_hour = orders } else { counted.hour_before = orders }
        }
        Ok(counted)
    }

    /// Appends orders to those of an hour, unless somebody has appended others since they were read.
    async fn add(
        &self,
        table: &str,
        customer: &CustomerKey<'_>,
        hour: ScreeningHour,
        seen: usize,
        orders: &[CountedOrder],
    ) -> Result<Addition, PortError> {
        // The queue can be hours late: what is counted then has to last, too.
        let kept_from = hour.end_s().max(Timestamp::from(SystemTime::now()).unix_seconds());
        let expires_at = kept_from.saturating_add_unsigned(RETENTION.as_secs());
        let update = self
            .client
            .update_item()
            .table_name(table)
            .set_key(Some(key_of(customer, hour)))
            .expression_attribute_values(":added", added(orders))
            .expression_attribute_values(":expires_at", number(expires_at))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let update = if seen == 0 {
            update
                .condition_expression(IS_NEW)
                .update_expression("SET orders = :added, expires_at = :expires_at")
        } else {
            update
                .condition_expression(IS_UNCHANGED)
                .expression_attribute_values(":seen", number(seen))
                .update_expression("SET orders = list_append(orders, :added), expires_at = :expires_at")
        };
        let Err(error) = update.send().await else { return Ok(Addition::Added) };
        match error.as_service_error() {
            Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                // The item can be gone: its time to live was over.
                let orders = failed.item().map_or_else(|| Ok(Vec::new()), counted_in)?;
                Ok(Addition::Conflict(orders))
            }
            _ => Err(unavailable(DisplayErrorContext(error).to_string())),
        }
    }
}

/// Outcome of an addition.
enum Addition {
    /// The orders are counted. Also an earlier attempt whose response was lost ends as a conflict, which finds them.
    Added,
    /// Somebody else was faster: the orders that are counted now.
    Conflict(Vec<CountedOrder>),
}

impl Screening for DynamoDbScreening {
    async fn screen(&self, orders: &[Order]) -> Result<Vec<Verdict>, PortError> {
        let Some(settings) = &self.settings else { return Ok(vec![Verdict::ALLOW; orders.len()]) };
        let mut customers: BTreeMap<CustomerKey<'_>, Hours> = BTreeMap::new();
        for (position, order) in orders.iter().enumerate() {
            let hours = customers.entry(CustomerKey::of(order)).or_default();
            hours.entry(ScreeningHour::of(order)).or_default().push(position);
        }
        let screen = async |(customer, hours): (CustomerKey<'_>, Hours)| {
            self.screen_customer(settings, &customer, orders, hours).await
        };
        let screened = stream::iter(customers).map(screen).buffer_unordered(CONCURRENCY);
        let mut verdicts: Vec<_> = screened.try_collect::<Vec<_>>().await?.into_iter().flatten().collect();
        verdicts.sort_unstable_by_key(|(position, _)| *position);
        Ok(verdicts.into_iter().map(|(_, verdict)| verdict).collect())
    }
}
