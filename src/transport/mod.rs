//! The ways a sealed mail leaves the till. What comes back are facts: what the server said, where the
//! conversation broke, what became of each recipient. What they mean is decided by
//! [`crate::domain::reply`] and the use cases.

pub mod api;
mod connection;
pub mod http;
pub mod program;
mod sending;
mod session;
pub mod smtp;
pub mod webhook;

pub use connection::{Deadlines, LONGEST_TRANSCRIPT, Progress, Server, SignIn, Watch, answers};
pub use sending::{Body, Envelope, Gate, Marking, Report};
pub use session::Session;
