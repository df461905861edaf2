//! The job card's parts of the document file, and pictures.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDateTime;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Amount;
use super::document::{date, each, filled, word};
use crate::domain::document::{
    Authorisation, Condition, Finding, Item, Job, Moment, Photo, Signature, Signer,
};
use crate::domain::money::Currency;
use crate::domain::{Invalid, say};

/// The job a card is about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobShape {
    /// The thing handed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<ItemShape>,
    /// Paid, warranty, goodwill, as you call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_type: Option<String>,
    /// How far the work is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How urgent it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<String>,
    /// When it came in, in the shop's own time: YYYY-MM-DDTHH:MM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<String>,
    /// Who took it in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_by: Option<String>,
    /// When it should be ready, in the shop's own time: YYYY-MM-DDTHH:MM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised_at: Option<String>,
    /// When it was fetched, in the shop's own time: YYYY-MM-DDTHH:MM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picked_up_at: Option<String>,
    /// Who works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technician: Option<String>,
    /// The fault in the customer's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported_fault: Option<String>,
    /// What the technician found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// What was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub work_done: Option<String>,
    /// What was handed in with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accessories: Vec<String>,
    /// Its condition at hand-in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<ConditionShape>,
    /// Photos of it; they are scaled down for the page.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PhotoShape>,
    /// What the work may cost without asking again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate_limit: Option<Amount>,
    /// Who said yes to what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authorisations: Vec<AuthorisationShape>,
    /// The warranty on the repair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warranty: Option<String>,
    /// The page that shows how far the work is; printed as a QR code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_link: Option<String>,
}

/// The thing that is repaired.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemShape {
    /// What it is: phone, bicycle, car.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
    /// Model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// A telephone's IMEI; its check digit is checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imei: Option<String>,
    /// A vehicle's identification number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vin: Option<String>,
    /// A vehicle's number plate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// What the odometer showed at hand-in, with its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odometer_in: Option<String>,
    /// What it showed at pick-up, with its unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub odometer_out: Option<String>,
    /// What unlocks it. Only `render` takes it, for the workshop's own copy; `issue` refuses a document
    /// with it, so that it is never stored or mailed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passcode: Option<String>,
    /// What else describes it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<DetailShape>,
}

/// A label and a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DetailShape {
    /// What it is called.
    pub label: String,
    /// What it is.
    pub value: String,
}

/// The state of one part at hand-in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConditionShape {
    /// Which part.
    pub part: String,
    /// In which state.
    pub state: String,
    /// What looking at it showed; left out, its box stays empty, to be ticked by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["good", "defect", "not_tested", null]))]
    pub finding: Option<String>,
}

/// A photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhotoShape {
    /// A JPEG, PNG or WebP file in Base64, with or without `data:image/jpeg;base64,` in front.
    #[schemars(extend("contentEncoding" = "base64"))]
    pub image: String,
    /// What it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Before or after the work: hand_in (the default) or pick_up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["hand_in", "pick_up", null]))]
    pub moment: Option<String>,
}

/// A go-ahead: for the estimate, or for more than it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorisationShape {
    /// What was agreed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// Up to which amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Who gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The telephone number, e-mail address or other way it came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// When, in the shop's own time: YYYY-MM-DDTHH:MM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

/// A signature, on a job card, a delivery note or wherever one is wanted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureShape {
    /// When it was given: hand_in or pick_up.
    #[schemars(extend("enum" = ["hand_in", "pick_up"]))]
    pub moment: String,
    /// Who signs: customer (the default) or shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["customer", "shop", null]))]
    pub signer: Option<String>,
    /// Their name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day they signed, YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("format" = "date"))]
    pub date: Option<String>,
    /// The drawing, an SVG, PNG or JPEG file in Base64; left out, there is a line to sign on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("contentEncoding" = "base64"))]
    pub image: Option<String>,
}

impl JobShape {
    pub(super) fn to_job(&self, currency: Currency) -> Result<Job, Invalid> {
        let at = |path: &str, text: &Option<String>| text.as_deref().map(|t| moment(path, t)).transpose();
        Ok(Job {
            item: self.item.as_ref().map(ItemShape::to_item).unwrap_or_default(),
            order_type: filled(self.order_type.as_ref()),
            status: filled(self.status.as_ref()),
            priority: filled(self.priority.as_ref()),
            received_at: at("received_at", &self.received_at)?,
            received_by: filled(self.received_by.as_ref()),
            promised_at: at("promised_at", &self.promised_at)?,
            picked_up_at: at("picked_up_at", &self.picked_up_at)?,
            technician: filled(self.technician.as_ref()),
            reported_fault: filled(self.reported_fault.as_ref()),
            findings: filled(self.findings.as_ref()),
            work_done: filled(self.work_done.as_ref()),
            accessories: self.accessories.clone(),
            condition: each("condition", &self.condition, ConditionShape::to_condition)?,
            photos: each("photos", &self.photos, PhotoShape::to_photo)?,
            estimate_limit: self
                .estimate_limit
                .as_ref()
                .map(|a| currency.check_places("estimate_limit", a.value("estimate_limit")?))
                .transpose()?,
            authorisations: each("authorisations", &self.authorisations, |a| a.to_authorisation(currency))?,
            warranty: filled(self.warranty.as_ref()),
            status_link: filled(self.status_link.as_ref()),
        })
    }
}

impl ItemShape {
    fn to_item(&self) -> Item {
        Item {
            kind: filled(self.kind.as_ref()),
            make: filled(self.make.as_ref()),
            model: filled(self.model.as_ref()),
            colour: filled(self.colour.as_ref()),
            serial: filled(self.serial.as_ref()),
            imei: filled(self.imei.as_ref()),
            vin: filled(self.vin.as_ref()),
            registration: filled(self.registration.as_ref()),
            odometer_in: filled(self.odometer_in.as_ref()),
            odometer_out: filled(self.odometer_out.as_ref()),
            passcode: filled(self.passcode.as_ref()),
            details: self.details.iter().map(DetailShape::to_pair).collect(),
        }
    }
}

impl DetailShape {
    pub(super) fn to_pair(&self) -> (String, String) {
        (self.label.clone(), self.value.clone())
    }
}

impl ConditionShape {
    fn to_condition(&self) -> Result<Condition, Invalid> {
        let finding = |f: &str| word("finding", f, &Finding::ALL, Finding::word);
        Ok(Condition {
            part: self.part.clone(),
            state: self.state.clone(),
            finding: self.finding.as_deref().map(finding).transpose()?,
        })
    }
}

impl PhotoShape {
    fn to_photo(&self) -> Result<Photo, Invalid> {
        let moment = |m: &str| word("moment", m, &Moment::ALL, Moment::word);
        Ok(Photo {
            image: picture("image", &self.image)?,
            caption: filled(self.caption.as_ref()),
            moment: self.moment.as_deref().map_or(Ok(Moment::HandIn), moment)?,
        })
    }
}

impl AuthorisationShape {
    fn to_authorisation(&self, currency: Currency) -> Result<Authorisation, Invalid> {
        Ok(Authorisation {
            what: filled(self.what.as_ref()),
            amount: self
                .amount
                .as_ref()
                .map(|a| currency.check_places("amount", a.value("amount")?))
                .transpose()?,
            by: filled(self.by.as_ref()),
            via: filled(self.via.as_ref()),
            at: self.at.as_deref().map(|t| moment("at", t)).transpose()?,
        })
    }
}

impl SignatureShape {
    pub(super) fn to_signature(&self) -> Result<Signature, Invalid> {
        let signer = |s: &str| word("signer", s, &Signer::ALL, Signer::word);
        Ok(Signature {
            moment: word("moment", &self.moment, &Moment::ALL, Moment::word)?,
            signer: self.signer.as_deref().map_or(Ok(Signer::Customer), signer)?,
            name: filled(self.name.as_ref()),
            date: self.date.as_deref().map(|d| date("date", d)).transpose()?,
            image: self.image.as_deref().map(|i| picture("image", i)).transpose()?,
        })
    }
}

/// A picture file in Base64 (RFC 4648), as a file or as a `data:` address (RFC 2397).
fn picture(path: &str, text: &str) -> Result<Vec<u8>, Invalid> {
    let wrong = || {
        Invalid::new(
            path,
            "it is not a picture in Base64",
            "Write the picture's file in Base64, like data:image/jpeg;base64,/9j/4AAQ…",
        )
    };
    let encoded = match text.strip_prefix("data:") {
        Some(data) => data.split_once(";base64,").ok_or_else(wrong)?.1,
        None => text,
    };
    let encoded: String = encoded.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(encoded).map_err(|_| wrong())?;
    if bytes.is_empty() { Err(wrong()) } else { Ok(bytes) }
}

/// A picture as it stands in a file.
pub(super) fn encoded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn moment(path: &str, text: &str) -> Result<NaiveDateTime, Invalid> {
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .ok_or_else(|| {
            Invalid::new(
                path,
                say!("\"{text}\" is not a date and time", text),
                "Write it like 2026-11-25T17:00",
            )
        })
}
