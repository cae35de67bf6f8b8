//! Problems of the login.

use http::{HeaderValue, StatusCode, header};
use identity_domain::LoginError;
use platform_http::{Problem, ProblemType};

/// Name or password is wrong.
pub const INVALID_CREDENTIALS: ProblemType =
    ProblemType::new(StatusCode::UNAUTHORIZED, "invalid-credentials", "Invalid credentials");
/// The issuer requires another step.
pub const LOGIN_STEP_REQUIRED: ProblemType =
    ProblemType::new(StatusCode::FORBIDDEN, "login-step-required", "Another step is required to log in");

/// Types of problems that only the login has.
pub const PROBLEM_TYPES: &[ProblemType] = &[INVALID_CREDENTIALS, LOGIN_STEP_REQUIRED];

pub(crate) fn of_login(error: &LoginError) -> Problem {
    match error {
        LoginError::InvalidCredentials => Problem::new(
            INVALID_CREDENTIALS,
            "the username or the password is wrong, or the account is locked",
        )
        .with_header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        LoginError::StepRequired(_) => {
            let detail = "log in on the hosted page, which asks for a new password or a second factor";
            Problem::new(LOGIN_STEP_REQUIRED, detail)
        }
        LoginError::Issuer(port) => Problem::of_port(port, error),
    }
}
