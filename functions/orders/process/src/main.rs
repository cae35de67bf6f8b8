//! Decides accepted orders. Its queue delivers each at least once; the insert of an order's document decides once.

mod report;

use catalog_dynamodb::CatalogTable;
use kernel::Probe as _;
use orders_documentdb::{OrderCollection, WrittenForms};
use orders_domain::{LeasedNumbers, ProcessOrders};
use orders_dynamodb::{
    ClaimSettings, DynamoDbClaims, DynamoDbScreening, DynamoDbStatuses, DynamoDbStock, ScreeningSettings,
    StockSettings,
};
use orders_eventbridge::{EventBridgePublisher, OutboxEvents};
use payments_orders::RequestsOfOrders;
use payments_sqs::ProviderRequestQueue;
use platform_lambda::{Error, Invocation, Message, SqsBatch, run, sqs_batch_together, warm_up};
use platform_mongodb::DocumentDb;
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

/// Maximum number of orders that are written at the same time.
const CONCURRENCY: u32 = 12;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let settings = or_exit(ClaimSettings::from_environment(&env));
    let StockSettings { catalog, payment_window, .. } = or_exit(StockSettings::from_environment(&env));
    let screening = or_exit(ScreeningSettings::from_environment(&env));
    let WrittenForms { has_numbers, .. } = or_exit(WrittenForms::from_environment(&env));
    let (bus, statuses) = (or_exit(env.event_bus_name()), or_exit(DynamoDbStatuses::table(&env)));
    let requests = or_exit(ProviderRequestQueue::url(&env));

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let claims = DynamoDbClaims::new(&aws, settings.table);
    let database = DocumentDb::from_environment(&env, SecretsManager::new(&aws), CONCURRENCY).await;
    let database = or_exit(database);
    let orders = OrderCollection::new(database);

    warm_up(async { tokio::join!(claims.probe(), orders.probe()).into() }).await;
    let process = &ProcessOrders {
        stock: DynamoDbStock::new(claims.clone(), CatalogTable::new(&aws, catalog)),
        screening: DynamoDbScreening::new(&aws, screening),
        statuses: DynamoDbStatuses::new(&aws, statuses),
        events: OutboxEvents::new(EventBridgePublisher::new(&aws, bus), orders.clone()),
        payments: RequestsOfOrders { queue: ProviderRequestQueue::new(&aws, requests) },
        numbers: has_numbers.then(|| LeasedNumbers::new(orders.clone())),
        accepted: claims,
        orders,
        payment_window,
        claim_ttl: settings.ttl,
        concurrency: CONCURRENCY as usize,
    };
    let decide = async |messages: &[Message<'_>]| report::decide(process, messages).await;
    run(async |invocation: Invocation<SqsBatch>| Ok(sqs_batch_together(invocation, &decide).await)).await
}
