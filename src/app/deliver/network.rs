//! Notices that the network is back, or that the clock has jumped, so that no wait is longer than it
//! need be.
//!
//! What counts is the server's greeting alone; this only says when it is worth asking for. The network
//! has no event that tells of a pulled cable on the far side of the router, so the shop's own server is
//! tried with a bare connection every few seconds while mails wait for it, and nothing else ever is.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use super::{Deliverer, Place};
use crate::app::{Error, clock};
use crate::domain::account::Standing;
use crate::domain::{Millis, Target};
use crate::store::{Tx, Which};
use crate::transport;

/// How often a server that was away is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// How long a look may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// The clock has jumped, or the machine slept, when it is off by more.
const JUMP_MS: i64 = 20_000;

/// By whose server is away: when it was last reached before that, and whether it took a connection when
/// it was last tried.
type Seen = HashMap<Place, (Option<Millis>, bool)>;

/// A server that is waited for.
struct Away {
    place: Place,
    name: String,
    host: String,
    port: u16,
    contact: Option<Millis>,
}

impl Deliverer {
    /// Looks for servers that are away until it is dropped.
    pub(super) async fn watch_network(self) {
        let mut seen = Seen::new();
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            if let Err(error) = self.look_for_servers(&mut seen).await {
                tracing::error!(%error, "the accounts could not be looked at");
            }
        }
    }

    async fn look_for_servers(&self, seen: &mut Seen) -> Result<(), Error> {
        let away = self.away(clock::now())?;
        seen.retain(|place, _| away.iter().any(|server| server.place == *place));
        for server in &away {
            let answers = transport::answers(&server.host, server.port, PATIENCE).await;
            let before = seen.insert(server.place, (server.contact, answers));
            // One that took connections all the time and is offline all the same, as behind a login page,
            // is left to its back-off.
            if answers && before != Some((server.contact, true)) {
                self.end_backoff(server).await?;
            }
        }
        Ok(())
    }

    /// The servers that something due waits for.
    fn away(&self, now: Millis) -> Result<Vec<Away>, Error> {
        let paused = self.app.paused()?.is_some();
        self.app.store.read(|reader| {
            let mut away = Vec::new();
            for row in reader.accounts()? {
                let offline = row.breaker.standing == Standing::Offline && !paused;
                if offline && reader.is_due(row.id, Which::ALL, now)? {
                    away.push(Away {
                        place: Place::Account(row.id),
                        name: row.account.name,
                        host: row.account.host,
                        port: row.account.port,
                        contact: row.contact,
                    });
                }
            }
            for row in reader.integrations()? {
                let offline = row.breaker.standing == Standing::Offline && row.enabled && !paused;
                if offline && reader.is_posting_due(row.id, now)? {
                    let target = Target::parse(&row.endpoint)?;
                    away.push(Away {
                        place: Place::Books(row.id),
                        name: row.name,
                        host: target.host,
                        port: target.port,
                        contact: row.contact,
                    });
                }
            }
            Ok(away)
        })
    }

    async fn end_backoff(&self, server: &Away) -> Result<(), Error> {
        tracing::info!(name = %server.name, "its server can be reached again");
        let (place, now) = (server.place, clock::now());
        let end = move |tx: &Tx<'_>| match place {
            Place::Account(id) | Place::Beside(id) => Ok::<_, Error>(tx.end_backoff(id, now)?),
            Place::Books(id) => Ok(tx.end_integration_backoff(id, now)?),
        };
        self.app.store.write_async(end).await?;
        self.app.wake();
        Ok(())
    }

    /// Makes sense of waits that a clock of before a jump has set.
    pub(super) async fn against_clock(&self, jumped: bool) -> Result<(), Error> {
        let now = clock::now();
        let shorten = move |tx: &Tx<'_>| Ok::<_, Error>(tx.against_clock(now, jumped)?);
        self.app.store.write_async(shorten).await
    }
}

/// The wall clock beside one that never jumps.
pub(super) struct Clocks {
    wall: Millis,
    steady: Instant,
}

impl Clocks {
    pub(super) fn new() -> Self {
        Self { wall: clock::now(), steady: Instant::now() }
    }

    /// Whether the wall clock has jumped, or the machine has slept, since the last call.
    pub(super) fn jumped(&mut self) -> bool {
        let before = std::mem::replace(self, Self::new());
        let passed = self.steady.duration_since(before.steady).as_millis();
        let off = self.wall.since(before.wall) - i64::try_from(passed).unwrap_or(i64::MAX);
        if off.abs() > JUMP_MS {
            tracing::warn!(seconds = off / 1000, "the clock has jumped, or the machine has slept");
        }
        off.abs() > JUMP_MS
    }
}
