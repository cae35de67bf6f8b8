//! Separate SecantusDB that requires a login, with or without TLS.

use crate::servers::start_local_stack;
use mongodb::Client;
use mongodb::bson::doc;
use mongodb::options::{ClientOptions, Credential};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Child;
use tempfile::TempDir;

/// Name of the only user.
pub const MONGO_USER: &str = "orders";

/// Running server. Dropping the value stops it.
pub struct AuthenticatedMongo {
    /// Connection string without a login. With TLS it names the root certificate of the test.
    pub uri: String,
    #[expect(dead_code, reason = "keeps the pipe open")]
    script: Child,
    certificates: Option<TempDir>,
}

impl AuthenticatedMongo {
    /// Starts a server on which [`MONGO_USER`] has a password.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_password(password: &str) -> Self {
        Self::start(&["--mongo-login".into(), format!("{MONGO_USER}:{password}").into()], None)
    }

    /// Starts a server with TLS. Its certificate is signed by a root that only this test knows.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_password_and_tls(password: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        write_certificates(folder.path());
        let login = format!("{MONGO_USER}:{password}");
        let options = ["--mongo-login".into(), login.into(), "--mongo-tls".into(), folder.path().into()];
        Self::start(&options, Some(folder))
    }

    fn start(options: &[OsString], certificates: Option<TempDir>) -> Self {
        let options = [options, &["--stack=no-aws".into()]].concat();
        let (script, line) = start_local_stack(&options, "none", &[]);
        let addresses: Value = serde_json::from_str(&line).expect("the addresses of the local stack");
        let uri = addresses["mongo_uri"].as_str().expect("a URI").to_owned();
        Self { uri, script, certificates }
    }

    /// Returns the path of the root certificate.
    ///
    /// # Panics
    ///
    /// When the server has no TLS.
    #[must_use]
    pub fn root_certificate(&self) -> PathBuf {
        self.certificates.as_ref().expect("TLS").path().join("ca.pem")
    }

    /// Returns the content of a secret with login, host, port and TLS, in AWS's format.
    ///
    /// # Panics
    ///
    /// When the URI of the server is invalid.
    #[must_use]
    pub fn secret(&self, password: &str) -> Value {
        let address = self.uri.trim_start_matches("mongodb://").split('/').next().expect("an address");
        let (host, port) = address.split_once(':').expect("a port");
        let port: u16 = port.parse().expect("a number");
        json!({
            "engine": "mongo", "username": MONGO_USER, "password": password,
            "host": host, "port": port, "ssl": self.certificates.is_some(),
        })
    }

    /// Changes the password of [`MONGO_USER`], like the step `setSecret` of a rotation.
    ///
    /// # Panics
    ///
    /// When the server rejects the change.
    pub async fn change_password(&self, from: &str, to: &str) {
        let change = doc! { "updateUser": MONGO_USER, "pwd": to };
        let admin = self.client(from).await.database("admin");
        admin.run_command(change).await.expect("a changed password");
    }

    /// Returns a client that is logged in.
    ///
    /// # Panics
    ///
    /// When the URI of the server is invalid.
    pub async fn client(&self, password: &str) -> Client {
        let mut options = ClientOptions::parse(&self.uri).await.expect("options");
        let login =
            Credential::builder().username(MONGO_USER.to_owned()).password(password.to_owned()).build();
        options.credential = Some(login);
        Client::with_options(options).expect("a client")
    }
}

/// Writes a root certificate, and a certificate and key for 127.0.0.1 that it signs.
fn write_certificates(folder: &Path) {
    let mut root = CertificateParams::default();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    root.distinguished_name.push(DnType::CommonName, "the root of a test");
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().expect("a key")).expect("a root");
    let key = KeyPair::generate().expect("a key");
    let server = CertificateParams::new(["127.0.0.1".to_owned()]).expect("an address");
    let server = server.signed_by(&key, &root).expect("a certificate");
    for (file, text) in [("ca.pem", root.pem()), ("cert.pem", server.pem()), ("key.pem", key.serialize_pem())]
    {
        std::fs::write(folder.join(file), text).expect("a file");
    }
}
