//! A SecantusDB of one's own that demands a login, or TLS, or both.

use crate::servers::serve;
use mongodb::Client;
use mongodb::bson::doc;
use mongodb::options::{ClientOptions, Credential};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Child;
use tempfile::TempDir;

/// The user that there is.
pub const USER: &str = "orders";

/// A running server; it ends with this.
pub struct GuardedMongo {
    /// Its connection string, without a login. With TLS it names the test's own root certificate.
    pub uri: String,
    #[expect(dead_code, reason = "held for its pipe")]
    script: Child,
    certificates: Option<TempDir>,
}

impl GuardedMongo {
    /// A server that lets [`USER`] in with a password.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_password(password: &str) -> Self {
        Self::start(&["--mongo-login".into(), format!("{USER}:{password}").into()], None)
    }

    /// The same over TLS, with a certificate of a root that only this test knows.
    ///
    /// # Panics
    ///
    /// When it does not start.
    #[must_use]
    pub fn with_password_and_tls(password: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        certify(folder.path());
        let login = format!("{USER}:{password}");
        let options = ["--mongo-login".into(), login.into(), "--mongo-tls".into(), folder.path().into()];
        Self::start(&options, Some(folder))
    }

    fn start(options: &[OsString], certificates: Option<TempDir>) -> Self {
        let options = [options, &["--stack=no-aws".into()]].concat();
        let (script, line) = serve(&options);
        let facts: Value = serde_json::from_str(&line).expect("what the local stack says when it is up");
        let uri = facts["mongo_uri"].as_str().expect("a URI").to_owned();
        Self { uri, script, certificates }
    }

    /// The root certificate of its TLS.
    ///
    /// # Panics
    ///
    /// When it speaks none.
    #[must_use]
    pub fn root_certificate(&self) -> PathBuf {
        self.certificates.as_ref().expect("TLS").path().join("ca.pem")
    }

    /// The content of a secret that says all there is to say, as AWS writes it.
    ///
    /// # Panics
    ///
    /// When the server's URI can't be read.
    #[must_use]
    pub fn secret(&self, password: &str) -> Value {
        let address = self.uri.trim_start_matches("mongodb://").split('/').next().expect("an address");
        let (host, port) = address.split_once(':').expect("a port");
        let port: u16 = port.parse().expect("a number");
        json!({
            "engine": "mongo", "username": USER, "password": password,
            "host": host, "port": port, "ssl": self.certificates.is_some(),
        })
    }

    /// Gives [`USER`] another password, as the step `setSecret` of a rotation does.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub async fn change_password(&self, from: &str, to: &str) {
        let change = doc! { "updateUser": USER, "pwd": to };
        let admin = self.client(from).await.database("admin");
        admin.run_command(change).await.expect("another password");
    }

    /// A client that is let in.
    ///
    /// # Panics
    ///
    /// When the server's URI can't be used.
    pub async fn client(&self, password: &str) -> Client {
        let mut options = ClientOptions::parse(&self.uri).await.expect("options");
        let login = Credential::builder().username(USER.to_owned()).password(password.to_owned()).build();
        options.credential = Some(login);
        Client::with_options(options).expect("a client")
    }
}

/// Writes a root certificate, and a certificate and key for 127.0.0.1 that it signs.
fn certify(folder: &Path) {
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
