//! Tables, database cluster and indexes in the templates.

use crate::template::{of_type, root, template, text};
use serde_json::json;

#[test]
fn tables_are_encrypted_and_can_be_restored() {
    let nested = ["infra/audit.yaml", "infra/identity.yaml"].map(template);
    let templates: Vec<_> = nested.into_iter().chain([root()]).collect();
    let tables: Vec<_> = templates.iter().flat_map(|it| of_type(it, "AWS::DynamoDB::Table")).collect();
    assert_eq!(tables.len(), 7);
    for (id, table) in tables {
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
        // An identity has no end. Counts of requests and orders matter for some hours at most, and statuses follow from orders.
        let is_restorable = !["OrderStatusTable", "RateLimitTable", "ScreeningTable"].contains(&id);
        let expires = id != "IdentitiesTable";
        assert_eq!(properties["TimeToLiveSpecification"]["Enabled"] == true, expires, "{id}");
        let recovery = &properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(*recovery == true, is_restorable, "{id}");
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
    }
}

#[test]
fn the_indexes_are_created_with_each_version_of_migrate() {
    let root = root();
    let indexes = &root["Resources"]["Indexes"];
    assert_eq!(indexes["Type"], "Custom::Indexes");
    assert_eq!(indexes["Properties"]["ServiceToken"], "Migrate.Alias");
    assert_eq!(indexes["Properties"]["Revision"], "Migrate.Version");
    let timeout = indexes["Properties"]["ServiceTimeout"].as_u64().expect("seconds");
    let function = root["Resources"]["Migrate"]["Properties"]["Timeout"].as_u64().expect("seconds");
    assert!(timeout > function, "CloudFormation waits longer than the timeout of the function");
}

#[test]
fn the_cluster_is_encrypted_and_backed_up() {
    let documentdb = template("infra/documentdb.yaml");
    let properties = &documentdb["Resources"]["Cluster"]["Properties"];
    assert_eq!(properties["EngineVersion"], "5.0.0");
    assert_eq!(properties["StorageEncrypted"], true);
    assert_eq!(properties["KmsKeyId"], "Key.Arn");
    assert_eq!(properties["BackupRetentionPeriod"], "BackupRetentionDays");
    assert_eq!(properties["EnableCloudwatchLogsExports"], json!(["audit", "profiler"]));
    assert!(properties["ServerlessV2ScalingConfiguration"].is_object());
    assert!(text(&properties["MasterUserPassword"]).starts_with("{{resolve:secretsmanager:"));
    let parameters = &documentdb["Resources"]["ParameterGroup"]["Properties"]["Parameters"];
    assert!(text(&parameters["tls"]).starts_with("tls1.2"));
    assert_eq!(parameters["audit_logs"], "enabled");
    assert_eq!(documentdb["Resources"]["Key"]["Properties"]["EnableKeyRotation"], true);
    for (id, instance) in of_type(&documentdb, "AWS::DocDB::DBInstance") {
        assert_eq!(instance["Properties"]["DBInstanceClass"], "db.serverless", "{id}");
    }
    let rotation = &documentdb["Resources"]["Rotation"]["Properties"];
    assert_eq!(rotation["HostedRotationLambda"]["RotationType"], "MongoDBSingleUser");
    assert!(rotation["RotationRules"]["AutomaticallyAfterDays"].as_u64().is_some_and(|days| days <= 90));
}
