-- Every table and column is described in schema/README.md.

-- Who may use the API, and the screens.
CREATE TABLE api_password (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    name         TEXT NOT NULL UNIQUE,
    scope        TEXT NOT NULL CHECK (scope IN ('read', 'send', 'manage')),
    lookup       TEXT NOT NULL UNIQUE,
    hash         TEXT NOT NULL,
    ending       TEXT NOT NULL,
    created_ms   INTEGER NOT NULL,
    last_used_ms INTEGER
) STRICT;

CREATE TABLE login_link (
    digest     BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    role       TEXT NOT NULL CHECK (role IN ('staff', 'owner')),
    path       TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    until_ms   INTEGER NOT NULL,
    used_ms    INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    digest     BLOB PRIMARY KEY NOT NULL CHECK (length(digest) = 32),
    role       TEXT NOT NULL CHECK (role IN ('staff', 'owner')),
    made_by    TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    until_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pin (
    role       TEXT PRIMARY KEY NOT NULL CHECK (role IN ('staff', 'owner')),
    hash       TEXT NOT NULL,
    failures   INTEGER NOT NULL DEFAULT 0,
    closed_ms  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Mails that are being written.
CREATE TABLE draft (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid       BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    content    TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    version    INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    mail_id    INTEGER REFERENCES mail (id)
) STRICT;

CREATE INDEX draft_open ON draft (id) WHERE mail_id IS NULL;

-- Counts up with every change of a collection, so that who shows it knows when to look again.
CREATE TABLE revision (
    collection TEXT PRIMARY KEY NOT NULL,
    value      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO revision (collection, value) VALUES ('accounts', 1), ('access', 1), ('contacts', 1), ('documents', 1),
    ('drafts', 1), ('folder', 1), ('mails', 1), ('settings', 1), ('shop', 1);

CREATE TRIGGER revision_mail_new AFTER INSERT ON mail BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'mails';
END;
CREATE TRIGGER revision_mail AFTER UPDATE ON mail BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'mails';
END;
CREATE TRIGGER revision_mail_gone AFTER DELETE ON mail BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'mails';
END;
CREATE TRIGGER revision_recipient AFTER UPDATE OF state ON recipient BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'mails';
END;
CREATE TRIGGER revision_draft_new AFTER INSERT ON draft BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'drafts';
END;
CREATE TRIGGER revision_draft AFTER UPDATE ON draft BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'drafts';
END;
CREATE TRIGGER revision_draft_gone AFTER DELETE ON draft BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'drafts';
END;
CREATE TRIGGER revision_document_new AFTER INSERT ON document BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'documents';
END;
CREATE TRIGGER revision_contact_new AFTER INSERT ON contact BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;
CREATE TRIGGER revision_contact AFTER UPDATE ON contact BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;
CREATE TRIGGER revision_contact_gone AFTER DELETE ON contact BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;
CREATE TRIGGER revision_account_new AFTER INSERT ON account BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
-- How long a server could be reached changes with every mail and is shown nowhere.
CREATE TRIGGER revision_account AFTER UPDATE OF name, host, port, encryption, sign_in, user, sender, reply_to,
    secret_place, standing, reason, next_try_ms ON account
    WHEN (NEW.name, NEW.host, NEW.port, NEW.encryption, NEW.sign_in, NEW.user, NEW.sender, NEW.reply_to,
          NEW.secret_place, NEW.standing, NEW.reason, NEW.next_try_ms)
      IS NOT (OLD.name, OLD.host, OLD.port, OLD.encryption, OLD.sign_in, OLD.user, OLD.sender, OLD.reply_to,
          OLD.secret_place, OLD.standing, OLD.reason, OLD.next_try_ms)
BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_pace_new AFTER INSERT ON account_pace BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_pace AFTER UPDATE ON account_pace BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_account_gone AFTER DELETE ON account BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_setting_new AFTER INSERT ON setting BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_setting AFTER UPDATE ON setting BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_setting_gone AFTER DELETE ON setting BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'settings';
END;
CREATE TRIGGER revision_shop_new AFTER INSERT ON shop BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'shop';
END;
CREATE TRIGGER revision_shop AFTER UPDATE ON shop BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'shop';
END;
CREATE TRIGGER revision_folder_new AFTER INSERT ON folder_drop BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'folder';
END;
CREATE TRIGGER revision_password_new AFTER INSERT ON api_password BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'access';
END;
CREATE TRIGGER revision_password_gone AFTER DELETE ON api_password BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'access';
END;
