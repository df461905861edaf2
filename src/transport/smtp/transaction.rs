//! One message through a session: MAIL, RCPT, DATA, its text, the dot, and what each recipient got.

use super::envelope::{LARGEST_GROUP, Plan};
use super::session::{Session, exactly, lost, unexpected};
use super::transfer::{Chunks, Transfer};
use crate::domain::reply::{Cause, Effect, Outcome, Reply, Stage, Trouble, effect, too_many_recipients};
use crate::transport::sending::{Body, Envelope, Gate, Report};

/// What is known of each recipient so far.
struct Ledger {
    outcomes: Vec<Option<Outcome>>,
    accepted: Vec<usize>,
    /// Turned away only because there were too many, with the server's words.
    crowded: Vec<(usize, Reply)>,
}

impl Ledger {
    fn settle(&mut self, n: usize, outcome: Outcome) {
        if let Some(slot) = self.outcomes.get_mut(n) {
            *slot = Some(outcome);
        }
    }

    fn settle_accepted(&mut self, outcome: &Outcome) {
        for n in std::mem::take(&mut self.accepted) {
            self.settle(n, outcome.clone());
        }
    }

    /// The answer to one RCPT.
    fn rcpt(&mut self, n: usize, reply: Reply) -> Result<(), Trouble> {
        match reply.code {
            250..=252 => self.accepted.push(n),
            400..=599 if too_many_recipients(&reply) => self.crowded.push((n, reply)),
            400..=599 => self.settle(n, refused(reply)),
            _ => return Err(unexpected(Stage::Rcpt, reply)),
        }
        Ok(())
    }

    /// Whether some recipients only have to go in the next transaction. Where none was taken there is
    /// no next one that would end better: those are deferred by their reply.
    fn crowd(&mut self, some_accepted: bool) -> bool {
        let crowded = std::mem::take(&mut self.crowded);
        let too_many = some_accepted && !crowded.is_empty();
        for (n, reply) in crowded {
            let outcome = if some_accepted { Outcome::NotSent } else { Outcome::Deferred(reply) };
            self.settle(n, outcome);
        }
        too_many
    }
}

fn refused(reply: Reply) -> Outcome {
    if reply.is_permanent() { Outcome::Refused(reply) } else { Outcome::Deferred(reply) }
}

impl Session {
    /// Sends one message and reports what became of each recipient.
    ///
    /// `next` is the message that will surely follow: where the server takes commands in groups, its
    /// MAIL, RCPT and DATA leave together with this one's final dot, which saves a round trip. The
    /// following call must send it, and at once; otherwise the connection is closed
    /// ([`Session::is_usable_for`]). Announce nothing where the server may close the connection after
    /// this message: commands it never reads can cost us its last reply, and make this one uncertain.
    ///
    /// A report without trouble whose recipients are all [`Outcome::NotSent`] means that this connection
    /// could not be used; open another. After a [`Report::trouble`] the connection is closed, too.
    ///
    /// # Source
    /// RFC 5321 sections 3.3 and 4.1.1; RFC 2920 section 3.1 for the groups.
    pub async fn send(
        &mut self,
        envelope: &Envelope,
        body: Box<dyn Body>,
        gate: Box<dyn Gate>,
        next: Option<&Envelope>,
    ) -> Report {
        let mut ledger =
            Ledger { outcomes: vec![None; envelope.to.len()], accepted: vec![], crowded: vec![] };
        let mut too_many = false;
        let usable = self.is_usable_for(envelope);
        let already = self.announced.take().is_some();
        // Left set when this call ends early, by an error or because it was dropped.
        self.in_hand = true;
        let sent = if usable {
            let mut run = Run { session: self, ledger: &mut ledger, too_many: &mut too_many };
            run.send(envelope, already, body, gate, next).await
        } else {
            Err(None)
        };
        let trouble = match sent {
            Ok(()) => {
                self.in_hand = false;
                None
            }
            Err(trouble) => trouble,
        };
        self.report(ledger, trouble, too_many)
    }

    fn report(&self, mut ledger: Ledger, trouble: Option<Trouble>, too_many: bool) -> Report {
        ledger.crowd(true);
        let mut wire = self.line.lock();
        if self.in_hand {
            if let (Some(trouble), None) = (&trouble, wire.fault()) {
                wire.transcript.note('-', &trouble.to_string());
            }
            drop(wire.take_io());
        }
        Report {
            outcomes: ledger.outcomes.into_iter().map(|known| known.unwrap_or(Outcome::NotSent)).collect(),
            trouble,
            too_many,
            each_alone: false,
            transcript: wire.transcript.take(),
        }
    }
}

/// One call of [`Session::send`]. An error without trouble says that the connection is not fit for it.
struct Run<'a> {
    session: &'a mut Session,
    ledger: &'a mut Ledger,
    too_many: &'a mut bool,
}

type Broken = Option<Trouble>;

impl Run<'_> {
    async fn send(
        &mut self,
        envelope: &Envelope,
        already: bool,
        body: Box<dyn Body>,
        gate: Box<dyn Gate>,
        next: Option<&Envelope>,
    ) -> Result<(), Broken> {
        let plan = Plan::new(envelope, &self.session.caps)?;
        self.ledger.outcomes.clone_from(&plan.known);
        if plan.offered.is_empty() {
            return Ok(());
        }
        if body.len() != envelope.size {
            let why = format!("it has {} bytes, not {}", body.len(), envelope.size);
            return Err(at(Stage::Body, Cause::BodyUnreadable(why)).into());
        }
        if !already {
            self.quiet().await?;
        }
        let data = if self.session.caps.pipelining {
            self.offer_grouped(&plan, already).await?
        } else {
            self.offer_singly(&plan).await?
        };
        *self.too_many = self.ledger.crowd(!self.ledger.accepted.is_empty());
        match data {
            None => self.reset().await,
            Some(reply) if self.ledger.accepted.is_empty() => self.back_out(reply).await,
            Some(reply) if reply.code == 354 => self.transfer(envelope, body, gate, next).await.map_err(Some),
            Some(reply) if reply.is_transient() || reply.is_permanent() => {
                self.ledger.settle_accepted(&refused(reply));
                self.reset().await
            }
            Some(reply) => Err(unexpected(Stage::Data, reply).into()),
        }
    }

    /// Nothing may have been said since the last reply: it would be taken for the next one. A server
    /// that hung up or said 421 meanwhile is met here, before anything is offered.
    async fn quiet(&mut self) -> Result<(), Broken> {
        let line = self.session.line.clone();
        line.lock().enter(Stage::Mail);
        let mut spoke = false;
        std::future::poll_fn(|cx| {
            spoke = line.lock().poll_fill(cx).is_ready();
            std::task::Poll::Ready(())
        })
        .await;
        if !spoke && !line.lock().has_leftovers() {
            return Ok(());
        }
        let said = std::future::poll_fn(|cx| line.lock().poll_reply(cx)).await;
        let said = said.map_err(|_| lost(&line, Stage::Mail))?;
        Err(unexpected(Stage::Mail, said.reply).into())
    }

    /// MAIL, each RCPT and DATA in as few groups as their size allows; gives DATA's reply.
    async fn offer_grouped(&mut self, plan: &Plan, already: bool) -> Result<Option<Reply>, Broken> {
        let mut offered = plan.offered.iter();
        let mut mail = None;
        for group in plan.groups() {
            for (n, command) in group.iter().enumerate() {
                let stage = stage_of(command);
                let commands = (n == 0 && !already).then(|| group.concat());
                let reply = self.exchange(stage, commands.as_deref()).await?;
                match stage {
                    Stage::Mail => mail = Some(reply),
                    Stage::Data => {
                        self.judge_mail(mail.take())?;
                        return Ok(Some(reply));
                    }
                    _ => {
                        // Without a sender the server's word on a recipient means nothing.
                        let refused = mail.as_ref().is_some_and(|m| m.code != 250);
                        if let (Some(n), false) = (offered.next(), refused) {
                            self.ledger.rcpt(*n, reply)?;
                        }
                    }
                }
            }
        }
        Ok(None)
    }

    /// One command at a time; DATA only where someone is to get the message.
    async fn offer_singly(&mut self, plan: &Plan) -> Result<Option<Reply>, Broken> {
        let mut offered = plan.offered.iter();
        for command in &plan.commands {
            let stage = stage_of(command);
            let reply = self.exchange(stage, Some(command)).await?;
            if stage == Stage::Mail {
                self.judge_mail(Some(reply))?;
                if !self.is_open() {
                    return Ok(None);
                }
            } else if let Some(n) = offered.next() {
                self.ledger.rcpt(*n, reply)?;
            }
        }
        if self.ledger.accepted.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.exchange(Stage::Data, Some("DATA\r\n")).await?))
    }

    /// Whether some recipient's outcome is still open, so that offering makes sense.
    fn is_open(&self) -> bool {
        self.ledger.outcomes.iter().any(Option::is_none)
    }

    /// Anything but 250 to MAIL: about this one message, or about the account.
    fn judge_mail(&mut self, mail: Option<Reply>) -> Result<(), Broken> {
        let Some(reply) = mail.filter(|m| m.code != 250) else {
            return Ok(());
        };
        let trouble = unexpected(Stage::Mail, reply.clone());
        if matches!(trouble.cause, Cause::Protocol(_)) || effect(&trouble) != Effect::ThisMail {
            return Err(trouble.into());
        }
        let outcome = refused(reply);
        for slot in &mut self.ledger.outcomes {
            slot.get_or_insert_with(|| outcome.clone());
        }
        Ok(())
    }

    /// Nobody is to get the message, and DATA was sent already: an empty message where the server now
    /// waits for one (RFC 2920 section 3.1), RSET where it does not.
    async fn back_out(&mut self, data: Reply) -> Result<(), Broken> {
        match data.code {
            354 => {
                let reply = self.exchange(Stage::Dot, Some(".\r\n")).await?;
                if reply.code < 400 {
                    exactly(250, Stage::Dot, reply)?;
                }
                Ok(())
            }
            400..=599 => self.reset().await,
            _ => Err(unexpected(Stage::Data, data).into()),
        }
    }

    async fn reset(&mut self) -> Result<(), Broken> {
        let reply = self.exchange(Stage::Reset, Some("RSET\r\n")).await?;
        // Any other answer: the recipients' outcomes stand, the connection is not used again.
        if reply.code == 250 { Ok(()) } else { Err(None) }
    }

    /// Says something, if there is something to say, and reads one reply. 421 ends the session.
    async fn exchange(&mut self, stage: Stage, commands: Option<&str>) -> Result<Reply, Trouble> {
        let line = &self.session.line;
        line.lock().enter(stage);
        let conn = &mut self.session.conn.0;
        let came = match commands {
            Some(commands) => conn.command(commands).await,
            None => conn.read_response().await,
        };
        let whole = line.lock().take_reply();
        match (came, whole) {
            (Ok(_), Some(whole)) if whole.reply.code == 421 => Err(at(stage, Cause::Replied(whole.reply))),
            (Ok(_), Some(whole)) => Ok(whole.reply),
            _ => Err(self.hung_up(stage).await),
        }
    }

    /// The trouble behind a broken connection: the server's last words where it left some.
    async fn hung_up(&self, stage: Stage) -> Trouble {
        let trouble = lost(&self.session.line, stage);
        if matches!(trouble.cause, Cause::Network(_) | Cause::Protocol(_))
            && let Some(reply) = self.session.line.last_words().await
            && (reply.is_transient() || reply.is_permanent())
        {
            return at(trouble.stage, Cause::Replied(reply));
        }
        trouble
    }

    /// The text, the mark, the dot and its reply.
    async fn transfer(
        &mut self,
        envelope: &Envelope,
        body: Box<dyn Body>,
        gate: Box<dyn Gate>,
        next: Option<&Envelope>,
    ) -> Result<(), Trouble> {
        let following = next.and_then(|next| self.announcement(next));
        let line = self.session.line.clone();
        let after_dot = following.clone().unwrap_or_default();
        line.lock().begin(Transfer::new(gate, envelope.size, after_dot));
        let chunks = Chunks::new(body, line.clone(), envelope.size);
        let came = self.session.conn.0.message_iter(chunks).await;
        let whole = {
            let mut wire = line.lock();
            wire.end();
            wire.take_reply()
        };
        let (Ok(_), Some(whole)) = (came, whole) else {
            return Err(self.cut().await);
        };
        let reply = whole.reply;
        match reply.code {
            250 => self.ledger.settle_accepted(&Outcome::Accepted(reply)),
            421 => {
                self.ledger.settle_accepted(&Outcome::Deferred(reply.clone()));
                return Err(at(Stage::Dot, Cause::Replied(reply)));
            }
            400..=599 => self.ledger.settle_accepted(&refused(reply)),
            _ => {
                let trouble = unexpected(Stage::Dot, reply);
                self.doubt(&trouble);
                return Err(trouble);
            }
        }
        if following.is_some() {
            self.session.announced = next.cloned();
        }
        Ok(())
    }

    /// The connection broke with the message under way.
    async fn cut(&mut self) -> Trouble {
        if self.session.line.lock().dot_may_have_left() {
            let trouble = lost(&self.session.line, Stage::Dot);
            self.doubt(&trouble);
            return trouble;
        }
        // Also where the dot was queued: no byte of it was handed to the network.
        let mut trouble = self.hung_up(Stage::Body).await;
        trouble.stage = Stage::Body;
        // A server that had enough before the end may say so and hang up.
        if let Cause::Replied(reply) = &trouble.cause
            && reply.code != 421
        {
            self.ledger.settle_accepted(&refused(reply.clone()));
        }
        trouble
    }

    fn doubt(&mut self, trouble: &Trouble) {
        let why = trouble.to_string();
        self.ledger.settle_accepted(&Outcome::Uncertain(why));
    }

    /// The commands for the next message, where they may leave together with this one's dot.
    fn announcement(&self, next: &Envelope) -> Option<Vec<u8>> {
        if !self.session.caps.pipelining {
            return None;
        }
        let plan = Plan::new(next, &self.session.caps).ok()?;
        let mut text = plan.commands.concat();
        text.push_str("DATA\r\n");
        (!plan.offered.is_empty() && text.len() <= LARGEST_GROUP).then(|| text.into_bytes())
    }
}

fn at(stage: Stage, cause: Cause) -> Trouble {
    Trouble { stage, cause }
}

fn stage_of(command: &str) -> Stage {
    match command.as_bytes().first() {
        Some(b'M') => Stage::Mail,
        Some(b'D') => Stage::Data,
        _ => Stage::Rcpt,
    }
}
