-- What the shop knows of its contacts, found as one types.
ALTER TABLE contact ADD COLUMN company TEXT;
ALTER TABLE contact ADD COLUMN customer_number TEXT;
ALTER TABLE contact ADD COLUMN language TEXT;
ALTER TABLE contact ADD COLUMN phone TEXT;
ALTER TABLE contact ADD COLUMN note TEXT;
ALTER TABLE contact ADD COLUMN refusal TEXT;
ALTER TABLE contact ADD COLUMN rank_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact ADD COLUMN words TEXT NOT NULL DEFAULT '';
ALTER TABLE contact ADD COLUMN domain TEXT NOT NULL
    GENERATED ALWAYS AS (substr(address_key, instr(address_key, '@') + 1)) VIRTUAL;

UPDATE contact SET rank_ms = coalesce(last_used_ms, 0), words = ' ' || replace(replace(replace(
    lower(address || ' ' || coalesce(name, '')), '@', ' '), '.', ' '), '-', ' ');

CREATE INDEX contact_rank ON contact (rank_ms DESC, id);
CREATE INDEX contact_domain ON contact (domain) WHERE uses > 0;
CREATE INDEX contact_customer ON contact (customer_number) WHERE customer_number IS NOT NULL;

CREATE VIRTUAL TABLE contact_words USING fts5 (
    words, content = 'contact', content_rowid = 'id', detail = none, prefix = '1 2 3', tokenize = 'unicode61'
);

INSERT INTO contact_words (contact_words) VALUES ('rebuild');

CREATE TRIGGER contact_added AFTER INSERT ON contact BEGIN
    INSERT INTO contact_words (rowid, words) VALUES (new.id, new.words);
END;

CREATE TRIGGER contact_changed AFTER UPDATE OF words ON contact WHEN old.words <> new.words BEGIN
    INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO contact_words (rowid, words) VALUES (new.id, new.words);
END;

CREATE TRIGGER contact_removed AFTER DELETE ON contact BEGIN
    INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.id, old.words);
END;

CREATE TABLE contact_role (
    contact_id INTEGER NOT NULL REFERENCES contact (id) ON DELETE CASCADE,
    role       TEXT NOT NULL CHECK (role IN ('billing', 'workshop', 'orders', 'accountant')),
    PRIMARY KEY (contact_id, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE copy_rule (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    address  TEXT NOT NULL,
    customer TEXT NOT NULL,
    kind     TEXT NOT NULL,
    UNIQUE (address, customer, kind)
) STRICT;
