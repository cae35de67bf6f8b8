//! Secret of the requests from CloudFront.

use crate::{Environment, InvalidSetting};

impl Environment {
    /// `ORIGIN_SECRET_ARN`: secret of AWS Secrets Manager that each request must have in a header. Default: none,
    /// for an API without CloudFront.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is the ARN of another service.
    pub fn origin_secret_arn(&self) -> Result<Option<String>, InvalidSetting> {
        self.secret_arn("ORIGIN_SECRET_ARN")
    }
}

#[cfg(test)]
mod tests {
    use crate::tests::environment;

    #[test]
    fn the_secret_is_optional() {
        assert_eq!(environment(&[("ORIGIN_SECRET_ARN", "")]).origin_secret_arn(), Ok(None));
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:origin-a1b2c3";
        let given = environment(&[(
            "ORIGIN_SECRET_ARN",
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:origin-a1b2c3",
        )]);
        assert_eq!(given.origin_secret_arn(), Ok(Some(arn.to_owned())));
        let error = environment(&[("ORIGIN_SECRET_ARN", "origin")]).origin_secret_arn().expect_err("a name");
        assert_eq!(
            error.to_string(),
            "ORIGIN_SECRET_ARN is malformed: must begin with arn:aws:secretsmanager:, is \"origin\""
        );
    }
}
