//! Targets of `orders-fuzz` for libFuzzer, one binary each.

#[doc(hidden)]
pub use libfuzzer_sys::fuzz_target;

use orders_fuzz::{Target, message, target};
use std::panic::{catch_unwind, set_hook};
use std::process::abort;
use std::sync::LazyLock;

/// Runs a target, and ends the process when it violates a guarantee.
pub fn run(name: &str, input: &[u8]) {
    // libFuzzer's hook ends the process at any panic, even at one that the code catches.
    static HOOK: LazyLock<()> = LazyLock::new(|| set_hook(Box::new(|_| {})));
    LazyLock::force(&HOOK);
    let Target { run, .. } = target(name);
    if let Err(panic) = catch_unwind(|| run(input)) {
        eprintln!("{name}: {}", message(panic.as_ref()));
        abort();
    }
}

/// Defines the binary of a target.
#[macro_export]
macro_rules! fuzz {
    ($name:literal) => {
        $crate::fuzz_target!(|input: &[u8]| $crate::run($name, input));
    };
}
