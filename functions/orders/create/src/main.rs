//! `POST /orders`: places an order, once per idempotency key.

use catalog_dynamodb::CatalogTable;
use kernel::Probe as _;
use orders_api::{AcceptedForms, CreateOrder, ProcessingLater};
use orders_documentdb::{OrderCollection, WrittenForms};
use orders_domain::LeasedNumbers;
use orders_dynamodb::{ClaimSettings, DynamoDbClaims, DynamoDbStock, StockSettings};
use orders_eventbridge::{EventBridgePublisher, OutboxEvents};
use orders_sqs::{AcceptanceSettings, AcceptedQueue};
use platform_http::RotatingCursorKeys;
use platform_lambda::{Error, serve, warm_up};
use platform_mongodb::DocumentDb;
use platform_ratelimit::{ConfiguredLimits, RateLimitSettings};
use platform_secretsmanager::SecretsManager;
use platform_settings::Environment;
use platform_telemetry::or_exit;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let env = Environment::from_env();
    platform_telemetry::init(&env);
    let limits = or_exit(RateLimitSettings::from_environment(&env));
    let settings = or_exit(ClaimSettings::from_environment(&env));
    let WrittenForms { has_details, has_numbers } = or_exit(WrittenForms::from_environment(&env));
    let StockSettings { catalog, has_products, payment_window } =
        or_exit(StockSettings::from_environment(&env));
    let acceptance = or_exit(AcceptanceSettings::from_environment(&env));
    let forms = AcceptedForms { has_details, has_products, has_payment: acceptance.is_some() };
    let bus = or_exit(env.event_bus_name());

    let aws = platform_aws::sdk_config(or_exit(env.aws()));
    let claims = DynamoDbClaims::new(&aws, settings.table);
    let stock = DynamoDbStock::new(claims.clone(), CatalogTable::new(&aws, catalog));
    let limits = ConfiguredLimits::new(&aws, limits);
    let secrets = SecretsManager::new(&aws);
    let connections = DocumentDb::CONNECTIONS_PER_REQUEST;
    let database = or_exit(DocumentDb::from_environment(&env, secrets.clone(), connections).await);
    let orders = OrderCollection::new(database);
    let events = OutboxEvents::new(EventBridgePublisher::new(&aws, bus), orders.clone());

    warm_up(async { tokio::join!(claims.probe(), orders.probe(), limits.probe()).into() }).await;
    let numbers = has_numbers.then(|| LeasedNumbers::new(orders.clone()));
    let claim_ttl = settings.ttl;
    let later = acceptance.map(|AcceptanceSettings { queue, link_lifetime }| ProcessingLater {
        queue: AcceptedQueue::new(&aws, queue),
        keys: RotatingCursorKeys::new(or_exit(env.cursor_key()), secrets.clone()),
        link_lifetime,
    });
    let handler =
        CreateOrder { claims, stock, orders, events, numbers, later, forms, payment_window, claim_ttl };
    serve(handler, limits.into(), &env, secrets).await
}
