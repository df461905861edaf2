//! What integration tests share.
#![allow(dead_code)]

pub mod certificates;
mod script;
pub mod scripted;
