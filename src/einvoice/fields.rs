//! From the terms of the norm back to the fields of the document file.

use en16931::{Group, Path};

/// The field a finding is about.
pub(super) fn of(rule: &str, path: &Path) -> String {
    // Rules about what one of several fields must hold: the one a shop would fill in.
    match rule {
        "BR-CO-25" => return "due_date".to_owned(),
        "BR-DE-15" | "PEPPOL-EN16931-R003" => return "buyer_reference".to_owned(),
        "PEPPOL-EN16931-R010" => return "buyer.electronic_address".to_owned(),
        "PEPPOL-EN16931-R020" => return "seller.electronic_address".to_owned(),
        // Which of the two addresses the rule does not say; the buyer's is the one that is given.
        "PEPPOL-EN16931-CL008" if path.group == Group::Seller => {
            return "seller.electronic_address".to_owned();
        }
        "PEPPOL-EN16931-CL008" => return "buyer.electronic_address".to_owned(),
        "BR-CO-26" => return "seller.tax_id".to_owned(),
        _ => {}
    }
    let field = path.term.map(|t| of_term(&t.to_string())).unwrap_or_default();
    let place = |list: &str| {
        let list = path.index.map_or_else(|| list.to_owned(), |i| format!("{list}[{i}]"));
        if field.is_empty() { list } else { format!("{list}.{field}") }
    };
    match path.group {
        Group::Line => place("lines"),
        Group::DocumentAllowance => place("allowances"),
        Group::DocumentCharge => place("charges"),
        Group::Seller if field.is_empty() => "seller".to_owned(),
        Group::Buyer if field.is_empty() => "buyer".to_owned(),
        Group::Payment if field.is_empty() => "payment".to_owned(),
        Group::VatBreakdown if field.is_empty() => "tax_notes".to_owned(),
        _ => field,
    }
}

/// The field that holds a business term, within its line, allowance or charge where it has one.
pub(super) fn of_term(term: &str) -> String {
    let field = match term {
        "BT-1" => "number",
        "BT-2" => "issue_date",
        "BT-5" | "BT-110" | "BT-112" => "currency",
        "BT-9" => "due_date",
        "BT-10" => "buyer_reference",
        "BT-13" => "order_reference",
        "BT-20" => "payment.terms",
        "BT-22" => "notes",
        "BT-25" | "BT-26" => "original",
        "BT-27" => "seller.name",
        "BT-30" => "seller.company_number",
        "BT-31" | "BT-32" => "seller.tax_id",
        "BT-33" => "seller.legal_note",
        "BT-34" => "seller.electronic_address",
        "BT-35" | "BT-36" => "seller.address.lines",
        "BT-37" => "seller.address.city",
        "BT-38" => "seller.address.postcode",
        "BT-40" => "seller.address.country",
        "BT-41" => "seller.contact",
        "BT-42" => "seller.phone",
        "BT-43" => "seller.email",
        "BT-44" => "buyer.name",
        "BT-48" => "buyer.tax_id",
        "BT-49" => "buyer.electronic_address",
        "BT-50" | "BT-51" => "buyer.address.lines",
        "BT-52" => "buyer.address.city",
        "BT-53" => "buyer.address.postcode",
        "BT-55" | "BT-80" => "buyer.address.country",
        "BT-56" => "buyer.contact",
        "BT-72" | "BT-73" => "supply_date",
        "BT-74" => "supply_until",
        "BT-83" => "payment.reference",
        "BT-84" => "seller.iban",
        "BT-86" => "seller.bic",
        "BT-111" => "tax_notes.national_tax",
        "BT-120" | "BT-121" => "tax_notes",
        "BT-92" | "BT-99" => "amount",
        "BT-97" | "BT-98" | "BT-104" | "BT-105" => "reason",
        "BT-95" | "BT-96" | "BT-102" | "BT-103" | "BT-151" | "BT-152" => "tax",
        "BT-129" => "quantity",
        "BT-130" => "unit",
        "BT-146" | "BT-147" | "BT-148" => "unit_price",
        "BT-153" | "BT-154" => "description",
        _ => "",
    };
    field.to_owned()
}
