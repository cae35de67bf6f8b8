//! HTTP behind API Gateway.
//!
//! A context describes each [`Route`] and implements its [`Handler`]. [`HttpApp`] turns an event of API
//! Gateway (payload formats 1.0 and 2.0) into a [`Request`], identifies the [`Caller`], and runs the handler in a stack
//! of tower layers. It turns every error into Problem Details ([`Problem`]), writes the log line, and runs the work
//! after the response. [`openapi`] builds the document of the routes.
//!
//! Deliberately absent: stores, SDKs, and everything that only one context needs.

mod admission;
mod app;
pub mod body;
mod cors;
mod cursor;
mod cursor_keys;
mod envelope;
mod gateway_event;
mod handler;
mod header;
mod identity;
mod json;
mod layers;
mod link;
mod liveness;
mod log;
pub mod openapi;
mod origin;
mod parameters;
mod problem;
mod problem_type;
mod query;
mod rate_limit;
mod request;
mod request_path;
mod response;
mod route;
mod secrets;
mod validation_errors;

pub use admission::Admission;
pub use app::HttpApp;
pub use cors::Cors;
pub use cursor::{CursorKeys, InvalidCursor};
pub use cursor_keys::{CursorKeySource, RotatingCursorKeys};
pub use gateway_event::GatewayEvent;
pub use handler::Handler;
pub use identity::{Access, Anyone, Caller, LoggedCaller, RequestCaller, Scope};
pub use layers::HandlerService;
pub use link::{InvalidLink, LinkKeys, LinkSignature};
pub use liveness::LIVENESS_PATH;
pub use origin::{OriginLayer, OriginSecret};
pub use parameters::Parameters;
pub use problem::{MAX_BODY_BYTES, Problem};
pub use problem_type::ProblemType;
pub use rate_limit::{Bucket, Rate, RateLimited, RateLimiter, RateLimits, source};
pub use request::Request;
pub use response::Response;
pub use route::{Route, allowed_methods, path_template};
pub use validation_errors::{FieldError, ParameterError};

// For the macro `request_span`.
#[doc(hidden)]
pub use kernel::SERVICE_NAME;
#[doc(hidden)]
pub use tracing;
