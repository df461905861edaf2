-- Accounts that sign in at their provider: with which app, and how the connection stands. Tokens and the
-- app's secret are in the keyring or the sealed file, never here.
CREATE TABLE account_oauth (
    account_id        INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    issuer            TEXT NOT NULL CHECK (issuer IN ('microsoft', 'google')),
    client_id         TEXT NOT NULL,
    has_client_secret INTEGER NOT NULL CHECK (has_client_secret IN (0, 1)),
    secret_expires_ms INTEGER,
    tenant            TEXT NOT NULL,
    authorize_url     TEXT,
    token_url         TEXT,
    device_url        TEXT,
    revoke_url        TEXT,
    connected_as      TEXT,
    connected_ms      INTEGER,
    renewed_ms        INTEGER,
    connection_ends_ms INTEGER,
    CHECK ((connected_ms IS NULL) = (renewed_ms IS NULL))
) STRICT;

CREATE TRIGGER revision_oauth_new AFTER INSERT ON account_oauth BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
-- A renewal an hour is nobody's news.
CREATE TRIGGER revision_oauth AFTER UPDATE ON account_oauth
    WHEN (NEW.client_id, NEW.has_client_secret, NEW.secret_expires_ms, NEW.connected_as, NEW.connected_ms, NEW.connection_ends_ms)
      IS NOT (OLD.client_id, OLD.has_client_secret, OLD.secret_expires_ms, OLD.connected_as, OLD.connected_ms, OLD.connection_ends_ms)
BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
CREATE TRIGGER revision_oauth_gone AFTER DELETE ON account_oauth BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'accounts';
END;
