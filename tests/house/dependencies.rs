//! Which crate may know which: functions → adapters → domain, and one SDK an adapter.

use crate::template::{dependencies, text, toml};
use orders_tests::repository;

fn folders(of: &str) -> Vec<String> {
    let entries = std::fs::read_dir(repository().join(of)).expect("a folder");
    entries.map(|entry| format!("{of}/{}", entry.expect("an entry").file_name().display())).collect()
}

const SDKS: &[&str] =
    &["aws-sdk-dynamodb", "aws-sdk-eventbridge", "aws-sdk-secretsmanager", "aws-sdk-sqs", "mongodb"];
const ADAPTERS: &[&str] =
    &["orders-documentdb", "orders-dynamodb", "orders-eventbridge", "orders-secretsmanager", "orders-sqs"];

#[test]
fn the_domain_knows_nothing_that_does_io() {
    let pure = ["iso_currency", "rust_decimal", "sha2", "thiserror", "time", "uuid"];
    assert_eq!(dependencies("shared/domain"), pure.iter().map(ToString::to_string).collect());
}

#[test]
fn an_adapter_knows_one_sdk_and_no_other_adapter() {
    for (folder, sdk) in [
        ("shared/documentdb", "mongodb"),
        ("shared/dynamodb", "aws-sdk-dynamodb"),
        ("shared/eventbridge", "aws-sdk-eventbridge"),
        ("shared/secretsmanager", "aws-sdk-secretsmanager"),
        ("shared/sqs", "aws-sdk-sqs"),
    ] {
        let dependencies = dependencies(folder);
        let sdks: Vec<_> = SDKS.iter().filter(|name| dependencies.contains(**name)).collect();
        assert_eq!(sdks, [&sdk], "{folder}");
        assert!(ADAPTERS.iter().all(|adapter| !dependencies.contains(*adapter)), "{folder}");
    }
}

#[test]
fn only_adapters_know_sdks() {
    for folder in [folders("shared"), folders("functions")].concat() {
        let is_adapter = ADAPTERS.iter().any(|a| folder.ends_with(a.trim_start_matches("orders-")));
        let dependencies = dependencies(&folder);
        assert!(is_adapter || SDKS.iter().all(|sdk| !dependencies.contains(*sdk)), "{folder}");
    }
}

#[test]
fn what_is_deployed_knows_nothing_of_its_proof() {
    let of_proof: Vec<_> = folders("proof").iter().map(|folder| package_of(folder)).collect();
    for folder in [folders("shared"), folders("functions")].concat() {
        let dependencies = dependencies(&folder);
        assert!(of_proof.iter().all(|proof| !dependencies.contains(proof)), "{folder}");
    }
}

fn package_of(folder: &str) -> String {
    text(&toml(&format!("{folder}/Cargo.toml"))["package"]["name"]).to_owned()
}

#[test]
fn the_main_file_of_a_function_only_wires() {
    for folder in folders("functions") {
        let main =
            std::fs::read_to_string(repository().join(&folder).join("src/main.rs")).expect("a main file");
        assert!(main.lines().count() < 60, "{folder}");
    }
}

#[test]
fn a_panic_is_caught_in_the_binaries_that_are_deployed_too() {
    // `cargo lambda build` sets what the profile leaves open, and sets this to abort.
    assert_eq!(toml("Cargo.toml")["profile"]["release"]["panic"], "unwind");
}
