//! Errors of AWS that the emulator does not have.

use crate::proxied;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use mongodb::bson::doc;
use orders_tests::{AwsError, Fault, FaultProxy, GOOD_ORDER, Servers, fresh_key};

const PASSING: [AwsError; 5] = [
    AwsError::Throttling("ThrottlingException"),
    AwsError::Throttling("ProvisionedThroughputExceededException"),
    AwsError::Throttling("RequestLimitExceeded"),
    AwsError::TransactionConflict,
    AwsError::Internal,
];

#[tokio::test]
async fn an_error_of_dynamodb_that_passes_is_not_seen_or_answered_with_503_and_leaves_one_order() {
    let (_mongo, aws, system) = proxied();
    let system = system.start();
    let api = system.api();
    let orders = system.orders().await;
    api.new_order().await;
    for (count, error) in (2..).zip(PASSING) {
        let key = fresh_key();
        aws.fail_next("PutItem", Fault::Respond(error), 1);
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
    let (_mongo, aws, system) = proxied();
    let system = system.start();
    let api = system.api();
    api.new_order().await;
    for error in PASSING {
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

/// A write of two items over a proxy.
async fn write_two(aws: &FaultProxy) -> Result<(), TransactWriteItemsError> {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(aws.aws_endpoint_url())
        .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
        .http_client(platform_aws::http_client())
        .build();
    let put = || {
        let put = Put::builder().table_name(&Servers::shared().idempotency_table);
        let put =
            put.item("pk", AttributeValue::S(fresh_key())).condition_expression("attribute_not_exists(pk)");
        TransactWriteItem::builder().put(put.build().expect("a put")).build()
    };
    let write = Client::from_conf(config).transact_write_items().transact_items(put()).transact_items(put());
    write.send().await.map(drop).map_err(aws_sdk_dynamodb::error::SdkError::into_service_error)
}

#[tokio::test]
async fn a_transaction_fails_in_each_way_in_which_it_does_on_aws() {
    let aws = FaultProxy::aws(&Servers::shared().aws_endpoint_url);
    write_two(&aws).await.expect("the emulator has transactions");

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
