//! What the templates promise an operator.

use crate::template::{
    WITH_FUNCTIONS, all_functions, functions, list, of_type, resources, template, text, toml,
};
use crate::workspace::{package, packages_in};
use platform_http::{Cors, ROUTES};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const NESTED: &[&str] = &[
    "infra/audit.yaml",
    "infra/documentdb.yaml",
    "infra/edge.yaml",
    "infra/network.yaml",
    "infra/observability.yaml",
    "infra/per-function.yaml",
];

fn root() -> Value {
    template("template.yaml")
}

/// Every package in `functions/`, by the name of its binary.
fn binaries() -> BTreeSet<String> {
    packages_in("functions").map(|package| package.name.clone()).collect()
}

#[test]
fn every_function_crate_is_one_function_of_the_stack_under_its_own_name() {
    let built: Vec<_> = all_functions().into_iter().map(|function| function.binary).collect();
    assert_eq!(built.len(), built.iter().collect::<BTreeSet<_>>().len(), "none twice");
    assert_eq!(built.into_iter().collect::<BTreeSet<_>>(), binaries());
    for (file, stack_name) in WITH_FUNCTIONS {
        for function in functions(&template(file)) {
            let name = format!("{stack_name}-{}", function.binary);
            assert_eq!(function.properties["FunctionName"], name.as_str());
        }
    }
}

#[test]
fn every_function_is_traced_logged_and_taken_back_by_its_own_alarm() {
    let root = root();
    let given_to_audit = &root["Resources"]["Audit"]["Properties"]["Parameters"];
    assert_eq!(root["Parameters"]["Architecture"]["Default"], "arm64");
    assert_eq!(root["Parameters"]["DeploymentType"]["Default"], "Canary10Percent5Minutes");
    let per_function = template("infra/per-function.yaml");
    for (file, stack_name) in WITH_FUNCTIONS {
        let template = template(file);
        let globals = &template["Globals"]["Function"];
        assert_eq!(globals["Runtime"], "provided.al2023");
        assert_eq!(globals["Architectures"], json!(["Architecture"]));
        assert_eq!(globals["Tracing"], "Active");
        assert_eq!(globals["LoggingConfig"]["LogFormat"], "JSON");
        assert_eq!(globals["AutoPublishAlias"], "live");
        assert_eq!(globals["DeploymentPreference"]["Type"], "DeploymentType");
        // What a nested template takes by parameter, the root names.
        let named = |value: &Value| given_to_audit.get(text(value)).unwrap_or(value).clone();
        let groups = list(&globals["VpcConfig"]["SecurityGroupIds"]);
        assert_eq!(groups.len(), 1);
        assert_eq!(named(groups[0]), "Network.Outputs.FunctionsSecurityGroupId");
        let name_of_stack = stack_name.trim_start_matches("${").trim_end_matches('}');
        assert_eq!(globals["Environment"]["Variables"]["METRICS_NAMESPACE"], name_of_stack);
        for function in functions(&template) {
            let alarms = list(&function.properties["DeploymentPreference"]["Alarms"]);
            let alarm = format!("{}Alarm", function.logical_id);
            assert_eq!(alarms.len(), 1, "{}", function.binary);
            assert_eq!(named(alarms[0]), format!("PerFunction.Outputs.{alarm}"));
            let key = format!("Errors{}", function.binary.replace('-', ""));
            assert_eq!(per_function["Outputs"][&alarm]["Value"], key.as_str());
            let own =
                ["Runtime", "Tracing", "LoggingConfig", "AutoPublishAlias", "VpcConfig", "Architectures"];
            for name in own {
                assert!(function.properties.get(name).is_none(), "{} has its own {name}", function.binary);
            }
        }
    }
    for same in ["Architecture", "LogLevel", "DeploymentType"] {
        assert_eq!(given_to_audit[same], same);
    }
}

/// Every text in a piece of a template, where `!Ref X` is `X`.
fn texts(node: &Value) -> Vec<&str> {
    match node {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members.values().flat_map(texts).collect(),
        _ => vec![],
    }
}

#[test]
fn a_version_is_described_by_every_parameter_that_its_function_depends_on() {
    // SAM names a version by what the template says, so a parameter alone would publish none.
    for (file, _) in WITH_FUNCTIONS {
        let template = template(file);
        let parameters = template["Parameters"].as_object().expect("parameters");
        let globals = &template["Globals"]["Function"];
        for function in functions(&template) {
            let own = &function.properties;
            let description = text(&own["VersionDescription"]);
            for name in ["Environment", "Architectures", "LoggingConfig", "MemorySize", "Timeout"] {
                for parameter in texts(&globals[name]).into_iter().chain(texts(&own[name])) {
                    // The name of the stack never changes.
                    if parameters.contains_key(parameter) && parameter != "Name" {
                        assert!(
                            description.contains(&format!("${{{parameter}}}")),
                            "{}: {parameter} is missing in {description}",
                            function.binary
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn cargo_lambda_deploys_with_the_settings_of_the_template() {
    for function in all_functions() {
        let manifest = toml(&format!("{}/Cargo.toml", package(&function.binary).folder()));
        assert_eq!(manifest["package"]["name"], function.binary.as_str());
        let deploy = &manifest["package"]["metadata"]["lambda"]["deploy"];
        assert_eq!(deploy["memory"], *function.property("MemorySize"), "{}", function.binary);
        assert_eq!(deploy["timeout"], *function.property("Timeout"), "{}", function.binary);
        assert_eq!(deploy["tracing"], "active");
    }
}

#[test]
fn a_function_of_the_api_answers_before_the_api_gives_up() {
    const API_LIMIT_S: u64 = 30;
    for function in all_functions() {
        let events = function.properties["Events"].as_object();
        if events.is_some_and(|events| events.values().any(|event| event["Type"] == "HttpApi")) {
            let timeout = function.property("Timeout").as_u64().expect("a number");
            assert!(timeout < API_LIMIT_S, "{}", function.binary);
        }
    }
}

#[test]
fn the_api_asks_for_tokens_lets_pages_in_throttles_and_logs() {
    let root = root();
    let api = &root["Resources"]["OrdersApi"]["Properties"];
    let guarded: BTreeSet<_> = api["DefinitionBody"]["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").iter();
            methods.map(move |(method, it)| {
                assert_eq!(it["security"], json!(["HasJwt", [{ "Jwt": [] }], "AWS::NoValue"]));
                (method.to_uppercase(), path.clone())
            })
        })
        .collect();
    let of_orders = ROUTES.iter().filter(|route| route.path.starts_with("/orders"));
    assert_eq!(guarded, of_orders.map(|r| (r.method.to_owned(), r.path.to_owned())).collect());
    let cors = &api["DefinitionBody"]["x-amazon-apigateway-cors"][1];
    assert_eq!(cors["allowOrigins"], "CorsOrigins");
    assert_eq!(cors["allowMethods"], json!(Cors::METHODS));
    assert_eq!(cors["allowHeaders"], json!(Cors::HEADERS));
    assert_eq!(cors["exposeHeaders"], json!(Cors::EXPOSED));
    assert_eq!(cors["maxAge"], Cors::MAX_AGE_S);
    assert_eq!(api["DefaultRouteSettings"]["ThrottlingRateLimit"], "ThrottlingRateLimit");
    assert_eq!(api["DefaultRouteSettings"]["ThrottlingBurstLimit"], "ThrottlingBurstLimit");
    assert_eq!(api["AccessLogSettings"]["DestinationArn"], "ApiLogs.Arn");
    let format: Value =
        serde_json::from_str(text(&api["AccessLogSettings"]["Format"])).expect("a line of JSON");
    assert!(format.as_object().is_some_and(|line| line.len() > 5), "{format}");
}

#[test]
fn tables_are_protected_and_can_be_restored() {
    let (root, audit) = (root(), template("infra/audit.yaml"));
    let tables: Vec<_> =
        [&root, &audit].into_iter().flat_map(|it| of_type(it, "AWS::DynamoDB::Table")).collect();
    assert_eq!(tables.len(), 2);
    for (id, table) in tables {
        let properties = &table["Properties"];
        assert_eq!(table["DeletionPolicy"], "Retain", "{id}");
        assert_eq!(table["UpdateReplacePolicy"], "Retain", "{id}");
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
        assert_eq!(properties["DeletionProtectionEnabled"], true, "{id}");
        assert_eq!(properties["TimeToLiveSpecification"]["Enabled"], true, "{id}");
        assert_eq!(
            properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true,
            "{id}"
        );
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
    }
}

#[test]
fn queues_are_encrypted_and_every_dead_letter_rings() {
    let (root, audit) = (root(), template("infra/audit.yaml"));
    // Whatever has no dead-letter queue is one.
    let dead_letters = |template: &Value| -> BTreeSet<_> {
        of_type(template, "AWS::SQS::Queue")
            .inspect(|(id, queue)| assert_eq!(queue["Properties"]["SqsManagedSseEnabled"], true, "{id}"))
            .filter(|(_, queue)| queue["Properties"].get("RedrivePolicy").is_none())
            .map(|(id, _)| format!("{id}.QueueName"))
            .collect()
    };
    assert_eq!(dead_letters(&root), ["EventsDeadLetters.QueueName".to_owned()].into());
    assert_eq!(dead_letters(&audit), ["AuditDeadLetters.QueueName".to_owned()].into());
    assert_eq!(audit["Outputs"]["DeadLettersName"]["Value"], "AuditDeadLetters.QueueName");
    let watched = &root["Resources"]["Observability"]["Properties"]["Parameters"];
    assert_eq!(watched["EventsDeadLettersName"], "EventsDeadLetters.QueueName");
    assert_eq!(watched["AuditDeadLettersName"], "Audit.Outputs.DeadLettersName");
    let (_, rule) = of_type(&audit, "AWS::Events::Rule").next().expect("a rule");
    assert_eq!(rule["Properties"]["Targets"][0]["DeadLetterConfig"]["Arn"], "AuditDeadLetters.Arn");
}

#[test]
fn the_bus_is_archived_and_the_relay_runs_alone_every_minute() {
    let root = root();
    let (_, archive) = of_type(&root, "AWS::Events::Archive").next().expect("an archive");
    assert_eq!(archive["Properties"]["SourceArn"], "OrdersBus.Arn");
    let relay = &root["Resources"]["Relay"]["Properties"];
    assert_eq!(relay["ReservedConcurrentExecutions"], 2);
    assert_eq!(relay["Events"]["Schedule"]["Type"], "ScheduleV2");
    assert_eq!(relay["Events"]["Schedule"]["Properties"]["ScheduleExpression"], "rate(1 minute)");
}

#[test]
fn the_indexes_are_made_with_each_version_of_migrate() {
    let root = root();
    let indexes = &root["Resources"]["Indexes"];
    assert_eq!(indexes["Type"], "Custom::Indexes");
    assert_eq!(indexes["Properties"]["ServiceToken"], "Migrate.Alias");
    assert_eq!(indexes["Properties"]["Revision"], "Migrate.Version");
    let timeout = indexes["Properties"]["ServiceTimeout"].as_u64().expect("seconds");
    let function = root["Resources"]["Migrate"]["Properties"]["Timeout"].as_u64().expect("seconds");
    assert!(timeout > function, "CloudFormation waits longer than the function may take");
}

#[test]
fn the_cluster_is_encrypted_protected_and_backed_up() {
    let documentdb = template("infra/documentdb.yaml");
    let cluster = &documentdb["Resources"]["Cluster"];
    let properties = &cluster["Properties"];
    assert_eq!(cluster["DeletionPolicy"], "Snapshot");
    assert_eq!(cluster["UpdateReplacePolicy"], "Snapshot");
    assert_eq!(properties["EngineVersion"], "5.0.0");
    assert_eq!(properties["StorageEncrypted"], true);
    assert_eq!(properties["KmsKeyId"], "Key.Arn");
    assert_eq!(properties["DeletionProtection"], true);
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

#[test]
fn nothing_leaves_the_network_but_through_its_endpoints() {
    let network = template("infra/network.yaml");
    for (id, resource) in resources(&network) {
        let kind = text(&resource["Type"]);
        assert!(!kind.contains("NatGateway") && !kind.contains("InternetGateway"), "{id}");
        if kind == "AWS::EC2::Subnet" {
            assert!(resource["Properties"].get("MapPublicIpOnLaunch").is_none(), "{id}");
        }
    }
    let endpoints: BTreeSet<_> = of_type(&network, "AWS::EC2::VPCEndpoint")
        .map(|(id, endpoint)| {
            let properties = &endpoint["Properties"];
            assert!(properties["PolicyDocument"].is_object(), "{id}");
            let service = text(&properties["ServiceName"]).rsplit('.').next().expect("a service");
            let private = properties["PrivateDnsEnabled"] == true;
            (service.to_owned(), text(&properties["VpcEndpointType"]).to_owned(), private)
        })
        .collect();
    let expected = [
        ("dynamodb", "Gateway", false),
        ("events", "Interface", true),
        ("s3", "Gateway", false),
        ("secretsmanager", "Interface", true),
        ("sqs", "Interface", true),
    ];
    assert_eq!(endpoints, expected.map(|(s, t, p)| (s.to_owned(), t.to_owned(), p)).into_iter().collect());
}

#[test]
fn nobody_is_let_in_from_everywhere_and_no_role_may_do_everything() {
    for file in NESTED.iter().chain(&["template.yaml", "infra/waf.yaml"]) {
        let template = template(file);
        for (id, resource) in resources(&template).filter(|(id, _)| !id.starts_with("Fn::")) {
            let properties = &resource["Properties"];
            match text(&resource["Type"]) {
                "AWS::EC2::SecurityGroup" => {
                    for rule in list(&properties["SecurityGroupIngress"]) {
                        assert!(rule.get("CidrIp").is_none(), "{file} {id}: {rule}");
                    }
                    assert!(
                        properties.get("SecurityGroupEgress").is_some(),
                        "{file} {id} says where it goes"
                    );
                }
                "AWS::IAM::Role" => {
                    for statement in list(&properties["Policies"])
                        .iter()
                        .flat_map(|policy| list(&policy["PolicyDocument"]["Statement"]))
                    {
                        let actions = list(&statement["Action"]);
                        assert!(actions.iter().all(|action| !text(action).contains('*')), "{file} {id}");
                        assert_ne!(statement["Resource"], "*", "{file} {id}");
                    }
                }
                "AWS::Logs::LogGroup" => {
                    assert!(properties.get("RetentionInDays").is_some(), "{file} {id}");
                }
                _ => {}
            }
        }
    }
}

#[test]
fn every_nested_stack_is_given_what_it_needs_and_gives_what_it_is_asked_for() {
    let root = root();
    let text_of_root = root.to_string();
    let nested: Vec<_> = of_type(&root, "AWS::CloudFormation::Stack").collect();
    let files: BTreeSet<_> =
        nested.iter().map(|(_, stack)| text(&stack["Properties"]["TemplateURL"])).collect();
    assert_eq!(files, NESTED.iter().copied().collect());
    for (id, stack) in nested {
        let template = template(text(&stack["Properties"]["TemplateURL"]));
        let given: BTreeSet<_> =
            stack["Properties"]["Parameters"].as_object().expect("parameters").keys().collect();
        for (name, parameter) in template["Parameters"].as_object().expect("parameters") {
            assert!(given.contains(name) || parameter.get("Default").is_some(), "{id} needs {name}");
        }
        for name in given {
            assert!(template["Parameters"].get(name).is_some(), "{id} has no parameter {name}");
        }
        for asked in text_of_root.split(&format!("\"{id}.Outputs.")).skip(1) {
            let (name, _) = asked.split_once('"').expect("a text ends");
            assert!(template["Outputs"].get(name).is_some(), "{id} has no output {name}");
        }
    }
}

#[test]
fn the_environments_set_parameters_that_there_are() {
    let (root, samconfig) = (root(), toml("samconfig.toml"));
    for environment in ["default", "dev", "staging", "prod"] {
        let global = &samconfig[environment]["global"]["parameters"];
        let capabilities = text(&samconfig[environment]["deploy"]["parameters"]["capabilities"]);
        assert!(
            capabilities.contains("CAPABILITY_AUTO_EXPAND"),
            "{environment}: nested stacks have transforms"
        );
        for given in text(&global["parameter_overrides"]).split_whitespace() {
            let (name, value) = given.split_once('=').expect("name=value");
            let parameter = &root["Parameters"][name];
            assert!(parameter.is_object(), "{environment}: {name}");
            let allowed = list(&parameter["AllowedValues"]);
            let value = value.trim_matches('"');
            let is_allowed =
                allowed.iter().any(|it| it.as_str().map_or(it.to_string(), str::to_owned) == value);
            assert!(allowed.is_empty() || is_allowed, "{environment}: {given}");
        }
        let name = text(&global["stack_name"]);
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "the cluster takes no capitals");
    }
}
