//! Who gets the mail, and whose names the others may read.

use std::collections::HashSet;

use crate::domain::EmailAddress;
use crate::domain::address::Mailbox;
use crate::domain::mail::{Letter, Role};

/// Every recipient once, in the first role they were named in.
pub(super) fn recipients(letter: &Letter) -> Vec<(EmailAddress, Role)> {
    let lists = [(&letter.to, Role::To), (&letter.cc, Role::Cc), (&letter.bcc, Role::Bcc)];
    let own = letter.own_copies.iter().map(|a| (a, Role::OwnCopy));
    let mut seen = HashSet::new();
    lists
        .iter()
        .flat_map(|(list, role)| list.iter().map(|m| (&m.address, *role)))
        .chain(own)
        .filter(|(address, _)| seen.insert(address.key()))
        .map(|(address, role)| (address.clone(), role))
        .collect()
}

/// The mailboxes every recipient can read.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) to: Vec<&'a Mailbox>,
    pub(super) cc: Vec<&'a Mailbox>,
}

/// Who stands in To and Cc.
///
/// One person named in To or Cc stands in To. Two or more see each other only where the shop switched
/// blind copies off. Nobody is ever taken from the blind and own copies.
pub(super) fn shown(letter: &Letter) -> Shown<'_> {
    let mut seen = HashSet::new();
    let mut to = distinct(&letter.to, &mut seen);
    let mut cc = distinct(&letter.cc, &mut seen);
    if to.len() + cc.len() == 1 {
        to.append(&mut cc);
    } else if letter.blind_copy_multiple {
        to.clear();
        cc.clear();
    }
    Shown { to, cc }
}

fn distinct<'a>(list: &'a [Mailbox], seen: &mut HashSet<String>) -> Vec<&'a Mailbox> {
    list.iter().filter(|mailbox| seen.insert(mailbox.address.key())).collect()
}

/// What one recipient can read of the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// The recipient.
    pub address: EmailAddress,
    /// In which list they were named.
    pub role: Role,
    /// Every recipient's address that stands in their message, as it stands there.
    pub sees: Vec<Mailbox>,
}

/// What each recipient of a letter will see of the others: read from the same lists as the header.
#[must_use]
pub fn sights(letter: &Letter) -> Vec<Sight> {
    let Shown { to, cc } = shown(letter);
    let sees: Vec<Mailbox> = to.into_iter().chain(cc).cloned().collect();
    recipients(letter)
        .into_iter()
        .map(|(address, role)| Sight { address, role, sees: sees.clone() })
        .collect()
}
