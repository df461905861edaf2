-- Addresses that mails must not go to.
CREATE TABLE disabled (
    pattern  TEXT PRIMARY KEY NOT NULL CHECK (instr(pattern, '@') > 0),
    reason   TEXT NOT NULL,
    since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
