//! Stores the orders of reservations that crashed requests have left, cancels orders that are not paid in time, settles
//! the stock of orders that have ended, and asks payment providers for what orders need. Invoked on a schedule or by hand; returns a summary.

mod summary;

use catalog_dynamodb::CatalogTable;
use kernel::{Probe as _, Timestamp};
use orders_documentdb::{OrderCollection, WrittenForms};
use orders_domain::{LeasedNumbers, ResendAccepted, Sweep};
use orders_dynamodb::{ClaimSettings, DynamoDbClaims, DynamoDbStock};
use orders_sqs::AcceptedQueue;
use payments_orders::RequestsOfOrders;
use payments_sqs::ProviderRequestQueue;
use platform_lambda::{Error, Invocation, run, warm_up};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;
use serde_json::Value;
use std::time::{Duration, SystemTime};

/// Maximum number of orders that are written at the same time, each over its own connection.
const CONCURRENCY: u32 = 8;
/// Time before the timeout from which on nothing new is begun.
const MARGIN: Duration = Duration::from_secs(5);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let (claims, catalog) = (or_exit(ClaimSettings::table(&env)), or_exit(CatalogTable::table(&env)));
    let (accepted, requests) = (or_exit(AcceptedQueue::url(&env)), or_exit(ProviderRequestQueue::url(&env)));
    let WrittenForms { has_numbers, .. } = or_exit(WrittenForms::from_environment(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let claims = DynamoDbClaims::new(&aws, claims);
    let stock = DynamoDbStock::new(claims.clone(), CatalogTable::new(&aws, catalog));
    let secrets = SecretsManager::new(&aws);
    let database = or_exit(DocumentDb::from_environment(&env, secrets, CONCURRENCY).await);
    let orders = OrderCollection::new(database);

    warm_up(async { tokio::join!(claims.probe(), orders.probe()).into() }).await;
    let numbers = has_numbers.then(|| LeasedNumbers::new(orders.clone()));
    let queue = RequestsOfOrders { queue: ProviderRequestQueue::new(&aws, requests) };
    let (concurrency, accepted_queue) = (CONCURRENCY as usize, AcceptedQueue::new(&aws, accepted));
    let accepted_orders = &ResendAccepted { accepted: claims, queue: accepted_queue, concurrency };
    let sweep = &Sweep { stock, orders, numbers, queue, concurrency };
    run(async |invocation: Invocation<Value>| {
        let now = || Timestamp::from(SystemTime::now());
        let end = now().after(invocation.remaining.saturating_sub(MARGIN));
        // What nobody has decided comes first: the rest of a sweep can take all the time.
        let resent = accepted_orders.run(now).await;
        Ok(summary::report(&sweep.run(now, end).await, &resent, &invocation.id))
    })
    .await
}
