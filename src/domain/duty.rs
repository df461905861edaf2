//! What the law wants kept although the person it is about asks for its deletion.

use super::document::Kind;

/// Why a document is kept.
///
/// # Source
/// Regulation (EU) 2016/679 (GDPR) article 17 paragraph 3 letter b leaves out of the right to erasure what a law
/// obliges to keep. Such laws are, among others, section 147 of the German Abgabenordnung and section 257 of the
/// Handelsgesetzbuch, article L123-22 of the French Code de commerce, and HMRC's VAT Notice 700/21.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// Tax law: it is an invoice, or stands for one.
    Tax,
    /// Commercial law: it is a letter about a trade.
    Trade,
}

impl Duty {
    /// The duty to keep documents of this kind; none for those that no law asks for.
    #[must_use]
    pub fn of(kind: Kind) -> Option<Self> {
        match kind {
            Kind::Invoice | Kind::CreditNote | Kind::Receipt => Some(Self::Tax),
            Kind::Offer | Kind::SalesOrder | Kind::PurchaseOrder | Kind::DeliveryNote => Some(Self::Trade),
            Kind::JobCard | Kind::Report | Kind::Notification => None,
        }
    }
}
