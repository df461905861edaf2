//! What integration tests share.
#![allow(dead_code, unused_imports)]

pub mod certificates;
pub mod interfaces;
pub mod kashflow;
pub mod place;
pub mod program;
pub mod provider;
mod script;
pub mod scripted;
pub mod web;
