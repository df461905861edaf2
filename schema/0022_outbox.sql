-- The outbox oldest first behind the mails that were put before all others, mails of certain days, and how
-- far an account has come with what it sends.
CREATE INDEX mail_outbox ON mail (urgency <> 'now', id) WHERE finished = 0;
CREATE INDEX mail_queued ON mail (created_ms);
ALTER TABLE account ADD COLUMN round_done INTEGER NOT NULL DEFAULT 0 CHECK (round_done >= 0);
