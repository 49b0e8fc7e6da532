-- Whether the call is wanted to be recorded, and who was told.
ALTER TABLE calls ADD COLUMN recording TEXT;
