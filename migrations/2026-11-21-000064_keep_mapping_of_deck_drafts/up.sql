-- What whoever uploaded it said of its columns; the file is read again when its deck is taken.
ALTER TABLE deck_drafts ADD COLUMN mapping TEXT NOT NULL DEFAULT '';
