//! Cursors: the position where a page of a listing ended.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Keys of cursors: one signs, any is accepted.
#[derive(Clone)]
pub struct CursorKeys {
    signing: CursorKey,
    accepted: Vec<CursorKey>,
}

#[derive(Clone)]
struct CursorKey(Hmac<Sha256>);

/// Error for a text that is not a cursor of this listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidCursor {
    /// The text does not have the form of a cursor.
    Malformed,
    /// None of the keys signed it, or it was signed for another listing.
    NotSigned,
}

const MAC_BYTES: usize = 16;

impl CursorKeys {
    /// Creates keys of which this text signs. Anyone who knows the text can sign cursors.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        Self { signing: CursorKey::new(secret), accepted: Vec::new() }
    }

    /// Accepts the cursors of another key, too.
    #[must_use]
    pub fn accepting(mut self, secret: &str) -> Self {
        self.accepted.push(CursorKey::new(secret));
        self
    }

    /// Returns the key that signs, and those that are accepted, too.
    pub(crate) fn macs(&self) -> (Hmac<Sha256>, impl Iterator<Item = Hmac<Sha256>>) {
        (self.signing.0.clone(), self.accepted.iter().map(|key| key.0.clone()))
    }

    /// Returns a cursor to the items after `position` in the listing with these filters. The cursor is base64url of the
    /// position and half an HMAC-SHA256 (RFC 2104) over it and the filters. The first byte of a position tells its
    /// length, so that no position begins with another one.
    #[must_use]
    pub fn seal(&self, position: &[u8], filters: &[Option<String>]) -> String {
        let mac = self.signing.mac(position, filters).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([position, &mac[..MAC_BYTES]].concat())
    }

    /// Returns the position of a cursor for the listing with these filters.
    ///
    /// # Errors
    ///
    /// [`InvalidCursor`] for a text that is not a cursor, that was altered, or that belongs to other filters.
    pub fn open(&self, text: &str, filters: &[Option<String>]) -> Result<Vec<u8>, InvalidCursor> {
        let mut position = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor::Malformed)?;
        let length = position.len().checked_sub(MAC_BYTES).ok_or(InvalidCursor::Malformed)?;
        let mac = position.split_off(length);
        let has_signed = |key: &CursorKey| key.mac(&position, filters).verify_truncated_left(&mac).is_ok();
        let mut keys = [&self.signing].into_iter().chain(&self.accepted);
        if keys.any(has_signed) { Ok(position) } else { Err(InvalidCursor::NotSigned) }
    }
}

impl CursorKey {
    fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC accepts keys of any length"))
    }

    fn mac(&self, position: &[u8], filters: &[Option<String>]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(position);
        for filter in filters {
            // Includes the length, so that no two lists of filters give the same bytes.
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
    use proptest::prelude::*;

    const POSITION: &[u8; 17] = &[1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7];

    fn filters() -> Vec<Option<String>> {
        vec![Some("default".to_owned()), Some("c-1".to_owned()), None]
    }

    #[test]
    fn a_cursor_opens_to_the_position_that_it_was_sealed_with() {
        let key = CursorKeys::new("a key");
        let cursor = key.seal(POSITION, &filters());
        assert_eq!(cursor.len(), 44);
        assert_eq!(key.open(&cursor, &filters()), Ok(POSITION.to_vec()));
    }

    #[test]
    fn cursors_of_earlier_releases_stay_valid() {
        let cursor = "AQcHBwcHBwcHBwcHBwcHBwdx84Ol1tnJNjWSOAGM9w2u";
        let opened = CursorKeys::new("a key").open(cursor, &filters());
        assert_eq!(
            (CursorKeys::new("a key").seal(POSITION, &filters()).as_str(), opened),
            (cursor, Ok(POSITION.to_vec()))
        );
    }

    #[test]
    fn a_cursor_belongs_to_its_filters_and_key() {
        let key = CursorKeys::new("a key");
        let cursor = key.seal(POSITION, &filters());
        let text = |text: &str| Some(text.to_owned());
        for other in [
            vec![text("another"), text("c-1"), None],
            vec![text("default"), text("c-2"), None],
            vec![text("default"), None, None],
            vec![text("default"), text("c-1"), text("")],
            vec![text("defaultc"), text("-1"), None],
            vec![],
        ] {
            assert_eq!(key.open(&cursor, &other), Err(InvalidCursor::NotSigned), "{other:?}");
        }
        assert_eq!(CursorKeys::new("another").open(&cursor, &filters()), Err(InvalidCursor::NotSigned));
    }

    proptest! {
        #[test]
        fn an_altered_cursor_does_not_open(position in 0_usize..33, bit in 0_u32..8) {
            let key = CursorKeys::new("a key");
            let mut bytes = URL_SAFE_NO_PAD.decode(key.seal(POSITION, &filters())).expect("base64");
            bytes[position] ^= 1 << bit;
            let opened = key.open(&URL_SAFE_NO_PAD.encode(bytes), &filters());
            prop_assert_eq!(opened, Err(InvalidCursor::NotSigned));
        }

        #[test]
        fn other_text_does_not_open(text in ".{0,64}") {
            prop_assert!(CursorKeys::new("a key").open(&text, &filters()).is_err());
        }
    }
}
