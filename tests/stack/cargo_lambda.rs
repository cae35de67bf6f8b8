//! One function by itself, as `cargo lambda deploy` brings it to AWS.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use orders_tests::{Emulator, binary, event};
use serde_json::Value;

#[tokio::test]
async fn cargo_lambda_deploys_a_function_that_answers() {
    let emulator = Emulator::empty();
    let mut deploy = emulator.command(".venv/bin/cargo-lambda");
    deploy.args(["lambda", "deploy", "--endpoint-url", &emulator.aws_endpoint_url]);
    deploy.args(["--role", "arn:aws:iam::000000000000:role/orders", "--binary-path"]).arg(binary("docs"));
    deploy.arg("orders-dev-docs");
    let output = deploy.output().expect("cargo lambda is there: make .venv/.run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let invoked = Client::new(&emulator.sdk_config())
        .invoke()
        .function_name("orders-dev-docs")
        .payload(Blob::new(event("openapi.json").to_string()))
        .send()
        .await
        .expect("an answer");
    let answer: Value =
        serde_json::from_slice(invoked.payload.expect("a payload").as_ref()).expect("a response");
    assert_eq!(answer["statusCode"], 200, "{answer}");
}
