//! The query of `GET /orders`.

use crate::cursor::CursorKey;
use crate::{ParameterFault, Problem};
use orders_domain::{OrderQuery, PageSize, Tenant};
use std::fmt::Display;
use std::str::FromStr;
use url::form_urlencoded;

const CUSTOMER_ID: &str = "customer_id";
const STATUS: &str = "status";
const CREATED_AFTER: &str = "created_after";
const CREATED_BEFORE: &str = "created_before";
const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";

/// The parameters of a query, decoded, in the order in which they came.
#[derive(Debug)]
pub struct Parameters<'a> {
    given: Vec<(&'a str, &'a str)>,
    faults: Vec<ParameterFault>,
}

impl<'a> Parameters<'a> {
    pub(crate) fn new(given: Vec<(&'a str, &'a str)>) -> Self {
        Self { given, faults: Vec::new() }
    }

    /// Reads `customer_id`, `status`, `created_after`, `created_before`, `limit` and `cursor`.
    ///
    /// # Errors
    ///
    /// [`Problem::InvalidParameters`] with every parameter that is unknown, repeated or malformed.
    pub fn order_query(mut self, tenant: Tenant, key: &CursorKey) -> Result<OrderQuery, Problem> {
        let mut query = OrderQuery {
            tenant,
            customer_id: self.take(CUSTOMER_ID),
            status: self.take(STATUS),
            created_after: self.take(CREATED_AFTER),
            created_before: self.take(CREATED_BEFORE),
            after: None,
            limit: self.take::<PageSize>(LIMIT).unwrap_or_default(),
        };
        // While filters are faulty, nothing can be said of a cursor that belongs to them.
        let faultless = self.faults.is_empty();
        if let Some(cursor) = self.take::<String>(CURSOR).filter(|_| faultless) {
            match key.open(&cursor, &query) {
                Ok(id) => query.after = Some(id),
                Err(_) => self.fault(
                    CURSOR,
                    "must be the next_cursor of a page with the same filters; without it, the first page comes",
                ),
            }
        }
        for (name, _) in std::mem::take(&mut self.given) {
            self.fault(name, "is no parameter here");
        }
        if self.faults.is_empty() { Ok(query) } else { Err(Problem::InvalidParameters(self.faults)) }
    }

    /// The value of a parameter that may be given once.
    fn take<T: FromStr<Err: Display>>(&mut self, name: &str) -> Option<T> {
        let values: Vec<_> = self.given.extract_if(.., |(n, _)| *n == name).map(|(_, value)| value).collect();
        match values[..] {
            [] => None,
            [value] => value.parse().map_err(|fault| self.fault(name, fault)).ok(),
            _ => {
                self.fault(name, "must be given once");
                None
            }
        }
    }

    fn fault(&mut self, parameter: &str, detail: impl Display) {
        let parameter = parameter.chars().take(MAX_NAME).collect();
        self.faults.push(ParameterFault { parameter, detail: detail.to_string() });
    }
}

/// How much of an unknown name is told, in characters.
const MAX_NAME: usize = 64;

/// The query that asks for what comes next, relative to the request (RFC 3986, section 5.2).
#[must_use]
pub fn next_page(query: &OrderQuery, cursor: &str) -> String {
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    let optional = [
        (CUSTOMER_ID, query.customer_id.as_ref().map(ToString::to_string)),
        (STATUS, query.status.map(|status| status.to_string())),
        (CREATED_AFTER, query.created_after.map(|time| time.to_string())),
        (CREATED_BEFORE, query.created_before.map(|time| time.to_string())),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            parameters.append_pair(name, &value);
        }
    }
    parameters.append_pair(LIMIT, &query.limit.to_string()).append_pair(CURSOR, cursor);
    format!("?{}", parameters.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(given: &[(&str, &str)]) -> Result<OrderQuery, Vec<(String, String)>> {
        match Parameters::new(given.to_vec()).order_query(Tenant::default(), &CursorKey::new("a key")) {
            Ok(query) => Ok(query),
            Err(Problem::InvalidParameters(faults)) => {
                Err(faults.into_iter().map(|fault| (fault.parameter, fault.detail)).collect())
            }
            Err(other) => panic!("{other:?}"),
        }
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
    fn every_fault_is_told_with_its_parameter() {
        let faults = read(&[
            ("status", "paid"),
            ("limit", "0"),
            ("customer_id", ""),
            ("created_after", "yesterday"),
            ("created_before", "2026-01-31T09:30:00Z"),
            ("created_before", "2026-01-31T09:30:00Z"),
            ("page", "2"),
            ("cursor", "of whatever"),
        ])
        .expect_err("faults");
        let named: Vec<_> = faults.iter().map(|(parameter, _)| parameter.as_str()).collect();
        assert_eq!(named, ["customer_id", "status", "created_after", "created_before", "limit", "page"]);
        assert_eq!(faults[3].1, "must be given once");
        assert_eq!(faults[4].1, "must be a whole number from 1 to 100");
        assert_eq!(read(&[("cursor", "AAAA")]).expect_err("a fault")[0].0, "cursor");
    }

    #[test]
    fn the_next_page_is_asked_for_with_the_same_filters() {
        let given = [("customer_id", "c/1 & ü"), ("created_before", "2026-01-31T09:30:00Z"), ("limit", "5")];
        let query = read(&given).expect("a query");
        let last = orders_domain::OrderId::first_at(query.created_before.expect("a time"));
        let next = next_page(&query, &CursorKey::new("a key").seal(&query, last));
        let again: Vec<_> = form_urlencoded::parse(next.trim_start_matches('?').as_bytes()).collect();
        let again: Vec<_> = again.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        assert_eq!(read(&again).expect("a query"), OrderQuery { after: Some(last), ..query });
    }
}
