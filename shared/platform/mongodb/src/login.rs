//! Logins in secrets.

use platform_settings::Secret;
use serde_json::{Map, Value};

/// Content of a secret, in the form of AWS for DocumentDB: a JSON object with
/// `username`, `password`, and optionally `host`, `port` and `ssl` (AWS Secrets Manager user
/// guide, "JSON structure of secrets").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) password: Secret,
    /// Host, unless a connection string names it.
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    /// `true` for TLS, unless a connection string decides.
    pub(crate) tls: bool,
}

/// Error for a secret that is not a login. Names the member and contains no value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidLogin {
    #[error("the secret is not a JSON object")]
    NotAnObject,
    #[error("the secret has no {0}")]
    Missing(&'static str),
    #[error("{0} in the secret must be {1}")]
    Malformed(&'static str, &'static str),
}

impl Login {
    pub(crate) fn read(secret: &Secret) -> Result<Self, InvalidLogin> {
        let members: Map<String, Value> =
            serde_json::from_str(secret.expose()).map_err(|_| InvalidLogin::NotAnObject)?;
        Ok(Self {
            username: text(&members, "username")?.ok_or(InvalidLogin::Missing("username"))?,
            password: text(&members, "password")?
                .map(Secret::new)
                .ok_or(InvalidLogin::Missing("password"))?,
            host: text(&members, "host")?,
            port: port(&members)?,
            tls: tls(&members)?,
        })
    }
}

fn text(members: &Map<String, Value>, name: &'static str) -> Result<Option<String>, InvalidLogin> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(InvalidLogin::Malformed(name, "a non-empty string")),
    }
}

/// Reads a number; the console of AWS writes it as a text.
fn port(members: &Map<String, Value>) -> Result<Option<u16>, InvalidLogin> {
    let number = match members.get("port") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    number.map(Some).ok_or(InvalidLogin::Malformed("port", "a number from 0 to 65535"))
}

/// Reads a flag. The default is `true`, as for a cluster of DocumentDB.
fn tls(members: &Map<String, Value>) -> Result<bool, InvalidLogin> {
    match members.get("ssl") {
        None | Some(Value::Null) => Ok(true),
        Some(Value::Bool(tls)) => Ok(*tls),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(true),
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(false),
        Some(_) => Err(InvalidLogin::Malformed("ssl", "true or false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(secret: &str) -> Result<Login, InvalidLogin> {
        Login::read(&Secret::new(secret.to_owned()))
    }

    #[test]
    fn a_secret_in_the_form_of_aws_is_read() {
        let login = read(
            r#"{"engine":"mongo","username":"orders","password":"p@ss/word","host":"c.docdb.aws","port":27017,"ssl":true}"#,
        )
        .expect("a login");
        assert_eq!(login.username, "orders");
        assert_eq!(login.password.expose(), "p@ss/word");
        assert_eq!((login.host.as_deref(), login.port, login.tls), (Some("c.docdb.aws"), Some(27017), true));
        let by_hand =
            read(r#"{"username":"a","password":"b","port":"27018","ssl":"false"}"#).expect("a login");
        assert_eq!((by_hand.host, by_hand.port, by_hand.tls), (None, Some(27018), false));
        assert!(read(r#"{"username":"a","password":"b"}"#).expect("a login").tls, "TLS by default");
    }

    #[test]
    fn the_error_for_an_invalid_secret_names_the_member_and_contains_no_value() {
        let error = |secret: &str| read(secret).expect_err("an error").to_string();
        assert_eq!(error("hunter2"), "the secret is not a JSON object");
        assert_eq!(error(r#"["hunter2"]"#), "the secret is not a JSON object");
        assert_eq!(error(r#"{"password":"hunter2"}"#), "the secret has no username");
        assert_eq!(error(r#"{"username":"a"}"#), "the secret has no password");
        assert_eq!(
            error(r#"{"username":["hunter2"],"password":"b"}"#),
            "username in the secret must be a non-empty string"
        );
        assert_eq!(
            error(r#"{"username":"a","password":"hunter2","port":65536}"#),
            "port in the secret must be a number from 0 to 65535"
        );
        assert_eq!(
            error(r#"{"username":"a","password":"hunter2","ssl":"maybe"}"#),
            "ssl in the secret must be true or false"
        );
    }
}
