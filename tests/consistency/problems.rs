//! What docs/ says of the API: a section for every problem type and for no other, and the document as
//! it is served.

use platform_http::ProblemType;
use orders_tests::repository;
use std::collections::BTreeSet;

#[test]
fn every_problem_type_is_documented() {
    let codes: BTreeSet<_> = ProblemType::ALL.iter().map(|kind| kind.code.to_owned()).collect();
    assert_eq!(codes.len(), ProblemType::ALL.len(), "none twice");
    assert!(codes.len() > 10, "{codes:?}");
    let documentation = std::fs::read_to_string(repository().join("docs/problems.md")).expect("the page");
    let sections: BTreeSet<_> =
        documentation.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(sections, codes);
}

#[test]
fn the_openapi_document_in_docs_is_the_one_that_is_served() {
    let kept = std::fs::read_to_string(repository().join("docs/openapi.json")).expect("docs/openapi.json");
    assert!(kept == orders_openapi::text(), "docs/openapi.json is stale: make openapi");
}
