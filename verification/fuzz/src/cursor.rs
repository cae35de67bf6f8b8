//! Queries of a listing, and the cursors in them.

use http::Request as HttpRequest;
use kernel::{Tenant, Timestamp};
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::{Body, RequestExt as _};
use orders_api::{next_page, order_query, seal_cursor};
use orders_domain::{OrderId, OrderQuery, Position, Sort};
use platform_http::{CursorKeys, Problem, ProblemType, Request};
use std::str::from_utf8;
use std::sync::LazyLock;

/// Keys of all cursors.
pub(crate) static KEYS: LazyLock<CursorKeys> = LazyLock::new(|| CursorKeys::new("a key"));

/// Parses a text as the query of `GET /orders`.
pub(crate) fn cursor(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    let text = text.trim_start_matches('?');
    match query(text) {
        Ok(query) => check_next_page(query),
        Err(problem) => {
            let errors = problem.parameter_errors();
            assert_eq!(problem.kind(), ProblemType::INVALID_PARAMETERS);
            assert!(!errors.is_empty() && errors.iter().all(|error| !error.detail.is_empty()));
        }
    }
    // A text is a cursor only if this key has signed it.
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if let Ok(OrderQuery { after: Some(last), .. }) = query(&format!("cursor={text}"))
        && is_plain
    {
        let first_page = query("").expect("a query");
        assert_eq!(seal_cursor(&KEYS, &first_page, last), text);
    }
}

fn query(text: &str) -> Result<OrderQuery, Problem> {
    let Ok(parameters) = text.parse::<QueryMap>();
    let request = HttpRequest::new(Body::Empty).with_query_string_parameters(parameters);
    order_query(Request::new(request).parameters(), &Tenant::default(), None, &KEYS)
}

/// Checks that the query of the next page has the same filters and another position.
fn check_next_page(query_of_page: OrderQuery) {
    let position = Position::by_creation(OrderId::from_bytes([0x5A; 16]));
    let last = match query_of_page.sort {
        Sort::Created => position,
        Sort::Updated => Position { at: Timestamp::LAST, ..position },
    };
    let next = next_page(&query_of_page, &seal_cursor(&KEYS, &query_of_page, last));
    let again = query(next.trim_start_matches('?')).expect("a query of our own");
    assert_eq!(again, OrderQuery { after: Some(last), ..query_of_page });
}
