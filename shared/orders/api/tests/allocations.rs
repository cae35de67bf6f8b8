//! Allocations of a request, from the bytes of its event to the bytes of its response, with the real handler
//! and no-op stores. Each additional one costs time in every request.

use kernel::{PortError, Tenant, Timestamp};
use lambda_http::{Context, LambdaEvent};
use orders_api::{AcceptedForms, CreateOrder, ProcessingLater};
use orders_domain::ports::{
    Acceptance, Acceptances, Claim, ClaimedKey, Claims, EventPublisher, Existing, Holder, Inserted, LookUp,
    NewAcceptance, NewClaim, OrderNumbers, Orders, ProcessingQueue, PublishOutcome, StockClaim, StockClaims,
};
use orders_domain::{
    AcceptedKey, LeasedNumbers, NumberBlock, Offers, OrderChange, OrderKey, OrderRecord, ProductUnits,
};
use platform_http::{Admission, Cors, CursorKeys, GatewayEvent, HttpApp};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use std::alloc::System;
use std::time::Duration;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Stores and bus that accept every call and store nothing.
struct Nothing;

impl Claims for Nothing {
    async fn claim(&self, _: &NewClaim<'_>) -> Result<Claim, PortError> {
        Ok(Claim::Won)
    }
}

impl Acceptances for Nothing {
    async fn accept(&self, _: &NewAcceptance<'_>) -> Result<Acceptance, PortError> {
        Ok(Acceptance::Claimed(Holder::Another))
    }
}

impl ProcessingQueue for Nothing {
    async fn send(&self, _: &AcceptedKey) -> Result<(), PortError> {
        Ok(())
    }
}

impl StockClaims for Nothing {
    fn remembered(&self, _: &Tenant, _: &[ProductUnits]) -> Option<Offers> {
        None
    }

    async fn look_up(&self, _: &ClaimedKey<'_>, _: &[ProductUnits]) -> Result<LookUp, PortError> {
        Ok(LookUp::Products(Offers::new()))
    }

    async fn holder(&self, _: &ClaimedKey<'_>) -> Result<Option<Holder>, PortError> {
        Ok(None)
    }

    async fn claim_with_stock(&self, _: &NewClaim<'_>) -> Result<StockClaim, PortError> {
        Ok(StockClaim::Won)
    }

    async fn close(&self, _: &OrderKey) -> Result<(), PortError> {
        Ok(())
    }
}

impl Orders for Nothing {
    async fn insert(&self, _: &OrderRecord) -> Result<Inserted, PortError> {
        Ok(Inserted::New)
    }

    async fn existing(&self, _: &OrderKey) -> Result<Option<Existing>, PortError> {
        Ok(None)
    }

    async fn apply(&self, _: &OrderChange) -> Result<Option<OrderRecord>, PortError> {
        Ok(None)
    }

    async fn find(&self, _: &OrderKey) -> Result<Option<OrderRecord>, PortError> {
        Ok(None)
    }
}

impl OrderNumbers for Nothing {
    async fn lease_block(&self, _: &Tenant) -> Result<NumberBlock, PortError> {
        Ok(NumberBlock::ending_with(NumberBlock::SIZE).expect("a block"))
    }
}

impl EventPublisher for Nothing {
    async fn publish_pending(&self, _: &OrderRecord, _: Timestamp) -> PublishOutcome {
        PublishOutcome { published: 1, failure: None }
    }
}

type App = HttpApp<CreateOrder<Nothing, Nothing, Nothing, Nothing, Nothing, Nothing, CursorKeys>>;

/// Number of events before the measurement, which complete lazy initialisation.
const WARM_UP: usize = 10;
const MEASURED: usize = 100;
/// Slightly above the current numbers, which the test prints. The margin allows a new release of a
/// dependency, but no second copy of the headers or of the body.
const MAX_ALLOCATIONS: usize = 210;
const MAX_BYTES: usize = 17_100;

async fn respond(app: &App, event: &[u8]) -> Vec<u8> {
    let event: GatewayEvent = serde_json::from_slice(event).expect("an event");
    let response = app.respond(LambdaEvent::new(event, Context::default())).await;
    app.finish().await;
    serde_json::to_vec(&response).expect("a response always serialises")
}

#[tokio::test]
async fn a_new_order_takes_few_allocations() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../events/create-order.json");
    let event = std::fs::read(file).expect("the sample event");
    let handler = CreateOrder {
        claims: Nothing,
        stock: Nothing,
        orders: Nothing,
        events: Nothing,
        numbers: Some(LeasedNumbers::new(Nothing)),
        later: Some(ProcessingLater {
            queue: Nothing,
            keys: CursorKeys::new("a key"),
            link_lifetime: Duration::from_hours(24),
        }),
        forms: AcceptedForms { has_details: true, has_products: true, has_payment: true },
        payment_window: None,
        claim_ttl: Duration::from_hours(24),
    };
    let app = HttpApp::new(handler, Admission::open(), Cors::new(Vec::new()));
    for _ in 0..WARM_UP {
        let response = respond(&app, &event).await;
        assert!(String::from_utf8_lossy(&response).contains(r#""statusCode":201"#));
    }
    let region = Region::new(ALLOCATOR);
    for _ in 0..MEASURED {
        respond(&app, &event).await;
    }
    let change = region.change();
    let allocations = (change.allocations + change.reallocations) / MEASURED;
    let bytes = change.bytes_allocated / MEASURED;
    println!("{allocations} allocations, {bytes} bytes, for an event of {} bytes", event.len());
    assert!(allocations <= MAX_ALLOCATIONS, "{allocations} allocations");
    assert!(bytes <= MAX_BYTES, "{bytes} bytes");
}
