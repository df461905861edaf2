-- Where documents come from, and the shop's accounts elsewhere: profiles, what they list, what is posted.

CREATE TABLE integration (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid         BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    name         TEXT NOT NULL UNIQUE,
    kind         TEXT NOT NULL CHECK (kind IN ('accounts')),
    package      TEXT NOT NULL,
    endpoint     TEXT NOT NULL,
    user         TEXT NOT NULL,
    secret_place TEXT NOT NULL CHECK (secret_place IN ('keyring', 'file')),
    enabled      INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
    company      TEXT NOT NULL DEFAULT '',
    listed_ms    INTEGER,
    standing     TEXT NOT NULL DEFAULT 'ready'
        CHECK (standing IN ('ready', 'offline', 'busy', 'throttled', 'held_sign_in', 'held_settings')),
    reason       TEXT NOT NULL DEFAULT '',
    failures     INTEGER NOT NULL DEFAULT 0,
    next_try_ms  INTEGER NOT NULL DEFAULT 0,
    contact_ms   INTEGER
) STRICT;

CREATE TABLE integration_choice (
    integration_id INTEGER NOT NULL REFERENCES integration (id) ON DELETE CASCADE,
    list           TEXT NOT NULL CHECK (list IN ('customer_source', 'payment_method', 'bank_account')),
    choice         INTEGER NOT NULL,
    name           TEXT NOT NULL,
    PRIMARY KEY (integration_id, list, choice)
) STRICT, WITHOUT ROWID;

CREATE TABLE channel (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    name            TEXT NOT NULL UNIQUE,
    mail            INTEGER NOT NULL CHECK (mail IN (0, 1)),
    account_id      INTEGER REFERENCES account (id),
    subject         TEXT,
    text            TEXT,
    copies          TEXT NOT NULL DEFAULT '',
    folder          TEXT UNIQUE,
    integration_id  INTEGER REFERENCES integration (id),
    export_orders   INTEGER NOT NULL DEFAULT 0 CHECK (export_orders IN (0, 1)),
    customer_source INTEGER,
    payment_method  INTEGER,
    bank_account    INTEGER,
    CHECK (export_orders = 0 OR integration_id IS NOT NULL)
) STRICT;

CREATE INDEX channel_account ON channel (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX channel_integration ON channel (integration_id) WHERE integration_id IS NOT NULL;

CREATE TABLE posting (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid           BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    document_id    INTEGER NOT NULL UNIQUE REFERENCES document (id),
    integration_id INTEGER REFERENCES integration (id),
    profile        TEXT NOT NULL,
    channel        TEXT NOT NULL,
    reference      TEXT NOT NULL UNIQUE,
    state          TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'offered', 'accepted', 'refused',
                       'deferred', 'uncertain', 'abandoned', 'cancelled', 'expired')),
    step           TEXT CHECK (step IN ('customer', 'invoice', 'file', 'payment')),
    customer       INTEGER,
    invoice        INTEGER,
    file           INTEGER,
    payment        INTEGER,
    tries          INTEGER NOT NULL DEFAULT 0,
    next_ms        INTEGER NOT NULL DEFAULT 0,
    reason         TEXT NOT NULL DEFAULT '',
    created_ms     INTEGER NOT NULL,
    settled_ms     INTEGER,
    lease_owner    BLOB CHECK (length(lease_owner) = 16),
    lease_until_ms INTEGER,
    CHECK ((lease_owner IS NULL) = (lease_until_ms IS NULL)),
    CHECK (state <> 'offered' OR (step IS NOT NULL AND lease_owner IS NOT NULL))
) STRICT;

CREATE INDEX posting_due ON posting (integration_id, next_ms, id)
    WHERE state IN ('waiting', 'deferred', 'uncertain');
CREATE INDEX posting_leased ON posting (lease_owner) WHERE lease_owner IS NOT NULL;
