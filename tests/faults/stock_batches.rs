//! Stock of many accepted orders: few transactions, whose responses are lost, which conflict, or which are repeated.

use catalog_dynamodb::CatalogTable;
use kernel::{PortError, Tenant, Timestamp};
use orders_domain::ports::{
    Freshness, StockBatches as _, StockEffect, StockSettlement, StockSettlements as _, StockTaken,
};
use orders_domain::{CatalogOrder, Order, OrderId, RequestedItem, RequestedPrice};
use orders_dynamodb::{DynamoDbClaims, DynamoDbStock};
use orders_tests::{AwsError, Fault, Shop, TestServers, sdk_config};
use std::collections::BTreeSet;

const TRANSACTION: &str = "TransactWriteItems";

/// Shop, and the stock of a processor behind the same proxy.
struct Processor {
    shop: Shop,
    stock: DynamoDbStock,
}

impl Processor {
    async fn start() -> Self {
        let shop = Shop::open().await;
        let config = sdk_config(&shop.aws.aws_endpoint_url());
        let claims = DynamoDbClaims::new(&config, TestServers::shared().idempotency_table.clone());
        let stock = DynamoDbStock::new(claims, CatalogTable::new(&config, shop.catalog.table().to_owned()));
        Self { shop, stock }
    }

    /// Returns accepted orders of one unit of a product.
    async fn orders(&self, count: usize, sku: &str) -> Vec<Order> {
        let (tenant, now) = (Tenant::default(), Timestamp::from(std::time::SystemTime::now()));
        let item = RequestedItem {
            sku: sku.parse().expect("a sku"),
            quantity: 1.try_into().expect("a quantity"),
            price: RequestedPrice::OfCatalog,
        };
        let wanted = [(tenant.clone(), item.sku.clone())];
        let offers = self.stock.offers(&wanted, Freshness::Remembered).await.expect("offers");
        let (customer, currency) = ("c-1".parse().expect("a customer"), "EUR".parse().expect("a currency"));
        let request = CatalogOrder::new(customer, currency, vec![item]).expect("a request");
        let order = request.priced(&offers[&tenant]).expect("an order");
        let id = || OrderId::v7(now, uuid::Uuid::new_v4().as_bytes()[..10].try_into().expect("ten bytes"));
        (0..count).map(|_| Order::place(order.clone(), tenant.clone(), id(), now)).collect()
    }

    async fn take(&self, orders: &[Order]) -> Result<Vec<StockTaken>, PortError> {
        self.stock.take_all(&orders.iter().collect::<Vec<_>>()).await
    }

    /// Takes the stock of orders. Returns the number of those that have a reservation, and of transactions.
    async fn process(&self, orders: &[Order]) -> (usize, usize) {
        self.shop.aws.clear_recorded();
        let outcomes = self.take(orders).await.expect("a response");
        let reserved = outcomes.iter().filter(|outcome| **outcome == StockTaken::Reserved).count();
        (reserved, self.shop.aws.count(TRANSACTION))
    }

    async fn settle(&self, orders: &[Order], effect: &StockEffect) -> Result<usize, PortError> {
        let settlement = |order: &Order| StockSettlement {
            order: order.key(),
            products: order.products(),
            effect: effect.clone(),
        };
        let settlements: Vec<_> = orders.iter().map(settlement).collect();
        self.stock.settle(&settlements).await.map(|settled| settled.len())
    }
}

#[tokio::test]
async fn orders_of_one_product_need_few_transactions() {
    let processor = Processor::start().await;
    let sku = processor.shop.product_with(100).await;
    let orders = processor.orders(150, &sku).await;
    // 99; the other 51 find one unit; who came first gets it; the others find none.
    assert_eq!(processor.process(&orders).await, (100, 4));
    assert_eq!(processor.shop.units(&sku).await, [0, 100, 0]);
    // 99 have a reservation; one more has, and 50 find none.
    assert_eq!(processor.process(&orders).await, (100, 2), "delivered again");
    processor.shop.aws.clear_recorded();
    assert_eq!(processor.settle(&orders, &StockEffect::Reject).await.expect("a response"), 150);
    // 100 rejections, and 50; those of a reservation again, as it is.
    assert_eq!(processor.shop.aws.count(TRANSACTION), 4);
    assert_eq!(processor.shop.units(&sku).await, [100, 0, 0]);
    assert_eq!(processor.process(&orders).await, (150, 2), "released already");
    assert_eq!(processor.shop.units(&sku).await, [100, 0, 0]);
    processor.shop.assert_settled().await;
}

#[tokio::test]
async fn batches_whose_responses_were_lost_take_and_give_back_once() {
    let processor = Processor::start().await;
    let sku = processor.shop.product_with(9).await;
    let orders = processor.orders(6, &sku).await;
    processor.shop.aws.clear_recorded();
    processor.shop.aws.fail_next(TRANSACTION, Fault::LoseResponse, 1);
    assert_eq!(processor.take(&orders[..2]).await.expect("a response"), vec![StockTaken::Reserved; 2]);
    let sent = processor.shop.aws.recorded();
    let tokens: BTreeSet<_> = sent
        .iter()
        .filter(|request| request.operation == TRANSACTION)
        .map(|request| request.body["ClientRequestToken"].as_str().expect("a token"))
        .collect();
    assert_eq!((processor.shop.aws.count(TRANSACTION), tokens.len()), (2, 1), "the SDK retries");
    assert_eq!(processor.shop.units(&sku).await, [7, 2, 0]);

    processor.shop.aws.fail_all_of(TRANSACTION, Fault::LoseResponse);
    assert!(processor.take(&orders[..4]).await.is_err());
    processor.shop.aws.clear_faults();
    assert_eq!(processor.process(&orders).await.0, 6);
    assert_eq!(processor.shop.units(&sku).await, [3, 6, 0]);

    processor.shop.aws.fail_all_of(TRANSACTION, Fault::LoseResponse);
    let rejected = [&orders[..3], &processor.orders(1, &sku).await].concat();
    assert!(processor.settle(&rejected, &StockEffect::Reject).await.is_err());
    processor.shop.aws.clear_faults();
    for _ in 0..2 {
        assert_eq!(processor.settle(&rejected, &StockEffect::Reject).await.expect("a response"), 4);
        assert_eq!(processor.shop.units(&sku).await, [6, 3, 0]);
        assert_eq!(processor.process(&rejected).await.0, 4);
    }
    processor.shop.assert_settled().await;
}

#[tokio::test]
async fn a_batch_in_conflict_is_repeated_and_one_that_lasts_holds_nothing() {
    let processor = Processor::start().await;
    let sku = processor.shop.product_with(50).await;
    let transient = [
        AwsError::TransactionCanceled(&["None", "None", "None", "None", "TransactionConflict"]),
        // The first attempt commits at this moment.
        AwsError::TransactionCanceled(&[
            "TransactionConflict",
            "None",
            "None",
            "None",
            "ConditionalCheckFailed",
        ]),
        AwsError::TransactionCanceled(&["None", "None", "None", "None", "ThrottlingError"]),
        AwsError::TransactionInProgress,
    ];
    for (count, error) in (1..).zip(transient) {
        let orders = processor.orders(4, &sku).await;
        processor.shop.aws.fail_next(TRANSACTION, Fault::Respond(error), 1);
        assert_eq!(processor.process(&orders).await, (4, 2), "{error:?}");
        assert_eq!(processor.shop.units(&sku).await[1], 4 * count, "{error:?}");
    }
    let held = processor.shop.units(&sku).await;
    let (orders, single) = (processor.orders(4, &sku).await, processor.orders(1, &sku).await);
    let lasting = AwsError::TransactionCanceled(&["None", "TransactionConflict"]);
    processor.shop.aws.clear_recorded();
    processor.shop.aws.fail_all_of(TRANSACTION, Fault::Respond(lasting));
    assert_eq!(processor.take(&orders).await.expect("a response"), vec![StockTaken::Contended; 4]);
    assert_eq!(processor.take(&single).await.expect("a response"), [StockTaken::Contended]);
    let sizes: BTreeSet<_> = processor
        .shop
        .aws
        .recorded()
        .iter()
        .filter_map(|request| request.body["TransactItems"].as_array().map(Vec::len))
        .collect();
    assert_eq!(sizes, [5, 3, 2].into(), "halved twice");
    processor.shop.aws.clear_faults();
    assert_eq!(processor.shop.units(&sku).await, held, "nothing is held");
    assert_eq!(processor.process(&orders).await, (4, 1));
    processor.shop.assert_settled().await;
}

#[tokio::test]
async fn an_order_that_another_processor_has_in_hand_is_not_refused() {
    let processor = Processor::start().await;
    let sku = processor.shop.product_with(9).await;
    let orders = processor.orders(3, &sku).await;
    let reasons = &["ConditionalCheckFailed", "TransactionConflict", "None", "None"];
    processor.shop.aws.fail_next(TRANSACTION, Fault::Respond(AwsError::TransactionCanceled(reasons)), 1);
    let outcomes = processor.take(&orders).await.expect("a response");
    assert_eq!(outcomes, [StockTaken::Reserved, StockTaken::Contended, StockTaken::Reserved]);
    assert_eq!(
        processor.shop.units(&sku).await,
        [8, 1, 0],
        "the test said that the first one has a reservation"
    );
}
