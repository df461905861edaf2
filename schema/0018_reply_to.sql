-- Where answers to a sender's mails go, when elsewhere than the account's answers.
ALTER TABLE sender ADD COLUMN reply_to TEXT NOT NULL DEFAULT '';
