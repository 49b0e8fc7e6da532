DROP TABLE deck_drafts;
ALTER TABLE decks DROP COLUMN complete;
