//! AWS errors that the emulator never returns.

use crate::proxied_system;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use mongodb::bson::doc;
use orders_tests::{AwsError, Fault, FaultProxy, GOOD_ORDER, TestServers, fresh_key, sdk_config};

/// Errors after which the same request can succeed.
const TRANSIENT: [AwsError; 5] = [
    AwsError::Throttling("ThrottlingException"),
    AwsError::Throttling("ProvisionedThroughputExceededException"),
    AwsError::Throttling("RequestLimitExceeded"),
    AwsError::TransactionConflict,
    AwsError::Internal,
];

#[tokio::test]
async fn a_transient_dynamodb_error_is_hidden_or_returns_503_and_leaves_one_order() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    let orders = system.orders().await;
    api.new_order().await;
    for (count, error) in (2..).zip(TRANSIENT) {
        let key = fresh_key();
        aws.fail_next("PutItem", Fault::Respond(error), 1);
        let reply = api.create(&key, &GOOD_ORDER).await;
        // The SDK retries all of them except the conflict.
        if error == AwsError::TransactionConflict {
            let _ = reply.problem(503, "unavailable");
        } else {
            assert_eq!(reply.status, 201, "{error:?}: {}", reply.body);
        }
        let again = api.create(&key, &GOOD_ORDER).await;
        assert_eq!(again.status, 201, "{error:?}: {}", again.body);
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), count, "{error:?}");
    }
}

#[tokio::test]
async fn a_permanent_dynamodb_error_returns_503_and_leaves_no_order() {
    let (_mongo, aws, system) = proxied_system();
    let system = system.start();
    let api = system.api();
    api.new_order().await;
    for error in TRANSIENT {
        let key = fresh_key();
        aws.fail_all_of("PutItem", Fault::Respond(error));
        let reply = api.create(&key, &GOOD_ORDER).await;
        let _ = reply.problem(503, "unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"), "{error:?}");
        let orders = system.orders().await;
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), 1, "{error:?}");
        aws.clear_faults();
    }
}

/// Writes two items in a transaction, through a proxy.
async fn write_two(aws: &FaultProxy) -> Result<(), TransactWriteItemsError> {
    let client = Client::new(&sdk_config(&aws.aws_endpoint_url()));
    let put = || {
        let put = Put::builder().table_name(&TestServers::shared().idempotency_table);
        let put =
            put.item("pk", AttributeValue::S(fresh_key())).condition_expression("attribute_not_exists(pk)");
        TransactWriteItem::builder().put(put.build().expect("a put")).build()
    };
    let write = client.transact_write_items().transact_items(put()).transact_items(put());
    write.send().await.map(drop).map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
}

#[tokio::test]
async fn a_transaction_fails_with_every_error_of_aws() {
    let aws = FaultProxy::aws(&TestServers::shared().aws_endpoint_url);
    write_two(&aws).await.expect("the emulator supports transactions");

    for codes in [&["TransactionConflict", "None"][..], &["ConditionalCheckFailed", "TransactionConflict"]] {
        aws.fail_next("TransactWriteItems", Fault::Respond(AwsError::TransactionCanceled(codes)), 1);
        let Err(TransactWriteItemsError::TransactionCanceledException(canceled)) = write_two(&aws).await
        else {
            panic!("not cancelled: {codes:?}");
        };
        let seen: Vec<_> = canceled.cancellation_reasons().iter().filter_map(|it| it.code()).collect();
        assert_eq!(seen, codes);
    }

    aws.fail_all_of("TransactWriteItems", Fault::Respond(AwsError::TransactionInProgress));
    let error = write_two(&aws).await.expect_err("in progress");
    assert!(error.is_transaction_in_progress_exception(), "{error}");
}
