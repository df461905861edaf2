//! What Tillpost knows about documents, money, people and mail, and nothing about files, clocks or networks.
//!
//! Everything here is a value or a pure function: `now` is passed in, randomness is passed in, and no
//! type is `Serialize` (the shapes outside programs see live in [`crate::wire`]).

pub mod access;
pub mod account;
pub mod address;
pub mod advice;
pub mod contact;
pub mod disabled;
pub mod document;
pub mod duty;
pub mod fault;
pub mod invalid;
pub mod law;
pub mod mail;
pub mod money;
pub mod net;
pub mod oauth;
pub mod oddity;
pub mod pace;
pub mod pause;
pub mod payment;
pub mod posting;
pub mod provider;
pub mod recipients;
pub mod reply;
pub mod routing;
pub mod said;
pub mod secret;
pub mod setting;
pub mod target;
pub mod template;
pub mod time;
pub mod totals;
pub mod typo;
pub mod webhook;
pub mod who;
pub mod words;

pub use address::EmailAddress;
pub use invalid::Invalid;
pub use said::Said;
pub(crate) use said::say;
pub use secret::Secret;
pub use target::Target;
pub use time::Millis;
pub use who::Who;
