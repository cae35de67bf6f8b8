//! Access to AWS.

use crate::{Environment, InvalidSetting, NOT_HTTP, is_http_url};

/// Access to AWS, without credentials: the SDK reads them when it signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aws {
    /// Region of all services.
    pub region: String,
    /// Endpoint of all services, in place of those of AWS.
    pub endpoint: Option<String>,
    /// `true` for endpoints with cryptography validated by FIPS 140.
    pub use_fips: bool,
    /// `true` for endpoints with IPv6 addresses too.
    pub use_dual_stack: bool,
}

impl Environment {
    /// Access to AWS, by the variables of all AWS SDKs (AWS SDKs and Tools Reference Guide, "Settings
    /// reference").
    ///
    /// - `AWS_REGION`: required. Lambda sets it.
    /// - `AWS_ENDPOINT_URL`: endpoint of all services. Default: the endpoints of AWS.
    /// - `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`: `true` or `false`. Default `false`.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when the region is missing or malformed, the URL is not one of http or https, or a
    /// flag is neither `true` nor `false`.
    pub fn aws(&self) -> Result<Aws, InvalidSetting> {
        Ok(Aws {
            region: self.name("AWS_REGION", 1, 63, "-")?,
            endpoint: self.aws_endpoint()?,
            use_fips: self.is_true("AWS_USE_FIPS_ENDPOINT")?,
            use_dual_stack: self.is_true("AWS_USE_DUALSTACK_ENDPOINT")?,
        })
    }

    fn aws_endpoint(&self) -> Result<Option<String>, InvalidSetting> {
        let variable = "AWS_ENDPOINT_URL";
        match self.get(variable) {
            Some(text) if !is_http_url(&text) => Err(InvalidSetting::new(variable, NOT_HTTP)),
            endpoint => Ok(endpoint),
        }
    }

    fn is_true(&self, variable: &'static str) -> Result<bool, InvalidSetting> {
        match self.get(variable).map(|text| text.to_ascii_lowercase()).as_deref() {
            Some("true") => Ok(true),
            None | Some("false") => Ok(false),
            Some(other) => Err(InvalidSetting::new(variable, format!("must be true or false, is {other:?}"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Environment;
    use crate::tests::environment;

    #[test]
    fn a_region_is_enough() {
        let aws = environment(&[("AWS_REGION", "eu-central-1")]).aws().expect("settings");
        assert_eq!((aws.region.as_str(), aws.endpoint), ("eu-central-1", None));
        assert!(!aws.use_fips && !aws.use_dual_stack);
    }

    #[test]
    fn other_endpoints_can_be_configured() {
        let variables = &[
            ("AWS_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"),
            ("AWS_USE_FIPS_ENDPOINT", "TRUE"),
            ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
        ];
        let aws = environment(variables).aws().expect("settings");
        assert_eq!(aws.endpoint.as_deref(), Some("http://127.0.0.1:4566"));
        assert!(aws.use_fips && !aws.use_dual_stack);
    }

    #[test]
    fn a_malformed_variable_is_named() {
        let error = |env: Environment| env.aws().expect_err("an error").to_string();
        assert_eq!(error(environment(&[("AWS_REGION", "")])), "AWS_REGION is missing");
        assert!(error(environment(&[("AWS_REGION", "my region")])).starts_with("AWS_REGION is malformed"));
        assert!(
            error(environment(&[("AWS_REGION", "us-east-1"), ("AWS_ENDPOINT_URL", "localhost:4566")]))
                .starts_with("AWS_ENDPOINT_URL is malformed")
        );
        assert_eq!(
            error(environment(&[("AWS_REGION", "us-east-1"), ("AWS_USE_FIPS_ENDPOINT", "1")])),
            "AWS_USE_FIPS_ENDPOINT is malformed: must be true or false, is \"1\""
        );
    }
}
