//! A mail on its way: who gets it, in which state each recipient is, and what may happen next.

use super::address::Mailbox;
use super::{EmailAddress, Millis};

/// In which list a recipient was named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Named in To.
    To,
    /// Named in Cc.
    Cc,
    /// A blind copy the sender asked for.
    Bcc,
    /// The shop's own fixed copy.
    OwnCopy,
}

impl Role {
    const ALL: [Self; 4] = [Self::To, Self::Cc, Self::Bcc, Self::OwnCopy];

    /// The word used in the data file and in `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::To => "to",
            Self::Cc => "cc",
            Self::Bcc => "bcc",
            Self::OwnCopy => "own_copy",
        }
    }

    /// Reads [`Role::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.word() == word)
    }
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name as the recipient sees it; may be any text, cleaned when the mail is built.
    pub file_name: String,
    /// Its media type, like `application/pdf`.
    pub media_type: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A mail before it is sealed: everything that decides its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The sender.
    pub from: Mailbox,
    /// Where answers go, when not to the sender.
    pub reply_to: Vec<Mailbox>,
    /// The recipients named in To.
    pub to: Vec<Mailbox>,
    /// The recipients named in Cc.
    pub cc: Vec<Mailbox>,
    /// Blind copies.
    pub bcc: Vec<Mailbox>,
    /// The shop's own fixed copies.
    pub own_copies: Vec<EmailAddress>,
    /// Whether two or more distinct To and Cc recipients all become blind copies.
    pub blind_copy_multiple: bool,
    /// Whether readers are asked to say that they have seen it.
    pub read_receipt: bool,
    /// One line.
    pub subject: String,
    /// The text, lines ended by `\n`.
    pub text: String,
    /// The same as HTML, if wanted beside the text.
    pub html: Option<String>,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
    /// Its id in the world, without angle brackets: `uuidv7@sender-domain`.
    pub message_id: String,
    /// The date in its header.
    pub date: Millis,
}

/// In which state one recipient of one mail is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// To be sent.
    Waiting,
    /// In a transaction whose final dot may have left.
    Offered,
    /// Taken by the shop's mail server.
    Accepted,
    /// Refused for good.
    Refused,
    /// Refused for now; tried again by itself.
    Deferred,
    /// May have gone: the server's answer to the whole message was lost.
    Uncertain,
    /// Was uncertain, and will not be sent again, or no more.
    Abandoned,
    /// Withdrawn before it left.
    Cancelled,
    /// Not taken within the time the shop allows.
    Expired,
}

impl State {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Waiting,
        Self::Offered,
        Self::Accepted,
        Self::Refused,
        Self::Deferred,
        Self::Uncertain,
        Self::Abandoned,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word used in the data file and in `--json`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Offered => "offered",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Deferred => "deferred",
            Self::Uncertain => "uncertain",
            Self::Abandoned => "abandoned",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads [`State::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// Whether nothing happens any more unless a person asks.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Accepted | Self::Refused | Self::Abandoned | Self::Cancelled | Self::Expired)
    }

    /// The state after `event`, or `None` when the event makes no sense in this state.
    #[must_use]
    pub fn after(self, event: Event) -> Option<Self> {
        Some(match (self, event) {
            (Self::Waiting | Self::Deferred, Event::Mark) => Self::Offered,
            (Self::Waiting | Self::Deferred | Self::Offered, Event::Refuse) => Self::Refused,
            (Self::Waiting | Self::Deferred | Self::Offered, Event::Defer) => Self::Deferred,
            (Self::Offered, Event::Accept) => Self::Accepted,
            (Self::Offered, Event::NotSent) => Self::Waiting,
            (same @ (Self::Waiting | Self::Deferred), Event::NotSent) => same,
            (Self::Offered, Event::Lose) => Self::Uncertain,
            (Self::Uncertain, Event::Arrived) => Self::Accepted,
            (Self::Uncertain, Event::SendAgain) => Self::Waiting,
            (Self::Uncertain, Event::GiveUp) => Self::Abandoned,
            (Self::Waiting | Self::Deferred, Event::Cancel) => Self::Cancelled,
            (Self::Waiting | Self::Deferred | Self::Offered, Event::Expire) => Self::Expired,
            (Self::Waiting | Self::Deferred | Self::Refused | Self::Expired, Event::Retry) => Self::Waiting,
            (Self::Waiting | Self::Deferred, Event::CancelResent) => Self::Abandoned,
            (Self::Cancelled, Event::Restore | Event::RestoreResent) => Self::Waiting,
            (Self::Abandoned, Event::RestoreResent) => Self::Waiting,
            _ => return None,
        })
    }
}

/// What can happen to a recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Event {
    /// The durable mark: the final dot is about to leave.
    Mark,
    /// The server took the message.
    Accept,
    /// The server refused this recipient, or the message, for good.
    Refuse,
    /// The server refused for now.
    Defer,
    /// The message provably did not go out.
    NotSent,
    /// The server's answer was lost after the mark.
    Lose,
    /// A person knows that it arrived.
    Arrived,
    /// A person, or the policy, sends it again.
    SendAgain,
    /// A person, or the policy, leaves it.
    GiveUp,
    /// A person withdraws it.
    Cancel,
    /// Its time is over.
    Expire,
    /// A person wants it tried now.
    Retry,
    /// A person takes the withdrawal back.
    Restore,
    /// A person withdraws what is being sent again after a lost answer: it may be there already.
    CancelResent,
    /// A person takes that back.
    RestoreResent,
}

impl Event {
    /// All events.
    pub const ALL: [Self; 15] = [
        Self::Mark,
        Self::Accept,
        Self::Refuse,
        Self::Defer,
        Self::NotSent,
        Self::Lose,
        Self::Arrived,
        Self::SendAgain,
        Self::GiveUp,
        Self::Cancel,
        Self::Expire,
        Self::Retry,
        Self::Restore,
        Self::CancelResent,
        Self::RestoreResent,
    ];

    /// What a person's wish is for a recipient who may have got the mail before it was sent again.
    #[must_use]
    pub fn if_resent(self, resent: bool) -> Self {
        match self {
            Self::Cancel if resent => Self::CancelResent,
            Self::Restore if resent => Self::RestoreResent,
            same => same,
        }
    }
}

/// The state of a mail, which follows from its recipients and what holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MailState {
    /// On hold until a person releases it.
    Held,
    /// To be sent.
    Waiting,
    /// In a transaction now.
    Sending,
    /// Taken by the server for every recipient that was not withdrawn.
    Sent,
    /// Taken for some and not for others, and nothing is left to do.
    PartlySent,
    /// Taken for nobody.
    Failed,
    /// May have gone to at least one recipient.
    Uncertain,
    /// Withdrawn for every recipient.
    Cancelled,
    /// Not taken for anybody in time.
    Expired,
}

impl MailState {
    /// All states.
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Waiting,
        Self::Sending,
        Self::Sent,
        Self::PartlySent,
        Self::Failed,
        Self::Uncertain,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The word used in `--json` and on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::PartlySent => "partly_sent",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Reads [`MailState::word`].
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.word() == word)
    }

    /// The state of a mail from its recipients' states, whether it is held, and whether a live
    /// process has it in hand.
    #[must_use]
    pub fn of(recipients: &[State], held: bool, in_hand: bool) -> Self {
        let any = |state: State| recipients.contains(&state);
        if in_hand || any(State::Offered) {
            return Self::Sending;
        }
        if any(State::Waiting) || any(State::Deferred) {
            return if held { Self::Held } else { Self::Waiting };
        }
        if any(State::Uncertain) {
            return Self::Uncertain;
        }
        match (any(State::Accepted), any(State::Refused) || any(State::Abandoned) || any(State::Expired)) {
            (true, false) => Self::Sent,
            (true, true) => Self::PartlySent,
            (false, false) => Self::Cancelled,
            (false, true) if any(State::Refused) || any(State::Abandoned) => Self::Failed,
            (false, true) => Self::Expired,
        }
    }
}

/// What to do with a mail whose answer was lost after the final dot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UncertainPolicy {
    /// Send the same bytes once more after [`UNCERTAIN_WAIT_SECONDS`].
    ResendOnce,
    /// Leave it for a person to decide.
    Ask,
    /// Never send it again by itself, and do not ask.
    Never,
}

impl UncertainPolicy {
    /// The word used in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::ResendOnce => "resend_once",
            Self::Ask => "ask",
            Self::Never => "never",
        }
    }

    /// Reads the word used in settings.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "resend_once" => Some(Self::ResendOnce),
            "ask" => Some(Self::Ask),
            "never" => Some(Self::Never),
            _ => None,
        }
    }
}

/// How long an uncertain mail rests before the policy sends it again: as long as a server may take
/// to answer the final dot (RFC 5321 section 4.5.3.2.6).
pub const UNCERTAIN_WAIT_SECONDS: i64 = 600;

/// How long online a mail may take before it is shown as late.
///
/// # Source
/// RFC 5321 section 4.5.4.1 leaves it open; senders are used to being told after four hours.
pub const LATE_AFTER_MS: i64 = 4 * 3600 * 1000;

/// The longest a recipient refused for now waits.
pub const LONGEST_DEFERRAL_SECONDS: i64 = 3600;

/// When a recipient refused for now is tried again, by the tries so far: greylisting servers mostly
/// want five minutes, and nobody is served by more than one try an hour.
///
/// # Units
/// Seconds.
#[must_use]
pub fn deferred_wait_seconds(tries: u32) -> i64 {
    match tries {
        0 | 1 => 300,
        2 => 600,
        3 => 1200,
        _ => LONGEST_DEFERRAL_SECONDS,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever happens in whatever order: an accepted recipient stays accepted, nothing is
        /// accepted without the mark before it, and only a marked recipient becomes uncertain.
        #[test]
        fn no_order_of_events_loses_the_truth(events in prop::collection::vec(prop::sample::select(&Event::ALL[..]), 0..40)) {
            let mut state = State::Waiting;
            let mut marked_since_waiting = false;
            for event in events {
                let Some(next) = state.after(event) else { continue };
                prop_assert_ne!(state, State::Accepted);
                if event == Event::Mark { marked_since_waiting = true; }
                if matches!(next, State::Accepted | State::Uncertain) { prop_assert!(marked_since_waiting); }
                if next == State::Waiting { marked_since_waiting = false; }
                state = next;
            }
        }
    }

    proptest! {
        /// Whatever happens to several recipients: the server's yes counts once for each, and a mail is
        /// called done when nobody is left, not before.
        #[test]
        fn a_mail_is_what_its_recipients_are(
            events in prop::collection::vec((0..4_usize, prop::sample::select(&Event::ALL[..])), 0..80),
            held in any::<bool>(),
        ) {
            let mut states = [State::Waiting; 4];
            let mut accepted = [0_u32; 4];
            for (who, event) in events {
                let Some(next) = states[who].after(event) else { continue };
                accepted[who] += u32::from(event == Event::Accept);
                states[who] = next;
                let mail = MailState::of(&states, held, false);
                let done = states.iter().all(|s| s.is_final());
                let open = matches!(
                    mail,
                    MailState::Held | MailState::Waiting | MailState::Sending | MailState::Uncertain
                );
                prop_assert_eq!(done, !open, "{:?} is {:?}", states, mail);
                let served = states.iter().filter(|s| **s == State::Accepted).count();
                match mail {
                    MailState::Sent => prop_assert!(served > 0),
                    MailState::PartlySent => prop_assert!(served > 0 && served < 4),
                    MailState::Failed | MailState::Cancelled | MailState::Expired => prop_assert_eq!(served, 0),
                    _ => {}
                }
            }
            prop_assert!(accepted.iter().all(|times| *times <= 1), "taken twice: {:?}", accepted);
        }
    }

    #[test]
    fn a_mail_is_only_sent_when_everybody_has_it() {
        use State::*;
        let of = |states: &[State]| MailState::of(states, false, false);
        assert_eq!(of(&[Accepted, Accepted]), MailState::Sent);
        assert_eq!(of(&[Accepted, Refused]), MailState::PartlySent);
        assert_eq!(of(&[Accepted, Waiting]), MailState::Waiting);
        assert_eq!(of(&[Accepted, Uncertain]), MailState::Uncertain);
        assert_eq!(of(&[Refused]), MailState::Failed);
        assert_eq!(of(&[Expired, Cancelled]), MailState::Expired);
        assert_eq!(of(&[Accepted, Cancelled]), MailState::Sent);
        assert_eq!(MailState::of(&[Waiting], true, false), MailState::Held);
        assert_eq!(MailState::of(&[Waiting], false, true), MailState::Sending);
    }
}
