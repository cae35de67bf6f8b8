//! The API from outside, over HTTP: the real binaries on real servers.

mod create;
