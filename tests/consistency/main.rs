//! Consistency of the repository: files that must agree, and rules that Cargo can't enforce.

mod actions;
mod alarms;
mod api_gateway;
mod artifacts;
mod data_stores;
mod dependencies;
mod event_schemas;
mod functions;
mod messaging;
mod network;
mod parameters;
mod permissions;
mod problems;
mod routes;
mod template;
mod workspace;
