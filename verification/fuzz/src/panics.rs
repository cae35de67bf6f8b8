//! What is told of panics.

use std::any::Any;
use std::panic::{set_hook, take_hook};
use std::sync::Once;

/// Where the panics come from that `platform-http` is known to catch.
const CAUGHT: [&str; 2] = ["/lambda_http-", "/http-"];

/// From now on, panics of `lambda_http` over what is no HTTP request are silent. Any other is told
/// as before.
pub fn silence_those_that_are_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = take_hook();
        set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |location| location.file());
            if !CAUGHT.iter().any(|caught| file.contains(caught)) {
                tell(panic);
            }
        }));
    });
}

/// What a panic said.
#[must_use]
pub fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}
