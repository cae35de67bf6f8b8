//! Query and cursors of the listing.

use crate::permissions;
use kernel::{InvalidText, InvalidTimestamp, Tenant, Timestamp};
use orders_domain::{CustomerId, ExternalId, OrderId, OrderQuery, PageSize};
use platform_http::{CursorKeys, InvalidCursor, Parameters, Problem};
use std::str::FromStr;
use url::form_urlencoded;

const CUSTOMER_ID: &str = "customer_id";
const STATUS: &str = "status";
const EXTERNAL_ID: &str = "external_id";
const CREATED_AFTER: &str = "created_after";
const CREATED_BEFORE: &str = "created_before";
const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";

/// Detail of the error for a cursor that no known key has signed for these filters.
const NOT_SIGNED: &str =
    "must be the next_cursor of a page with the same filters; omit it for the first page";

/// Customer of stored orders. A request introduces no customer here, so every id that an order can have is valid.
struct StoredCustomer(CustomerId);

impl FromStr for StoredCustomer {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        CustomerId::restore(text).map(Self)
    }
}

/// External id of stored orders, like [`StoredCustomer`].
struct StoredExternalId(ExternalId);

impl FromStr for StoredExternalId {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        ExternalId::restore(text).map(Self)
    }
}

/// Exclusive upper bound. A time between two milliseconds is rounded up: an order of the earlier one lies before
/// it.
struct UpperBound(Timestamp);

impl FromStr for UpperBound {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, InvalidTimestamp> {
        Timestamp::parse_rounding_up(text).map(Self)
    }
}

/// Reads `customer_id`, `status`, `external_id`, `created_after`, `created_before`, `limit` and `cursor`. A caller who may use the
/// orders of `customer` only needs no `customer_id`.
///
/// # Errors
///
/// A problem with every parameter that is unknown, repeated or malformed, or for another customer than the caller's.
pub fn order_query(
    mut parameters: Parameters<'_>,
    tenant: &Tenant,
    customer: Option<&CustomerId>,
    keys: &CursorKeys,
) -> Result<OrderQuery, Problem> {
    let requested = parameters.take(CUSTOMER_ID).map(|StoredCustomer(id)| id);
    let is_foreign = customer.is_some() && requested.is_some() && requested.as_ref() != customer;
    let mut query = OrderQuery {
        tenant: tenant.clone(),
        customer_id: customer.cloned().or(requested),
        status: parameters.take(STATUS),
        external_id: parameters.take(EXTERNAL_ID).map(|StoredExternalId(id)| id),
        created_after: parameters.take(CREATED_AFTER),
        created_before: parameters.take(CREATED_BEFORE).map(|UpperBound(time)| time),
        after: None,
        limit: parameters.take::<PageSize>(LIMIT).unwrap_or_default(),
    };
    // A cursor is valid only for its filters: with invalid filters it can't be checked.
    let has_valid_filters = parameters.is_valid();
    if let Some(cursor) = parameters.take::<String>(CURSOR).filter(|_| has_valid_filters) {
        match keys.open(&cursor, &filters(&query)) {
            Ok(position) => query.after = Some(OrderId::from_bytes(position)),
            Err(InvalidCursor::Malformed) => {
                parameters.add_error(CURSOR, "must be a next_cursor; omit it for the first page");
            }
            Err(InvalidCursor::NotSigned) => parameters.add_error(CURSOR, NOT_SIGNED),
        }
    }
    parameters.finish()?;
    if is_foreign { Err(Problem::insufficient_scope(&[permissions::READ])) } else { Ok(query) }
}

/// Returns `true` for the problem of a cursor that another key may have signed.
#[must_use]
pub(crate) fn has_unknown_cursor(problem: &Problem) -> bool {
    problem.parameter_errors().iter().any(|error| error.parameter == CURSOR && error.detail == NOT_SIGNED)
}

/// Returns the signed cursor of the page after `last`.
#[must_use]
pub fn seal_cursor(keys: &CursorKeys, query: &OrderQuery, last: OrderId) -> String {
    keys.seal(*last.as_bytes(), &filters(query))
}

/// Returns the query string for the next page, relative to the request (RFC 3986, section 5.2).
#[must_use]
pub fn next_page(query: &OrderQuery, cursor: &str) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    let [_, values @ ..] = filters(query);
    for (name, value) in
        [CUSTOMER_ID, STATUS, CREATED_AFTER, CREATED_BEFORE, EXTERNAL_ID].into_iter().zip(values)
    {
        if let Some(value) = value {
            parameters.append_pair(name, &value);
        }
    }
    parameters.append_pair(LIMIT, &query.limit.to_string()).append_pair(CURSOR, cursor);
    format!("?{}", parameters.finish())
}

/// Returns the tenant and the filters for which a cursor is valid.
fn filters(query: &OrderQuery) -> [Option<String>; 6] {
    [
        Some(query.tenant.to_string()),
        query.customer_id.as_ref().map(ToString::to_string),
        query.status.map(|status| status.to_string()),
        query.created_after.map(|time| time.to_string()),
        query.created_before.map(|time| time.to_string()),
        query.external_id.as_ref().map(ToString::to_string),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> CursorKeys {
        CursorKeys::new("a key")
    }

    fn read_as(tenant: &str, given: &[(&str, &str)]) -> Result<OrderQuery, Vec<(String, String)>> {
        let tenant = tenant.parse().expect("a tenant");
        order_query(Parameters::new(given.to_vec()), &tenant, None, &keys()).map_err(|problem| {
            let errors = problem.parameter_errors().iter();
            errors.map(|error| (error.parameter.clone(), error.detail.clone())).collect()
        })
    }

    fn read(given: &[(&str, &str)]) -> Result<OrderQuery, Vec<(String, String)>> {
        read_as("default", given)
    }

    #[test]
    fn every_parameter_is_optional() {
        let query = read(&[]).expect("a query");
        assert_eq!((query.limit.get(), query.customer_id, query.after), (20, None, None));
        let query = read(&[
            ("status", "PAID"),
            ("created_after", "2026-01-31T09:30:00+01:00"),
            ("limit", "100"),
            ("customer_id", "c/1 & ü"),
        ])
        .expect("a query");
        assert_eq!(query.created_after.expect("a time").to_string(), "2026-01-31T08:30:00.000Z");
        assert_eq!(query.customer_id.expect("a customer").as_str(), "c/1 & ü");
        assert_eq!(query.limit.get(), 100);
    }

    #[test]
    fn a_buyer_lists_the_own_orders_only() {
        let own = "c-1".parse().expect("a customer");
        let read = |given: &[(&str, &str)]| {
            order_query(Parameters::new(given.to_vec()), &Tenant::default(), Some(&own), &keys())
        };
        for given in [&[][..], &[("customer_id", "c-1")], &[("status", "PAID")]] {
            assert_eq!(read(given).expect("a query").customer_id.as_ref(), Some(&own), "{given:?}");
        }
        assert_eq!(read(&[("customer_id", "c-2")]).expect_err("foreign").code(), "insufficient-scope");
        assert_eq!(read(&[("customer_id", "c-2"), ("x", "")]).expect_err("x").code(), "invalid-parameters");
        let all = self::read(&[]).expect("a query");
        let foreign = seal_cursor(&keys(), &all, OrderId::from_bytes([7; 16]));
        assert!(read(&[("cursor", &foreign)]).is_err(), "a cursor of the tenant's listing");
    }

    #[test]
    fn every_invalid_parameter_is_reported() {
        let errors = read(&[
            ("status", "paid"),
            ("limit", "0"),
            ("customer_id", ""),
            ("created_after", "yesterday"),
            ("created_before", "2026-01-31T09:30:00Z"),
            ("created_before", "2026-01-31T09:30:00Z"),
            ("page", "2"),
            ("cursor", "of whatever"),
        ])
        .expect_err("errors");
        let named: Vec<_> = errors.iter().map(|(parameter, _)| parameter.as_str()).collect();
        assert_eq!(named, ["customer_id", "status", "created_after", "created_before", "limit", "page"]);
        assert_eq!(errors[3].1, "must not be repeated");
        assert_eq!(errors[4].1, "must be a whole number from 1 to 100");
        assert_eq!(errors[5].1, "unknown query parameter");
        assert_eq!(read(&[("cursor", "AAAA")]).expect_err("an error")[0].0, "cursor");
    }

    #[test]
    fn the_next_page_has_the_same_filters() {
        let given = [("customer_id", "c/1 & ü"), ("created_before", "2026-01-31T09:30:00Z"), ("limit", "5")];
        let query = read(&given).expect("a query");
        let last = OrderId::first_at(query.created_before.expect("a time"));
        let next = next_page(&query, &seal_cursor(&keys(), &query, last));
        let again: Vec<_> = form_urlencoded::parse(next.trim_start_matches('?').as_bytes()).collect();
        let again: Vec<_> = again.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        assert_eq!(read(&again).expect("a query"), OrderQuery { after: Some(last), ..query });
    }

    #[test]
    fn a_cursor_is_valid_only_for_its_filters_and_tenant_and_for_any_limit() {
        let of_customer = ("customer_id", "c-1");
        let query = read(&[of_customer]).expect("a query");
        let last = OrderId::from_bytes([7; 16]);
        let cursor = seal_cursor(&keys(), &query, last);
        let cursor = ("cursor", cursor.as_str());
        let larger = read(&[of_customer, ("limit", "100"), cursor]).expect("the next page");
        assert_eq!(larger.after, Some(last));
        let time = "2026-01-31T09:30:00Z";
        for other in [
            vec![("customer_id", "c-2"), cursor],
            vec![cursor],
            vec![of_customer, ("status", "CREATED"), cursor],
            vec![of_customer, ("created_after", time), cursor],
            vec![of_customer, ("created_before", time), cursor],
        ] {
            assert_eq!(read(&other).expect_err("other filters")[0].0, "cursor", "{other:?}");
        }
        assert_eq!(read_as("another", &[of_customer, cursor]).expect_err("another tenant")[0].0, "cursor");
    }
}
