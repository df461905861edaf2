-- The shop's own mail templates, every version of them: a mail names the one its words come from.
CREATE TABLE template (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    kind       TEXT NOT NULL,
    language   TEXT NOT NULL,
    version    INTEGER NOT NULL CHECK (version > 0),
    subject    TEXT NOT NULL,
    text       TEXT NOT NULL,
    html       TEXT,
    in_use     INTEGER NOT NULL CHECK (in_use IN (0, 1)),
    created_ms INTEGER NOT NULL,
    UNIQUE (kind, language, version)
) STRICT;

CREATE UNIQUE INDEX template_in_use ON template (kind, language) WHERE in_use = 1;

ALTER TABLE mail ADD COLUMN template TEXT;

CREATE TRIGGER revision_template_new AFTER INSERT ON template BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_template AFTER UPDATE ON template BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
