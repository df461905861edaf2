//! Tillpost, the mail module of a point of sale.

pub mod auth;
pub mod compose;
pub mod domain;
pub mod outbox;
pub mod render;
pub mod store;
pub mod transport;
pub mod wire;
