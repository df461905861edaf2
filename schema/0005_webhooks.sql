-- Who wants to be told, and what they have not been told yet. Triggers queue each event in the very
-- transaction in which it happens.

CREATE TABLE webhook (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid         BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    url          TEXT NOT NULL,
    events       TEXT NOT NULL,
    secret_place TEXT NOT NULL CHECK (secret_place IN ('keyring', 'file')),
    created_ms   INTEGER NOT NULL
) STRICT;

CREATE TABLE webhook_event (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook_id  INTEGER NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
    uuid        BLOB NOT NULL UNIQUE CHECK (length(uuid) = 16),
    event       TEXT NOT NULL,
    subject     INTEGER,
    detail      TEXT NOT NULL,
    created_ms  INTEGER NOT NULL,
    state       TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'told', 'given_up')),
    tries       INTEGER NOT NULL DEFAULT 0,
    next_ms     INTEGER NOT NULL DEFAULT 0,
    problem     TEXT
) STRICT;

CREATE INDEX webhook_event_due ON webhook_event (next_ms, id) WHERE state = 'waiting';
CREATE INDEX webhook_event_of ON webhook_event (webhook_id);

CREATE TRIGGER event_document_issued AFTER INSERT ON document BEGIN
    INSERT INTO webhook_event (webhook_id, uuid, event, subject, detail, created_ms)
    SELECT id, randomblob(16), 'document.issued', NEW.id, '', NEW.created_ms FROM webhook
    WHERE instr(events, ' document.issued ') > 0;
END;

CREATE TRIGGER event_mail AFTER UPDATE OF state ON recipient
    WHEN NEW.state <> OLD.state AND NEW.state IN ('accepted', 'refused', 'uncertain')
BEGIN
    INSERT INTO webhook_event (webhook_id, uuid, event, subject, detail, created_ms)
    SELECT id, randomblob(16), 'mail.' || NEW.state, NEW.id, coalesce(NEW.reply, ''), coalesce(NEW.settled_ms, 0)
    FROM webhook WHERE instr(events, ' mail.' || NEW.state || ' ') > 0;
END;

-- An account's row has no time of its own for this.
CREATE TRIGGER event_account_held AFTER UPDATE OF standing ON account
    WHEN NEW.standing <> OLD.standing AND NEW.standing IN ('held_sign_in', 'held_settings')
BEGIN
    INSERT INTO webhook_event (webhook_id, uuid, event, subject, detail, created_ms)
    SELECT id, randomblob(16), 'account.held', NEW.id, NEW.reason, CAST(unixepoch('subsec') * 1000 AS INTEGER)
    FROM webhook WHERE instr(events, ' account.held ') > 0;
END;
