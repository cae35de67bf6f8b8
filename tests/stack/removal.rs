//! Failed first deployments, production, and removal.

use crate::deployment::{FUNCTIONS, Operator};
use http::Method;
use orders_tests::repository;
use serde_json::{Value, json};

/// Parameters of a production stack on the emulator, which has no Synthetics.
const PROD: &str = "AlarmEmail=ops@example.com Probe=false";

#[tokio::test]
async fn a_failed_first_deployment_leaves_nothing_and_can_be_repeated() {
    let operator = Operator::new();
    // A database that nobody can reach: the indexes can't be created.
    let login: Value =
        serde_json::from_str(&operator.secret(&operator.emulator.database_secret_arn).await).expect("JSON");
    let mut unreachable = login.clone();
    unreachable["port"] = json!(1);
    let secret = operator.create_secret("orders-unreachable", unreachable.to_string()).await;
    let template = operator.adapted_templates(repository(), &secret);
    let deploy = ["deploy", "ENV=dev", &format!("TEMPLATE={template}")];
    let (output, is_done) = operator.make(&deploy, "", "");
    assert!(!is_done && output.contains("ROLLBACK"), "{output}");
    let remaining = operator.emulator.lambda(Method::GET, "functions", None).await;
    assert_eq!(remaining["Functions"], json!([]), "the rollback removes every function");

    let (output, is_done) = operator.make(&deploy, "", "");
    assert!(!is_done && output.contains("`make remove ENV=dev` deletes it"), "{output}");
    let (output, is_done) = operator.make(&["remove", "ENV=dev"], "", "orders-dev\n");
    assert!(is_done && output.contains("removed: orders-dev"), "{output}");
    assert!(!output.contains("Table"), "{output}");

    let template = operator.templates();
    operator.deploy("dev", &template, "");
    assert_eq!(operator.live().await.len(), FUNCTIONS);

    // Nothing of `dev` stays, and it can be deployed once more.
    let (output, is_done) = operator.make(&["remove", "ENV=dev"], "", "orders-prod\n");
    assert!(!is_done && output.contains("nothing was removed"), "{output}");
    let (output, is_done) = operator.make(&["remove", "ENV=dev"], "", "orders-dev\n");
    assert!(is_done && output.contains("removed: orders-dev"), "{output}");
    assert!(!output.contains("stays: "), "{output}");
    operator.deploy("dev", &template, "");
    assert_eq!(operator.live().await.len(), FUNCTIONS);
}

#[tokio::test]
async fn production_refuses_to_be_anonymous_or_silent_and_keeps_its_data() {
    let operator = Operator::new();
    let template = operator.templates();
    let deploy = ["deploy", "ENV=prod", &format!("TEMPLATE={template}"), "CONFIRM=no"];
    for (parameters, reason) in [
        ("Auth=none AlarmEmail=ops@example.com Probe=false", "prod requires Auth cognito or issuer."),
        ("Probe=false", "prod requires AlarmEmail."),
        (
            "Auth=issuer AlarmEmail=ops@example.com Probe=false",
            "must have the audiences of the issuer's tokens",
        ),
    ] {
        let (output, is_done) = operator.make(&deploy, parameters, "");
        assert!(!is_done && output.contains(reason), "{parameters}: {output}");
    }
    let functions = operator.emulator.lambda(Method::GET, "functions", None).await;
    assert_eq!(functions["Functions"], json!([]));

    let (output, is_done) = operator.make(&deploy, PROD, "");
    assert!(is_done, "{output}");
    assert!(
        output.contains("the first deployment has no deletion protection; a second one adds it"),
        "{output}"
    );
    assert!(output.contains("orders-prod has termination protection"), "{output}");
    let (output, is_done) = operator.make(&["remove", "ENV=prod"], "", "orders-prod\n");
    assert!(!is_done && output.contains("TerminationProtection"), "{output}");
    assert_eq!(operator.live().await.len(), FUNCTIONS);

    // The runbook "Remove a stack" turns the protection off. Data and logs stay.
    let protected = operator.python(
        "protection = boto3.client('cloudformation').update_termination_protection\n\
         table = [it for it in boto3.client('dynamodb').list_tables()['TableNames'] if 'Idempotency' in it][0]\n\
         protection(StackName='orders-prod', EnableTerminationProtection=False)\n\
         description = boto3.client('dynamodb').describe_table(TableName=table)['Table']\n\
         print(json.dumps(str(description['DeletionProtectionEnabled']).lower()))",
    );
    assert_eq!(protected, json!("true"), "the table of the keys");
    let (output, is_done) = operator.make(&["remove", "ENV=prod"], "", "orders-prod\n");
    assert!(is_done && output.contains("removed: orders-prod"), "{output}");
    // The emulator ignores policies when it removes a nested stack with its parent. tests/infra removes them one by one.
    for resource in [
        "AWS::DynamoDB::Table orders-prod-IdempotencyTable",
        "AWS::DynamoDB::Table orders-prod-CatalogTable",
        "AWS::Logs::LogGroup /aws/apigateway/orders-prod",
    ] {
        assert!(output.contains(&format!("stays: {resource}")), "{resource}: {output}");
    }
}
