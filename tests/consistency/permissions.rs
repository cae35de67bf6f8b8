//! Least privilege: a function may access exactly the AWS services whose adapters its crate depends on.

use crate::template::{WITH_FUNCTIONS, functions, list, of_type, resources, root, template, text};
use crate::workspace::{Package, package, packages};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Type of a resource, and the attribute that is its ARN; empty for the value of `!Ref`.
type Resources = &'static [(&'static str, &'static str)];

/// Crates that call a service in place of an SDK's client.
const CLIENTS: [&str; 4] = ["identity-cognito", "orders-sqs", "platform-eventbridge", "platform-ratelimit"];

/// SDKs, or crates in place of one; their service, and the resources on which functions perform its actions.
const SERVICES: &[(&[&str], &str, Resources)] = &[
    (&["aws-sdk-dynamodb", "platform-ratelimit"], "dynamodb", &[("AWS::DynamoDB::Table", "Arn")]),
    (&["platform-eventbridge"], "events", &[("AWS::Events::EventBus", "Arn")]),
    (&["identity-cognito"], "cognito-idp", &[("AWS::CloudFormation::Stack", "Outputs.UserPoolArn")]),
    (&["aws-sdk-sfn"], "states", &[("AWS::Serverless::StateMachine", "")]),
    (&["aws-sdk-sqs", "orders-sqs"], "sqs", &[("AWS::SQS::Queue", "Arn")]),
    (
        &["aws-sdk-secretsmanager"],
        "secretsmanager",
        &[
            ("AWS::CloudFormation::Stack", "Outputs.SecretArn"),
            ("AWS::CloudFormation::Stack", "Outputs.PolicyResource"),
            ("AWS::SecretsManager::Secret", ""),
        ],
    ),
];

/// Returns the violations in the permissions of the functions, and the number of checks.
fn violations(template: &Value, sdks_of: impl Fn(&str) -> BTreeSet<String>) -> (Vec<String>, usize) {
    let (mut violations, mut checks) = (Vec::new(), 0);
    let mut expect = |holds: bool, violation: String| {
        checks += 1;
        if !holds {
            violations.push(violation);
        }
    };
    for function in functions(template) {
        let (binary, properties) = (&function.binary, &function.properties);
        let sdks = sdks_of(binary);
        expect(properties.get("Role").is_none(), format!("{binary} shares a role"));
        let (mut services, mut accessible) = (BTreeSet::new(), BTreeSet::new());
        for policy in list(&properties["Policies"]) {
            expect(policy.get("Statement").is_some(), format!("{binary} has the managed policy {policy}"));
        }
        for statement in function.statements() {
            expect(
                statement["Effect"] == "Allow",
                format!("{binary} has a statement that does not allow: {statement}"),
            );
            for resource in list(&statement["Resource"]) {
                if let Some((secrets, variable)) = SECRETS_BY_PREFIX.iter().find(|it| it.0 == text(resource))
                {
                    let prefix = &properties["Environment"]["Variables"][variable];
                    let is_exact = statement["Action"] == "secretsmanager:GetSecretValue"
                        && prefix.as_str().is_some_and(|prefix| secrets.ends_with(&format!(":{prefix}*")));
                    expect(is_exact, format!("{binary} may read {secrets}"));
                    services.insert("secretsmanager".to_owned());
                    continue;
                }
                let resource = table_of_index(text(resource)).unwrap_or(text(resource));
                let (id, attribute) = resource.split_once('.').unwrap_or((resource, ""));
                accessible.insert(id.to_owned());
                let kind = &template["Resources"][id]["Type"];
                for action in list(&statement["Action"]) {
                    let (service, action) = text(action).split_once(':').expect("service:action");
                    services.insert(service.to_owned());
                    expect(
                        !action.contains('*'),
                        format!("{binary} is allowed the wildcard {service}:{action}"),
                    );
                    let exact = SERVICES.iter().any(|(_, s, resources)| {
                        *s == service && resources.iter().any(|(k, a)| kind == *k && attribute == *a)
                    });
                    expect(exact, format!("{binary} is allowed {service}:{action} on {resource}"));
                }
            }
        }
        // Lambda reads a stream for its function, with a permission that SAM adds.
        let events = properties["Events"].as_object();
        if events.into_iter().flat_map(|events| events.values()).any(|event| event["Type"] == "DynamoDB") {
            services.insert("dynamodb".to_owned());
        }
        for (of_service, service, _) in SERVICES {
            let depends = of_service.iter().any(|sdk| sdks.contains(*sdk));
            let is_allowed = services.contains(*service);
            expect(
                depends == is_allowed,
                format!("{binary}: {} {depends}, permission for {service} {is_allowed}", of_service[0]),
            );
        }
        // The environment names exactly the resources that the function may access.
        let variables = properties["Environment"]["Variables"].as_object();
        let named: BTreeSet<_> = variables
            .into_iter()
            .flat_map(|variables| variables.values())
            .filter_map(Value::as_str)
            .map(|value| value.split('.').next().unwrap_or_default().to_owned())
            .filter(|id| template["Resources"].get(id).is_some())
            .collect();
        expect(named == accessible, format!("{binary} knows {named:?} and may access {accessible:?}"));
        let uses_documentdb = sdks.contains("mongodb");
        let knows_database = named.contains("Database");
        expect(uses_documentdb == knows_database, format!("{binary}: DocumentDB {uses_documentdb}"));
    }
    (violations, checks)
}

/// Secrets of the endpoints of payments.
const ENDPOINTS: &str = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:\
    ${AWS::StackName}/payment-endpoints/*";

/// Secrets of the accounts at payment providers.
const ACCOUNTS: &str = "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:\
    ${AWS::StackName}/payment-accounts/*";

/// Secrets that nobody knows when the stack is created, and the variable with the beginning of their names.
const SECRETS_BY_PREFIX: [(&str, &str); 2] =
    [(ENDPOINTS, "PAYMENT_ENDPOINTS_PREFIX"), (ACCOUNTS, "PAYMENT_ACCOUNTS_PREFIX")];

/// Returns the table of an index, such as `CatalogTable.Arn` of `${CatalogTable.Arn}/index/by_tenant`.
fn table_of_index(resource: &str) -> Option<&str> {
    let (table, _index) = resource.strip_prefix("${")?.split_once("}/index/")?;
    Some(table)
}

/// Returns the SDKs, and the driver of DocumentDB, of the adapters that a function depends on.
fn sdks(binary: &str) -> BTreeSet<String> {
    let linked = package(binary).dependencies();
    let adapters = packages().iter().filter(|package| linked.contains(package.name.as_str()));
    let of_adapters = adapters.flat_map(Package::dependencies).chain(linked.iter().copied());
    of_adapters.filter(|name| is_sdk(name)).map(str::to_owned).collect()
}

/// Returns `true` for an SDK, the driver, or a crate in place of an SDK.
fn is_sdk(name: &str) -> bool {
    name == "mongodb" || name.starts_with("aws-sdk-") || CLIENTS.contains(&name)
}

/// Returns a template. In the functions of a nested one, a parameter is replaced by the resource that the root template gives.
fn with_arguments(file: &str) -> Value {
    let (mut nested, root) = (template(file), root());
    let stacks = of_type(&root, "AWS::CloudFormation::Stack");
    let Some((_, stack)) = stacks.into_iter().find(|(_, it)| it["Properties"]["TemplateURL"] == file) else {
        return nested;
    };
    let arguments = &stack["Properties"]["Parameters"];
    let resources = nested["Resources"].as_object_mut().expect("resources");
    for resource in resources.values_mut().filter(|it| it["Type"] == "AWS::Serverless::Function") {
        replace(&mut resource["Properties"], arguments);
    }
    for (id, resource) in self::resources(&root).filter(|(_, it)| it["Type"] != "AWS::Serverless::Function") {
        resources.entry(id).or_insert_with(|| resource.clone());
    }
    nested
}

/// Replaces each text that names an argument by the argument.
fn replace(node: &mut Value, arguments: &Value) {
    match node {
        Value::String(text) => {
            if let Some(Value::String(argument)) = arguments.get(text.as_str()) {
                argument.clone_into(text);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, arguments)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, arguments)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn a_function_may_access_exactly_the_services_of_its_adapters() {
    let mut all = 0;
    for (file, _) in WITH_FUNCTIONS {
        let (violations, checks) = violations(&with_arguments(file), sdks);
        assert_eq!(violations, [""; 0], "{file}");
        all += checks;
    }
    println!("{all} checks of the permissions of the functions");
    assert!(all > 100, "{all}");
}

#[test]
fn excess_and_missing_permissions_are_both_found() {
    let good = template("template.yaml");
    let statements = |function: &str| format!("/Resources/{function}/Properties/Policies/0/Statement");
    let found = |change: &dyn Fn(&mut Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        violations(&changed, sdks).0
    };
    let allow = |function: &'static str, action: &'static str, resource: &'static str| {
        found(&move |template| {
            let statement = json!({ "Effect": "Allow", "Action": action, "Resource": resource });
            let statements = template.pointer_mut(&statements(function)).expect("statements");
            statements.as_array_mut().expect("a list").push(statement);
        })
    };
    for (function, action, resource) in [
        ("GetOrder", "sqs:SendMessage", "EventsDeadLetters.Arn"),
        ("CreateOrder", "dynamodb:*", "IdempotencyTable.Arn"),
        ("CreateOrder", "dynamodb:PutItem", "*"),
        ("GetOrder", "dynamodb:PutItem", "IdempotencyTable.Arn"),
        ("CreateOrder", "dynamodb:PutItem", "OrdersBus.Arn"),
        ("Health", "s3:GetObject", "IdempotencyTable.Arn"),
        ("GetOrder", "secretsmanager:GetSecretValue", ENDPOINTS),
        ("ReceivePayment", "secretsmanager:PutSecretValue", ENDPOINTS),
        ("ReceivePayment", "secretsmanager:GetSecretValue", ACCOUNTS),
        ("CallProvider", "secretsmanager:GetSecretValue", ENDPOINTS),
        ("CallProvider", "secretsmanager:PutSecretValue", ACCOUNTS),
        ("CallProvider", "sqs:SendMessage", "UnmatchedPayments.Arn"),
    ] {
        assert!(!allow(function, action, resource).is_empty(), "{function} {action} {resource}");
    }
    let missing = found(&|template| {
        template
            .pointer_mut(&statements("CreateOrder"))
            .expect("statements")
            .as_array_mut()
            .expect("a list")
            .retain(|statement| statement["Action"] != "events:PutEvents");
    });
    assert_eq!(
        missing,
        [
            "create-order: platform-eventbridge true, permission for events false",
            "create-order knows {\"AcceptedOrders\", \"CatalogTable\", \"CursorKey\", \"Database\", \"IdempotencyTable\", \
             \"OrdersBus\", \"Origin\", \"RateLimitTable\"} and may access {\"AcceptedOrders\", \"CatalogTable\", \"CursorKey\", \
             \"Database\", \"IdempotencyTable\", \"Origin\", \"RateLimitTable\"}",
        ]
    );
    let (more_sdks, _) = violations(&good, |binary| {
        let mut sdks = sdks(binary);
        sdks.insert("aws-sdk-sqs".to_owned());
        sdks
    });
    assert!(more_sdks.len() >= 6, "{more_sdks:?}");
}
