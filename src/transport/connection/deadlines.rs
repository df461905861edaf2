//! How long each part of a conversation may take.

use std::time::Duration;

use crate::domain::reply::Stage;

/// The longest time for each stage, as a whole: a server that sends one byte a second gains nothing.
///
/// # Source
/// RFC 5321 section 4.5.3.2 for MAIL (5 min), RCPT (5 min), DATA (2 min) and the final dot (10 min);
/// the others after Postfix's `smtp_*_timeout`, shorter where a person may be waiting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadlines {
    /// Looking up the host name.
    pub resolve: Duration,
    /// Opening the TCP connection, all addresses together.
    pub connect: Duration,
    /// The TLS handshake.
    pub tls: Duration,
    /// Waiting for the 220.
    pub greeting: Duration,
    /// EHLO, and the STARTTLS command.
    pub ehlo: Duration,
    /// Each step of signing in.
    pub auth: Duration,
    /// MAIL.
    pub mail: Duration,
    /// Each RCPT.
    pub rcpt: Duration,
    /// DATA, up to the 354.
    pub data: Duration,
    /// The message may stand still, or fall behind [`Deadlines::body_rate`], for this long at most.
    pub body_window: Duration,
    /// The slowest rate at which the message may move, in bytes a second.
    pub body_rate: u32,
    /// Waiting for the durable mark before the final dot.
    pub mark: Duration,
    /// From the final dot to its reply.
    pub dot: Duration,
    /// RSET.
    pub reset: Duration,
    /// Handing over QUIT; its reply is not waited for.
    pub quit: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            resolve: seconds(30),
            connect: seconds(30),
            tls: seconds(30),
            greeting: seconds(60),
            ehlo: seconds(60),
            auth: seconds(60),
            mail: seconds(300),
            rcpt: seconds(300),
            data: seconds(120),
            body_window: seconds(180),
            body_rate: 500,
            mark: seconds(60),
            dot: seconds(600),
            reset: seconds(20),
            quit: seconds(2),
        }
    }
}

impl Deadlines {
    /// The time for one step of `stage`.
    #[must_use]
    pub fn of(&self, stage: Stage) -> Duration {
        match stage {
            Stage::Token | Stage::Resolve => self.resolve,
            Stage::Connect => self.connect,
            Stage::Tls => self.tls,
            Stage::Greeting => self.greeting,
            Stage::Ehlo | Stage::StartTls => self.ehlo,
            Stage::Auth => self.auth,
            Stage::Mail => self.mail,
            Stage::Rcpt => self.rcpt,
            Stage::Data => self.data,
            Stage::Body => self.body_window,
            Stage::Dot => self.dot,
            Stage::Reset => self.reset,
        }
    }

    /// How much longer the message may take after `bytes` more of it went out.
    pub(in crate::transport) fn earned(&self, bytes: usize) -> Duration {
        let millis = (bytes as u64).saturating_mul(1000) / u64::from(self.body_rate.max(1));
        Duration::from_millis(millis).min(self.body_window)
    }
}
