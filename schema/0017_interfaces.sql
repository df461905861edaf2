-- By which way an account's mails leave: a mail server, or the interface of Google or Microsoft.
ALTER TABLE account ADD COLUMN transport TEXT NOT NULL DEFAULT 'smtp' CHECK (transport IN ('smtp', 'gmail', 'graph'));
