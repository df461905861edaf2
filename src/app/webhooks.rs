//! Webhooks: other programs are told what happened, from a queue as durable as that of the mails.

use std::time::Duration;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{App, Error, Kind, clock, show};
use crate::auth::token;
use crate::domain::webhook::{self, MOST_DAYS, TEST, UNREACHED_WAIT_SECONDS, wait_seconds};
use crate::domain::{Secret, Target, say};
use crate::store::{EventRow, Reader, SecretPlace, StoreError, WebhookRow};
use crate::transport::webhook::{Told, tell};
use crate::wire::WebhookRequest;

/// How often the events are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Events taken up at once.
const MOST_AT_ONCE: u32 = 50;
const DAY_SECONDS: i64 = 24 * 3600;

impl App {
    /// Sets up a webhook; the secret with which it will be signed to is shown once.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::NotSent`] when the secret cannot be kept.
    pub fn add_webhook(&self, request: &WebhookRequest) -> Result<(WebhookRow, Secret), Error> {
        Target::parse(&request.url)?;
        let place = request.secret_place.map_or(SecretPlace::Keyring, SecretPlace::from);
        let row = WebhookRow {
            id: 0,
            uuid: Uuid::now_v7(),
            url: request.url.clone(),
            events: webhook::events(&request.events)?.into_iter().map(str::to_owned).collect(),
            place,
            created: clock::now(),
            waiting: 0,
            problem: None,
        };
        let secret = token::new_signing_secret()?;
        let secrets = self.secrets(place)?;
        secrets.probe()?;
        secrets.set(&entry(row.uuid), &secret)?;
        let stored = row.clone();
        self.store.write(move |tx| Ok::<_, Error>(tx.insert_webhook(&stored)?))?;
        tracing::info!(webhook = %row.uuid, "set up a webhook");
        Ok((row, secret))
    }

    /// All webhooks, without their secrets.
    ///
    /// # Errors
    /// The store's own.
    pub fn webhooks(&self) -> Result<Vec<WebhookRow>, Error> {
        Ok(self.store.read(|reader| reader.webhooks())?)
    }

    fn webhook(&self, uuid: Uuid) -> Result<WebhookRow, Error> {
        let found = self.webhooks()?.into_iter().find(|w| w.uuid == uuid);
        found.ok_or_else(|| Error::new(Kind::NotFound, say!("There is no webhook {uuid}.", uuid)))
    }

    /// Removes a webhook, its secret and what it has not been told.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn remove_webhook(&self, uuid: Uuid) -> Result<(), Error> {
        let row = self.webhook(uuid)?;
        self.store.write(move |tx| Ok::<_, Error>(tx.delete_webhook(row.id)?))?;
        Ok(self.secrets(row.place)?.delete(&entry(uuid))?)
    }

    /// Queues an event that says nothing, to try a webhook out.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn test_webhook(&self, uuid: Uuid) -> Result<(), Error> {
        let (row, id, now) = (self.webhook(uuid)?, Uuid::now_v7(), clock::now());
        self.store.write(move |tx| Ok::<_, Error>(tx.insert_event(row.id, id, TEST, now)?))
    }

    /// Tells what there is to tell until `stop` resolves.
    pub async fn tell_webhooks(&self, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let telling = async {
                if let Err(error) = self.tell_due().await {
                    tracing::error!(%error, "webhooks could not be told");
                }
                tokio::time::sleep(LOOK_EVERY).await;
            };
            // An event cut short is told again: its id says that it is the same.
            tokio::select! {
                () = &mut stop => return,
                () = telling => {}
            }
        }
    }

    async fn tell_due(&self) -> Result<(), Error> {
        let now = clock::now();
        let due = self.store.read(|reader| reader.due_events(now, MOST_AT_ONCE))?;
        if due.is_empty() {
            return Ok(());
        }
        let webhooks = self.webhooks()?;
        let mut telling = tokio::task::JoinSet::new();
        for hook in webhooks {
            let events: Vec<EventRow> = due.iter().filter(|e| e.webhook == hook.id).cloned().collect();
            let app = self.clone();
            // Side by side: one that does not answer must not keep the others waiting.
            telling.spawn(async move { app.tell_in_order(&hook, events).await });
        }
        while let Some(told) = telling.join_next().await {
            told.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        }
        Ok(())
    }

    /// Tells one webhook its events; the rest waits when it cannot be reached.
    async fn tell_in_order(&self, hook: &WebhookRow, events: Vec<EventRow>) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let secret = match self.signing_secret(hook).await {
            Ok(secret) => secret,
            Err(error) => return self.all_wait(events, &error.to_string()).await,
        };
        let target = Target::parse(&hook.url)?;
        let mut events = events.into_iter();
        while let Some(event) = events.next() {
            let body = self.store.read(|reader| body(reader, &event))?.to_string();
            let (id, seconds) = (event.uuid.to_string(), clock::now().0 / 1000);
            let signature = token::signature(&secret, &format!("{id}.{seconds}.{body}"))?;
            let headers = [
                ("webhook-id", id),
                ("webhook-timestamp", seconds.to_string()),
                ("webhook-signature", format!("v1,{signature}")),
            ];
            match tell(&target, &headers, body).await {
                Told::Answered(status) => self.answered(event, status).await?,
                Told::NotReached(why) => {
                    let waiting = std::iter::once(event).chain(events).collect();
                    return self.all_wait(waiting, &format!("It was not reached: {why}.")).await;
                }
            }
        }
        Ok(())
    }

    async fn signing_secret(&self, hook: &WebhookRow) -> Result<Secret, Error> {
        let (app, place, uuid) = (self.clone(), hook.place, hook.uuid);
        let found =
            tokio::task::spawn_blocking(move || Ok::<_, Error>(app.secrets(place)?.get(&entry(uuid))?));
        let found = found.await.map_err(|e| Error::new(Kind::Defect, e.to_string()))??;
        found.ok_or_else(|| {
            Error::new(Kind::NotSent, "Its signing secret is gone. Remove it and set it up anew.")
        })
    }

    async fn answered(&self, event: EventRow, status: u16) -> Result<(), Error> {
        let now = clock::now();
        self.store
            .write_async(move |tx| {
                if (200..300).contains(&status) {
                    return Ok::<_, Error>(
                        tx.event_told(event.id, now.plus_seconds(-MOST_DAYS * DAY_SECONDS))?,
                    );
                }
                let tries = event.tries + 1;
                let next = wait_seconds(tries).map(|wait| now.plus_seconds(wait));
                Ok(tx.event_not_told(
                    event.id,
                    tries,
                    next,
                    &format!("It answered with the status {status}."),
                )?)
            })
            .await
    }

    async fn all_wait(&self, events: Vec<EventRow>, problem: &str) -> Result<(), Error> {
        let (now, problem) = (clock::now(), problem.to_owned());
        self.store
            .write_async(move |tx| {
                for event in events {
                    let old = event.created.plus_seconds(MOST_DAYS * DAY_SECONDS) < now;
                    let next = (!old).then(|| now.plus_seconds(UNREACHED_WAIT_SECONDS));
                    tx.event_not_told(event.id, event.tries, next, &problem)?;
                }
                Ok::<_, Error>(())
            })
            .await
    }
}

/// The name under which a webhook's secret is kept.
fn entry(uuid: Uuid) -> String {
    format!("webhook {uuid}")
}

/// What a webhook is told.
fn body(reader: &Reader<'_>, event: &EventRow) -> Result<Value, StoreError> {
    let data = match (event.event.as_str(), event.subject) {
        ("document.issued", Some(id)) => {
            let document = reader.document(id)?;
            json!({ "kind": document.kind.word(), "number": document.number, "version": document.version,
                    "client_ref": document.client_ref, "currency": document.currency, "payable": document.payable })
        }
        ("account.held", Some(id)) => {
            json!({ "account": reader.account_by_id(id)?.account.name, "reason": event.detail })
        }
        (_, Some(id)) => match reader.event_recipient(id)? {
            Some(recipient) => {
                let mail = reader.mail(recipient.mail)?;
                json!({ "mail": mail.uuid.to_string(), "message_id": mail.message_id,
                        "document": mail.document_number, "recipient": recipient.address, "reply": event.detail })
            }
            None => json!({}),
        },
        (_, None) => json!({}),
    };
    Ok(json!({ "type": event.event, "timestamp": show::time(event.created), "data": data }))
}
