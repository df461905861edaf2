-- The index of contacts has its rows in the order of suggestions, so that the best are read first and no
-- more than these. Who was refused comes last.
DROP TRIGGER contact_added;
DROP TRIGGER contact_changed;
DROP TRIGGER contact_removed;
DROP TABLE contact_words;
DROP INDEX contact_rank;

UPDATE contact SET rank_ms = -1000 WHERE refusal IS NOT NULL;

-- The best rank, in whole seconds, is the smallest place; among equals the first row. No two share one.
ALTER TABLE contact ADD COLUMN place INTEGER NOT NULL GENERATED ALWAYS AS
    (((4294967294 - max(-1, min(4294967294, rank_ms / 1000))) << 31) | (id & 2147483647)) VIRTUAL;

CREATE UNIQUE INDEX contact_place ON contact (place);

CREATE VIRTUAL TABLE contact_words USING fts5 (
    words, content = 'contact', content_rowid = 'place', detail = none, prefix = '1 2 3', tokenize = 'unicode61'
);

INSERT INTO contact_words (contact_words) VALUES ('rebuild');

-- Every mail that is taken moves its contact: sixteen small parts of the index are put together at once
-- rather than four, which halves what is written while mails leave.
INSERT INTO contact_words (contact_words, rank) VALUES ('automerge', 0);

CREATE TRIGGER contact_added AFTER INSERT ON contact BEGIN
    INSERT INTO contact_words (rowid, words) VALUES (new.place, new.words);
END;

CREATE TRIGGER contact_changed AFTER UPDATE OF words, rank_ms ON contact
    WHEN old.words <> new.words OR old.place <> new.place
BEGIN
    INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.place, old.words);
    INSERT INTO contact_words (rowid, words) VALUES (new.place, new.words);
END;

CREATE TRIGGER contact_removed AFTER DELETE ON contact BEGIN
    INSERT INTO contact_words (contact_words, rowid, words) VALUES ('delete', old.place, old.words);
END;
