//! Documentation of the API in docs/: a section for each problem type and no other, and the served OpenAPI
//! document.

use orders_tests::repository;
use serde_json::Value;
use std::collections::BTreeSet;

#[test]
fn every_problem_type_is_documented() {
    let types = api::problem_types();
    let codes: BTreeSet<_> = types.iter().map(|kind| kind.code.to_owned()).collect();
    assert_eq!(codes.len(), types.len(), "each code once");
    assert!(codes.len() > 10, "{codes:?}");
    let page = std::fs::read_to_string(repository().join("docs/problems.md")).expect("the page");
    let sections: BTreeSet<_> =
        page.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(sections, codes);
}

#[test]
fn the_examples_of_problems_have_the_texts_of_the_api() {
    let page = std::fs::read_to_string(repository().join("docs/problems.md")).expect("the page");
    for kind in api::problem_types() {
        let (_, section) = page.split_once(&format!("\n## {}\n", kind.code)).expect("a section");
        let (_, example) = section.split_once("```json\n").expect("an example");
        let (example, _) = example.split_once("```").expect("the end of the example");
        let example: Value = serde_json::from_str(example).expect("JSON");
        assert_eq!(example["type"], kind.uri());
        assert_eq!(example["title"], kind.title, "{}", kind.code);
        assert_eq!(example["status"], kind.status.as_u16(), "{}", kind.code);
    }
}

#[test]
fn every_problem_type_belongs_to_a_route() {
    let of_routes: BTreeSet<_> =
        api::ROUTES.iter().flat_map(platform_http::Route::problem_types).map(|kind| kind.code).collect();
    // The fallback reports these for requests without a route.
    let of_fallback = ["method-not-allowed", "route-not-found"];
    let all: BTreeSet<_> = api::problem_types().iter().map(|kind| kind.code).collect();
    assert_eq!(&of_routes | &of_fallback.into(), all);
}

#[test]
fn the_openapi_document_in_docs_is_the_one_that_is_served() {
    let kept = std::fs::read_to_string(repository().join("docs/openapi.json")).expect("docs/openapi.json");
    assert!(kept == api::document_text(), "docs/openapi.json is stale: make openapi");
}
