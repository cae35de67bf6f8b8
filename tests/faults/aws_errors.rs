//! Errors of AWS that the emulator does not have.

use crate::tapped;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use mongodb::bson::doc;
use orders_tests::{AwsError, Fault, GOOD_ORDER, Servers, Tap, fresh_key, sdk_config};

const PASSING: [AwsError; 5] = [
    AwsError::Throttling("ThrottlingException"),
    AwsError::Throttling("ProvisionedThroughputExceededException"),
    AwsError::Throttling("RequestLimitExceeded"),
    AwsError::TransactionConflict,
    AwsError::Internal,
];

#[tokio::test]
async fn an_error_of_dynamodb_that_passes_is_not_seen_or_answered_with_503_and_leaves_one_order() {
    let (_mongo, aws, system) = tapped();
    let system = system.start();
    let api = system.api();
    let orders = system.orders().await;
    api.new_order().await;
    for (count, error) in (2..).zip(PASSING) {
        let key = fresh_key();
        aws.break_next("PutItem", Fault::Answer(error), 1);
        let reply = api.create(&key, &GOOD_ORDER).await;
        // The SDK repeats all but the conflict.
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
async fn an_error_of_dynamodb_that_stays_is_answered_with_503_and_leaves_no_order() {
    let (_mongo, aws, system) = tapped();
    let system = system.start();
    let api = system.api();
    api.new_order().await;
    for error in PASSING {
        let key = fresh_key();
        aws.break_all_of("PutItem", Fault::Answer(error));
        let reply = api.create(&key, &GOOD_ORDER).await;
        let _ = reply.problem(503, "unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"), "{error:?}");
        let orders = system.orders().await;
        assert_eq!(orders.count_documents(doc! {}).await.expect("a count"), 1, "{error:?}");
        aws.heal();
    }
}

/// A write of two items over a tap.
async fn write_two(aws: &Tap) -> Result<(), TransactWriteItemsError> {
    let client = Client::new(&sdk_config(&aws.aws_endpoint_url()));
    let put = || {
        let put = Put::builder().table_name(&Servers::shared().idempotency_table);
        let put =
            put.item("pk", AttributeValue::S(fresh_key())).condition_expression("attribute_not_exists(pk)");
        TransactWriteItem::builder().put(put.build().expect("a put")).build()
    };
    let write = client.transact_write_items().transact_items(put()).transact_items(put());
    write.send().await.map(drop).map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
}

#[tokio::test]
async fn a_transaction_fails_in_each_way_in_which_it_does_on_aws() {
    let aws = Tap::aws(&Servers::shared().aws_endpoint_url);
    write_two(&aws).await.expect("the emulator has transactions");

    for codes in [&["TransactionConflict", "None"][..], &["ConditionalCheckFailed", "TransactionConflict"]] {
        aws.break_next("TransactWriteItems", Fault::Answer(AwsError::TransactionCanceled(codes)), 1);
        let Err(TransactWriteItemsError::TransactionCanceledException(canceled)) = write_two(&aws).await
        else {
            panic!("not cancelled: {codes:?}");
        };
        let seen: Vec<_> = canceled.cancellation_reasons().iter().filter_map(|it| it.code()).collect();
        assert_eq!(seen, codes);
    }

    aws.break_all_of("TransactWriteItems", Fault::Answer(AwsError::TransactionInProgress));
    let error = write_two(&aws).await.expect_err("in progress");
    assert!(error.is_transaction_in_progress_exception(), "{error}");
}
