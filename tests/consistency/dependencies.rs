//! Layers of the workspace, and the allowed dependencies between them.

use crate::template::toml;
use crate::workspace::{Package, packages, packages_in};
use orders_tests::repository;
use std::collections::{BTreeMap, BTreeSet};

/// Layer of the workspace, with the allowed dependencies of its crates. A context is a folder in `shared/`
/// other than `kernel` and `platform`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    /// Values that every context knows. Depends on no crate of the workspace.
    Kernel,
    /// Depends on the kernel and on other platform crates.
    Platform,
    /// Model, use cases and ports of a context, and their forms: JSON, or the words of a provider. Depends on the kernel only.
    Domain(String),
    /// Routes of a context. Depends on its domain and on `platform-http`.
    Api(String),
    /// Implementation of the ports of a context by one external service. Depends on its domain, the platform
    /// and one SDK, and on the domains of other contexts whose ports it implements.
    Adapter(String),
    /// Composition of all contexts' routes.
    Composition,
    /// Binary. Depends on everything that it wires.
    Function,
    /// Tests, verification and benchmarks. Nothing that is deployed depends on them.
    Verification,
}

fn layer(package: &Package) -> Layer {
    let folder = package.folder();
    let segments: Vec<_> = folder.split('/').collect();
    match segments[..] {
        ["shared", "kernel"] => Layer::Kernel,
        ["shared", "api"] => Layer::Composition,
        ["shared", "platform", _] => Layer::Platform,
        ["shared", context, "domain" | "json" | "providers"] => Layer::Domain(context.to_owned()),
        ["shared", context, "api"] => Layer::Api(context.to_owned()),
        ["shared", context, _] => Layer::Adapter(context.to_owned()),
        ["functions", _, _] => Layer::Function,
        ["bench" | "tests" | "verification", ..] => Layer::Verification,
        _ => panic!("{folder} belongs to no layer"),
    }
}

/// Adapter, and that of another context which gives it the items of its table: one transaction claims the key of an order and
/// takes its stock.
const TRANSACTION_OF_TWO_CONTEXTS: (&str, &str) = ("orders-dynamodb", "catalog-dynamodb");

impl Layer {
    /// Returns `true` when a crate of this layer may depend on the crate `name` of another one.
    fn may_depend_on(&self, other: &Layer, name: &str) -> bool {
        let is_http = name == "platform-http";
        match self {
            Self::Kernel => false,
            Self::Platform => matches!(other, Self::Kernel | Self::Platform),
            Self::Domain(own) => *other == Self::Kernel || *other == Self::Domain(own.clone()),
            Self::Api(own) => *other == Self::Kernel || is_http || *other == Self::Domain(own.clone()),
            Self::Adapter(own) => {
                let is_own = *other == Self::Domain(own.clone());
                let has_ports = matches!(other, Self::Domain(_)) && name.ends_with("-domain");
                matches!(other, Self::Kernel | Self::Platform) || is_own || has_ports
            }
            Self::Composition => {
                is_http || matches!(other, Self::Kernel | Self::Api(_)) || name == "platform-endpoints"
            }
            Self::Function => !matches!(other, Self::Function | Self::Verification),
            Self::Verification => true,
        }
    }
}

#[test]
fn only_an_adapter_may_depend_on_the_domain_of_another_context() {
    let (orders, catalog) = ("orders".to_owned(), "catalog".to_owned());
    let other = Layer::Domain(orders);
    assert!(Layer::Adapter(catalog.clone()).may_depend_on(&other, "orders-domain"));
    assert!(!Layer::Adapter(catalog.clone()).may_depend_on(&other, "orders-json"));
    assert!(!Layer::Domain(catalog.clone()).may_depend_on(&other, "orders-domain"));
    assert!(!Layer::Api(catalog).may_depend_on(&other, "orders-domain"));
    assert!(!Layer::Platform.may_depend_on(&other, "orders-domain"));
}

/// SDKs, each of one service.
const SDKS: &[&str] = &[
    "aws-sdk-dynamodb",
    "aws-sdk-eventbridge",
    "aws-sdk-secretsmanager",
    "aws-sdk-sfn",
    "aws-sdk-sqs",
    "mongodb",
];

/// Crate of the platform that calls a service for the adapters of several contexts, in place of an SDK.
const SHARED_CLIENT: &str = "platform-eventbridge";

fn layers() -> BTreeMap<&'static str, Layer> {
    packages().iter().map(|package| (package.name.as_str(), layer(package))).collect()
}

#[test]
fn every_crate_depends_on_its_own_layer_and_the_ones_below() {
    let layers = layers();
    let mut checked = BTreeMap::<Layer, usize>::new();
    let mut violations = Vec::new();
    for package in packages() {
        let from = &layers[package.name.as_str()];
        for dependency in package.dependencies() {
            let Some(to) = layers.get(dependency) else { continue };
            *checked.entry(from.clone()).or_default() += 1;
            let is_transaction = (package.name.as_str(), dependency) == TRANSACTION_OF_TWO_CONTEXTS;
            if !from.may_depend_on(to, dependency) && !is_transaction {
                violations.push(format!("{} must not depend on {dependency}", package.name));
            }
        }
    }
    println!("checked dependencies, by layer: {checked:?}");
    assert_eq!(violations, [""; 0]);
    assert!(checked.values().sum::<usize>() > 50, "{checked:?}");
}

#[test]
fn a_crate_calls_at_most_one_service() {
    for package in packages_in("shared") {
        let dependencies = package.dependencies();
        let sdks: Vec<_> = SDKS.iter().filter(|sdk| dependencies.contains(**sdk)).collect();
        let allowed = match layer(package) {
            // These reach their services by the ports of the orders, by those of the platform, and by HTTP.
            Layer::Adapter(_)
                if ["payments-http", "payments-orders", "payments-secretsmanager", "workflow-orders"]
                    .contains(&package.name.as_str()) =>
            {
                sdks.is_empty()
            }
            // Signed requests need no SDK.
            Layer::Adapter(_) if ["identity-cognito", "orders-sqs"].contains(&package.name.as_str()) => {
                sdks.is_empty() && dependencies.contains("platform-aws")
            }
            Layer::Adapter(_) => sdks.len() + usize::from(dependencies.contains(SHARED_CLIENT)) == 1,
            Layer::Platform => sdks.len() <= 1,
            _ => sdks.is_empty(),
        };
        assert!(allowed, "{}: {sdks:?}", package.name);
    }
}

#[test]
fn a_function_reaches_services_through_adapters() {
    for package in packages_in("functions") {
        let dependencies = package.dependencies();
        assert!(SDKS.iter().all(|sdk| !dependencies.contains(*sdk)), "{}", package.name);
    }
}

#[test]
fn the_platform_names_no_context() {
    let contexts: BTreeSet<_> = packages_in("shared")
        .filter_map(|package| match layer(package) {
            Layer::Domain(context) => Some(context),
            _ => None,
        })
        .collect();
    assert!(contexts.contains("orders"), "{contexts:?}");
    for package in packages_in("shared/platform") {
        assert!(contexts.iter().all(|context| !package.name.contains(context.as_str())), "{}", package.name);
    }
}

#[test]
fn a_domain_does_no_io() {
    let io = ["tokio", "hyper-util", "lambda_http", "lambda_runtime", "tempfile", "getrandom"];
    for package in packages_in("shared").filter(|package| matches!(layer(package), Layer::Domain(_))) {
        let dependencies = package.dependencies();
        assert!(io.iter().all(|name| !dependencies.contains(name)), "{}", package.name);
    }
}

#[test]
fn the_main_file_of_a_function_only_wires() {
    for package in packages_in("functions") {
        let folder = repository().join(package.folder()).join("src");
        let main = std::fs::read_to_string(folder.join("main.rs")).expect("a main file");
        assert!(main.lines().count() < 60, "{}", package.name);
    }
}

#[test]
fn a_panic_is_caught_in_the_binaries_that_are_deployed_too() {
    // `cargo lambda build` sets the options that the profile omits, and would set this one to abort.
    assert_eq!(toml("Cargo.toml")["profile"]["release"]["panic"], "unwind");
}
