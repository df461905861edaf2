-- Accounts: trusting exactly one certificate, what the last trouble was, and switching one off.
ALTER TABLE account ADD COLUMN pin TEXT CHECK (pin IS NULL OR (length(pin) = 64 AND pin NOT GLOB '*[^0-9a-f]*'));
ALTER TABLE account ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
ALTER TABLE account ADD COLUMN enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1));
