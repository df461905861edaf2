-- Who changed a draft last: where two windows write the same one, the other is told.
ALTER TABLE draft ADD COLUMN changed_by TEXT NOT NULL DEFAULT '';
