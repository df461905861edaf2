-- What the screens of channels, accounts and the folder follow.

INSERT INTO revision (collection, value) VALUES ('channels', 1), ('integrations', 1), ('postings', 1);

CREATE TRIGGER revision_channel_new AFTER INSERT ON channel BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'channels';
END;
CREATE TRIGGER revision_channel AFTER UPDATE ON channel BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'channels';
END;
CREATE TRIGGER revision_channel_gone AFTER DELETE ON channel BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'channels';
END;
CREATE TRIGGER revision_integration_new AFTER INSERT ON integration BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'integrations';
END;
-- Not for the time of the last contact, which moves with every posting.
CREATE TRIGGER revision_integration AFTER UPDATE OF name, package, endpoint, user, enabled, company, listed_ms,
    standing, reason ON integration
WHEN new.name <> old.name OR new.package <> old.package OR new.endpoint <> old.endpoint OR new.user <> old.user
    OR new.enabled <> old.enabled OR new.company <> old.company OR new.listed_ms IS NOT old.listed_ms
    OR new.standing <> old.standing OR new.reason <> old.reason
BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'integrations';
END;
CREATE TRIGGER revision_integration_gone AFTER DELETE ON integration BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'integrations';
END;
CREATE TRIGGER revision_posting_new AFTER INSERT ON posting BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'postings';
END;
CREATE TRIGGER revision_posting AFTER UPDATE OF state, step, next_ms, reason ON posting BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'postings';
END;
CREATE TRIGGER revision_disabled_new AFTER INSERT ON disabled BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;
CREATE TRIGGER revision_disabled_gone AFTER DELETE ON disabled BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;
CREATE TRIGGER revision_copy_new AFTER INSERT ON copy_rule BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;
CREATE TRIGGER revision_copy_gone AFTER DELETE ON copy_rule BEGIN
    UPDATE revision SET value = value + 1 WHERE collection = 'contacts';
END;

CREATE INDEX posting_open ON posting (state) WHERE state NOT IN ('accepted', 'cancelled', 'abandoned');
CREATE INDEX folder_drop_taken ON folder_drop (taken_ms);
CREATE INDEX document_dated ON document (issue_date);
