//! What integration tests share.
#![allow(dead_code, unused_imports)]

pub mod certificates;
pub mod kashflow;
pub mod place;
pub mod program;
mod script;
pub mod scripted;
pub mod web;
