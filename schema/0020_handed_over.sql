-- Mails that the computer's mail program opened for a request with an id of its own.
CREATE TABLE handed_over (
    client_ref  TEXT PRIMARY KEY CHECK (length(client_ref) BETWEEN 1 AND 300),
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    file        TEXT NOT NULL CHECK (file <> ''),
    opened_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
