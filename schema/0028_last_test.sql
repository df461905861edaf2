-- How the last test of an account ended; none where it was changed since.
ALTER TABLE account ADD COLUMN tested_ms INTEGER;
ALTER TABLE account ADD COLUMN test_works INTEGER CHECK (test_works IN (0, 1));

-- Which program handed a mail in, by the name of its password.
ALTER TABLE mail ADD COLUMN program TEXT;
CREATE INDEX mail_program ON mail (program) WHERE program IS NOT NULL;
