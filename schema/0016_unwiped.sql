-- From here on what is deleted is overwritten. A file that was in use before may still hold what was deleted
-- then: it is written anew when a person's data is first deleted.
INSERT INTO setting (key, value) SELECT 'internal.unwiped', 'true'
WHERE EXISTS (SELECT 1 FROM mail) OR EXISTS (SELECT 1 FROM contact) OR EXISTS (SELECT 1 FROM draft)
    OR EXISTS (SELECT 1 FROM document);
