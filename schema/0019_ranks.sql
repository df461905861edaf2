-- A mail that is taken moves its contact in the suggestions. Moved one by one, the index of the contacts is
-- written anew for each mail; so the rank that was earned is kept, and a round moves them together.
ALTER TABLE contact ADD COLUMN earned_ms INTEGER;

CREATE INDEX contact_earned ON contact (id) WHERE earned_ms IS NOT NULL;
