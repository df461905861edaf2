-- The document that a draft was written about, in the version it had then: made of a mail that waited, it
-- does not leave with another one unasked.
ALTER TABLE draft ADD COLUMN document_id INTEGER REFERENCES document (id) ON DELETE SET NULL;
