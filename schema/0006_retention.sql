-- The bytes of mails that are long done with may be deleted; what became of them is kept.
ALTER TABLE mail ADD COLUMN bytes_deleted_ms INTEGER;
