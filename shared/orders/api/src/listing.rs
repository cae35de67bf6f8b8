//! Query and cursors of the listing.

use crate::permissions;
use kernel::{InvalidText, InvalidTimestamp, PageSize, Tenant, Timestamp};
use orders_domain::{CustomerId, ExternalId, OrderId, OrderNumber, OrderQuery, Position, Sort, Status};
use platform_http::{CursorKeys, Parameters, Problem};
use std::str::FromStr;
use std::time::Duration;
use url::form_urlencoded;

const CUSTOMER_ID: &str = "customer_id";
const STATUS: &str = "status";
const EXTERNAL_ID: &str = "external_id";
const NUMBER: &str = "number";
const CREATED_AFTER: &str = "created_after";
const CREATED_BEFORE: &str = "created_before";
const UPDATED_AFTER: &str = "updated_after";
const UPDATED_BEFORE: &str = "updated_before";
const SORT: &str = "sort";
const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";

/// Time after which a change appears in a listing by time of update. A change has the time at which its request reached
/// the function, and is stored later: by then, within the timeout of the function (10 s), or, for an order that a retry
/// stores, after up to [`OrderRecord::STORED_LATE`](orders_domain::OrderRecord::STORED_LATE) more. The rest is a margin
/// for clocks that differ. A reader who goes on from a page thus misses no change.
const SETTLING_TIME: Duration = Duration::from_mins(1);

/// Detail of the error for a filter without an index for its combination with another one.
const NOT_BY_UPDATE: &str = "must be omitted with sort=updated, updated_after and updated_before";

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

/// Reads the filters, `sort`, `limit` and `cursor`. `updated_after` and `updated_before` imply `sort=updated`. A caller who
/// may use the orders of `customer` only needs no `customer_id`.
///
/// # Errors
///
/// A problem with every parameter that is unknown, repeated, malformed or not possible with another one, or for another
/// customer than the caller's.
pub fn order_query(
    mut parameters: Parameters<'_>,
    tenant: &Tenant,
    customer: Option<&CustomerId>,
    keys: &CursorKeys,
) -> Result<OrderQuery, Problem> {
    let requested = parameters.take(CUSTOMER_ID).map(|StoredCustomer(id)| id);
    let is_foreign = customer.is_some() && requested.is_some() && requested.as_ref() != customer;
    let mut query = OrderQuery {
        customer_id: customer.cloned().or(requested),
        status: parameters.take::<Status>(STATUS),
        external_id: parameters.take(EXTERNAL_ID).map(|StoredExternalId(id)| id),
        number: parameters.take::<OrderNumber>(NUMBER),
        created_after: parameters.take(CREATED_AFTER),
        created_before: parameters.take(CREATED_BEFORE).map(|UpperBound(time)| time),
        updated_after: parameters.take(UPDATED_AFTER),
        updated_before: parameters.take(UPDATED_BEFORE).map(|UpperBound(time)| time),
        ..OrderQuery::newest(tenant.clone())
    };
    let is_by_update = query.updated_after.is_some() || query.updated_before.is_some();
    let sort = parameters.take::<Sort>(SORT);
    query.sort = sort.unwrap_or(if is_by_update { Sort::Updated } else { Sort::Created });
    query.limit = parameters.take::<PageSize>(LIMIT).unwrap_or_default();
    if is_by_update && query.sort == Sort::Created {
        parameters.add_error(SORT, "must be updated with updated_after and updated_before");
    }
    if query.sort == Sort::Updated {
        let others = [
            (STATUS, query.status.is_some()),
            (CREATED_AFTER, query.created_after.is_some()),
            (CREATED_BEFORE, query.created_before.is_some()),
        ];
        for (name, _) in others.iter().filter(|(_, is_given)| *is_given) {
            parameters.add_error(name, NOT_BY_UPDATE);
        }
    }
    let position = parameters.take_cursor(keys, &signed_filters(&query));
    query.after = position.and_then(|bytes| position_from_bytes(&bytes));
    parameters.finish()?;
    if is_foreign { Err(Problem::insufficient_scope(&[permissions::READ])) } else { Ok(query) }
}

/// Returns the query for a request at this time: a listing by time of update ends before changes that are too recent.
pub(crate) fn settled(query: &OrderQuery, now: Timestamp) -> OrderQuery {
    let mut query = query.clone();
    if query.sort == Sort::Updated {
        let horizon = now.before(SETTLING_TIME);
        query.updated_before = Some(query.updated_before.map_or(horizon, |before| before.min(horizon)));
    }
    query
}

/// Returns the signed cursor of the page after `last`.
#[must_use]
pub fn seal_cursor(keys: &CursorKeys, query: &OrderQuery, last: Position) -> String {
    keys.seal(&position_to_bytes(query.sort, last), &signed_filters(query))
}

/// First byte of a position by time of creation, before the id.
const BY_CREATION: u8 = 1;
/// First byte of a position by time of update, before the time in milliseconds since the Unix epoch (64 bits, big-endian)
/// and the id.
const BY_UPDATE: u8 = 2;

fn position_to_bytes(sort: Sort, Position { at, id }: Position) -> Vec<u8> {
    match sort {
        Sort::Created => [&[BY_CREATION][..], id.as_bytes()].concat(),
        Sort::Updated => [&[BY_UPDATE][..], &at.unix_millis().to_be_bytes(), id.as_bytes()].concat(),
    }
}

/// Reads a position that was signed; `None` for one of another release.
fn position_from_bytes(bytes: &[u8]) -> Option<Position> {
    let (form, rest) = bytes.split_first()?;
    let id = |bytes: &[u8]| Some(OrderId::from_bytes(bytes.try_into().ok()?));
    match *form {
        BY_CREATION => id(rest).map(Position::by_creation),
        BY_UPDATE => {
            let (millis, rest) = rest.split_first_chunk()?;
            let at = Timestamp::from_unix_millis(i64::from_be_bytes(*millis)).ok()?;
            Some(Position { at, id: id(rest)? })
        }
        _ => None,
    }
}

/// Returns the query string for the next page, relative to the request (RFC 3986, section 5.2).
#[must_use]
pub fn next_page(query: &OrderQuery, cursor: &str) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    for (name, value) in filters(query) {
        if let Some(value) = value {
            parameters.append_pair(name, &value);
        }
    }
    parameters.append_pair(LIMIT, &query.limit.to_string()).append_pair(CURSOR, cursor);
    format!("?{}", parameters.finish())
}

/// Number of filters that the signature of every cursor covers. A cursor of a release without the later ones stays valid.
const FIRST_FILTERS: usize = 5;

/// Returns the tenant and the filters for which a cursor is valid: all up to the last one that is given, and at least
/// [`FIRST_FILTERS`].
fn signed_filters(query: &OrderQuery) -> Vec<Option<String>> {
    let mut signed = vec![Some(query.tenant.to_string())];
    signed.extend(filters(query).into_iter().map(|(_, value)| value));
    while signed.len() > FIRST_FILTERS && signed.last() == Some(&None) {
        signed.pop();
    }
    signed
}

/// Returns name and value of each filter, and of the sequence unless it is the default. A release may only add to the end.
fn filters(query: &OrderQuery) -> [(&'static str, Option<String>); 9] {
    let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
    [
        (CUSTOMER_ID, query.customer_id.as_ref().map(ToString::to_string)),
        (STATUS, query.status.map(|status| status.to_string())),
        (CREATED_AFTER, text(query.created_after)),
        (CREATED_BEFORE, text(query.created_before)),
        (EXTERNAL_ID, query.external_id.as_ref().map(ToString::to_string)),
        (NUMBER, query.number.map(|number| number.to_string())),
        (UPDATED_AFTER, text(query.updated_after)),
        (UPDATED_BEFORE, text(query.updated_before)),
        (SORT, (query.sort != Sort::default()).then(|| query.sort.as_str().to_owned())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> CursorKeys {
        CursorKeys::new("a key")
    }

    fn last() -> Position {
        Position::by_creation(OrderId::from_bytes([7; 16]))
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
        let foreign = seal_cursor(&keys(), &all, last());
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
        let last = last();
        let next = next_page(&query, &seal_cursor(&keys(), &query, last));
        let again: Vec<_> = form_urlencoded::parse(next.trim_start_matches('?').as_bytes()).collect();
        let again: Vec<_> = again.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        assert_eq!(read(&again).expect("a query"), OrderQuery { after: Some(last), ..query });
    }

    #[test]
    fn a_cursor_is_valid_only_for_its_filters_and_tenant_and_for_any_limit() {
        let of_customer = ("customer_id", "c-1");
        let query = read(&[of_customer]).expect("a query");
        let last = last();
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

    #[test]
    fn cursors_of_earlier_releases_stay_valid() {
        let filters = [("customer_id", "c-1"), ("status", "PAID")];
        let cursor = "AQcHBwcHBwcHBwcHBwcHBwfMXFuwjOrwZUQfHJujt-iA";
        let query = read(&filters).expect("a query");
        assert_eq!(seal_cursor(&keys(), &query, last()), cursor);
        let next = read(&[filters[0], filters[1], ("cursor", cursor)]).expect("the next page");
        assert_eq!(next.after, Some(last()));
    }

    #[test]
    fn bounds_of_the_time_of_update_imply_its_sequence() {
        let time = "2026-01-31T09:30:00Z";
        for given in [("updated_after", time), ("updated_before", time), ("sort", "updated")] {
            let query = read(&[given]).expect("a query");
            assert_eq!(query.sort, Sort::Updated, "{given:?}");
            let last = Position { at: time.parse().expect("a time"), ..last() };
            let next = next_page(&query, &seal_cursor(&keys(), &query, last));
            let again: Vec<_> = form_urlencoded::parse(next.trim_start_matches('?').as_bytes()).collect();
            let again: Vec<_> = again.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
            assert_eq!(read(&again).expect("a query"), OrderQuery { after: Some(last), ..query });
        }
        assert_eq!(read(&[("sort", "created")]).expect("a query"), read(&[]).expect("a query"));
        let errors = |given: &[(&str, &str)]| {
            let errors = read(given).expect_err("errors");
            errors.into_iter().map(|(parameter, _)| parameter).collect::<Vec<_>>()
        };
        assert_eq!(errors(&[("sort", "created"), ("updated_after", time)]), ["sort"]);
        assert_eq!(errors(&[("sort", "newest")]), ["sort"]);
        assert_eq!(
            errors(&[("sort", "updated"), ("status", "PAID"), ("created_after", time)]),
            ["status", "created_after"]
        );
        assert_eq!(errors(&[("number", "A-1"), ("updated_after", "now")]), ["number", "updated_after"]);
    }

    #[test]
    fn a_listing_by_time_of_update_ends_a_minute_ago() {
        let time = |text: &str| text.parse::<Timestamp>().expect("a time");
        let now = time("2026-01-31T09:30:00Z");
        let end = |given: &[(&str, &str)]| settled(&read(given).expect("a query"), now).updated_before;
        let horizon = Some(time("2026-01-31T09:29:00Z"));
        assert_eq!(end(&[("sort", "updated")]), horizon);
        assert_eq!(end(&[("updated_before", "2026-01-31T09:29:30Z")]), horizon);
        let earlier = "2026-01-31T09:28:59.999Z";
        assert_eq!(end(&[("updated_before", earlier)]), Some(time(earlier)));
        assert_eq!(end(&[]), None);
    }
}
