//! `account connect`, `account disconnect`, and the app an account signs in with.

use clap::{Args, ValueEnum};

use crate::app::{App, Error, Invitation, Kind, show};
use crate::cli::{Context, runtime};
use crate::domain::account::Transport;
use crate::domain::address::Mailbox;
use crate::domain::oauth::{Endpoints, Issuer, OAuth};
use crate::domain::{Invalid, Millis, provider as providers};
use crate::store::SecretPlace;
use crate::wire::views::OauthView;

/// An app registered at Microsoft or Google. What is not given stays as it is saved.
#[derive(Debug, Args)]
pub(super) struct AppValues {
    /// Whose sign-in it is. Default: the provider's, where it is known.
    #[arg(long, value_enum)]
    issuer: Option<IssuerWord>,
    /// The app's client id, from its registration.
    #[arg(long)]
    client_id: Option<String>,
    /// The day on which the app's client secret runs out, like 2027-11-21; it is told a fortnight before.
    #[arg(long, value_name = "DATE")]
    client_secret_expires: Option<chrono::NaiveDate>,
    /// Microsoft's directory: the tenant id of a company, or consumers for personal accounts.
    #[arg(long)]
    tenant: Option<String>,
    /// Another address of the sign-in page; an empty one, here and below, the provider's own again.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    authorize_url: Option<String>,
    /// Another address for tokens.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    token_url: Option<String>,
    /// Another address for device codes.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    device_url: Option<String>,
    /// Another address for ending connections.
    #[arg(long, value_name = "URL", hide_short_help = true)]
    revoke_url: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum IssuerWord {
    /// Microsoft 365 and Outlook.com.
    Microsoft,
    /// Gmail and Google Workspace.
    Google,
}

impl AppValues {
    /// These values over those that are saved.
    pub(super) fn over(
        &self,
        saved: Option<OAuth>,
        by: Transport,
        host: &str,
        from: &Mailbox,
    ) -> Result<OAuth, Error> {
        let preset = providers::by_host(host).or_else(|| providers::by_address(from.address.as_str()));
        let issuer = match self.issuer {
            Some(IssuerWord::Microsoft) => Some(Issuer::Microsoft),
            Some(IssuerWord::Google) => Some(Issuer::Google),
            None => by
                .issuer()
                .or_else(|| saved.as_ref().map(|s| s.issuer))
                .or_else(|| Issuer::from_word(&preset?.oauth)),
        };
        let Some(issuer) = issuer else {
            let problem = format!("it is not known whose sign-in {host} takes");
            return Err(Invalid::new("issuer", problem, "Give --issuer microsoft or --issuer google").into());
        };
        let saved = saved.filter(|saved| saved.issuer == issuer);
        let own = saved.as_ref().map(|s| s.endpoints.clone()).unwrap_or_default();
        let day = |day: chrono::NaiveDate| {
            Millis(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
        };
        // A mailbox of Outlook.com belongs to no company.
        let personal = providers::by_address(from.address.as_str()).is_some_and(|p| p.oauth == "microsoft");
        let usual = if personal && issuer == Issuer::Microsoft { "consumers" } else { "" };
        let tenant = self.tenant.clone().or_else(|| saved.as_ref().map(|s| s.tenant.clone()));
        Ok(OAuth {
            issuer,
            client_id: self
                .client_id
                .clone()
                .or_else(|| saved.as_ref().map(|s| s.client_id.clone()))
                .unwrap_or_default(),
            client_secret: saved.as_ref().is_some_and(|s| s.client_secret),
            secret_expires: self
                .client_secret_expires
                .map(day)
                .or_else(|| saved.as_ref().and_then(|s| s.secret_expires)),
            tenant: tenant.unwrap_or_else(|| usual.to_owned()),
            endpoints: Endpoints {
                authorize: address(self.authorize_url.as_ref(), own.authorize),
                token: address(self.token_url.as_ref(), own.token),
                device: address(self.device_url.as_ref(), own.device),
                revoke: address(self.revoke_url.as_ref(), own.revoke),
            },
        })
    }
}

/// An address as it is given, else as it is saved.
fn address(given: Option<&String>, saved: Option<String>) -> Option<String> {
    given.map_or(saved, |url| Some(url.clone()).filter(|url| !url.is_empty()))
}

/// How a person gets to the provider's page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// In this computer's browser, which is opened.
    Browser,
    /// In this computer's browser, by the address that is shown.
    Address,
    /// On any other device.
    Device,
}

/// Says what the person is to do, and waits until it is done. What to do goes to standard error, so that
/// `--json` stays JSON.
pub(super) fn connect(
    context: &Context,
    app: &App,
    name: &str,
    way: Way,
    place: Option<SecretPlace>,
) -> Result<(), Error> {
    runtime()?.block_on(async {
        let connecting = app.begin_connect(name, way == Way::Device, place).await?;
        let opened = way == Way::Browser && connecting.open_browser().is_ok();
        context.out.aside(&match connecting.invitation() {
            // In any case: a browser may open where nobody sees it.
            Invitation::Browser { url, .. } if opened => {
                format!("Allow Tillpost to send in the browser that opens. If none does, open this address on this computer:\n{url}")
            }
            Invitation::Browser { url, .. } => {
                format!("Open this address in a browser on this computer and allow Tillpost to send:\n{url}")
            }
            Invitation::Device { page, code, .. } => {
                format!("On any device open {page}\nand enter the code {code}")
            }
        });
        match connecting.finish().await? {
            Ok(_) => Ok(()),
            Err(problem) => {
                let steps = problem.steps.join(" ");
                Err(Error::new(Kind::NotSent, format!("{}. {} {steps}", problem.title, problem.detail)))
            }
        }
    })
}

/// Ends a connection and says what is left to do.
pub(super) fn disconnect(context: &Context, app: &App, name: &str) -> Result<(), Error> {
    let ended = runtime()?.block_on(app.disconnect(name))?;
    context.out.show(&show::disconnect(&ended), || match ended.page {
        None => format!("account {name} is disconnected, here and at the provider"),
        Some(page) => {
            format!(
                "account {name} is disconnected here; the provider was not told, remove Tillpost at {page}"
            )
        }
    });
    Ok(())
}

/// How an account signs in, for people.
pub(super) fn lines(oauth: &OauthView, place: &str) -> Vec<String> {
    let tenant = if oauth.tenant.is_empty() { String::new() } else { format!(", tenant {}", oauth.tenant) };
    let mut lines = vec![format!("app         {} at {}{tenant}", oauth.client_id, oauth.issuer)];
    let own = [&oauth.authorize_url, &oauth.token_url, &oauth.device_url, &oauth.revoke_url];
    let own: Vec<&str> = own.into_iter().flatten().map(String::as_str).collect();
    if !own.is_empty() {
        lines.push(format!("addresses   {}", own.join(", ")));
    }
    if let Some(at) = &oauth.connected_at {
        let who = oauth.connected_as.as_deref().unwrap_or("somebody");
        lines.push(format!("connected   as {who} since {at}, token in {place}"));
    }
    lines
}
