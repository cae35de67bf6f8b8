//! Changes of a deployed stack: each reaches the version behind `live`, and loses nothing.

use crate::deployment::{FUNCTIONS, Live, Operator, changed_templates};
use http::Method;
use orders_tests::{Api, GOOD_ORDER, fresh_key};
use std::path::Path;
use tempfile::TempDir;

const DONE: &str = "Successfully created/updated stack - orders-dev";

/// Asserts that each function has a newer version, and prints what `live` had before and after.
fn assert_all_published(change: &str, before: &[Live], after: &[Live], value: impl Fn(&Live) -> String) {
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(after) {
        println!(
            "{change}: {} live {} -> {}, {} -> {}",
            after.function,
            before.version,
            after.version,
            value(before),
            value(after)
        );
        assert_eq!(after.version, before.version + 1, "{change}: {}", after.function);
    }
}

/// Asserts that the last deployment has created the indexes before any function that uses them changed.
fn assert_indexes_come_first(operator: &Operator) {
    let events = operator.python(
        "pages = boto3.client('cloudformation').get_paginator('describe_stack_events').paginate(StackName='orders-dev')\n\
         events = [event for page in pages for event in page['StackEvents']]\n\
         print(json.dumps([(it['LogicalResourceId'], it['ResourceStatus']) for it in events]))",
    );
    // The newest comes first.
    let events: Vec<(String, String)> = serde_json::from_value(events).expect("pairs");
    let start =
        events.iter().position(|(id, status)| id == "orders-dev" && status.ends_with("E_IN_PROGRESS"));
    let last: Vec<_> = events[..start.expect("the start of a deployment")].iter().rev().collect();
    let indexes = last.iter().position(|(id, status)| id == "Indexes" && status.ends_with("E_COMPLETE"));
    let indexes = indexes.expect("the indexes are created with each version of migrate");
    for function in [
        "CreateOrder",
        "ListOrders",
        "GetOrder",
        "PatchOrder",
        "OrderPayments",
        "ReceivePayment",
        "RecordPaymentFacts",
        "Health",
        "Relay",
    ] {
        let changed = last.iter().position(|(id, _)| id == function).expect(function);
        assert!(indexes < changed, "{function}: {last:?}");
    }
}

/// Asserts that resources have the tags of samconfig.toml, and that other stacks find API and bus.
fn assert_tagged_and_discoverable(operator: &Operator, url: &str) {
    let found = operator.python(
        "functions = boto3.client('lambda')\n\
         arns = [it['FunctionArn'] for it in functions.list_functions()['Functions']]\n\
         parameter = lambda name: boto3.client('ssm').get_parameter(Name=f'/orders-dev/{name}')['Parameter']['Value']\n\
         print(json.dumps({'tags': [functions.list_tags(Resource=arn)['Tags'] for arn in arns],\n\
           'api': parameter('api-url'), 'bus': parameter('event-bus-name')}))",
    );
    let tags = found["tags"].as_array().expect("tags");
    // And the one that tests new versions.
    assert_eq!(tags.len(), FUNCTIONS + 1);
    for tags in tags {
        for (key, value) in [("service", "orders"), ("environment", "dev"), ("owner", "orders")] {
            assert_eq!(tags[key], value, "{tags}");
        }
    }
    assert_eq!(found["bus"], "orders-dev-orders");
    assert!(found["api"].as_str().is_some_and(|it| it.starts_with("http")), "{found} {url}");
}

#[tokio::test]
async fn each_change_of_a_stack_reaches_live_and_loses_nothing() {
    let operator = Operator::new();
    let url = operator.emulator.aws_endpoint_url.clone();
    let api = Api::new(&format!("{url}/_aws/execute-api/orders/$default"));
    let output = operator.deploy("dev", &operator.templates(), "");
    assert!(output.contains(DONE), "{output}");
    assert!(output.contains("AlarmEmail is not set: alarms notify nobody"), "{output}");
    let first = operator.live().await;
    assert_eq!(first.len(), FUNCTIONS, "{first:?}");
    assert!(first.iter().all(|live| live.version == 1 && live.variable("LOG_LEVEL") == "INFO"), "{first:?}");
    assert_indexes_come_first(&operator);
    assert_tagged_and_discoverable(&operator, &url);
    // A client that is created between two deployments: the later ones keep it.
    let token = operator.emulator.token("orders-dev", "acme", "orders:read orders:write orders:price");
    let _ = api.clone().attempt(Method::GET, "/orders", &[], "").await.expect_err("401 without a token");
    let api = api.with_token(&token);
    let key = fresh_key();
    let created = api.create(&key, &GOOD_ORDER).await;
    assert_eq!(created.status, 201, "{}", created.body);

    // Parameters.
    let template = operator.templates();
    operator.deploy("dev", &template, "LogLevel=DEBUG IdempotencyTtlSeconds=3600");
    let levels = operator.live().await;
    assert_all_published("log level", &first, &levels, |live| live.variable("LOG_LEVEL").to_owned());
    assert!(levels.iter().all(|live| live.variable("LOG_LEVEL") == "DEBUG"), "{levels:?}");
    let create = levels.iter().find(|live| live.function == "orders-dev-create-order").expect("the function");
    assert_eq!(create.variable("IDEMPOTENCY_TTL_S"), "3600");
    assert_indexes_come_first(&operator);
    assert_eq!(api.create(&key, &GOOD_ORDER).await.body, created.body, "the key is still claimed");
    let output = operator.deploy("dev", &template, "LogLevel=DEBUG IdempotencyTtlSeconds=3600");
    assert!(output.contains("No changes to deploy. Stack orders-dev is up to date"), "{output}");
    assert_eq!(operator.live().await, levels);

    // The changes of a deployment, before it runs.
    let target = format!("TEMPLATE={template}");
    let (output, is_done) = operator.make(&["diff", "ENV=dev", &target], "LogLevel=WARN", "");
    assert!(is_done && output.contains("AWS::Lambda::Function orders-dev/CreateOrder"), "{output}");
    let (output, is_done) = operator.make(&["diff", "ENV=prod", &target], "", "");
    assert!(is_done && output.contains("orders-prod does not exist: every resource is new"), "{output}");
    assert_eq!(operator.live().await, levels, "a comparison changes nothing");

    // The text of the template: a longer timeout of the functions behind the API.
    let folder = TempDir::new().expect("a folder");
    let longer = |_: &Path, text: String| text.replace("    Timeout: 10\n", "    Timeout: 12\n");
    changed_templates(folder.path(), longer);
    let template = operator.adapted_templates(folder.path(), &operator.emulator.database_secret_arn);
    operator.deploy("dev", &template, "LogLevel=DEBUG IdempotencyTtlSeconds=3600");
    let timeouts = operator.live().await;
    for (before, after) in levels.iter().zip(&timeouts) {
        let is_changed = before.timeout_s == 10;
        println!(
            "timeout: {} live {} -> {}, {} s -> {} s",
            after.function, before.version, after.version, before.timeout_s, after.timeout_s
        );
        assert_eq!(after.timeout_s, if is_changed { 12 } else { before.timeout_s }, "{}", after.function);
        assert_eq!(after.version, before.version + u32::from(is_changed), "{}", after.function);
    }

    // A restore: the runbook puts the address and login of the new cluster into another secret.
    let login = operator.secret(&operator.emulator.database_secret_arn).await;
    let restored = operator.create_secret("orders-dev-restored", login).await;
    let parameters = format!("LogLevel=DEBUG IdempotencyTtlSeconds=3600 ClusterSecretArn={restored}");
    operator.deploy("dev", &template, &parameters);
    let after = operator.live().await;
    let uses_database = |live: &&Live| !live.variable("MONGO_SECRET_ARN").is_empty();
    let (before, with_secret): (Vec<_>, Vec<_>) = (
        timeouts.iter().filter(uses_database).cloned().collect(),
        after.iter().filter(uses_database).cloned().collect(),
    );
    assert_eq!(with_secret.len(), 12);
    assert_all_published("secret", &before, &with_secret, |live| {
        live.variable("MONGO_SECRET_ARN").to_owned()
    });
    assert!(with_secret.iter().all(|live| live.variable("MONGO_SECRET_ARN") == restored), "{with_secret:?}");
    // The old secret goes with the old cluster, and no function needs it.
    let old = operator.secrets().delete_secret().secret_id(&operator.emulator.database_secret_arn);
    old.force_delete_without_recovery(true).send().await.expect("a deletion");
    assert_eq!(api.order(&created.order_id()).await.body, created.body);
    assert_eq!(api.new_order().await.status, 201);

    // CloudFront. It comes first, while every request still passes; then only requests with its secret do.
    let parameters =
        format!("{parameters} WebAclArn=arn:aws:wafv2:us-east-1:000000000000:global/webacl/orders/1");
    let output = operator.deploy("dev", &template, &parameters);
    assert!(output.contains("callers can bypass CloudFront"), "{output}");
    assert_eq!(operator.live().await, after, "the functions do not change");
    assert_eq!(api.get("/ready").await.status, 200);
    operator.deploy("dev", &template, &format!("{parameters} EnforceCloudFront=true"));
    let behind = operator.live().await;
    let arn =
        behind.iter().find_map(|live| Some(live.variable("ORIGIN_SECRET_ARN")).filter(|it| !it.is_empty()));
    let secret = operator.secret(arn.expect("a secret")).await;
    let through = api.clone().with_header("x-origin-secret", &secret);
    assert_eq!(through.create(&key, &GOOD_ORDER).await.body, created.body);
    for path in ["/orders", "/orders/1", "/health", "/ready"] {
        let _ = api.get(path).await.problem(403, "not-through-cloudfront");
        let wrong = api.clone().with_header("x-origin-secret", "guessed");
        let _ = wrong.get(path).await.problem(403, "not-through-cloudfront");
    }
    for (path, status) in [("/healthz", 200), ("/openapi.json", 200), ("/docs", 200), ("/nowhere", 404)] {
        assert_eq!(api.get(path).await.status, status, "{path} has no data");
    }
    let post = api.send(Method::POST, "/orders", &[], "").await;
    let _ = post.problem(403, "not-through-cloudfront");
    assert_eq!(through.get("/ready").await.status, 200);

    // Parameters that can't change are refused before anything happens.
    let (output, is_done) =
        operator.make(&["deploy", "ENV=dev", &format!("TEMPLATE={template}")], "MongoDb=other", "");
    assert!(!is_done && output.contains("MongoDb is 'orders' and can't change to 'other'"), "{output}");
    assert_eq!(operator.live().await, behind);
}
