//! `contacts`.

use clap::Subcommand;

use std::path::{Path, PathBuf};

use super::out::table;
use super::{Context, read_file, unwritten, write_file};
use crate::app::{App, BookForm, BookPart, Error, Import, Kind, clock, show};
use crate::domain::Who;
use crate::domain::document::EInvoice;
use crate::store::{ContactRow, private};
use crate::wire::views::ContactView;
use crate::wire::{ContactShape, LARGEST_BOOK, Reading};

/// The largest list of recipients that is read.
const LARGEST_LIST: u64 = 1024 * 1024;
/// A list shows all there are.
const ALL: u32 = u32::MAX;

#[derive(Debug, Subcommand)]
pub(super) enum Contacts {
    /// List all contacts, the often used first.
    List {
        /// Only those that mails and documents brought.
        #[arg(long)]
        automatic: bool,
    },
    /// Find contacts by a part of their name or address.
    Search {
        /// The part.
        text: String,
    },
    /// Write a contact by hand, like "Anna Kowalska <anna@example.com>".
    Add {
        /// The contact.
        contact: String,
    },
    /// Change what is known of a contact; an empty text removes it.
    Edit {
        /// The address.
        address: String,
        /// The name.
        #[arg(long)]
        name: Option<String>,
        /// The company.
        #[arg(long)]
        company: Option<String>,
        /// The customer's number; contacts that share one are one customer.
        #[arg(long)]
        customer_number: Option<String>,
        /// The language for documents and mails.
        #[arg(long)]
        language: Option<String>,
        /// The telephone number.
        #[arg(long)]
        phone: Option<String>,
        /// A note.
        #[arg(long)]
        note: Option<String>,
        /// What it is for: billing, workshop, orders, accountant; several with commas.
        #[arg(long, value_delimiter = ',')]
        roles: Option<Vec<String>>,
    },
    /// Take contacts from a CSV or vCard file; all rows, or none where one is refused.
    Import {
        /// The file; `-` reads standard input.
        file: PathBuf,
        /// Only show what would happen.
        #[arg(long)]
        dry_run: bool,
        /// Take the good rows also where others are refused.
        #[arg(long, conflicts_with = "dry_run")]
        skip_bad: bool,
        /// Its encoding, like windows-1250, where it does not say so itself.
        #[arg(long)]
        encoding: Option<String>,
        /// Which column holds a field, like address="E-mail 2"; may be repeated.
        #[arg(long, value_name = "FIELD=COLUMN")]
        column: Vec<String>,
    },
    /// Write the whole address book to a file: .csv, or .vcf as vCard.
    Export {
        /// The file; `-` writes CSV to standard output.
        file: PathBuf,
        /// The version of vCards: 3, which most programs read, or 4.
        #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(3..=4))]
        vcard: u8,
    },
    /// See and change who gets own copies of which mails.
    #[command(subcommand)]
    Copies(Copies),
    /// Make one contact of two; the second is removed.
    Merge {
        /// The address that stays.
        keep: String,
        /// The address that goes.
        other: String,
    },
    /// Say what was most likely meant by an address that looks like a slip.
    Meant {
        /// The address.
        address: String,
    },
    /// Delete all data about a person, and say what the law keeps.
    Erase {
        /// The address.
        address: String,
        /// Only say what would go and what would stay.
        #[arg(long)]
        dry_run: bool,
    },
    /// Look at recipients as they were typed or pasted, before they are sent to.
    Check {
        /// The recipients; `-` reads them from standard input.
        text: String,
    },
    /// Set the form of e-invoice a customer wants.
    EInvoice {
        /// The customer's address.
        address: String,
        /// The form; `shop` is what the shop's setting says.
        #[arg(value_parser = ["shop", "none", "factur_x", "xrechnung", "xrechnung_cii", "peppol"])]
        form: String,
    },
    /// Let no mail go to an address or a domain (@example.com), not even those that wait.
    Disable {
        /// The address, or @ and the domain.
        pattern: String,
        /// Why; shown to who tries to send there.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Allow a disabled address or domain again.
    Enable {
        /// The address, or @ and the domain.
        pattern: String,
    },
    /// List the disabled addresses and domains.
    Disabled,
    /// Remove an address from the book.
    Forget {
        /// The address.
        address: String,
    },
}

impl Contacts {
    pub(super) fn run(self, context: &Context) -> Result<u8, Error> {
        let app = context.app()?;
        match self {
            Self::List { automatic } => {
                let part = if automatic { BookPart::Automatic } else { BookPart::All };
                list(context, &app, &app.contacts_in(part, "", ALL)?)?;
            }
            Self::Search { text } => list(context, &app, &app.contacts(&text, ALL)?)?,
            Self::Add { contact } => {
                app.add_contact(&contact)?;
                context.out.say(&format!("{contact} is in the address book"));
                let address = contact.rsplit('<').next().unwrap_or_default().trim_end_matches(['>', ' ']);
                if let Some(meant) = app.meant(address)? {
                    context.out.say(&format!("mind: perhaps {meant} is meant"));
                }
            }
            Self::Edit { address, name, company, customer_number, language, phone, note, roles } => {
                app.contact(&address)?;
                let roles = roles.map(|all| all.into_iter().filter(|r| !r.is_empty()).collect());
                let shape =
                    ContactShape { address, name, company, customer_number, language, phone, note, roles };
                let row = app.write_contact(&shape)?;
                let view = app.contact_view(row)?;
                context.out.show(&view, || format!("{} is changed", view.address));
            }
            Self::Import { file, dry_run, skip_bad, encoding, column } => {
                return import(context, &app, &file, (dry_run, skip_bad), encoding, &column);
            }
            Self::Export { file, vcard } => export(context, &app, &file, vcard)?,
            Self::Copies(copies) => copies.run(context, &app)?,
            Self::Merge { keep, other } => {
                let row = app.merge_contacts(&keep, &other)?;
                let view = app.contact_view(row)?;
                context.out.show(&view, || format!("{other} is merged into {}", view.address));
            }
            Self::Meant { address } => {
                let meant = app.meant(&address)?;
                context
                    .out
                    .show(&meant, || meant.clone().unwrap_or_else(|| "nothing looks wrong".to_owned()));
            }
            Self::Check { text } => check(context, &app, text)?,
            Self::Erase { address, dry_run } => {
                let view = if dry_run { app.kept_about(&address)? } else { app.erase_person(&address)? };
                let goes = if dry_run { "would be removed" } else { "removed" };
                context.out.show(&view, || {
                    let removed = view.removed.iter().map(|what| format!("{goes}: {what}"));
                    let kept = view.kept.iter().map(|what| format!("kept: {what}"));
                    removed.chain(kept).collect::<Vec<_>>().join("\n")
                });
            }
            Self::EInvoice { address, form } => {
                app.set_e_invoice(&address, EInvoice::from_word(&form))?;
                context.out.say(&format!("{address} gets e-invoices of the form: {form}"));
            }
            Self::Disable { pattern, reason } => {
                let waiting = app.disable_by(&pattern, &reason, Some(Who::CommandLine))?;
                context.out.say(&format!("{pattern} is disabled"));
                if waiting > 0 {
                    context
                        .out
                        .say(&format!("{waiting} waiting mails name somebody disabled; they get none"));
                }
            }
            Self::Enable { pattern } => {
                app.enable(&pattern)?;
                context.out.say(&format!("{pattern} is allowed again"));
            }
            Self::Disabled => {
                let rows = app.disabled()?;
                let views: Vec<_> = rows.iter().map(show::disabled).collect();
                context.out.show(&views, || {
                    let lines = views.iter().map(|v| vec![v.pattern.clone(), v.reason.clone()]);
                    table(&["DISABLED", "REASON"], &lines.collect::<Vec<_>>())
                });
            }
            Self::Forget { address } => {
                app.forget_contact(&address)?;
                context.out.say(&format!("{address} is forgotten"));
            }
        }
        Ok(0)
    }
}

fn check(context: &Context, app: &App, text: String) -> Result<(), Error> {
    let text = match text.as_str() {
        "-" => String::from_utf8_lossy(&read_file(Path::new("-"), LARGEST_LIST)?).into_owned(),
        _ => text,
    };
    let views = app.check_recipients(&text)?;
    context.out.show(&views, || {
        let lines = views.iter().map(|v| {
            let mut says = vec![if v.known { "known" } else { "new" }.to_owned()];
            says.extend(v.disabled.clone());
            says.extend(v.refusal.as_ref().map(|reply| format!("refused before: {reply}")));
            says.extend(v.meant.as_ref().map(|meant| format!("perhaps {meant}")));
            vec![v.address.clone(), v.name.clone().unwrap_or_default(), says.join("; ")]
        });
        table(&["ADDRESS", "NAME", "STANDING"], &lines.collect::<Vec<_>>())
    });
    Ok(())
}

fn list(context: &Context, app: &App, contacts: &[ContactRow]) -> Result<(), Error> {
    let views = app.contact_views(contacts)?;
    context.out.show(&views, || {
        if contacts.is_empty() {
            return "no contacts".to_owned();
        }
        let rows: Vec<Vec<String>> = contacts
            .iter()
            .zip(&views)
            .map(|(c, view)| {
                let used =
                    c.last_used.map(|at| clock::local(at).format("%Y-%m-%d").to_string()).unwrap_or_default();
                let name = c.name.clone().unwrap_or_default();
                vec![c.address.clone(), name, c.uses.to_string(), used, standing(view)]
            })
            .collect();
        table(&["ADDRESS", "NAME", "SENT", "LAST", "STANDING"], &rows)
    });
    Ok(())
}

/// What speaks against a contact; nothing where mails reach it.
fn standing(contact: &ContactView) -> String {
    let refused = contact.refusal.as_ref().map(|reply| format!("refused: {reply}"));
    let says = [
        contact.disabled.then(|| "disabled".to_owned()),
        (!contact.proven && refused.is_none()).then(|| "nothing was sent there yet".to_owned()),
        refused,
        contact.correction.as_ref().map(|meant| format!("perhaps {meant}")),
    ];
    says.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

#[derive(Debug, Subcommand)]
pub(super) enum Copies {
    /// List the rules.
    List,
    /// Send an address a blind copy of mails to a customer, of a kind of document, or both together.
    Add {
        /// Who gets the copy.
        address: String,
        /// The customer's number.
        #[arg(long, default_value = "")]
        customer: String,
        /// The kind of document, like invoice.
        #[arg(long, default_value = "")]
        kind: String,
    },
    /// Remove a rule.
    Remove {
        /// Its number in the list.
        id: i64,
    },
}

impl Copies {
    fn run(self, context: &Context, app: &App) -> Result<(), Error> {
        match self {
            Self::List => {
                let rules = app.copy_rules()?;
                let views: Vec<_> = rules.iter().map(show::copy_rule).collect();
                context.out.show(&views, || {
                    let rows = rules.iter().map(|r| {
                        vec![r.id.to_string(), r.address.clone(), r.customer.clone(), r.kind.clone()]
                    });
                    table(&["NO", "COPY TO", "CUSTOMER", "KIND"], &rows.collect::<Vec<_>>())
                });
            }
            Self::Add { address, customer, kind } => {
                let rule = app.add_copy_rule(&address, &customer, &kind)?;
                context.out.show(&show::copy_rule(&rule), || format!("{} gets copies", rule.address));
            }
            Self::Remove { id } => {
                app.remove_copy_rule(id)?;
                context.out.say(&format!("rule {id} is removed"));
            }
        }
        Ok(())
    }
}

fn import(
    context: &Context,
    app: &App,
    file: &Path,
    (dry_run, skip_bad): (bool, bool),
    encoding: Option<String>,
    column: &[String],
) -> Result<u8, Error> {
    let columns = column
        .iter()
        .map(|text| text.split_once('=').map(|(field, column)| (field.to_owned(), column.to_owned())))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::new(Kind::BadInput, "column: write it like address=\"E-mail 2\"."))?;
    let how = match (dry_run, skip_bad) {
        (true, _) => Import::DryRun,
        (false, true) => Import::GoodRows,
        (false, false) => Import::All,
    };
    let bytes = read_file(file, u64::try_from(LARGEST_BOOK).unwrap_or(u64::MAX))?;
    let view = app.import_contacts(&bytes, &Reading { encoding, columns }, how)?;
    context.out.show(&view, || {
        let refused = view.rows.iter().filter_map(|r| {
            let problem = r.problem.as_deref()?;
            Some(format!("row {}: {}: {problem}", r.row, r.address))
        });
        let stored = if view.stored { "stored" } else { "nothing was stored" };
        let sum = format!(
            "{} new, {} changed, {} the same, {} skipped, {} refused; {stored}",
            view.new, view.changed, view.same, view.skipped, view.refused
        );
        refused.chain([sum]).collect::<Vec<_>>().join("\n")
    });
    Ok(if view.refused > 0 && !skip_bad { 2 } else { 0 })
}

fn export(context: &Context, app: &App, file: &Path, vcard: u8) -> Result<(), Error> {
    let cards = file.extension().is_some_and(|e| e.eq_ignore_ascii_case("vcf"));
    let form = match (cards, vcard) {
        (false, _) => BookForm::Csv,
        (true, 4) => BookForm::VCard4,
        (true, _) => BookForm::VCard3,
    };
    let book = app.export_contacts(form)?;
    if file.as_os_str() != "-" {
        // All customers at once: a new file is this user's alone.
        private::options().create(true).truncate(false).open(file).map_err(|e| unwritten(file, &e))?;
    }
    write_file(context, file, &book)
}
