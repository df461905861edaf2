-- That a mail was given up is told too, and to everybody who is told all there was to tell.
DROP TRIGGER event_mail;
CREATE TRIGGER event_mail AFTER UPDATE OF state ON recipient
    WHEN NEW.state <> OLD.state AND NEW.state IN ('accepted', 'refused', 'expired', 'uncertain')
BEGIN
    INSERT INTO webhook_event (webhook_id, uuid, event, subject, detail, created_ms)
    SELECT id, randomblob(16), 'mail.' || NEW.state, NEW.id, coalesce(NEW.reply, ''), coalesce(NEW.settled_ms, 0)
    FROM webhook WHERE instr(events, ' mail.' || NEW.state || ' ') > 0;
END;

UPDATE webhook SET events = events || 'mail.expired '
WHERE instr(events, ' document.issued ') > 0 AND instr(events, ' mail.accepted ') > 0
    AND instr(events, ' mail.refused ') > 0 AND instr(events, ' mail.uncertain ') > 0
    AND instr(events, ' account.held ') > 0;
