//! Consistency of the repository: files that must agree, and rules that Cargo can't enforce.

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
mod workspace;
