//! docs/problems.md has a section for every problem type, and for no other.

use orders_tests::repository;
use std::collections::BTreeSet;

#[test]
fn every_problem_type_is_documented() {
    let read = |path: &str| std::fs::read_to_string(repository().join(path)).expect("a file");
    let source = read("shared/http/src/problem.rs");
    // `(StatusCode::CONFLICT, "version-conflict", …)`
    let codes: BTreeSet<_> = source
        .split("StatusCode::")
        .filter_map(|rest| rest.split_once(',')?.1.trim_start().strip_prefix('"')?.split_once('"'))
        .map(|(code, _)| code.to_owned())
        .collect();
    assert!(codes.len() > 10, "{codes:?}");
    let documentation = read("docs/problems.md");
    let sections: BTreeSet<_> =
        documentation.lines().filter_map(|line| line.strip_prefix("## ")).map(str::to_owned).collect();
    assert_eq!(sections, codes);
}
