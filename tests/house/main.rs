//! The house itself: files that must agree, rules that Cargo can't enforce, and the two commands.

mod dependencies;
mod event_schemas;
mod make_run;
mod problems;
mod routes;
