//! Least privilege: what a function may touch on AWS is what its crate can speak to, no more and no less.

use crate::template::{WITH_FUNCTIONS, functions, list, template, text};
use crate::workspace::package;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The type of a resource, and what of it is its ARN; nothing for what `!Ref` gives.
type Resources = &'static [(&'static str, &'static str)];

/// An adapter, the service whose actions it performs, and the resources that they are for.
const SERVICES: &[(&str, &str, Resources)] = &[
    ("orders-dynamodb", "dynamodb", &[("AWS::DynamoDB::Table", "Arn")]),
    ("orders-eventbridge", "events", &[("AWS::Events::EventBus", "Arn")]),
    ("platform-sqs", "sqs", &[("AWS::SQS::Queue", "Arn")]),
    (
        "platform-secretsmanager",
        "secretsmanager",
        &[("AWS::CloudFormation::Stack", "Outputs.SecretArn"), ("AWS::SecretsManager::Secret", "")],
    ),
];

/// Everything that is wrong with what the functions may do, and how much was looked at.
fn faults(template: &Value, adapters_of: impl Fn(&str) -> BTreeSet<String>) -> (Vec<String>, usize) {
    let (mut faults, mut looked_at) = (Vec::new(), 0);
    let mut expect = |holds: bool, what: String| {
        looked_at += 1;
        if !holds {
            faults.push(what);
        }
    };
    for function in functions(template) {
        let (binary, properties) = (&function.binary, &function.properties);
        let adapters = adapters_of(binary);
        expect(properties.get("Role").is_none(), format!("{binary} shares a role"));
        let (mut services, mut touched) = (BTreeSet::new(), BTreeSet::new());
        for policy in list(&properties["Policies"]) {
            expect(policy.get("Statement").is_some(), format!("{binary} has the ready-made policy {policy}"));
        }
        for statement in function.statements() {
            expect(statement["Effect"] == "Allow", format!("{binary} is not allowed {statement}"));
            for resource in list(&statement["Resource"]) {
                let (id, attribute) = text(resource).split_once('.').unwrap_or((text(resource), ""));
                touched.insert(id.to_owned());
                let kind = &template["Resources"][id]["Type"];
                for action in list(&statement["Action"]) {
                    let (service, action) = text(action).split_once(':').expect("service:action");
                    services.insert(service.to_owned());
                    expect(!action.contains('*'), format!("{binary} may do {service}:{action}"));
                    let exact = SERVICES.iter().any(|(_, s, resources)| {
                        *s == service && resources.iter().any(|(k, a)| kind == *k && attribute == *a)
                    });
                    expect(exact, format!("{binary} may do {service}:{action} to {resource}"));
                }
            }
        }
        for (adapter, service, _) in SERVICES {
            let (knows, may) = (adapters.contains(*adapter), services.contains(*service));
            expect(knows == may, format!("{binary}: {adapter} {knows}, permission for {service} {may}"));
        }
        // What it is told the name of, it may touch, and the other way round.
        let variables = properties["Environment"]["Variables"].as_object();
        let told: BTreeSet<_> = variables
            .into_iter()
            .flat_map(|variables| variables.values())
            .map(|value| text(value).split('.').next().unwrap_or_default().to_owned())
            .filter(|id| template["Resources"].get(id).is_some())
            .collect();
        expect(told == touched, format!("{binary} is told of {told:?} and may touch {touched:?}"));
        let speaks_mongo = adapters.contains("orders-documentdb");
        expect(speaks_mongo == told.contains("Database"), format!("{binary}: DocumentDB {speaks_mongo}"));
    }
    (faults, looked_at)
}

fn adapters(binary: &str) -> BTreeSet<String> {
    package(binary).dependencies().into_iter().map(str::to_owned).collect()
}

#[test]
fn a_function_may_touch_exactly_what_its_crate_speaks_to() {
    let mut all = 0;
    for (file, _) in WITH_FUNCTIONS {
        let (faults, looked_at) = faults(&template(file), adapters);
        assert_eq!(faults, [""; 0], "{file}");
        all += looked_at;
    }
    println!("{all} assertions over the permissions of the functions");
    assert!(all > 100, "{all}");
}

#[test]
fn too_much_and_too_little_are_both_found() {
    let good = template("template.yaml");
    let statements = |function: &str| format!("/Resources/{function}/Properties/Policies/0/Statement");
    let found = |change: &dyn Fn(&mut Value)| {
        let mut changed = good.clone();
        change(&mut changed);
        faults(&changed, adapters).0
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
    ] {
        assert!(!allow(function, action, resource).is_empty(), "{function} {action} {resource}");
    }
    let less = found(&|template| {
        template
            .pointer_mut(&statements("CreateOrder"))
            .expect("statements")
            .as_array_mut()
            .expect("a list")
            .pop();
    });
    assert_eq!(
        less,
        [
            "create-order: orders-eventbridge true, permission for events false",
            "create-order is told of {\"Database\", \"IdempotencyTable\", \"OrdersBus\"} and may touch \
             {\"Database\", \"IdempotencyTable\"}",
        ]
    );
    let (more_crates, _) = faults(&good, |binary| {
        let mut adapters = adapters(binary);
        adapters.insert("platform-sqs".to_owned());
        adapters
    });
    assert!(more_crates.len() >= 6, "{more_crates:?}");
}
