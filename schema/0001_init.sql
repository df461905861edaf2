-- Every table and column is described in schema/README.md.

CREATE TABLE setting (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE shop (
    id      INTEGER PRIMARY KEY CHECK (id = 1),
    details TEXT NOT NULL,
    logo    BLOB
) STRICT;

CREATE TABLE account (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL UNIQUE,
    host            TEXT NOT NULL,
    port            INTEGER NOT NULL CHECK (port BETWEEN 1 AND 65535),
    encryption      TEXT NOT NULL CHECK (encryption IN ('tls', 'starttls', 'none')),
    allow_plaintext INTEGER NOT NULL CHECK (allow_plaintext IN (0, 1)),
    sign_in         TEXT NOT NULL CHECK (sign_in IN ('password', 'oauth', 'none')),
    user            TEXT NOT NULL,
    sender          TEXT NOT NULL,
    reply_to        TEXT NOT NULL,
    ca_pem          TEXT,
    secret_place    TEXT NOT NULL CHECK (secret_place IN ('keyring', 'file')),
    standing        TEXT NOT NULL DEFAULT 'ready'
        CHECK (standing IN ('ready', 'offline', 'busy', 'throttled', 'held_sign_in', 'held_settings')),
    reason          TEXT NOT NULL DEFAULT '',
    failures        INTEGER NOT NULL DEFAULT 0,
    next_try_ms     INTEGER NOT NULL DEFAULT 0,
    most_recipients INTEGER CHECK (most_recipients > 0),
    online_ms       INTEGER NOT NULL DEFAULT 0,
    contact_ms      INTEGER
) STRICT;

CREATE TABLE account_pace (
    account_id         INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    per_minute         INTEGER CHECK (per_minute >= 0),
    per_hour           INTEGER CHECK (per_hour >= 0),
    per_day            INTEGER CHECK (per_day >= 0),
    learned_per_minute INTEGER CHECK (learned_per_minute > 0),
    learned_per_hour   INTEGER CHECK (learned_per_hour > 0),
    learned_per_day    INTEGER CHECK (learned_per_day > 0),
    learned_ms         INTEGER
) STRICT;

CREATE TABLE sent_slot (
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    start_ms   INTEGER NOT NULL,
    mails      INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (account_id, start_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE number_series (
    kind TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL CHECK (last > 0),
    PRIMARY KEY (kind, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    client_ref  TEXT,
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    kind        TEXT NOT NULL CHECK (kind IN ('invoice', 'credit_note', 'receipt', 'job_card', 'offer',
                    'sales_order', 'purchase_order', 'delivery_note', 'report', 'notification')),
    number      TEXT NOT NULL,
    version     INTEGER NOT NULL DEFAULT 1 CHECK (version > 0),
    issue_date  TEXT NOT NULL,
    currency    TEXT NOT NULL,
    payable     TEXT NOT NULL,
    buyer_name  TEXT,
    content     TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    UNIQUE (number, kind, version)
) STRICT;

CREATE UNIQUE INDEX document_client_ref ON document (client_ref) WHERE client_ref IS NOT NULL;

CREATE TABLE document_pdf (
    document_id INTEGER PRIMARY KEY REFERENCES document (id),
    sha256      BLOB NOT NULL CHECK (length(sha256) = 32),
    bytes       BLOB NOT NULL
) STRICT;

CREATE TABLE mail (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid           BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    client_ref     TEXT,
    fingerprint    BLOB NOT NULL CHECK (length(fingerprint) = 32),
    document_id    INTEGER REFERENCES document (id),
    account_id     INTEGER NOT NULL REFERENCES account (id),
    message_id     TEXT NOT NULL,
    from_address   TEXT NOT NULL,
    subject        TEXT NOT NULL,
    size           INTEGER NOT NULL CHECK (size > 0),
    sha256         BLOB NOT NULL CHECK (length(sha256) = 32),
    eight_bit      INTEGER NOT NULL CHECK (eight_bit IN (0, 1)),
    created_ms     INTEGER NOT NULL,
    urgency        TEXT NOT NULL CHECK (urgency IN ('now', 'normal', 'bulk')),
    step_back_ms   INTEGER NOT NULL,
    online_base_ms INTEGER NOT NULL,
    held           INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1)),
    finished       INTEGER NOT NULL DEFAULT 0 CHECK (finished IN (0, 1)),
    next_ms        INTEGER NOT NULL,
    wait           TEXT NOT NULL CHECK (wait IN ('due', 'undo', 'scheduled', 'backoff', 'document_changed')),
    lease_owner    BLOB CHECK (length(lease_owner) = 16),
    lease_until_ms INTEGER,
    committing     INTEGER NOT NULL DEFAULT 0 CHECK (committing IN (0, 1)),
    turn_ms        INTEGER NOT NULL GENERATED ALWAYS AS (next_ms + step_back_ms) VIRTUAL,
    CHECK ((lease_owner IS NULL) = (lease_until_ms IS NULL)),
    CHECK (committing = 0 OR lease_owner IS NOT NULL)
) STRICT;

CREATE UNIQUE INDEX mail_client_ref ON mail (client_ref) WHERE client_ref IS NOT NULL;
CREATE INDEX mail_due ON mail (account_id, held, turn_ms, id) WHERE finished = 0;
CREATE INDEX mail_leased ON mail (lease_owner) WHERE lease_owner IS NOT NULL;
CREATE INDEX mail_document ON mail (document_id) WHERE document_id IS NOT NULL;

CREATE TABLE mime (
    place    INTEGER PRIMARY KEY,
    bytes    BLOB,
    pdf      INTEGER REFERENCES document_pdf (document_id),
    pdf_from INTEGER CHECK (pdf_from >= 0),
    mail_id  INTEGER NOT NULL REFERENCES mail (id) GENERATED ALWAYS AS (place / 4096) VIRTUAL,
    part     INTEGER NOT NULL GENERATED ALWAYS AS (place % 4096) VIRTUAL,
    CHECK ((bytes IS NULL) = (pdf IS NOT NULL)),
    CHECK ((pdf IS NULL) = (pdf_from IS NULL))
) STRICT;

CREATE TABLE recipient (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_id       INTEGER NOT NULL REFERENCES mail (id),
    address       TEXT NOT NULL,
    address_key   TEXT NOT NULL,
    name          TEXT,
    role          TEXT NOT NULL CHECK (role IN ('to', 'cc', 'bcc', 'own_copy')),
    state         TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'offered', 'accepted', 'refused',
                      'deferred', 'uncertain', 'abandoned', 'cancelled', 'expired')),
    tries         INTEGER NOT NULL DEFAULT 0,
    next_ms       INTEGER NOT NULL DEFAULT 0,
    reply         TEXT,
    settled_ms    INTEGER,
    resent        INTEGER NOT NULL DEFAULT 0 CHECK (resent IN (0, 1)),
    UNIQUE (mail_id, address_key)
) STRICT;

CREATE INDEX recipient_uncertain ON recipient (settled_ms) WHERE state = 'uncertain';
CREATE INDEX recipient_refused ON recipient (settled_ms) WHERE state = 'refused';

CREATE TABLE attempt (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    mail_id    INTEGER NOT NULL REFERENCES mail (id),
    started_ms INTEGER NOT NULL,
    ended_ms   INTEGER NOT NULL,
    result     TEXT NOT NULL,
    transcript TEXT NOT NULL
) STRICT;

CREATE INDEX attempt_mail ON attempt (mail_id);

CREATE TABLE contact (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    address_key  TEXT NOT NULL UNIQUE,
    address      TEXT NOT NULL,
    name         TEXT,
    origin       INTEGER NOT NULL CHECK (origin BETWEEN 0 AND 9),
    seen_ms      INTEGER NOT NULL,
    uses         INTEGER NOT NULL DEFAULT 0,
    last_used_ms INTEGER,
    last_outcome TEXT
) STRICT;

CREATE TABLE folder_drop (
    sha256      BLOB PRIMARY KEY NOT NULL CHECK (length(sha256) = 32),
    name        TEXT NOT NULL,
    taken_ms    INTEGER NOT NULL,
    document_id INTEGER REFERENCES document (id),
    mail_id     INTEGER REFERENCES mail (id)
) STRICT, WITHOUT ROWID;
