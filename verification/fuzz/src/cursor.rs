//! Queries of a listing, and the cursors in them.

use http::Request;
use lambda_http::aws_lambda_events::query_map::QueryMap;
use lambda_http::{Body, RequestExt as _};
use orders_domain::{OrderId, OrderQuery, Tenant};
use platform_http::{Call, CursorKey, Problem, next_page};
use std::str::from_utf8;
use std::sync::LazyLock;

/// The key of every listing here.
pub(crate) static KEY: LazyLock<CursorKey> = LazyLock::new(|| CursorKey::new("a key"));

/// A text as the query of `GET /orders`, and as a cursor.
pub(crate) fn cursor(input: &[u8]) {
    let Ok(text) = from_utf8(input) else {
        return;
    };
    match query(text.trim_start_matches('?')) {
        Ok(query) => {
            assert_eq!(
                KEY.open(text, &query).map(|id| KEY.seal(&query, id)).unwrap_or(text.to_owned()),
                text
            );
            next(query);
        }
        Err(Problem::InvalidParameters(faults)) => {
            assert!(!faults.is_empty() && faults.iter().all(|fault| !fault.detail.is_empty()));
        }
        Err(other) => panic!("a query is refused with {other:?}"),
    }
}

fn query(text: &str) -> Result<OrderQuery, Problem> {
    let Ok(parameters) = text.parse::<QueryMap>();
    let request = Request::new(Body::Empty).with_query_string_parameters(parameters);
    Call::new(request).parameters().order_query(Tenant::default(), &KEY)
}

/// The query of the next page asks for the same orders, from another place on.
fn next(asked: OrderQuery) {
    let last = OrderId::from_bytes([0x5A; 16]);
    let next = next_page(&asked, &KEY.seal(&asked, last));
    let again = query(next.trim_start_matches('?')).expect("our own query");
    assert_eq!(again, OrderQuery { after: Some(last), ..asked });
}
