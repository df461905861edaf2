-- A list of mails says how many files each has; a mail knows the one it repeats, and the server that took it.
ALTER TABLE mail ADD COLUMN files INTEGER CHECK (files >= 0);
ALTER TABLE mail ADD COLUMN again_of INTEGER REFERENCES mail (id);
ALTER TABLE mail ADD COLUMN server TEXT;
CREATE INDEX mail_again ON mail (again_of) WHERE again_of IS NOT NULL;
-- Mails that were given up are among those that need a person.
CREATE INDEX recipient_expired ON recipient (settled_ms) WHERE state = 'expired';
-- A screen shows whether it can be locked: only where a PIN lets people in again.
CREATE TRIGGER revision_pin_new AFTER INSERT ON pin BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'access';
END;
CREATE TRIGGER revision_pin_gone AFTER DELETE ON pin BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'access';
END;
