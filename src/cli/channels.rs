//! `channels`: the places documents come from.

use clap::{Args, Subcommand};

use super::Context;
use super::out::table;
use crate::app::{App, Error, show};
use crate::wire::ChannelRequest;
use crate::wire::views::ChannelView;

#[derive(Debug, Subcommand)]
pub(super) enum Channels {
    /// List the channels.
    List,
    /// Show a channel.
    Show {
        /// Its name.
        name: String,
    },
    /// Set a channel up, or change it: what is not given stays as it is.
    Set(Box<Set>),
    /// Remove a channel; its documents keep its name.
    Remove {
        /// Its name.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(super) struct Set {
    /// Its name, which documents give as `channel`.
    name: String,
    /// Whether its documents are mailed when they ask for it.
    #[arg(long, value_parser = ["on", "off"])]
    mail: Option<String>,
    /// The account its mails leave by; empty for `default`.
    #[arg(long)]
    account: Option<String>,
    /// The name of the template its mails are written with; empty for the one used by itself.
    #[arg(long, value_name = "NAME")]
    template: Option<String>,
    /// The template of its subjects, like "{{ kind }} {{ number }}"; empty for that of its template.
    #[arg(long)]
    subject: Option<String>,
    /// The template of its texts; empty for that of its template.
    #[arg(long)]
    text: Option<String>,
    /// Addresses that get a copy of each of its mails, separated by commas; empty for none.
    #[arg(long, value_delimiter = ',', num_args = 0..)]
    copies: Option<Vec<String>>,
    /// Its folder inside the outbox; empty for none.
    #[arg(long)]
    folder: Option<String>,
    /// The accounting profile its sales are posted to; empty for none.
    #[arg(long)]
    integration: Option<String>,
    /// Whether its invoices and receipts are posted.
    #[arg(long, value_parser = ["on", "off"])]
    export_orders: Option<String>,
    /// Where its customers come from: id or name from `accounting choices`.
    #[arg(long)]
    customer_source: Option<String>,
    /// How its sales are paid: id or name.
    #[arg(long)]
    payment_method: Option<String>,
    /// The bank account the payments go to: id or name.
    #[arg(long)]
    bank_account: Option<String>,
}

impl Channels {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List => {
                let views: Vec<ChannelView> = app.channels()?.iter().map(show::channel).collect();
                context.out.show(&views, || {
                    let rows: Vec<Vec<String>> = views.iter().map(row).collect();
                    table(&["CHANNEL", "MAIL", "ACCOUNT", "FOLDER", "POSTS TO"], &rows)
                });
            }
            Self::Show { name } => print(context, &app, &name)?,
            Self::Set(set) => {
                let name = set.name.clone();
                let request = set.request(&app)?;
                app.set_channel(&name, request)?;
                print(context, &app, &name)?;
            }
            Self::Remove { name } => {
                app.remove_channel(&name)?;
                context.out.say(&format!("channel {name} removed"));
            }
        }
        Ok(0)
    }
}

fn row(view: &ChannelView) -> Vec<String> {
    let settings = &view.settings;
    let posts = settings.integration.clone().filter(|_| settings.export_orders);
    vec![
        view.name.clone(),
        if settings.mail == Some(false) { "off" } else { "on" }.to_owned(),
        settings.account.clone().unwrap_or_else(|| "default".into()),
        settings.folder.clone().unwrap_or_default(),
        posts.unwrap_or_default(),
    ]
}

fn print(context: &Context, app: &App, name: &str) -> Result<(), Error> {
    let view = show::channel(&app.channel(name)?);
    context.out.show(&view, || {
        let settings = &view.settings;
        let id = |id: Option<i64>| id.map(|id| id.to_string()).unwrap_or_default();
        let rows = [
            ("Channel", view.name.clone()),
            ("Mail", if settings.mail == Some(false) { "off".into() } else { "on".into() }),
            ("Account", settings.account.clone().unwrap_or_else(|| "default".into())),
            ("Template", settings.template.clone().unwrap_or_default()),
            ("Copies", settings.copies.join(", ")),
            ("Folder", settings.folder.clone().unwrap_or_default()),
            ("Posts to", settings.integration.clone().unwrap_or_default()),
            ("Export orders", if settings.export_orders { "on".into() } else { "off".into() }),
            ("Customer source", id(settings.customer_source)),
            ("Payment method", id(settings.payment_method)),
            ("Bank account", id(settings.bank_account)),
        ];
        let rows: Vec<Vec<String>> = rows.into_iter().map(|(what, value)| vec![what.into(), value]).collect();
        table(&["SETTING", "VALUE"], &rows)
    });
    Ok(())
}

impl Set {
    /// The whole channel: what it was, with what is given.
    fn request(self, app: &App) -> Result<ChannelRequest, Error> {
        let known = app.channels()?.into_iter().find(|c| c.name == self.name);
        let mut request = known.as_ref().map(show::channel_settings).unwrap_or_default();
        let text = |new: Option<String>, old: &mut Option<String>| {
            if let Some(new) = new {
                *old = Some(new).filter(|n| !n.is_empty());
            }
        };
        if let Some(mail) = self.mail {
            request.mail = Some(mail == "on");
        }
        text(self.account, &mut request.account);
        text(self.template, &mut request.template);
        text(self.subject, &mut request.subject);
        text(self.text, &mut request.text);
        text(self.folder, &mut request.folder);
        text(self.integration, &mut request.integration);
        if let Some(copies) = self.copies {
            request.copies = copies.into_iter().filter(|c| !c.is_empty()).collect();
        }
        if let Some(export) = self.export_orders {
            request.export_orders = export == "on";
        }
        let lists = match &request.integration {
            Some(profile) => app.lists(profile)?,
            None => crate::domain::posting::Lists::default(),
        };
        for (named, what, list, chosen) in [
            (self.customer_source, "customer_source", &lists.customer_sources, &mut request.customer_source),
            (self.payment_method, "payment_method", &lists.payment_methods, &mut request.payment_method),
            (self.bank_account, "bank_account", &lists.bank_accounts, &mut request.bank_account),
        ] {
            match named.as_deref() {
                None => {}
                Some("") => *chosen = None,
                Some(named) => *chosen = Some(show::chosen(list, what, named)?),
            }
        }
        Ok(request)
    }
}
