//! Accounts: access of a tenant to the HTTP API of a provider.

use crate::Provider;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use url::{Host, Url};

/// Account of a tenant at a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Key of the API.
    pub key: ApiKey,
    /// Base URL of the API.
    pub url: BaseUrl,
}

impl Provider {
    /// Returns the base URL of the API; `None` for a provider that publishes none.
    #[must_use]
    pub fn published_url(self) -> Option<BaseUrl> {
        match self {
            Self::Standard => None,
            Self::Stripe => Some(BaseUrl("https://api.stripe.com".to_owned())),
        }
    }
}

/// Key of a provider's API: 1 to 255 visible ASCII characters. Its `Debug` form is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

/// Error for a text that is not a key. It omits the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must have 1 to {} visible ASCII characters", ApiKey::MAX_CHARS)]
pub struct InvalidApiKey;

impl ApiKey {
    /// Maximum number of characters.
    pub const MAX_CHARS: usize = 255;

    /// Returns the key itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApiKey {
    type Err = InvalidApiKey;

    fn from_str(text: &str) -> Result<Self, InvalidApiKey> {
        let is_valid =
            (1..=Self::MAX_CHARS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_valid { Ok(Self(text.to_owned())) } else { Err(InvalidApiKey) }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Base URL of a provider's API: https, or http on this machine. It has no query, no fragment and no login, and its text no slash
/// at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Error for a text that is not the base URL of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a URL with https, or with http and a loopback host, without login, query and fragment")]
pub struct InvalidBaseUrl;

impl BaseUrl {
    /// Returns the URL as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidBaseUrl> {
        let url = Url::parse(text).map_err(|_| InvalidBaseUrl)?;
        let is_safe = match url.scheme() {
            "https" => url.host().is_some(),
            // The key would be readable on the way to any other host.
            "http" => url.host().is_some_and(|host| is_loopback(&host)),
            _ => false,
        };
        let has_login = !url.username().is_empty() || url.password().is_some();
        if !is_safe || has_login || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidBaseUrl);
        }
        Ok(Self(url.as_str().trim_end_matches('/').to_owned()))
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_encrypted_or_on_this_machine() {
        for (text, expected) in [
            ("https://api.example.com", "https://api.example.com"),
            ("https://api.example.com:8443/psp/", "https://api.example.com:8443/psp"),
            ("http://127.0.0.1:8070", "http://127.0.0.1:8070"),
            ("http://localhost/", "http://localhost"),
            ("http://[::1]:1", "http://[::1]:1"),
        ] {
            assert_eq!(text.parse::<BaseUrl>().expect(text).as_str(), expected);
        }
        for text in [
            "",
            "api.example.com",
            "ftp://127.0.0.1",
            "http://api.example.com",
            "http://localhost.example.com",
            "http://169.254.169.254",
            "https://user@api.example.com",
            "https://api.example.com?key=1",
            "https://api.example.com#top",
        ] {
            assert_eq!(text.parse::<BaseUrl>(), Err(InvalidBaseUrl), "{text}");
        }
    }

    #[test]
    fn a_published_url_is_one() {
        let url = Provider::Stripe.published_url().expect("a URL");
        assert_eq!(url.as_str().parse(), Ok(url));
        assert_eq!(Provider::Standard.published_url(), None);
    }

    #[test]
    fn a_key_is_not_printed() {
        let key: ApiKey = "sk_test_1".parse().expect("a key");
        assert_eq!((format!("{key:?}").as_str(), key.expose()), ("***", "sk_test_1"));
        assert_eq!(["", "a b", "ä"].map(|text| text.parse::<ApiKey>().is_ok()), [false; 3]);
    }
}
