//! Mail providers and what is known of their servers and limits.

use super::pace::Limits;

/// The table of providers: its columns are named in its first line; `conf` tells where a figure is
/// from (A the provider's own page, B Thunderbird's configuration, C a third party, U unverified).
const TABLE: &str = include_str!("../../assets/providers.csv");

/// The provider whose limits hold for servers nobody knows.
const GENERIC: &str = "generic";

/// What is known of one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Its id in the table.
    pub id: String,
    /// Its name.
    pub label: String,
    /// Its submission server.
    pub host: String,
    /// How fast it wants mail.
    pub limits: Limits,
}

/// All providers, in the order of the table.
#[must_use]
pub fn all() -> Vec<Provider> {
    let mut table = csv::Reader::from_reader(TABLE.as_bytes());
    let Ok(columns) = table.headers().cloned() else {
        return vec![];
    };
    table.records().filter_map(Result::ok).map(|record| provider(&columns, &record)).collect()
}

fn provider(columns: &csv::StringRecord, record: &csv::StringRecord) -> Provider {
    let text = |name: &str| {
        let at = columns.iter().position(|column| column == name);
        at.and_then(|at| record.get(at)).unwrap_or_default().to_owned()
    };
    let number = |name: &str| text(name).parse().ok();
    Provider {
        id: text("id"),
        label: text("label"),
        host: text("host"),
        limits: Limits {
            per_minute: number("msgs_per_min"),
            per_hour: number("msgs_per_hour"),
            per_day: number("msgs_per_day"),
            recipients_per_day: number("rcpts_per_day"),
            recipients_per_mail: number("max_rcpt_per_msg"),
            mails_per_connection: number("msgs_per_conn"),
            connections: number("max_conns"),
        },
    }
}

/// How fast the server at `host` wants mail: what its provider says, careful guesses for a server
/// nobody knows, nothing for one on this machine.
#[must_use]
pub fn limits_of(host: &str, on_this_machine: bool) -> Limits {
    if on_this_machine {
        return Limits::default();
    }
    let all = all();
    let known = all.iter().find(|p| matches(&p.host, host));
    known.or_else(|| all.iter().find(|p| p.id == GENERIC)).map(|p| p.limits).unwrap_or_default()
}

/// Whether a table's host, which may have a `{region}` in it, is this one.
fn matches(table: &str, host: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    match (table.split_once('{'), table.split_once('}')) {
        (Some((before, _)), Some((_, after))) => {
            host.len() > before.len() + after.len() && host.starts_with(before) && host.ends_with(after)
        }
        _ => !table.is_empty() && table == host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        let all = all();
        assert_eq!(all.len(), TABLE.lines().count() - 1, "a line is not read");
        let mut ids: Vec<_> = all.iter().map(|p| p.id.clone()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all.len(), "an id stands twice");
        assert!(all.iter().all(|p| !p.label.is_empty() && (p.host.contains('.') || p.id == GENERIC)));
    }

    #[test]
    fn a_server_has_the_limits_of_its_provider() {
        assert_eq!(limits_of("smtp.office365.com", false).per_minute, Some(30));
        assert_eq!(limits_of("SMTP.mail.yahoo.com.", false).mails_per_connection, Some(20));
        assert_eq!(limits_of("email-smtp.eu-west-1.amazonaws.com", false).per_day, Some(200));
        assert_eq!(limits_of("mail.cornershop.example", false).per_minute, Some(20));
        assert_eq!(limits_of("localhost", true), Limits::default());
    }
}
