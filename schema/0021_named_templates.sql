-- Templates that the shop gave a name of its own, beside those of the kinds of documents: one name has its
-- words in several languages.
CREATE TABLE named_template (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    name     TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE template_use (
    named_id INTEGER NOT NULL REFERENCES named_template (id) ON DELETE CASCADE,
    purpose  TEXT NOT NULL,
    PRIMARY KEY (named_id, purpose)
) STRICT;

CREATE TABLE template_default (
    kind     TEXT NOT NULL,
    language TEXT NOT NULL,
    named_id INTEGER NOT NULL,
    PRIMARY KEY (kind, language),
    FOREIGN KEY (named_id, kind) REFERENCES template_use (named_id, purpose) ON DELETE CASCADE
) STRICT;

CREATE INDEX template_default_named ON template_default (named_id, kind);

-- The versions of both stand in one table.
ALTER TABLE template RENAME TO template_of_kinds;
CREATE TABLE template (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT,
    named_id   INTEGER REFERENCES named_template (id) ON DELETE CASCADE,
    language   TEXT NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    html       TEXT,
    in_use     INTEGER NOT NULL CHECK (in_use IN (0, 1)),
    created_ms INTEGER NOT NULL,
    CHECK ((kind IS NULL) <> (named_id IS NULL)),
    UNIQUE (kind, language, version),
    UNIQUE (named_id, language, version)
) STRICT;
INSERT INTO template (id, kind, language, version, subject, text, html, in_use, created_ms)
    SELECT id, kind, language, version, subject, text, html, in_use, created_ms FROM template_of_kinds;
DROP TABLE template_of_kinds;

CREATE UNIQUE INDEX template_in_use ON template (kind, language) WHERE in_use = 1 AND kind IS NOT NULL;
CREATE UNIQUE INDEX template_named_in_use ON template (named_id, language) WHERE in_use = 1 AND named_id IS NOT NULL;

ALTER TABLE channel ADD COLUMN template_id INTEGER REFERENCES named_template (id);
CREATE INDEX channel_template ON channel (template_id) WHERE template_id IS NOT NULL;

CREATE TRIGGER revision_template_new AFTER INSERT ON template BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template AFTER UPDATE ON template BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template_gone AFTER DELETE ON template BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_named_template AFTER UPDATE ON named_template BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template_use_new AFTER INSERT ON template_use BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template_use_gone AFTER DELETE ON template_use BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template_default_new AFTER INSERT ON template_default BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template_default_gone AFTER DELETE ON template_default BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
