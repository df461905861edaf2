-- Mails that were not finished in the copy that the data file was put back from: they are held, and this
-- says why. 2: they were held in the copy too.
ALTER TABLE mail ADD COLUMN restored INTEGER NOT NULL DEFAULT 0 CHECK (restored IN (0, 1, 2));
