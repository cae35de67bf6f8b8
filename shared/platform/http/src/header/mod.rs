//! Request headers with a meaning for the API, each with its grammar.

mod content_encoding;
mod content_type;
mod idempotency_key;
mod if_match;
mod if_none_match;
mod prefer;
mod request_id;
mod single;

pub(crate) use content_encoding::require_no_coding;
pub(crate) use content_type::require_json;
pub(crate) use idempotency_key::idempotency_key;
pub(crate) use if_match::expected_version;
pub(crate) use if_none_match::matches_any;
pub(crate) use prefer::{RESPOND_ASYNC, prefers_async};
pub(crate) use request_id::{X_REQUEST_ID, request_id};
pub(crate) use single::single;
