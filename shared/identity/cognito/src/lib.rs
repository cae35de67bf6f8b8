//! Logins by Amazon Cognito.

mod logins;

pub use logins::{CognitoLogins, CognitoSettings};
