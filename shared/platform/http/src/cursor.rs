//! Where a page of a listing ended, as the caller carries it to the next one.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use orders_domain::{OrderId, OrderQuery};
use sha2::Sha256;

/// The key with which cursors are made and known again.
#[derive(Clone)]
pub struct CursorKey(Hmac<Sha256>);

/// A cursor that was not made by us, or for another listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForeignCursor;

const FORM: u8 = 1;
const ID_BYTES: usize = 16;
const MAC_BYTES: usize = 16;

impl CursorKey {
    /// Takes any text; whoever knows it can make cursors.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length"))
    }

    /// A cursor to what comes after `last` in the listing of `query`: the form's number, the id, and
    /// half an HMAC-SHA256 (RFC 2104) over both and the query's tenant and filters, in base64url.
    #[must_use]
    pub fn seal(&self, query: &OrderQuery, last: OrderId) -> String {
        let mac = self.over(query, last).finalize().into_bytes();
        let mut bytes = vec![FORM];
        bytes.extend(last.as_bytes());
        bytes.extend(&mac[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Where the cursor points to in the listing of `query`, whose own position does not count.
    ///
    /// # Errors
    ///
    /// [`ForeignCursor`] for a text that is no cursor, that was changed, or that belongs to other
    /// filters or another tenant.
    pub fn open(&self, text: &str, query: &OrderQuery) -> Result<OrderId, ForeignCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| ForeignCursor)?;
        let (form, rest) = bytes.split_first().ok_or(ForeignCursor)?;
        let (id, mac) = rest.split_at_checked(ID_BYTES).ok_or(ForeignCursor)?;
        let id = OrderId::from_bytes(id.try_into().map_err(|_| ForeignCursor)?);
        if *form != FORM || mac.len() != MAC_BYTES {
            return Err(ForeignCursor);
        }
        self.over(query, id).verify_truncated_left(mac).map(|()| id).map_err(|_| ForeignCursor)
    }

    fn over(&self, query: &OrderQuery, last: OrderId) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(&[FORM]);
        mac.update(last.as_bytes());
        let filters = [
            Some(query.tenant.to_string()),
            query.customer_id.as_ref().map(ToString::to_string),
            query.status.map(|status| status.to_string()),
            query.created_after.map(|time| time.to_string()),
            query.created_before.map(|time| time.to_string()),
        ];
        for filter in filters {
            // With its length, so that no two lists of filters make the same bytes.
            let text = filter.as_deref().unwrap_or_default();
            mac.update(&[u8::from(filter.is_some())]);
            mac.update(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(text.as_bytes());
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use orders_domain::{PageSize, Status, Tenant, Timestamp};
    use proptest::prelude::*;

    fn query() -> OrderQuery {
        OrderQuery {
            tenant: Tenant::default(),
            customer_id: Some("c-1".parse().expect("a customer")),
            status: None,
            created_after: None,
            created_before: None,
            after: None,
            limit: PageSize::default(),
        }
    }

    fn id() -> OrderId {
        OrderId::v7(Timestamp::from_unix_millis(1_769_851_800_000).expect("a time"), [7; 10])
    }

    #[test]
    fn a_cursor_opens_to_the_id_that_it_was_sealed_with_at_any_limit() {
        let key = CursorKey::new("a key");
        let cursor = key.seal(&query(), id());
        assert_eq!(cursor.len(), 44);
        assert_eq!(key.open(&cursor, &query()), Ok(id()));
        let larger = OrderQuery { limit: "100".parse().expect("a size"), after: Some(id()), ..query() };
        assert_eq!(key.open(&cursor, &larger), Ok(id()));
    }

    #[test]
    fn a_cursor_belongs_to_its_filters_tenant_and_key() {
        let key = CursorKey::new("a key");
        let cursor = key.seal(&query(), id());
        let time = Timestamp::from_unix_millis(0).expect("a time");
        for other in [
            OrderQuery { tenant: "another".parse().expect("a tenant"), ..query() },
            OrderQuery { customer_id: Some("c-2".parse().expect("a customer")), ..query() },
            OrderQuery { customer_id: None, ..query() },
            OrderQuery { status: Some(Status::Created), ..query() },
            OrderQuery { created_after: Some(time), ..query() },
            OrderQuery { created_before: Some(time), ..query() },
        ] {
            assert_eq!(key.open(&cursor, &other), Err(ForeignCursor), "{other:?}");
        }
        assert_eq!(CursorKey::new("another").open(&cursor, &query()), Err(ForeignCursor));
    }

    proptest! {
        #[test]
        fn no_changed_cursor_opens(position in 0_usize..33, bit in 0_u32..8) {
            let key = CursorKey::new("a key");
            let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(&query(), id())).expect("base64");
            bytes[position] ^= 1 << bit;
            prop_assert_eq!(key.open(&URL_SAFE_NO_PAD.encode(bytes), &query()), Err(ForeignCursor));
        }

        #[test]
        fn no_text_opens_by_chance(text in ".{0,64}") {
            prop_assert_eq!(CursorKey::new("a key").open(&text, &query()), Err(ForeignCursor));
        }
    }
}
