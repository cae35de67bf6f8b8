//! The house itself: files that must agree, rules that Cargo can't enforce, and the two commands.

mod actions;
mod alarms;
mod artifacts;
mod dependencies;
mod event_schemas;
mod permissions;
mod problems;
mod routes;
mod stack;
mod template;
