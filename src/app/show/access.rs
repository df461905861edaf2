//! Who may get in, and who is told, shown.

use super::time;
use crate::app::{App, Error};
use crate::store::{LinkRow, PasswordRow, WebhookRow};
use crate::wire::views::{AccessView, LinkView, PasswordView, WebhookView};

/// An API password, without the password.
#[must_use]
pub fn password(row: &PasswordRow) -> PasswordView {
    PasswordView {
        name: row.name.clone(),
        scope: row.scope.word(),
        ending: row.ending.clone(),
        created_at: time(row.created),
        last_used_at: row.last_used.map(time),
        mails: row.mails,
    }
}

/// Who may get in, and how; `listening` are the addresses that are answered on, `reachable` whether other
/// machines can reach one of them.
///
/// # Errors
/// The store's own.
pub fn access(app: &App, listening: Vec<String>, reachable: Option<bool>) -> Result<AccessView, Error> {
    let settings = app.access_settings()?;
    let (staff_pin, owner_pin) = app.pins_set()?;
    let link = |link: &LinkRow| LinkView {
        made_by: link.made_by.clone(),
        role: link.role.word(),
        path: link.path.clone(),
        created_at: time(link.created),
        used_at: link.used.map(time),
    };
    Ok(AccessView {
        enabled: settings.enabled,
        remote_login: settings.remote_login,
        restrict_access: settings.networks.iter().map(ToString::to_string).collect(),
        listening,
        reachable,
        web_origins: settings.origins,
        staff_pin,
        owner_pin,
        passwords: app.api_passwords()?.iter().map(password).collect(),
        links: app.recent_links()?.iter().map(link).collect(),
    })
}

/// A webhook, without its signing secret.
#[must_use]
pub fn webhook(row: &WebhookRow) -> WebhookView {
    WebhookView {
        id: row.uuid.to_string(),
        url: row.url.clone(),
        events: row.events.clone(),
        created_at: time(row.created),
        waiting: row.waiting,
        problem: row.problem.clone(),
    }
}
