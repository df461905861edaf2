//! Issuing a document: number, PDF, mail, all or nothing.

use std::path::PathBuf;

use chrono::Datelike;
use sha2::{Digest, Sha256};

use super::drawing::{self, Drawn};
use super::hand_over::About;
use super::send::{self, Addressed, Ready};
use super::{App, Error, Kind, OutgoingFile, clock, fonts, postings, show};
use crate::domain::document::{Document, Draft, EInvoice, Kind as DocumentKind, Paper as PaperSize, Party};
use crate::domain::law;
use crate::domain::setting::Settings;
use crate::domain::totals::Totals;
use crate::domain::{Invalid, Millis, say};
use crate::render::{self, Logo, Look, RenderError};
use crate::store::{
    ChannelRow, DocumentRow, FaultPoint, FolderDrop, MailRow, NewDocument, Origin, PostingRow, Reader, Tx,
};
use crate::wire::views::{PreviewView, TotalsView};
use crate::wire::{DocumentFile, MailFile, PartyShape};

/// What issuing a document gave.
#[derive(Debug, Clone)]
pub struct Issued {
    /// The document.
    pub document: DocumentRow,
    /// Its mails; none when the file asked for none.
    pub mails: Vec<MailRow>,
    /// The draft of its mail, where the computer's mail program opened one instead.
    pub handed_over: Option<PathBuf>,
    /// Its way into the books, where its channel posts.
    pub posting: Option<PostingRow>,
    /// Whether it had been issued before under the same `client_ref`; nothing was stored then.
    pub repeated: bool,
}

/// A draft that has been checked and only lacks its number.
pub(super) struct Prepared {
    file: DocumentFile,
    pub(super) fingerprint: [u8; 32],
    pub(super) draft: Draft,
    totals: Totals,
    seller: Party,
    look: Look,
    pub(super) mail: Option<Addressed>,
    /// The channel it comes by.
    channel: Option<ChannelRow>,
    pub(super) settings: Settings,
    /// The form of e-invoice that goes with it.
    form: EInvoice,
    now: Millis,
}

/// A document as it is to be stored and sent.
struct Paper {
    document: Document,
    drawn: Drawn,
    mails: Vec<Ready>,
}

impl App {
    /// Stores a document with its number and PDF and queues its mail if it has one. The same
    /// `client_ref` again answers with what there is.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field; [`Kind::Conflict`] when the `client_ref` or the number is
    /// taken by another document. Nothing was stored then.
    pub fn issue(&self, file: DocumentFile) -> Result<Issued, Error> {
        self.issue_from(file, None)
    }

    /// As [`App::issue`], recording that it came from the outbox folder.
    pub(super) fn issue_from(&self, file: DocumentFile, drop: Option<FolderDrop>) -> Result<Issued, Error> {
        if let Some(issued) = self.issued(&file)? {
            return self.repeated(issued, drop);
        }
        let mut prepared = self.prepare(file)?;
        prepared.mail = self.address(&prepared)?;
        self.issue_prepared(prepared, drop)
    }

    /// As [`App::issue`], but its mail is not queued, and no account is asked for.
    pub(super) fn issue_unqueued(
        &self,
        file: DocumentFile,
        drop: Option<FolderDrop>,
    ) -> Result<Issued, Error> {
        if let Some(issued) = self.issued(&file)? {
            return self.repeated(issued, drop);
        }
        let prepared = self.prepare(file)?;
        self.issue_prepared(prepared, drop)
    }

    /// The document that the same `client_ref` was given for: looked for before anything else, so that a repeated
    /// call gets its answer whatever became of the channel, the account or the recipients since.
    pub(super) fn issued(&self, file: &DocumentFile) -> Result<Option<Issued>, Error> {
        let fingerprint = fingerprint(file)?;
        self.store.read(|reader| issued_before(reader, file.client_ref.as_deref(), &fingerprint))
    }

    /// Answers with what there is, and notes the file of the outbox folder that asked again.
    fn repeated(&self, issued: Issued, drop: Option<FolderDrop>) -> Result<Issued, Error> {
        match drop {
            Some(drop) => self.store.write(move |tx| repeated_in(tx, issued, Some(drop))),
            None => Ok(issued),
        }
    }

    fn issue_prepared(&self, prepared: Prepared, drop: Option<FolderDrop>) -> Result<Issued, Error> {
        prepared.draft.content.check_for_issue()?;
        // Drawn before the transaction, under the number it will most likely have: drawing takes longer
        // than everything else, and the data file has one writer.
        let number = self.store.read(|reader| likely_number(reader, &prepared))?;
        let paper = number.map(|number| prepared.paper(number)).transpose()?;
        let issued = self.store.write(move |tx| issue_in(tx, &prepared, paper, drop))?;
        if !issued.repeated {
            tracing::info!(
                document = %issued.document.number,
                mails = issued.mails.len(),
                "issued a document"
            );
        }
        self.wake();
        Ok(issued)
    }

    /// The mails that issuing a document would queue, as they would leave; none where it asks for no mail.
    ///
    /// # Errors
    /// Everything that would refuse the document or its mail.
    pub fn preview_issue(&self, file: DocumentFile) -> Result<PreviewView, Error> {
        let hands_over = self.settings()?.hands_over;
        self.preview_issue_by(file, hands_over)
    }

    /// As [`App::preview_issue`], for the queue or for the computer's mail program.
    pub(super) fn preview_issue_by(
        &self,
        file: DocumentFile,
        hands_over: bool,
    ) -> Result<PreviewView, Error> {
        let mut prepared = self.prepare(file)?;
        if !hands_over {
            prepared.mail = self.address(&prepared)?;
        }
        let number = self.store.read(|reader| match prepared.issued_before(reader)? {
            Some(issued) => Ok(Some(issued.document.number)),
            None => likely_number(reader, &prepared),
        })?;
        let paper = number.map(|number| prepared.paper(number)).transpose()?;
        match (&prepared.file.mail, &paper) {
            (Some(mail), Some(paper)) if hands_over && prepared.sends() => {
                let page = drawing::attachments(&paper.document.number, &paper.drawn).into_iter();
                let files = page.map(|a| OutgoingFile { name: a.file_name, bytes: a.bytes }).collect();
                let about = About { document: &paper.document, files, channel: prepared.channel.as_ref() };
                let mail = MailFile { mail: mail.clone(), ..MailFile::default() };
                self.previewed_draft(&self.unsent(&mail, Vec::new(), Some(about), &prepared.settings)?)
            }
            _ => self.previewed(&paper.map(|paper| paper.mails).unwrap_or_default()),
        }
    }

    /// Draws a document without storing anything; one without a number is marked as a draft.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field.
    pub fn render(&self, file: DocumentFile) -> Result<Drawn, Error> {
        self.prepare(file)?.draft_drawn()
    }

    /// Adds a document up, as it would be printed.
    ///
    /// # Errors
    /// [`Kind::BadInput`] names the field.
    pub fn totals(&self, file: &DocumentFile) -> Result<TotalsView, Error> {
        let content = file.to_draft(&self.settings()?.language)?.content;
        Ok(show::totals(content.currency, &Totals::of(&content)))
    }

    pub(super) fn prepare(&self, file: DocumentFile) -> Result<Prepared, Error> {
        let settings = self.settings()?;
        let now = clock::now();
        let (shop, logo) = self.store.read(|r| Ok::<_, Error>((shop(r)?, r.logo()?)))?;
        let logo = logo.map(|file| self.logo.ready(file)).transpose()?;
        let channel = self.channel_of(file.channel.as_deref())?;
        let mut prepared = prepare(file, &settings, shop, logo, now)?;
        prepared.channel = channel;
        let buyer = prepared.draft.content.buyer.as_ref();
        if let Some(Party { e_invoice: None, email: Some(email), .. }) = buyer {
            let wanted = self.store.read(|r| r.e_invoice_of(email))?;
            prepared.form = wanted.unwrap_or(prepared.form);
        }
        Ok(prepared)
    }

    /// Finds the account and recipients of the document's mail, if it has one.
    pub(super) fn address(&self, prepared: &Prepared) -> Result<Option<Addressed>, Error> {
        let channel = prepared.channel.as_ref();
        let Some(shape) = &prepared.file.mail else { return Ok(None) };
        if !prepared.sends() {
            return Ok(None);
        }
        let mut shape = shape.clone();
        shape.account = shape.account.or_else(|| channel.and_then(|c| c.account.clone()));
        self.store.read(|reader| {
            let about = Some(&prepared.draft.content);
            let mut addressed =
                send::address(reader, &shape, "mail", about, &prepared.settings, prepared.now)?;
            if let Some(channel) = channel {
                addressed.by_channel(reader, channel, &prepared.draft.content, &prepared.settings)?;
            }
            Ok(Some(addressed))
        })
    }
}

/// Draws a document for which there is no data folder: the file must name its seller.
///
/// # Errors
/// [`Kind::BadInput`] names the field.
pub fn render_alone(file: DocumentFile) -> Result<Drawn, Error> {
    let settings = Settings::from_stored(|_| None);
    prepare(file, &settings, None, None, clock::now())?.draft_drawn()
}

fn prepare(
    file: DocumentFile,
    settings: &Settings,
    shop: Option<Party>,
    logo: Option<Logo>,
    now: Millis,
) -> Result<Prepared, Error> {
    let mut draft = file.to_draft(&settings.language)?;
    if let Some(mail) = &file.mail {
        mail.to_draft("mail")?;
    }
    let totals = Totals::of(&draft.content);
    totals.agree_with(draft.stated_payable)?;
    let seller = draft.seller.clone().or(shop).ok_or_else(|| {
        Invalid::new(
            "seller",
            "nobody is named as the seller",
            "Give a seller, or set the shop's details with `tillpost shop set`",
        )
    })?;
    let home = seller.address.as_ref().map_or("", |a| a.country.as_str());
    let content = &mut draft.content;
    content.paper.get_or_insert_with(|| {
        PaperSize::of_kind(content.kind, settings.paper, settings.receipt_paper, home)
    });
    if let Some(job) = &mut content.job {
        let count = job.photos.len();
        for (i, photo) in job.photos.iter_mut().enumerate() {
            photo.image = render::reduced_photo(&photo.image, count, &format!("job.photos[{i}].image"))?;
        }
    }
    Ok(Prepared {
        fingerprint: fingerprint(&file)?,
        look: look(settings, logo)?,
        form: draft.content.buyer.as_ref().and_then(|b| b.e_invoice).unwrap_or(settings.e_invoice),
        file,
        draft,
        totals,
        seller,
        mail: None,
        channel: None,
        settings: settings.clone(),
        now,
    })
}

/// What tells one document file from another.
fn fingerprint(file: &DocumentFile) -> Result<[u8; 32], Error> {
    let bytes = serde_json::to_vec(file).map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
    Ok(Sha256::digest(bytes).into())
}

fn look(settings: &Settings, logo: Option<Logo>) -> Result<Look, Error> {
    let fallback_fonts = fonts::read(&settings.fallback_font)?;
    Ok(Look { logo, fallback_fonts, ..Look::default() })
}

pub(super) fn shop(reader: &Reader<'_>) -> Result<Option<Party>, Error> {
    let Some(text) = reader.shop()? else {
        return Ok(None);
    };
    let shape: PartyShape = crate::wire::parse(text.as_bytes())?;
    Ok(Some(shape.to_party()?))
}

impl Prepared {
    /// Whether the channel it comes by sends mails.
    fn sends(&self) -> bool {
        self.channel.as_ref().is_none_or(|channel| channel.mail)
    }

    pub(super) fn document(&self, number: String) -> Document {
        Document {
            number,
            seller: self.seller.clone(),
            content: self.draft.content.clone(),
            totals: self.totals.clone(),
        }
    }

    /// The document drawn before it has a number.
    fn draft_drawn(&self) -> Result<Drawn, Error> {
        let number = self.draft.number.clone().unwrap_or_else(|| "DRAFT".to_owned());
        self.draw(&self.document(number))
    }

    /// Draws the document; what cannot be drawn is named by the field it stands in.
    fn draw(&self, document: &Document) -> Result<Drawn, Error> {
        drawing::draw(document, &self.look, self.form).map_err(|error| match self.place(&error) {
            Some(field) => error.within(&field),
            None => error,
        })
    }

    /// The field that cannot be drawn; none when it is not the sender's, as the shop's own name is not.
    fn place(&self, error: &Error) -> Option<String> {
        match error.undrawn()? {
            RenderError::UnknownLanguage { .. } => {
                self.file.language.is_some().then(|| "language".to_owned())
            }
            RenderError::NoGlyph { character, .. } => {
                let mut file = serde_json::to_value(&self.file).ok()?;
                file.as_object_mut()?.remove("mail");
                drawing::field_with(&file, *character)
            }
            RenderError::HeadTooHigh { field } => field.map(str::to_owned),
            _ => None,
        }
    }

    fn issued_before(&self, reader: &Reader<'_>) -> Result<Option<Issued>, Error> {
        issued_before(reader, self.file.client_ref.as_deref(), &self.fingerprint)
    }

    /// The series its number comes from.
    fn series(&self) -> (DocumentKind, i32) {
        (self.draft.content.kind, self.draft.content.issue_date.year())
    }

    /// The document with this number, its PDF and its sealed mail.
    fn paper(&self, number: String) -> Result<Paper, Error> {
        let document = self.document(number);
        if self.settings.legal_checks {
            law::check(&document.content, &document.seller, &document.totals)?;
        }
        let drawn = self.draw(&document)?;
        let sealed = self.mail.as_ref().map(|addressed| self.seal(addressed, &document, &drawn));
        Ok(Paper { document, drawn, mails: sealed.transpose()?.unwrap_or_default() })
    }

    fn seal(&self, addressed: &Addressed, document: &Document, drawn: &Drawn) -> Result<Vec<Ready>, Error> {
        let words = addressed.words(document)?;
        let attachments = drawing::attachments(&document.number, drawn);
        let letter = addressed.letter(&self.settings, &words, attachments, self.now);
        addressed.seal_all(letter, words.template, &self.settings, self.now)
    }
}

fn issue_in(
    tx: &Tx<'_>,
    prepared: &Prepared,
    paper: Option<Paper>,
    drop: Option<FolderDrop>,
) -> Result<Issued, Error> {
    if let Some(issued) = prepared.issued_before(&tx.reader())? {
        return repeated_in(tx, issued, drop);
    }
    let kind = prepared.draft.content.kind;
    let number = match &prepared.draft.number {
        Some(number) => number.clone(),
        None => next_number(tx, prepared)?,
    };
    FaultPoint::NumberTaken.pass();
    let Paper { document, drawn, mails } = match paper {
        Some(paper) if paper.document.number == number => paper,
        // Another document took the number meanwhile.
        _ => prepared.paper(number)?,
    };
    let id = tx.insert_document(&new_document(prepared, &document, drawn)?)?;
    if prepared.settings.auto_store_addresses
        && let Some(buyer) = &document.content.buyer
        && let Some(email) = &buyer.email
    {
        tx.contact_seen(email.as_str(), Some(&buyer.name), Origin::Document, prepared.now)?;
    }
    hold_what_it_changes(tx, &document, id)?;
    postings::queue(tx, prepared.channel.as_ref(), (kind, &document.number, id))?;
    for mail in mails {
        send::queue(tx, &mail.for_document(id, prepared.fingerprint), &prepared.settings)?;
    }
    let reader = tx.reader();
    let mails = reader.mails_of_document(id)?;
    if let Some(mut drop) = drop {
        drop.document = Some(id);
        drop.mail = mails.first().map(|m| m.id);
        tx.insert_folder_drop(&drop)?;
    }
    let document = reader
        .document_by_number(kind, &document.number)?
        .ok_or_else(|| Error::new(Kind::Defect, "the document just stored is not there"))?;
    Ok(Issued { document, mails, handed_over: None, posting: reader.posting_of(id)?, repeated: false })
}

/// Mails that still carry what this document corrects or takes back wait for a person's word.
fn hold_what_it_changes(tx: &Tx<'_>, document: &Document, id: i64) -> Result<(), Error> {
    let mut held = tx.hold_earlier_versions(document.content.kind, &document.number, id)?;
    if let (DocumentKind::CreditNote, Some(original)) = (document.content.kind, &document.content.original) {
        held += tx.hold_earlier_versions(DocumentKind::Invoice, &original.number, id)?;
    }
    if held > 0 {
        tracing::info!(document = %document.number, mails = held, "mails of a changed document wait for a decision");
    }
    Ok(())
}

fn repeated_in(tx: &Tx<'_>, issued: Issued, drop: Option<FolderDrop>) -> Result<Issued, Error> {
    if let Some(mut drop) = drop {
        drop.document = Some(issued.document.id);
        tx.insert_folder_drop(&drop)?;
    }
    Ok(issued)
}

/// The document that the same `client_ref` was given for.
fn issued_before(
    reader: &Reader<'_>,
    client_ref: Option<&str>,
    fingerprint: &[u8; 32],
) -> Result<Option<Issued>, Error> {
    let Some(client_ref) = client_ref else {
        return Ok(None);
    };
    let Some(document) = reader.document_by_ref(client_ref)? else {
        return Ok(None);
    };
    if document.fingerprint != *fingerprint {
        return Err(Error::new(
            Kind::Conflict,
            say!(
                "client_ref: \"{client_ref}\" was used for {kind} {number} with other content. Use a new client_ref for a new document.",
                client_ref,
                kind = document.kind.word(),
                number = document.number
            ),
        ));
    }
    let mails = reader.mails_of_document(document.id)?;
    let posting = reader.posting_of(document.id)?;
    Ok(Some(Issued { document, mails, handed_over: None, posting, repeated: true }))
}

/// The number the document will have unless another one comes first; `None` when it was issued before.
fn likely_number(reader: &Reader<'_>, prepared: &Prepared) -> Result<Option<String>, Error> {
    if prepared.issued_before(reader)?.is_some() {
        return Ok(None);
    }
    if let Some(number) = &prepared.draft.number {
        return Ok(Some(number.clone()));
    }
    let (kind, year) = prepared.series();
    let mut next = reader.last_in_series(kind, year)?;
    loop {
        next += 1;
        let number = kind.series_number(year, next);
        if reader.document_by_number(kind, &number)?.is_none() {
            return Ok(Some(number));
        }
    }
}

/// The next free number of the kind's series: one that a sender gave by hand is passed over.
fn next_number(tx: &Tx<'_>, prepared: &Prepared) -> Result<String, Error> {
    let (kind, year) = prepared.series();
    loop {
        let number = kind.series_number(year, tx.next_in_series(kind, year)?);
        if tx.reader().document_by_number(kind, &number)?.is_none() {
            return Ok(number);
        }
    }
}

fn new_document(prepared: &Prepared, document: &Document, drawn: Drawn) -> Result<NewDocument, Error> {
    let content = serde_json::to_string(&prepared.file.as_issued(document))
        .map_err(|e| Error::new(Kind::Defect, e.to_string()))?;
    Ok(NewDocument {
        client_ref: prepared.file.client_ref.clone(),
        fingerprint: prepared.fingerprint,
        kind: document.content.kind,
        number: document.number.clone(),
        version: prepared.draft.version,
        issue_date: document.content.issue_date.to_string(),
        currency: document.content.currency.code().to_owned(),
        payable: document.totals.payable.to_string(),
        buyer_name: document.content.buyer.as_ref().map(|b| b.name.clone()),
        buyer_email: document.content.buyer.as_ref().and_then(|b| Some(b.email.as_ref()?.to_string())),
        content,
        pdf_sha256: Sha256::digest(&drawn.pdf).into(),
        pdf: drawn.pdf,
        xml: drawn.xml.map(|xml| {
            let sha256 = Sha256::digest(&xml.bytes).into();
            (xml.form, xml.bytes, sha256)
        }),
        created: prepared.now,
    })
}
