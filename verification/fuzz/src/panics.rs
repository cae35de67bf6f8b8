//! Messages of panics.

use std::any::Any;
use std::panic::{set_hook, take_hook};
use std::sync::Once;

/// Source folders of the panics that `platform-http` catches.
const CAUGHT: [&str; 2] = ["/lambda_http-", "/http-"];

/// Silences the panics of `lambda_http` on inputs that are not HTTP requests. Other panics are reported as
/// before.
pub fn silence_caught_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = take_hook();
        set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |location| location.file());
            if !CAUGHT.iter().any(|caught| file.contains(caught)) {
                report(panic);
            }
        }));
    });
}

/// Returns the message of a panic.
#[must_use]
pub fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
