//! The job card: what was handed in, what is wrong with it, what was agreed, who signed.
//!
//! # Source
//! The fields are those repair shops hand out and some laws ask for (California 16 CCR 2721, 2722,
//! 2725 and 3356; Business and Professions Code 9844 and 9884.9).

use chrono::{NaiveDate, NaiveDateTime};
use rust_decimal::Decimal;

use super::check::{bounded, optional, text};
use super::{Content, Kind, MOST_NOTES};
use crate::domain::{Invalid, say};

/// The most photos and signatures of one document.
pub const MOST_PICTURES: usize = 24;

/// The thing that is repaired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// Phone, bicycle, car.
    pub kind: Option<String>,
    /// Maker.
    pub make: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Colour.
    pub colour: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Number of a telephone (3GPP TS 23.003).
    pub imei: Option<String>,
    /// Number of a vehicle (ISO 3779).
    pub vin: Option<String>,
    /// Number plate.
    pub registration: Option<String>,
    /// What the odometer showed at hand-in, with its unit.
    pub odometer_in: Option<String>,
    /// What it showed at pick-up.
    pub odometer_out: Option<String>,
    /// What unlocks it. For the workshop's own copy only: a document with it is never issued.
    pub passcode: Option<String>,
    /// What else describes it: label and value.
    pub details: Vec<(String, String)>,
}

/// What looking at a part showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// In order.
    Good,
    /// Damaged or not working.
    Defect,
    /// Not tested, or not possible to test.
    NotTested,
}

impl Finding {
    /// All findings.
    pub const ALL: [Self; 3] = [Self::Good, Self::Defect, Self::NotTested];

    /// The word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Defect => "defect",
            Self::NotTested => "not_tested",
        }
    }
}

/// The state of one part at hand-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Which part.
    pub part: String,
    /// In which state.
    pub state: String,
    /// What looking at it showed; without it the box stays empty, to be ticked by hand.
    pub finding: Option<Finding>,
}

/// When a picture was taken or a name signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// When the thing came in.
    HandIn,
    /// When it was fetched, or the goods were handed over.
    PickUp,
}

impl Moment {
    /// Both.
    pub const ALL: [Self; 2] = [Self::HandIn, Self::PickUp];

    /// The word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::HandIn => "hand_in",
            Self::PickUp => "pick_up",
        }
    }
}

/// A photo of the thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// A JPEG, PNG or WebP file.
    pub image: Vec<u8>,
    /// What it shows.
    pub caption: Option<String>,
    /// Before or after the work.
    pub moment: Moment,
}

/// Who signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signer {
    /// The customer.
    Customer,
    /// Somebody of the shop.
    Shop,
}

impl Signer {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Customer, Self::Shop];

    /// The word in files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Shop => "shop",
        }
    }
}

/// A signature, drawn on a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// At hand-in or at pick-up.
    pub moment: Moment,
    /// Who signed.
    pub signer: Signer,
    /// Their name.
    pub name: Option<String>,
    /// The day they signed.
    pub date: Option<NaiveDate>,
    /// The drawing: an SVG, PNG or JPEG file; without one there is a line to sign on.
    pub image: Option<Vec<u8>>,
}

/// A go-ahead: for the estimate, or for more than it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Authorisation {
    /// What was agreed.
    pub what: Option<String>,
    /// Up to which amount.
    pub amount: Option<Decimal>,
    /// Who gave it.
    pub by: Option<String>,
    /// The telephone number, e-mail address or other way it came.
    pub via: Option<String>,
    /// When, in the shop's own time.
    pub at: Option<NaiveDateTime>,
}

/// What a job card says beyond an invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// The thing handed in.
    pub item: Item,
    /// Paid, warranty, goodwill, as the shop calls it.
    pub order_type: Option<String>,
    /// How far the work is.
    pub status: Option<String>,
    /// How urgent it is.
    pub priority: Option<String>,
    /// When it came in, in the shop's own time.
    pub received_at: Option<NaiveDateTime>,
    /// Who took it in.
    pub received_by: Option<String>,
    /// When it should be ready, in the shop's own time.
    pub promised_at: Option<NaiveDateTime>,
    /// When it was fetched, in the shop's own time.
    pub picked_up_at: Option<NaiveDateTime>,
    /// Who works on it.
    pub technician: Option<String>,
    /// The fault in the customer's words.
    pub reported_fault: Option<String>,
    /// What the technician found.
    pub findings: Option<String>,
    /// What was done.
    pub work_done: Option<String>,
    /// What was handed in with it.
    pub accessories: Vec<String>,
    /// Its condition at hand-in.
    pub condition: Vec<Condition>,
    /// Photos of it.
    pub photos: Vec<Photo>,
    /// What the work may cost without asking again.
    pub estimate_limit: Option<Decimal>,
    /// Who said yes to what.
    pub authorisations: Vec<Authorisation>,
    /// The warranty on the repair.
    pub warranty: Option<String>,
    /// The page that shows how far the work is.
    pub status_link: Option<String>,
}

impl Content {
    /// Refuses what may stand on the workshop's own copy but never on a document that is stored and
    /// mailed.
    ///
    /// # Errors
    /// When there is a passcode; the till keeps it, or draws a copy for the workshop without issuing.
    pub fn check_for_issue(&self) -> Result<(), Invalid> {
        let passcode = self.job.as_ref().and_then(|j| j.item.passcode.as_ref());
        passcode.map_or(Ok(()), |_| {
            Err(Invalid::new(
                "job.item.passcode",
                "a passcode is never stored or mailed",
                "Leave it out; `tillpost render` prints it on a copy for the workshop and stores nothing",
            ))
        })
    }
}

impl Job {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        self.item.check().map_err(|e| e.within("item"))?;
        for (path, value) in [
            ("order_type", &self.order_type),
            ("status", &self.status),
            ("priority", &self.priority),
            ("received_by", &self.received_by),
            ("technician", &self.technician),
        ] {
            optional(path, value.as_deref(), 200)?;
        }
        for (path, value) in [
            ("reported_fault", &self.reported_fault),
            ("findings", &self.findings),
            ("work_done", &self.work_done),
            ("warranty", &self.warranty),
        ] {
            value.as_ref().map_or(Ok(()), |v| text(path, v, 4000))?;
        }
        bounded("accessories", self.accessories.len(), MOST_NOTES)?;
        for (i, accessory) in self.accessories.iter().enumerate() {
            text(&format!("accessories[{i}]"), accessory, 200)?;
        }
        bounded("condition", self.condition.len(), MOST_NOTES)?;
        for (i, row) in self.condition.iter().enumerate() {
            text(&format!("condition[{i}].part"), &row.part, 200)?;
            text(&format!("condition[{i}].state"), &row.state, 500)?;
        }
        bounded("photos", self.photos.len(), MOST_PICTURES)?;
        for (i, photo) in self.photos.iter().enumerate() {
            optional(&format!("photos[{i}].caption"), photo.caption.as_deref(), 200)?;
        }
        bounded("authorisations", self.authorisations.len(), MOST_NOTES)?;
        for (i, given) in self.authorisations.iter().enumerate() {
            let at = |field: &str| format!("authorisations[{i}].{field}");
            given.what.as_ref().map_or(Ok(()), |w| text(&at("what"), w, 1000))?;
            optional(&at("by"), given.by.as_deref(), 200)?;
            optional(&at("via"), given.via.as_deref(), 200)?;
        }
        match &self.status_link {
            Some(link)
                if link.len() > 500
                    || !link.starts_with("https://")
                    || !link.bytes().all(|b| b.is_ascii_graphic()) =>
            {
                Err(Invalid::new(
                    "status_link",
                    "it is not a link of at most 500 characters",
                    "Write a whole address that starts with https://",
                ))
            }
            _ => Ok(()),
        }
    }
}

impl Item {
    fn check(&self) -> Result<(), Invalid> {
        for (path, value) in [
            ("type", &self.kind),
            ("make", &self.make),
            ("model", &self.model),
            ("colour", &self.colour),
            ("serial", &self.serial),
            ("imei", &self.imei),
            ("vin", &self.vin),
            ("registration", &self.registration),
            ("odometer_in", &self.odometer_in),
            ("odometer_out", &self.odometer_out),
            ("passcode", &self.passcode),
        ] {
            optional(path, value.as_deref(), 200)?;
        }
        if let Some(imei) = &self.imei
            && !imei_is_valid(imei)
        {
            return Err(Invalid::new(
                "imei",
                say!("\"{imei}\" is not an IMEI: 15 digits, of which the last checks the others", imei),
                "Dial *#06# on the phone and copy it again, or write it as the serial number",
            ));
        }
        bounded("details", self.details.len(), MOST_NOTES)?;
        for (i, (label, value)) in self.details.iter().enumerate() {
            optional(&format!("details[{i}].label"), Some(label), 60)?;
            optional(&format!("details[{i}].value"), Some(value), 200)?;
        }
        Ok(())
    }
}

impl Signature {
    pub(super) fn check(&self) -> Result<(), Invalid> {
        optional("name", self.name.as_deref(), 200)
    }
}

/// Whether a kind of document has lines to sign on even when nobody has signed yet.
#[must_use]
pub fn is_signed(kind: Kind) -> bool {
    matches!(kind, Kind::JobCard | Kind::DeliveryNote)
}

/// Whether an IMEI has 15 digits and the right check digit; 16 digits are an IMEISV without one.
///
/// # Source
/// 3GPP TS 23.003, annex B (Luhn).
fn imei_is_valid(imei: &str) -> bool {
    let digits: Option<Vec<u32>> =
        imei.chars().filter(|c| !matches!(c, ' ' | '-' | '/')).map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits else { return false };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| if i % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { *d })
        .sum();
    digits.len() == 16 || (digits.len() == 15 && sum.is_multiple_of(10))
}

#[cfg(test)]
mod tests {
    use super::imei_is_valid;

    #[test]
    fn imei_check_digits() {
        assert!(imei_is_valid("490154203237518"));
        assert!(imei_is_valid("49-015420-323751-8"));
        assert!(!imei_is_valid("490154203237519"));
        assert!(!imei_is_valid("49015420323751"));
    }
}
