//! Deployment of a single function with `cargo lambda deploy`.

use http::Method;
use orders_tests::{Emulator, binary, event};

#[tokio::test]
async fn a_function_deployed_with_cargo_lambda_can_be_invoked() {
    let emulator = Emulator::empty();
    let mut deploy = emulator.command(".venv/bin/cargo-lambda");
    deploy.args(["lambda", "deploy", "--endpoint-url", &emulator.aws_endpoint_url]);
    deploy.args(["--role", "arn:aws:iam::000000000000:role/orders", "--binary-path"]).arg(binary("docs"));
    deploy.arg("orders-dev-docs");
    let output = deploy.output().expect("cargo lambda is installed: make .venv/.run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let path = "functions/orders-dev-docs/invocations";
    let result = emulator.lambda(Method::POST, path, Some(&event("openapi.json"))).await;
    assert_eq!(result["statusCode"], 200, "{result}");
}
