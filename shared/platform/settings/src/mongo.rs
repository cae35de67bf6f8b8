//! How DocumentDB is reached.

use crate::secret::{is_secret_arn, not_a_secret_arn};
use crate::{Environment, InvalidSetting, Secret};

/// How DocumentDB is reached.
#[derive(Clone, Debug)]
pub enum Mongo {
    /// A connection string says everything.
    Uri(Secret),
    /// A secret holds the login.
    Secret {
        /// The ARN of the secret.
        arn: String,
        /// Where the database is and how it is spoken to. `None`: the secret says that too.
        uri: Option<Secret>,
    },
}

impl Environment {
    /// How DocumentDB is reached; at least one of the two is required.
    ///
    /// - `MONGO_SECRET_ARN`: the secret of AWS Secrets Manager that holds `username` and `password`,
    ///   and, where no URI says so, `host`, `port` and `ssl`. Read anew when the login is refused.
    /// - `MONGO_URI`: the connection string. Beside a secret it has no login of its own; alone it
    ///   may carry one, and a password.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when both are missing, the URI has another scheme than MongoDB's, or the
    /// ARN is of another service.
    pub fn mongo(&self) -> Result<Mongo, InvalidSetting> {
        let uri = self.get(Self::MONGO_URI).map(Secret::new);
        let secret_arn = self.get(Self::MONGO_SECRET_ARN);
        if uri.as_ref().is_some_and(|uri| !uri.expose().starts_with("mongodb://")) {
            // The value is not shown: it may carry a password.
            return Err(InvalidSetting::new(Self::MONGO_URI, "must begin with mongodb://"));
        }
        match (uri, secret_arn) {
            (None, None) => Err(InvalidSetting {
                variable: Self::MONGO_URI,
                fault: format!("is missing, and {} too", Self::MONGO_SECRET_ARN),
            }),
            (_, Some(arn)) if !is_secret_arn(&arn) => {
                Err(InvalidSetting::new(Self::MONGO_SECRET_ARN, not_a_secret_arn(&arn)))
            }
            (Some(uri), None) => Ok(Mongo::Uri(uri)),
            (uri, Some(arn)) => Ok(Mongo::Secret { arn, uri }),
        }
    }

    /// The name of the variable of the connection string, for who finds a fault in its value.
    pub const MONGO_URI: &'static str = "MONGO_URI";

    const MONGO_SECRET_ARN: &'static str = "MONGO_SECRET_ARN";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_uri_is_not_shown() {
        let env =
            Environment::of(|name| (name == "MONGO_URI").then(|| "http://user:hunter2@host/".to_owned()));
        let fault = env.mongo().expect_err("another scheme").to_string();
        assert_eq!(fault, "MONGO_URI is malformed: must begin with mongodb://");
    }

    #[test]
    fn a_login_is_in_the_uri_or_in_a_secret() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-a1b2c3";
        let uri = ("MONGO_URI", "mongodb://host/");
        let access = |variables: Vec<(&'static str, &'static str)>| {
            Environment::of(move |name| {
                variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
            })
            .mongo()
        };
        assert!(matches!(access(vec![uri]), Ok(Mongo::Uri(_))));
        assert!(matches!(
            access(vec![("MONGO_SECRET_ARN", arn)]),
            Ok(Mongo::Secret { arn: given, uri: None }) if given == arn
        ));
        assert!(matches!(
            access(vec![("MONGO_SECRET_ARN", arn), uri]),
            Ok(Mongo::Secret { uri: Some(_), .. })
        ));
        assert_eq!(
            access(vec![("MONGO_SECRET_ARN", "orders"), uri]).expect_err("a name").to_string(),
            "MONGO_SECRET_ARN is malformed: must begin with arn:aws:secretsmanager:, is \"orders\""
        );
    }
}
