//! Sending through the shop's own mail server (RFC 6409 submission over RFC 5321 SMTP).
//!
//! A [`Session`] is one connection. [`Session::send`] runs one transaction on it and reports what became
//! of each recipient:
//!
//! - A refused recipient costs the others nothing; the rest of the message goes out.
//! - The [`Gate`](super::Gate) writes a durable mark. The final dot does not leave before the mark stands, so
//!   whatever fails before it is provably not delivered ([`Outcome::NotSent`](crate::domain::reply::Outcome::NotSent)), and only what fails after
//!   it is [`Outcome::Uncertain`](crate::domain::reply::Outcome::Uncertain).
//! - After any error, timeout or cancelled call the connection is closed and never used again: a reply
//!   that comes late can not be taken for the answer to another question.
//! - Every stage has a deadline as a whole ([`Deadlines`](super::Deadlines)).
//! - A password crosses an unencrypted connection only to this machine and only where that was allowed;
//!   there is no fallback to clear text.

mod auth;
mod capabilities;
mod envelope;
mod line;
mod replies;
mod session;
mod stream;
mod transaction;
mod transfer;

pub use capabilities::Capabilities;
pub use replies::read_replies;
pub use session::Session;
