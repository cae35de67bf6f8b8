//! Origins of cross-origin requests.

use crate::{Environment, InvalidSetting, is_http_url};
use url::Url;

impl Environment {
    /// `CORS_ORIGINS`: origins of the pages that may call the API, separated by commas, such as
    /// `https://shop.example`; `*` allows all. Default none.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when an item is not an origin (RFC 6454): scheme, host, and a port other than the
    /// scheme's default, without a slash at the end.
    pub fn cors_origins(&self) -> Result<Vec<String>, InvalidSetting> {
        let variable = "CORS_ORIGINS";
        let text = self.or_default(variable, "");
        let origins = text.split(',').map(str::trim).filter(|origin| !origin.is_empty());
        origins
            .map(|origin| {
                let same = |url: Url| is_http_url(origin) && url.origin().ascii_serialization() == origin;
                if origin == "*" || Url::parse(origin).is_ok_and(same) {
                    Ok(origin.to_owned())
                } else {
                    let reason = format!("{origin:?} must be an origin such as https://shop.example");
                    Err(InvalidSetting::new(variable, reason))
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_scheme_host_and_port() {
        let origins = |list: &'static str| {
            Environment::from_lookup(move |name| (name == "CORS_ORIGINS").then(|| list.to_owned()))
                .cors_origins()
        };
        assert_eq!(origins("").expect("none"), [""; 0]);
        let two = origins("https://shop.example, http://localhost:3000").expect("origins");
        assert_eq!(two, ["https://shop.example", "http://localhost:3000"]);
        assert_eq!(origins("*").expect("all"), ["*"]);
        let never =
            ["shop.example", "https://shop.example/", "https://Shop.example", "ftp://shop.example", "null"];
        for bad in never.into_iter().chain(["https://shop.example:443", "https://a, b"]) {
            assert!(origins(bad).is_err(), "{bad}");
        }
    }
}
