//! Queries and cursors of the listings.

use catalog_domain::{MovementId, MovementQuery, ProductKey, ProductQuery, ProductSku};
use kernel::{PageSize, Tenant};
use platform_http::{CursorKeys, Parameters, Problem};
use std::fmt;
use std::str::FromStr;
use url::form_urlencoded;

const ACTIVE: &str = "active";
const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";

/// `true` or `false`.
struct Flag(bool);

/// Error for another text.
struct InvalidFlag;

impl FromStr for Flag {
    type Err = InvalidFlag;

    fn from_str(text: &str) -> Result<Self, InvalidFlag> {
        text.parse().map(Self).map_err(|_| InvalidFlag)
    }
}

impl fmt::Display for InvalidFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be true or false")
    }
}

/// Reads `active`, `limit` and `cursor`.
///
/// # Errors
///
/// A problem with every parameter that is unknown, repeated or malformed.
pub(crate) fn product_query(
    mut parameters: Parameters<'_>,
    tenant: &Tenant,
    keys: &CursorKeys,
) -> Result<ProductQuery, Problem> {
    let is_active = parameters.take(ACTIVE).map(|Flag(is_active)| is_active);
    let limit = parameters.take::<PageSize>(LIMIT).unwrap_or_default();
    let mut query = ProductQuery { tenant: tenant.clone(), is_active, after: None, limit };
    let position = parameters.take_cursor(keys, &signed_filters(&query));
    query.after = text_at(position).and_then(|sku| ProductSku::restore(&sku).ok());
    parameters.finish()?;
    Ok(query)
}

/// Reads `limit` and `cursor`.
///
/// # Errors
///
/// A problem with every parameter that is unknown, repeated or malformed.
pub(crate) fn movement_query(
    mut parameters: Parameters<'_>,
    product: &ProductKey,
    keys: &CursorKeys,
) -> Result<MovementQuery, Problem> {
    let limit = parameters.take::<PageSize>(LIMIT).unwrap_or_default();
    let position = parameters.take_cursor(keys, &signed_product(product));
    let after = text_at(position).and_then(|id| id.parse().ok());
    parameters.finish()?;
    Ok(MovementQuery { product: product.clone(), after, limit })
}

/// Returns cursor and query string of the page of products after a sku.
pub(crate) fn next_products(keys: &CursorKeys, query: &ProductQuery, last: &ProductSku) -> (String, String) {
    let cursor = keys.seal(&position(last.as_str()), &signed_filters(query));
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    if let Some(is_active) = query.is_active {
        parameters.append_pair(ACTIVE, &is_active.to_string());
    }
    parameters.append_pair(LIMIT, &query.limit.to_string()).append_pair(CURSOR, &cursor);
    let next = format!("?{}", parameters.finish());
    (cursor, next)
}

/// Returns cursor and query string of the page of movements after one.
pub(crate) fn next_movements(keys: &CursorKeys, query: &MovementQuery, last: MovementId) -> (String, String) {
    let cursor = keys.seal(&position(&last.to_string()), &signed_product(&query.product));
    let mut parameters = form_urlencoded::Serializer::new(String::new());
    parameters.append_pair(LIMIT, &query.limit.to_string()).append_pair(CURSOR, &cursor);
    let next = format!("?{}", parameters.finish());
    (cursor, next)
}

/// Returns a position: the number of its bytes, and the sku or the id.
fn position(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("a sku and an id have at most 64 bytes");
    [&[length][..], text.as_bytes()].concat()
}

/// Returns the sku or the id at a position.
fn text_at(position: Option<Vec<u8>>) -> Option<String> {
    String::from_utf8(position?.get(1..)?.to_vec()).ok()
}

/// Returns the listing, the tenant and the filters for which a cursor is valid.
fn signed_filters(query: &ProductQuery) -> [Option<String>; 3] {
    let is_active = query.is_active.map(|is_active| is_active.to_string());
    [Some("products".to_owned()), Some(query.tenant.to_string()), is_active]
}

fn signed_product(product: &ProductKey) -> [Option<String>; 3] {
    [Some("movements".to_owned()), Some(product.tenant.to_string()), Some(product.sku.to_string())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> CursorKeys {
        CursorKeys::new("a key")
    }

    fn read(given: &[(&str, &str)]) -> Result<ProductQuery, Vec<String>> {
        product_query(Parameters::new(given.to_vec()), &Tenant::default(), &keys())
            .map_err(|problem| problem.parameter_errors().iter().map(|it| it.parameter.clone()).collect())
    }

    #[test]
    fn the_next_page_has_the_same_filters() {
        for given in [&[][..], &[("active", "true"), ("limit", "5")], &[("active", "false")]] {
            let query = read(given).expect("a query");
            let last: ProductSku = "A-1".parse().expect("a sku");
            let (_, next) = next_products(&keys(), &query, &last);
            let again: Vec<_> = form_urlencoded::parse(next.trim_start_matches('?').as_bytes()).collect();
            let again: Vec<_> = again.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
            assert_eq!(read(&again).expect("a query"), ProductQuery { after: Some(last), ..query });
        }
    }

    #[test]
    fn a_cursor_is_valid_only_for_its_listing() {
        let query = read(&[("active", "true")]).expect("a query");
        let (cursor, _) = next_products(&keys(), &query, &"A-1".parse().expect("a sku"));
        for other in [vec![("cursor", &*cursor)], vec![("active", "false"), ("cursor", &cursor)]] {
            assert_eq!(read(&other), Err(vec!["cursor".to_owned()]), "{other:?}");
        }
        let product = ProductKey { tenant: Tenant::default(), sku: "A-1".parse().expect("a sku") };
        let parameters = Parameters::new(vec![("cursor", &*cursor)]);
        assert!(movement_query(parameters, &product, &keys()).is_err());
    }

    #[test]
    fn every_invalid_parameter_is_reported() {
        let given = [("active", "yes"), ("limit", "0"), ("status", "PAID"), ("cursor", "x")];
        assert_eq!(read(&given), Err(vec!["active".to_owned(), "limit".to_owned(), "status".to_owned()]));
    }
}
