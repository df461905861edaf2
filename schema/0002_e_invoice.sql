-- E-invoices that stand beside the page, and the customers who want them.
CREATE TABLE document_xml (
    document_id INTEGER PRIMARY KEY REFERENCES document (id),
    form TEXT NOT NULL CHECK (form IN ('xrechnung', 'xrechnung_cii', 'peppol')),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    bytes BLOB NOT NULL
) STRICT;

ALTER TABLE contact ADD COLUMN e_invoice TEXT
    CHECK (e_invoice IN ('none', 'factur_x', 'xrechnung', 'xrechnung_cii', 'peppol'));
