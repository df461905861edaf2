-- Who an account may send as, and how each signs.
CREATE TABLE sender (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    account_id  INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    address_key TEXT NOT NULL,
    mailbox     TEXT NOT NULL,
    signature   TEXT NOT NULL,
    UNIQUE (account_id, address_key)
) STRICT;

-- What the server said it takes, in bytes.
ALTER TABLE account ADD COLUMN most_bytes INTEGER CHECK (most_bytes > 0);

CREATE TRIGGER revision_sender_new AFTER INSERT ON sender BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_sender AFTER UPDATE ON sender BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_sender_gone AFTER DELETE ON sender BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
