//! Tests against real servers and with killed processes. A program that is missing is a failure.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod api;
mod delivery;
mod dice;
mod disk;
mod einvoice;
mod keyring;
mod killed;
mod memory;
mod network;
mod oauth;
mod pages;
mod postfix;
mod power;
mod sink;
#[path = "../support/mod.rs"]
mod support;
mod syscalls;
mod till;
