-- Sales that may stand in the books although this data file does not know it: the books refused them, or the file
-- was put back from a copy. Each step is looked for there before it is done.
ALTER TABLE posting ADD COLUMN search_first INTEGER NOT NULL DEFAULT 0 CHECK (search_first IN (0, 1));

UPDATE posting SET search_first = 1 WHERE step IS NOT NULL AND state IN ('waiting', 'deferred');
UPDATE posting SET search_first = 1 WHERE state = 'refused';
