ALTER TABLE deck_drafts DROP COLUMN mapping;
