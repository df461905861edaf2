//! The ways a sealed mail leaves the till. What comes back are facts: what the server said, where the
//! conversation broke, what became of each recipient. What they mean is decided by
//! [`crate::domain::reply`] and the use cases.

pub mod http;
pub mod smtp;
pub mod webhook;
