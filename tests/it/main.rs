//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod cli;
mod delivery;
mod folder;
mod rooms;
mod schema;
mod smtp;
#[path = "../support/mod.rs"]
mod support;
mod till;
