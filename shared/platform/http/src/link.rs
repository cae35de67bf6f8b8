//! Links that need no token: their signature shows that the API has made them, and until when they are valid.

use crate::CursorKeys;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Timestamp;
use sha2::Sha256;

/// Version of the signed text.
const VERSION: &str = "1";
/// Length of a key id in bytes; a link has it in base64url.
const ID_BYTES: usize = 6;

/// Keys of links of one kind: one signs, any is accepted. They are derived from those of the cursors with the label of the
/// kind, so that neither is of use for the other.
#[derive(Clone)]
pub struct LinkKeys {
    signing: LinkKey,
    accepted: Vec<LinkKey>,
}

#[derive(Clone)]
struct LinkKey {
    id: String,
    mac: Hmac<Sha256>,
}

/// Parameters of a signed link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkSignature {
    /// End of the link, in whole seconds since 1970.
    pub expires: i64,
    /// Id of the key that signed it.
    pub key: String,
    /// HMAC-SHA256 (RFC 2104) in base64url.
    pub signature: String,
}

/// Error for a link that must not be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidLink {
    /// None of the known keys has the id. An instance that has not read the latest key can get there, too.
    UnknownKey,
    /// The key has not signed this link.
    NotSigned,
    /// The link is signed, and has ended.
    Expired,
}

impl LinkKeys {
    /// Derives keys for links with this label.
    #[must_use]
    pub fn new(keys: &CursorKeys, label: &str) -> Self {
        let derive = |mac: Hmac<Sha256>| LinkKey::new(&mac.chain_update(label).finalize().into_bytes());
        let (signing, accepted) = keys.macs();
        Self { signing: derive(signing), accepted: accepted.map(derive).collect() }
    }

    /// Signs a link to a resource, which is valid until a time.
    #[must_use]
    pub fn sign(&self, resource: &str, expires_at: Timestamp) -> LinkSignature {
        let expires = expires_at.unix_seconds();
        let mac = self.signing.mac(resource, expires).finalize().into_bytes();
        LinkSignature { expires, key: self.signing.id.clone(), signature: URL_SAFE_NO_PAD.encode(mac) }
    }

    /// Checks a link to a resource, in constant time.
    ///
    /// # Errors
    ///
    /// [`InvalidLink`]; only a link that is signed can be [`InvalidLink::Expired`].
    pub fn verify(&self, resource: &str, link: &LinkSignature, now: Timestamp) -> Result<(), InvalidLink> {
        let mut keys = [&self.signing].into_iter().chain(&self.accepted);
        let key = keys.find(|key| key.id == link.key).ok_or(InvalidLink::UnknownKey)?;
        let mac = URL_SAFE_NO_PAD.decode(&link.signature).map_err(|_| InvalidLink::NotSigned)?;
        let verified = key.mac(resource, link.expires).verify_slice(&mac);
        verified.map_err(|_| InvalidLink::NotSigned)?;
        if link.expires > now.unix_seconds() { Ok(()) } else { Err(InvalidLink::Expired) }
    }
}

impl LinkKey {
    fn new(secret: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC accepts keys of any length");
        let id = mac.clone().chain_update("id").finalize().into_bytes();
        let id = URL_SAFE_NO_PAD.encode(&id[..ID_BYTES]);
        Self { id, mac }
    }

    /// Returns the MAC over version, key id, resource and end. Each has its length before it, so that no two links have the same
    /// text.
    fn mac(&self, resource: &str, expires: i64) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        for text in [VERSION, &self.id, resource, &expires.to_string()] {
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

    const RESOURCE: &str = "019c1363-49c0-7101-8101-010101010101";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_unix_millis(seconds * 1_000).expect("a time")
    }

    fn keys(secret: &str) -> LinkKeys {
        LinkKeys::new(&CursorKeys::new(secret), "order-status")
    }

    #[test]
    fn a_link_is_valid_until_its_end() {
        let link = keys("a key").sign(RESOURCE, at(100));
        assert_eq!((link.expires, link.signature.len(), link.key.len()), (100, 43, 8));
        assert_eq!(keys("a key").verify(RESOURCE, &link, at(99)), Ok(()));
        assert_eq!(keys("a key").verify(RESOURCE, &link, at(100)), Err(InvalidLink::Expired));
    }

    #[test]
    fn links_of_earlier_releases_stay_valid() {
        let link = LinkSignature {
            expires: 100,
            key: "RF6SNuh0".to_owned(),
            signature: "JS6sTLVOfvvDeRrLXX6-IuqkxYjAc8VuFJ8GEGjcjcc".to_owned(),
        };
        assert_eq!(keys("a key").sign(RESOURCE, at(100)), link);
    }

    #[test]
    fn a_link_belongs_to_its_key_label_resource_and_end() {
        let link = keys("a key").sign(RESOURCE, at(100));
        let other_label = LinkKeys::new(&CursorKeys::new("a key"), "invoice");
        assert_eq!(other_label.verify(RESOURCE, &link, at(1)), Err(InvalidLink::UnknownKey));
        assert_eq!(keys("another").verify(RESOURCE, &link, at(1)), Err(InvalidLink::UnknownKey));
        assert_eq!(keys("a key").verify("another", &link, at(1)), Err(InvalidLink::NotSigned));
        let later = LinkSignature { expires: 101, ..link.clone() };
        assert_eq!(keys("a key").verify(RESOURCE, &later, at(1)), Err(InvalidLink::NotSigned));
        // An altered link is not told that it would have ended.
        let earlier = LinkSignature { expires: 1, ..link };
        assert_eq!(keys("a key").verify(RESOURCE, &earlier, at(2)), Err(InvalidLink::NotSigned));
    }

    #[test]
    fn two_keys_live_at_a_time() {
        let old = keys("old").sign(RESOURCE, at(100));
        let rotated = LinkKeys::new(&CursorKeys::new("new").accepting("old"), "order-status");
        assert_eq!(rotated.verify(RESOURCE, &old, at(1)), Ok(()));
        let new = rotated.sign(RESOURCE, at(100));
        assert_eq!(keys("old").verify(RESOURCE, &new, at(1)), Err(InvalidLink::UnknownKey));
        let forged = LinkSignature { key: new.key, ..old };
        assert_eq!(rotated.verify(RESOURCE, &forged, at(1)), Err(InvalidLink::NotSigned));
    }

    proptest! {
        #[test]
        fn an_altered_signature_is_refused(position in 0_usize..32, bit in 0_u32..8) {
            let link = keys("a key").sign(RESOURCE, at(100));
            let mut bytes = URL_SAFE_NO_PAD.decode(&link.signature).expect("base64");
            bytes[position] ^= 1 << bit;
            let link = LinkSignature { signature: URL_SAFE_NO_PAD.encode(bytes), ..link };
            prop_assert_eq!(keys("a key").verify(RESOURCE, &link, at(1)), Err(InvalidLink::NotSigned));
        }

        #[test]
        fn other_texts_are_refused(signature in ".{0,64}", expires in any::<i64>(), key in ".{0,9}") {
            let link = LinkSignature { expires, key, signature };
            prop_assert!(keys("a key").verify(RESOURCE, &link, at(1)).is_err());
        }
    }
}
