//! Integration tests.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    unreachable_pub
)]

mod archive;
mod book;
mod books;
mod catalogue;
mod changed;
mod channels;
mod cli;
mod codes;
mod commands;
mod composing;
mod crash;
mod data;
mod delivery;
mod doubt;
mod einvoice;
mod erase;
mod explain;
mod faults;
mod folder;
mod generated;
mod http;
mod imports;
mod intake;
mod interfaces;
mod issue;
mod law;
mod line;
mod mail_program;
mod named_templates;
mod oauth;
mod pace;
mod pages;
mod people;
mod privacy;
mod refusals;
mod restore;
mod retention;
#[cfg(unix)]
mod rights;
mod rooms;
mod routing;
mod schema;
mod screens;
mod settings_file;
mod signin;
mod smtp;
#[path = "../support/mod.rs"]
mod support;
mod templates;
mod till;
mod totals;
mod trial;
mod waiting;
mod whose;

use support::program;
