//! Channels: the places documents come from, each with its rules for mail and for the accounts.

use super::copies::channel_copies;
use super::{App, Error, Kind, templates};
use crate::compose;
use crate::domain::invalid::{at_most, one_line, several_lines};
use crate::domain::posting::{Choice, Choices};
use crate::domain::{EmailAddress, Invalid, say};
use crate::store::{ChannelRow, Reader};
use crate::wire::ChannelRequest;

/// Folders inside the outbox that are Tillpost's own.
const OWN_FOLDERS: [&str; 3] = ["queued", "failed", "processing"];

impl App {
    /// Sets a channel up, or anew.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::Conflict`] when another channel has the folder.
    pub fn set_channel(&self, name: &str, request: ChannelRequest) -> Result<ChannelRow, Error> {
        self.store_channel(name, request, false)
    }

    /// Sets a channel up whose name none has.
    ///
    /// # Errors
    /// As [`App::set_channel`]; [`Kind::Stale`] when one has it.
    pub fn add_channel(&self, name: &str, request: ChannelRequest) -> Result<ChannelRow, Error> {
        self.store_channel(name, request, true)
    }

    fn store_channel(&self, name: &str, request: ChannelRequest, is_new: bool) -> Result<ChannelRow, Error> {
        let row = checked(name, request)?;
        let channel = row.clone();
        self.store.write(move |tx| {
            refer(&tx.reader(), &row)?;
            if is_new && tx.reader().channel(&row.name)?.is_some() {
                return Err(Error::taken(&row.name));
            }
            Ok::<_, Error>(tx.set_channel(&row)?)
        })?;
        if let Some(folder) = &channel.folder {
            let path = self.made_outbox().join(folder);
            std::fs::create_dir_all(&path).map_err(|e| {
                Error::new(Kind::DataFile, say!("{path} cannot be made: {e}.", path = path.display(), e))
            })?;
        }
        Ok(channel)
    }

    /// All channels.
    ///
    /// # Errors
    /// The store's own.
    pub fn channels(&self) -> Result<Vec<ChannelRow>, Error> {
        Ok(self.store.read(|reader| reader.channels())?)
    }

    /// The channel called `name`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none.
    pub fn channel(&self, name: &str) -> Result<ChannelRow, Error> {
        let found = self.store.read(|reader| reader.channel(name))?;
        found.ok_or_else(|| Error::new(Kind::NotFound, say!("There is no channel called \"{name}\".", name)))
    }

    /// Removes a channel; its documents keep its name.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when there is none; [`Kind::Conflict`] while a sale of it is to be posted.
    pub fn remove_channel(&self, name: &str) -> Result<(), Error> {
        let name = name.to_owned();
        self.store.write(move |tx| Ok::<_, Error>(tx.remove_channel(&name)?))
    }

    /// The fixed copies of a channel's mails, apart from disabled addresses.
    pub(super) fn channel_copies(&self, channel: &ChannelRow) -> Result<Vec<EmailAddress>, Error> {
        let mut copies = Vec::new();
        self.store.read(|reader| channel_copies(reader, channel, &mut copies))?;
        Ok(copies)
    }

    /// The channel a document names.
    pub(super) fn channel_of(&self, name: Option<&str>) -> Result<Option<ChannelRow>, Error> {
        let Some(name) = name else { return Ok(None) };
        let found = self.store.read(|reader| reader.channel(name))?;
        let channel = found.ok_or_else(|| {
            Invalid::new(
                "channel",
                say!("there is no channel called \"{name}\"", name),
                "Set one up with `tillpost channels set`, or leave it out",
            )
        })?;
        Ok(Some(channel))
    }
}

fn checked(name: &str, request: ChannelRequest) -> Result<ChannelRow, Error> {
    one_line("name", name)?;
    at_most("name", name, 60)?;
    if name.trim().is_empty() {
        return Err(Invalid::new("name", "it is empty", "Give the channel a name").into());
    }
    let filled = |text: Option<String>| text.filter(|t| !t.trim().is_empty());
    let (subject, text) = (filled(request.subject), filled(request.text));
    if let Some(subject) = &subject {
        one_line("subject", subject)?;
        compose::fill_line(subject, &compose::MailValues::sample("Invoice"))
            .map_err(|e| template("subject", &e))?;
    }
    if let Some(text) = &text {
        several_lines("text", text)?;
        compose::fill(text, &compose::MailValues::sample("Invoice")).map_err(|e| template("text", &e))?;
    }
    let copies = request.copies.iter().enumerate();
    let copies = copies
        .map(|(i, copy)| {
            let address = EmailAddress::parse(copy).map_err(|e| e.within(&format!("copies[{i}]")))?;
            Ok(address.as_str().to_owned())
        })
        .collect::<Result<_, Invalid>>()?;
    let folder = filled(request.folder);
    if let Some(folder) = &folder {
        folder_name(folder)?;
    }
    Ok(ChannelRow {
        name: name.to_owned(),
        mail: request.mail.unwrap_or(true),
        account: filled(request.account),
        template: filled(request.template),
        subject,
        text,
        copies,
        folder,
        integration: filled(request.integration),
        export_orders: request.export_orders,
        choices: Choices {
            customer_source: request.customer_source,
            payment_method: request.payment_method,
            bank_account: request.bank_account,
        },
    })
}

fn folder_name(folder: &str) -> Result<(), Invalid> {
    at_most("folder", folder, 60)?;
    let plain = folder.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    if !plain || OWN_FOLDERS.contains(&folder.to_ascii_lowercase().as_str()) {
        return Err(Invalid::new(
            "folder",
            say!("\"{folder}\" cannot be the name of a channel's folder", folder),
            "Use letters, digits, - and _, and none of queued, failed, processing",
        ));
    }
    Ok(())
}

/// That account, profile and choices are there.
fn refer(reader: &Reader<'_>, row: &ChannelRow) -> Result<(), Error> {
    if let Some(account) = &row.account
        && reader.account(account)?.is_none()
    {
        return Err(Invalid::new(
            "account",
            say!("there is no account called \"{name}\"", name = account),
            "Set one with `tillpost account set`",
        )
        .into());
    }
    if let Some(name) = &row.template
        && reader.named_template(name)?.is_none()
    {
        return Err(templates::unknown(reader, "template", name)?);
    }
    let choices = row.choices;
    let chosen = [
        ("customer_source", choices.customer_source),
        ("payment_method", choices.payment_method),
        ("bank_account", choices.bank_account),
    ];
    let Some(name) = &row.integration else {
        let wants = chosen.iter().find(|(_, choice)| choice.is_some()).map(|(path, _)| *path);
        return match wants.or(row.export_orders.then_some("export_orders")) {
            Some(path) => Err(Invalid::new(
                path,
                "the channel has no profile to post to",
                "Name one as integration; `tillpost accounting list` shows them",
            )
            .into()),
            None => Ok(()),
        };
    };
    let profile = reader.integration(name)?.ok_or_else(|| {
        Invalid::new(
            "integration",
            say!("there is no profile called \"{name}\"", name),
            "Set one up with `tillpost accounting add`",
        )
    })?;
    let lists = reader.lists(&profile)?;
    let lists = [&lists.customer_sources, &lists.payment_methods, &lists.bank_accounts];
    for ((path, choice), list) in chosen.into_iter().zip(lists) {
        if let Some(id) = choice {
            among(path, id, list, name)?;
        }
    }
    Ok(())
}

fn among(path: &str, id: i64, list: &[Choice], profile: &str) -> Result<(), Invalid> {
    if list.iter().any(|choice| choice.id == id) {
        return Ok(());
    }
    Err(Invalid::new(
        path,
        say!("{id} is not in the list that \"{profile}\" gave", id, profile),
        "Choose from `tillpost accounting choices`; `tillpost accounting test` fetches the lists anew",
    ))
}

fn template(path: &str, error: &compose::ComposeError) -> Invalid {
    Invalid::new(path, error.to_string().trim_end_matches('.').to_owned(), "Correct the template")
}
