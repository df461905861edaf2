-- Which account carries which mails.
CREATE TABLE account_route (
    of         TEXT NOT NULL CHECK (of IN ('user', 'channel', 'kind', 'default')),
    name       TEXT NOT NULL CHECK ((of = 'default') = (name = '')),
    account_id INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    PRIMARY KEY (of, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_route_account ON account_route (account_id);

CREATE TRIGGER revision_route_new AFTER INSERT ON account_route BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_route_gone AFTER DELETE ON account_route BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
