-- What an account signs in with is an entry of its own for each server it was given for, so that a change of
-- server and password is one change. Entries from before have the account's name.
ALTER TABLE account ADD COLUMN secret_entry TEXT;
