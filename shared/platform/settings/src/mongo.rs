//! Access to DocumentDB.

use crate::{Environment, InvalidSetting, Secret};
use kernel::SERVICE_NAME;

/// Access to DocumentDB.
#[derive(Clone, Debug)]
pub enum Mongo {
    /// Connection string with everything.
    Uri(Secret),
    /// Secret with the login.
    Secret {
        /// ARN of the secret.
        arn: String,
        /// Connection string without a login; `None` when the secret has the address too.
        uri: Option<Secret>,
    },
}

impl Environment {
    /// Access to DocumentDB; at least one of the two variables is required.
    ///
    /// - `MONGO_SECRET_ARN`: secret of AWS Secrets Manager with `username`, `password` and, without a
    ///   `MONGO_URI`, `host`, `port` and `ssl`. Read again when the login is refused.
    /// - `MONGO_URI`: connection string. Beside a secret it must have no login; alone it may have one.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when both are missing, the URI is not one of MongoDB, or the ARN is of another
    /// service.
    pub fn mongo(&self) -> Result<Mongo, InvalidSetting> {
        let uri = self.get(Self::MONGO_URI).map(Secret::new);
        if uri.as_ref().is_some_and(|uri| !uri.expose().starts_with("mongodb://")) {
            // Without the value, which may contain a password.
            return Err(InvalidSetting::new(Self::MONGO_URI, "must begin with mongodb://"));
        }
        match (uri, self.secret_arn(Self::MONGO_SECRET_ARN)?) {
            (None, None) => Err(InvalidSetting::missing(Self::MONGO_URI, Some(Self::MONGO_SECRET_ARN))),
            (Some(uri), None) => Ok(Mongo::Uri(uri)),
            (uri, Some(arn)) => Ok(Mongo::Secret { arn, uri }),
        }
    }

    /// Variable of the connection string, for errors in its value.
    pub const MONGO_URI: &'static str = "MONGO_URI";

    const MONGO_SECRET_ARN: &'static str = "MONGO_SECRET_ARN";

    /// `MONGO_DB`: name of the database. Default: name of the service.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] when it is not a name that MongoDB accepts.
    pub fn mongo_db(&self) -> Result<String, InvalidSetting> {
        let name = self.or_default("MONGO_DB", SERVICE_NAME);
        let forbidden = |c: char| c.is_control() || "/\\. \"$*<>:|?".contains(c);
        if name.len() <= 63 && !name.contains(forbidden) {
            Ok(name)
        } else {
            Err(InvalidSetting::new("MONGO_DB", "must have 1 to 63 bytes without any of /\\. \"$*<>:|?"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_for_a_malformed_uri_does_not_contain_it() {
        let env = Environment::from_lookup(|name| {
            (name == "MONGO_URI").then(|| "http://user:hunter2@host/".to_owned())
        });
        let error = env.mongo().expect_err("another scheme").to_string();
        assert_eq!(error, "MONGO_URI is malformed: must begin with mongodb://");
    }

    #[test]
    fn the_login_is_in_the_uri_or_in_a_secret() {
        let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:orders-a1b2c3";
        let uri = ("MONGO_URI", "mongodb://host/");
        let access = |variables: Vec<(&'static str, &'static str)>| {
            Environment::from_lookup(move |name| {
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
