//! Identities of people and machines.
//!
//! The issuer of the tokens knows who somebody is. The store of [`Identities`] knows to which tenant they belong, and
//! which scopes they have. [`grant`] decides what a token contains.
//!
//! Deliberately absent: passwords, which only the issuer knows.

mod grant;
mod login;

pub use grant::{Grant, Identities, Identity, TokenRequest, grant};
pub use login::{Credentials, InvalidCredential, LoginError, Logins, Password, Tokens, Username};
