//! The places documents come from.

use rusqlite::{OptionalExtension, Row, named_params};

use super::{Reader, StoreError, Tx};
use crate::domain::posting::Choices;
use crate::domain::say;
use crate::domain::template::key;

/// A channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRow {
    /// Its name, which documents give as `channel`.
    pub name: String,
    /// Whether its documents are mailed when they ask for it.
    pub mail: bool,
    /// The account its mails leave by, where it is not `default`.
    pub account: Option<String>,
    /// The template its mails are written with, by name, where it is offered for their documents.
    pub template: Option<String>,
    /// The template of its subjects, instead of that one's.
    pub subject: Option<String>,
    /// The template of its texts, instead of that one's.
    pub text: Option<String>,
    /// Addresses that get a copy of each of its mails.
    pub copies: Vec<String>,
    /// Its folder inside the outbox.
    pub folder: Option<String>,
    /// The profile its sales are posted to.
    pub integration: Option<String>,
    /// Whether its invoices and receipts are posted.
    pub export_orders: bool,
    /// What it chose from the books' lists.
    pub choices: Choices,
}

const SELECT: &str = "SELECT channel.name, mail, account.name AS account, named_template.name AS template, subject, text, copies, folder, \
     integration.name AS integration, export_orders, customer_source, payment_method, bank_account \
     FROM channel LEFT JOIN account ON account.id = account_id LEFT JOIN integration ON integration.id = integration_id \
     LEFT JOIN named_template ON named_template.id = template_id";

fn row(r: &Row<'_>) -> rusqlite::Result<ChannelRow> {
    let copies: String = r.get("copies")?;
    Ok(ChannelRow {
        name: r.get("name")?,
        mail: r.get("mail")?,
        account: r.get("account")?,
        template: r.get("template")?,
        subject: r.get("subject")?,
        text: r.get("text")?,
        copies: copies.lines().map(str::to_owned).collect(),
        folder: r.get("folder")?,
        integration: r.get("integration")?,
        export_orders: r.get("export_orders")?,
        choices: Choices {
            customer_source: r.get("customer_source")?,
            payment_method: r.get("payment_method")?,
            bank_account: r.get("bank_account")?,
        },
    })
}

impl Reader<'_> {
    /// All channels, by name.
    ///
    /// # Errors
    /// The store's own.
    pub fn channels(&self) -> Result<Vec<ChannelRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("{SELECT} ORDER BY channel.name"))?;
        Ok(find.query_map([], row)?.collect::<Result<_, _>>()?)
    }

    /// The channel called `name`.
    ///
    /// # Errors
    /// The store's own; a missing one is `None`.
    pub fn channel(&self, name: &str) -> Result<Option<ChannelRow>, StoreError> {
        let mut find = self.sql.prepare_cached(&format!("{SELECT} WHERE channel.name = ?1"))?;
        Ok(find.query_row([name], row).optional()?)
    }
}

impl Tx<'_> {
    /// Stores a channel under its name, new or changed; account and profile must be there.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another channel has the folder.
    pub fn set_channel(&self, channel: &ChannelRow) -> Result<(), StoreError> {
        let taken: Option<String> = self
            .sql
            .query_row(
                "SELECT name FROM channel WHERE folder = ?1 AND name <> ?2",
                (&channel.folder, &channel.name),
                |r| r.get(0),
            )
            .optional()?;
        if let Some(other) = taken {
            return Err(StoreError::Conflict(say!("the channel \"{other}\" has this folder already", other)));
        }
        self.sql.execute(
            "INSERT INTO channel (name, mail, account_id, template_id, subject, text, copies, folder, integration_id, export_orders,
                 customer_source, payment_method, bank_account)
             VALUES (:name, :mail, (SELECT id FROM account WHERE name = :account),
                 (SELECT id FROM named_template WHERE name_key = :template), :subject, :text, :copies, :folder,
                 (SELECT id FROM integration WHERE name = :integration), :export, :source, :method, :bank)
             ON CONFLICT (name) DO UPDATE SET mail = excluded.mail, account_id = excluded.account_id,
                 template_id = excluded.template_id, subject = excluded.subject, text = excluded.text, copies = excluded.copies, folder = excluded.folder,
                 integration_id = excluded.integration_id, export_orders = excluded.export_orders,
                 customer_source = excluded.customer_source, payment_method = excluded.payment_method,
                 bank_account = excluded.bank_account",
            named_params! {
                ":name": channel.name, ":mail": channel.mail, ":account": channel.account,
                ":template": channel.template.as_deref().map(key),
                ":subject": channel.subject, ":text": channel.text, ":copies": channel.copies.join("\n"),
                ":folder": channel.folder, ":integration": channel.integration, ":export": channel.export_orders,
                ":source": channel.choices.customer_source, ":method": channel.choices.payment_method,
                ":bank": channel.choices.bank_account,
            },
        )?;
        Ok(())
    }

    /// Removes a channel; its documents keep its name.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when there is none, [`StoreError::Conflict`] while a sale of it is to be posted.
    pub fn remove_channel(&self, name: &str) -> Result<(), StoreError> {
        let open: i64 = self.sql.query_row(
            "SELECT count(*) FROM posting WHERE channel = ?1
                 AND state IN ('waiting', 'deferred', 'offered', 'uncertain')",
            [name],
            |r| r.get(0),
        )?;
        if open > 0 {
            return Err(StoreError::Conflict(say!(
                "{open} sales of the channel \"{name}\" are still to be posted; wait for them or cancel them first",
                open,
                name
            )));
        }
        match self.sql.execute("DELETE FROM channel WHERE name = ?1", [name])? {
            0 => Err(StoreError::NotFound(say!("there is no channel called \"{name}\"", name))),
            _ => Ok(()),
        }
    }
}
